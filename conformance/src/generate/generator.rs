//! The generator's own state, and whole cases.

use std::collections::BTreeMap;
use std::rc::Rc;

use arbitrary::Unstructured;
use serde_json::{Map, Value};

use super::draw::Draw;
use super::graph::Place;
use super::shape::{Env, Shape, Want};
use super::swarm::{Swarm, Switch};
use crate::case::{Case, Kind, Machine, Resources, WorkflowTypeName};
use crate::fault;

/// Draws one case.
pub(super) struct Generator<'g, 'd, 'b> {
    pub(super) draw: Draw<'d, 'b>,
    pub(super) swarm: &'g Swarm,
    /// Whether the machine at hand is EXPRESS.
    pub(super) express: bool,
    /// Whether the machine's query language is JSONata.
    pub(super) jsonata: bool,
    /// How many states may still be made.
    pub(super) states_left: usize,
    /// The inline Maps around the graph at hand, innermost last.
    pub(super) maps: Vec<String>,
    /// Names given so far: of states, graphs and variables.
    pub(super) states: usize,
    pub(super) graphs: usize,
    pub(super) variables: usize,
    /// Whether the machine at hand is started by another one.
    pub(super) inside_nested: bool,
    /// The context object's shape.
    pub(super) context: Rc<Shape>,
    pub(super) world: World,
}

/// What surrounds the machine.
#[derive(Default)]
pub(super) struct World {
    pub(super) workers: Vec<Value>,
    pub(super) resources: Resources,
    pub(super) machines: BTreeMap<String, Value>,
    /// About how many tasks are scheduled.
    pub(super) tasks: u64,
}

impl<'g, 'd, 'b> Generator<'g, 'd, 'b> {
    pub(super) fn new(u: &'d mut Unstructured<'b>, swarm: &'g Swarm) -> Self {
        Self {
            draw: Draw(u),
            swarm,
            express: false,
            jsonata: false,
            states_left: 0,
            maps: Vec::new(),
            states: 0,
            graphs: 0,
            variables: 0,
            inside_nested: false,
            context: Rc::new(context(Shape::Any)),
            world: World::default(),
        }
    }

    /// Whether a construct is on, and drawn `times` of `of` times.
    pub(super) fn chance(&mut self, switch: Switch, times: usize, of: usize) -> bool {
        self.swarm.has(switch) && self.draw.chance(times, of)
    }

    /// Whether this draw is to be of a wrong type, or to miss.
    pub(super) fn ill_typed(&mut self) -> bool {
        self.draw.chance(self.swarm.ill_typed_percent, 100)
    }

    /// A whole case.
    pub(super) fn case(self) -> Case {
        self.case_and_rest().0
    }

    /// A whole case, and the bytes after it.
    pub(super) fn case_and_rest(mut self) -> (Case, Draw<'d, 'b>) {
        self.express = self.chance(Switch::Express, 1, 6);
        let mut shape = match self.draw.chance(1, 16) {
            true => self.any_shape(),
            false => self.object_shape(0),
        };
        if self.chance(Switch::Map, 3, 4) && shape.count(Want::List) == 0 {
            shape = shape.with("items", Shape::list(self.object_shape(1), 2));
        }
        let input = self.value(&shape);
        let states = self.swarm.states_max;
        let definition = self.machine(shape, states);
        let faults = {
            let machine = Machine::new(&definition);
            let (profile, tasks) = (self.swarm.faults, self.world.tasks);
            fault::draw(self.draw.0, &machine, profile, tasks).unwrap_or_default()
        };
        let World { workers, resources, machines, .. } = self.world;
        let case = Case {
            id: "random/case".into(),
            source: "generated".into(),
            kind: Kind::History,
            workflow_type: Some(match self.express {
                true => WorkflowTypeName::Express,
                false => WorkflowTypeName::Standard,
            }),
            definition: Some(definition),
            input: Some(input),
            resources,
            machines,
            workers: (!workers.is_empty()).then(|| {
                Value::Object(Map::from_iter([("workers".to_owned(), Value::Array(workers))]))
            }),
            faults,
            seed: Some(0),
            ..Case::default()
        };
        (case, self.draw)
    }

    /// A machine that takes inputs of this shape.
    pub(super) fn machine(&mut self, input: Shape, states: usize) -> Value {
        self.jsonata = self.chance(Switch::Jsonata, 1, 3);
        self.states_left = states * 3;
        let mut definition = Map::new();
        if self.chance(Switch::Comments, 1, 16) {
            definition.insert("Comment".into(), self.text().into());
        }
        if self.jsonata {
            definition.insert("QueryLanguage".into(), "JSONata".into());
        }
        if self.chance(Switch::MachineTimeout, 1, 8) {
            let seconds = self.draw.pick(&[30, 3, 120, 10, 4000]);
            definition.insert("TimeoutSeconds".into(), seconds.into());
        }
        let graph = self.graphs;
        self.graphs += 1;
        self.set_execution_input(input.clone());
        let env = Env { input, variables: Vec::new() };
        let made = self.graph(env, &Place { depth: 0, graph, child: false }, states);
        definition.insert("StartAt".into(), made.start.into());
        definition.insert("States".into(), Value::Object(made.states));
        Value::Object(definition)
    }

    /// What `$$.Execution.Input` is from now on.
    pub(super) fn set_execution_input(&mut self, input: Shape) {
        self.context = Rc::new(context(input));
    }
}

/// The context object, as far as it is there in every state.
fn context(input: Shape) -> Shape {
    use Shape::{Object, Text, Time};
    Object(vec![
        (
            "Execution",
            Object(vec![
                ("Id", Text),
                ("Input", input),
                ("Name", Text),
                ("RoleArn", Text),
                ("StartTime", Time),
            ]),
        ),
        ("State", Object(vec![("EnteredTime", Time), ("Name", Text)])),
        ("StateMachine", Object(vec![("Id", Text), ("Name", Text)])),
    ])
}
