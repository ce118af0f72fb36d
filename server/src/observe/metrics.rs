//! The metrics of AWS/States: its names in Prometheus's spelling, its dimensions as labels.

use std::collections::BTreeMap;
use std::sync::Arc;

use stepclock_engine::asl::WorkflowType;
use stepclock_engine::data::Timestamp;
use stepclock_engine::history::{EventDetails, HistoryEvent};
use stepclock_engine::sim::billed;

use super::LogSettings;
use super::exposition::{Exposition, snake};
use super::work::{Callee, Step, Work, WorkInHand};
use crate::store::ExecutionRow;

/// Whose event it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) row: &'a Arc<ExecutionRow>,
    /// How often it was redriven.
    pub(crate) redrives: u64,
    /// When the last time.
    pub(crate) redriven: Option<Timestamp>,
    /// Whether it counts as an open execution.
    pub(crate) is_open_counted: bool,
    /// What of it is logged.
    pub(crate) logging: LogSettings,
}

/// Counters of everything that executions do.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    machines: BTreeMap<Dimensions, MachineCounters>,
    work: BTreeMap<Callee, WorkCounters>,
    /// Executions that have not ended.
    pub(crate) open: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Dimensions {
    machine: Arc<str>,
    version: Option<Arc<str>>,
    alias: Option<Arc<str>>,
}

#[derive(Debug, Default)]
struct MachineCounters {
    started: u64,
    redriven: u64,
    ended: [u64; 4],
    redriven_ended: [u64; 4],
    time: Time,
    /// EXPRESS: what AWS would bill.
    billed: Option<Billed>,
}

/// Billed time and memory of EXPRESS executions.
#[derive(Debug, Default, Clone, Copy)]
struct Billed {
    count: u64,
    millis: u64,
    megabytes: u64,
}

/// How executions end, in the order of the counters.
const ENDS: [&str; 4] = ["Succeeded", "Failed", "Aborted", "TimedOut"];

#[derive(Debug, Default)]
struct WorkCounters {
    scheduled: u64,
    started: u64,
    succeeded: u64,
    failed: u64,
    timed_out: u64,
    heartbeat_timed_out: u64,
    run_time: Time,
    schedule_time: Time,
    time: Time,
}

/// Durations: how many, and their sum in milliseconds.
#[derive(Debug, Default, Clone, Copy)]
struct Time {
    count: u64,
    millis: i64,
}

impl Time {
    fn add(&mut self, from: Timestamp, to: Timestamp) {
        self.count += 1;
        self.millis += to.as_millis() - from.as_millis();
    }
}

impl Metrics {
    /// Counts an event.
    pub(crate) fn record(
        &mut self,
        subject: &Subject<'_>,
        work: &mut WorkInHand,
        event: &HistoryEvent,
    ) {
        let end = match &event.details {
            EventDetails::ExecutionStarted { .. } => {
                self.open += i64::from(subject.is_open_counted);
                self.machine(subject.row).started += 1;
                return;
            }
            EventDetails::ExecutionRedriven { .. } => {
                self.open += i64::from(subject.is_open_counted);
                self.machine(subject.row).redriven += 1;
                return;
            }
            EventDetails::ExecutionSucceeded { .. } => 0,
            EventDetails::ExecutionFailed(_) => 1,
            EventDetails::ExecutionAborted(_) => 2,
            EventDetails::ExecutionTimedOut(_) => 3,
            _ => {
                if let Some(step) = work.note(event) {
                    self.count(step, event.timestamp);
                }
                return;
            }
        };
        self.open -= i64::from(subject.is_open_counted);
        let counters = self.machine(subject.row);
        counters.ended[end] += 1;
        counters.redriven_ended[end] += u64::from(subject.redrives > 0);
        counters.time.add(subject.row.started, event.timestamp);
        if subject.row.workflow_type == WorkflowType::Express {
            let took = event.timestamp.as_millis() - subject.row.started.as_millis();
            let (millis, megabytes) = billed(u64::try_from(took).unwrap_or_default());
            let billed = counters.billed.get_or_insert_default();
            billed.count += 1;
            billed.millis += millis;
            billed.megabytes += megabytes;
        }
    }

