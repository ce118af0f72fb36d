//! Histograms as pictures.

use std::fmt::Write;

use stepclock_conformance::explore::{Bar, Distribution};

use super::super::numbers::count;
use crate::markup::escaped;

const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 170.0;
const TOP: f64 = 18.0;
const FLOOR: f64 = 145.0;

pub(super) fn section(
    title: &str,
    of: &Distribution,
    shown: impl Fn(i64) -> String,
    out: &mut String,
) {
    let numbers: Vec<String> =
        [("min", of.min), ("median", of.median), ("p90", of.p90), ("p99", of.p99), ("max", of.max)]
            .iter()
            .map(|(name, value)| format!("{name} <b>{}</b>", escaped(&shown(*value))))
            .collect();
    let _ = write!(
        out,
        "<section><h2>{title}</h2><div class=\"panel chart\"><p>{}</p>\n{}</div></section>\n",
        numbers.join(" &ensp; "),
        picture(&of.bars, &shown)
    );
}

fn picture(bars: &[Bar], shown: &impl Fn(i64) -> String) -> String {
    let most = bars.iter().map(|bar| bar.runs).max().unwrap_or(0).max(1) as f64;
    let step = WIDTH / bars.len().max(1) as f64;
    // Few bars must not look like walls.
    let width = (step * 0.78).min(56.0);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\"><line x1=\"0\" y1=\"{FLOOR}\" \
         x2=\"{WIDTH}\" y2=\"{FLOOR}\"/>\n"
    );
    for (index, bar) in bars.iter().enumerate() {
        let centre = step * (index as f64 + 0.5);
        let height =
            (bar.runs as f64 / most * (FLOOR - TOP)).max(if bar.runs > 0 { 1.5 } else { 0.0 });
        let end = match (bar.to, bar.from == bar.to) {
            (i64::MAX, _) => format!(">{}", shown(bar.from - 1)),
            (to, true) => shown(to),
            (to, false) => format!("≤{}", shown(to)),
        };
        let _ = writeln!(
            svg,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"2\"><title>{}: {} runs\
             </title></rect><text x=\"{centre:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            centre - width / 2.0,
            FLOOR - height,
            escaped(&end),
            count(bar.runs),
            FLOOR + 16.0,
            escaped(&end),
        );
        if bar.runs > 0 {
            let _ = writeln!(
                svg,
                "<text x=\"{centre:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                FLOOR - height - 5.0,
                count(bar.runs)
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}
