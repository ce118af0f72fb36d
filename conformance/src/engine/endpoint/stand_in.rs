//! What stands for each Task of a case on an endpoint, so that the adapter can answer it.

use std::collections::BTreeMap;

use serde_json::Value;
use stepclock_engine::asl::{Integration, IntegrationPattern, Resource};

use crate::case::{Case, Kind, Machine, State, WorkflowTypeName};
use crate::engine::reference::CaseWorker;

/// What an outcome that depends on chance shows itself by.
const CHANCE: [&str; 5] =
    ["$uuid", "$random", "States.UUID", "States.MathRandom", "JitterStrategy"];

/// What an outcome that depends on the moment shows itself by.
const MOMENTS: [&str; 9] = [
    "StartTime",
    "EnteredTime",
    "RedriveTime",
    "$now",
    "$millis",
    "\"Timestamp\"",
    "\"TimestampPath\"",
    "$toMillis()",
    // The output names the children that failed, and when they did.
    "ToleratedFailure",
];

/// Parts of the context object that hold moments, when they are taken as a whole.
const CONTEXT: [&str; 6] = [
    "$$",
    "$$.Execution",
    "$$.State",
    "$states.context",
    "$states.context.Execution",
    "$states.context.State",
];

/// What holds names, which are others on an endpoint: parts of the context object, answers of Step Functions.
const NAMED: [&str; 5] =
    [".StateMachine", "Execution.Id", "Execution.Name", "Task.Token", "startExecution"];

/// What tells how a text is spelled.
const SPELLING: [&str; 14] = [
    "$contains",
    "$length",
    "$lowercase",
    "$match",
    "$replace",
    "$substring",
    "$split",
    "$base64",
    "$hash",
    "$uppercase",
    "StringMatches",
    "States.StringSplit",
    "States.Hash",
    "States.Base64",
];

/// What tells which of two texts comes first.
const ORDER: [&str; 5] = ["<", ">", "$sort", "StringLess", "StringGreater"];

/// Parts of the context object that show a task's token.
const TOKENS: [&str; 6] = [
    "$$",
    "$$.Task",
    "$$.Task.Token",
    "$states.context",
    "$states.context.Task",
    "context.Task.Token",
];

/// A Task of a case: the name of its machine, and its own.
pub(super) type TaskName = (String, String);

/// What stands for a Task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StandIn {
    /// What the case's Task calls.
    pub(super) resource: Resource,
    pub(super) manner: Manner,
    pub(super) jsonata: bool,
}

/// How the adapter comes to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// It is one of an activity.
    Activity,
    /// It starts an execution that hands its token over: for whatever waits for a token, or for a job.
    Token,
    /// Its activity is not there.
    Absent,
}

/// What stands for the Tasks of a case; those that are not here call what they name.
pub(super) type Tasks = BTreeMap<TaskName, StandIn>;

/// The name of the machine that a case is about.
pub(super) fn own_machine(case: &Case) -> &str {
    case.state_machine.as_ref().map_or("machine", |machine| machine.name.as_str())
}

/// The definitions of a case, its own last.
pub(super) fn definitions(case: &Case) -> impl Iterator<Item = (&str, &Value)> {
    let others = case.machines.iter().map(|(name, definition)| (name.as_str(), definition));
    let own = case.definition.iter().map(|definition| (own_machine(case), definition));
    others.chain(own)
}

/// Why an execution cannot be run on an endpoint, if so.
pub(super) fn unrunnable(case: &Case) -> Option<String> {
    if case.definition.is_none() {
        return Some("it has no definition".to_owned());
    }
    let texts = definitions(case).map(|(_, definition)| definition.to_string());
    let text = texts.collect::<Vec<_>>().join("\n");
    let express = case.workflow_type == Some(WorkflowTypeName::Express);
    let expects_events = case.expect.events.is_some() || case.expect.history.is_some();
    if case.kind == Kind::ExpressAsync || (express && case.kind != Kind::Sync && expects_events) {
        return Some("no operation tells what an EXPRESS execution did".to_owned());
    }
    let has_objects = ["\"ItemReader\"", "\"ResultWriter\""];
    if !case.resources.s3.is_empty() || has_objects.iter().any(|field| text.contains(field)) {
        return Some("its objects would have to be in S3".to_owned());
    }
    if let Some(drawn) = CHANCE.iter().find(|drawn| text.contains(**drawn)) {
        return Some(format!("what comes of {drawn} depends on chance"));
    }
    let is_in = |part: &&str| text.contains(*part);
    let (tells_spelling, tells_order) = (SPELLING.iter().any(is_in), ORDER.iter().any(is_in));
    let of = match () {
        () if (tells_spelling || tells_order) && NAMED.iter().any(is_in) => "the endpoint's names",
        () if tells_spelling && depends_on_moment(case).is_some() => "the moments of the run",
        () => return CaseWorker::refuses(case),
    };
    Some(format!("what comes of it may depend on how {of} are spelled"))
}

