//! JSONPath as AWS takes it: the dialect of Jayway, the library the specification points to ("Paths").
//!
//! A path of names and indexes only is *definite* and gives one value, or fails when there is none. Any other
//! gives the array of what it finds, which may be empty; it fails only where a step for arrays meets something
//! else.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::failure::{Result, runtime, unknown};
use super::filter::{self, Filter};
use super::opaque;

/// What a path starts from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Root {
    /// `$`
    Input,
    /// `$$`
    Context,
    /// `$name`
    Variable(String),
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    Name(String),
    /// Several names, at the end of a path: an object of those that are there.
    Names(Vec<String>),
    Index(i64),
    Indices(Vec<i64>),
    Slice(Option<i64>, Option<i64>),
    Wildcard,
    /// `..`: the next step, here and everywhere below.
    Deep,
    Filter(Filter),
}

/// A parsed path.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
    pub root: Root,
    pub steps: Vec<Step>,
}

impl Path {
    /// Reads a path; gives up on syntax the model does not know.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut reader = Reader { text, at: 0 };
        match reader.path() {
            Some(path) if reader.at == text.len() => Ok(path),
            _ => unknown("a path of a form the model does not read"),
        }
    }

    pub(crate) fn is_definite(&self) -> bool {
        let last = self.steps.len().saturating_sub(1);
        self.steps.iter().enumerate().all(|(at, step)| match step {
            Step::Names(_) => at == last,
            step => matches!(step, Step::Name(_) | Step::Index(_)),
        })
    }

    /// What the path finds.
    pub(crate) fn find(&self, root: &Value, beyond: Beyond) -> Result<Value> {
        let mut found = Vec::new();
        let walked = walk(root, &self.steps, true, &mut found)?;
        if found.iter().any(|value| opaque::is_maybe(value)) {
            return unknown("a cause that may be missing is read");
        }
        match (walked, self.is_definite(), beyond) {
            (Walked::Unfit, ..) | (Walked::Missing, true, _) => runtime(),
            (Walked::Beyond, true, Beyond::Null) => Ok(Value::Null),
            (Walked::Beyond, true, Beyond::Missing) => runtime(),
            (Walked::Beyond, true, Beyond::Unsure) => unknown("what lies past the end of an array"),
            (Walked::Through, true, _) => {
                found.first().map_or_else(runtime, |one| Ok((**one).clone()))
            }
            (_, false, _) => Ok(Value::Array(found.into_iter().map(Cow::into_owned).collect())),
        }
    }
}

/// What a definite path gives past the end of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beyond {
    /// `null`: a path on its own (measured by the project floci: `$.items[5]` of two items).
    Null,
    /// Nothing: the argument of an intrinsic function (measured by the same project).
    Missing,
    /// Nobody has measured it.
    Unsure,
}

/// How far the definite steps at the beginning of a path led.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Walked {
    Through,
    /// A name is not there.
    Missing,
    /// The path ends past the end of an array.
    Beyond,
    /// A step for arrays met something else.
    Unfit,
}

