//! Map Runs: how many children there are, how many run at once, and how many may fail.

use serde_json::Value;

use super::judge::is_child;
use super::{Event, Findings, Oracle, Role, Trace, Trial};
use crate::case::State;
use crate::engine::Execution;

/// The rules of distributed Map states.
pub(super) struct MapRuns;

/// Children a Map Run runs at once when it does not say, or says 0.
const CONCURRENCY_MAX: usize = 10_000;

impl Oracle for MapRuns {
    fn name(&self) -> &'static str {
        "map-runs"
    }

    fn rule(&self) -> &'static str {
        "A Map Run starts a child for each item, all within its own time and never more than MaxConcurrency at \
         once; it succeeds when no more children failed than ToleratedFailureCount and \
         ToleratedFailurePercentage allow (neither given: none), and fails for \
         States.ExceedToleratedFailureThreshold only when more did"
    }

    fn source(&self) -> &'static str {
        "AWS developer guide, \"Using Map state in Distributed mode\", \"Setting failure thresholds for \
         Distributed Map states\""
    }

    fn check(&self, trial: &Trial<'_>, findings: &mut Findings) {
        let Some(trace) = trial.trace.filter(|_| trial.role == Role::Root) else { return };
        let Some(run) = MapRun::only_one(trial, trace) else { return };
        if !trial.is_whole() || trial.was_redriven() || run.children.is_empty() {
            return;
        }
        if trial.is_timed() {
            run.within(findings);
            run.concurrency(findings);
        }
        run.children_of_items(findings);
        run.tolerated(findings);
    }
}

/// A Map Run and its children.
struct MapRun<'t, 'a> {
    state: &'t State<'a>,
    /// How many items it has, where that shows.
    items: Option<usize>,
    started: &'t Event<'a>,
    ended: Option<&'t Event<'a>>,
    children: Vec<&'t Execution>,
}

impl<'t, 'a> MapRun<'t, 'a> {
    /// The only Map Run of a case: only then it is known which children are its own.
    fn only_one(trial: &'t Trial<'a>, trace: &'t Trace<'a>) -> Option<Self> {
        let others = || trial.root.others.iter();
        let starts_one = |event: &Value| event["type"] == "MapRunStarted";
        if others().any(|other| other.history.iter().any(starts_one)) {
            return None;
        }
        let mut all = trace.events.iter().filter(|event| event.kind == "MapRunStarted");
        let (Some(started), None) = (all.next(), all.next()) else { return None };
        let visit = &trace.visits[started.visit?];
        let state = trial.machine.state(visit.state)?;
        let own = || visit.events.iter().map(|index| &trace.events[*index]);
        let ends = |event: &&Event<'_>| {
            matches!(event.kind, "MapRunSucceeded" | "MapRunFailed" | "MapRunAborted")
        };
        let length = own().find(|event| event.kind == "MapStateStarted")?.number("length");
        let is_shown = state.field("ItemReader").is_none();
        Some(Self {
            state,
            items: length.filter(|_| is_shown).and_then(|length| usize::try_from(length).ok()),
            started,
            ended: own().find(ends),
            children: others().filter(|other| is_child(other)).collect(),
        })
    }

    fn has_succeeded(&self) -> bool {
        self.ended.is_some_and(|end| end.kind == "MapRunSucceeded")
    }

    fn event(&self) -> Option<u64> {
        Some(self.ended.unwrap_or(self.started).id)
    }

    fn within(&self, findings: &mut Findings) {
        let ends = self.ended.map_or(i64::MAX, |end| end.at_ms);
        for child in &self.children {
            let is_over = child.stopped_ms.is_some_and(|stopped| stopped <= ends);
            let is_within = self.started.at_ms <= child.started_ms
                && child.started_ms <= ends
                && (is_over || !self.has_succeeded());
            findings.check(is_within, "within", self.event(), || {
                format!(
                    "a child of `{}` ran from {} to {:?}, outside of its Map Run",
                    self.state.name, child.started_ms, child.stopped_ms
                )
            });
        }
    }

    fn concurrency(&self, findings: &mut Findings) {
        if self.state.field("MaxConcurrencyPath").is_some() {
            return;
        }
        let most = match self.state.field("MaxConcurrency").map(Value::as_u64) {
            None | Some(Some(0)) => CONCURRENCY_MAX,
            Some(Some(most)) => usize::try_from(most).unwrap_or(usize::MAX).min(CONCURRENCY_MAX),
            Some(None) => return,
        };
        if self.children.len() <= most {
            return;
        }
        for child in &self.children {
            let now = child.started_ms;
            let runs = |other: &&&Execution| {
                other.started_ms <= now && other.stopped_ms.is_none_or(|stopped| stopped > now)
            };
            let open = self.children.iter().filter(runs).count();
            findings.check(open <= most, "concurrency", self.event(), || {
                format!("{open} children of `{}` run at once, at most {most} may", self.state.name)
            });
        }
    }

    fn children_of_items(&self, findings: &mut Findings) {
        let is_batched = self.state.field("ItemBatcher").is_some();
        let Some(items) = self.items.filter(|_| !is_batched) else { return };
        let count = self.children.len();
        let fits = if self.has_succeeded() { count == items } else { count <= items };
        findings.check(fits, "children", self.event(), || {
            format!("the Map Run of `{}` has {count} children for {items} items", self.state.name)
        });
    }

    fn tolerated(&self, findings: &mut Findings) {
        let failed = self
            .children
            .iter()
            .filter(|child| matches!(child.status.as_str(), "FAILED" | "TIMED_OUT"));
        let failed = failed.count();
        let total = self.items.or_else(|| self.has_succeeded().then_some(self.children.len()));
        let (Some(end), Some(total)) = (self.ended, total) else { return };
        let Some(is_exceeded) = self.is_exceeded(failed, total) else { return };
        let is_right = match (end.kind, end.text("error")) {
            ("MapRunSucceeded", _) => !is_exceeded,
            ("MapRunFailed", Some("States.ExceedToleratedFailureThreshold")) => is_exceeded,
            _ => return,
        };
        findings.check(is_right, "tolerated", Some(end.id), || {
            format!("{} of `{}` after {failed} of {total} failed", end.kind, self.state.name)
        });
    }

    /// Whether so many failures are too many; `None` when the definition does not say it plainly.
    fn is_exceeded(&self, failed: usize, total: usize) -> Option<bool> {
        let (count, percentage) = ("ToleratedFailureCount", "ToleratedFailurePercentage");
        let is_computed = |name: &str| self.state.field(&format!("{name}Path")).is_some();
        // A batch counts as its items.
        if self.state.field("ItemBatcher").is_some()
            || is_computed(count)
            || is_computed(percentage)
        {
            return None;
        }
        let number = |name: &str| match self.state.field(name) {
            None => Some(None),
            Some(value) => value.as_f64().map(Some),
        };
        Some(match (number(count)?, number(percentage)?) {
            (None, None) => failed > 0,
            (most, share) => {
                most.is_some_and(|most| failed as f64 > most)
                    || share.is_some_and(|share| failed as f64 * 100.0 > share * total as f64)
            }
        })
    }
}
