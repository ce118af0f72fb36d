//! A report for the terminal.

use std::collections::BTreeMap;

use stepclock_conformance::report::{Report, Tally};

use crate::style::Palette;

/// Lines of a failure's reason that are shown; the whole is in the other forms of the report.
const REASON_LINES: usize = 6;
/// Characters of such a line that are shown.
const LINE_CHARS: usize = 240;
/// Constructs that are shown: those with most failures.
const CONSTRUCTS: usize = 15;

pub(super) fn summary(report: &Report, palette: Palette) -> String {
    let mut shown = String::new();
    for problem in report.problems() {
        shown.push_str(&format!("{} {}\n", palette.bad("FAIL"), problem.name));
        for line in problem.reason.lines().take(REASON_LINES) {
            let cut: String = line.chars().take(LINE_CHARS).collect();
            let more = if cut.len() < line.len() { " …" } else { "" };
            shown.push_str(&format!("     {cut}{more}\n"));
        }
        for command in &problem.replay {
            shown.push_str(&format!("     {command}\n"));
        }
    }
    if !shown.is_empty() {
        shown.push('\n');
    }
    let mut groups = report.by_group();
    groups.retain(|_, tally| tally.total() > 0);
    table(&mut shown, "cases", &groups.into_iter().collect::<Vec<_>>(), palette);
    table(&mut shown, "total", &[(report.engine.name.clone(), report.total())], palette);
    random(&mut shown, report);
    let failing = failing(report.by_construct());
    if !failing.is_empty() {
        shown.push('\n');
        table(&mut shown, "constructs in failures", &failing, palette);
    }
    let never = report.never_used();
    if !never.is_empty() {
        shown.push_str(&format!("\nconstructs used by no case: {}\n", never.join(", ")));
    }
    shown
}

fn failing(constructs: BTreeMap<String, Tally>) -> Vec<(String, Tally)> {
    let mut failing: Vec<(String, Tally)> =
        constructs.into_iter().filter(|(_, tally)| tally.failed > 0).collect();
    failing.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.failed));
    failing.truncate(CONSTRUCTS);
    failing
}

fn random(shown: &mut String, report: &Report) {
    let random = &report.random;
    if random.seeds.is_empty() {
        return;
    }
    let checks: u64 = random.checks.values().sum();
    shown.push_str(&format!(
        "\nrandom cases: {} history events, {checks} checks by {} oracles\n",
        random.events,
        random.checks.len()
    ));
    for (rule, count) in &random.violations {
        shown.push_str(&format!("  broken: {rule} in {count} cases\n"));
    }
}

fn table(shown: &mut String, what: &str, rows: &[(String, Tally)], palette: Palette) {
    let names = rows.iter().map(|(name, _)| name.chars().count());
    let width = names.max().unwrap_or(0).max(what.len()).max(24);
    shown.push_str(&format!(
        "{what:width$}  {:>8}  {:>8}  {:>8}  {:>8}\n",
        "passed", "failed", "gaps", "skipped"
    ));
    for (name, tally) in rows {
        let failed = format!("{:>8}", tally.failed);
        let failed = if tally.failed > 0 { palette.bad(&failed) } else { failed };
        shown.push_str(&format!(
            "{name:width$}  {:>8}  {failed}  {:>8}  {:>8}\n",
            tally.passed, tally.known_gaps, tally.skipped
        ));
    }
}
