//! Loops: a counter that is set, a body that counts, and a Choice that leads back until the counter is full.

use serde_json::{Map, Value, json};

use super::generator::Generator;
use super::graph::{Made, Site};
use super::pass::braced;
use super::retry::Failures;
use super::shape::Shape;
use super::swarm::{StateType, Switch};
use super::timeout::Bounds;

/// What a loop cannot do without.
const NEEDED: [Switch; 4] = [Switch::Loops, Switch::Variables, Switch::Choice, Switch::Intrinsics];

impl Generator<'_, '_, '_> {
    /// The counter of a loop that is to be made here, if one is.
    pub(super) fn loop_counter(&mut self) -> Option<&'static str> {
        let possible = NEEDED.into_iter().all(|switch| self.swarm.has(switch));
        if possible && self.draw.chance(1, 10) { self.new_variable() } else { None }
    }

    pub(super) fn loop_body_type(&mut self) -> StateType {
        let body = self.draw.pick(&[StateType::Task, StateType::Pass, StateType::Wait]);
        if body == StateType::Wait && !self.swarm.has(Switch::Wait) {
            StateType::Pass
        } else {
            body
        }
    }

    pub(super) fn loop_start(
        &mut self,
        site: &Site<'_>,
        mut fields: Map<String, Value>,
        counter: &'static str,
    ) -> Made {
        fields.insert("Assign".into(), json!({counter: 0}));
        fields.insert("Next".into(), site.later[0].as_str().into());
        let mut after = site.env.clone();
        after.assign(counter, Shape::Int, site.place.graph);
        Made { fields, exits: vec![(0, after)], output: None }
    }

    /// Counts, and leaves its input as it is: every round finds the same.
    pub(super) fn loop_body(
        &mut self,
        site: &Site<'_>,
        mut fields: Map<String, Value>,
        counter: &'static str,
    ) -> Made {
        match fields["Type"].as_str() {
            Some("Task") => {
                let call = self.function(site);
                fields.insert("Resource".into(), call.resource.as_str().into());
                let failures = self.retry(Failures::Task, &mut fields);
                let bounds = Bounds { timeout: None, heartbeat: None, bounded: false };
                self.script(site, &call, &bounds, &failures);
                self.world.tasks += 2;
                match site.jsonata {
                    true => fields.insert("Output".into(), braced("$states.input")),
                    false => fields.insert("ResultPath".into(), Value::Null),
                };
            }
            Some("Wait") => {
                fields.insert("Seconds".into(), self.draw.below(3).into());
            }
            _ => {}
        }
        let assign = match site.jsonata {
            true => json!({counter: braced(&format!("${counter} + 1"))}),
            false => json!({format!("{counter}.$"): format!("States.MathAdd(${counter}, 1)")}),
        };
        fields.insert("Assign".into(), assign);
        fields.insert("Next".into(), site.later[0].as_str().into());
        Made { fields, exits: vec![(0, site.env.clone())], output: None }
    }

    pub(super) fn loop_again(
        &mut self,
        site: &Site<'_>,
        mut fields: Map<String, Value>,
        counter: &'static str,
    ) -> Made {
        let rounds = 1 + self.draw.below(3);
        let body = site.before.unwrap_or_default();
        let rule = match site.jsonata {
            true => json!({"Condition": braced(&format!("${counter} < {rounds}")), "Next": body}),
            false => {
                json!({"Variable": format!("${counter}"), "NumericLessThan": rounds, "Next": body})
            }
        };
        fields.insert("Choices".into(), json!([rule]));
        fields.insert("Default".into(), site.later[0].as_str().into());
        Made { fields, exits: vec![(0, site.env.clone())], output: None }
    }
}