/// What shows that the outcome of a case depends on when it is run, if something does.
pub(super) fn depends_on_moment(case: &Case) -> Option<&'static str> {
    let texts: Vec<_> = definitions(case).map(|(_, definition)| definition.to_string()).collect();
    let is_in = |moment: &&&str| texts.iter().any(|text| text.contains(**moment));
    let is_whole = |part: &&&str| texts.iter().any(|text| takes_whole(text, part));
    let by_itself = MOMENTS.iter().find(is_in).or_else(|| CONTEXT.iter().find(is_whole));
    by_itself.copied().or(case.start_time.is_some().then_some("its start"))
}

/// Whether a text takes a part of the context object as a whole: nothing, or something else than a member, follows.
fn takes_whole(text: &str, part: &str) -> bool {
    text.match_indices(part).any(|(at, _)| {
        let next = text[at + part.len()..].chars().next();
        next.is_none_or(|next| next != '.' && next != '$' && !next.is_ascii_alphanumeric())
    })
}

/// What must stand for the Tasks of a case.
///
/// # Errors
/// Why nothing can for one of them.
pub(super) fn tasks(case: &Case) -> Result<Tasks, String> {
    let mut tasks = Tasks::new();
    for (name, definition) in definitions(case) {
        let machine = Machine::new(definition);
        for state in machine.states().filter(|state| state.kind() == "Task") {
            if let Some(stand_in) = stand_in(case, name, &machine, state)? {
                tasks.insert((name.to_owned(), state.name.to_owned()), stand_in);
            }
        }
    }
    Ok(tasks)
}

fn stand_in(
    case: &Case,
    machine_name: &str,
    machine: &Machine<'_>,
    state: &State<'_>,
) -> Result<Option<StandIn>, String> {
    let name = state.name;
    let resource = state.text("Resource").and_then(Resource::parse);
    let resource = resource.ok_or_else(|| format!("state `{name}` has no resource"))?;
    if let Resource::Integration(integration) = &resource
        && is_of_the_service(integration)
        && !is_scripted(case, name)
    {
        return Ok(None);
    }
    let express = case.workflow_type == Some(WorkflowTypeName::Express);
    if express && machine_name == own_machine(case) {
        return Err("EXPRESS workflows have no activities".to_owned());
    }
    if in_express_children(machine, state) {
        return Err("children that are EXPRESS have no activities".to_owned());
    }
    let manner = match &resource {
        Resource::Activity { arn } if !exists(case, arn) => Manner::Absent,
        Resource::Activity { .. } => Manner::Activity,
        Resource::Integration(integration)
            if integration.pattern != IntegrationPattern::RequestResponse =>
        {
            Manner::Token
        }
        Resource::Lambda { .. } | Resource::Integration(_) => Manner::Activity,
    };
    let is_activity = matches!(resource, Resource::Activity { .. });
    if manner == Manner::Activity && !is_activity {
        for field in ["HeartbeatSeconds", "HeartbeatSecondsPath"] {
            if state.field(field).is_some() {
                return Err(format!("{field} of `{name}` means something else to an activity"));
            }
        }
    }
    let text = Value::Object(state.fields.clone()).to_string();
    if manner == Manner::Activity && TOKENS.iter().any(|part| takes_whole(&text, part)) {
        return Err(format!("`{name}` reads its token, which only an activity's task has"));
    }
    if !is_activity && state.field("Credentials").is_some_and(|given| !is_constant(given)) {
        return Err(format!("Credentials of `{name}` must be evaluated by who assumes the role"));
    }
    Ok(Some(StandIn { resource, manner, jsonata: state.jsonata }))
}

/// What Step Functions does itself.
fn is_of_the_service(integration: &Integration) -> bool {
    matches!(
        (&*integration.resource_type, &*integration.action),
        ("states" | "aws-sdk:sfn", "startExecution")
            | ("aws-sdk:sfn", "sendTaskSuccess" | "sendTaskFailure" | "sendTaskHeartbeat")
    )
}

