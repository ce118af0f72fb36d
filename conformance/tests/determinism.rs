//! The same seed gives the same bytes: of the case, of what the engine shows, of a campaign's report.

use stepclock_conformance::campaign::Campaign;
use stepclock_conformance::engine::{Budget, Engine, ReferenceEngine};
use stepclock_conformance::generate::from_seed;

const SEEDS: u64 = 400;

#[test]
fn a_seed_gives_the_same_case() {
    for seed in 0..SEEDS {
        assert_eq!(from_seed(seed).to_text(), from_seed(seed).to_text(), "seed {seed}");
    }
}

#[test]
fn a_case_gives_the_same_observation() {
    for seed in 0..SEEDS {
        let case = from_seed(seed);
        let show = || {
            let ran = ReferenceEngine::new().run(&case, &Budget::default());
            serde_json::to_string(&ran).expect("an observation is JSON")
        };
        assert_eq!(show(), show(), "seed {seed}");
    }
}

#[test]
fn a_report_does_not_depend_on_the_number_of_threads() {
    let engine = ReferenceEngine::new();
    let report = |jobs| {
        let campaign = Campaign { jobs, ..Campaign::new(&engine, &from_seed, 0..SEEDS) };
        serde_json::to_string(&campaign.run(&|_| {})).expect("a report is JSON")
    };
    assert_eq!(report(1), report(3));
}

#[test]
fn reports_of_shards_add_up() {
    let engine = ReferenceEngine::new();
    let report = |seeds| Campaign::new(&engine, &from_seed, seeds).run(&|_| {});
    let mut merged = report(SEEDS / 2..SEEDS);
    merged.merge(report(0..SEEDS / 2));
    let text = |report| serde_json::to_string(report).expect("a report is JSON");
    assert_eq!(text(&merged), text(&report(0..SEEDS)));
}
