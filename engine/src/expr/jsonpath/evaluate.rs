//! From a path and a value to what the path finds.

use std::borrow::Cow;
use std::cell::Cell;

use serde_json::{Map, Value};

use super::fault::{Fault, Library, class, not_an_array, not_an_object, printed};
use super::{JsonPath, Segment, function};
use crate::limits;

/// Stands for what lies past the end of an array; see [`Library::Nodes`].
static NULL: Value = Value::Null;

/// One evaluation: the document filters can look at, and what is left of the work it may cause.
pub(super) struct Evaluation<'a> {
    /// What `$` means in a filter.
    pub(super) document: &'a Value,
    library: Library,
    values_left: Cell<usize>,
    comparisons_left: Cell<usize>,
}

/// Bytes of text that cost as much as one value.
const BYTES_PER_VALUE: usize = 64;

/// What a path finds below a root.
pub(super) fn evaluate<'a>(
    path: &JsonPath,
    root: &'a Value,
    library: Library,
) -> Result<Cow<'a, Value>, Fault> {
    let evaluation = Evaluation::new(root, library);
    let found = if path.is_definite() {
        evaluation.definite(&path.0.segments, root)
    } else {
        evaluation.indefinite(&path.0.segments, root)
    }?;
    match &path.0.function {
        None => Ok(found),
        Some(call) => function::call(call, &found, &evaluation).map(Cow::Owned),
    }
}

/// Whether a path names at most one place.
pub(super) fn is_definite(segments: &[Segment]) -> bool {
    let last = segments.len().saturating_sub(1);
    segments.iter().enumerate().all(|(at, segment)| match segment {
        Segment::Name(_) | Segment::Index(_) => true,
        // Several names at the end give one object.
        Segment::Names(_) => at == last,
        _ => false,
    })
}

impl<'a> Evaluation<'a> {
    fn new(document: &'a Value, library: Library) -> Self {
        Self {
            document,
            library,
            values_left: Cell::new(limits::JSONPATH_VALUES_MAX),
            comparisons_left: Cell::new(limits::JSONPATH_COMPARISONS_MAX),
        }
    }

    /// Pays for values an evaluation goes through; false when the budget is used up.
    fn pay(&self, values: usize) -> bool {
        let left = self.values_left.get();
        self.values_left.set(left.saturating_sub(values));
        left > values
    }

