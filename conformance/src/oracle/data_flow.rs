//! Every state's output follows from its input, its result and the variables, by the rules of data flow.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::difference::{cut, differs};
use super::{Event, Findings, Oracle, Place, Role, Trace, Trial};
use crate::case::State;
use crate::engine::CauseComparison;
use crate::model::{Recomputed, Step, Surrounding, Work, agrees, any_text};

/// See [`Oracle::rule`].
pub(super) struct DataFlow;

type Variables = BTreeMap<String, Value>;

impl Oracle for DataFlow {
    fn name(&self) -> &'static str {
        "data-flow"
    }

    fn rule(&self) -> &'static str {
        "A state hands on what InputPath, Parameters, ResultSelector, ResultPath and OutputPath, or Arguments and \
         Output, make of its input and result; Assign sets what it says, seeing the variables from before; a task \
         is sent what Parameters or Arguments say."
    }

    fn source(&self) -> &'static str {
        "states-language.net, \"Input and Output Processing\", \"State Machine Variables\""
    }

    fn check(&self, trial: &Trial<'_>, findings: &mut Findings) {
        let Some(trace) = trial.trace else { return };
        if trial.was_redriven() {
            return;
        }
        let execution = surrounding(trial, trace);
        let variables = variables(trace);
        for (index, visit) in trace.visits.iter().enumerate() {
            let Some(state) = trial.machine.state(visit.state) else { continue };
            let Some(input) = payload(trace.entered(index), "input") else { continue };
            let mut step = Step {
                name: visit.state,
                fields: state.fields,
                jsonata: state.jsonata,
                input,
                variables: &variables[index],
                entered_ms: trial.is_exact().then(|| trace.entered(index).at_ms),
                retries: Some(0),
                execution: &execution,
            };
            sent(trace, index, &mut step, findings);
            if trace.exited(index).is_some() {
                handed_on(trial, index, *state, &step, findings);
            }
        }
    }
}

/// The execution, as its context object shows it.
fn surrounding(trial: &Trial<'_>, trace: &Trace<'_>) -> Surrounding {
    let started = trace.events.first();
    let input = started.and_then(|event| payload(event, "input")).unwrap_or_default();
    let role = started.and_then(|event| event.text("roleArn"));
    // The ARN of an EXPRESS execution ends with something else than its name.
    let arn = Some(trial.seen.execution_arn.as_str()).filter(|arn| arn.contains(":execution:"));
    let machine = (trial.role == Role::Root)
        .then_some(trial.case.state_machine.as_ref())
        .flatten()
        .map(|machine| machine.arn.as_str());
    let started_ms = trial.is_exact().then_some(trial.seen.started_ms);
    Surrounding::new(input, arn, machine, role, started_ms)
}

/// The variables every visit can see.
fn variables(trace: &Trace<'_>) -> Vec<Rc<Variables>> {
    let mut visible: Vec<Rc<Variables>> = Vec::with_capacity(trace.visits.len());
    // Threads by their container's visit, place and round, with the visit that came last.
    let mut last: BTreeMap<(Option<usize>, Place, usize), usize> = BTreeMap::new();
    for (index, visit) in trace.visits.iter().enumerate() {
        let thread = (visit.parent, visit.place, visit.round);
        let seen = match (last.get(&thread), visit.parent) {
            (Some(before), _) => {
                let mut variables = visible[*before].clone();
                let assigned = trace.exited(*before).map(assigned).unwrap_or_default();
                if !assigned.is_empty() {
                    Rc::make_mut(&mut variables).extend(assigned);
                }
                variables
            }
            (None, Some(parent)) => visible[parent].clone(),
            (None, None) => Rc::default(),
        };
        visible.push(seen);
        last.insert(thread, index);
    }
    visible
}

/// What a state's exit says was assigned: each value as JSON text.
fn assigned(exited: &Event<'_>) -> Variables {
    let assigned = exited.details.get("assignedVariables").and_then(Value::as_object);
    let parsed = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::String(text) => serde_json::from_str(text).ok()?,
            other => other.clone(),
        };
        Some((name.clone(), value))
    };
    assigned.into_iter().flatten().filter_map(parsed).collect()
}

/// JSON of an event: text, or already parsed where a recording has it so.
fn payload(event: &Event<'_>, name: &str) -> Option<Value> {
    match event.details.get(name)? {
        Value::String(text) => serde_json::from_str(text).ok(),
        other => Some(other.clone()),
    }
}

