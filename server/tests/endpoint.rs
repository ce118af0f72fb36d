//! The server judged from the outside: the suite's cases go over HTTP, to it as to any endpoint.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;

use stepclock_conformance::campaign::Campaign;
use stepclock_conformance::case::{Case, Expect, Kind};
use stepclock_conformance::engine::endpoint::{Credentials, EndpointError};
use stepclock_conformance::engine::{
    Budget, EndpointEngine, EndpointSettings, Engine, Ran, ReferenceEngine, smoke,
};
use stepclock_conformance::generate::from_seed;
use stepclock_conformance::judge::{Verdict, run};
use stepclock_conformance::known_gaps::KnownGaps;
use stepclock_conformance::suite::{Outcome, Selection, check, examine};
use stepclock_engine::data::Timestamp;
use stepclock_server::auth::AccessKeys;
use stepclock_server::config::ClockMode;
use stepclock_server::{HttpConfig, Server, ServerConfig};

/// Cases of the suite that an endpoint runs, at least; most of the others need S3 or depend on chance.
const RUN_MIN: usize = 290;

/// Of those cases, at least so many are recorded.
const RECORDED_MIN: usize = 120;

/// A server on a port of its own, until the test process ends.
fn serve(clock: ClockMode, keys: AccessKeys) -> SocketAddr {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        runtime.expect("there are threads").block_on(async {
            let config = ServerConfig { clock, ..ServerConfig::default() };
            let http =
                HttpConfig { address: ([127, 0, 0, 1], 0).into(), keys, ..HttpConfig::default() };
            let server = Server::bind(config, http).await.expect("starts");
            sender.send(server.address()).expect("the test waits");
            server.run(std::future::pending()).await;
        });
    });
    receiver.recv().expect("listens")
}

fn simulated() -> ClockMode {
    ClockMode::Simulated { start: Timestamp::DEFAULT_EPOCH, frozen: false }
}

fn connect(
    address: SocketAddr,
    settings: EndpointSettings,
) -> Result<EndpointEngine, EndpointError> {
    EndpointEngine::connect(&format!("http://{address}"), settings)
}

/// Of the cases about time, so many are run in real time, at least.
const REAL_TIME_MIN: usize = 35;

/// Cases that are run in real time at once: most of the time they wait.
const AT_ONCE: usize = 32;

/// Folders of the suite that are about time.
const ABOUT_TIME: [&str; 5] = ["activity", "callback", "retry", "timeout", "wait"];

/// Random cases that are run on an endpoint.
const SEEDS: u64 = 200;

#[test]
fn cases_about_time_run_in_real_time_with_their_times_divided() {
    let engine =
        connect(serve(ClockMode::Real, AccessKeys::default()), EndpointSettings::default());
    let engine = engine.expect("answers");
    let is_about_time =
        |name: &str| ABOUT_TIME.iter().any(|folder| name.starts_with(&format!("suite/{folder}/")));
    let entries = Selection::own().entries().expect("can be read");
    let entries = entries.into_iter().filter(|entry| is_about_time(&entry.to_string()));
    let next = Mutex::new(entries);
    let seen = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let entry = next.lock().expect("nobody panicked").next();
                    let Some(entry) = entry else { break };
                    let case = entry.case().expect("is a case");
                    let is_divided = matches!(engine.fitted(&case), Cow::Owned(_));
                    let verdict = examine(&case, &engine, &Budget::default());
                    let mut seen = seen.lock().expect("nobody panicked");
                    seen.insert(entry.to_string(), (verdict, is_divided));
                }
            });
        }
    });
    let seen = seen.into_inner().expect("nobody panicked");
    let failed: Vec<_> =
        seen.iter().filter(|(_, (verdict, _))| matches!(verdict, Verdict::Fail(_))).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    let passed = |name: &str| seen.get(name).is_some_and(|(verdict, _)| *verdict == Verdict::Pass);
    let run = seen.keys().filter(|name| passed(name)).count();
    assert!(run >= REAL_TIME_MIN, "only {run} were run: {seen:#?}");
    let divided = seen.iter().filter(|(name, (_, is_divided))| *is_divided && passed(name));
    assert!(divided.count() > 0, "none was run with its times divided: {seen:#?}");
}

#[test]
fn oracles_judge_random_cases_on_an_endpoint() {
    let address = serve(simulated(), AccessKeys::default());
    let engine = connect(address, EndpointSettings::default()).expect("answers");
    let report = Campaign::new(&engine, &from_seed, 0..SEEDS).run(&|_| {});
    assert!(report.violations.is_empty(), "{:?}", report.violations);
    assert!(report.judged > 0);
    // Among them those that read histories.
    for oracle in ["retry", "timeouts", "data-flow", "history-grammar"] {
        assert!(report.checks.contains_key(oracle), "{oracle} had nothing to judge");
    }
}

