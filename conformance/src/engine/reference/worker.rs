//! A worker that answers as a case's tasks do.

use serde_json::{Value, json};
use stepclock_engine::data::Payload;
use stepclock_engine::execution::Container;
use stepclock_engine::sim::{Answer, AnswerOutcome, ScriptError, TaskCall, Worker, Workers};

use crate::case::{Case, LambdaFunction, PathStep, Task, TaskOutcome, TaskStarted};

/// Answers by state, path and attempt.
#[derive(Debug)]
pub struct CaseWorker {
    tasks: Vec<Task>,
    unscripted: Vec<String>,
    functions: Vec<(String, LambdaFunction)>,
    script: Option<Workers>,
}

impl CaseWorker {
    /// A worker for a case.
    ///
    /// # Errors
    /// When the script of its workers makes no sense.
    pub fn new(case: &Case) -> Result<Self, ScriptError> {
        Ok(Self {
            tasks: case.tasks.clone(),
            unscripted: case.unscripted_states.clone(),
            functions: case.resources.lambda_functions.clone().into_iter().collect(),
            script: case.workers.as_ref().map(Workers::from_value).transpose()?,
        })
    }

    /// Why a state without recorded answers cannot be answered, if so.
    #[must_use]
    pub fn refuses(case: &Case) -> Option<String> {
        let known = |function: &LambdaFunction| behaviour(&function.handler).is_some();
        let unknown = case.resources.lambda_functions.values().find(|function| !known(function));
        match (case.unscripted_states.first(), unknown) {
            (Some(state), Some(function)) => {
                Some(format!("nothing says what `{}` answers state `{state}`", function.handler))
            }
            (Some(state), None) if case.resources.lambda_functions.is_empty() => {
                Some(format!("nothing says what answers state `{state}`"))
            }
            _ => None,
        }
    }

    fn unscripted(&self, call: &TaskCall<'_>) -> Option<Answer> {
        if !self.unscripted.iter().any(|state| **state == *call.request.state) {
            return None;
        }
        let parameters = call.request.parameters.value();
        let by_arn = call.request.resource.arn();
        let name = parameters.get("FunctionName").and_then(Value::as_str).unwrap_or(by_arn);
        let (_, function) = self
            .functions
            .iter()
            .find(|(arn, function)| arn == name || function.name == name)
            .or_else(|| self.functions.first())?;
        let is_integration = by_arn.contains(":states:::");
        let event = match is_integration {
            true => parameters.get("Payload").cloned().unwrap_or_else(|| json!({})),
            false => parameters.clone(),
        };
        Some(match behaviour(&function.handler)? {
            Behaviour::Echo if is_integration => Answer::succeeded(Payload::new(invoked(event))),
            Behaviour::Echo => Answer::succeeded(Payload::new(event)),
            Behaviour::Raise => Answer::failed(
                "Exception",
                "{\"errorMessage\":\"Some exception was raised.\",\"errorType\":\"Exception\",\
                 \"requestId\":\"00000000-0000-4000-8000-000000000000\",\"stackTrace\":[\"  File \
                 \\\"/var/task/handler.py\\\", line 2, in handler\\n    raise Exception(\\\"Some \
                 exception was raised.\\\")\\n\"]}",
            ),
        })
    }
}

/// The answer of `lambda:invoke` with this payload, with the headers AWS shows.
fn invoked(payload: Value) -> Value {
    let length = python_text(&payload).len().to_string();
    let request = "00000000-0000-4000-8000-000000000000";
    let trace = "Root=1-00000000-000000000000000000000000;Sampled=0";
    let date = "Thu, 01 Jan 2026 00:00:00 GMT";
    json!({
        "ExecutedVersion": "$LATEST",
        "Payload": payload,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {
                "X-Amz-Executed-Version": ["$LATEST"],
                "x-amzn-Remapped-Content-Length": ["0"],
                "Connection": ["keep-alive"],
                "x-amzn-RequestId": [request],
                "Content-Length": [length],
                "Date": [date],
                "X-Amzn-Trace-Id": [trace],
                "Content-Type": ["application/json"],
            },
            "HttpHeaders": {
                "Connection": "keep-alive",
                "Content-Length": length,
                "Content-Type": "application/json",
                "Date": date,
                "X-Amz-Executed-Version": "$LATEST",
                "x-amzn-Remapped-Content-Length": "0",
                "x-amzn-RequestId": request,
                "X-Amzn-Trace-Id": trace,
            },
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": request},
        "StatusCode": 200,
    })
}

