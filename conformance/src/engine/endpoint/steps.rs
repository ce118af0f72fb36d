//! Cases of kind `api`: operations one after the other, with nobody else's beside them. What they create is deleted
//! after them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use super::client::{CallError, Client};
use super::clock::Clock;
use super::names::{Names, Place};
use super::run::text;
use super::wall;
use crate::case::Case;
use crate::engine::{Observation, Operation, OperationError, Ran, run_steps};

/// Operations that last until something happens: simulated time must pass by itself meanwhile.
const LASTING: [&str; 2] = ["GetActivityTask", "StartSyncExecution"];
/// Operations that list what belongs to everybody.
const OF_EVERYBODY: [(&str, &str, &str); 2] = [
    ("ListStateMachines", "stateMachines", "state machines"),
    ("ListActivities", "activities", "activities"),
];
/// How long an execution that was started in real time may take until the next operation, in milliseconds: recorders
/// waited for its end. One that waits longer is meant to run on.
const END_MS_MAX: i64 = 2_000;

/// How many letters of a name are drawn.
const DIGITS: usize = 8;
/// How long names are at most.
const NAME_MAX: usize = 80;

/// A sequence of operations on an endpoint.
pub(super) struct Sequence<'a> {
    client: &'a Client,
    clock: Clock,
    /// The case's words in the endpoint's.
    sent: Names,
    /// The endpoint's words in the case's.
    told: Names,
    machines: BTreeSet<String>,
    activities: BTreeSet<String>,
}

impl<'a> Sequence<'a> {
    /// # Errors
    /// Why the case cannot be run on the endpoint.
    pub(super) fn new(
        client: &'a Client,
        clock: Clock,
        case: &Case,
        name: &str,
        role_arn: Option<&str>,
    ) -> Result<Self, Ran> {
        let operations: BTreeSet<_> =
            case.steps.iter().flatten().map(|step| step.operation()).collect();
        for (operation, member, what) in OF_EVERYBODY {
            let lists = operations.contains(operation);
            if lists && client.call(operation, &json!({}))?[member] != json!([]) {
                return Err(Ran::Skipped(format!("the endpoint has {what} of others to list")));
            }
        }
        // Some cases name their account only in what they expect.
        let mut pairs = Place::of(client, name)?.pairs(&json!(case.steps).to_string());
        pairs.extend(role(case, role_arn)?);
        pairs.extend(own_names(case));
        Ok(Self {
            client,
            clock,
            told: Names::back(&pairs),
            sent: Names::new(pairs),
            machines: BTreeSet::new(),
            activities: BTreeSet::new(),
        })
    }

    /// Calls the operations of the case.
    pub(super) fn run(mut self, case: &Case) -> Ran {
        self.clock.freeze(self.client, true);
        let seen = run_steps(case, |operation, request| self.call(operation, request));
        self.clean_up();
        self.clock.freeze(self.client, false);
        match seen {
            Ok(seen) => Ran::Ran(Observation::Operations(seen)),
            Err(error) => error.into(),
        }
    }

    fn call(&mut self, operation: &str, request: &Value) -> Result<Operation, CallError> {
        let request = self.sent.in_value(request);
        let lasts = LASTING.contains(&operation);
        if lasts {
            self.clock.freeze(self.client, false);
        }
        let answered = self.client.call(operation, &request);
        if lasts {
            self.clock.freeze(self.client, true);
        }
        match answered {
            Ok(answer) => {
                self.note(operation, &answer)?;
                let answer = Some(self.told.in_value(&answer));
                Ok(Operation { answer, error: None })
            }
            Err(CallError::Refused { code, message, .. }) => {
                let message = self.told.in_text(&message);
                let error = Some(OperationError { code, message });
                Ok(Operation { answer: None, error })
            }
            Err(error) => Err(error),
        }
    }

    /// Notes what was created, and lets what was started come to its end.
    fn note(&mut self, operation: &str, answer: &Value) -> Result<(), CallError> {
        match operation {
            "CreateStateMachine" => self.machines.insert(text(answer, "stateMachineArn")),
            "CreateActivity" => self.activities.insert(text(answer, "activityArn")),
            "StartExecution" => {
                self.let_end(&text(answer, "executionArn"))?;
                true
            }
            _ => true,
        };
        Ok(())
    }

