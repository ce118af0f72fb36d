//! One run of a case, judged by every oracle.

use super::{Findings, Role, Trace, Trial, Violation, all};
use crate::case::{Case, Machine};
use crate::engine::{Budget, Engine, Execution, HistoryComparison, Observation, Ran};

/// What came of a case, and what the oracles found in it.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// What came of it.
    pub ran: Ran,
    /// What the oracles found.
    pub findings: Findings,
}

/// Runs a case once and lets every oracle judge it and the executions it started.
///
/// Some oracles run the case, or a variation of it, once more.
#[must_use]
pub fn judge_case(case: &Case, engine: &dyn Engine, budget: &Budget) -> Judgement {
    let mut findings = Findings::default();
    let case = &*engine.fitted(case);
    let ran = match engine.info().lacks(case) {
        Some(reason) => Ran::Skipped(reason),
        None => engine.run(case, budget),
    };
    match &ran {
        Ran::Ran(Observation::Execution(seen)) => {
            findings = examine(case, seen, engine, budget);
        }
        Ran::Ran(_) | Ran::Skipped(_) => {}
        Ran::Errored(problem) => findings.violations.push(Violation {
            oracle: "adapter".to_owned(),
            rule: "runs".to_owned(),
            message: format!("the case could not be run: {problem}"),
            event: None,
        }),
        Ran::TimedOut => findings.violations.push(Violation {
            oracle: "termination".to_owned(),
            rule: "ends".to_owned(),
            message: "it did not end within its budget".to_owned(),
            event: None,
        }),
    }
    Judgement { ran, findings }
}

/// Lets every oracle judge what was seen of a case.
#[must_use]
pub fn examine(case: &Case, seen: &Execution, engine: &dyn Engine, budget: &Budget) -> Findings {
    let mut findings = Findings::default();
    let nothing = Machine::default();
    let own = case.definition.as_ref().map(Machine::new);
    let others: Vec<(&str, Machine<'_>)> =
        case.machines.iter().map(|(name, other)| (name.as_str(), Machine::new(other))).collect();
    for one in std::iter::once(seen).chain(&seen.others) {
        let other = others.iter().find(|(name, _)| *name == one.machine);
        let machine = other.map(|(_, machine)| machine).or(own.as_ref()).unwrap_or(&nothing);
        let role = match () {
            () if std::ptr::eq(one, seen) => Role::Root,
            () if is_child(one) => Role::Child,
            () => Role::Nested,
        };
        let trial = Trial {
            case,
            machine,
            seen: one,
            role,
            trace: None,
            root: seen,
            engine,
            budget: *budget,
        };
        judge_one(&trial, &mut findings);
    }
    findings
}

/// A child of a Map Run: its ARN (`arn:aws:states:region:account:execution:machine/label:name`) names the
/// machine and, after a slash, the Map's label.
pub(super) fn is_child(execution: &Execution) -> bool {
    execution.execution_arn.split(':').nth(6).is_some_and(|machine| machine.contains('/'))
}

fn judge_one(trial: &Trial<'_>, findings: &mut Findings) {
    let told = trial.engine.info().comparison.history;
    let readable = matches!(told, HistoryComparison::Full | HistoryComparison::Structure)
        && !trial.case.history_ids_normalised
        && !trial.seen.history.is_empty();
    let trace = match readable.then(|| Trace::read(&trial.seen.history, trial.machine)) {
        None => None,
        Some(Ok(trace)) => Some(trace),
        Some(Err(error)) => {
            findings.violations.push(Violation {
                oracle: "history-grammar".to_owned(),
                rule: error.rule.to_owned(),
                message: error.problem,
                event: Some(error.event),
            });
            None
        }
    };
    let trial = Trial { trace: trace.as_ref(), ..*trial };
    for oracle in all() {
        findings.run(oracle, &trial);
    }
}
