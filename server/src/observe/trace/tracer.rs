//! The spans of one execution: events go in, in their order, and spans come out as they end.
//!
//! An event belongs to the span that the event it follows from has left current, or to one around that. Whatever a
//! failure cuts off ends when the container that failed does, at the same moment: `…StateAborted` says nothing more.
//!
//! After a redrive the events of states that were entered before it stand below the span of the redrive itself: all
//! of them follow from `ExecutionRedriven`.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use stepclock_engine::data::Timestamp;
use stepclock_engine::history::{EventDetails, Failure, HistoryEvent, StateType};

use super::context::{Header, SpanId, TraceContext};
use super::names::{self, text};
use super::open::{Key, Open, OpenSpans, Part};
use super::span::{Attribute, End, Note, Span, SpanKind};
use crate::store::ExecutionRow;

/// Makes spans of an execution's events.
#[derive(Debug)]
pub(crate) struct Tracer {
    row: Arc<ExecutionRow>,
    context: TraceContext,
    open: OpenSpans,
    /// The execution's span, or that of its last redrive.
    root: Key,
}

impl Tracer {
    /// Of an execution whose first event is to come; `None` when its caller wants no trace.
    pub(crate) fn new(row: &Arc<ExecutionRow>) -> Option<Self> {
        let given = row.trace_header.as_deref().and_then(Header::read);
        let context = match given {
            Some(Header::NotSampled) => return None,
            Some(Header::Sampled(context)) => context,
            None => TraceContext::new(&row.arn, row.seed, row.started),
        };
        Some(Self { row: row.clone(), context, open: OpenSpans::default(), root: 0 })
    }

    /// What comes of the task that was scheduled last.
    pub(crate) fn below_last_attempt(&self) -> TraceContext {
        let attempt = self.open.last(|span| span.part == Part::Attempt).or(Some(self.root));
        let parent = attempt.and_then(|key| self.open.get(key)).map(|span| span.id);
        TraceContext { parent, ..self.context }
    }

    /// What comes of a Map Run.
    pub(crate) fn below_map_run(&self, arn: &str) -> TraceContext {
        TraceContext { parent: Some(self.id(arn, 0)), ..self.context }
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.open.held()
    }

