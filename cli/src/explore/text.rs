//! A report for the terminal.

use stepclock_conformance::explore::{Covered, Distribution, Part, Report, duration};

use super::numbers::{count, percent};
use super::{Labels, Shown, command};
use crate::style::Palette;

/// Characters of a full bar.
const BAR_CHARS: f64 = 24.0;
/// Constructs that are all listed; of more, only those never reached.
const LISTED_MAX: usize = 80;
/// Endings that are listed.
const ENDINGS_MAX: usize = 15;
/// Characters of a construct's name.
const LABEL_CHARS_MAX: usize = 64;
/// Characters of an assumed value.
const VALUE_CHARS_MAX: usize = 100;

pub(super) fn show(shown: &Shown<'_>, palette: Palette) -> String {
    let report = shown.report;
    let mut out = format!(
        "{}  {}\n",
        palette.bold(&shown.setup.name),
        palette.dim(&format!("{} runs, seeds {}", count(report.runs), seeds(report)))
    );
    endings(report, palette, &mut out);
    spread("Simulated duration", &report.duration_ms, duration, palette, &mut out);
    let plain = |value: i64| count(value.max(0) as u64);
    if report.attempts.max > 0 {
        spread("Attempts of tasks", &report.attempts, plain, palette, &mut out);
    }
    coverage(shown, palette, &mut out);
    out.push_str(&verdicts_of(report, palette, Some(shown)));
    worth_a_look(shown, palette, &mut out);
    assumptions(report, palette, &mut out);
    out
}

pub(super) fn seeds(report: &Report) -> String {
    match report.runs {
        0 | 1 => report.first_seed.to_string(),
        runs => format!("{} to {}", report.first_seed, report.first_seed + runs - 1),
    }
}

/// The expectations, and what became of them.
pub(super) fn verdicts(report: &Report, palette: Palette) -> String {
    verdicts_of(report, palette, None)
}

fn heading(title: &str, palette: Palette, out: &mut String) {
    out.push_str(&format!("\n{}\n", palette.bold(title)));
}

fn bar(part: u64, most: u64) -> String {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = (part as f64 / most.max(1) as f64 * BAR_CHARS * 8.0).round() as usize;
    let eighths = eighths.max(usize::from(part > 0));
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(EIGHTHS[eighths % 8]);
    }
    bar
}

fn endings(report: &Report, palette: Palette, out: &mut String) {
    heading("How executions ended", palette, out);
    let most = report.endings.first().map_or(1, |ending| ending.runs);
    for ending in report.endings.iter().take(ENDINGS_MAX) {
        let described = ending.describe();
        let described = match ending.status.as_str() {
            "SUCCEEDED" => palette.good(&described),
            _ => palette.bad(&described),
        };
        out.push_str(&format!(
            "  {:>9} {:>8}  {} {described} {}\n",
            count(ending.runs),
            percent(ending.runs, report.runs),
            pad(&bar(ending.runs, most), BAR_CHARS as usize),
            palette.dim(&format!("seed {}", ending.first_seed)),
        ));
    }
    if report.endings.len() > ENDINGS_MAX {
        let more = report.endings.len() - ENDINGS_MAX;
        out.push_str(&palette.dim(&format!("  and {more} more; --json has all\n")));
    }
}

fn spread(
    title: &str,
    of: &Distribution,
    shown: impl Fn(i64) -> String,
    palette: Palette,
    out: &mut String,
) {
    heading(title, palette, out);
    let numbers =
        [("min", of.min), ("median", of.median), ("p90", of.p90), ("p99", of.p99), ("max", of.max)];
    let numbers: Vec<String> = numbers
        .iter()
        .map(|(name, value)| format!("{} {}", palette.dim(name), shown(*value)))
        .collect();
    out.push_str(&format!("  {}\n", numbers.join("   ")));
    let most = of.bars.iter().map(|bar| bar.runs).max().unwrap_or(0);
    for one in &of.bars {
        let range = match one {
            one if one.to == i64::MAX => format!("over {}", shown(one.from)),
            one if one.from == one.to => shown(one.from),
            // A range of durations ends where people read it to end; a count says both.
            one if one.to - one.from > 90 => format!("to {}", shown(one.to)),
            one => format!("{} to {}", shown(one.from), shown(one.to)),
        };
        let line = format!("  {range:>12} {:>9}  {}", count(one.runs), bar(one.runs, most));
        out.push_str(&format!("{}\n", line.trim_end()));
    }
}

