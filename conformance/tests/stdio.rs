//! The adapter for engines in other processes survives whatever they do.
#![cfg(unix)]

use serde_json::json;
use stepclock_conformance::case::{Case, Expect};
use stepclock_conformance::engine::stdio::LaunchError;
use stepclock_conformance::engine::{Budget, Engine, Observation, Ran, StdioEngine};

/// An engine that does what the case's id says.
const SCRIPT: &str = r#"
while read -r line; do
  seq=${line#*\"seq\":}; seq=${seq%%[,\}]*}
  case "$line" in
    *'"cmd":"start"'*) echo "{\"seq\":$seq,\"started\":{\"version\":1,\"engine\":{\"name\":\"sh\",\"version\":\"1\"}}}" ;;
    *'"cmd":"stop"'*) exit 0 ;;
    *'"id":"silent"'*) sleep 1000 ;;
    *'"id":"dies"'*) echo "no more memory" >&2; exit 3 ;;
    *'"id":"closes"'*) exec >&-; sleep 1000 ;;
    *'"id":"rubbish"'*) echo "Traceback: something broke"; echo "see above" >&2 ;;
    *'"id":"bytes"'*) printf '\377\376\n' ;;
    *'"id":"endless"'*) exec yes "$(printf '%01000d' 0)" | tr -d '\n' ;;
    *'"id":"other"'*) echo "{\"seq\":77,\"skipped\":\"x\"}" ;;
    *'"id":"skips"'*) echo "{\"seq\":$seq,\"skipped\":\"no Tasks here\"}" ;;
    *'"id":"expects"'*) case "$line" in
        *SUCCEEDED*) echo "{\"seq\":$seq,\"errored\":\"I saw the expectation\"}" ;;
        *) echo "{\"seq\":$seq,\"skipped\":\"nothing to see\"}" ;;
      esac ;;
    *) echo "{\"seq\":$seq,\"ran\":{\"execution\":{\"status\":\"SUCCEEDED\",\"output\":\"{}\"}}}" ;;
  esac
done
"#;

fn engine() -> StdioEngine {
    let command = shlex::try_join(["sh", "-c", SCRIPT]).expect("the script can be quoted");
    StdioEngine::launch(&command).expect("it starts")
}

fn case(id: &str) -> Case {
    Case { id: id.to_owned(), definition: Some(json!({})), ..Case::default() }
}

fn run(engine: &StdioEngine, id: &str) -> Ran {
    engine.run(&case(id), &Budget { wall_ms: 20_000, ..Budget::default() })
}

fn assert_works(engine: &StdioEngine) {
    let Ran::Ran(Observation::Execution(seen)) = run(engine, "fine") else {
        panic!("an engine works again after every kind of failure");
    };
    assert_eq!((seen.status.as_str(), seen.output.as_deref()), ("SUCCEEDED", Some("{}")));
}

#[test]
fn answers_are_passed_on() {
    let engine = engine();
    assert_eq!((engine.info().name.as_str(), engine.info().version.as_str()), ("sh", "1"));
    assert_works(&engine);
    assert_eq!(run(&engine, "skips"), Ran::Skipped("no Tasks here".to_owned()));
}

#[test]
fn a_silent_engine_times_out_and_is_started_again() {
    let engine = engine();
    let brief = Budget { wall_ms: 50, ..Budget::default() };
    assert_eq!(engine.run(&case("silent"), &brief), Ran::TimedOut);
    assert_works(&engine);
}

#[test]
fn a_broken_engine_is_an_error_with_the_end_of_its_standard_error() {
    let engine = engine();
    for (id, parts) in [
        ("dies", vec!["exit status: 3", "no more memory"]),
        ("closes", vec!["closed its standard output"]),
        ("rubbish", vec!["not a JSON object", "Traceback: something broke", "see above"]),
        ("bytes", vec!["not UTF-8"]),
        ("endless", vec!["a line of more than"]),
        ("other", vec!["answered request 77 when asked"]),
    ] {
        let Ran::Errored(reason) = run(&engine, id) else { panic!("{id} is an error") };
        for part in parts {
            assert!(reason.contains(part), "{id}: {reason}");
        }
        assert_works(&engine);
    }
}

#[test]
fn an_engine_never_sees_what_must_come_out() {
    let expect = Expect { status: Some("SUCCEEDED".to_owned()), ..Expect::default() };
    let case = Case { expect, ..case("expects") };
    assert_eq!(engine().run(&case, &Budget::default()), Ran::Skipped("nothing to see".to_owned()));
}

#[test]
fn several_cases_at_once_use_several_processes() {
    let engine = engine();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_works(&engine));
        }
    });
}

#[test]
fn engines_that_cannot_start_say_why() {
    let wrong = |command: &str| match StdioEngine::launch(command) {
        Ok(_) => panic!("`{command}` is no engine"),
        Err(error) => error,
    };
    assert!(matches!(wrong(""), LaunchError::Command(_)));
    assert!(matches!(wrong("sh 'x"), LaunchError::Command(_)));
    assert!(wrong("no-such-program --x").to_string().contains("cannot run `no-such-program --x`"));
    let ended = wrong("sh -c 'echo no module named asl >&2; exit 1'").to_string();
    assert!(ended.contains("exit status: 1") && ended.contains("no module named asl"), "{ended}");
    let old = r#"sh -c 'echo "{\"seq\":1,\"started\":{\"version\":0,\"engine\":{\"name\":\"x\",\"version\":\"1\"}}}"; cat'"#;
    assert!(wrong(old).to_string().contains("speaks version 0"));
    let wordless = wrong(r#"sh -c 'echo "{\"seq\":1,\"skipped\":\"x\"}"; cat'"#).to_string();
    assert!(wordless.contains("something else than `started`"), "{wordless}");
}
