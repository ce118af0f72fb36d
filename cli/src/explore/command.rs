//! The command that shows one run of an exploration again.

use crate::args::{ExploreArgs, FaultsArg, TypeArg};

/// `stepclock explore … --seed S`, as a shell takes it.
pub(super) fn replay(args: &ExploreArgs, seed: u64) -> String {
    let mut words = vec!["stepclock".to_owned(), "explore".to_owned()];
    words.push(quoted(&args.definition.display().to_string()));
    let mut option = |name: &str, value: &str| {
        words.push(format!("--{name}"));
        words.push(quoted(value));
    };
    for input in &args.input {
        option("input", input);
    }
    let paths = [("inputs", &args.inputs), ("workers", &args.workers), ("objects", &args.objects)];
    for (name, path) in paths {
        if let Some(path) = path {
            option(name, &path.display().to_string());
        }
    }
    for machine in &args.machine {
        option("machine", machine);
    }
    if args.workflow_type == TypeArg::Express {
        option("type", "express");
    }
    match args.faults {
        FaultsArg::Swarm => {}
        FaultsArg::Lite => option("faults", "lite"),
        FaultsArg::Calm => option("faults", "calm"),
    }
    if let Some(path) = &args.expect {
        option("expect", &path.display().to_string());
    }
    option("seed", &seed.to_string());
    words.join(" ")
}

/// A word as a shell reads it back. A NUL cannot be an argument, so there is none.
fn quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| String::new(), std::borrow::Cow::into_owned)
}
