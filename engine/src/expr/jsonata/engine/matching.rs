//! `$contains`, `$match`, `$replace` and `$split` with a literal regular expression.
//!
//! The library's own take time with the square of the text's length where there are many matches, and count
//! too few steps for it. These take the same matcher over the text once, and count what it does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jlens_core::{Bindings, Error, HostCall, HostFunction};
use regress::{Match, Regex};
use serde_json::{Value, json};

use crate::limits;

/// The field of the object that stands for a regular expression, and holds its index.
pub(super) const INDEX: &str = "stepclock_regex";
/// What the names of the replacements start with.
pub(super) const PREFIX: &str = "stepclock_";
/// Says that the library's own function must answer after all.
pub(super) const UNABLE: &str = "stepclock_unable";
/// Matches that count as much as the 1,024 steps after which the matcher reports.
const MATCHES_PER_STEP: u64 = 512;

/// A compiled regular expression.
pub(super) type Pattern = Arc<CompiledPattern>;

/// The expression and its text.
#[derive(Debug)]
pub(super) struct CompiledPattern {
    regex: Regex,
    text: String,
}

impl CompiledPattern {
    /// Compiles a pattern, if it is one.
    pub(super) fn compile(pattern: &str, flags: &str) -> Option<Pattern> {
        let regex = Regex::with_flags(pattern, flags).ok()?;
        Some(Arc::new(Self { regex, text: pattern.to_owned() }))
    }
}

/// The name that takes the place of a function's.
pub(super) fn replacement(name: &str) -> Option<&'static str> {
    Some(match name {
        "contains" => "stepclock_contains",
        "match" => "stepclock_match",
        "replace" => "stepclock_replace",
        "split" => "stepclock_split",
        _ => return None,
    })
}

/// Adds the functions for one evaluation, which may spend so many of the matcher's steps.
///
/// Their signatures are the library's, with the regular expression an object.
pub(super) fn add(bindings: Bindings, patterns: &[Pattern], steps: u64) -> Bindings {
    let patterns: Arc<[Pattern]> = patterns.into();
    let budget = Arc::new(AtomicU64::new(steps));
    let signed = |signature: &str, function: Function| {
        let (patterns, budget) = (Arc::clone(&patterns), Arc::clone(&budget));
        HostFunction::with_signature(signature, move |arguments, call| {
            let Some(Value::String(text)) = arguments.first().and_then(Option::as_ref) else {
                return Ok(None);
            };
            let index = arguments.get(1).and_then(Option::as_ref).map(|regex| &regex[INDEX]);
            let index = index.and_then(Value::as_u64).unwrap_or(u64::MAX);
            let pattern = usize::try_from(index).ok().and_then(|index| patterns.get(index));
            // An object written by hand where a regular expression should be.
            let pattern = pattern.ok_or_else(|| Error::new("T0410").with("index", 2))?;
            let search = Search { text, pattern, budget: &budget, last: Some(0), found: 0 };
            function(search, arguments, call)
        })
    };
    [
        ("stepclock_contains", "<s-o:b>", contains as Function),
        ("stepclock_match", "<s-on?:a<o>>", match_all),
        ("stepclock_replace", "<s-o(sf)n?:s>", replace),
        ("stepclock_split", "<s-on?:a<s>>", split),
    ]
    .into_iter()
    .fold(bindings, |bindings, (name, signature, function)| {
        match signed(signature, function) {
            Ok(function) => bindings.function(name, function.without_input()),
            Err(_) => bindings,
        }
    })
}

type Answer = Result<Option<Value>, Error>;
type Function = fn(Search<'_>, &[Option<Value>], &HostCall<'_>) -> Answer;

/// The matches of a text, one after another.
struct Search<'t> {
    text: &'t str,
    pattern: &'t CompiledPattern,
    budget: &'t AtomicU64,
    /// Where the next match may start; `None` after the last.
    last: Option<usize>,
    found: u64,
}

impl Search<'_> {
    /// The next match. One that is empty cannot be followed by another, as in jsonata-js.
    fn next(&mut self) -> Result<Option<Match>, Error> {
        let Some(from) = self.last else { return Ok(None) };
        if self.found > 0 && from >= self.text.len() {
            return Ok(None);
        }
        let spend = || {
            let spent = self
                .budget
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |steps| steps.checked_sub(1));
            spent.is_err()
        };
        let stopped = self.found % MATCHES_PER_STEP == MATCHES_PER_STEP - 1 && spend();
        let found = match self.pattern.regex.find_from_interruptible(self.text, from, spend) {
            Ok(found) if !stopped => found,
            _ => return Err(Error::new("U1006")),
        };
        if self.found > 0 && found.as_ref().is_some_and(|found| found.range.is_empty()) {
            return Err(Error::new("D1004").with("value", self.pattern.text.as_str()));
        }
        self.found += 1;
        self.last = found.as_ref().map(|found| found.range.end);
        Ok(found)
    }

    /// The text of each group. The library knows groups that took no part, JSON does not.
    fn groups(&self, found: &Match) -> Vec<Option<&str>> {
        found.captures.iter().map(|group| Some(&self.text[group.clone()?])).collect()
    }

    /// A match as jsonata-js gives it to functions, with `first` the name of its start.
    fn describe(&self, found: &Match, offset: usize, first: &str) -> Result<Value, Error> {
        let groups: Option<Vec<_>> = self.groups(found).into_iter().collect();
        let groups = groups.ok_or_else(|| Error::new(UNABLE))?;
        Ok(json!({ "match": &self.text[found.range.clone()], first: offset, "groups": groups }))
    }
}

