//! Tasks of an execution between their events: what is needed to say how long they took.

use std::collections::BTreeMap;
use std::sync::Arc;

use stepclock_engine::data::Timestamp;
use stepclock_engine::history::{EventDetails, HistoryEvent};

/// What a task calls, as metrics name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Callee {
    /// An activity, by its ARN.
    Activity(Arc<str>),
    /// A function, by its ARN.
    LambdaFunction(Arc<str>),
    /// An integration, by `resourceType` and `resource`.
    ServiceIntegration(Arc<str>, Arc<str>),
}

/// A task that is scheduled and has not ended.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) callee: Callee,
    pub(crate) scheduled: Timestamp,
    pub(crate) started: Option<Timestamp>,
}

/// Such tasks by their last events: each event of a task names the one before it.
#[derive(Debug, Default)]
pub(crate) struct WorkInHand(BTreeMap<u64, Work>);

/// What an event says of a task.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Scheduled(Work),
    Started(Work),
    Submitted,
    Succeeded(Work),
    Failed(Work),
    TimedOut(Work),
    HeartbeatTimedOut(Work),
}

impl WorkInHand {
    /// Notes an event; gives what it says of a task, if it is about one.
    pub(crate) fn note(&mut self, event: &HistoryEvent) -> Option<Step> {
        use EventDetails as E;
        let scheduled = |callee| Work { callee, scheduled: event.timestamp, started: None };
        let previous = event.previous_event_id;
        match &event.details {
            E::ActivityScheduled(details) => {
                Some(self.begin(event.id, scheduled(Callee::Activity(details.resource.clone()))))
            }
            E::LambdaFunctionScheduled(details) => {
                let callee = Callee::LambdaFunction(details.resource.clone());
                Some(self.begin(event.id, scheduled(callee)))
            }
            E::TaskScheduled(details) => {
                let resource = &details.resource;
                let (kind, resource) = (resource.resource_type.clone(), resource.resource.clone());
                let callee = Callee::ServiceIntegration(kind, resource);
                Some(self.begin(event.id, scheduled(callee)))
            }
            E::ActivityStarted { .. } | E::LambdaFunctionStarted | E::TaskStarted(_) => {
                let mut work = self.0.remove(&previous)?;
                work.started = Some(event.timestamp);
                self.0.insert(event.id, work.clone());
                Some(Step::Started(work))
            }
            E::TaskSubmitted { .. } => {
                let work = self.0.remove(&previous)?;
                self.0.insert(event.id, work);
                Some(Step::Submitted)
            }
            E::ActivitySucceeded { .. }
            | E::LambdaFunctionSucceeded { .. }
            | E::TaskSucceeded { .. } => Some(Step::Succeeded(self.0.remove(&previous)?)),
            E::ActivityFailed(_)
            | E::ActivityScheduleFailed(_)
            | E::LambdaFunctionFailed(_)
            | E::LambdaFunctionScheduleFailed(_)
            | E::LambdaFunctionStartFailed(_)
            | E::TaskFailed { .. }
            | E::TaskStartFailed { .. }
            | E::TaskSubmitFailed { .. } => Some(Step::Failed(self.0.remove(&previous)?)),
            E::ActivityTimedOut(failure)
            | E::LambdaFunctionTimedOut(failure)
            | E::TaskTimedOut { failure, .. } => {
                let work = self.0.remove(&previous)?;
                match failure.error.as_deref() {
                    Some("States.HeartbeatTimeout") => Some(Step::HeartbeatTimedOut(work)),
                    _ => Some(Step::TimedOut(work)),
                }
            }
            _ => None,
        }
    }

    fn begin(&mut self, id: u64, work: Work) -> Step {
        self.0.insert(id, work.clone());
        Step::Scheduled(work)
    }
}
