//! How much of what the generator makes the model decides, why not the rest, and where it and the engine differ.
//!
//! `cargo run --release -p stepclock-conformance --example model_survey -- FIRST COUNT [SHOWN]`

use std::collections::BTreeMap;

use stepclock_conformance::engine::{Budget, Engine, Observation, Ran, ReferenceEngine};
use stepclock_conformance::generate;
use stepclock_conformance::model::{self, Modelled};
use stepclock_conformance::oracle::{judge_case, surroundings};

fn main() {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>().unwrap_or(0));
    let (first, count) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(1_000));
    let shown = numbers.next().unwrap_or(20);
    let engine = ReferenceEngine::new();
    let (mut decided, mut ambiguous, mut differing) = (0_u64, 0_u64, 0_u64);
    let mut reasons: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for seed in first..first + count {
        let case = generate::from_seed(seed);
        if count == 1 {
            println!("{}", case.to_text());
        }
        let Ran::Ran(Observation::Execution(seen)) = engine.run(&case, &Budget::default()) else {
            reasons.entry("the engine does not run it".to_owned()).or_insert((0, seed)).0 += 1;
            continue;
        };
        match model::run_in(&case, &surroundings(&seen)) {
            Modelled::Unsupported(reason) => reasons.entry(reason).or_insert((0, seed)).0 += 1,
            Modelled::Decided(found) => {
                decided += 1;
                ambiguous += u64::from(found.ambiguous);
            }
        }
        let findings = judge_case(&case, &engine, &Budget::default()).findings;
        let mine = |oracle: &str| oracle == "model" || oracle == "data-flow";
        for violation in findings.violations.iter().filter(|found| mine(&found.oracle)) {
            differing += 1;
            if differing <= shown {
                println!("{seed} {}: {}", violation.kind(), violation.message);
            }
        }
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    for (reason, (count, seed)) in reasons {
        println!("{count:6} {reason} (seed {seed})");
    }
    println!(
        "{decided} of {count} are decided, {ambiguous} with ambiguous moments; {differing} findings"
    );
}
