//! `stepclock mutants`: is every planted bug found, how soon, and how small does its case get?

use stepclock_conformance::engine::{Mutation, from_spec};
use stepclock_conformance::generate::from_seed;
use stepclock_conformance::mutants::{detect, to_markdown};

use crate::args::MutantsArgs;
use crate::error::CliError;
use crate::{pool, print_text};

pub(crate) fn mutants(args: &MutantsArgs) -> Result<bool, CliError> {
    let mut mutations = Vec::new();
    for name in &args.names {
        from_spec(&format!("mutant:{name}"))?;
        mutations.extend(Mutation::named(name));
    }
    if mutations.is_empty() {
        mutations.extend(Mutation::ALL);
    }
    let progress = pool::bar(mutations.len() as u64, "mutants", args.json);
    let detections = pool::map(&mutations, args.jobs, &progress, |mutation| {
        detect(*mutation, &from_seed, args.cases, args.tries)
    });
    match args.json {
        true => {
            for detection in &detections {
                print_text(&format!("{}\n", serde_json::json!(detection)))?;
            }
        }
        false => print_text(&to_markdown(&detections))?,
    }
    Ok(detections.iter().all(|detection| detection.found.is_some()))
}
