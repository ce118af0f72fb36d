//! What tasks without a worker answer in one run: results that fit what is read of them, errors that the definition
//! speaks of and some that it does not, delays around the state's own timeouts.

use serde_json::{Value, json};
use stepclock_engine::asl::{IntegrationPattern, Resource};
use stepclock_engine::data::RandomStream;

use super::flow::Flow;
use super::shape::Shape;
use crate::case::{Machine, State};
use crate::fault::Profile;

/// Answers that are drawn for each state of a run; the last one goes on.
const ANSWERS: usize = 12;
/// Heartbeats of one answer at most.
const HEARTBEATS_MAX: usize = 40;
/// An error that no definition names.
pub(super) const UNEXPECTED: &str = "UnexpectedError";
/// Errors that the Lambda service itself gives; AWS asks to retry them (developer guide, "Handle transient Lambda
/// service exceptions").
const LAMBDA_ERRORS: [&str; 4] = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
];
/// Names that mean something to the interpreter; no worker throws them.
const NOT_THROWN: [&str; 5] = [
    "States.ALL",
    "States.TaskFailed",
    "States.Timeout",
    "States.HeartbeatTimeout",
    "States.Runtime",
];
const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// What is known of a Task before any run.
#[derive(Debug)]
pub(super) struct TaskPlan {
    pub(super) state: String,
    /// Of a machine beside the main one: its name.
    pub(super) machine: Option<String>,
    pub(super) service: Service,
    pub(super) result: Shape,
    pub(super) errors: Vec<String>,
    timeout_ms: Option<i64>,
    heartbeat_ms: Option<i64>,
}

/// Who does the work of a Task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// A function by its ARN.
    Function,
    /// `lambda:invoke`.
    Invoke,
    /// A service that answers at once.
    Call,
    /// A job that is waited for.
    Job,
    /// Somebody who returns a token, or polls an activity.
    Callback,
}

/// How a run goes wrong.
#[derive(Debug)]
pub(super) struct Mood {
    /// The chance that a call fails after one that did not.
    fails: f64,
    /// The chance that a call fails after one that did.
    fails_again: f64,
    /// The chance that a call takes too long.
    slow: f64,
    /// The chance that a state is spared all that.
    spared: f64,
}

impl Mood {
    pub(super) fn draw(profile: Profile, random: &mut RandomStream) -> Self {
        let mut one_of = |of: &[f64]| of[random.below(of.len() as u64) as usize];
        match profile {
            Profile::Calm => Self { fails: 0.0, fails_again: 0.0, slow: 0.0, spared: 1.0 },
            Profile::Lite => Self { fails: 0.1, fails_again: 0.2, slow: 0.05, spared: 0.5 },
            Profile::Swarm => Self {
                fails: one_of(&[0.0, 0.02, 0.1, 0.3, 0.8]),
                fails_again: one_of(&[0.1, 0.5, 0.95]),
                slow: one_of(&[0.0, 0.0, 0.05, 0.3]),
                spared: one_of(&[0.0, 0.0, 0.5, 0.8]),
            },
        }
    }
}

impl TaskPlan {
    pub(super) fn new(flow: &Flow<'_, '_>, machine: &Machine<'_>, state: &State<'_>) -> Self {
        let service = Service::of(state);
        let seconds = |name| state.field(name).and_then(Value::as_i64).map(|s| s * SECOND_MS);
        Self {
            state: state.name.to_owned(),
            machine: None,
            service,
            result: flow.result(state),
            errors: errors(machine, state, service),
            timeout_ms: seconds("TimeoutSeconds"),
            heartbeat_ms: seconds("HeartbeatSeconds"),
        }
    }

    /// Whether a silent worker is noticed.
    pub(super) fn has_timeout(&self) -> bool {
        self.timeout_ms.is_some() || self.heartbeat_ms.is_some()
    }

    /// A worker that answers one run, in the format of scripted workers.
    pub(super) fn worker(&self, mood: &Mood, random: &mut RandomStream) -> Value {
        let spared = random.unit_f64() < mood.spared;
        let mut failed: Option<&str> = None;
        let answers: Vec<Value> = (0..ANSWERS)
            .map(|call| {
                let chance = if failed.is_some() { mood.fails_again } else { mood.fails };
                // The last answer goes on for ever; a failure that does would end every retry and loop the same.
                let fails = !spared && call + 1 < ANSWERS && random.unit_f64() < chance;
                failed = fails.then(|| match failed {
                    Some(error) if random.below(4) > 0 => error,
                    _ => &self.errors[random.below(self.errors.len() as u64) as usize],
                });
                self.answer(failed, !spared && random.unit_f64() < mood.slow, random)
            })
            .collect();
        let mut worker = json!({"state": self.state, "count": "state", "answers": answers});
        if let Some(machine) = &self.machine {
            worker["machine"] = machine.as_str().into();
        }
        worker
    }