fn coverage(shown: &Shown<'_>, palette: Palette, out: &mut String) {
    let report = shown.report;
    let total = report.coverage.len();
    let missed = report.missed().count();
    let title = format!(
        "Coverage: {} of {} states, ways, retriers and catchers reached",
        total - missed,
        total
    );
    heading(&title, palette, out);
    let all = total <= LISTED_MAX;
    let listed: Vec<&Covered> =
        report.coverage.iter().filter(|covered| all || covered.runs == 0).collect();
    let name = |covered: &Covered| match (all, covered.construct.part) {
        (false, _) => covered.construct.describe(),
        (true, Part::State) => covered.construct.state.clone(),
        (true, _) => format!("  {}", way(covered, &shown.labels)),
    };
    let width =
        listed.iter().map(|c| name(c).chars().count()).max().unwrap_or(0).min(LABEL_CHARS_MAX);
    let mut machine = None;
    for covered in listed {
        if covered.construct.machine != machine {
            machine.clone_from(&covered.construct.machine);
            out.push_str(&palette.dim(&format!("  of {}\n", machine.as_deref().unwrap_or("it"))));
        }
        let label = pad(&cut(&name(covered), LABEL_CHARS_MAX), width);
        let label = match (covered.runs, covered.construct.part) {
            (0, _) => palette.bad(&label),
            (_, Part::State) => palette.bold(&label),
            _ => label,
        };
        let reached = match covered.runs {
            0 => {
                let hint = covered.hint.as_ref().map(|hint| format!(": {hint}"));
                palette.bad(&format!("    never{}", hint.unwrap_or_default()))
            }
            runs => palette.dim(&format!(
                "{:>9}  in {} of runs",
                format!("{}×", count(covered.hits)),
                percent(runs, report.runs)
            )),
        };
        out.push_str(&format!("  {label} {reached}\n"));
    }
}

/// A construct of a state, below the state's name.
pub(super) fn way(covered: &Covered, labels: &Labels) -> String {
    let construct = &covered.construct;
    let label = labels.get(&(construct.machine.clone(), construct.state.clone(), construct.part));
    let target = construct.target.as_deref().unwrap_or("end");
    let errors = construct.errors.join(", ");
    match construct.part {
        Part::State => construct.state.clone(),
        Part::Next => format!("→ {target}"),
        Part::Rule(index) => match label {
            Some(label) => format!("{label} → {target}"),
            None => format!("rule {} → {target}", index + 1),
        },
        Part::Default => format!("default → {target}"),
        Part::Retrier(_) => format!("retry {errors}"),
        Part::Catcher(_) => format!("catch {errors} → {target}"),
    }
}

fn verdicts_of(report: &Report, palette: Palette, shown: Option<&Shown<'_>>) -> String {
    let mut out = String::new();
    if report.expectations.is_empty() {
        return out;
    }
    heading("Expectations", palette, &mut out);
    for one in &report.expectations {
        let runs =
            |runs: u64| if runs == 1 { "run".to_owned() } else { format!("{} runs", count(runs)) };
        match (one.violations, one.in_play) {
            (0, 0) => out.push_str(&format!(
                "  {} {} — {}\n",
                palette.warn("–"),
                one.expectation,
                palette.warn(if shown.is_some() {
                    "never put to the test"
                } else {
                    "not put to the test"
                })
            )),
            (0, in_play) => out.push_str(&format!(
                "  {} {} — {}\n",
                palette.good("✓"),
                one.expectation,
                palette.dim(&match shown {
                    Some(_) => format!("held in {}", runs(in_play)),
                    None => "holds".to_owned(),
                })
            )),
            (violations, in_play) => {
                let first = match shown {
                    Some(_) => format!("violated in {} of {}", count(violations), runs(in_play)),
                    None => "violated".to_owned(),
                };
                out.push_str(&format!(
                    "  {} {} — {}\n",
                    palette.bad("✗"),
                    one.expectation,
                    palette.bad(&first)
                ));
                if let (Some(message), Some(seed)) = (&one.message, one.first_seed) {
                    let which = shown.map(|_| format!("seed {seed}: ")).unwrap_or_default();
                    out.push_str(&format!("      {which}{message}\n"));
                    if let Some(shown) = shown {
                        let command = command::replay(shown.args, seed);
                        out.push_str(&format!("      {}\n", palette.dim(&command)));
                    }
                }
            }
        }
    }
    out
}

fn worth_a_look(shown: &Shown<'_>, palette: Palette, out: &mut String) {
    heading("Worth a look", palette, out);
    for one in &shown.report.notable {
        let what = match one.what.as_str() {
            "longest" => format!("longest: {}", duration(one.value)),
            rare if rare.starts_with("rare") => rare.to_owned(),
            most => format!("{most}: {}", count(one.value.max(0) as u64)),
        };
        out.push_str(&format!(
            "  {what}\n    {}\n",
            palette.dim(&command::replay(shown.args, one.seed))
        ));
    }
}

fn assumptions(report: &Report, palette: Palette, out: &mut String) {
    if report.assumptions.is_empty() {
        return;
    }
    heading("Assumed, because no worker or input says otherwise", palette, out);
    let width = report.assumptions.iter().map(|a| a.of.chars().count()).max().unwrap_or(0).min(40);
    for one in &report.assumptions {
        let verb = if one.of == "input" { "is" } else { "returns" };
        out.push_str(&format!(
            "  {} {verb} {}\n",
            pad(&one.of, width),
            cut(&one.value, VALUE_CHARS_MAX)
        ));
        if !one.errors.is_empty() {
            let indent = " ".repeat(width);
            let errors = cut(&one.errors.join(", "), VALUE_CHARS_MAX);
            out.push_str(&palette.dim(&format!("  {indent} fails with {errors}\n")));
        }
    }
}

fn pad(text: &str, width: usize) -> String {
    format!("{text:width$}")
}

fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let start: String = text.chars().take(chars_max - 1).collect();
    format!("{start}…")
}