    fn machine(&mut self, row: &ExecutionRow) -> &mut MachineCounters {
        let last = |arn: &String| arn.rsplit(':').next().unwrap_or_default().into();
        let dimensions = Dimensions {
            machine: row.machine_arn.as_str().into(),
            version: row.version_arn.as_ref().map(last),
            alias: row.alias_arn.as_ref().map(last),
        };
        self.machines.entry(dimensions).or_default()
    }

    fn work(&mut self, work: &Work) -> &mut WorkCounters {
        self.work.entry(work.callee.clone()).or_default()
    }

    fn count(&mut self, step: Step, now: Timestamp) {
        let (work, end): (_, fn(&mut WorkCounters) -> &mut u64) = match step {
            Step::Submitted => return,
            Step::Scheduled(work) => {
                self.work(&work).scheduled += 1;
                return;
            }
            Step::Started(work) => {
                let counters = self.work(&work);
                counters.started += 1;
                counters.schedule_time.add(work.scheduled, now);
                return;
            }
            Step::Succeeded(work) => (work, |counters| &mut counters.succeeded),
            Step::Failed(work) => (work, |counters| &mut counters.failed),
            Step::TimedOut(work) => (work, |counters| &mut counters.timed_out),
            Step::HeartbeatTimedOut(work) => (work, |counters| &mut counters.heartbeat_timed_out),
        };
        let counters = self.work(&work);
        *end(counters) += 1;
        counters.time.add(work.scheduled, now);
        if let Some(started) = work.started {
            counters.run_time.add(started, now);
        }
    }

    /// Writes everything.
    pub(crate) fn write(&self, text: &mut Exposition) {
        let help = "Executions that have not ended (AWS/States OpenExecutionCount).";
        text.single("aws_states_open_execution_count", "gauge", help, self.open);
        self.write_machines(text);
        for kind in ["Activity", "LambdaFunction", "ServiceIntegration"] {
            self.write_work(text, kind);
        }
    }

    fn write_machines(&self, text: &mut Exposition) {
        type Get = Box<dyn Fn(&MachineCounters) -> u64>;
        let mut counters: Vec<(String, Get)> = vec![
            ("ExecutionsStarted".to_owned(), Box::new(|of| of.started)),
            ("ExecutionsRedriven".to_owned(), Box::new(|of| of.redriven)),
        ];
        for (index, end) in ENDS.iter().enumerate() {
            counters.push((format!("Executions{end}"), Box::new(move |of| of.ended[index])));
            let redriven = format!("RedrivenExecutions{end}");
            counters.push((redriven, Box::new(move |of| of.redriven_ended[index])));
        }
        for (name, get) in counters {
            counter(
                text,
                &name,
                self.machines.iter().map(|(of, counters)| (of.labels(), get(counters))),
            );
        }
        let times = self.machines.iter().map(|(of, counters)| (of.labels(), counters.time));
        time(text, "ExecutionTime", times);
        type Sum = fn(&Billed) -> u64;
        let sums: [(&str, &str, Sum); 2] = [
            ("ExpressExecutionBilledDuration", "milliseconds", |billed| billed.millis),
            ("ExpressExecutionBilledMemory", "megabytes", |billed| billed.megabytes),
        ];
        for (name, unit, get) in sums {
            let billed =
                || self.machines.iter().filter_map(|(of, found)| Some((of, found.billed?)));
            if billed().next().is_none() {
                continue;
            }
            let metric = format!("aws_states_{}_{unit}", snake(name));
            text.metric(&metric, "summary", &format!("AWS/States {name}."));
            for (of, billed) in billed() {
                let labels = of.labels();
                text.series(&format!("{metric}_sum"), &borrowed(&labels), get(&billed));
                text.series(&format!("{metric}_count"), &borrowed(&labels), billed.count);
            }
        }
    }