    /// An event was recorded.
    pub(crate) fn note(&mut self, event: &HistoryEvent, spans: &mut Vec<Span>) {
        use EventDetails as E;
        let (at, previous) = (event.timestamp, event.previous_event_id);
        self.open.begin(at);
        let from = self.open.after(previous).or(Some(self.root));
        let (mut told, mut ended_at) = (Vec::new(), at);
        let current = match &event.details {
            E::ExecutionStarted { .. } => self.start(event, None),
            E::ExecutionRedriven { redrive_count } => self.start(event, Some(*redrive_count)),
            E::ExecutionSucceeded { .. } => self.end(self.root, End::Succeeded, None, &mut told),
            E::ExecutionFailed(failure) => {
                self.end(self.root, End::Failed(failure.clone()), from, &mut told)
            }
            E::ExecutionAborted(failure) => {
                self.end(self.root, End::Aborted(failure.clone()), None, &mut told)
            }
            E::ExecutionTimedOut(failure) => {
                self.end(self.root, End::TimedOut(failure.clone()), None, &mut told)
            }
            E::StateEntered { state_type, name, .. } => {
                self.open.follow(previous);
                let part = Part::State(*state_type);
                let attributes = vec![(names::STATE_TYPE, names::state_type(*state_type))];
                self.open(event, from, part, (name.clone(), attributes))
            }
            E::StateExited { name, .. } => {
                let state = self.open.around(from, |span| is_state(span) && span.name == *name);
                state.and_then(|state| self.end(state, End::Succeeded, from, &mut told))
            }
            E::TaskScheduled(_) | E::LambdaFunctionScheduled(_) | E::ActivityScheduled(_) => {
                self.attempt(event, from)
            }
            E::TaskStarted(_) | E::LambdaFunctionStarted | E::ActivityStarted { .. } => {
                self.add_note(from, at, "started", Vec::new())
            }
            E::TaskSubmitted { .. } => self.add_note(from, at, "submitted", Vec::new()),
            E::ParallelStateStarted => {
                self.begin_round(from, &mut ended_at, StateType::Parallel, &mut told)
            }
            E::MapStateStarted { length } => {
                let state = self.begin_round(from, &mut ended_at, StateType::Map, &mut told);
                if let Some(span) = state.and_then(|state| self.open.get_mut(state)) {
                    span.attributes.push((names::MAP_LENGTH, Attribute::Number(*length)));
                }
                state
            }
            E::ParallelStateSucceeded => self.around(from, Part::State(StateType::Parallel)),
            E::MapStateSucceeded => self.around(from, Part::State(StateType::Map)),
            E::ParallelStateFailed => {
                self.container_failed(from, at, StateType::Parallel, &mut told)
            }
            E::MapStateFailed => self.container_failed(from, at, StateType::Map, &mut told),
            E::MapIterationStarted { name, index } => {
                let attributes = vec![(names::ITERATION, Attribute::Number(*index))];
                let described = (format!("{name} iteration").into(), attributes);
                self.open(event, from, Part::Iteration(*index), described)
            }
            E::MapIterationSucceeded { index, .. } => {
                let iteration = self.around(from, Part::Iteration(*index));
                iteration.and_then(|key| self.end(key, End::Succeeded, None, &mut told))
            }
            E::MapIterationFailed { index, .. } => {
                let iteration = self.around(from, Part::Iteration(*index));
                let (_, failure) = self.failure_at(from).unwrap_or((at, Failure::default()));
                let end = End::Failed(failure.clone());
                let map = iteration.and_then(|key| self.end(key, end, from, &mut told));
                self.fail(map, at, failure)
            }
            E::MapRunStarted { map_run_arn } => self.map_run(event, from, map_run_arn, 0),
            E::MapRunRedriven { map_run_arn, redrive_count } => {
                self.map_run(event, from, map_run_arn, *redrive_count)
            }
            E::MapRunSucceeded => self.end_part(from, Part::MapRun, End::Succeeded, &mut told),
            E::MapRunAborted => {
                let end = End::Aborted(Failure::default());
                self.end_part(from, Part::MapRun, end, &mut told)
            }
            E::EvaluationFailed { error, cause, state, .. } => {
                let failure = Failure::new(error.clone(), cause.clone());
                let named = |span: &Open| is_state(span) && span.name == *state;
                let state = self.open.around(from, named).or_else(|| self.open.last(named));
                self.fail(state, at, failure)
            }
            details => match failed_work(details) {
                Some((part, end)) => {
                    let failure = end.failure().cloned().unwrap_or_default();
                    let state = self.end_part(from, part, end, &mut told).or(from);
                    self.fail(state, at, failure)
                }
                None => match is_success_of_work(details) {
                    true => self.end_part(from, Part::Attempt, End::Succeeded, &mut told),
                    false => None,
                },
            },
        };
        if let Some(current) = current.or(from) {
            self.open.leave(event.id, current);
        }
        for (key, end) in told {
            spans.extend(self.span(key, end, ended_at));
        }
    }

    fn start(&mut self, event: &HistoryEvent, redrive: Option<u64>) -> Option<Key> {
        let (name, mut attributes) = names::execution(&self.row);
        attributes.extend(redrive.map(|count| (names::REDRIVE_COUNT, Attribute::Number(count))));
        self.root = event.id;
        self.open(event, None, Part::Execution, (name, attributes))
    }

