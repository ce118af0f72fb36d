//! `stepclock conform`: exit codes, shards that add up, runs that go on, engines that cannot be tested.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the repository")
}

fn conform(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stepclock"));
    command.current_dir(root()).arg("conform").args(arguments).output().expect("it runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("it is UTF-8")
}

fn temporary(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&path);
    path
}

const PASS: [&str; 2] = ["--suite", "corpus/suite/pass"];

#[test]
fn an_engine_that_conforms_exits_with_zero() {
    let output = conform(&[&PASS[..], &["--seeds", "0"]].concat());
    let shown = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(shown.contains("corpus/suite/pass") && shown.contains("reference"), "{shown}");
}

#[test]
fn our_own_server_is_an_engine() {
    let suite = ["--suite", "corpus/suite/api", "--suite", "corpus/suite/wait"];
    let output = conform(&[&suite[..], &["--engine", "server", "--seeds", "20"]].concat());
    let shown = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    let of_operations = shown.lines().find(|line| line.starts_with("corpus/suite/api"));
    let counts: Vec<_> = of_operations.unwrap_or_default().split_whitespace().skip(1).collect();
    assert_eq!(counts, ["16", "0", "0", "0"], "{shown}");
}

#[test]
fn a_failing_case_exits_with_one_and_says_how_to_replay_it() {
    let wrong = std::fs::read_to_string(root().join("corpus/suite/pass/input-becomes-output.json"))
        .expect("the case exists")
        .replace("SUCCEEDED", "FAILED");
    let file = temporary("wrong-case.json");
    std::fs::write(&file, wrong).expect("it can be written");
    let path = file.to_str().expect("it is UTF-8");
    let output = conform(&["--suite", path, "--seeds", "0"]);
    let shown = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains("FAIL /") && shown.contains("replay "), "{shown}");
}

#[test]
fn shards_add_up_to_the_whole() {
    let run = |more: &[&str]| {
        let file = temporary(&format!("report{}.json", more.join("").replace('/', "-")));
        let path = file.to_str().expect("it is UTF-8").to_owned();
        let rest = ["--seeds", "20", "--report", "json", "--output", &path];
        conform(&[&PASS[..], &rest, more].concat());
        path
    };
    let whole = run(&[]);
    let (one, two) = (run(&["--shard", "1/2"]), run(&["--shard", "2/2"]));
    let merged = stdout(&conform(&["--merge", &two, &one, "--report", "json"]));
    let read = |path: &str| std::fs::read_to_string(path).expect("it was written");
    let value = |text: &str| -> serde_json::Value { serde_json::from_str(text).expect("JSON") };
    let (whole, merged) = (value(&read(&whole)), value(&merged));
    for field in ["cases", "engine"] {
        assert_eq!(whole[field], merged[field]);
    }
    for field in ["seeds", "judged", "failed", "checks", "constructs", "events"] {
        assert_eq!(whole["random"][field], merged["random"][field], "{field}");
    }
}

#[test]
fn a_run_goes_on_where_it_was() {
    let file = temporary("resumed.json");
    let path = file.to_str().expect("it is UTF-8");
    let run = |seeds: &str| {
        conform(&[&PASS[..], &["--seeds", seeds, "--resume", path]].concat());
        let text = std::fs::read_to_string(&file).expect("it was written");
        let report: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        report["random"]["seeds"].to_string()
    };
    assert_eq!(run("5"), r#"[{"start":0,"end":5}]"#);
    assert_eq!(run("12"), r#"[{"start":0,"end":12}]"#);
}

#[test]
fn every_form_of_the_report_can_be_had() {
    for (format, begins) in
        [("json", "{"), ("junit", "<?xml"), ("markdown", "# Conf"), ("html", "<!doctype")]
    {
        let output = conform(&[&PASS[..], &["--seeds", "3", "--report", format]].concat());
        assert!(stdout(&output).starts_with(begins), "{format}: {}", stdout(&output));
    }
}

#[test]
fn what_cannot_be_tested_exits_with_two() {
    for (arguments, part) in [
        (vec!["--engine", "referense"], "there is no engine `referense`"),
        (vec!["--engine", "stdio:no-such-program"], "cannot run `no-such-program`"),
        (vec!["--shard", "3/2"], "a part from 1"),
        (vec!["--output", "x.html"], "--report"),
        (vec!["--merge", "corpus/case.schema.json"], "is not a report"),
        (vec!["--first-seed", "18446744073709551615", "--seeds", "2", PASS[0], PASS[1]], "--seeds"),
    ] {
        let output = conform(&arguments);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(part), "{message}");
    }
}

/// The README shows a planted bug being found: the seed must still find it.
#[test]
fn the_seed_of_the_readme_finds_the_planted_bug() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("is there");
    let line = readme.lines().find_map(|line| line.split_once("-- replay --seed "));
    let (_, arguments) = line.expect("the README replays a seed");
    let mut command = Command::new(env!("CARGO_BIN_EXE_stepclock"));
    command.current_dir(root()).args(["replay", "--seed"]).args(arguments.split_whitespace());
    let output = command.output().expect("it runs");
    let shown = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains("containers/output: the output of `"), "{shown}");
}
