//! A report as one HTML file: no scripts, nothing from outside, light and dark.

mod chart;
mod drawing;
mod tables;

use stepclock_conformance::explore::duration;

use super::numbers::{count, percent};
use super::{Shown, command, text};
use crate::error::CliError;
use crate::markup::escaped;

const STYLE: &str = include_str!("page.css");

pub(super) fn page(shown: &Shown<'_>) -> Result<String, CliError> {
    let report = shown.report;
    let name = escaped(&shown.setup.name);
    let mut body = format!(
        "<h1>{name}</h1>\n<p class=\"sub\">{} simulated runs, seeds {}</p>\n",
        count(report.runs),
        text::seeds(report)
    );
    cards(shown, &mut body);
    tables::expectations(shown, &mut body);
    drawing::section(shown, &mut body)?;
    tables::endings(shown, &mut body);
    body.push_str("<div class=\"two\">\n");
    chart::section("Simulated duration", &report.duration_ms, duration, &mut body);
    let plain = |value: i64| count(value.max(0) as u64);
    if report.attempts.max > 0 {
        chart::section("Attempts of tasks", &report.attempts, plain, &mut body);
    }
    body.push_str("</div>\n");
    tables::notable(shown, &mut body);
    tables::coverage(shown, &mut body);
    tables::assumptions(shown, &mut body);
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{name} explored</title>\n<style>\n{STYLE}</style>\n\
         </head>\n<body>\n<main>\n{body}<footer>stepclock {}. Any run again: <code class=\"run\">{}</code></footer>\n\
         </main>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION"),
        escaped(&command::replay(shown.args, report.first_seed))
    ))
}

fn cards(shown: &Shown<'_>, out: &mut String) {
    let report = shown.report;
    let succeeded: u64 =
        report.endings.iter().filter(|e| e.status == "SUCCEEDED").map(|e| e.runs).sum();
    let (total, missed) = (report.coverage.len(), report.missed().count());
    let mut cards = String::new();
    let mut card = |class: &str, number: String, what: &str| {
        cards.push_str(&format!(
            "<div class=\"card {class}\"><b>{}</b><span>{what}</span></div>\n",
            escaped(&number)
        ));
    };
    if !report.expectations.is_empty() {
        let broken = report.expectations.iter().filter(|e| e.violations > 0).count();
        let held = report.expectations.len() - broken;
        let class = if broken == 0 { "good" } else { "bad" };
        card(class, format!("{held} of {}", report.expectations.len()), "expectations hold");
    }
    let class = if missed == 0 { "good" } else { "warn" };
    card(class, format!("{} of {total}", total - missed), "states, ways and handlers reached");
    card("", percent(succeeded, report.runs), "of executions succeeded");
    card("", duration(report.duration_ms.median), "median duration");
    card("", duration(report.duration_ms.max), "longest duration");
    card("", count(report.attempts.max.max(0) as u64), "most attempts of tasks");
    out.push_str(&format!("<div class=\"cards\">\n{cards}</div>\n"));
}