    fn open(
        &mut self,
        event: &HistoryEvent,
        parent: Option<Key>,
        part: Part,
        (name, attributes): names::Described,
    ) -> Option<Key> {
        let id = self.id(&self.row.arn, event.id);
        // What follows from something that has just ended stands beside it.
        let parent = parent.and_then(|parent| self.open.around(Some(parent), |_| true));
        let mut span = Open::new(part, id, name, event.timestamp);
        span.attributes = attributes;
        self.open.open(event.id, parent, span);
        Some(event.id)
    }

    fn attempt(&mut self, event: &HistoryEvent, from: Option<Key>) -> Option<Key> {
        let state = self.open.around(from, |span| span.part != Part::Attempt);
        let attempt = self.next_round(state, event.timestamp);
        let (name, mut attributes) = names::attempt(&event.details)?;
        attributes.push((names::ATTEMPT, Attribute::Number(attempt)));
        self.open(event, state, Part::Attempt, (name, attributes))
    }

    /// A Parallel or Map begins, or begins again: no event says that its last round has failed, and everything in it
    /// ended then.
    fn begin_round(
        &mut self,
        from: Option<Key>,
        at: &mut Timestamp,
        kind: StateType,
        told: &mut Vec<(Key, End)>,
    ) -> Option<Key> {
        let state = self.around(from, Part::State(kind))?;
        let begun = *at;
        if self.open.get(state).is_some_and(|span| span.rounds > 0) {
            let (failed_at, failure) = self.failure_at(from).unwrap_or((begun, Failure::default()));
            *at = failed_at;
            let blamed = self.around_all(from);
            self.open.end_inside(state, &failure, &blamed, told);
            self.fail(Some(state), failed_at, failure);
        }
        self.next_round(Some(state), begun);
        Some(state)
    }

    /// The work of a state begins, for the first time or again.
    fn next_round(&mut self, state: Option<Key>, at: Timestamp) -> u64 {
        let Some(span) = state.and_then(|state| self.open.get_mut(state)) else { return 1 };
        span.rounds += 1;
        if span.failure.take().is_some() {
            let attributes = vec![(names::ATTEMPT, Attribute::Number(span.rounds))];
            span.notes.push(Note { at, name: "retry", attributes });
        }
        span.rounds
    }

    fn map_run(
        &mut self,
        event: &HistoryEvent,
        from: Option<Key>,
        arn: &Arc<str>,
        redrives: u64,
    ) -> Option<Key> {
        let attributes = vec![(names::MAP_RUN_ARN, text(arn))];
        let key = self.open(event, from, Part::MapRun, ("Map Run".into(), attributes));
        // Its executions know it by its ARN.
        let id = self.id(arn, redrives);
        if let Some(span) = key.and_then(|key| self.open.get_mut(key)) {
            span.id = id;
        }
        key
    }

    fn container_failed(
        &mut self,
        from: Option<Key>,
        at: Timestamp,
        kind: StateType,
        told: &mut Vec<(Key, End)>,
    ) -> Option<Key> {
        let (_, failure) = self.failure_at(from).unwrap_or((at, Failure::default()));
        let state = self.around(from, Part::State(kind))?;
        let blamed = self.around_all(from);
        self.open.end_inside(state, &failure, &blamed, told);
        self.fail(Some(state), at, failure)
    }

    /// When and why what an event belongs to failed, as far as the history says.
    fn failure_at(&self, from: Option<Key>) -> Option<(Timestamp, Failure)> {
        self.open.outwards(from).find_map(|(_, span)| span.failure.clone())
    }

    fn fail(&mut self, state: Option<Key>, at: Timestamp, failure: Failure) -> Option<Key> {
        let span = state.and_then(|state| self.open.get_mut(state))?;
        span.failure = Some((at, failure));
        state
    }

    fn around_all(&self, from: Option<Key>) -> BTreeSet<Key> {
        self.open.outwards(from).map(|(key, _)| key).collect()
    }

    fn around(&self, from: Option<Key>, part: Part) -> Option<Key> {
        self.open.around(from, |span| span.part == part)
    }

