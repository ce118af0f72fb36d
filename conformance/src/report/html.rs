//! HTML: one file that needs nothing else.

use super::{Problem, Report, Tally};
use crate::coverage;

/// How the page looks, in light and dark.
const STYLE: &str = include_str!("report.css");
/// Filtering the tables.
const SCRIPT: &str = include_str!("report.js");

/// A report as a page.
#[must_use]
pub fn to_html(report: &Report) -> String {
    let name = escape(&format!("{} {}", report.engine.name, report.engine.version));
    let (class, verdict) = match report.is_clean() {
        true => ("pass", "conforms"),
        false => ("fail", "does not conform"),
    };
    let body = [
        cards(report),
        failures(&report.problems()),
        groups(report),
        oracles(report),
        constructs(report),
        comparison(report),
    ]
    .concat();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Conformance of {name}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header><p>Amazon States Language conformance</p>\n\
         <h1>{name} <span class=\"badge {class}\">{verdict}</span></h1></header>\n\
         <main>\n{body}</main>\n\
         <footer>Stepclock suite {}</footer>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        escape(&report.suite_version),
    )
}

fn cards(report: &Report) -> String {
    let total = report.total();
    let checks: u64 = report.random.checks.values().sum();
    let used = coverage::ALL.len() - report.never_used().len();
    let cards = [
        ("passed", total.passed.to_string(), "pass"),
        ("failed", total.failed.to_string(), if total.failed == 0 { "" } else { "fail" }),
        (
            "known gaps",
            total.known_gaps.to_string(),
            if total.known_gaps == 0 { "" } else { "gap" },
        ),
        ("skipped", total.skipped.to_string(), ""),
        ("constructs used", format!("{used}/{}", coverage::ALL.len()), ""),
        ("oracle checks", checks.to_string(), ""),
        ("history events", report.random.events.to_string(), ""),
    ];
    let cards: String = cards
        .iter()
        .map(|(what, count, class)| {
            format!("<div class=\"card {class}\"><b>{count}</b><span>{what}</span></div>\n")
        })
        .collect();
    format!("<section class=\"cards\">\n{cards}</section>\n")
}

fn failures(problems: &[Problem]) -> String {
    if problems.is_empty() {
        return String::new();
    }
    let mut text = format!("<section><h2>Failures ({})</h2>\n", problems.len());
    for problem in problems {
        let first = problem.reason.lines().next().unwrap_or_default();
        text.push_str(&format!(
            "<details><summary><code>{}</code> {}</summary>\n<pre>{}</pre>\n",
            escape(&problem.name),
            escape(first),
            escape(&problem.reason),
        ));
        for command in &problem.replay {
            text.push_str(&format!("<pre class=\"command\">{}</pre>\n", escape(command)));
        }
        if let Some(shrunk) = &problem.shrunk {
            text.push_str(&format!(
                "<details><summary>The smallest case</summary><pre>{}</pre></details>\n",
                escape(shrunk)
            ));
        }
        text.push_str("</details>\n");
    }
    text.push_str("</section>\n");
    text
}

fn groups(report: &Report) -> String {
    let groups = report.by_group();
    let rows: String = groups.iter().map(|(name, tally)| row(name, *tally)).collect();
    format!("<section><h2>Cases</h2>\n{}</section>\n", table("group", "groups", &rows))
}

fn constructs(report: &Report) -> String {
    let constructs = report.by_construct();
    if constructs.is_empty() {
        return String::new();
    }
    let rows: String = constructs.iter().map(|(name, tally)| row(name, *tally)).collect();
    let never = report.never_used();
    let chips: String =
        never.iter().map(|name| format!("<span class=\"chip\">{}</span> ", escape(name))).collect();
    let never = match never.is_empty() {
        true => "<p>Every construct is used.</p>\n".to_owned(),
        false => format!(
            "<details><summary>Used by no case ({})</summary><p>{chips}</p></details>\n",
            never.len()
        ),
    };
    let table = table("construct", "constructs", &rows);
    format!("<section><h2>Constructs of the language</h2>\n{never}{table}</section>\n")
}

fn oracles(report: &Report) -> String {
    let random = &report.random;
    if random.checks.is_empty() {
        return String::new();
    }
    let mut rows = String::new();
    for (oracle, checks) in &random.checks {
        let of_it = |kind: &str| kind.split('/').next() == Some(oracle);
        let broken: u64 =
            random.violations.iter().filter(|(kind, _)| of_it(kind)).map(|(_, count)| count).sum();
        let class = if broken > 0 { " class=\"fail\"" } else { "" };
        rows.push_str(&format!(
            "<tr><td><code>{}</code></td><td>{checks}</td><td{class}>{broken}</td></tr>\n",
            escape(oracle)
        ));
    }
    format!(
        "<section><h2>Oracles</h2>\n<div class=\"scroll\"><table><thead><tr><th>oracle</th>\
         <th>checks</th><th>broken rules</th></tr></thead>\n<tbody>\n{rows}</tbody>\
         </table></div></section>\n"
    )
}

fn comparison(report: &Report) -> String {
    let info = &report.engine;
    let unsupported = match info.unsupported.is_empty() {
        true => "nothing".to_owned(),
        false => escape(&info.unsupported.join(", ")),
    };
    format!(
        "<section><h2>The engine</h2>\n<dl><dt>history is compared</dt><dd>{:?}</dd>\
         <dt>causes</dt><dd>{:?}</dd><dt>timing</dt><dd>{:?}</dd>\
         <dt>not supported</dt><dd>{unsupported}</dd><dt>run as</dt><dd><code>{}</code></dd></dl>\
         </section>\n",
        info.comparison.history,
        info.comparison.causes,
        info.comparison.timing,
        escape(&report.engine_spec),
    )
}

fn table(what: &str, id: &str, rows: &str) -> String {
    format!(
        "<input type=\"search\" placeholder=\"Filter by name\" aria-label=\"Filter by {what}\" \
         data-filters=\"{id}\">\n<div class=\"scroll\"><table id=\"{id}\"><thead><tr><th>{what}</th>\
         <th>passed</th><th>failed</th><th>known gaps</th><th>skipped</th><th></th></tr></thead>\n\
         <tbody>\n{rows}</tbody></table></div>\n"
    )
}

fn row(name: &str, tally: Tally) -> String {
    let parts = [
        ("pass", tally.passed),
        ("fail", tally.failed),
        ("gap", tally.known_gaps),
        ("skip", tally.skipped),
    ];
    let cells: String = parts
        .iter()
        .map(|(class, count)| match count {
            0 => "<td class=\"none\">0</td>".to_owned(),
            _ => format!("<td class=\"{class}\">{count}</td>"),
        })
        .collect();
    let total = tally.total().max(1) as f64;
    let bar: String = parts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(class, count)| {
            let width = *count as f64 * 100.0 / total;
            format!("<i class=\"{class}\" style=\"width:{width:.2}%\"></i>")
        })
        .collect();
    format!(
        "<tr><td><code>{}</code></td>{cells}<td><div class=\"bar\">{bar}</div></td></tr>\n",
        escape(name)
    )
}

/// Text that is text in HTML, in elements and attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