/// Counts UTF-16 units up to ever later places of a text.
struct Offsets<'t> {
    text: &'t str,
    bytes: usize,
    units: usize,
}

impl Offsets<'_> {
    fn at(&mut self, byte: usize) -> usize {
        self.units += self.text[self.bytes..byte].encode_utf16().count();
        self.bytes = byte;
        self.units
    }
}

/// The optional limit at an index; a negative one is an error.
fn limit(arguments: &[Option<Value>], index: usize, code: &str) -> Result<f64, Error> {
    match arguments.get(index).and_then(Option::as_ref).and_then(Value::as_f64) {
        Some(limit) if limit < 0.0 => {
            Err(Error::new(code).with("value", limit).with("index", index + 1))
        }
        Some(limit) => Ok(limit),
        None => Ok(f64::INFINITY),
    }
}

fn contains(mut search: Search<'_>, _: &[Option<Value>], _: &HostCall<'_>) -> Answer {
    Ok(Some(search.next()?.is_some().into()))
}

fn match_all(mut search: Search<'_>, arguments: &[Option<Value>], _: &HostCall<'_>) -> Answer {
    let limit = limit(arguments, 2, "D3040")?;
    let mut offsets = Offsets { text: search.text, bytes: 0, units: 0 };
    let mut matches = Vec::new();
    while (matches.len() as f64) < limit
        && let Some(found) = search.next()?
    {
        matches.push(search.describe(&found, offsets.at(found.range.start), "index")?);
        if matches.len() > limits::JSONATA_VALUE_BYTES_MAX / 16 {
            return Err(Error::new("U1001"));
        }
    }
    // A sequence: one match stands for itself.
    Ok(match matches.len() {
        0 => None,
        1 => matches.pop(),
        _ => Some(Value::Array(matches)),
    })
}

fn split(mut search: Search<'_>, arguments: &[Option<Value>], _: &HostCall<'_>) -> Answer {
    let limit = limit(arguments, 2, "D3020")?;
    let mut parts: Vec<Value> = Vec::new();
    let mut start = 0;
    while (parts.len() as f64) < limit
        && let Some(found) = search.next()?
    {
        parts.push(search.text[start..found.range.start].into());
        start = found.range.end;
    }
    if (parts.len() as f64) < limit {
        parts.push(search.text[start..].into());
    }
    Ok(Some(Value::Array(parts)))
}

fn replace(mut search: Search<'_>, arguments: &[Option<Value>], call: &HostCall<'_>) -> Answer {
    let limit = limit(arguments, 3, "D3011")?;
    let function = call.function(2);
    let text = arguments.get(2).and_then(Option::as_ref).and_then(Value::as_str);
    let mut offsets = Offsets { text: search.text, bytes: 0, units: 0 };
    let mut result = String::new();
    let (mut position, mut count) = (0, 0.0);
    while count < limit
        && let Some(found) = search.next()?
    {
        result.push_str(&search.text[position..found.range.start]);
        match (&function, text) {
            (Some(function), _) => {
                let start = offsets.at(found.range.start);
                let mut argument = search.describe(&found, start, "start")?;
                argument["end"] = offsets.at(found.range.end).into();
                match function.call(&[Some(argument)])? {
                    Some(Value::String(text)) => result.push_str(&text),
                    other => {
                        let error = Error::new("D3012");
                        return Err(match other {
                            Some(value) => error.with("value", value),
                            None => error,
                        });
                    }
                }
            }
            (None, Some(text)) => {
                let whole = &search.text[found.range.clone()];
                substitute(text, whole, &search.groups(&found), &mut result);
            }
            (None, None) => return Err(Error::new("T0410").with("index", 3)),
        }
        if result.len() > limits::JSONATA_VALUE_BYTES_MAX {
            return Err(Error::new("U1001"));
        }
        position = found.range.end;
        count += 1.0;
    }
    result.push_str(&search.text[position..]);
    Ok(Some(result.into()))
}

/// Writes a replacement with `$0`, `$1`, … and `$$` filled in: a number takes as many digits as name a
/// group, as in jsonata-js.
fn substitute(replacement: &str, whole: &str, groups: &[Option<&str>], result: &mut String) {
    let mut rest = replacement;
    while let Some((before, after)) = rest.split_once('$') {
        result.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            result.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('0') {
            result.push_str(whole);
            rest = after;
        } else {
            let digits_max = groups.len().checked_ilog10().unwrap_or(0) as usize + 1;
            let number = |digits: usize| -> Option<usize> {
                let digits = rest.bytes().take(digits).take_while(u8::is_ascii_digit).count();
                rest[..digits].parse().ok()
            };
            let index = match number(digits_max) {
                Some(index) if digits_max > 1 && index > groups.len() => number(digits_max - 1),
                other => other,
            };
            let Some(index) = index else {
                result.push('$');
                continue;
            };
            if let Some(Some(group)) = index.checked_sub(1).and_then(|index| groups.get(index)) {
                result.push_str(group);
            }
            rest = &rest[index.to_string().len()..];
        }
    }
    result.push_str(rest);
}