    fn end_part(
        &mut self,
        from: Option<Key>,
        part: Part,
        end: End,
        told: &mut Vec<(Key, End)>,
    ) -> Option<Key> {
        let key = self.around(from, part)?;
        self.end(key, end, None, told)
    }

    /// Ends a span; gives the one around it. The failure, if it is one, came from a span inside.
    fn end(
        &mut self,
        key: Key,
        end: End,
        cause: Option<Key>,
        told: &mut Vec<(Key, End)>,
    ) -> Option<Key> {
        let blamed = self.around_all(cause);
        self.open.end(key, end, &blamed, told);
        self.open.get(key).and_then(|span| span.parent)
    }

    fn add_note(
        &mut self,
        from: Option<Key>,
        at: Timestamp,
        name: &'static str,
        attributes: Vec<(&'static str, Attribute)>,
    ) -> Option<Key> {
        let attempt = self.around(from, Part::Attempt)?;
        self.open.get_mut(attempt)?.notes.push(Note { at, name, attributes });
        Some(attempt)
    }

    fn id(&self, of: &str, number: u64) -> SpanId {
        let mut hash = Sha256::new();
        hash.update(self.context.trace);
        hash.update(number.to_be_bytes());
        hash.update(of);
        let mut id = [0; 8];
        id.copy_from_slice(&hash.finalize()[..8]);
        id
    }

    fn span(&mut self, key: Key, end: End, at: Timestamp) -> Option<Span> {
        let open = self.open.get_mut(key)?;
        let (mut attributes, notes) =
            (std::mem::take(&mut open.attributes), std::mem::take(&mut open.notes));
        let open = self.open.get(key)?;
        let parent = match open.parent {
            Some(parent) => self.open.get(parent).map(|parent| parent.id),
            None => self.context.parent,
        };
        attributes.push((names::STATUS, text(end.status())));
        if let Some(error) = end.failure().and_then(|failure| failure.error.clone()) {
            attributes.push((names::ERROR, Attribute::Text(error)));
        }
        let is_execution = open.part == Part::Execution;
        let first = self.id(&self.row.arn, 1);
        Some(Span {
            trace: self.context.trace,
            id: open.id,
            parent,
            link: (is_execution && open.id != first).then_some(first),
            name: open.name.clone(),
            kind: match open.part {
                Part::Execution => SpanKind::Server,
                Part::Attempt => SpanKind::Client,
                _ => SpanKind::Internal,
            },
            started: open.started,
            ended: at,
            attributes,
            notes,
            problem: end.problem(),
        })
    }
}

fn is_state(span: &Open) -> bool {
    matches!(span.part, Part::State(_))
}

fn is_success_of_work(details: &EventDetails) -> bool {
    matches!(
        details,
        EventDetails::TaskSucceeded { .. }
            | EventDetails::LambdaFunctionSucceeded { .. }
            | EventDetails::ActivitySucceeded { .. }
    )
}

/// How an attempt or a Map Run failed, if an event says so.
fn failed_work(details: &EventDetails) -> Option<(Part, End)> {
    use EventDetails as E;
    match details {
        E::TaskFailed { failure, .. }
        | E::TaskStartFailed { failure, .. }
        | E::TaskSubmitFailed { failure, .. }
        | E::LambdaFunctionFailed(failure)
        | E::LambdaFunctionScheduleFailed(failure)
        | E::LambdaFunctionStartFailed(failure)
        | E::ActivityFailed(failure)
        | E::ActivityScheduleFailed(failure) => Some((Part::Attempt, End::Failed(failure.clone()))),
        E::TaskTimedOut { failure, .. }
        | E::LambdaFunctionTimedOut(failure)
        | E::ActivityTimedOut(failure) => Some((Part::Attempt, End::TimedOut(failure.clone()))),
        E::MapRunFailed(failure) => Some((Part::MapRun, End::Failed(failure.clone()))),
        _ => None,
    }
}
