//! Evaluating JSONata.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::super::failure::{Result, Stop, fails, unknown};
use super::super::opaque::{clear, is_in, is_maybe, same};
use super::super::scope::Variables;
use super::parse::Node;
use super::{Maybe, functions, number};

/// What an expression is evaluated with.
pub(super) struct Evaluation<'e> {
    /// The members of `$states`.
    pub states: Vec<(&'static str, Cow<'e, Value>)>,
    pub variables: &'e Variables,
    /// Variables bound by the expression itself, innermost last.
    pub bound: Vec<(String, Maybe)>,
}

/// An error of the expression.
pub(super) fn wrong<T>() -> Result<T> {
    fails("States.QueryEvaluationError")
}

impl Evaluation<'_> {
    pub(super) fn evaluate(&mut self, node: &Node, context: Option<&Value>) -> Result<Maybe> {
        match node {
            Node::Literal(value) => Ok(Some(value.clone())),
            Node::Name(name) => context.map_or(Ok(None), |context| member(context, name)),
            Node::Variable(name) => Ok(self.variable(name, context)),
            Node::Path(steps) => self.path(steps, context),
            Node::Filter(base, predicate) => {
                let base = self.evaluate(base, context)?;
                base.map_or(Ok(None), |base| self.filter(base, predicate))
            }
            Node::Binary(operator, left, right) => self.binary(operator, left, right, context),
            Node::Negate(inner) => match self.evaluate(inner, context)? {
                None => Ok(None),
                Some(value) => match number::of(clear(&value)?)? {
                    Some(number) => number::value(-number).map(Some),
                    None => wrong(),
                },
            },
            Node::Condition(condition, then, otherwise) => {
                let condition = self.evaluate(condition, context)?;
                match (truth(condition.as_ref())?, otherwise) {
                    (true, _) => self.evaluate(then, context),
                    (false, Some(otherwise)) => self.evaluate(otherwise, context),
                    (false, None) => Ok(None),
                }
            }
            Node::Array(items) => self.array(items, context).map(Some),
            Node::Range(..) => unknown("a range outside of an array"),
            Node::Object(members) => self.object(members, context).map(Some),
            Node::Block(all) => {
                let depth = self.bound.len();
                let mut last = None;
                for node in all {
                    last = self.evaluate(node, context)?;
                }
                self.bound.truncate(depth);
                Ok(last)
            }
            Node::Bind(name, value) => {
                let value = self.evaluate(value, context)?;
                self.bound.push((name.clone(), value.clone()));
                Ok(value)
            }
            Node::Call(name, arguments) => {
                let mut values = Vec::new();
                for argument in arguments {
                    values.push(self.evaluate(argument, context)?);
                }
                if self.variable(name, None).is_some() {
                    return unknown("a variable with the name of a function");
                }
                functions::apply(name, &values)
            }
        }
    }

    fn variable(&self, name: &str, context: Option<&Value>) -> Maybe {
        if name.is_empty() {
            return context.cloned();
        }
        if let Some((_, value)) = self.bound.iter().rev().find(|(bound, _)| bound == name) {
            return value.clone();
        }
        if name == "states" {
            let member =
                |(name, value): &(&str, Cow<'_, Value>)| ((*name).to_owned(), (**value).clone());
            return Some(Value::Object(self.states.iter().map(member).collect()));
        }
        self.variables.get(name).cloned()
    }

    /// Each step is evaluated for every item that the step before found.
    fn path(&mut self, steps: &[Node], context: Option<&Value>) -> Result<Maybe> {
        let is_variable = matches!(steps.first(), Some(Node::Variable(_)));
        let mut items: Vec<Maybe> = match context {
            Some(Value::Array(items)) if !is_variable => items.iter().cloned().map(Some).collect(),
            other => vec![other.cloned()],
        };
        let mut first = 0;
        if let Some((found, walked)) = self.along_states(steps)? {
            match found {
                None => return Ok(None),
                Some(value) if walked == steps.len() => return Ok(Some(value.clone())),
                Some(Value::Array(values)) => items = values.iter().cloned().map(Some).collect(),
                Some(value) => items = vec![Some(value.clone())],
            }
            first = walked;
        }
        for (index, step) in steps.iter().enumerate().skip(first) {
            let is_last = index + 1 == steps.len();
            let mut found = Vec::new();
            for item in &items {
                found.extend(self.evaluate(step, item.as_ref())?);
            }
            if is_last && let [Value::Array(_)] = &found[..] {
                return Ok(found.pop());
            }
            let whole = matches!(step, Node::Array(_));
            let mut flat = Vec::new();
            for value in found {
                match value {
                    Value::Array(values) if !whole => flat.extend(values),
                    other => flat.push(other),
                }
            }
            if flat.is_empty() {
                return Ok(None);
            }
            items = flat.into_iter().map(Some).collect();
        }
        Ok(sequence(items.into_iter().flatten().collect()))
    }

    /// What the names after `$states` lead to through objects, without a copy of what they pass; and how many
    /// steps that was.
    fn along_states(&self, steps: &[Node]) -> Result<Option<(Option<&Value>, usize)>> {
        let [Node::Variable(variable), Node::Name(name), ..] = steps else { return Ok(None) };
        if variable != "states" || self.bound.iter().any(|(bound, _)| bound == "states") {
            return Ok(None);
        }
        let Some((_, value)) = self.states.iter().find(|(member, _)| member == name) else {
            return Ok(Some((None, steps.len())));
        };
        let (mut value, mut walked) = (&**value, 2);
        while !is_maybe(value)
            && let (Some(Node::Name(name)), Value::Object(map)) = (steps.get(walked), value)
        {
            let Some(found) = map.get(name) else { return Ok(Some((None, steps.len()))) };
            (value, walked) = (found, walked + 1);
        }
        if is_maybe(value) {
            return unknown("a cause that may be missing is read");
        }
        Ok(Some((Some(value), walked)))
    }

    /// `base[predicate]`: by number, or what the predicate is true for.
    fn filter(&mut self, base: Value, predicate: &Node) -> Result<Maybe> {
        let items = if let Value::Array(items) = base { items } else { vec![base] };
        let at = |index: f64| {
            let index = index.floor();
            let index = if index < 0.0 { index + items.len() as f64 } else { index };
            (index >= 0.0).then_some(index as usize)
        };
        if let Node::Literal(index @ Value::Number(_)) = predicate {
            let index = index.as_f64().and_then(at);
            return Ok(index.and_then(|index| items.get(index)).cloned());
        }
        if let Node::Negate(inner) = predicate
            && let Node::Literal(index @ Value::Number(_)) = &**inner
        {
            let index = index.as_f64().and_then(|index| at(-index));
            return Ok(index.and_then(|index| items.get(index)).cloned());
        }
        let mut found = Vec::new();
        for (place, item) in items.iter().enumerate() {
            match self.evaluate(predicate, Some(item))? {
                Some(Value::Number(index)) => {
                    if index.as_f64().and_then(at) == Some(place) {
                        found.push(item.clone());
                    }
                }
                Some(Value::Array(_)) => return unknown("a predicate that gives an array"),
                other => {
                    if truth(other.as_ref())? {
                        found.push(item.clone());
                    }
                }
            }
        }
        Ok(sequence(found))
    }

    fn array(&mut self, items: &[Node], context: Option<&Value>) -> Result<Value> {
        let mut made = Vec::new();
        for item in items {
            if let Node::Range(first, last) = item {
                made.extend(self.range(first, last, context)?);
                continue;
            }
            match self.evaluate(item, context)? {
                None => {}
                Some(Value::Array(values)) if !matches!(item, Node::Array(_)) => {
                    made.extend(values)
                }
                Some(value) => made.push(value),
            }
        }
        Ok(Value::Array(made))
    }

    fn range(&mut self, first: &Node, last: &Node, context: Option<&Value>) -> Result<Vec<Value>> {
        let first = self.evaluate(first, context)?;
        let last = self.evaluate(last, context)?;
        let (Some(first), Some(last)) = (first, last) else { return Ok(Vec::new()) };
        let (Some(first), Some(last)) = (clear(&first)?.as_i64(), clear(&last)?.as_i64()) else {
            return unknown("a range between what are no whole numbers");
        };
        if last - first > 10_000 {
            return unknown("a long range");
        }
        Ok((first..=last).map(Value::from).collect())
    }

    fn object(&mut self, members: &[(Node, Node)], context: Option<&Value>) -> Result<Value> {
        if matches!(context, Some(Value::Array(_))) {
            return unknown("an object made of an array");
        }
        let mut made = Map::new();
        for (key, value) in members {
            let key = match self.evaluate(key, context)? {
                Some(Value::String(key)) => key,
                _ => return wrong(),
            };
            if made.contains_key(&key) {
                return wrong();
            }
            if let Some(value) = self.evaluate(value, context)? {
                made.insert(key, value);
            }
        }
        Ok(Value::Object(made))
    }

    fn binary(
        &mut self,
        operator: &str,
        left: &Node,
        right: &Node,
        context: Option<&Value>,
    ) -> Result<Maybe> {
        let left = self.evaluate(left, context)?;
        if matches!(operator, "and" | "or") {
            let decided = truth(left.as_ref())?;
            let right = match self.evaluate(right, context) {
                Ok(right) => truth(right.as_ref()),
                Err(stop) => Err(stop),
            };
            return match (right, operator, decided) {
                // Whether the right side is evaluated at all when the left decides is not settled.
                (Err(Stop::Failed(_)), "and", false) | (Err(Stop::Failed(_)), "or", true) => {
                    unknown("a fault beside what decides already")
                }
                (Err(stop), ..) => Err(stop),
                (Ok(right), "and", _) => Ok(Some((decided && right).into())),
                (Ok(right), ..) => Ok(Some((decided || right).into())),
            };
        }
        let right = self.evaluate(right, context)?;
        match operator {
            "&" => {
                let text =
                    |value: Maybe| value.map_or(Ok(String::new()), |value| functions::text(&value));
                Ok(Some((text(left)? + &text(right)?).into()))
            }
            "=" | "!=" => {
                let (Some(left), Some(right)) = (left, right) else {
                    return Ok(Some(false.into()));
                };
                let equal = same(clear(&left)?, clear(&right)?);
                Ok(Some((equal == (operator == "=")).into()))
            }
            "in" => {
                let (Some(left), Some(right)) = (left, right) else {
                    return Ok(Some(false.into()));
                };
                let items = if let Value::Array(items) = right { items } else { vec![right] };
                if left.is_object() || left.is_array() {
                    return unknown("whether an array or object is in another");
                }
                clear(&left)?;
                if items.iter().any(is_in) {
                    return unknown("it depends on a value only the engine knows");
                }
                Ok(Some(items.iter().any(|item| same(item, &left)).into()))
            }
            "<" | ">" | "<=" | ">=" => compare(operator, left, right),
            _ => calculate(operator, left, right),
        }
    }
}

