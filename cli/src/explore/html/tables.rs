//! The tables of the page.

use std::fmt::Write;

use stepclock_conformance::explore::{Part, duration};

use super::super::numbers::{count, percent};
use super::super::{Shown, command, text};
use crate::markup::escaped;

fn run(shown: &Shown<'_>, seed: u64) -> String {
    format!("<code class=\"run\">{}</code>", escaped(&command::replay(shown.args, seed)))
}

pub(super) fn expectations(shown: &Shown<'_>, out: &mut String) {
    if shown.report.expectations.is_empty() {
        return;
    }
    out.push_str("<h2>Expectations</h2>\n<div class=\"panel\"><table>\n");
    for one in &shown.report.expectations {
        let (sign, class, said) = match (one.violations, one.in_play) {
            (0, 0) => ("–", "warn", "never put to the test".to_owned()),
            (0, in_play) => ("✓", "good", format!("held in {} runs", count(in_play))),
            (violations, in_play) => (
                "✗",
                "bad",
                format!("violated in {} of {} runs", count(violations), count(in_play)),
            ),
        };
        let _ =
            write!(out, "<tr><td class=\"{class}\">{sign}</td><td>{}", escaped(&one.expectation));
        if let (Some(message), Some(seed)) = (&one.message, one.first_seed) {
            let _ = write!(
                out,
                "<br><span class=\"soft\">seed {seed}: {}</span><br>{}",
                escaped(message),
                run(shown, seed)
            );
        }
        let _ = writeln!(out, "</td><td class=\"n {class}\">{said}</td></tr>");
    }
    out.push_str("</table></div>\n");
}

pub(super) fn endings(shown: &Shown<'_>, out: &mut String) {
    let report = shown.report;
    out.push_str(
        "<h2>How executions ended</h2>\n<div class=\"panel\"><table>\n<tr><th>status</th><th>error</th>\
         <th>where</th><th class=\"n\">runs</th><th class=\"n\">share</th><th></th><th class=\"n\">first seed</th>\
         </tr>\n",
    );
    let most = report.endings.first().map_or(1, |ending| ending.runs).max(1);
    for ending in &report.endings {
        let class = if ending.status == "SUCCEEDED" { "good" } else { "bad" };
        let cause = ending.cause.as_deref().unwrap_or_default();
        let _ = writeln!(
            out,
            "<tr title=\"{}\"><td class=\"{class}\">{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}\
             </td><td class=\"wide\"><span class=\"bar {class}\" style=\"width:{:.1}%\"></span></td><td class=\"n\">{}\
             </td></tr>",
            escaped(cause),
            escaped(&ending.status),
            escaped(ending.error.as_deref().unwrap_or_default()),
            escaped(ending.at.as_deref().unwrap_or_default()),
            count(ending.runs),
            percent(ending.runs, report.runs),
            ending.runs as f64 * 100.0 / most as f64,
            ending.first_seed,
        );
    }
    out.push_str("</table></div>\n");
}

pub(super) fn notable(shown: &Shown<'_>, out: &mut String) {
    out.push_str("<h2>Worth a look</h2>\n<div class=\"panel\"><table>\n");
    for one in &shown.report.notable {
        let value = match one.what.as_str() {
            "longest" => duration(one.value),
            _ => count(one.value.max(0) as u64),
        };
        let value = if one.what.starts_with("rare") { format!("{value} runs") } else { value };
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td class=\"n\">{value}</td><td>{}</td></tr>",
            escaped(&one.what),
            run(shown, one.seed)
        );
    }
    out.push_str("</table></div>\n");
}

pub(super) fn coverage(shown: &Shown<'_>, out: &mut String) {
    out.push_str(
        "<h2>Coverage</h2>\n<div class=\"panel\"><table>\n<tr><th>state, way or handler</th><th class=\"n\">times</th>\
         <th class=\"n\">share of runs</th><th class=\"n\">first seed</th></tr>\n",
    );
    let mut machine = None;
    for covered in &shown.report.coverage {
        if covered.construct.machine != machine {
            machine.clone_from(&covered.construct.machine);
            let name = escaped(machine.as_deref().unwrap_or_default());
            let _ = writeln!(out, "<tr><th colspan=\"4\">of {name}</th></tr>");
        }
        let inner = if covered.construct.part == Part::State { "" } else { "inner" };
        let missed = if covered.runs == 0 { "missed" } else { "" };
        let hint = covered
            .hint
            .as_ref()
            .map(|hint| format!(" <span class=\"soft\">— {}</span>", escaped(hint)));
        let share = match covered.runs {
            0 => "never".to_owned(),
            runs => percent(runs, shown.report.runs),
        };
        let seed = covered.first_seed.map(|seed| seed.to_string()).unwrap_or_default();
        let _ = writeln!(
            out,
            "<tr class=\"{inner} {missed}\"><td>{}{}</td><td class=\"n\">{}</td><td class=\"n\">{share}</td>\
             <td class=\"n\">{seed}</td></tr>",
            escaped(&text::way(covered, &shown.labels)),
            hint.unwrap_or_default(),
            count(covered.hits),
        );
    }
    out.push_str("</table></div>\n");
}

pub(super) fn assumptions(shown: &Shown<'_>, out: &mut String) {
    if shown.report.assumptions.is_empty() {
        return;
    }
    out.push_str(
        "<h2>Assumed</h2>\n<p class=\"sub\">No worker or input says otherwise, so these were made up: give \
         <code>--workers</code> and <code>--input</code> to say what is really so.</p>\n<div class=\"panel\">\
         <table>\n",
    );
    for one in &shown.report.assumptions {
        let errors = match one.errors.is_empty() {
            true => String::new(),
            false => {
                format!(
                    "<br><span class=\"soft\">fails with {}</span>",
                    escaped(&one.errors.join(", "))
                )
            }
        };
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td><code>{}</code>{errors}</td></tr>",
            escaped(&one.of),
            escaped(&one.value)
        );
    }
    out.push_str("</table></div>\n");
}
