//! What an evaluation costs, in a measure that is the same on every machine.
//!
//! The library counts steps and bounds each single string and array, but a step may copy megabytes, and
//! many values may live at once. The meter looks at every value a node gives and stops the evaluation when
//! their sum is too large: it stands in for AWS's limits on memory and time.

use std::collections::BTreeSet;

use jlens_core::CancelToken;
use jlens_core::ast::{Node, NodeId, NodeKind};
use jlens_core::audit::{CaptureLimits, Outcome, Tracer, ValueRef};
use serde_json::Value;

use crate::expr::jsonata::errors::Fault;
use crate::limits;

/// Bytes any value takes besides its content, and bytes of an item of an array or object.
const VALUE_BYTES: u64 = 64;
const ITEM_BYTES: u64 = 16;
/// Longest text whose length is measured; a longer one counts as the longest there may be.
const MEASURED_CHARS_MAX: usize = 16_384;

/// Sums up what an evaluation builds and reads.
pub(super) struct Meter {
    token: CancelToken,
    built: u64,
    read: u64,
    functions: u64,
    /// Functions whose values cannot outlive the call they are passed to.
    passing: BTreeSet<NodeId>,
    /// Why the evaluation was stopped, if the meter stopped it.
    pub(super) fault: Option<Fault>,
}

impl Meter {
    /// A meter for an expression, which stops its evaluation through the token.
    pub(super) fn new(root: &Node, token: CancelToken) -> Self {
        let mut passing = BTreeSet::new();
        root.walk(&mut |node| {
            if let NodeKind::Function { procedure, args } = &node.kind
                && matches!(&procedure.kind, NodeKind::Variable { name } if is_higher_order(name))
            {
                let lambdas = args.iter().filter(|arg| matches!(arg.kind, NodeKind::Lambda(_)));
                passing.extend(lambdas.map(|lambda| lambda.id));
            }
        });
        Self { token, built: 0, read: 0, functions: 0, passing, fault: None }
    }

    /// Counts a function that may capture the one made before it, and so on: a long chain of them would
    /// overflow the stack when it is dropped.
    fn count_function(&mut self, node: &Node, value: ValueRef<'_>) {
        let made = match &node.kind {
            NodeKind::Lambda(def) => !def.thunk && !self.passing.contains(&node.id),
            NodeKind::Partial { .. } | NodeKind::Apply { .. } => value.type_name() == "function",
            NodeKind::Transform(_) => true,
            _ => false,
        };
        self.functions += u64::from(made);
        if self.functions > limits::JSONATA_FUNCTIONS_MAX {
            self.stop(Fault::Memory);
        }
    }

    fn stop(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
        self.token.cancel();
    }
}

impl Tracer for Meter {
    fn exit(&mut self, node: &Node, outcome: Outcome<'_>) {
        let Outcome::Value(value) = outcome else { return };
        self.count_function(node, value);
        let content = content(value);
        if matches!(node.kind, NodeKind::Variable { .. }) {
            // Nothing new, but what uses it is likely to read all of it.
            self.read += content.bytes / 4 + content.items;
        } else {
            self.built += VALUE_BYTES + content.bytes + content.items * ITEM_BYTES;
        }
        if matches!(&node.kind, NodeKind::Function { procedure, .. } if is_quadratic(procedure)) {
            self.read += content.items * content.items.max(1_000);
        }
        if self.built > limits::JSONATA_BUILT_BYTES_MAX {
            self.stop(Fault::Memory);
        } else if self.read > limits::JSONATA_READ_MAX {
            self.stop(Fault::Steps);
        }
    }
}

fn is_higher_order(name: &str) -> bool {
    matches!(name, "map" | "filter" | "single" | "reduce" | "sift" | "each" | "sort")
}

/// Whether the library takes time with the square of what this function gives.
fn is_quadratic(procedure: &Node) -> bool {
    matches!(&procedure.kind, NodeKind::Variable { name } if matches!(name.as_str(), "distinct" | "keys"))
}

struct Content {
    bytes: u64,
    items: u64,
}

/// The size of a value's outermost level.
fn content(value: ValueRef<'_>) -> Content {
    let none = Content { bytes: 0, items: 0 };
    if !matches!(value.type_name(), "string" | "array" | "object") {
        return none;
    }
    let outermost = CaptureLimits {
        max_items: 0,
        max_string: MEASURED_CHARS_MAX,
        max_depth: 1,
        ..CaptureLimits::default()
    };
    match value.capture(&outermost) {
        Some(Value::String(text)) if text.len() <= MEASURED_CHARS_MAX => {
            Content { bytes: text.len() as u64, items: 0 }
        }
        Some(Value::String(_)) => {
            Content { bytes: limits::JSONATA_VALUE_BYTES_MAX as u64, items: 0 }
        }
        // What is left out is told as "… 12 more".
        Some(Value::Array(items)) => Content { bytes: 0, items: left_out(items.first()) },
        Some(Value::Object(fields)) => Content { bytes: 0, items: left_out(fields.get("…")) },
        _ => none,
    }
}

fn left_out(note: Option<&Value>) -> u64 {
    let words = note.and_then(Value::as_str).into_iter().flat_map(str::split_whitespace);
    words.filter_map(|word| word.parse().ok()).next().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use jlens_core::{Bindings, Expression, Options};

    use super::*;

    fn meter(source: &str) -> Meter {
        let token = CancelToken::new();
        let expression = Expression::compile(source).expect("is JSONata");
        let mut meter = Meter::new(&expression.ast().root, token.clone());
        let options = Options::new().cancel_token(token);
        // Whether it fails is not the question here.
        let _ = expression.evaluate_traced(None, &Bindings::new(), &options, &mut meter);
        meter
    }

    #[test]
    fn arrays_objects_and_texts_count_their_outermost_level() {
        let scalar = meter("1").built;
        assert_eq!(scalar, VALUE_BYTES);
        assert_eq!(meter("'abcd'").built, VALUE_BYTES + 4);
        // The range is a node within the constructor.
        assert_eq!(meter("[1..100]").built, 4 * VALUE_BYTES + 200 * ITEM_BYTES);
        assert_eq!(meter("{'a': 1, 'b': 2}").built, 5 * VALUE_BYTES + 2 + 2 * ITEM_BYTES);
        let long = meter("$pad('', 20000, 'x')").built;
        assert!(long >= limits::JSONATA_VALUE_BYTES_MAX as u64, "{long}");
    }

    #[test]
    fn too_much_stops_the_evaluation() {
        let many = meter("[1..100000].$pad('', 100000, 'x')");
        assert_eq!(many.fault, Some(Fault::Memory));
        let again = meter("($a := [1..500000]; [1..100000].$count($a))");
        assert_eq!(again.fault, Some(Fault::Steps));
    }

    #[test]
    fn functions_count_unless_they_are_only_passed_on() {
        let functions = |source: &str| meter(source).functions;
        assert_eq!(functions("$map([1..10], function($v){ $map([$v], function($w){ $w }) })"), 0);
        assert_eq!(functions("[1..10].(function(){ 1 })"), 10);
        assert_eq!(functions("($f := function($n){ $n = 0 ? 0 : $f($n - 1) }; $f(50))"), 1);
        assert_eq!(functions("[1..10].($substring(?, 1))"), 10);
        // The library makes functions of its own to chain two.
        assert!(functions("[1..10].($trim ~> $uppercase)") >= 10);
        assert_eq!(functions("[1..10].(' a ' ~> $trim)"), 0);
    }
}