    fn answer(&self, error: Option<&str>, slow: bool, random: &mut RandomStream) -> Value {
        let silent = slow
            && matches!(self.service, Service::Callback | Service::Job)
            && random.below(if self.has_timeout() { 3 } else { 20 }) == 0;
        let after_ms = self.delay_ms(slow, random);
        let mut answer = match error {
            _ if silent => json!({"never": true}),
            Some(error) => json!({"throw": {"error": error, "cause": "drawn by explore"}}),
            None => json!({"return": self.draw_result(random)}),
        };
        if !silent {
            answer["afterSeconds"] = json!(after_ms as f64 / 1_000.0);
        }
        if matches!(self.service, Service::Job | Service::Callback) && error.is_none() {
            answer["submitted"] = json!({});
        }
        if let Some(every) = self.heartbeat_ms {
            answer["heartbeatsSeconds"] = self.heartbeats(every, after_ms, slow, random);
        }
        answer
    }

    fn draw_result(&self, random: &mut RandomStream) -> Value {
        let mut result = self.result.draw(random);
        if self.service == Service::Invoke
            && let Value::Object(map) = &mut result
        {
            map.entry("Payload").or_insert_with(|| json!({}));
            map.entry("StatusCode").or_insert_with(|| 200.into());
        }
        result
    }

    /// How long the work takes: usually what such work takes and less than the timeout, sometimes around it.
    fn delay_ms(&self, slow: bool, random: &mut RandomStream) -> i64 {
        let usual = match self.service {
            Service::Function | Service::Invoke => 10 * SECOND_MS,
            Service::Call => 5 * SECOND_MS,
            Service::Job => 2 * HOUR_MS,
            Service::Callback => 2 * DAY_MS,
        };
        let (low, high) = match (slow, self.timeout_ms) {
            (false, Some(timeout)) => (5, usual.min(timeout * 9 / 10)),
            (false, None) => (5, usual),
            (true, Some(timeout)) => (timeout / 2, timeout * 2),
            (true, None) => (usual, usual * 10),
        };
        let (low, high) = (low.max(1) as f64, high.max(low.max(1) + 1) as f64);
        let drawn = (low.ln() + (high.ln() - low.ln()) * random.unit_f64()).exp();
        let whole = drawn as i64;
        // Around a timeout the last digit is the point; elsewhere it only makes reports hard to read.
        match whole {
            _ if slow && self.timeout_ms.is_some() => whole,
            ..100 => whole,
            100..10_000 => whole / 10 * 10,
            10_000..MINUTE_MS => whole / 100 * 100,
            _ => whole / SECOND_MS * SECOND_MS,
        }
    }

    /// Signs of life until the end; a slow worker may stop giving them.
    fn heartbeats(&self, every: i64, until: i64, slow: bool, random: &mut RandomStream) -> Value {
        let mut at = 0;
        let mut beats = Vec::new();
        let lost_after = if slow { random.below(5) as usize } else { HEARTBEATS_MAX };
        loop {
            at += (every as f64 * (0.3 + 0.6 * random.unit_f64())) as i64;
            if at >= until || beats.len() >= lost_after.min(HEARTBEATS_MAX) {
                return beats.into();
            }
            beats.push(json!(at as f64 / 1_000.0));
        }
    }
}

impl Service {
    fn of(state: &State<'_>) -> Self {
        match state.text("Resource").and_then(Resource::parse) {
            Some(Resource::Activity { .. }) => Self::Callback,
            Some(Resource::Integration(integration)) => match integration.pattern {
                IntegrationPattern::RunJob => Self::Job,
                IntegrationPattern::WaitForTaskToken => Self::Callback,
                IntegrationPattern::RequestResponse if &*integration.resource_type == "lambda" => {
                    Self::Invoke
                }
                IntegrationPattern::RequestResponse => Self::Call,
            },
            _ => Self::Function,
        }
    }
}

/// Errors a task may end with: those its handlers and those around it name, those of its service, and one that
/// nobody names.
fn errors(machine: &Machine<'_>, state: &State<'_>, service: Service) -> Vec<String> {
    let mut names = Vec::new();
    let mut at = Some(state);
    while let Some(state) = at {
        for handler in state.list("Retry").iter().chain(state.list("Catch")) {
            let named = handler.get("ErrorEquals").and_then(Value::as_array);
            names.extend(named.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
        }
        at = state.parent.and_then(|parent| machine.state(parent));
    }
    names.retain(|name| !NOT_THROWN.contains(&name.as_str()));
    // Lambda's errors come from Lambda only, whatever a copied list of names says.
    let is_lambda = matches!(service, Service::Function | Service::Invoke);
    names.retain(|name| is_lambda || !name.starts_with("Lambda."));
    if is_lambda {
        // One that no handler names stands for all of them.
        let named = |error: &&str| names.iter().any(|name| name == error);
        names.extend(LAMBDA_ERRORS.iter().find(|error| !named(error)).map(|e| (*e).to_owned()));
    }
    if service == Service::Job {
        names.push("States.TaskFailed".to_owned());
    }
    names.push(UNEXPECTED.to_owned());
    names.sort();
    names.dedup();
    names
}
