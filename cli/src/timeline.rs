//! A history for eyes: simulated time, states indented by branch, retries with their delays, errors.

use std::collections::BTreeMap;
use std::sync::Arc;

use stepclock_engine::history::{EventDetails, Failure, HistoryEvent, StateType};

use crate::style::Palette;

/// Characters of a payload that are shown.
const PAYLOAD_CHARS_MAX: usize = 72;

/// One line for each event worth a look.
pub(crate) fn timeline(events: &[HistoryEvent], palette: Palette) -> String {
    let mut timeline = Timeline {
        palette,
        depths: BTreeMap::new(),
        entered: BTreeMap::new(),
        failed: BTreeMap::new(),
        containers: BTreeMap::new(),
        out: String::new(),
    };
    let start = events.first().map_or(0, |event| event.timestamp.as_millis());
    for event in events {
        timeline.event(event, event.timestamp.as_millis() - start);
    }
    timeline.out
}

struct Timeline {
    palette: Palette,
    /// How deep the chain of each event is inside Maps and Parallels.
    depths: BTreeMap<u64, usize>,
    /// How deep each state was entered, and whether it is a Map or Parallel; names are unique in a definition.
    entered: BTreeMap<Arc<str>, (usize, bool)>,
    /// When an event failed an attempt, to show the delay before the next.
    failed: BTreeMap<u64, i64>,
    /// How deep a Map or Parallel is, by what is about it and not about something inside: that it was entered,
    /// that its own fields or its Map Run failed.
    containers: BTreeMap<u64, usize>,
    out: String,
}

impl Timeline {
    fn event(&mut self, event: &HistoryEvent, at: i64) {
        use EventDetails as E;
        let before = self.depths.get(&event.previous_event_id).copied().unwrap_or(0);
        let depth = match &event.details {
            E::ParallelStateStarted => self.container(event.previous_event_id, before) + 1,
            E::MapStateStarted { .. } | E::ParallelStateFailed | E::MapStateFailed => {
                self.container(event.previous_event_id, before)
            }
            // The first iterations follow from MapStateStarted, later ones from inside another iteration.
            E::MapIterationStarted { name, .. } => {
                self.entered.get(name).map_or(0, |(depth, _)| depth + 1)
            }
            // A Parallel or Map is left where it was entered, whatever it follows from.
            E::StateExited { name, .. } => {
                self.entered.get(name).map_or(before, |(depth, _)| *depth)
            }
            _ => before,
        };
        self.depths.insert(event.id, depth);
        match &event.details {
            E::StateEntered { state_type, name, .. } => {
                let is_container = matches!(state_type, StateType::Parallel | StateType::Map);
                self.entered.insert(name.clone(), (depth, is_container));
                self.containers.extend(is_container.then_some((event.id, depth)));
            }
            E::EvaluationFailed { state, .. } => {
                let entered = self.entered.get(state).filter(|(_, is_container)| *is_container);
                self.containers.extend(entered.map(|(depth, _)| (event.id, *depth)));
            }
            E::MapRunFailed(_) => _ = self.containers.insert(event.id, depth),
            _ => {}
        }
        let palette = self.palette;
        let shown = match &event.details {
            E::ExecutionStarted { input, .. } => {
                format!("{} {}", palette.bold("started"), palette.dim(&brief(input.text())))
            }
            E::StateEntered { state_type, name, .. } => {
                format!("{} {}", palette.bold(name), palette.dim(&format!("{state_type:?}")))
            }
            E::StateExited { name, output, .. } => {
                format!(
                    "{} {}",
                    palette.dim(&format!("{name} →")),
                    palette.dim(&brief(output.text()))
                )
            }
            E::TaskScheduled(details) => {
                let what =
                    format!("{}:{}", details.resource.resource_type, details.resource.resource);
                self.scheduled(event, at, &what)
            }
            E::LambdaFunctionScheduled(details) | E::ActivityScheduled(details) => {
                self.scheduled(event, at, &details.resource)
            }
            E::ParallelStateStarted if self.failed.contains_key(&event.previous_event_id) => {
                self.scheduled(event, at, "all branches again")
            }
            E::MapStateStarted { length } => {
                let again = self.failed.contains_key(&event.previous_event_id);
                let text = format!("{length} items");
                if again { self.scheduled(event, at, &text) } else { palette.dim(&text) }
            }
            E::MapIterationStarted { name, index } => palette.dim(&format!("{name} [{index}]")),
            E::MapRunStarted { map_run_arn } => palette.dim(&format!("map run {map_run_arn}")),
            E::TaskFailed { failure, .. }
            | E::TaskTimedOut { failure, .. }
            | E::TaskStartFailed { failure, .. }
            | E::TaskSubmitFailed { failure, .. }
            | E::LambdaFunctionFailed(failure)
            | E::LambdaFunctionTimedOut(failure)
            | E::LambdaFunctionScheduleFailed(failure)
            | E::LambdaFunctionStartFailed(failure)
            | E::ActivityFailed(failure)
            | E::ActivityTimedOut(failure)
            | E::ActivityScheduleFailed(failure)
            | E::MapRunFailed(failure) => {
                self.failed.insert(event.id, at);
                format!("{} {}", palette.bad("✗"), self.failure(failure))
            }
            E::EvaluationFailed { error, cause, .. } => {
                self.failed.insert(event.id, at);
                let failure = Failure::new(error.clone(), cause.clone());
                format!("{} {}", palette.bad("✗"), self.failure(&failure))
            }
            E::MapIterationFailed { name, index } => {
                self.failed.insert(event.previous_event_id, at);
                palette.warn(&format!("{name} [{index}] failed"))
            }
            E::TaskStateAborted
            | E::WaitStateAborted
            | E::ParallelStateAborted
            | E::MapStateAborted
            | E::MapIterationAborted { .. }
            | E::MapRunAborted => palette.warn(event.details.type_name()),
            E::ExecutionSucceeded { output } => {
                format!("{} {}", palette.good("SUCCEEDED"), brief(output.text()))
            }
            E::ExecutionFailed(failure) => {
                format!("{} {}", palette.bad("FAILED"), self.failure(failure))
            }
            E::ExecutionAborted(failure) => {
                format!("{} {}", palette.bad("ABORTED"), self.failure(failure))
            }
            E::ExecutionTimedOut(failure) => {
                format!("{} {}", palette.bad("TIMED_OUT"), self.failure(failure))
            }
            E::ExecutionRedriven { redrive_count } => {
                palette.bold(&format!("redriven ({redrive_count})"))
            }
            // What every attempt has, and what a line above says already.
            _ => return,
        };
        let line = format!(
            "{} {}{shown}\n",
            palette.dim(&format!("{:>15}", elapsed(at))),
            "  ".repeat(depth),
        );
        self.out.push_str(&line);
    }