    fn let_end(&self, arn: &str) -> Result<(), CallError> {
        self.clock.settle(self.client);
        let until = wall::now() + END_MS_MAX;
        while self.clock == Clock::Real && wall::now() < until {
            match self.client.call("DescribeExecution", &json!({"executionArn": arn})) {
                Ok(described) if described["status"] == "RUNNING" => {
                    self.clock.pass(self.client, Some(until));
                }
                // Nobody can describe an EXPRESS execution.
                Ok(_) | Err(CallError::Refused { .. }) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What cannot be deleted stays: the case has its verdict already.
    fn clean_up(&self) {
        for arn in &self.machines {
            let running = json!({"stateMachineArn": arn, "statusFilter": "RUNNING"});
            let running = self.client.call("ListExecutions", &running).unwrap_or_default();
            for execution in running["executions"].as_array().into_iter().flatten() {
                let request = json!({"executionArn": execution["executionArn"]});
                let _ = self.client.call("StopExecution", &request);
            }
            let _ = self.client.call("DeleteStateMachine", &json!({"stateMachineArn": arn}));
        }
        for arn in &self.activities {
            let _ = self.client.call("DeleteActivity", &json!({"activityArn": arn}));
        }
    }
}

/// The case's role, and the one that the user gave.
fn role(case: &Case, role_arn: Option<&str>) -> Result<Option<(String, String)>, Ran> {
    let Some(role_arn) = role_arn else { return Ok(None) };
    let steps = case.steps.iter().flatten();
    let roles: BTreeSet<&str> = steps
        .filter_map(|step| step.request.get("roleArn")?.as_str())
        .filter(|role| role.starts_with("arn:"))
        .collect();
    match roles.len() {
        0 | 1 => Ok(roles.first().map(|role| ((*role).to_owned(), role_arn.to_owned()))),
        _ => Err(Ran::Skipped("it needs more than one role".to_owned())),
    }
}

/// Names that the case gives, and names of the same length that nobody has given before: an endpoint may still know the
/// executions of a machine that is no more. A name stands in ARNs and for itself; what else is spelled so is left alone.
fn own_names(case: &Case) -> Vec<(String, String)> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let steps = case.steps.iter().flatten();
    let created = steps.filter(|step| {
        let operation = step.operation();
        operation == "CreateStateMachine" || operation == "CreateActivity"
    });
    let names: BTreeSet<&str> =
        created.filter_map(|step| step.request.get("name")?.as_str()).collect();
    let is_usual = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    let long = names.into_iter().filter(|name| {
        (DIGITS * 3 / 2..=NAME_MAX).contains(&name.len()) && name.chars().all(is_usual)
    });
    let own = long.flat_map(|name| {
        // Every process counts from the moment at which it does.
        let started = u32::try_from(wall::now().as_millis() & i64::from(u32::MAX)).unwrap_or(0);
        let number = started.wrapping_add(NUMBER.fetch_add(1, Ordering::Relaxed));
        let own = format!("{}{number:0DIGITS$x}", &name[..name.len() - DIGITS]);
        let quote = |name: &str| format!(":\"{name}\"");
        let in_arns = ["activity", "execution", "express", "stateMachine"];
        let in_arns = in_arns.map(|kind| (format!(":{kind}:{name}"), format!(":{kind}:{own}")));
        in_arns.into_iter().chain([(quote(name), quote(&own))])
    });
    own.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(requests: Value) -> Case {
        let steps = requests
            .as_array()
            .into_iter()
            .flatten()
            .map(|request| json!({"op": "create_state_machine", "request": request}));
        let steps = serde_json::from_value(steps.collect()).expect("are steps");
        Case { steps: Some(steps), ..Case::default() }
    }

    #[test]
    fn names_are_given_once() {
        let case = case(
            json!([{"name": "statemachine_6aa24d49"}, {"name": "short"}, {"name": "not a name at all"}]),
        );
        let pairs = own_names(&case);
        let (name, own) = pairs.last().expect("one name is long enough");
        assert_eq!((pairs.len(), name.as_str()), (5, ":\"statemachine_6aa24d49\""));
        assert_eq!((own.len(), own.starts_with(":\"statemachine_")), (name.len(), true));
        assert_ne!(own_names(&case).last().map(|(_, own)| own), Some(own));
    }

    #[test]
    fn a_name_that_is_a_word_of_the_protocol_changes_nothing_else() {
        let request = json!({"name": "stateMachine", "stateMachineArn": "arn:aws:states:r:1:stateMachine:stateMachine:1"});
        let pairs = own_names(&case(json!([request])));
        let sent = Names::new(pairs.clone()).in_value(&request);
        let own = sent["name"].as_str().expect("is there");
        assert_ne!(own, "stateMachine");
        let arn = format!("arn:aws:states:r:1:stateMachine:{own}:1");
        assert_eq!(sent["stateMachineArn"], arn, "{sent}");
        assert_eq!(Names::back(&pairs).in_value(&sent), request);
    }

    #[test]
    fn a_case_of_two_roles_needs_two() {
        let arn = |name: &str| format!("arn:aws:iam::111111111111:role/{name}");
        let case = |names: [&str; 2]| case(json!(names.map(|name| json!({"roleArn": arn(name)}))));
        assert!(matches!(role(&case(["a", "b"]), Some("own")), Err(Ran::Skipped(_))));
        assert_eq!(role(&case(["a", "b"]), None), Ok(None));
        assert_eq!(role(&case(["a", "a"]), Some("own")), Ok(Some((arn("a"), "own".to_owned()))));
    }
}
