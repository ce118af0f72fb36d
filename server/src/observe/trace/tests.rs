//! Histories of the simulated world, and the spans they must give.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use stepclock_conformance::engine::{Budget, ReferenceEngine};
use stepclock_conformance::generate;
use stepclock_engine::asl::{WorkflowType, compile};
use stepclock_engine::data::{Payload, Timestamp};
use stepclock_engine::execution::Container;
use stepclock_engine::history::{EventDetails, HistoryEvent};
use stepclock_engine::sim::{Answer, StartRequest, TaskCall, Worker, Workers, World, WorldConfig};

use super::span::{Attribute, SpanKind};
use super::{Span, Tracer};
use crate::store::{ExecutionId, ExecutionRow};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:F";

fn history(definition: &Value, workers: &Value, input: &str) -> Vec<HistoryEvent> {
    let workers = Workers::parse(&workers.to_string()).expect("is a script");
    history_with(definition, workers, input)
}

fn history_with(
    definition: &Value,
    worker: impl Worker + Send + 'static,
    input: &str,
) -> Vec<HistoryEvent> {
    let compiled = compile(&definition.to_string(), WorkflowType::Standard);
    let mut world = World::new(WorldConfig::default());
    world.register("M", compiled.definition.expect("is valid"), WorkflowType::Standard);
    world.add_worker(worker);
    let input = Payload::parse(input).expect("is JSON");
    let key = world.start(StartRequest::new("M", input)).expect("starts");
    world.run(key).expect("ends");
    world.execution(key).history().to_vec()
}

fn succeeds() -> Answer {
    Answer::succeeded(Payload::empty_object())
}

fn row(trace_header: Option<&str>) -> Arc<ExecutionRow> {
    Arc::new(ExecutionRow {
        id: ExecutionId(1),
        arn: "arn:aws:states:us-east-1:123456789012:execution:M:e".to_owned(),
        name: "e".to_owned(),
        machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:M".to_owned(),
        revision: String::new(),
        workflow_type: WorkflowType::Standard,
        role_arn: String::new(),
        version_arn: None,
        alias_arn: None,
        trace_header: trace_header.map(str::to_owned),
        test_case: None,
        input: Payload::empty_object(),
        started: Timestamp::DEFAULT_EPOCH,
        seed: 7,
        activities: Vec::new(),
        parent: None,
    })
}

fn spans_of(history: &[HistoryEvent]) -> Vec<Span> {
    let mut tracer = Tracer::new(&row(None)).expect("is traced");
    let mut spans = Vec::new();
    for event in history {
        tracer.note(event, &mut spans);
    }
    spans
}

fn attribute<'a>(span: &'a Span, name: &str) -> Option<&'a Attribute> {
    span.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}

fn text(span: &Span, name: &str) -> String {
    match attribute(span, name) {
        Some(Attribute::Text(text)) => text.to_string(),
        Some(Attribute::Number(number)) => number.to_string(),
        None => String::new(),
    }
}

/// The spans as an outline, in the order they started: milliseconds, name, end, error, what happened meanwhile.
fn outline(spans: &[Span]) -> Vec<String> {
    let mut lines = Vec::new();
    let roots = spans.iter().filter(|span| {
        span.parent.is_none_or(|parent| spans.iter().all(|other| other.id != parent))
    });
    let mut todo: Vec<(usize, &Span)> = roots.map(|span| (0, span)).collect();
    todo.sort_by_key(|(_, span)| std::cmp::Reverse(span.started));
    while let Some((depth, span)) = todo.pop() {
        let at = |moment: Timestamp| moment.as_millis() - Timestamp::DEFAULT_EPOCH.as_millis();
        let mut line = format!("{}{}", "  ".repeat(depth), span.name);
        let index = text(span, "stepclock.map.index");
        if !index.is_empty() {
            line += &format!(" {index}");
        }
        line +=
            &format!(" {}-{} {}", at(span.started), at(span.ended), text(span, "stepclock.status"));
        let error = text(span, "error.type");
        if !error.is_empty() {
            line += &format!(" {error}");
        }
        for note in &span.notes {
            line += &format!(" [{} {}]", note.name, at(note.at));
        }
        lines.push(line);
        let mut inside: Vec<_> = spans
            .iter()
            .filter(|other| other.parent == Some(span.id))
            .map(|other| (depth + 1, other))
            .collect();
        // Spans come as they end; of those that began at once, the later one is on top of the stack.
        inside.sort_by_key(|(_, span)| {
            (
                std::cmp::Reverse(span.started),
                std::cmp::Reverse(text(span, "stepclock.map.index")),
                span.name.clone(),
            )
        });
        todo.extend(inside);
    }
    lines
}

