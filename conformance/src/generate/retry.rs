//! `Retry` and `Catch`.

use serde_json::{Map, Value, json};

use super::generator::Generator;
use super::graph::Site;
use super::jsonpath::Reads;
use super::pass::ERRORS;
use super::shape::{Env, Shape};
use super::swarm::Switch;

/// What can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failures {
    Task,
    Container,
}

/// Names that only retriers and catchers use, or the interpreter.
const RESERVED: &[&str] = &[
    "States.TaskFailed",
    "States.Timeout",
    "States.HeartbeatTimeout",
    "States.Runtime",
    "States.QueryEvaluationError",
    "States.DataLimitExceeded",
    "States.Permissions",
    "States.BranchFailed",
    "States.ExceedToleratedFailureThreshold",
    "States.ItemReaderFailed",
    "States.ResultWriterFailed",
    "Lambda.TooManyRequestsException",
];

impl Generator<'_, '_, '_> {
    /// `Retry`, sometimes; the errors named, for workers to fail with.
    pub(super) fn retry(
        &mut self,
        failures: Failures,
        fields: &mut Map<String, Value>,
    ) -> Vec<&'static str> {
        let mut named = Vec::new();
        let often = if failures == Failures::Task { 3 } else { 2 };
        if !self.chance(Switch::Retry, often, 8) {
            return named;
        }
        let count = 1 + self.draw.few(2);
        let retriers: Vec<Value> =
            (0..count).map(|at| self.retrier(at + 1 == count, &mut named)).collect();
        fields.insert("Retry".into(), Value::Array(retriers));
        named
    }

    fn retrier(&mut self, last: bool, named: &mut Vec<&'static str>) -> Value {
        let mut retrier = Map::new();
        retrier.insert("ErrorEquals".into(), self.error_names(last, named));
        if self.draw.chance(5, 8) {
            let seconds = self.draw.pick(&[1, 2, 0, 3, 10, 60]);
            retrier.insert("IntervalSeconds".into(), seconds.into());
        }
        if self.draw.chance(5, 8) {
            retrier.insert("MaxAttempts".into(), (self.draw.pick(&[1, 0, 2, 3, 5])).into());
        }
        if self.draw.chance(1, 2) {
            let rate = self.draw.pick(&[1.0, 2.0, 1.5, 1.1, 3.0]);
            retrier.insert("BackoffRate".into(), json!(rate));
        }
        if self.draw.chance(1, 4) {
            // More than any interval above, as the specification asks.
            let seconds = self.draw.pick(&[61, 90, 100, 31_622_400]);
            let interval = retrier.get("IntervalSeconds").and_then(Value::as_i64).unwrap_or(1);
            let near = interval + 1 + self.draw.between(0, 3);
            let seconds = if self.draw.chance(3, 4) { near } else { seconds };
            retrier.insert("MaxDelaySeconds".into(), seconds.into());
        }
        if self.chance(Switch::Jitter, 1, 6) {
            retrier.insert("JitterStrategy".into(), (self.draw.pick(&["FULL", "NONE"])).into());
        }
        Value::Object(retrier)
    }

    /// `ErrorEquals`: names of errors that happen, of the interpreter's, and of none at all.
    fn error_names(&mut self, last: bool, named: &mut Vec<&'static str>) -> Value {
        if last && self.draw.chance(3, 8) {
            return json!(["States.ALL"]);
        }
        let count = 1 + self.draw.few(2);
        let mut names = Vec::with_capacity(count);
        for _ in 0..count {
            let name = match self.draw.below(3) {
                0 => self.draw.pick(RESERVED),
                _ => self.draw.pick(ERRORS),
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        named.extend(&names);
        json!(names)
    }

    /// `ErrorEquals` of a catcher: often what the retriers before it gave up on.
    fn caught_names(&mut self, last: bool, retried: &[&'static str]) -> Value {
        if !retried.is_empty() && self.draw.chance(1, 3) {
            return json!([self.draw.pick(retried)]);
        }
        self.error_names(last, &mut Vec::new())
    }

    /// `Catch`, sometimes; where it leads.
    pub(super) fn catch(
        &mut self,
        site: &Site<'_>,
        named: &[&'static str],
        fields: &mut Map<String, Value>,
    ) -> Vec<(usize, Env)> {
        let mut exits = Vec::new();
        if site.targets.is_empty() || !self.chance(Switch::Catch, 3, 8) {
            return exits;
        }
        let count = 1 + self.draw.few(2);
        let mut catchers = Vec::with_capacity(count);
        for at in 0..count {
            let mut catcher = Map::new();
            let names = self.caught_names(at + 1 == count, named);
            catcher.insert("ErrorEquals".into(), names);
            let to = self.draw.pick(site.targets);
            let env = self.caught(site, &mut catcher);
            catcher.insert("Next".into(), site.later[to].as_str().into());
            catchers.push(Value::Object(catcher));
            exits.push((to, env));
        }
        fields.insert("Catch".into(), Value::Array(catchers));
        exits
    }

    /// What flows along a catcher.
    fn caught(&mut self, site: &Site<'_>, catcher: &mut Map<String, Value>) -> Env {
        // `Cause` is not always there.
        let error = Shape::Object(vec![("Error", Shape::Text)]);
        let mut after = site.env.clone();
        if site.jsonata {
            let more = [("$states.errorOutput", &error)];
            let reads = Reads { more: &more, ..Reads::of(site.env) };
            self.assign(site, &reads, catcher, &mut after);
            after.input = self.jsonata_output(&reads, error.clone(), catcher);
            return after;
        }
        let reads = Reads::of(site.env).with_input(&error);
        self.assign(site, &reads, catcher, &mut after);
        after.input = self.result_path(&site.env.input, error.clone(), catcher);
        after
    }
}