    /// How deep the Map or Parallel is that an event follows from, or inside which it failed.
    fn container(&self, event: u64, depth: usize) -> usize {
        self.containers.get(&event).copied().unwrap_or(depth.saturating_sub(1))
    }

    /// A task that is scheduled, and whether it is a retry.
    fn scheduled(&self, event: &HistoryEvent, at: i64, what: &str) -> String {
        match self.failed.get(&event.previous_event_id) {
            Some(failed) => {
                let delay = elapsed(at - failed);
                format!(
                    "{} {}",
                    self.palette.warn(&format!("↻ retry after {delay}")),
                    self.palette.dim(what)
                )
            }
            None => self.palette.dim(&format!("→ {what}")),
        }
    }

    fn failure(&self, failure: &Failure) -> String {
        let error = failure.error.as_deref().unwrap_or("(no error name)");
        match failure.cause.as_deref().filter(|cause| !cause.is_empty()) {
            Some(cause) => format!("{}: {}", self.palette.bad(error), brief(cause)),
            None => self.palette.bad(error),
        }
    }
}

/// The beginning of a text, on one line.
fn brief(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().count() <= PAYLOAD_CHARS_MAX {
        return line;
    }
    let start: String = line.chars().take(PAYLOAD_CHARS_MAX - 1).collect();
    format!("{start}…")
}

