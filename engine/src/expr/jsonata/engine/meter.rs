//! What an evaluation costs, in a measure that is the same on every machine.
//!
//! The library counts steps and bounds each single string and array, but a step may copy megabytes, and
//! many values may live at once. The meter looks at every value a node gives and stops the evaluation when
//! their sum is too large: it stands in for AWS's limits on memory and time.

use jlens_core::CancelToken;
use jlens_core::ast::{Node, NodeKind};
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
    /// Why the evaluation was stopped, if the meter stopped it.
    pub(super) fault: Option<Fault>,
}

impl Meter {
    pub(super) fn new(token: CancelToken) -> Self {
        Self { token, built: 0, read: 0, fault: None }
    }

    fn stop(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
        self.token.cancel();
    }
}

impl Tracer for Meter {
    fn exit(&mut self, node: &Node, outcome: Outcome<'_>) {
        let Outcome::Value(value) = outcome else { return };
        let content = content(value);
        if matches!(node.kind, NodeKind::Variable { .. }) {
            // Nothing new, but what uses it is likely to read all of it.
            self.read += content.bytes / 4 + content.items;
        } else {
            self.built += VALUE_BYTES + content.bytes + content.items * ITEM_BYTES;
        }
        if self.built > limits::JSONATA_BUILT_BYTES_MAX {
            self.stop(Fault::Memory);
        } else if self.read > limits::JSONATA_READ_MAX {
            self.stop(Fault::Steps);
        }
    }
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
        let mut meter = Meter::new(token.clone());
        let options = Options::new().cancel_token(token);
        let expression = Expression::compile(source).expect("is JSONata");
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
}
