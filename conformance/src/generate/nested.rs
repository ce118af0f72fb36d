//! Nested executions: a Task that starts another machine of the case.

use serde_json::json;

use super::generator::Generator;
use super::graph::Site;
use super::shape::Shape;
use super::task::Call;

/// Machines of a case besides its own.
const MACHINES_MAX: usize = 2;

impl Generator<'_, '_, '_> {
    /// Whether a nested execution may be started here: only the first machine starts any.
    pub(super) fn can_nest(&self, site: &Site<'_>) -> bool {
        site.place.depth <= 1 && self.world.machines.len() < MACHINES_MAX && !self.inside_nested
    }

    /// A call of `states:startExecution`, with a machine for it.
    pub(super) fn nested(&mut self) -> Call {
        let name = format!("Nested{}", self.world.machines.len() + 1);
        // The name is taken before the machine is made.
        self.world.machines.insert(name.clone(), json!({}));
        let pattern = match self.express {
            true => "",
            false => self.draw.pick(&[".sync:2", ".sync", ""]),
        };
        // The nested machine is STANDARD whatever starts it.
        let around = (self.jsonata, self.express, self.states_left, self.context.clone());
        let maps = std::mem::take(&mut self.maps);
        (self.inside_nested, self.express) = (true, false);
        let shape = self.object_shape(1);
        let definition = self.machine(shape.clone(), 2);
        (self.jsonata, self.express, self.states_left, self.context) = around;
        self.maps = maps;
        self.inside_nested = false;
        self.world.machines.insert(name.clone(), definition);
        let input = self.value(&shape);
        let arn = format!("arn:aws:states:us-east-1:123456789012:stateMachine:{name}");
        let output = if pattern == ".sync:2" { Shape::Any } else { Shape::Text };
        let result = match pattern {
            "" => Shape::Object(vec![("ExecutionArn", Shape::Text)]),
            _ => Shape::Object(vec![
                ("ExecutionArn", Shape::Text),
                ("Name", Shape::Text),
                ("Output", output),
                ("Status", Shape::Text),
            ]),
        };
        let required = vec![("StateMachineArn", json!(arn)), ("Input", input)];
        let resource = format!("arn:aws:states:::states:startExecution{pattern}");
        let mut call = Call::of(resource, required, result);
        call.scripted = false;
        call
    }
}