/// Simulated time since the start: `+2d 03:00:00`, with milliseconds where there are any.
pub(crate) fn elapsed(millis: i64) -> String {
    let (seconds, fraction) = (millis / 1_000, millis % 1_000);
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let clock = format!("{:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60);
    let days = if days > 0 { format!("{days}d ") } else { String::new() };
    let fraction = if fraction > 0 { format!(".{fraction:03}") } else { String::new() };
    format!("+{days}{clock}{fraction}")
}

#[cfg(test)]
mod tests {
    use stepclock_engine::data::{Payload, Timestamp};

    use super::*;

    #[test]
    fn elapsed_time_reads_like_a_clock() {
        assert_eq!(elapsed(0), "+00:00:00");
        assert_eq!(elapsed(1_500), "+00:00:01.500");
        assert_eq!(elapsed(31_536_000_000), "+365d 00:00:00");
    }

    fn event(id: u64, previous_event_id: u64, at: i64, details: EventDetails) -> HistoryEvent {
        HistoryEvent { id, previous_event_id, timestamp: Timestamp::from_millis(at), details }
    }

    #[test]
    fn what_is_retried_after_a_deep_failure_is_where_it_was() {
        let entered = |state_type, name: &str| EventDetails::StateEntered {
            state_type,
            name: name.into(),
            input: Payload::empty_object(),
        };
        let failed = || EventDetails::LambdaFunctionFailed(Failure::new("Down", ""));
        let shown = timeline(
            &[
                event(1, 0, 0, entered(StateType::Parallel, "Outer")),
                event(2, 1, 0, EventDetails::ParallelStateStarted),
                event(3, 2, 0, entered(StateType::Parallel, "Inner")),
                event(4, 3, 0, EventDetails::ParallelStateStarted),
                event(5, 4, 0, entered(StateType::Map, "Each")),
                event(6, 5, 0, EventDetails::MapStateStarted { length: 1 }),
                event(7, 6, 0, EventDetails::MapIterationStarted { name: "Each".into(), index: 0 }),
                event(8, 7, 0, entered(StateType::Task, "Work")),
                event(9, 8, 0, failed()),
                // The Map is tried again, then the inner Parallel fails, and the outer one is tried again.
                event(10, 9, 1_000, EventDetails::MapStateStarted { length: 1 }),
                event(11, 10, 1_000, failed()),
                event(12, 11, 1_000, EventDetails::MapStateFailed),
                event(13, 12, 1_000, EventDetails::ParallelStateFailed),
                event(14, 13, 2_000, EventDetails::ParallelStateStarted),
                event(15, 14, 2_000, entered(StateType::Parallel, "Inner")),
            ],
            Palette::plain(),
        );
        let places: Vec<(usize, &str)> = shown
            .lines()
            .map(|line| line[16..].trim_end())
            .map(|line| (line.len() - line.trim_start().len(), line.trim_start()))
            .filter(|(_, text)| text.contains(' '))
            .map(|(indent, text)| (indent / 2, text))
            .collect();
        assert_eq!(
            places,
            [
                (0, "Outer Parallel"),
                (1, "Inner Parallel"),
                (2, "Each Map"),
                (2, "1 items"),
                (3, "Each [0]"),
                (3, "Work Task"),
                (3, "✗ Down"),
                (2, "↻ retry after +00:00:01 1 items"),
                (2, "✗ Down"),
                (1, "Inner Parallel"),
            ]
        );
    }

    #[test]
    fn a_retry_shows_its_delay() {
        let scheduled = || {
            EventDetails::LambdaFunctionScheduled(Box::new(
                stepclock_engine::history::WorkScheduledDetails {
                    resource: "arn:f".into(),
                    input: Payload::empty_object(),
                    timeout_seconds: None,
                    heartbeat_seconds: None,
                    credentials_role_arn: None,
                },
            ))
        };
        let entered = EventDetails::StateEntered {
            state_type: StateType::Task,
            name: "Pay".into(),
            input: Payload::empty_object(),
        };
        let failed = EventDetails::LambdaFunctionFailed(Failure::new("Down", "no answer"));
        let shown = timeline(
            &[
                event(1, 0, 0, entered),
                event(2, 1, 0, scheduled()),
                event(3, 2, 10, failed),
                event(4, 3, 2_010, scheduled()),
            ],
            Palette::plain(),
        );
        assert_eq!(
            shown,
            "      +00:00:00 Pay Task\n      +00:00:00 → arn:f\n  +00:00:00.010 ✗ Down: no answer\n  \
             +00:00:02.010 ↻ retry after +00:00:02 arn:f\n"
        );
    }
}
