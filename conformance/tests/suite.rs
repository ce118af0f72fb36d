//! Every case is a test of its own: the project's cases, and recorded ones where they are at hand.
//!
//! `STEPCLOCK_RECORDED` names the folder of recorded cases; without it they are skipped, and it is said so.

use std::path::Path;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use stepclock_conformance::case::{find, load};
use stepclock_conformance::engine::{Budget, ReferenceEngine};
use stepclock_conformance::judge::{Verdict, run};
use stepclock_conformance::known_gaps::KnownGaps;

fn main() {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let gaps = std::fs::read_to_string(root.join("known_gaps/reference.toml"))
        .expect("the list of known gaps is part of the crate");
    let gaps = Arc::new(KnownGaps::parse(&gaps).expect("the list of known gaps is well formed"));
    let mut trials = Vec::new();
    collect("suite", &root.join("../corpus/suite"), &gaps, &mut trials);
    #[expect(clippy::disallowed_methods, reason = "a test's entry point reads its settings")]
    match std::env::var_os("STEPCLOCK_RECORDED") {
        Some(folder) => collect("recorded", Path::new(&folder), &gaps, &mut trials),
        None => eprintln!("STEPCLOCK_RECORDED is not set: recorded cases are skipped"),
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn collect(group: &str, folder: &Path, gaps: &Arc<KnownGaps>, trials: &mut Vec<Trial>) {
    let files = find(folder).unwrap_or_else(|error| panic!("{error}"));
    for file in files {
        let relative = file.strip_prefix(folder).unwrap_or(&file).with_extension("");
        let name = format!("{group}/{}", relative.display());
        let gaps = gaps.clone();
        trials.push(Trial::test(name, move || judge(&file, &gaps)));
    }
}

fn judge(file: &Path, gaps: &KnownGaps) -> Result<(), Failed> {
    let case = load(file)?;
    match (run(&case, &ReferenceEngine::new(), &Budget::default()).verdict, gaps.find(&case.id)) {
        (Verdict::Pass | Verdict::Skip(_), None) | (Verdict::Fail(_), Some(_)) => Ok(()),
        (Verdict::Fail(reason), None) => Err(reason.into()),
        (Verdict::Pass, Some(gap)) => {
            Err(format!("passes, although it is a known gap: {}", gap.reason).into())
        }
        (Verdict::Skip(reason), Some(_)) => {
            Err(format!("is skipped ({reason}), so it cannot be a known gap").into())
        }
    }
}