    /// Pays for copying values with all that is in them; false when the budget is used up.
    pub(super) fn pay_for_copies<'v>(&self, values: impl IntoIterator<Item = &'v Value>) -> bool {
        let left = self.values_left.get();
        let mut sum = 0;
        for value in values {
            sum += weight(value, left.saturating_sub(sum));
            if sum >= left {
                break;
            }
        }
        self.pay(sum)
    }

    /// Pays for comparing a value, or all of a text, this many times; false when the budget is used up. The
    /// evaluation as a whole then fails.
    pub(super) fn pay_for_comparisons(&self, value: &Value, times: usize) -> bool {
        let left = self.comparisons_left.get();
        let price = weight(value, left).saturating_mul(times.max(1));
        self.comparisons_left.set(left.saturating_sub(price));
        if left <= price {
            self.values_left.set(0);
        }
        left > price
    }

    /// Copies what a path found into an array.
    pub(super) fn copied(&self, found: Vec<&Value>) -> Result<Value, Fault> {
        if !self.pay_for_copies(found.iter().copied()) {
            return Err(Fault::TooMuch);
        }
        Ok(found.into_iter().cloned().collect())
    }

    /// The single value of a path of names and indexes.
    pub(super) fn definite(
        &self,
        segments: &[Segment],
        root: &'a Value,
    ) -> Result<Cow<'a, Value>, Fault> {
        let nothing = || Fault::NotFound(format!("No results for path: {}", printed(segments)));
        let mut value = root;
        for (at, segment) in segments.iter().enumerate() {
            let here = || printed(&segments[..at]);
            match (segment, value) {
                (Segment::Name(name), Value::Object(map)) => match map.get(&**name) {
                    Some(found) => value = found,
                    None if at + 1 == segments.len() => return Err(nothing()),
                    None => {
                        let text = format!("Missing property in path {}{segment}", here());
                        return Err(Fault::NotFound(text));
                    }
                },
                (Segment::Index(index), Value::Array(items)) => {
                    value = match (at_index(items, *index), self.library) {
                        (Some(found), _) => found,
                        (None, Library::Nodes) => &NULL,
                        (None, Library::Maps) => return Err(nothing()),
                    };
                }
                (Segment::Names(names), Value::Object(map)) => {
                    return Ok(Cow::Owned(Value::Object(merge(map, names))));
                }
                _ => return Err(self.does_not_fit(segments, at, value)),
            }
        }
        Ok(Cow::Borrowed(value))
    }

    /// The array of a path that may find several values.
    ///
    /// What is missing on the way makes it empty; a step that needs an array and meets something else is an
    /// error all the same (recordings of `json_path_array_wildcard_or_slice_with_no_input`).
    ///
    /// Several names at the end give one object for each that is found, with those of the names it has, as
    /// Jayway does at the end of a path.
    fn indefinite(&self, segments: &[Segment], root: &'a Value) -> Result<Cow<'a, Value>, Fault> {
        let (segments, names) = match segments.split_last() {
            Some((Segment::Names(names), before)) => (before, Some(names)),
            _ => (segments, None),
        };
        // Below `..` Jayway asks for all of the names.
        let all = matches!(segments.last(), Some(Segment::Descend));
        match (self.find_all(segments, root), names) {
            (Ok(found), None) => self.copied(found).map(Cow::Owned),
            (Ok(found), Some(names)) => {
                let has_all =
                    |map: &Map<String, Value>| names.iter().all(|n| map.contains_key(&**n));
                let objects = found.into_iter().filter_map(Value::as_object);
                let objects: Vec<_> = objects.filter(|map| !all || has_all(map)).collect();
                let members =
                    objects.iter().flat_map(|map| names.iter().filter_map(|n| map.get(&**n)));
                if !self.pay_for_copies(members) {
                    return Err(Fault::TooMuch);
                }
                let merged = objects.into_iter().map(|map| Value::Object(merge(map, names)));
                Ok(Cow::Owned(merged.collect()))
            }
            (Err(Fault::NotFound(_)), _) => Ok(Cow::Owned(Value::Array(Vec::new()))),
            (Err(fault), _) => Err(fault),
        }
    }

    /// What a path finds that may find several values, in the order of the document.
    ///
    /// A step that does not fit what it meets finds nothing, unless everything before it was definite: then
    /// the path is wrong about the data.
    pub(super) fn find_all(
        &self,
        segments: &[Segment],
        root: &'a Value,
    ) -> Result<Vec<&'a Value>, Fault> {
        let mut found = vec![root];
        let mut definite_so_far = true;
        for (at, segment) in segments.iter().enumerate() {
            let mut next = Vec::new();
            for value in found {
                let fits = match segment {
                    Segment::Descend => self.descend(value, &mut next),
                    _ => self.step(segment, value, &mut next),
                };
                if definite_so_far && !fits {
                    return Err(self.does_not_fit(segments, at, value));
                }
                if !self.pay(0) {
                    return Err(Fault::TooMuch);
                }
            }
            definite_so_far &= matches!(segment, Segment::Name(_) | Segment::Index(_));
            found = next;
        }
        Ok(found)
    }

    /// The value and everything below it, in the order of the text.
    fn descend(&self, value: &'a Value, found: &mut Vec<&'a Value>) -> bool {
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            if !self.pay(1) {
                break;
            }
            found.push(value);
            match value {
                Value::Array(items) => open.extend(items.iter().rev()),
                Value::Object(map) => open.extend(map.values().rev()),
                _ => {}
            }
        }
        true
    }

    /// Applies one segment to one value; false when it does not fit the value.
    fn step(&self, segment: &Segment, value: &'a Value, found: &mut Vec<&'a Value>) -> bool {
        let before = found.len();
        let fits = match (segment, value) {
            (Segment::Name(name), Value::Object(map)) => {
                let member = map.get(&**name);
                found.extend(member);
                member.is_some()
            }
            (Segment::Names(names), Value::Object(map)) => {
                found.extend(names.iter().filter_map(|name| map.get(&**name)));
                true
            }
            (Segment::Index(index), Value::Array(items)) => {
                found.extend(at_index(items, *index));
                true
            }
            (Segment::Indexes(indexes), Value::Array(items)) => {
                found.extend(indexes.iter().filter_map(|index| at_index(items, *index)));
                true
            }
            (Segment::Slice(start, end), Value::Array(items)) => {
                found.extend(slice(items, *start, *end));
                true
            }
            (Segment::Wildcard, Value::Array(items)) => {
                found.extend(items);
                true
            }
            (Segment::Wildcard, Value::Object(map)) => {
                found.extend(map.values());
                true
            }
            // A wildcard on anything else finds nothing, without an error.
            (Segment::Wildcard, _) => true,
            (Segment::Filter(filter), Value::Array(items)) => {
                let accepted = items.iter().take_while(|_| self.pay(1));
                found.extend(accepted.filter(|item| filter.accepts(item, self)));
                true
            }
            // A filter on an object asks about the object itself.
            (Segment::Filter(filter), Value::Object(_)) => {
                if filter.accepts(value, self) {
                    found.push(value);
                }
                true
            }
            _ => false,
        };
        self.pay(1 + found.len() - before);
        fits
    }

    fn does_not_fit(&self, segments: &[Segment], at: usize, value: &Value) -> Fault {
        let here = printed(&segments[..at]);
        let segment = &segments[at];
        match segment {
            Segment::Name(_) | Segment::Names(_) if value.is_object() => {
                Fault::NotFound(format!("Missing property in path {here}{segment}"))
            }
            Segment::Name(_) | Segment::Names(_) => {
                let class = class(value, self.library);
                Fault::NotFound(not_an_object(segment, &here, class, self.library))
            }
            // Jayway prints the rest of the path.
            _ => not_an_array(&segments[at..], &here, value, self.library),
        }
    }
}

