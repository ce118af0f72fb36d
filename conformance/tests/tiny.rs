//! The documented example of an engine in another language against the project's cases.

use std::path::Path;

use stepclock_conformance::engine::{Budget, StdioEngine, smoke};
use stepclock_conformance::known_gaps::KnownGaps;
use stepclock_conformance::suite::{Outcome, Selection, check, examine};

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
    let budget = Budget::default();
    smoke(&engine, &budget).unwrap_or_else(|error| panic!("{error}"));
    let gaps =
        KnownGaps::read(&root.join("known_gaps/tiny.toml")).expect("the list is well formed");
    let (mut passed, mut wrong) = (0, Vec::new());
    let selection = Selection { seeds: 0..100, ..Selection::own() };
    for entry in selection.entries().expect("the cases exist") {
        let case = entry.case().expect("it is a case");
        match check(&case.id, examine(&case, &engine, &budget), &gaps) {
            Outcome::Passed => passed += 1,
            Outcome::Failed(reason) => wrong.push(format!("{}: {reason}", case.id)),
            Outcome::Skipped(_) | Outcome::KnownGap(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(passed >= 60, "only {passed} cases pass");
}
