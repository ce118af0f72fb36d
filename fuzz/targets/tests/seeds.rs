//! Every committed seed, and small changes of it, through its target: what fuzzing found stays found, on a
//! stable toolchain and without libFuzzer.

use std::path::Path;

use libtest_mimic::{Arguments, Failed, Trial};
use stepclock_engine::data::RandomStream;
use stepclock_fuzz_targets::TARGETS;

/// Changed copies of every seed that are tried, too, unless `STEPCLOCK_FUZZ_CHANGES` gives another number.
const CHANGES: u64 = 16;

fn main() {
    let arguments = Arguments::from_args();
    #[expect(clippy::disallowed_methods, reason = "a test's entry point reads its settings")]
    let asked = std::env::var("STEPCLOCK_FUZZ_CHANGES").ok();
    let asked: Option<u64> = asked.map(|number| number.parse().expect("is a number"));
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/fuzz");
    let mut trials = Vec::new();
    for (name, target) in TARGETS {
        // The model and the engine are known to differ where no evidence says who is right.
        let few = if *name == "differential" { 0 } else { CHANGES };
        let changes = asked.unwrap_or(few);
        trials.push(Trial::test(format!("{name} is known to libFuzzer"), || is_wired(name)));
        let folder = corpus.join(name);
        let entries = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("no seeds in {}: {error}", folder.display()));
        let mut files: Vec<_> = entries.map(|entry| entry.expect("is readable").path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{} is empty", folder.display());
        for file in files {
            let seed = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            trials.push(Trial::test(format!("{name}/{seed}"), move || {
                smoke(*target, &file, changes)
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// The target has its file and its binary where cargo-fuzz looks for them.
fn is_wired(name: &str) -> Result<(), Failed> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let file = std::fs::read_to_string(fuzz.join(format!("fuzz_targets/{name}.rs")))?;
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml"))?;
    let calls = file.contains(&format!("stepclock_fuzz_targets::{name}(data)"));
    let is_binary = manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\""));
    if calls && is_binary { Ok(()) } else { Err("is not wired".into()) }
}

fn smoke(target: fn(&[u8]), file: &Path, changes: u64) -> Result<(), Failed> {
    let seed = std::fs::read(file)?;
    target(&seed);
    let mut random = RandomStream::new(seed.len() as u64, "changes");
    for _ in 0..changes {
        let mut bytes = seed.clone();
        for _ in 0..=random.below(3) {
            bytes = changed(&bytes, &mut random);
        }
        target(&bytes);
    }
    Ok(())
}

/// Cut off, repeated, swapped or overwritten somewhere.
fn changed(seed: &[u8], random: &mut RandomStream) -> Vec<u8> {
    const WORDS: [&str; 10] = ["\"", "{", "]", "\\", "$", "0", "-1e9", "null", "é", "\u{0}"];
    let mut bytes = seed.to_vec();
    let mut place = |length: usize| random.below(length as u64 + 1) as usize;
    let (from, to) = (place(bytes.len()), place(bytes.len()));
    let (from, to) = (from.min(to), from.max(to));
    match place(3) {
        0 => bytes.truncate(to),
        1 => bytes.splice(from..from, seed[from..to].iter().copied()).for_each(drop),
        2 => bytes.drain(from..to.min(from + 8)).for_each(drop),
        _ => {
            let word = WORDS[place(WORDS.len() - 1)];
            bytes.splice(from..to.min(from + 1), word.bytes()).for_each(drop);
        }
    }
    bytes
}
