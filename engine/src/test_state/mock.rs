//! What may be mocked, and with what.

use serde_json::Value;

use super::api_model;
use super::error::TestStateError;
use super::request::{Mock, Request};
use super::subject::Subject;
use crate::asl::{IntegrationPattern, Resource, StateKind};
use crate::data::Payload;
use crate::history::Failure;

/// A mocked result or error.
pub(super) type Mocked = Result<Payload, Failure>;

/// Checks that a request without a mock needs none, and that one with a mock may have it.
pub(super) fn check(
    request: &Request,
    subject: &Subject,
) -> Result<Option<Mocked>, TestStateError> {
    match &request.mock {
        Some(mock) => mocked(request, subject, mock).map(Some),
        None => unmocked(request, subject).map(|()| None),
    }
}

fn unmocked(request: &Request, subject: &Subject) -> Result<(), TestStateError> {
    // The recording `map_iteration_failure_count_without_mock` has one of these; the others follow it. They come
    // before what the state itself needs a mock for.
    let configuration = request.state_configuration.as_ref();
    let given = [
        ("RetrierRetryCount", configuration.is_some_and(|c| c.retrier_retry_count.is_some())),
        ("ErrorCausedByState", configuration.is_some_and(|c| c.error_caused_by_state.is_some())),
        (
            "MapIterationFailureCount",
            configuration.is_some_and(|c| c.map_iteration_failure_count.is_some()),
        ),
        ("MapItemReaderData", configuration.is_some_and(|c| c.map_item_reader_data.is_some())),
        ("Context", request.context.is_some()),
    ];
    if let Some((field, _)) = given.iter().find(|(_, given)| *given) {
        return Err(TestStateError::validation(format!(
            "TestState does not support {field} when a mock is not specified."
        )));
    }
    let refused = |message: &str| Err(TestStateError::new("InvalidDefinition", message));
    match &subject.state().kind {
        StateKind::Map(_) | StateKind::Parallel(_) => refused(
            "TestState API does not support Map or Parallel states. Supported state types include: [Task, \
             Wait, Pass, Succeed, Fail, Choice]",
        ),
        StateKind::Task(task) => match &task.resource {
            Resource::Integration(integration)
                if integration.pattern != IntegrationPattern::RequestResponse =>
            {
                refused(
                    "TestState API does not support '.sync' or '.waitForTaskToken' integration patterns.",
                )
            }
            // Not recorded.
            Resource::Activity { .. } => refused("TestState API does not support activities."),
            _ if request.role_arn.is_none() => Err(TestStateError::validation(
                "RoleArn must be specified when testing a Task state",
            )),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

fn mocked(request: &Request, subject: &Subject, mock: &Mock) -> Result<Mocked, TestStateError> {
    let refused = |message: &str| Err(TestStateError::validation(message));
    let kind = &subject.state().kind;
    if !matches!(kind, StateKind::Task(_) | StateKind::Map(_) | StateKind::Parallel(_)) {
        return refused(&format!(
            "State type '{}' is not supported when a mock is specified",
            kind.type_name()
        ));
    }
    if request.reveals_secrets() {
        return refused("TestState does not support RevealSecrets when a mock is specified.");
    }
    let text = match (&mock.result, &mock.error_output) {
        (Some(text), None) => text,
        (None, Some(output)) => {
            let Some(error) = &output.error else {
                return refused("An error was not specified in the mocked error output.");
            };
            let cause = output.cause.as_deref().map(Into::into);
            return Ok(Err(Failure { error: Some(error.as_str().into()), cause }));
        }
        _ => {
            return refused(
                "A test mock should have only one of the following fields: [result, errorOutput].",
            );
        }
    };
    let Ok(result) = Payload::parse(text) else {
        return refused("Mocked result must be valid JSON");
    };
    match (kind, result.value()) {
        (StateKind::Map(map), value) if map.result_writer.is_some() && !value.is_object() => {
            return refused("Mocked result must be a JSON object.");
        }
        (StateKind::Map(map), _) if map.result_writer.is_some() => {}
        (StateKind::Map(_) | StateKind::Parallel(_), value) if !value.is_array() => {
            return refused("Mocked result must be an array.");
        }
        (StateKind::Parallel(parallel), Value::Array(results))
            if results.len() != parallel.branches.len() =>
        {
            return refused(
                "Mocked result must contain the same number of items as number of Parallel branches.",
            );
        }
        (StateKind::Task(task), value) => {
            if let Resource::Integration(integration) = &task.resource {
                api_model::check(integration, mock.mode(), value)?;
            }
        }
        _ => {}
    }
    Ok(Ok(result))
}

/// Checks what a Map's iterations came to against what is mocked for them.
///
/// The messages are not recorded, nor is whether a result may leave out the iterations that failed; recordings
/// `map_state_failure_count` have one that does not.
pub(super) fn check_iterations(
    count: u64,
    items: u64,
    failed: u64,
    mocked: &Mocked,
    writes_results: bool,
) -> Result<(), TestStateError> {
    if failed > items {
        return Err(TestStateError::validation(
            "Map iteration failure count must be less than or equal to the number of Map iterations.",
        ));
    }
    let Ok(Value::Array(results)) = mocked.as_ref().map(Payload::value) else { return Ok(()) };
    let found = results.len() as u64;
    if !writes_results && found != count && found != count.saturating_sub(failed) {
        return Err(TestStateError::validation(
            "Input array does not equal the mocked result array's size.",
        ));
    }
    Ok(())
}