fn walk<'v>(
    node: &'v Value,
    steps: &[Step],
    definite: bool,
    found: &mut Vec<Cow<'v, Value>>,
) -> Result<Walked> {
    let Some((step, rest)) = steps.split_first() else {
        found.push(Cow::Borrowed(node));
        return Ok(Walked::Through);
    };
    if opaque::is_maybe(node) {
        return unknown("a cause that may be missing is read");
    }
    // After a step that finds many, what does not fit is left out.
    let missed = |how| Ok(if definite { how } else { Walked::Through });
    let mut all: Vec<&Value> = Vec::new();
    match (step, node) {
        (Step::Name(name), Value::Object(map)) => match map.get(name) {
            Some(value) => return walk(value, rest, definite, found),
            None => return missed(Walked::Missing),
        },
        (Step::Names(names), Value::Object(map)) => {
            if !rest.is_empty() {
                return unknown("several names before the end of a path");
            }
            let member = |name: &String| Some((name.clone(), map.get(name)?.clone()));
            let members: Map<String, Value> = names.iter().filter_map(member).collect();
            if members.values().any(opaque::is_maybe) {
                return unknown("a cause that may be missing is read");
            }
            found.push(Cow::Owned(Value::Object(members)));
        }
        (Step::Index(index), Value::Array(items)) => match at(items, *index) {
            Some(value) => return walk(value, rest, definite, found),
            None if rest.is_empty() => return missed(Walked::Beyond),
            None => return missed(Walked::Missing),
        },
        (Step::Indices(wanted), Value::Array(items)) => {
            all.extend(wanted.iter().filter_map(|index| at(items, *index)));
        }
        (Step::Slice(from, to), Value::Array(items)) => all.extend(slice(items, *from, *to)),
        (Step::Wildcard, Value::Array(items)) => all.extend(items),
        (Step::Wildcard, Value::Object(map)) => all.extend(map.values()),
        (Step::Wildcard, _) => {}
        (Step::Filter(filter), Value::Array(items)) => {
            for item in items {
                if filter::holds(filter, item)? {
                    all.push(item);
                }
            }
        }
        (Step::Filter(filter), Value::Object(_)) => {
            if filter::holds(filter, node)? {
                all.push(node);
            }
        }
        (Step::Deep, _) => {
            deep(node, rest, found)?;
            return Ok(Walked::Through);
        }
        (Step::Name(_) | Step::Names(_), _) | (_, Value::Null) => return missed(Walked::Missing),
        (Step::Index(_) | Step::Indices(_) | Step::Slice(..) | Step::Filter(_), _) => {
            return missed(Walked::Unfit);
        }
    }
    for value in all {
        walk(value, rest, false, found)?;
    }
    Ok(Walked::Through)
}