    fn write_work(&self, text: &mut Exposition, kind: &str) {
        let (plural, label) = match kind {
            "Activity" => ("Activities", "ActivityArn"),
            "LambdaFunction" => ("LambdaFunctions", "LambdaFunctionArn"),
            _ => ("ServiceIntegrations", "ServiceIntegrationResourceArn"),
        };
        let series: Vec<(Labels, &WorkCounters)> = self
            .work
            .iter()
            .filter(|(callee, _)| callee.kind() == kind)
            .map(|(callee, counters)| (vec![(label, callee.arn())], counters))
            .collect();
        if series.is_empty() {
            return;
        }
        let mut counters: Vec<Column<u64>> = vec![
            ("Scheduled", |of| of.scheduled),
            ("Started", |of| of.started),
            ("Succeeded", |of| of.succeeded),
            ("Failed", |of| of.failed),
        ];
        if kind == "Activity" {
            counters.push(("TimedOut", |of| of.timed_out));
            counters.push(("HeartbeatTimedOut", |of| of.heartbeat_timed_out));
        } else {
            // AWS has no metric of their heartbeats.
            counters.push(("TimedOut", |of| of.timed_out + of.heartbeat_timed_out));
        }
        for (end, get) in counters {
            let values = series.iter().map(|(labels, of)| (labels.clone(), get(of)));
            counter(text, &format!("{plural}{end}"), values);
        }
        let times: [Column<Time>; 3] = [
            ("RunTime", |of| of.run_time),
            ("ScheduleTime", |of| of.schedule_time),
            ("Time", |of| of.time),
        ];
        for (name, get) in times {
            let values = series.iter().map(|(labels, of)| (labels.clone(), get(of)));
            time(text, &format!("{kind}{name}"), values);
        }
    }
}

/// What is read from counters, and under which name it is shown.
type Column<T> = (&'static str, fn(&WorkCounters) -> T);

type Labels = Vec<(&'static str, String)>;

fn counter(text: &mut Exposition, name: &str, values: impl Iterator<Item = (Labels, u64)>) {
    let metric = format!("aws_states_{}_total", snake(name));
    text.metric(&metric, "counter", &format!("AWS/States {name}."));
    for (labels, value) in values {
        text.series(&metric, &borrowed(&labels), value);
    }
}

fn time(text: &mut Exposition, name: &str, values: impl Iterator<Item = (Labels, Time)>) {
    let metric = format!("aws_states_{}_milliseconds", snake(name));
    text.metric(&metric, "summary", &format!("AWS/States {name}."));
    for (labels, time) in values {
        text.series(&format!("{metric}_sum"), &borrowed(&labels), time.millis);
        text.series(&format!("{metric}_count"), &borrowed(&labels), time.count);
    }
}

fn borrowed(labels: &Labels) -> Vec<(&str, &str)> {
    labels.iter().map(|(label, value)| (*label, value.as_str())).collect()
}

impl Dimensions {
    fn labels(&self) -> Labels {
        let mut labels = vec![("StateMachineArn", self.machine.to_string())];
        let more = [("Version", &self.version), ("Alias", &self.alias)];
        labels.extend(
            more.into_iter().filter_map(|(label, value)| {
                value.as_ref().map(|value| (label, value.to_string()))
            }),
        );
        labels
    }
}

impl Callee {
    fn kind(&self) -> &'static str {
        match self {
            Self::Activity(_) => "Activity",
            Self::LambdaFunction(_) => "LambdaFunction",
            Self::ServiceIntegration(..) => "ServiceIntegration",
        }
    }

    fn arn(&self) -> String {
        match self {
            Self::Activity(arn) | Self::LambdaFunction(arn) => arn.to_string(),
            Self::ServiceIntegration(kind, resource) => {
                format!("arn:aws:states:::{kind}:{resource}")
            }
        }
    }
}
