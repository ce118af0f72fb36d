//! Runs accepted definitions in a small world, and checks what every run must keep.

use std::sync::Arc;

use stepclock_engine::asl::{Definition, WorkflowType};
use stepclock_engine::data::Payload;
use stepclock_engine::sim::{
    Answer, ExecutionKey, StartRequest, TaskCall, Worker, World, WorldConfig, WorldError, replay,
};

/// The name every machine is registered under.
pub(crate) const MACHINE: &str = "M";

/// Events a world may work off: enough for everything but endless loops.
const STEPS_MAX: u64 = 2_000;

/// An input that many paths and comparisons find something in.
pub(crate) const INPUT: &str = r#"{"a":1,"b":"text","c":[1,2,{"d":null}],"items":[{"id":1,"ok":true},{"id":2,"ok":false}],"n":2.5,"t":"2026-01-01T00:00:00Z"}"#;

/// A world with one machine.
pub(crate) fn world(definition: &Arc<Definition>, kind: WorkflowType) -> World {
    let mut world = World::new(WorldConfig { steps_max: STEPS_MAX, ..WorldConfig::default() });
    world.register(MACHINE, definition.clone(), kind);
    world
}

/// Runs a definition on [`INPUT`], its tasks answered by [`echo`], and gives the number of its events.
pub(crate) fn run_definition(definition: &Arc<Definition>, kind: WorkflowType) -> usize {
    let mut world = world(definition, kind);
    world.add_worker(echo);
    let input = Payload::parse(INPUT).expect("the input is JSON");
    let key = start(&mut world, input);
    finish(&mut world, key);
    world.execution(key).history().len()
}

/// Answers with the parameters; every third call of a state fails.
pub(crate) fn echo(call: &TaskCall<'_>) -> Option<Answer> {
    Some(match call.calls_of_state % 3 {
        1 => Answer::failed("Odd", "an odd call"),
        _ => Answer::succeeded(call.request.parameters.clone()).after_ms(1_500),
    })
}

/// Answers nothing; for worlds whose other workers must leave nothing unanswered.
pub(crate) fn nobody() -> impl Worker {
    |_: &TaskCall<'_>| None
}

pub(crate) fn start(world: &mut World, input: Payload) -> ExecutionKey {
    world.start(StartRequest::new(MACHINE, input)).expect("the machine is registered")
}

/// Runs to the end, and checks the execution.
///
/// # Panics
/// When the world stops for a reason that no definition may cause, or the execution breaks a rule.
pub(crate) fn finish(world: &mut World, key: ExecutionKey) {
    match world.run(key) {
        Ok(())
        | Err(
            WorldError::Restless { .. }
            | WorldError::Crowded { .. }
            | WorldError::Unanswered { .. },
        ) => {}
        Err(error) => panic!("the world stopped: {error}"),
    }
    for (key, _) in world.executions().map(|(key, record)| (key, record.status())) {
        check(world, key);
    }
}

/// The history is numbered without gaps, goes back only, never in time, ends with an end and only there; and
/// the journal gives it once more.
fn check(world: &World, key: ExecutionKey) {
    let record = world.execution(key);
    let history = record.history();
    for (index, event) in history.iter().enumerate() {
        assert_eq!(event.id, index as u64 + 1, "ids have no gaps");
        assert!(event.previous_event_id < event.id, "event {} follows a later one", event.id);
        let before = index.checked_sub(1).map(|before| history[before].timestamp);
        assert!(before.is_none_or(|before| before <= event.timestamp), "time goes back");
        let name = event.details.type_name();
        let is_end = name.starts_with("Execution")
            && !["ExecutionStarted", "ExecutionRedriven"].contains(&name);
        let is_last = record.outcome().is_some() && index + 1 == history.len();
        assert_eq!(is_end, is_last, "{name} is event {} of {}", event.id, history.len());
    }
    let again = replay(record.config().clone(), record.journal()).expect("the journal fits");
    assert!(again == history, "the journal gives another history");
    let _ = record.describe();
}
