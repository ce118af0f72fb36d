//! The coverage table: what of the language the suite, the generator, the oracles and the faults have touched.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Report;
use crate::coverage::ALL;

/// The report's coverage as a Markdown table: construct by suite cases, random cases, oracles and faults.
#[must_use]
pub fn to_coverage(report: &Report) -> String {
    let mut suite: BTreeMap<&str, u64> = BTreeMap::new();
    for construct in report.cases.iter().flat_map(|case| &case.constructs) {
        *suite.entry(construct).or_default() += 1;
    }
    let random = &report.random;
    let mut text = format!(
        "# Coverage\n\n{} cases of the suite and {} random ones on `{}` {}.\n\n\
         *suite*: cases that use the construct. *random*: those that the generator made. *oracles*: how many of the \
         {} oracles checked something in such a case. *faults*: random cases with the construct in which something \
         goes wrong besides.\n\n\
         | construct | suite | random | oracles | faults |\n|---|---:|---:|---:|---:|\n",
        report.cases.len(),
        random.judged,
        report.engine.name,
        report.engine.version,
        crate::oracle::all().len(),
    );
    for construct in ALL {
        let tally = random.constructs.get(*construct).copied().unwrap_or_default();
        let oracles = random.oracles.get(*construct).map_or(0, |oracles| oracles.len());
        let faulted = random.faulted.get(*construct).copied().unwrap_or_default();
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "| `{construct}` | {} | {} | {oracles} | {faulted} |",
            suite.get(construct).copied().unwrap_or_default(),
            tally.passed + tally.failed + tally.skipped,
        );
    }
    let never = report.never_used();
    let _ = match never.is_empty() {
        true => writeln!(text, "\nNothing is left out."),
        false => writeln!(text, "\nNever used: `{}`.", never.join("`, `")),
    };
    text
}
