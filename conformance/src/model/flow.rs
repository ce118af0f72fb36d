//! Input and output processing: what a state sees, and what it hands on.
//!
//! JSONPath: `InputPath`, `Parameters`, the work, `ResultSelector`, `ResultPath` (into the raw input),
//! `OutputPath`. JSONata: `Arguments`, the work, `Output`. `Assign` sees the values from before.

use serde_json::{Map, Value};

use super::failure::{Result, Stop, fails_somehow, unknown};
use super::opaque::clear;
use super::path::{Path, Root, Step};
use super::scope::{Scope, States, Variables};

/// A state's fields.
pub(crate) type Fields = Map<String, Value>;

/// What the work of a state gets.
pub(crate) struct Effective {
    /// After `InputPath`; in JSONata the raw input.
    pub input: Value,
    /// After `Parameters` or `Arguments`.
    pub arguments: Value,
}

/// What the work of a state gets to see. `template` names the field for JSONPath.
pub(crate) fn effective(scope: &Scope<'_>, fields: &Fields, raw: &Value) -> Result<Effective> {
    if scope.jsonata {
        let states = States { input: Some(raw), ..States::default() };
        let arguments = match fields.get("Arguments") {
            Some(arguments) => scope.evaluate(arguments, states)?,
            None => raw.clone(),
        };
        return Ok(Effective { input: raw.clone(), arguments });
    }
    let input = scope.select(fields.get("InputPath"), raw)?;
    let arguments = match fields.get("Parameters") {
        Some(template) => scope.template(template, &input)?,
        None => input.clone(),
    };
    Ok(Effective { input, arguments })
}

/// What a state with a result hands on: Task, Parallel and Map.
pub(crate) fn output(
    scope: &Scope<'_>,
    fields: &Fields,
    raw: &Value,
    result: Value,
) -> Result<Value> {
    if scope.jsonata {
        let states = States { input: Some(raw), result: Some(&result), error: None };
        return match fields.get("Output") {
            Some(output) => scope.evaluate(output, states),
            None => Ok(result),
        };
    }
    let result = match fields.get("ResultSelector") {
        Some(template) => scope.template(template, &result)?,
        None => result,
    };
    into_path(scope, fields, raw, result)
}

/// `ResultPath` and `OutputPath`.
pub(crate) fn into_path(
    scope: &Scope<'_>,
    fields: &Fields,
    raw: &Value,
    result: Value,
) -> Result<Value> {
    let combined = combine(fields.get("ResultPath"), raw, result)?;
    scope.select(fields.get("OutputPath"), &combined)
}

/// `ResultPath`: where in the raw input the result goes.
pub(crate) fn combine(path: Option<&Value>, raw: &Value, result: Value) -> Result<Value> {
    let path = match path {
        None => return Ok(result),
        Some(Value::Null) => return Ok(raw.clone()),
        Some(Value::String(path)) => Path::parse(path)?,
        Some(_) => return unknown("a ResultPath that is no string"),
    };
    if path.root != Root::Input || !path.is_definite() {
        return unknown("a ResultPath of a form the model does not read");
    }
    let mut combined = raw.clone();
    put(&mut combined, &path.steps, result)?;
    Ok(combined)
}

fn put(place: &mut Value, steps: &[Step], value: Value) -> Result<()> {
    let Some((step, rest)) = steps.split_first() else {
        *place = value;
        return Ok(());
    };
    match (step, place) {
        (Step::Name(name), Value::Object(map)) => {
            let inner = map.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
            put(inner, rest, value)
        }
        (Step::Index(index), Value::Array(items)) => {
            match usize::try_from(*index).ok().and_then(|index| items.get_mut(index)) {
                Some(inner) => put(inner, rest, value),
                None => unknown("a ResultPath beyond the end of an array"),
            }
        }
        // The specification says States.ResultPathMatchFailure; no recording shows what AWS says.
        _ => fails_somehow(),
    }
}

/// What `Assign` assigns. `data` is `$` in JSONPath.
pub(crate) fn assign(
    scope: &Scope<'_>,
    assign: Option<&Value>,
    data: &Value,
    states: States<'_>,
) -> Result<Variables> {
    let Some(assign) = assign else { return Ok(Variables::new()) };
    let made = if scope.jsonata {
        scope.evaluate(assign, states)?
    } else {
        scope.template(assign, data)?
    };
    match made {
        Value::Object(map) => Ok(map.into_iter().collect()),
        _ => unknown("an Assign that is no object"),
    }
}

/// What a Pass state hands on, and what it assigns.
pub(crate) fn pass(scope: &Scope<'_>, fields: &Fields, raw: &Value) -> Result<(Value, Variables)> {
    let effective = match effective(scope, fields, raw) {
        Err(Stop::Failed(_)) if fields.contains_key("Result") => {
            return unknown("whether Parameters matter beside a Result");
        }
        other => other?,
    };
    let states = States { input: Some(raw), ..States::default() };
    let result = fields.get("Result").cloned().unwrap_or(effective.arguments);
    let assigned = assign(scope, fields.get("Assign"), &result, states)?;
    let output = match fields.get("Output") {
        Some(output) if scope.jsonata => scope.evaluate(output, states)?,
        _ if scope.jsonata => raw.clone(),
        _ => into_path(scope, fields, raw, result)?,
    };
    Ok((output, assigned))
}

/// What a state without a result hands on, and what it assigns: Wait and Succeed.
pub(crate) fn hand_on(
    scope: &Scope<'_>,
    fields: &Fields,
    raw: &Value,
) -> Result<(Value, Variables)> {
    let states = States { input: Some(raw), ..States::default() };
    let input = effective(scope, fields, raw)?.input;
    let assigned = assign(scope, fields.get("Assign"), &input, states)?;
    let output = match (scope.jsonata, fields.get("Output")) {
        (true, Some(output)) => scope.evaluate(output, states)?,
        (true, None) => input,
        (false, _) => scope.select(fields.get("OutputPath"), &input)?,
    };
    Ok((output, assigned))
}

/// A whole number of a field, its `…Path` form or its expression, if the field is there.
///
/// No evidence says whether a path sees the raw input or what `InputPath` selected; when that matters, the
/// model gives up.
pub(crate) fn number(
    scope: &Scope<'_>,
    fields: &Fields,
    name: &str,
    raw: &Value,
    input: &Value,
) -> Result<Option<Value>> {
    if let Some(value) = fields.get(name) {
        let states = States { input: Some(raw), ..States::default() };
        let value = if scope.jsonata { scope.evaluate(value, states)? } else { value.clone() };
        clear(&value)?;
        return Ok(Some(value));
    }
    match fields.get(&format!("{name}Path")) {
        Some(Value::String(path)) => {
            let value = either(scope, path, raw, input)?;
            clear(&value)?;
            Ok(Some(value))
        }
        _ => Ok(None),
    }
}

/// What a path finds, when it finds the same in the raw and in the effective input.
pub(crate) fn either(scope: &Scope<'_>, path: &str, raw: &Value, input: &Value) -> Result<Value> {
    let found = scope.find(path, input);
    if raw == input {
        return found;
    }
    match (scope.find(path, raw), found) {
        (Ok(a), Ok(b)) if a == b => Ok(a),
        (Err(Stop::Failed(failure)), Err(Stop::Failed(_))) => Err(Stop::Failed(failure)),
        _ => unknown("a path that may see the raw or the effective input"),
    }
}