#[test]
fn the_suite_runs_on_an_endpoint() {
    let address = serve(simulated(), AccessKeys::default());
    let engine = connect(address, EndpointSettings::default()).expect("answers");
    let budget = Budget::default();
    smoke(&engine, &budget).expect("tells success, failure and refusal apart");
    let gaps = KnownGaps::file_of(&engine.info().name);
    let gaps = gaps.map_or_else(KnownGaps::default, |file| KnownGaps::read(&file).expect("a list"));
    let entries = Selection::own().entries().expect("can be read");
    let mut skipped = BTreeMap::<String, usize>::new();
    let (mut run, mut failed) = (0, Vec::new());
    for entry in entries {
        let case: Case = entry.case().expect("is a case");
        match check(&case.id, examine(&case, &engine, &budget), &gaps) {
            Outcome::Passed | Outcome::KnownGap(_) => run += 1,
            Outcome::Skipped(reason) => *skipped.entry(reason).or_default() += 1,
            Outcome::Failed(reason) => failed.push(format!("{entry}: {reason}")),
        }
    }
    println!("{run} run, skipped: {skipped:#?}");
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
    assert!(run >= RUN_MIN, "only {run} cases ran; skipped: {skipped:#?}");
}

/// Folders of the suite that are recorded: every kind of state, tasks in Maps and Parallels, failures and retries,
/// callbacks, activities, nested executions.
const RECORDED: [&str; 14] = [
    "activity",
    "callback",
    "catch",
    "choice",
    "data-flow",
    "fail",
    "map",
    "nested",
    "parallel",
    "retry",
    "task",
    "timeout",
    "variables",
    "wait",
];

#[test]
fn what_is_recorded_replays_on_the_engine() {
    let address = serve(simulated(), AccessKeys::default());
    let engine = connect(address, EndpointSettings::default()).expect("answers");
    let budget = Budget::default();
    let (mut recorded, mut failed) = (0, Vec::new());
    for entry in Selection::own().entries().expect("can be read") {
        let name = entry.to_string();
        if !RECORDED.iter().any(|folder| name.starts_with(&format!("suite/{folder}/"))) {
            continue;
        }
        let case = entry.case().expect("is a case");
        let recording = match engine.record(&case, &budget) {
            Ok(recording) => recording,
            Err(Ran::Skipped(_)) => continue,
            Err(other) => {
                failed.push(format!("{name}: {other:?}"));
                continue;
            }
        };
        recorded += 1;
        let text = recording.to_text();
        let read: Case = serde_json::from_str(&text).expect("a recording is a case");
        match run(&read, &ReferenceEngine::new(), &budget).verdict {
            Verdict::Pass => {}
            other => failed.push(format!("{name}: {other:?}")),
        }
        let tasks =
            case.expect.events.iter().flatten().filter(|event| event.ends_with("Scheduled"));
        if case.expect.events.is_some() {
            assert_eq!(read.tasks.len(), tasks.count(), "{name}: {text}");
        }
    }
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
    assert!(recorded >= RECORDED_MIN, "only {recorded} were recorded");
}

#[test]
fn what_operations_answer_is_recorded() {
    let address = serve(simulated(), AccessKeys::default());
    let engine = connect(address, EndpointSettings::default()).expect("answers");
    let budget = Budget::default();
    let mut recorded = BTreeMap::<String, usize>::new();
    for entry in Selection::own().entries().expect("can be read") {
        let name = entry.to_string();
        let case = entry.case().expect("is a case");
        if !matches!(case.kind, Kind::Api | Kind::Sync | Kind::TestState | Kind::Validate) {
            continue;
        }
        let recording = match engine.record(&case, &budget) {
            Ok(recording) => recording,
            Err(Ran::Skipped(_)) => continue,
            Err(other) => panic!("{name}: {other:?}"),
        };
        let read: Case = serde_json::from_str(&recording.to_text()).expect("is a case");
        assert_eq!(run(&read, &engine, &budget).verdict, Verdict::Pass, "{name}");
        // What is recorded is what was seen, not what was expected.
        let blank = Case { expect: Expect::default(), ..case.clone() };
        if case.kind != Kind::Api {
            let again = engine.record(&blank, &budget).expect("is recorded");
            assert_eq!(again.expect, recording.expect, "{name}");
        }
        *recorded.entry(format!("{:?}", case.kind)).or_default() += 1;
    }
    let at_least = [("Api", 16), ("Sync", 1), ("TestState", 16), ("Validate", 27)];
    for (kind, least) in at_least {
        assert!(recorded.get(kind).is_some_and(|count| *count >= least), "{recorded:?}");
    }
}

#[test]
fn calls_are_signed_so_that_the_server_accepts_them() {
    let mut keys = AccessKeys::default();
    keys.add("AKID=secret").expect("is a key");
    let address = serve(ClockMode::Real, keys);
    let signed = |secret: &str| EndpointSettings {
        credentials: Some(Credentials {
            access_key_id: "AKID".to_owned(),
            secret_access_key: secret.to_owned(),
            session_token: None,
        }),
        ..EndpointSettings::default()
    };
    let engine = connect(address, signed("secret")).expect("the signature is right");
    smoke(&engine, &Budget::default()).expect("runs in real time");
    for wrong in [signed("other"), EndpointSettings::default()] {
        let refused = connect(address, wrong).expect_err("is refused");
        assert!(matches!(refused, EndpointError::Call(error) if error.code().is_some()));
    }
}
