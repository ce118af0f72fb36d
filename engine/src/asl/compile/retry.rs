//! `Retry` and `Catch`.

use std::sync::Arc;

use super::context::{Compiler, Scope};
use super::cursor::At;
use super::fields::{Fields, In};
use super::jsonata_check::Offers;
use crate::asl::{Catcher, QueryLanguage, ResultPath, Retrier};
use crate::limits;

/// The name that matches every error.
const ALL: &str = "States.ALL";

const RETRIER: &Fields = &[
    ("ErrorEquals", In::Both),
    ("IntervalSeconds", In::Both),
    ("MaxAttempts", In::Both),
    ("BackoffRate", In::Both),
    ("MaxDelaySeconds", In::Both),
    ("JitterStrategy", In::Both),
    ("Comment", In::Both),
];

const CATCHER: &Fields = &[
    ("ErrorEquals", In::Both),
    ("Next", In::Both),
    ("ResultPath", In::Path),
    ("Output", In::Jsonata),
    ("Assign", In::Both),
    ("Comment", In::Both),
];

impl Compiler {
    /// `Retry` of a state.
    pub(super) fn retry(&mut self, at: &At<'_>) -> Option<Vec<Retrier>> {
        let Some(at) = at.get("Retry") else { return Some(Vec::new()) };
        let count = self.array(&at, false)?;
        let retriers: Vec<_> = at
            .elements()
            .enumerate()
            .map(|(index, retrier)| self.retrier(&retrier, index + 1 == count))
            .collect();
        retriers.into_iter().collect()
    }

    fn retrier(&mut self, at: &At<'_>, last: bool) -> Option<Retrier> {
        self.object(at)?;
        self.check_fields(at, &[RETRIER], None);
        self.require(at, &["ErrorEquals"]);
        let error_equals = self.error_equals(at, last);
        let mut whole = true;
        let mut integer = |field, bounds: (i64, u64), default| match at.get(field) {
            None => default,
            Some(value) => {
                let number = self.integer(&value, bounds.0, bounds.1);
                whole &= number.is_some();
                number.or(default)
            }
        };
        let interval_seconds = integer("IntervalSeconds", (0, limits::SECONDS_MAX), Some(1))?;
        let max_attempts = integer("MaxAttempts", (0, limits::SECONDS_MAX), Some(3))?;
        let max_delay_seconds =
            integer("MaxDelaySeconds", (1, limits::MAX_DELAY_SECONDS_MAX), None);
        let backoff_rate = match at.get("BackoffRate") {
            Some(value) => self.number(&value, 1.0, f64::MAX)?,
            None => 2.0,
        };
        let full_jitter = match at.get("JitterStrategy") {
            Some(value) => self.one_of(&value, &["NONE", "FULL"])? == "FULL",
            None => false,
        };
        self.comment(at);
        whole.then_some(())?;
        Some(Retrier {
            error_equals: error_equals?,
            interval_seconds,
            max_attempts,
            backoff_rate,
            max_delay_seconds,
            full_jitter,
        })
    }

    fn error_equals(&mut self, at: &At<'_>, last: bool) -> Option<Vec<Arc<str>>> {
        let at = at.get("ErrorEquals")?;
        let count = self.array(&at, true)?;
        let mut names = Vec::with_capacity(count);
        let mut whole = true;
        for name in at.elements() {
            let Some(text) = self.string(&name) else {
                whole = false;
                continue;
            };
            if text == ALL && !(last && count == 1) {
                self.schema(&name, "States.ALL must appear alone and at end of list");
                whole = false;
            }
            names.push(text.into());
        }
        whole.then_some(names)
    }

    /// `Catch` of a state.
    pub(super) fn catch(&mut self, at: &At<'_>, scope: &Scope<'_>) -> Option<Vec<Catcher>> {
        let Some(at) = at.get("Catch") else { return Some(Vec::new()) };
        let count = self.array(&at, false)?;
        let catchers: Vec<_> = at
            .elements()
            .enumerate()
            .map(|(index, catcher)| self.catcher(&catcher, scope, index + 1 == count))
            .collect();
        catchers.into_iter().collect()
    }

    fn catcher(&mut self, at: &At<'_>, scope: &Scope<'_>, last: bool) -> Option<Catcher> {
        self.object(at)?;
        self.check_fields(at, &[CATCHER], Some(scope.language));
        self.require(at, &["ErrorEquals", "Next"]);
        let error_equals = self.error_equals(at, last);
        let next = at.get("Next").and_then(|next| self.target(&next, scope));
        let path = scope.language == QueryLanguage::JsonPath;
        let result_path = match at.get("ResultPath") {
            Some(value) if path => self.result_path(&value),
            _ => Some(ResultPath::Replace),
        };
        let output = match at.get("Output") {
            Some(value) if !path => Some(self.template(&value, scope, Offers::Error)?),
            _ => None,
        };
        let assign = match at.get("Assign") {
            Some(value) => Some(self.assign(&value, scope, Offers::Error)?),
            None => None,
        };
        self.comment(at);
        Some(Catcher {
            error_equals: error_equals?,
            next: next?,
            result_path: result_path?,
            output,
            assign,
        })
    }
}
