//! `stepclock shrink`: the smallest case that breaks the same rule.

use stepclock_conformance::campaign::{Failure, replay_file, write_bundle};
use stepclock_conformance::case::load;
use stepclock_conformance::engine::Budget;
use stepclock_conformance::generate::from_seed;
use stepclock_conformance::oracle::judge_case;
use stepclock_conformance::shrink::{count_states, shrink as make_smaller};

use crate::args::ShrinkArgs;
use crate::engines::engine;
use crate::error::CliError;
use crate::{pool, print_text};

pub(crate) fn shrink(args: &ShrinkArgs) -> Result<bool, CliError> {
    let engine = engine(&args.engine)?;
    let budget = Budget::default();
    let case = match (&args.case, args.seed) {
        (Some(path), _) => load(path)?,
        (None, seed) => from_seed(seed.unwrap_or_default()),
    };
    let judgement = judge_case(&case, engine.as_ref(), &budget);
    let Some(violation) = judgement.findings.violations.into_iter().next() else {
        eprintln!("{} breaks no rule on {}", case.id, engine.info().name);
        return Ok(false);
    };
    eprintln!("{}: {}", violation.kind(), violation.message);
    let progress = pool::bar(args.tries, "edits tried", false);
    let mut still = |smaller: &_| {
        progress.inc(1);
        let judgement = judge_case(smaller, engine.as_ref(), &budget);
        judgement.findings.violations.iter().any(|other| other.is_like(&violation))
    };
    let shrunk = make_smaller(&case, args.tries, &mut still, &mut |_| {});
    progress.finish_and_clear();
    let states =
        |case: &stepclock_conformance::case::Case| case.definition.as_ref().map_or(0, count_states);
    eprintln!(
        "{} of {} edits kept; {} states, {} before",
        shrunk.kept,
        shrunk.tried,
        states(&shrunk.case),
        states(&case)
    );
    match &args.output {
        Some(path) => {
            std::fs::write(path, shrunk.case.to_text())
                .map_err(|source| CliError::Write { path: path.clone(), source })?;
            eprintln!("{}", replay_file(path, &engine.info().name));
        }
        None => print_text(&shrunk.case.to_text())?,
    }
    if let Some(folder) = &args.bundle {
        let failure = Failure {
            seed: args.seed.or(case.seed).unwrap_or_default(),
            violation,
            case,
            shrunk: Some(shrunk.case),
            shrink_tries: shrunk.tried,
        };
        let folder = write_bundle(folder, &failure, engine.as_ref(), &budget)?;
        eprintln!("{}", folder.display());
    }
    Ok(true)
}
