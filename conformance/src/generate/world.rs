//! What tasks answer, and when.

use serde_json::{Map, Value, json};

use super::generator::Generator;
use super::graph::Site;
use super::pass::ERRORS;
use super::swarm::Switch;
use super::task::Call;
use super::timeout::Bounds;

impl Generator<'_, '_, '_> {
    /// Writes the worker of a Task state.
    pub(super) fn script(
        &mut self,
        site: &Site<'_>,
        call: &Call,
        bounds: &Bounds,
        named: &[&'static str],
    ) {
        if !self.maps.is_empty() && self.draw.chance(1, 4) {
            // One of the iterations fares otherwise.
            let index = self.draw.below(3);
            let map = self.draw.below(self.maps.len());
            let place = json!({"map": self.maps[map], "index": index});
            let answers = self.answers(call, bounds, named);
            let worker = json!({"state": site.name, "in": place, "answers": answers});
            self.world.workers.push(worker);
        }
        let answers = self.answers(call, bounds, named);
        self.world.tasks += answers.len() as u64 - 1;
        let worker = json!({"state": site.name, "answers": answers});
        self.world.workers.push(worker);
    }

    /// Answers in turn: never none.
    fn answers(&mut self, call: &Call, bounds: &Bounds, named: &[&'static str]) -> Vec<Value> {
        let failing = self.swarm.has(Switch::FailingTasks);
        let failures = match (failing, named.is_empty()) {
            (false, _) => 0,
            (true, true) => usize::from(self.draw.chance(1, 8)),
            (true, false) => self.draw.few(4),
        };
        let mut answers = Vec::with_capacity(failures + 1);
        for _ in 0..failures {
            answers.push(self.failure(call, bounds, named));
        }
        let succeeds = answers.is_empty() || self.draw.chance(7, 8);
        if succeeds {
            answers.push(self.success(call, bounds));
        }
        answers
    }

    fn success(&mut self, call: &Call, bounds: &Bounds) -> Value {
        let mut answer = Map::new();
        let value = self.value(&call.result);
        answer.insert("return".into(), value);
        self.timing(call, bounds, &mut answer);
        Value::Object(answer)
    }

    fn failure(&mut self, call: &Call, bounds: &Bounds, named: &[&'static str]) -> Value {
        let mut answer = Map::new();
        let silent = if bounds.bounded { 3 } else { 1 };
        if self.chance(Switch::SilentTasks, silent, 16) {
            answer.insert("never".into(), true.into());
        } else {
            let error = match named.is_empty() || self.draw.chance(1, 4) {
                true => self.draw.pick(ERRORS),
                false => self.draw.pick(named),
            };
            let mut throw = json!({"error": error});
            if self.draw.chance(1, 2) {
                throw["cause"] = self.text().into();
            }
            answer.insert("throw".into(), throw);
        }
        self.timing(call, bounds, &mut answer);
        Value::Object(answer)
    }

    fn timing(&mut self, call: &Call, bounds: &Bounds, answer: &mut Map<String, Value>) {
        if call.submitted {
            answer.insert("submitted".into(), json!({"id": "1"}));
        }
        if self.draw.chance(1, 16) {
            answer.insert("startAfterSeconds".into(), self.delay().into());
        }
        let mut after = if self.draw.chance(1, 2) { self.delay() } else { 0.0 };
        if let Some(heartbeat) = bounds.heartbeat.filter(|_| self.draw.chance(1, 2)) {
            // Alive for a while, mostly often enough.
            let count = 1 + self.draw.below(3);
            let every = match self.draw.chance(1, 6) {
                true => heartbeat as f64 + 0.5,
                false => heartbeat as f64 * 0.75,
            };
            let beats: Vec<f64> = (1..=count).map(|beat| beat as f64 * every).collect();
            after = (count as f64).mul_add(every, 0.25);
            answer.insert("heartbeatsSeconds".into(), json!(beats));
        } else if let Some(timeout) = bounds.timeout
            && self.draw.chance(1, 8)
        {
            // Around the moment of the timeout.
            after = (timeout as f64 + self.draw.pick(&[-0.001, 0.001, 0.5, 0.0])).max(0.0);
        }
        if after > 0.0 && !answer.contains_key("never") {
            answer.insert("afterSeconds".into(), after.into());
        }
    }

    /// Seconds, not often whole ones: ties decide little, and say less.
    fn delay(&mut self) -> f64 {
        match self.draw.below(4) {
            0 => self.draw.between(1, 20) as f64 * 0.25,
            1 => self.draw.between(1, 9_999) as f64 / 1_000.0,
            2 => self.draw.between(1, 999_999) as f64 / 1_000.0,
            _ => self.draw.pick(&[1.0, 0.001, 10.0, 100.0, 86_400.0]),
        }
    }
}
