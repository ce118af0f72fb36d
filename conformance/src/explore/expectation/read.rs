//! Reading a file of expectations; what is wrong with it is told with its line.

use jiff::{Span, SpanRelativeTo};
use serde_json::Value;
use stepclock_engine::asl::{Located, yaml_with_lines};

use super::{Expectation, Expectations, Rule, Whenever};
use crate::case::Machine;

/// Why a text states no expectations.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct ExpectationError {
    /// The line, from 1.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

const RULES: [&str; 8] = [
    "never_fails_except",
    "always_succeeds",
    "within",
    "always_visits",
    "never_visits",
    "whenever",
    "output_matches",
    "at_most",
];
const WHENEVER: [&str; 8] =
    ["succeeded", "failed", "visited", "ends", "error", "then", "then_not", "then_ends"];
const STATUSES: [&str; 4] = ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];

impl Expectations {
    /// Reads expectations of a machine, in YAML or JSON.
    ///
    /// # Errors
    /// What is wrong, and on which line.
    pub fn parse(text: &str, machine: &Machine<'_>) -> Result<Self, ExpectationError> {
        let located =
            yaml_with_lines(text).map_err(|message| ExpectationError { line: None, message })?;
        let reader = Reader { located: &located, machine };
        reader.keys("", &located.value, &["expect"])?;
        let Some(Value::Array(list)) = located.value.get("expect") else {
            return Err(reader.error("/expect", "`expect` must be a list of expectations"));
        };
        let one = |(index, value)| reader.expectation(&format!("/expect/{index}"), value);
        let list = list.iter().enumerate().map(one).collect::<Result<_, _>>()?;
        Ok(Self { list })
    }
}

struct Reader<'a> {
    located: &'a Located,
    machine: &'a Machine<'a>,
}

type Read<T> = Result<T, ExpectationError>;