/// Whether the case says what a state's tasks are answered.
fn is_scripted(case: &Case, state: &str) -> bool {
    let workers = case.workers.as_ref().and_then(|script| script.get("workers")?.as_array());
    case.tasks.iter().any(|task| task.state == state)
        || workers.into_iter().flatten().any(|worker| worker["state"] == state)
}

/// In a recording, an activity of which no task was ever scheduled had been deleted.
fn exists(case: &Case, arn: &str) -> bool {
    let listed = case.resources.activities.is_some();
    let taken = case.tasks.iter().any(|task| task.resource.as_deref() == Some(arn));
    !listed || case.workers.is_some() || taken
}

fn in_express_children(machine: &Machine<'_>, state: &State<'_>) -> bool {
    let around = |state: &State<'_>| state.parent.and_then(|name| machine.state(name)).copied();
    std::iter::successors(around(state), around).any(|around| {
        let kind = around
            .processor()
            .and_then(|processor| processor.pointer("/ProcessorConfig/ExecutionType"));
        around.is_distributed_map() && kind.and_then(Value::as_str) == Some("EXPRESS")
    })
}

/// Credentials that are written out.
fn is_constant(credentials: &Value) -> bool {
    let role = credentials.get("RoleArn").and_then(Value::as_str);
    role.is_some_and(|role| !role.starts_with("{%"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn case(definition: Value) -> Case {
        Case { definition: Some(definition), ..Case::default() }
    }

    fn alone(resource: &str) -> Value {
        let task = json!({"Type": "Task", "Resource": resource, "End": true});
        json!({"StartAt": "T", "States": {"T": task}})
    }

    #[test]
    fn every_task_has_its_stand_in() {
        for (resource, manner) in [
            ("arn:aws:lambda:us-east-1:123456789012:function:f", Some(Manner::Activity)),
            ("arn:aws:states:::lambda:invoke", Some(Manner::Activity)),
            ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", Some(Manner::Token)),
            ("arn:aws:states:::glue:startJobRun.sync", Some(Manner::Token)),
            ("arn:aws:states:::states:startExecution.sync:2", None),
        ] {
            let tasks = tasks(&case(alone(resource))).expect("can be run");
            assert_eq!(tasks.values().next().map(|task| task.manner), manner, "{resource}");
        }
    }

    #[test]
    fn a_nested_execution_that_is_scripted_is_not_started() {
        let mut case = case(alone("arn:aws:states:::states:startExecution.sync:2"));
        case.workers = Some(json!({"workers": [{"state": "T", "answers": [{"return": 1}]}]}));
        let tasks = tasks(&case).expect("can be run");
        let place = ("machine".to_owned(), "T".to_owned());
        assert_eq!(tasks.get(&place).map(|task| task.manner), Some(Manner::Token));
    }

    #[test]
    fn an_express_workflow_has_no_stand_ins() {
        let mut express = case(alone("arn:aws:states:::lambda:invoke"));
        express.workflow_type = Some(WorkflowTypeName::Express);
        assert!(tasks(&express).is_err());
    }

    #[test]
    fn what_depends_on_chance_is_not_run() {
        let steady = case(json!({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}));
        assert_eq!((unrunnable(&steady), depends_on_moment(&steady)), (None, None));
        let with = |fields: Value| case(json!({"StartAt": "W", "States": {"W": fields}}));
        let wait = with(json!({"Type": "Wait", "TimestampPath": "$", "End": true}));
        assert_eq!(depends_on_moment(&wait), Some("\"TimestampPath\""));
        let path = |path: &str| with(json!({"Type": "Pass", "InputPath": path, "End": true}));
        assert_eq!(depends_on_moment(&path("$$.Execution")), Some("$$.Execution"));
        assert_eq!(depends_on_moment(&path("$$.Execution.Input")), None);
        let encoded = "States.Base64Encode($$.Execution.StartTime)";
        let encoded = with(json!({"Type": "Pass", "Parameters": {"s.$": encoded}}));
        assert!(unrunnable(&encoded).is_some_and(|reason| reason.contains("moments")));
        let compared = "{% $states.context.Execution.Name < 'x' %}";
        let compared = with(json!({"Type": "Pass", "Output": compared}));
        assert!(unrunnable(&compared).is_some_and(|reason| reason.contains("names")));
        let drawn = with(json!({"Type": "Pass", "Parameters": {"u.$": "States.UUID()"}}));
        assert!(unrunnable(&drawn).is_some_and(|reason| reason.contains("chance")));
    }
}
