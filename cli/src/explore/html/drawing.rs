//! The graph of states, coloured by what was reached.

use std::collections::BTreeMap;

use serde_json::Value;
use stepclock_conformance::explore::{Covered, Part};
use stepclock_engine::asl::{WorkflowType, compile};

use super::super::Shown;
use super::super::numbers::{count, percent};
use crate::error::CliError;
use crate::graph::{Look, Mark, Model, draw_svg};
use crate::markup::escaped;

pub(super) fn section(shown: &Shown<'_>, out: &mut String) -> Result<(), CliError> {
    let workflow_type: WorkflowType = shown.args.workflow_type.into();
    out.push_str("<h2>What was reached</h2>\n");
    graph(shown, None, &shown.setup.definition, workflow_type, out)?;
    for (name, definition) in &shown.setup.machines {
        out.push_str(&format!("<h3>{}</h3>\n", escaped(name)));
        graph(shown, Some(name), definition, WorkflowType::Standard, out)?;
    }
    Ok(())
}

fn graph(
    shown: &Shown<'_>,
    machine: Option<&str>,
    definition: &Value,
    workflow_type: WorkflowType,
    out: &mut String,
) -> Result<(), CliError> {
    let compiled = compile(&definition.to_string(), workflow_type);
    let Some(definition) = compiled.definition else { return Ok(()) };
    let look = Coverage {
        runs: shown.report.runs,
        of: shown
            .report
            .coverage
            .iter()
            .filter(|c| c.construct.machine.as_deref() == machine)
            .map(|c| ((c.construct.state.as_str(), c.construct.part), c))
            .collect(),
    };
    out.push_str("<div class=\"panel\">\n");
    match draw_svg(&Model::of(&definition), &look) {
        Ok(svg) => out.push_str(&format!(
            "<div class=\"graph\">\n{svg}</div>\n<div class=\"key\"><span><i style=\"background:color-mix(in srgb, \
             var(--hit) 50%, var(--box))\"></i>in every run</span><span><i style=\"background:color-mix(in srgb, \
             var(--hit) 8%, var(--box));border:1px solid var(--line)\"></i>in few runs</span><span><i \
             style=\"background:var(--bad-bg);border:2px dashed var(--bad)\"></i>never</span><span><i style=\"border:2px dashed \
             var(--warn)\"></i>a retrier never used</span><span>Point at a state or \
             an arrow to see its numbers.</span></div>\n"
        )),
        // Too many states for a picture; the table below has them all.
        Err(CliError::Draw(why)) => {
            out.push_str(&format!("<p class=\"graph soft\">No picture: {}</p>\n", escaped(&why)));
        }
        Err(other) => return Err(other),
    }
    out.push_str("</div>\n");
    Ok(())
}

struct Coverage<'a> {
    runs: u64,
    of: BTreeMap<(&'a str, Part), &'a Covered>,
}

impl Coverage<'_> {
    /// What the retriers of a state are for that never had anything to do.
    fn unused_retriers<'s>(&'s self, state: &'s str) -> impl Iterator<Item = String> + 's {
        self.of
            .range((state, Part::Retrier(0))..=(state, Part::Retrier(usize::MAX)))
            .filter(|(_, covered)| covered.runs == 0)
            .map(|(_, covered)| covered.construct.errors.join(", "))
    }
}

impl Look for Coverage<'_> {
    fn mark(&self, state: &str, part: Part) -> Option<Mark> {
        let covered = self.of.get(&(state, part))?;
        let what = covered.construct.describe();
        if covered.runs == 0 {
            let hint = covered.hint.as_ref().map(|hint| format!(": {hint}")).unwrap_or_default();
            return Some(Mark {
                class: "missed".to_owned(),
                style: String::new(),
                title: format!("{what}\nnever reached{hint}"),
            });
        }
        let unused: Vec<String> = match part {
            Part::State => self.unused_retriers(state).collect(),
            _ => Vec::new(),
        };
        let share = covered.runs as f64 / self.runs.max(1) as f64;
        let style = match part {
            Part::State => format!("--share:{share:.3}"),
            _ => format!("stroke-width:{:.2}", 1.1 + 2.4 * share.sqrt()),
        };
        let class = match part {
            Part::Catcher(_) => "catching",
            _ if !unused.is_empty() => "partly",
            _ => "",
        };
        let retriers = unused.iter().map(|errors| format!("; never retried for {errors}"));
        Some(Mark {
            class: class.to_owned(),
            style,
            title: format!(
                "{what} — {}×, in {} of runs, first in seed {}{}",
                count(covered.hits),
                percent(covered.runs, self.runs),
                covered.first_seed.unwrap_or_default(),
                retriers.collect::<String>(),
            ),
        })
    }
}