/// JSON text as Python's `json.dumps` writes it, which is what a Python function's answer is.
fn python_text(value: &Value) -> String {
    let list = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Array(items) => format!("[{}]", list(items.iter().map(python_text).collect())),
        Value::Object(map) => {
            let member = |(key, value): (&String, &Value)| {
                format!("{}: {}", Value::from(key.as_str()), python_text(value))
            };
            format!("{{{}}}", list(map.iter().map(member).collect()))
        }
        other => other.to_string(),
    }
}

enum Behaviour {
    Echo,
    Raise,
}

/// What a recorded function is known to do.
fn behaviour(handler: &str) -> Option<Behaviour> {
    match handler.trim_end_matches(".py") {
        "id_function" | "echo_function" => Some(Behaviour::Echo),
        "raise_exception" => Some(Behaviour::Raise),
        _ => None,
    }
}

impl Worker for CaseWorker {
    fn take(&mut self, call: &TaskCall<'_>) -> Option<Answer> {
        let attempt = call.calls_of_place + 1;
        let found = self.tasks.iter().find(|task| {
            *task.state == *call.request.state
                && task.attempt == attempt
                && same_path(&task.path, &call.request.path)
        });
        match found {
            Some(task) => Some(answer(task)),
            None => match &mut self.script {
                Some(script) => script.take(call),
                None => self.unscripted(call),
            },
        }
    }
}

fn same_path(wanted: &[PathStep], path: &[Container]) -> bool {
    wanted.len() == path.len()
        && wanted.iter().zip(path).all(|(step, container)| match (step, container) {
            (PathStep::Map { map, index }, Container::Map { state, index: at }) => {
                **map == **state && index == at
            }
            (PathStep::Parallel { parallel }, Container::Parallel { state, .. }) => {
                **parallel == **state
            }
            _ => false,
        })
}

fn answer(task: &Task) -> Answer {
    let failure = |failure: &crate::case::TaskFailure| {
        let cause = failure.cause_text.clone().or_else(|| match &failure.cause {
            None => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        });
        (failure.error.as_deref().map(Into::into), cause.map(Into::into))
    };
    let outcome = match &task.outcome {
        TaskOutcome::Succeeded { output, output_text } => {
            AnswerOutcome::Succeeded(payload(output, output_text.as_deref()))
        }
        TaskOutcome::Failed(given) => {
            let (error, cause) = failure(given);
            AnswerOutcome::Failed { error, cause }
        }
        TaskOutcome::StartFailed(given) => {
            let (error, cause) = failure(given);
            AnswerOutcome::StartFailed { error, cause }
        }
        TaskOutcome::SubmitFailed(given) => {
            let (error, cause) = failure(given);
            AnswerOutcome::SubmitFailed { error, cause }
        }
        TaskOutcome::ScheduleFailed(given) => {
            let (error, cause) = failure(given);
            AnswerOutcome::ScheduleFailed { error, cause }
        }
        TaskOutcome::TimedOut { .. } | TaskOutcome::None {} => match &task.started {
            Some(TaskStarted::Plain(false)) => AnswerOutcome::NotStarted,
            _ => AnswerOutcome::Never,
        },
    };
    let worker_name = match &task.started {
        Some(TaskStarted::By { worker_name }) => Some(worker_name.as_str().into()),
        _ => None,
    };
    let submitted = task
        .submitted
        .as_ref()
        .map(|submitted| payload(&submitted.output, submitted.output_text.as_deref()));
    Answer {
        start_delay_ms: 0,
        worker_name,
        submitted,
        heartbeats_ms: task.heartbeats_ms.clone(),
        duration_ms: task.duration_ms,
        outcome,
    }
}

/// The exact text where the case has it.
fn payload(value: &Value, text: Option<&str>) -> Payload {
    text.and_then(|text| Payload::parse(text).ok()).unwrap_or_else(|| Payload::new(value.clone()))
}