/// The members with these names, in the order of the names.
fn merge(map: &Map<String, Value>, names: &[Box<str>]) -> Map<String, Value> {
    let member = |name: &str| Some((name.to_owned(), map.get(name)?.clone()));
    names.iter().filter_map(|name| member(name)).collect()
}

/// How much a value holds, texts by their length; no more than is needed to know that it is too much.
fn weight(value: &Value, enough: usize) -> usize {
    let mut sum = 1;
    match value {
        Value::String(text) => sum += text.len() / BYTES_PER_VALUE,
        Value::Array(items) => {
            for item in items {
                if sum >= enough {
                    break;
                }
                sum += weight(item, enough - sum);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                if sum >= enough {
                    break;
                }
                sum += key.len() / BYTES_PER_VALUE + weight(item, enough - sum);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    sum
}

fn at_index(items: &[Value], index: i64) -> Option<&Value> {
    let index = if index < 0 { index + i64::try_from(items.len()).ok()? } else { index };
    items.get(usize::try_from(index).ok()?)
}

fn slice(items: &[Value], start: Option<i64>, end: Option<i64>) -> &[Value] {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let bound = |bound: i64| if bound < 0 { bound.saturating_add(length) } else { bound };
    let start = bound(start.unwrap_or(0)).clamp(0, length) as usize;
    let end = bound(end.unwrap_or(length)).clamp(0, length) as usize;
    items.get(start..end).unwrap_or_default()
}