/// The step after `..`, first here, then in every child in order.
fn deep<'v>(node: &'v Value, rest: &[Step], found: &mut Vec<Cow<'v, Value>>) -> Result<()> {
    match (rest.first(), node) {
        (Some(Step::Name(_) | Step::Wildcard), _) | (Some(Step::Index(_)), Value::Array(_)) => {
            walk(node, rest, false, found)?;
        }
        (Some(Step::Index(_)), _) => {}
        _ => return unknown("a deep scan of a form the model does not read"),
    }
    match node {
        Value::Array(items) => {
            for item in items {
                deep(item, rest, found)?;
            }
        }
        Value::Object(map) => {
            for value in map.values() {
                deep(value, rest, found)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn at(items: &[Value], index: i64) -> Option<&Value> {
    let index = if index < 0 { index + items.len() as i64 } else { index };
    usize::try_from(index).ok().and_then(|index| items.get(index))
}

fn slice(items: &[Value], from: Option<i64>, to: Option<i64>) -> &[Value] {
    let length = items.len() as i64;
    let place = |at: i64| if at < 0 { (at + length).max(0) } else { at.min(length) };
    let (from, to) = (place(from.unwrap_or(0)), place(to.unwrap_or(length)));
    if from < to { &items[from as usize..to as usize] } else { &[] }
}

/// Reads the text of a path, character by character.
pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
}

impl Reader<'_> {
    fn path(&mut self) -> Option<Path> {
        self.take("$").then_some(())?;
        let root = if self.take("$") {
            Root::Context
        } else {
            match self.name() {
                Some(name) => Root::Variable(name),
                None => Root::Input,
            }
        };
        Some(Path { root, steps: self.steps()? })
    }

    pub(super) fn steps(&mut self) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        loop {
            if self.take("..") {
                steps.push(Step::Deep);
                if self.peek() != Some('[') {
                    steps.push(self.dotted()?);
                }
            } else if self.take(".") {
                steps.push(self.dotted()?);
            } else if self.take("[") {
                let step = self.bracket()?;
                self.blanks();
                self.take("]").then_some(())?;
                steps.push(step);
            } else {
                return Some(steps);
            }
        }
    }

    fn dotted(&mut self) -> Option<Step> {
        if self.take("*") {
            return Some(Step::Wildcard);
        }
        self.name().map(Step::Name).filter(|_| self.peek() != Some('('))
    }

    fn bracket(&mut self) -> Option<Step> {
        self.blanks();
        match self.peek()? {
            '*' => self.take("*").then_some(Step::Wildcard),
            '\'' | '"' => self.names(),
            '?' => {
                self.take("?").then_some(())?;
                filter::read(self).map(Step::Filter)
            }
            _ => self.numbers(),
        }
    }

    fn names(&mut self) -> Option<Step> {
        let mut all = vec![self.quoted()?];
        loop {
            self.blanks();
            if !self.take(",") {
                break;
            }
            self.blanks();
            all.push(self.quoted()?);
        }
        Some(if all.len() == 1 { Step::Name(all.remove(0)) } else { Step::Names(all) })
    }

    fn numbers(&mut self) -> Option<Step> {
        let first = self.integer();
        if self.take(":") {
            let last = self.integer();
            return (first.is_some() || last.is_some()).then_some(Step::Slice(first, last));
        }
        let mut all = vec![first?];
        loop {
            self.blanks();
            if !self.take(",") {
                break;
            }
            self.blanks();
            all.push(self.integer()?);
        }
        Some(if let [only] = all[..] { Step::Index(only) } else { Step::Indices(all) })
    }

    fn integer(&mut self) -> Option<i64> {
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..length].parse().ok()?;
        self.at += length;
        Some(number)
    }

    /// A name without quotes.
    fn name(&mut self) -> Option<String> {
        let rest = &self.text[self.at..];
        let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '-' || !c.is_ascii();
        let length = rest.find(|c| !plain(c)).unwrap_or(rest.len());
        (length > 0).then(|| {
            self.at += length;
            rest[..length].to_owned()
        })
    }

    /// A text in quotes, without escapes.
    pub(super) fn quoted(&mut self) -> Option<String> {
        let quote = self.peek()?;
        let rest = &self.text[self.at + 1..];
        let length = rest.find(quote)?;
        let text = &rest[..length];
        if text.contains('\\') {
            return None;
        }
        self.at += length + 2;
        Some(text.to_owned())
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    pub(super) fn take(&mut self, wanted: &str) -> bool {
        let there = self.text[self.at..].starts_with(wanted);
        if there {
            self.at += wanted.len();
        }
        there
    }

    pub(super) fn blanks(&mut self) {
        while self.take(" ") {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::failure::Stop;

    #[test]
    fn paths_find_what_jayway_finds() {
        let data = json!({"a": [{"b": 1, "c": "x"}, {"b": 2}, {"c": 3}], "e": {}, "n": null});
        let find =
            |text: &str| Path::parse(text).and_then(|path| path.find(&data, Beyond::Null)).ok();
        assert_eq!(find("$.a[0].b"), Some(json!(1)));
        assert_eq!(find("$['a'][-1].c"), Some(json!(3)));
        assert_eq!(find("$.a[*].b"), Some(json!([1, 2])));
        assert_eq!(find("$.a[0:2].b"), Some(json!([1, 2])));
        assert_eq!(find("$.a[0,2].c"), Some(json!(["x", 3])));
        assert_eq!(find("$..c"), Some(json!(["x", 3])));
        assert_eq!(find("$.a[0]['c','b']"), Some(json!({"c": "x", "b": 1})));
        assert_eq!(find("$.a[1:]['b', 'c']"), Some(json!([{"b": 2}, {"c": 3}])));
        assert_eq!(find("$['e','x']"), Some(json!({"e": {}})));
        assert_eq!(find("$.n['b','c']"), None);
        assert_eq!(find("$.e.*"), Some(json!([])));
        assert_eq!(find("$.n"), Some(json!(null)));
        assert_eq!(find("$.a[?(@.b > 1)].b"), Some(json!([2])));
        assert_eq!(find("$.a[?(@.c)].c"), Some(json!(["x", 3])));
        assert_eq!(
            find("$.a[?(@.b == 1 || @.c == 3)]"),
            Some(json!([{"b": 1, "c": "x"}, {"c": 3}]))
        );
        for missing in ["$.x", "$.a[3].b", "$.n.x", "$.e[0]", "$.e[1:]", "$.e[0,1]"] {
            assert_eq!(find(missing), None, "{missing}");
        }
        // Only a definite path fails for what is missing on its way.
        for nothing in ["$.x[*]", "$.x.y[-1:]", "$.n[0:1]", "$.a[3].b[*]", "$.e.x[?(@.b)]"] {
            assert_eq!(find(nothing), Some(json!([])), "{nothing}");
        }
    }

    #[test]
    fn past_the_end_of_an_array() {
        let path = Path::parse("$.a[3]").expect("is a path");
        let find = |beyond| path.find(&json!({"a": [1]}), beyond);
        assert_eq!(find(Beyond::Null).ok(), Some(Value::Null));
        assert!(matches!(find(Beyond::Missing), Err(Stop::Failed(_))));
        assert!(matches!(find(Beyond::Unsure), Err(Stop::Unknown(_))));
    }
}
