//! Known gaps: cases an engine is known to fail, and rules it is known to break, each with the reason.
//!
//! The list of cases is strict. A listed case still runs; when it passes, the list is wrong and the test run fails.
//! Rules are for random cases, which have no names that last: one that breaks nothing but listed rules is a known
//! gap. A few seeds may keep a listed rule by chance, so that is no failure.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The list of one engine.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownGaps {
    /// The gaps.
    #[serde(default)]
    pub gap: Vec<Gap>,
    /// The rules that random cases may break.
    #[serde(default)]
    pub rule: Vec<RuleGap>,
}

/// A rule an engine is known to break.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleGap {
    /// The oracle and its rule, such as `limits/payload`; `*` stands for anything.
    pub rule: String,
    /// Why the engine breaks it.
    pub reason: String,
}

/// One gap.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// The case's id; `*` stands for anything.
    pub case: String,
    /// Why the engine fails it.
    pub reason: String,
}

/// Why a list could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the known gaps in {path}: {message}")]
pub struct GapsError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub message: String,
}

impl KnownGaps {
    /// Reads a list from a file.
    ///
    /// # Errors
    /// When it cannot be read or is not a list.
    pub fn read(path: &Path) -> Result<Self, GapsError> {
        let wrong = |message| GapsError { path: path.to_owned(), message };
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        Self::parse(&text).map_err(|error| wrong(error.to_string()))
    }

    /// The file of the list that this project keeps of an engine, if it keeps one.
    #[must_use]
    pub fn file_of(engine: &str) -> Option<PathBuf> {
        let lists = Path::new(env!("CARGO_MANIFEST_DIR")).join("known_gaps");
        Some(lists.join(format!("{engine}.toml"))).filter(|file| file.is_file())
    }

    /// Reads a list.
    ///
    /// # Errors
    /// What is wrong with the text, and where.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The gap a case is in.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Gap> {
        self.gap.iter().find(|gap| gap.names(id))
    }

    /// Whether the engine is known to break a rule, in the form of [`Violation::kind`].
    ///
    /// [`Violation::kind`]: crate::oracle::Violation::kind
    #[must_use]
    pub fn has_rule(&self, kind: &str) -> bool {
        self.rule.iter().any(|gap| matches(&gap.rule, kind))
    }
}

impl Gap {
    /// Whether a case is in it.
    #[must_use]
    pub fn names(&self, id: &str) -> bool {
        matches(&self.case, id)
    }
}

fn matches(pattern: &str, id: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == id,
        Some((head, tail)) => id.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len()).any(|at| rest.is_char_boundary(at) && matches(tail, &rest[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        assert!(matches("a/*.x", "a/b.c.x"));
        assert!(matches("a", "a"));
        assert!(!matches("a/*", "b/a"));
    }

    #[test]
    fn lists_name_cases_and_rules() {
        let text =
            "[[gap]]\ncase = 'a/b'\nreason = 'r'\n[[rule]]\nrule = 'limits/*'\nreason = 'r'\n";
        let gaps = KnownGaps::parse(text).expect("is a list");
        assert!(gaps.find("a/b").is_some());
        assert!(gaps.has_rule("limits/payload") && !gaps.has_rule("retry/retried"));
    }
}