#[test]
fn attempts_stand_below_their_state_and_say_how_they_failed() {
    let definition = json!({"StartAt": "Charge", "States": {
        "Charge": {"Type": "Task", "Resource": FUNCTION, "Next": "Rest",
            "Retry": [{"ErrorEquals": ["Down"], "IntervalSeconds": 3, "MaxAttempts": 1}]},
        "Rest": {"Type": "Wait", "Seconds": 5, "End": true}
    }});
    let workers = json!({"workers": [{"state": "Charge", "answers": {
        "0": {"throw": {"error": "Down", "cause": "no line"}, "afterSeconds": 2},
        "1": {"return": 1, "afterSeconds": 1}
    }}]});
    let spans = spans_of(&history(&definition, &workers, "{}"));
    assert_eq!(
        outline(&spans),
        [
            "M 0-11000 SUCCEEDED",
            "  Charge 0-6000 SUCCEEDED [retry 5000]",
            "    F 0-2000 FAILED Down [started 0]",
            "    F 5000-6000 SUCCEEDED [started 5000]",
            "  Rest 6000-11000 SUCCEEDED",
        ]
    );
    let failed = spans.iter().find(|span| span.problem.is_some()).expect("one has failed");
    assert_eq!(failed.problem.as_deref(), Some("Down: no line"));
    assert_eq!(text(failed, "aws.lambda.invoked_arn"), FUNCTION);
    assert_eq!(
        (text(failed, "stepclock.task.attempt").as_str(), failed.kind),
        ("1", SpanKind::Client)
    );
    let root = spans.last().expect("the execution ends last");
    assert_eq!(text(root, "aws.step_functions.state_machine.arn"), row(None).machine_arn);
    assert_eq!((root.parent, root.kind), (None, SpanKind::Server));
}

#[test]
fn what_a_failure_cuts_off_was_aborted_and_what_it_came_through_failed() {
    let work = |name: &str| json!({"StartAt": name, "States": {name: {"Type": "Task", "Resource": FUNCTION, "End": true}}});
    let definition = json!({"StartAt": "Both", "States": {
        "Both": {"Type": "Parallel", "Branches": [work("Bad"), work("Slow")], "Next": "Never",
            "Catch": [{"ErrorEquals": ["Other"], "Next": "Never"}]},
        "Never": {"Type": "Pass", "End": true}
    }});
    let workers = json!({"workers": [
        {"state": "Bad", "answers": {"0": {"throw": {"error": "Boom", "cause": "c"}, "afterSeconds": 1}}},
        {"state": "Slow", "answers": {"0": {"return": 1, "afterSeconds": 9}}}
    ]});
    assert_eq!(
        outline(&spans_of(&history(&definition, &workers, "{}"))),
        [
            "M 0-1000 FAILED Boom",
            "  Both 0-1000 FAILED Boom",
            "    Slow 0-1000 ABORTED",
            "      F 0-1000 ABORTED [started 0]",
            "    Bad 0-1000 FAILED Boom",
            "      F 0-1000 FAILED Boom [started 0]",
        ]
    );
}

#[test]
fn iterations_are_spans_and_a_caught_failure_is_none_of_its_state() {
    let definition = json!({"StartAt": "Each", "States": {
        "Each": {"Type": "Map", "MaxConcurrency": 2, "End": true,
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}],
            "ItemProcessor": {"StartAt": "Work", "States": {
                "Work": {"Type": "Task", "Resource": FUNCTION, "Next": "After"},
                "After": {"Type": "Pass", "End": true}}}},
        "Sorry": {"Type": "Pass", "End": true}
    }});
    let worker = |call: &TaskCall<'_>| {
        Some(match call.request.path.first() {
            Some(Container::Map { index: 0, .. }) => succeeds().after_ms(1_000),
            Some(Container::Map { index: 1, .. }) => succeeds().after_ms(4_000),
            _ => Answer::failed("Boom", "c").after_ms(1_000),
        })
    };
    assert_eq!(
        outline(&spans_of(&history_with(&definition, worker, "[1, 2, 3]"))),
        [
            "M 0-2000 SUCCEEDED",
            "  Each 0-2000 SUCCEEDED",
            "    Each iteration 0 0-1000 SUCCEEDED",
            "      Work 0-1000 SUCCEEDED",
            "        F 0-1000 SUCCEEDED [started 0]",
            "      After 1000-1000 SUCCEEDED",
            "    Each iteration 1 0-2000 ABORTED",
            "      Work 0-2000 ABORTED",
            "        F 0-2000 ABORTED [started 0]",
            "    Each iteration 2 1000-2000 FAILED Boom",
            "      Work 1000-2000 FAILED Boom",
            "        F 1000-2000 FAILED Boom [started 1000]",
            "  Sorry 2000-2000 SUCCEEDED",
        ]
    );
}

#[test]
fn a_parallel_that_is_retried_says_so() {
    let definition = json!({"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true,
        "Retry": [{"ErrorEquals": ["Boom"], "IntervalSeconds": 2}],
        "Branches": [{"StartAt": "W", "States": {"W": {"Type": "Task", "Resource": FUNCTION, "End": true}}}]}}});
    let workers = json!({"workers": [{"state": "W", "answers": {
        "0": {"throw": {"error": "Boom", "cause": "c"}}, "1": {"return": 1}}}]});
    assert_eq!(
        outline(&spans_of(&history(&definition, &workers, "{}"))),
        [
            "M 0-2000 SUCCEEDED",
            "  Both 0-2000 SUCCEEDED [retry 2000]",
            "    W 0-0 FAILED Boom",
            "      F 0-0 FAILED Boom [started 0]",
            "    W 2000-2000 SUCCEEDED",
            "      F 2000-2000 SUCCEEDED [started 2000]",
        ]
    );
}