impl Reader<'_> {
    fn error(&self, pointer: &str, message: impl Into<String>) -> ExpectationError {
        // The nearest part around it that has a line.
        let mut at = pointer;
        let line = loop {
            if let Some(line) = self.located.lines.get(at) {
                break Some(*line);
            }
            match at.rfind('/') {
                Some(cut) => at = &at[..cut],
                None => break None,
            }
        };
        ExpectationError { line, message: message.into() }
    }

    /// Refuses keys that mean nothing.
    fn keys(&self, pointer: &str, value: &Value, known: &[&str]) -> Read<()> {
        let Value::Object(map) = value else {
            return Err(self.error(pointer, format!("expected an object with {}", names(known))));
        };
        match map.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => {
                let help = nearest(key, known.iter().copied()).map_or_else(
                    || format!("known are {}", names(known)),
                    |near| format!("did you mean `{near}`?"),
                );
                Err(self.error(&format!("{pointer}/{key}"), format!("unknown key `{key}`: {help}")))
            }
        }
    }

    fn expectation(&self, pointer: &str, value: &Value) -> Read<Expectation> {
        self.keys(pointer, value, &[&RULES[..], &["name"]].concat())?;
        let name = match value.get("name") {
            None => None,
            Some(name) => Some(self.text(&format!("{pointer}/name"), name)?),
        };
        let given: Vec<&str> =
            RULES.iter().copied().filter(|rule| value.get(rule).is_some()).collect();
        let [rule] = given.as_slice() else {
            return Err(
                self.error(pointer, format!("an expectation has exactly one of {}", names(&RULES)))
            );
        };
        let pointer = format!("{pointer}/{rule}");
        let rule = self.rule(&pointer, rule, &value[*rule])?;
        Ok(Expectation { name, rule })
    }

    fn rule(&self, pointer: &str, rule: &str, value: &Value) -> Read<Rule> {
        Ok(match rule {
            "never_fails_except" => Rule::NeverFailsExcept(self.texts(pointer, value)?),
            "always_succeeds" if *value == Value::Bool(true) => Rule::NeverFailsExcept(Vec::new()),
            "always_succeeds" => return Err(self.error(pointer, "`always_succeeds` is `true`")),
            "within" => {
                let (limit_ms, text) = self.duration(pointer, value)?;
                Rule::Within { limit_ms, text }
            }
            "always_visits" => Rule::AlwaysVisits(self.states(pointer, value)?),
            "never_visits" => Rule::NeverVisits(self.states(pointer, value)?),
            "whenever" => Rule::Whenever(self.whenever(pointer, value)?),
            "output_matches" => Rule::OutputMatches(value.clone()),
            _ => {
                self.keys(pointer, value, &["state", "times"])?;
                let state = value.get("state").unwrap_or(&Value::Null);
                let times = value.get("times").and_then(Value::as_u64).ok_or_else(|| {
                    self.error(&format!("{pointer}/times"), "`times` must be a whole number")
                })?;
                Rule::AtMost { state: self.state(&format!("{pointer}/state"), state)?, times }
            }
        })
    }

    fn whenever(&self, pointer: &str, value: &Value) -> Read<Whenever> {
        self.keys(pointer, value, &WHENEVER)?;
        let at = |key: &str| format!("{pointer}/{key}");
        let states = |key: &str| match value.get(key) {
            None => Ok(Vec::new()),
            Some(value) => self.states(&at(key), value),
        };
        let status = |key: &str| match value.get(key) {
            None => Ok(None),
            Some(value) => self.status(&at(key), value).map(Some),
        };
        let whenever = Whenever {
            succeeded: states("succeeded")?,
            failed: states("failed")?,
            visited: states("visited")?,
            ends: status("ends")?,
            error: value.get("error").map(|error| self.text(&at("error"), error)).transpose()?,
            then: states("then")?,
            then_not: states("then_not")?,
            then_ends: status("then_ends")?,
        };
        if WHENEVER[..5].iter().all(|key| value.get(key).is_none()) {
            let message = format!("`whenever` needs a condition: {}", names(&WHENEVER[..5]));
            return Err(self.error(pointer, message));
        }
        if WHENEVER[5..].iter().all(|key| value.get(key).is_none()) {
            let message = format!("`whenever` needs a consequence: {}", names(&WHENEVER[5..]));
            return Err(self.error(pointer, message));
        }
        Ok(whenever)
    }

    fn status(&self, pointer: &str, value: &Value) -> Read<String> {
        let status = self.text(pointer, value)?;
        match STATUSES.contains(&status.as_str()) {
            true => Ok(status),
            false => Err(self.error(pointer, format!("a status is one of {}", names(&STATUSES)))),
        }
    }

    fn text(&self, pointer: &str, value: &Value) -> Read<String> {
        let text = value.as_str().map(str::to_owned);
        text.ok_or_else(|| self.error(pointer, format!("expected a text, not {value}")))
    }

    /// A text, or a list of them.
    fn texts(&self, pointer: &str, value: &Value) -> Read<Vec<String>> {
        match value {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| self.text(&format!("{pointer}/{index}"), item))
                .collect(),
            one => Ok(vec![self.text(pointer, one)?]),
        }
    }

    fn state(&self, pointer: &str, value: &Value) -> Read<String> {
        let name = self.text(pointer, value)?;
        if self.machine.state(&name).is_some() {
            return Ok(name);
        }
        let near = nearest(&name, self.machine.states().map(|state| state.name));
        let help = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
        Err(self.error(pointer, format!("the definition has no state `{name}`{help}")))
    }

    fn states(&self, pointer: &str, value: &Value) -> Read<Vec<String>> {
        let names = self.texts(pointer, value)?;
        for (index, name) in names.iter().enumerate() {
            let pointer = match value {
                Value::Array(_) => format!("{pointer}/{index}"),
                _ => pointer.to_owned(),
            };
            self.state(&pointer, &Value::from(name.as_str()))?;
        }
        Ok(names)
    }

    /// A duration such as `24h`, `90 min`, `1d 12h`, or a number of seconds.
    fn duration(&self, pointer: &str, value: &Value) -> Read<(i64, String)> {
        let wrong = || {
            self.error(
                pointer,
                format!("{value} is no duration: write `24h`, `1h 30m`, or seconds"),
            )
        };
        if let Some(seconds) = value.as_f64().filter(|seconds| (0.0..1e12).contains(seconds)) {
            return Ok(((seconds * 1_000.0).round() as i64, format!("{seconds} s")));
        }
        let text = value.as_str().ok_or_else(wrong)?;
        let span: Span = text.parse().map_err(|_| wrong())?;
        let duration =
            span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
        let millis = i64::try_from(duration.as_millis()).map_err(|_| wrong())?;
        if millis < 0 {
            return Err(wrong());
        }
        Ok((millis, text.to_owned()))
    }
}

fn names(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The known name that a mistyped one is closest to.
fn nearest<'n>(wrong: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let limit = (wrong.chars().count() / 3).max(1);
    known
        .map(|name| {
            (strsim::damerau_levenshtein(&wrong.to_lowercase(), &name.to_lowercase()), name)
        })
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}
