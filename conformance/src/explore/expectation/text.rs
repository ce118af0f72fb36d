//! Expectations in words.

use std::fmt;

use super::{Expectation, Rule, Whenever};

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => f.write_str(name),
            None => self.rule.fmt(f),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverFailsExcept(errors) if errors.is_empty() => f.write_str("never fails"),
            Self::NeverFailsExcept(errors) => {
                write!(f, "never fails except with {}", list(errors, "or"))
            }
            Self::Within { text, .. } => write!(f, "ends within {text}"),
            Self::AlwaysVisits(states) => write!(f, "always visits {}", list(states, "and")),
            Self::NeverVisits(states) => write!(f, "never visits {}", list(states, "or")),
            Self::OutputMatches(wanted) => write!(f, "the output has {wanted}"),
            Self::AtMost { state, times: 1 } => write!(f, "does {state} at most once"),
            Self::AtMost { state, times } => write!(f, "does {state} at most {times} times"),
            Self::Whenever(whenever) => whenever.fmt(f),
        }
    }
}

impl fmt::Display for Whenever {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut conditions = Vec::new();
        for (states, what) in [
            (&self.succeeded, "succeeded"),
            (&self.failed, "failed"),
            (&self.visited, "was visited"),
        ] {
            conditions.extend(states.iter().map(|state| format!("{state} {what}")));
        }
        conditions.extend(self.ends.iter().map(|status| format!("it ends {status}")));
        conditions.extend(self.error.iter().map(|error| format!("it ends with {error}")));
        let mut consequences: Vec<String> =
            self.then.iter().map(|state| format!("{state} runs")).collect();
        consequences.extend(self.then_not.iter().map(|state| format!("{state} does not run")));
        consequences.extend(self.then_ends.iter().map(|status| format!("it ends {status}")));
        write!(f, "whenever {}, {}", conditions.join(" and "), consequences.join(" and "))
    }
}

/// `a, b and c`.
pub(super) fn list(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [words @ .., word] => format!("{} {last} {word}", words.join(", ")),
    }
}
