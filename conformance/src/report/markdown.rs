//! Markdown, for pull requests and job summaries.

use super::{Report, Tally};

/// A report as Markdown.
#[must_use]
pub fn to_markdown(report: &Report) -> String {
    let mut text = format!(
        "# Conformance of {} {}\n\n**{}.** Suite {}; history {:?}, causes {:?}, timing {:?}.\n\n",
        report.engine.name,
        report.engine.version,
        if report.is_clean() { "Passed" } else { "Failed" },
        report.suite_version,
        report.engine.comparison.history,
        report.engine.comparison.causes,
        report.engine.comparison.timing,
    );
    table(&mut text, "group", report.by_group().iter().map(|(name, tally)| (&**name, *tally)));
    row(&mut text, "**total**", report.total());
    random(&mut text, report);
    let problems = report.problems();
    if !problems.is_empty() {
        text.push_str("\n## Failures\n");
    }
    for problem in &problems {
        text.push_str(&format!("\n### {}\n\n```text\n{}\n```\n", problem.name, problem.reason));
        for command in &problem.replay {
            text.push_str(&format!("\n```sh\n{command}\n```\n"));
        }
    }
    text.push_str("\n## Constructs\n\n");
    let constructs = report.by_construct();
    table(&mut text, "construct", constructs.iter().map(|(name, tally)| (&**name, *tally)));
    let never = report.never_used();
    if !never.is_empty() {
        text.push_str(&format!("\nUsed by no case: {}.\n", never.join(", ")));
    }
    text
}

fn random(text: &mut String, report: &Report) {
    let random = &report.random;
    if random.seeds.is_empty() {
        return;
    }
    let seeds: Vec<String> =
        random.seeds.iter().map(|range| format!("{}–{}", range.start, range.end - 1)).collect();
    let checks: u64 = random.checks.values().sum();
    text.push_str(&format!(
        "\nRandom cases: seeds {}; {} history events, {checks} checks by {} oracles.\n",
        seeds.join(", "),
        random.events,
        random.checks.len(),
    ));
    if !random.violations.is_empty() {
        text.push_str("\n| broken rule | cases |\n|---|---:|\n");
        for (rule, count) in &random.violations {
            text.push_str(&format!("| {} | {count} |\n", cell(rule)));
        }
    }
}

fn table<'a>(text: &mut String, what: &str, rows: impl Iterator<Item = (&'a str, Tally)>) {
    text.push_str(&format!("| {what} | passed | failed | known gaps | skipped |\n"));
    text.push_str("|---|---:|---:|---:|---:|\n");
    for (name, tally) in rows {
        row(text, name, tally);
    }
}

fn row(text: &mut String, name: &str, tally: Tally) {
    text.push_str(&format!(
        "| {} | {} | {} | {} | {} |\n",
        cell(name),
        tally.passed,
        tally.failed,
        tally.known_gaps,
        tally.skipped,
    ));
}

/// Text that stays in its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
