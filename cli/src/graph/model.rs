//! A workflow as boxes, nodes and edges, before it is drawn.

use stepclock_conformance::explore::Part;
use stepclock_engine::asl::{
    Catcher, Comparison, Condition, Definition, Operand, OperandType, Relation, State, StateGraph,
    StateId, StateKind, Transition, TypeTest,
};

/// Characters of a label before it is cut.
const LABEL_CHARS_MAX: usize = 40;

/// A graph of states: the top level, a branch, or an item processor.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: Vec<Edge>,
    /// The node it starts at.
    pub(crate) start: usize,
}

/// A state.
#[derive(Debug)]
pub(crate) struct Node {
    /// Unlike that of any other node of the drawing.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    /// Whether the graph may end here.
    pub(crate) ends: bool,
    /// Branches and item processors, each with its title.
    pub(crate) inner: Vec<(String, Model)>,
}

/// A way from one state to another of the same graph.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) label: String,
    /// Which of the state's ways it is.
    pub(crate) part: Part,
}

impl Edge {
    /// Whether it is a catcher's way.
    pub(crate) const fn is_catch(&self) -> bool {
        matches!(self.part, Part::Catcher(_))
    }
}

impl Model {
    pub(crate) fn of(definition: &Definition) -> Self {
        let mut next = 0;
        Self::of_graph(&definition.graph, &mut next)
    }

    fn of_graph(graph: &StateGraph, next: &mut usize) -> Self {
        let mut edges = Vec::new();
        let nodes = graph
            .states
            .iter()
            .enumerate()
            .map(|(index, state)| {
                let ends = connect(index, state, &mut edges);
                let id = format!("s{next}");
                *next += 1;
                let inner = inner(state, next);
                Node { id, name: state.name.to_string(), kind: state.kind.type_name(), ends, inner }
            })
            .collect();
        Self { nodes, edges, start: graph.start_at.0 as usize }
    }
}

fn inner(state: &State, next: &mut usize) -> Vec<(String, Model)> {
    match &state.kind {
        StateKind::Parallel(parallel) => parallel
            .branches
            .iter()
            .enumerate()
            .map(|(index, branch)| (format!("branch {}", index + 1), Model::of_graph(branch, next)))
            .collect(),
        StateKind::Map(map) => {
            vec![("each item".to_owned(), Model::of_graph(&map.processor, next))]
        }
        _ => Vec::new(),
    }
}

/// Adds a state's edges; true when it may end the graph.
fn connect(from: usize, state: &State, edges: &mut Vec<Edge>) -> bool {
    let mut edge = |to: StateId, label: String, part| {
        edges.push(Edge { from, to: to.0 as usize, label: cut(&label), part });
    };
    let mut catches = |catchers: &[Catcher]| {
        for (index, catcher) in catchers.iter().enumerate() {
            edge(catcher.next, catcher.error_equals.join(", "), Part::Catcher(index));
        }
    };
    let transition = match &state.kind {
        StateKind::Pass(pass) => pass.transition,
        StateKind::Wait(wait) => wait.transition,
        StateKind::Task(task) => {
            catches(&task.catch);
            task.transition
        }
        StateKind::Parallel(parallel) => {
            catches(&parallel.catch);
            parallel.transition
        }
        StateKind::Map(map) => {
            catches(&map.catch);
            map.transition
        }
        StateKind::Choice(choice) => {
            for (index, rule) in choice.choices.iter().enumerate() {
                edge(rule.next, describe(&rule.condition), Part::Rule(index));
            }
            if let Some(default) = choice.default {
                edge(default, "otherwise".to_owned(), Part::Default);
            }
            return false;
        }
        StateKind::Succeed(_) | StateKind::Fail(_) => return true,
    };
    match transition {
        Transition::Next(next) => {
            edge(next, String::new(), Part::Next);
            false
        }
        Transition::End => true,
    }
}

/// A condition in a few words.
fn describe(condition: &Condition) -> String {
    let join = |all: &[Condition], word: &str| {
        all.iter().map(describe).collect::<Vec<_>>().join(&format!(" {word} "))
    };
    match condition {
        Condition::Literal(value) => value.to_string(),
        Condition::And(all) => join(all, "and"),
        Condition::Or(any) => join(any, "or"),
        Condition::Not(inner) => format!("not ({})", describe(inner)),
        Condition::Compare { variable, comparison } => {
            format!("{} {}", variable.source(), compare(comparison))
        }
        Condition::Expression(located) => match &located.item {
            stepclock_engine::expr::Expression::Jsonata(expression) => {
                expression.source().to_owned()
            }
            _ => located.field.to_string(),
        },
    }
}

fn compare(comparison: &Comparison) -> String {
    match comparison {
        Comparison::Ordered { relation, operand, operand_type } => {
            let sign = match relation {
                Relation::Equals => "=",
                Relation::LessThan => "<",
                Relation::GreaterThan => ">",
                Relation::LessThanEquals => "≤",
                Relation::GreaterThanEquals => "≥",
            };
            match operand_type {
                OperandType::String | OperandType::Numeric | OperandType::Timestamp => {
                    format!("{sign} {}", operand_text(operand))
                }
            }
        }
        Comparison::BooleanEquals(operand) => format!("= {}", operand_text(operand)),
        Comparison::StringMatches(pattern) => format!("matches {}", pattern.parts.join("*")),
        Comparison::Is(test, expected) => {
            let what = match test {
                TypeTest::Null => "null",
                TypeTest::Present => "present",
                TypeTest::Numeric => "a number",
                TypeTest::String => "a string",
                TypeTest::Boolean => "a boolean",
                TypeTest::Timestamp => "a timestamp",
            };
            if *expected { format!("is {what}") } else { format!("is not {what}") }
        }
    }
}

fn operand_text(operand: &Operand) -> String {
    match operand {
        Operand::Literal(value) => value.to_string(),
        Operand::Path(path) => path.source().to_owned(),
    }
}

fn cut(label: &str) -> String {
    if label.chars().count() <= LABEL_CHARS_MAX {
        return label.to_owned();
    }
    let start: String = label.chars().take(LABEL_CHARS_MAX - 1).collect();
    format!("{start}…")
}