/// What tasks were sent.
fn sent(trace: &Trace<'_>, index: usize, step: &mut Step<'_>, findings: &mut Findings) {
    if trace.of(index).any(|event| event.kind == "EvaluationFailed") {
        // How often it was retried does not show then.
        step.retries = None;
    }
    let mut attempt = 0;
    for event in trace.of(index) {
        let field = match event.kind {
            "TaskScheduled" => "parameters",
            "LambdaFunctionScheduled" | "ActivityScheduled" => "input",
            "MapStateStarted" | "ParallelStateStarted" => "",
            _ => continue,
        };
        step.retries = step.retries.map(|_| attempt);
        attempt += 1;
        if let Some(found) = payload(event, field)
            && let Some(arguments) = step.arguments()
        {
            findings.check(agrees(&arguments, &found), "arguments", Some(event.id), || {
                let what = format!("what `{}` is sent", step.name);
                differs(&what, &found, &arguments, agrees) + ", as the rules make it"
            });
        }
    }
}

/// What a state handed on and assigned.
fn handed_on(
    trial: &Trial<'_>,
    index: usize,
    state: State<'_>,
    step: &Step<'_>,
    findings: &mut Findings,
) {
    let Some(trace) = trial.trace else { return };
    let Some(exited) = trace.exited(index) else { return };
    let Some(output) = payload(exited, "output") else { return };
    let Some(mut work) = work(trace, index, state) else { return };
    if let Work::Caught { cause: Some(cause), .. } = &mut work
        && trial.engine.info().comparison.causes == CauseComparison::Ignored
    {
        *cause = any_text();
    }
    let event = Some(exited.id);
    match step.recompute(&work) {
        Recomputed::Unsupported(_) => {}
        Recomputed::Fails(error) => findings.check(false, "output", event, || {
            let told = cut(&output);
            format!("`{}` hands on {told}; by the rules it fails with {error:?}", step.name)
        }),
        Recomputed::Made(made, variables) => {
            findings.check(agrees(&made, &output), "output", event, || {
                let what = format!("what `{}` hands on", step.name);
                differs(&what, &output, &made, agrees) + ", as the rules make it"
            });
            let found = assigned(exited);
            let same = found.len() == variables.len()
                && variables
                    .iter()
                    .all(|(name, value)| found.get(name).is_some_and(|found| agrees(value, found)));
            findings.check(same, "assigned", event, || {
                format!("`{}` assigns {found:?}; the rules say {variables:?}", step.name)
            });
        }
    }
}

/// How a state's work ended; `None` when history does not tell.
fn work(trace: &Trace<'_>, index: usize, state: State<'_>) -> Option<Work> {
    let kind = state.kind();
    if !matches!(kind, "Task" | "Parallel" | "Map") {
        return Some(Work::Nothing);
    }
    let before_exit = trace.of(index).filter(|event| !event.exits()).last()?;
    match before_exit.kind {
        "TaskSucceeded" | "LambdaFunctionSucceeded" | "ActivitySucceeded" => {
            Some(Work::Result(payload(before_exit, "output")?))
        }
        "ParallelStateSucceeded" => {
            results(trace, index, state.list("Branches").len()).map(Work::Result)
        }
        "MapStateSucceeded" if !state.is_distributed_map() => {
            let started = trace.of(index).filter(|event| event.kind == "MapStateStarted").last()?;
            let length = usize::try_from(started.number("length")?).ok()?;
            results(trace, index, length).map(Work::Result)
        }
        "TaskFailed"
        | "TaskTimedOut"
        | "TaskStartFailed"
        | "TaskSubmitFailed"
        | "LambdaFunctionFailed"
        | "LambdaFunctionTimedOut"
        | "LambdaFunctionScheduleFailed"
        | "LambdaFunctionStartFailed"
        | "ActivityFailed"
        | "ActivityTimedOut"
        | "ActivityScheduleFailed"
        | "EvaluationFailed" => Some(Work::Caught {
            error: before_exit.text("error").map(str::to_owned),
            cause: before_exit.text("cause").map(str::to_owned),
        }),
        _ => None,
    }
}

/// The outputs of the branches or iterations of the last round, in order.
fn results(trace: &Trace<'_>, container: usize, length: usize) -> Option<Value> {
    let round = trace.visits[container].rounds;
    let mut outputs: Vec<Option<Value>> = vec![None; length];
    for (index, visit) in trace.visits.iter().enumerate() {
        if visit.parent != Some(container) || visit.round != round {
            continue;
        }
        let place = match visit.place {
            Place::Iteration(place) => usize::try_from(place).ok()?,
            Place::Branch(place) => place,
            Place::Top => return None,
        };
        // Later visits of the same place come later in the history.
        *outputs.get_mut(place)? = payload(trace.exited(index)?, "output");
    }
    outputs.into_iter().collect()
}