#[test]
fn a_choice_without_a_way_on_fails_with_the_execution() {
    let definition = json!({"StartAt": "C", "States": {
        "C": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true, "Next": "S"}]},
        "S": {"Type": "Succeed"}
    }});
    let spans = spans_of(&history(&definition, &json!({"workers": []}), "{}"));
    assert_eq!(outline(&spans), ["M 0-0 FAILED States.Runtime", "  C 0-0 FAILED States.Runtime"]);
}

#[test]
fn the_same_events_give_the_same_spans_and_every_id_once() {
    let definition = json!({"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true,
        "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}}}});
    let events = history(&definition, &json!({"workers": []}), "[1, 2, 3]");
    let spans = spans_of(&events);
    assert_eq!(spans, spans_of(&events));
    let ids: std::collections::BTreeSet<_> = spans.iter().map(|span| span.id).collect();
    assert_eq!((ids.len(), spans.len()), (8, 8));
    assert!(spans.iter().all(|span| span.trace == spans[0].trace));
}

#[test]
fn a_trace_header_is_honoured() {
    let definition = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}});
    let events = history(&definition, &json!({"workers": []}), "{}");
    let root = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8";
    let mut tracer = Tracer::new(&row(Some(&format!("{root};Sampled=1")))).expect("is traced");
    let mut spans = Vec::new();
    events.iter().for_each(|event| tracer.note(event, &mut spans));
    let execution = spans.last().expect("has one");
    assert_eq!(execution.trace[..4], [0x57, 0x59, 0xe9, 0x88]);
    assert_eq!(execution.parent, Some([0x53, 0x99, 0x5c, 0x3f, 0x42, 0xcd, 0x8a, 0xd8]));
    assert!(Tracer::new(&row(Some(&format!("{root};Sampled=0")))).is_none());
}

/// Executions that go in circles under one timestamp or many do not fill memory: every event but the last few is
/// forgotten.
#[test]
fn what_has_ended_is_forgotten() {
    let definition = json!({"StartAt": "W", "States": {
        "W": {"Type": "Wait", "Seconds": 1, "Next": "C"},
        "C": {"Type": "Choice", "Default": "W",
            "Choices": [{"Variable": "$$.State.EnteredTime", "TimestampGreaterThan": "2026-01-01T01:00:00Z", "Next": "S"}]},
        "S": {"Type": "Succeed"}
    }});
    let events = history(&definition, &json!({"workers": []}), "{}");
    assert!(events.len() > 10_000, "{}", events.len());
    let mut tracer = Tracer::new(&row(None)).expect("is traced");
    let mut spans = Vec::new();
    for event in &events {
        tracer.note(event, &mut spans);
        assert!(tracer.held() < 40, "{} after event {}", tracer.held(), event.id);
    }
}

/// Whatever an execution does, its spans are a tree: every state that was entered is one of them, every id is there
/// once, and what is inside another span begins and ends inside it.
#[test]
fn spans_of_random_executions_are_trees() {
    let engine = ReferenceEngine::new();
    let mut failures = 0;
    for seed in 0..400 {
        let case = generate::from_seed(seed);
        let Ok(ran) = engine.simulate(&case, &Budget::default()) else { continue };
        let events = ran.world.execution(ran.key).history();
        let spans = spans_of(events);
        let by_id: BTreeMap<_, _> = spans.iter().map(|span| (span.id, span)).collect();
        assert_eq!(by_id.len(), spans.len(), "seed {seed}");
        let redriven = events
            .iter()
            .any(|event| matches!(event.details, EventDetails::ExecutionRedriven { .. }));
        let has_ended = events.last().is_some_and(|event| event.details.is_terminal());
        if has_ended && !redriven {
            let is_entered =
                |event: &&HistoryEvent| matches!(event.details, EventDetails::StateEntered { .. });
            let states =
                spans.iter().filter(|span| attribute(span, "stepclock.state.type").is_some());
            assert_eq!(states.count(), events.iter().filter(is_entered).count(), "seed {seed}");
            let roots = spans.iter().filter(|span| span.parent.is_none());
            assert_eq!(roots.count(), 1, "seed {seed}");
        }
        for span in &spans {
            assert!(span.started <= span.ended, "seed {seed}: {span:?}");
            let Some(parent) = span.parent.filter(|_| has_ended) else { continue };
            let parent = by_id.get(&parent).unwrap_or_else(|| panic!("seed {seed}: {span:?}"));
            let inside = parent.started <= span.started && span.ended <= parent.ended;
            assert!(inside, "seed {seed}: {span:?} is not inside {parent:?}");
        }
        failures += usize::from(spans.iter().any(|span| span.problem.is_some()));
    }
    assert!(failures > 50, "{failures}");
}
