//! The endpoint's time: the wall's, or one that Stepclock's server moves when told.

use std::time::Duration;

use serde_json::{Value, json};
use stepclock_engine::data::Timestamp;

use super::client::Client;
use super::wall;

/// How long to wait between two looks at an execution that runs in real time.
const PAUSE: Duration = Duration::from_millis(50);

/// How the endpoint's time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    /// As on the wall.
    Real,
    /// It moves when told.
    Simulated,
}

impl Clock {
    /// The clock of an endpoint.
    pub(super) fn of(client: &Client) -> Self {
        let state = client.control("clock", None);
        match state.is_some_and(|state| state["simulated"] == true) {
            true => Self::Simulated,
            false => Self::Real,
        }
    }

    /// Lets simulated time stand still, or go on by itself.
    pub(super) fn freeze(self, client: &Client, freeze: bool) {
        if self == Self::Simulated {
            let path = if freeze { "clock/freeze" } else { "clock/resume" };
            client.control(path, Some(&json!({})));
        }
    }

    /// Now, once everything that is due now has happened.
    pub(super) fn settle(self, client: &Client) -> Timestamp {
        match self {
            Self::Real => wall::now(),
            Self::Simulated => {
                let state = client.control("clock/advance", Some(&json!({"seconds": 0})));
                moment(state.as_ref(), "now").unwrap_or_else(wall::now)
            }
        }
    }

    /// Lets time pass until something is due, but not past `until`. False when nothing ever will be.
    pub(super) fn pass(self, client: &Client, until: Option<Timestamp>) -> bool {
        match self {
            Self::Real => {
                let left = until.map(|until| until.as_millis() - wall::now().as_millis());
                let left = left.map(|left| Duration::from_millis(left.try_into().unwrap_or(0)));
                wall::pause(left.map_or(PAUSE, |left| left.min(PAUSE)));
                true
            }
            Self::Simulated => {
                let due = moment(client.control("clock", None).as_ref(), "nextDue");
                let Some(next) = due.into_iter().chain(until).min() else { return false };
                self.advance_to(client, next)
            }
        }
    }

    /// Lets time pass until a moment.
    pub(super) fn wait_until(self, client: &Client, moment: Timestamp) {
        match self {
            Self::Real => {
                let left = moment.as_millis() - wall::now().as_millis();
                wall::pause(Duration::from_millis(left.try_into().unwrap_or(0)));
            }
            Self::Simulated => {
                self.advance_to(client, moment);
            }
        }
    }

    /// Whether somebody could take or answer a task now, as far as the endpoint tells.
    pub(super) fn has_tasks(self, client: &Client) -> bool {
        match self {
            Self::Real => true,
            Self::Simulated => {
                client.control("clock", None).is_none_or(|state| state["tasksInHand"] != 0)
            }
        }
    }

    /// Moves simulated time to a moment. False when it cannot be moved.
    pub(super) fn advance_to(self, client: &Client, moment: Timestamp) -> bool {
        let to = json!({"to": moment.to_string()});
        self == Self::Simulated && client.control("clock/advance", Some(&to)).is_some()
    }
}

fn moment(state: Option<&Value>, member: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(state?.get(member)?.as_str()?).ok()
}
