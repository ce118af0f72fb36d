//! The documented example of an engine in another language against the project's cases.

use std::path::Path;

use stepclock_conformance::case::{find, load};
use stepclock_conformance::engine::{Budget, Engine, StdioEngine, smoke};
use stepclock_conformance::judge::{Verdict, run};
use stepclock_conformance::known_gaps::KnownGaps;

#[test]
fn the_tiny_engine_fails_only_its_known_gaps() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = root.join("examples/tiny_engine.py");
    let script = script.to_str().expect("the path is UTF-8");
    let command = shlex::try_join(["python3", script]).expect("the path can be quoted");
    if std::process::Command::new("python3").arg("--version").output().is_err() {
        eprintln!("there is no python3: the tiny engine is not tested");
        return;
    }
    let engine = StdioEngine::launch(&command).expect("the tiny engine starts");
    assert_eq!(engine.info().name, "tiny");
    smoke(&engine, &Budget::default()).unwrap_or_else(|error| panic!("{error}"));
    let gaps = std::fs::read_to_string(root.join("known_gaps/tiny.toml")).expect("the list exists");
    let gaps = KnownGaps::parse(&gaps).expect("the list is well formed");
    let mut passed = 0;
    let mut wrong = Vec::new();
    for file in find(&root.join("../corpus/suite")).expect("the cases exist") {
        let case = load(&file).expect("it is a case");
        match (run(&case, &engine, &Budget::default()).verdict, gaps.find(&case.id)) {
            (Verdict::Pass, None) => passed += 1,
            (Verdict::Fail(reason), None) => wrong.push(format!("{}: {reason}", case.id)),
            (Verdict::Skip(_), None) | (Verdict::Fail(_), Some(_)) => {}
            (verdict, Some(gap)) => wrong.push(format!("{}: {verdict:?}, but {gap:?}", case.id)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(passed >= 60, "only {passed} cases pass");
}
