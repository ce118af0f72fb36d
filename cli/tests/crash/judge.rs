//! What may have become of an execution whose start was acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::server::Server;

/// What is known at the end.
pub(crate) struct Judge<'a> {
    pub(crate) server: &'a Server,
    /// Histories of undisturbed runs, by machine.
    pub(crate) expected: BTreeMap<String, Vec<String>>,
    /// How often each function was called, by execution, state and attempt.
    pub(crate) counts: BTreeMap<String, u64>,
    /// Executions whose task died on its way to a worker.
    pub(crate) lost: BTreeSet<String>,
    /// Outputs of tasks whose return was acknowledged, by execution.
    pub(crate) returned: BTreeMap<String, Value>,
}

impl Judge<'_> {
    /// Judges executions; gives how many failed because a crash cut a call off.
    pub(crate) fn all(&self, executions: &[String]) -> usize {
        for (call, count) in &self.counts {
            assert_eq!(*count, 1, "{call}: a task is started once");
        }
        for (execution, output) in &self.returned {
            let described = self.describe(execution);
            assert_eq!(described["status"], "SUCCEEDED", "{execution}: its task was returned");
            assert_eq!(described["output"], output.to_string(), "{execution}");
        }
        executions.iter().filter(|execution| self.is_cut_off(execution)).count()
    }

    fn describe(&self, execution: &str) -> Value {
        self.server.ask("DescribeExecution", &json!({"executionArn": execution}))
    }

    /// Judges one execution; says whether it failed because a crash cut a call off.
    fn is_cut_off(&self, execution: &str) -> bool {
        let machine = execution.rsplit(':').nth(1).unwrap_or_default();
        let described = self.describe(execution);
        let (mut history, mut expected) =
            (self.server.history(execution), self.expected[machine].clone());
        if machine == "calls-back" {
            // A function may return its token before it answers: then the task is never submitted.
            history.retain(|event| event != "TaskSubmitted");
            expected.retain(|event| event != "TaskSubmitted");
        }
        if self.lost.contains(execution) {
            let [before @ .., end] = &history[..] else { panic!("{execution} has no history") };
            assert_eq!(end, "ExecutionAborted", "{execution}");
            assert!(expected.starts_with(before), "{execution}: {history:?}");
            return false;
        }
        if described["status"] == "SUCCEEDED" {
            assert_eq!(without_attempts(&history), expected, "{execution}");
            return false;
        }
        assert!(matches!(machine, "calls" | "calls-back"), "{described}");
        assert_eq!(described["error"], "Lambda.Unknown", "{described}");
        let [before @ .., failed, end] = &history[..] else { panic!("{execution}: {history:?}") };
        assert_eq!(end, "ExecutionFailed", "{execution}");
        assert!(matches!(&**failed, "LambdaFunctionFailed" | "TaskSubmitFailed"), "{history:?}");
        assert!(expected.starts_with(before), "{execution}: {history:?}");
        true
    }
}

/// A history without the calls that a crash cut off and a Retry made again.
fn without_attempts(history: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for event in history {
        kept.push(event.clone());
        if let [.., scheduled, started, failed] = &kept[..]
            && scheduled == "LambdaFunctionScheduled"
            && started == "LambdaFunctionStarted"
            && failed == "LambdaFunctionFailed"
        {
            kept.truncate(kept.len() - 3);
        }
    }
    kept
}
