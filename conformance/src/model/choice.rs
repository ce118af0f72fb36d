//! Choice rules of JSONPath: the 39 comparisons, And, Or and Not ("Choice State").

use std::cmp::Ordering;

use serde_json::Value;

use super::failure::{Result, Stop, fails, runtime, unknown};
use super::flow::{self, Fields};
use super::opaque::clear;
use super::path::Beyond;
use super::scope::{Scope, States, Variables};
use super::timestamp;

/// Where a Choice leads, what it hands on, and what it assigns.
pub(crate) fn choose(
    scope: &Scope<'_>,
    fields: &Fields,
    raw: &Value,
) -> Result<(String, Value, Variables)> {
    let states = States { input: Some(raw), ..States::default() };
    let input = flow::effective(scope, fields, raw)?.input;
    let rules = fields.get("Choices").and_then(Value::as_array);
    let mut chosen = None;
    for rule in rules.into_iter().flatten().filter_map(Value::as_object) {
        let matches = match rule.get("Condition") {
            Some(condition) if scope.jsonata => match scope.evaluate(condition, states)? {
                Value::Bool(matches) => matches,
                _ => return fails("States.QueryEvaluationError"),
            },
            _ => matches(scope, rule, &input)?,
        };
        if matches {
            chosen = Some(rule);
            break;
        }
    }
    // A rule that matches brings its own Assign and Output; the state's are for the default.
    let default = fields.get("Default").and_then(Value::as_str);
    let (next, from) = match (chosen, default) {
        (Some(rule), _) => (rule.get("Next").and_then(Value::as_str), rule),
        (None, Some(default)) => (Some(default), fields),
        // Measured on AWS; the specification says States.NoChoiceMatched.
        (None, None) => return runtime(),
    };
    let assigned = flow::assign(scope, from.get("Assign"), &input, states)?;
    let output = match (scope.jsonata, from.get("Output")) {
        (true, Some(output)) => scope.evaluate(output, states)?,
        (true, None) => input,
        (false, _) => scope.select(fields.get("OutputPath"), &input)?,
    };
    Ok((next.unwrap_or_default().to_owned(), output, assigned))
}

/// Whether a rule matches.
pub(crate) fn matches(scope: &Scope<'_>, rule: &Fields, input: &Value) -> Result<bool> {
    let rules = |name: &str| rule.get(name).and_then(Value::as_array);
    let inner = |rule: &Value| match rule.as_object() {
        Some(rule) => matches(scope, rule, input),
        None => unknown("a choice rule that is no object"),
    };
    if let Some(rules) = rules("And") {
        for rule in rules {
            if !inner(rule)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    if let Some(rules) = rules("Or") {
        for rule in rules {
            if inner(rule)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if let Some(rule) = rule.get("Not") {
        return inner(rule).map(|matches| !matches);
    }
    let Some(variable) = rule.get("Variable").and_then(Value::as_str) else {
        return unknown("a choice rule without Variable");
    };
    if input.is_null() {
        return unknown("a choice of null");
    }
    let other = |(name, _): &(&String, &Value)| {
        !matches!(name.as_str(), "Variable" | "Next" | "Comment" | "Assign" | "Output")
    };
    let Some((operator, operand)) = rule.iter().find(other) else {
        return unknown("a choice rule without operator");
    };
    let found = match scope.find_in(variable, input, Beyond::Unsure) {
        Ok(value) => Some(value),
        Err(Stop::Failed(_)) => None,
        Err(stop) => return Err(stop),
    };
    if operator == "IsPresent" {
        return Ok(Some(found.is_some()) == operand.as_bool());
    }
    let Some(found) = found else { return runtime() };
    test(scope, operator, operand, &found, input)
}

/// One data test. A value of another type than the operator's never matches.
fn test(
    scope: &Scope<'_>,
    operator: &str,
    operand: &Value,
    found: &Value,
    input: &Value,
) -> Result<bool> {
    let is = match operator {
        "IsNull" => Some(found.is_null()),
        "IsBoolean" => Some(found.is_boolean()),
        "IsNumeric" => Some(clear(found)?.is_number()),
        "IsString" => Some(clear(found)?.is_string()),
        "IsTimestamp" => {
            Some(clear(found)?.as_str().is_some_and(|t| timestamp::parse(t).is_some()))
        }
        _ => None,
    };
    if let Some(is) = is {
        return Ok(Some(is) == operand.as_bool());
    }
    let (name, operand) = match (operator.strip_suffix("Path"), operand) {
        (Some(name), Value::String(path)) => (name, scope.find_in(path, input, Beyond::Unsure)?),
        _ => (operator, operand.clone()),
    };
    clear(found)?;
    clear(&operand)?;
    if name == "StringMatches" {
        return match (found, &operand) {
            (Value::String(text), Value::String(pattern)) => string_matches(pattern, text),
            _ => Ok(false),
        };
    }
    let (order, relation) = match name {
        "BooleanEquals" => {
            let equal = found.is_boolean() && *found == operand;
            return Ok(equal);
        }
        name if name.starts_with("String") => (strings(found, &operand), &name[6..]),
        name if name.starts_with("Numeric") => (numbers(found, &operand), &name[7..]),
        name if name.starts_with("Timestamp") => (timestamps(found, &operand), &name[9..]),
        _ => return unknown(format!("the operator {operator}")),
    };
    Ok(order.is_some_and(|order| match relation {
        "Equals" => order == Ordering::Equal,
        "LessThan" => order == Ordering::Less,
        "GreaterThan" => order == Ordering::Greater,
        "LessThanEquals" => order != Ordering::Greater,
        _ => order != Ordering::Less,
    }))
}

fn strings(a: &Value, b: &Value) -> Option<Ordering> {
    Some(a.as_str()?.encode_utf16().cmp(b.as_str()?.encode_utf16()))
}

fn numbers(a: &Value, b: &Value) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (a.as_i64(), b.as_i64()) {
        return Some(a.cmp(&b));
    }
    a.as_f64()?.partial_cmp(&b.as_f64()?)
}

fn timestamps(a: &Value, b: &Value) -> Option<Ordering> {
    Some(timestamp::parse(a.as_str()?)?.cmp(&timestamp::parse(b.as_str()?)?))
}

/// `*` stands for any run of characters; a backslash makes the next `*` or backslash plain.
fn string_matches(pattern: &str, text: &str) -> Result<bool> {
    let mut tokens: Vec<Option<char>> = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        tokens.push(match character {
            '*' => None,
            '\\' => match characters.next() {
                Some(escaped @ ('*' | '\\')) => Some(escaped),
                _ => return unknown("an open backslash in StringMatches"),
            },
            other => Some(other),
        });
    }
    let text: Vec<char> = text.chars().collect();
    // reached[n]: the tokens so far match the first n characters.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for token in tokens {
        reached = match token {
            None => {
                let first = reached.iter().position(|at| *at).unwrap_or(reached.len());
                (0..=text.len()).map(|at| at >= first).collect()
            }
            Some(wanted) => (0..=text.len())
                .map(|at| at > 0 && reached[at - 1] && text[at - 1] == wanted)
                .collect(),
        };
    }
    Ok(reached[text.len()])
}
