//! Divisions by zero.
//!
//! jsonata-js gives an infinity or NaN, which AWS writes as a string (`1/0` is `"Infinity"`, `[1/0]` is
//! `["Infinity"]`: measured on AWS by the floci project), while the library fails or gives `null`. So a
//! division whose value is part of the result as it is, is made a call to a function of ours that gives
//! the string. One whose value is used further is left alone: there jsonata-js fails as well, at the use.

use std::ops::Range;

use jlens_core::ast::{BinaryOp, Node, NodeKind};
use jlens_core::{Error, HostCall, HostFunction};
use serde_json::Value;

use crate::expr::jsonata::numbers;

/// The name of the function; no one writes such a name by accident.
pub(super) const NAME: &str = "stepclock_divide";

/// The source with its divisions replaced, if it has any to replace.
pub(super) fn rewrite(source: &str, root: &Node) -> Option<String> {
    let mut found = Vec::new();
    collect(root, &mut found);
    if found.is_empty() {
        return None;
    }
    let mut text = String::with_capacity(source.len() + found.len() * 32);
    let mut end = 0;
    for (whole, left, operator, right) in found {
        text.push_str(source.get(end..whole.start)?);
        let (left, right) = (source.get(left)?, source.get(right)?);
        text.push_str(&format!("${NAME}({left},\"{operator}\",{right})"));
        end = whole.end;
    }
    text.push_str(source.get(end..)?);
    Some(text)
}

type Division = (Range<usize>, Range<usize>, &'static str, Range<usize>);

/// Collects the divisions that are the result or a part of it, in the order of the text.
fn collect(node: &Node, found: &mut Vec<Division>) {
    if !node.attrs.predicate.is_empty() || node.attrs.group.is_some() {
        return;
    }
    match &node.kind {
        NodeKind::Binary { op: op @ (BinaryOp::Div | BinaryOp::Mod), lhs, rhs } => {
            let range = |node: &Node| node.span.start..node.span.end;
            found.push((range(node), range(lhs), op.symbol(), range(rhs)));
        }
        NodeKind::Array { items } => items.iter().for_each(|item| collect(item, found)),
        NodeKind::Object { pairs } => pairs.iter().for_each(|(_, value)| collect(value, found)),
        NodeKind::Condition { then, otherwise, .. } => {
            collect(then, found);
            otherwise.iter().for_each(|node| collect(node, found));
        }
        NodeKind::Block { exprs, .. } => exprs.last().into_iter().for_each(|e| collect(e, found)),
        _ => {}
    }
}

/// The function.
pub(super) fn function() -> HostFunction {
    HostFunction::new(3, divide).without_input()
}

fn divide(arguments: &[Option<Value>], call: &HostCall<'_>) -> Result<Option<Value>, Error> {
    let operator = arguments.get(1).and_then(Option::as_ref).and_then(Value::as_str).unwrap_or("/");
    let operand = |index: usize, code: &str| match arguments.get(index).and_then(Option::as_ref) {
        None if call.function(index).is_none() => Ok(None),
        Some(Value::Number(number)) => Ok(number.as_f64()),
        _ => Err(Error::new(code).with("token", operator)),
    };
    let (Some(left), Some(right)) = (operand(0, "T2001")?, operand(2, "T2002")?) else {
        return Ok(None);
    };
    Ok(Some(numbers::from_f64(if operator == "%" { left % right } else { left / right })))
}