fn compare(operator: &str, left: Maybe, right: Maybe) -> Result<Maybe> {
    let comparable =
        |value: &Maybe| value.as_ref().is_none_or(|value| value.is_string() || value.is_number());
    if !comparable(&left) || !comparable(&right) {
        return wrong();
    }
    let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
    let order = match (clear(&left)?, clear(&right)?) {
        (Value::String(left), Value::String(right)) => {
            Some(left.encode_utf16().cmp(right.encode_utf16()))
        }
        (Value::Number(_), Value::Number(_)) => match (number::of(&left)?, number::of(&right)?) {
            (Some(left), Some(right)) => left.partial_cmp(&right),
            _ => None,
        },
        _ => return wrong(),
    };
    Ok(order.map(|order| {
        Value::from(match operator {
            "<" => order.is_lt(),
            ">" => order.is_gt(),
            "<=" => order.is_le(),
            _ => order.is_ge(),
        })
    }))
}

fn calculate(operator: &str, left: Maybe, right: Maybe) -> Result<Maybe> {
    for side in [&left, &right].into_iter().flatten() {
        if !clear(side)?.is_number() {
            return wrong();
        }
    }
    let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
    let (Some(left), Some(right)) = (number::of(&left)?, number::of(&right)?) else {
        return wrong();
    };
    number::value(match operator {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => left / right,
        "%" => left % right,
        _ => return unknown(format!("the JSONata operator {operator}")),
    })
    .map(Some)
}

/// A member of an object, or of every object in an array.
fn member(value: &Value, name: &str) -> Result<Maybe> {
    match value {
        Value::Object(map) => match map.get(name) {
            Some(value) if is_maybe(value) => unknown("a cause that may be missing is read"),
            other => Ok(other.cloned()),
        },
        Value::Array(items) => {
            let mut found = Vec::new();
            for item in items {
                match member(item, name)? {
                    Some(Value::Array(values)) => found.extend(values),
                    other => found.extend(other),
                }
            }
            Ok(sequence(found))
        }
        other => clear(other).map(|_| None),
    }
}

/// A sequence is nothing, its only item, or an array.
pub(super) fn sequence(mut items: Vec<Value>) -> Maybe {
    if items.len() > 1 { Some(Value::Array(items)) } else { items.pop() }
}

/// A value cast to a boolean; undefined is false.
pub(super) fn truth(value: Option<&Value>) -> Result<bool> {
    Ok(match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(is)) => *is,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
        Some(Value::Array(items)) => {
            for item in items {
                if truth(Some(item))? {
                    return Ok(true);
                }
            }
            false
        }
    })
}
