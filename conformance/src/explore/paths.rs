//! Where a definition reads its data: paths found in JSONPath and JSONata texts, with what they are compared to.
//!
//! This is a scanner, not an evaluator: it finds `$.a.b`, `$states.input.a.b` and `$name.a.b` wherever they stand
//! in an expression. What it cannot read it leaves out; then the answers drawn lack a field, no more.

use serde_json::Value;

use super::shape::Hint;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// A field.
    Field(String),
    /// Some element of an array.
    Item,
}

/// What a path starts at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Root {
    /// `$`: the state's input, or its result, by the field it stands in.
    Here,
    /// `$states.input`.
    Input,
    /// `$states.result`.
    Result,
    /// `$$.Map.Item.Value`, `$states.context.Map.Item.Value`.
    Item,
    /// `$name`.
    Variable(String),
}

/// A path that is read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Read {
    /// What it starts at.
    pub(super) root: Root,
    /// The way from there.
    pub(super) path: Vec<Step>,
    /// What the text says of the value.
    pub(super) hint: Option<Hint>,
}

/// All paths in an expression, JSONPath or JSONata.
pub(super) fn reads(text: &str) -> Vec<Read> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\'', '"']) {
        rest = &rest[at..];
        if let Some(quote) = rest.chars().next().filter(|c| *c != '$') {
            // A quoted text holds no path.
            let end = rest[1..].find(quote).map_or(rest.len(), |end| end + 2);
            rest = &rest[end..];
            continue;
        }
        let (read, after) = read_at(rest);
        rest = after;
        if let Some(mut read) = read {
            read.hint = comparison(rest);
            found.push(read);
        }
    }
    found
}

/// A text that is one path and nothing else.
pub(super) fn plain(text: &str) -> Option<Read> {
    let inner = inside(text).trim();
    if !inner.starts_with('$') {
        return None;
    }
    let (read, rest) = read_at(inner);
    read.filter(|_| rest.trim().is_empty())
}

/// The expression of a JSONata string; other texts are themselves.
pub(super) fn inside(text: &str) -> &str {
    text.strip_prefix("{%").and_then(|text| text.strip_suffix("%}")).unwrap_or(text)
}

/// Reads the path that starts here; the text begins with `$`.
fn read_at(text: &str) -> (Option<Read>, &str) {
    let mut rest = &text[1..];
    if let Some(context) = rest.strip_prefix('$') {
        let (path, rest) = steps(context);
        let read = item(&path).map(|path| Read { root: Root::Item, path, hint: None });
        return (read, rest);
    }
    let name_end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let name = &rest[..name_end];
    rest = &rest[name_end..];
    if rest.starts_with('(') {
        // A function of JSONata.
        return (None, rest);
    }
    let (path, rest) = steps(rest);
    let read = |root, path| (Some(Read { root, path, hint: None }), rest);
    match name {
        "" => read(Root::Here, path),
        "states" => match path.split_first() {
            Some((Step::Field(first), path)) if first == "input" => {
                read(Root::Input, path.to_vec())
            }
            Some((Step::Field(first), path)) if first == "result" => {
                read(Root::Result, path.to_vec())
            }
            Some((Step::Field(first), path)) if first == "context" => match item(path) {
                Some(path) => read(Root::Item, path),
                None => (None, rest),
            },
            _ => (None, rest),
        },
        name => read(Root::Variable(name.to_owned()), path),
    }
}

/// What follows `Map.Item.Value` in a path of the context object.
fn item(path: &[Step]) -> Option<Vec<Step>> {
    let names = ["Map", "Item", "Value"];
    let prefix = path.get(..names.len())?;
    let same = prefix.iter().zip(names).all(|(step, name)| *step == Step::Field(name.to_owned()));
    same.then(|| path[names.len()..].to_vec())
}

fn steps(text: &str) -> (Vec<Step>, &str) {
    let mut path = Vec::new();
    let mut rest = text;
    loop {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after
                .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
                .unwrap_or(after.len());
            // In JSONata `a.b-c` is a difference; a field after which an operator stands keeps its name.
            if end == 0 {
                return (path, rest);
            }
            path.push(Step::Field(after[..end].to_owned()));
            rest = &after[end..];
        } else if rest.starts_with('[') {
            let Some(end) = rest.find(']') else { return (path, rest) };
            let inner = rest[1..end].trim();
            let quoted =
                |quote: char| inner.strip_prefix(quote).and_then(|inner| inner.strip_suffix(quote));
            path.push(match quoted('\'').or_else(|| quoted('"')) {
                Some(name) => Step::Field(name.to_owned()),
                None => Step::Item,
            });
            rest = &rest[end + 1..];
        } else {
            return (path, rest);
        }
    }
}

/// What stands behind a path in JSONata: an operator and a literal.
fn comparison(rest: &str) -> Option<Hint> {
    let rest = rest.trim_start();
    let operator =
        ["!=", "<=", ">=", "=", "<", ">"].iter().find(|sign| rest.starts_with(**sign))?;
    let operand = rest[operator.len()..].trim_start();
    let literal = match operand.chars().next()? {
        quote @ ('\'' | '"') => {
            let end = operand[1..].find(quote)?;
            Value::from(&operand[1..=end])
        }
        _ => {
            let end = operand
                .find(|c: char| !(c.is_alphanumeric() || c == '.' || c == '-'))
                .unwrap_or(operand.len());
            serde_json::from_str(&operand[..end]).ok()?
        }
    };
    Some(Hint::Compared(literal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        reads(text)
            .into_iter()
            .map(|read| {
                let path: String = read
                    .path
                    .iter()
                    .map(|step| match step {
                        Step::Field(name) => format!(".{name}"),
                        Step::Item => "[]".to_owned(),
                    })
                    .collect();
                let hint = match read.hint {
                    Some(Hint::Compared(value)) => format!(" ~ {value}"),
                    _ => String::new(),
                };
                format!("{:?}{path}{hint}", read.root)
            })
            .collect()
    }

    #[test]
    fn paths_are_found_in_expressions() {
        assert_eq!(shown("$.a.b[0]['c d']"), ["Here.a.b[].c d"]);
        assert_eq!(shown("States.Format('{} $.no', $.name, $$.Execution.Id)"), ["Here.name"]);
        assert_eq!(shown("$$.Map.Item.Value.id"), ["Item.id"]);
        assert_eq!(
            shown(
                "{% $states.input.total > 100 and $count($states.result.items) = 2 and $tier = 'gold' %}"
            ),
            ["Input.total ~ 100", "Result.items", "Variable(\"tier\") ~ \"gold\""]
        );
    }

    #[test]
    fn a_plain_path_is_told_from_an_expression() {
        assert!(plain("{% $states.input.items %}").is_some());
        assert!(plain("{% $states.input.a + 1 %}").is_none());
        assert!(plain("States.Array($.a)").is_none());
    }
}
