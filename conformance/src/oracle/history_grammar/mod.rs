//! What a history looks like, whatever ran.

mod ends;
mod event_types;
mod flow;
mod redriven;
mod visits;

use super::{Findings, Oracle, Trial};

/// The grammar of histories. What makes a history unreadable at all (ids, events that belong nowhere) is found
/// when it is read, under the same name.
pub(super) struct HistoryGrammar;

impl Oracle for HistoryGrammar {
    fn name(&self) -> &'static str {
        "history-grammar"
    }

    fn rule(&self) -> &'static str {
        "Event ids are 1, 2, 3, …; every event follows from an earlier one; types, details and order are those \
         of the API; moments never go back; the states that follow one another are those the definition names, \
         and hand on their output as the next one's input; the last event, and only that, ends the execution, \
         and the execution's status, output, error and cause are those of that event"
    }

    fn source(&self) -> &'static str {
        "AWS Step Functions API reference, GetExecutionHistory and HistoryEvent; 338 histories recorded on AWS"
    }

    fn check(&self, trial: &Trial<'_>, findings: &mut Findings) {
        let Some(trace) = trial.trace else { return };
        event_types::check(trace, findings);
        visits::check(trial, trace, findings);
        flow::check(trial, trace, findings);
        redriven::check(trial, trace, findings);
        ends::check(trial, trace, findings);
    }
}
