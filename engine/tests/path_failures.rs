//! How executions end when paths and intrinsic functions fail.

use serde_json::{Value, json};
use stepclock_engine::asl::{WorkflowType, compile};
use stepclock_engine::data::Payload;
use stepclock_engine::execution::Outcome;
use stepclock_engine::sim::{StartRequest, World, WorldConfig};

/// Error and cause of a machine whose first state is this.
fn failure(state: Value, input: Value) -> (String, String) {
    let source = json!({"StartAt": "A", "States": {
        "A": state,
        "B": {"Type": "Pass", "End": true},
    }});
    let compiled = compile(&source.to_string(), WorkflowType::Standard);
    let definition =
        compiled.definition.unwrap_or_else(|| panic!("{source}: {:?}", compiled.diagnostics));
    let mut world = World::new(WorldConfig::default());
    world.register("Machine", definition, WorkflowType::Standard);
    let key = world.start(StartRequest::new("Machine", Payload::new(input))).expect("starts");
    world.run(key).unwrap_or_else(|error| panic!("{error}"));
    match world.execution(key).outcome() {
        Some(Outcome::Failed { error, cause }) => (
            error.as_deref().unwrap_or_default().into(),
            cause.as_deref().unwrap_or_default().into(),
        ),
        other => panic!("{source}: {other:?}"),
    }
}

const PREAMBLE: &str =
    "An error occurred while executing the state 'A' (entered at the event id #2). ";

/// Measured by the project tiny-asl-machine: `Feature.IntrinsicComposition-003`, and by floci.
#[test]
fn intrinsic_functions_fail_with_states_runtime() {
    let pass = |call: &str| json!({"Type": "Pass", "Parameters": {"value.$": call}, "Next": "B"});
    assert_eq!(
        failure(pass("States.ArrayLength(States.JsonToString($.items))"), json!({"items": [1]})),
        (
            "States.Runtime".to_owned(),
            format!(
                "{PREAMBLE}There was an error while evaluating the intrinsic function: \
                 States.ArrayLength(States.JsonToString($.items)). Invalid arguments in States.ArrayLength"
            )
        )
    );
    assert_eq!(
        failure(pass("States.Format('{}', $.nope)"), json!({"other": 1})),
        (
            "States.Runtime".to_owned(),
            format!(
                "{PREAMBLE}The function 'States.Format('{{}}', $.nope)' had the following error: The JsonPath \
                 argument for the field '$.nope' could not be found in the input '{{\"other\":1}}'"
            )
        )
    );
}

/// As AWS's users report it, without the preamble.
#[test]
fn a_result_that_fits_nowhere_is_a_conflict() {
    let state = json!({"Type": "Pass", "Result": 1, "ResultPath": "$.taskResult", "Next": "B"});
    assert_eq!(
        failure(state, json!("input1")),
        (
            "States.ReferencePathConflict".to_owned(),
            "Unable to apply ReferencePath $.taskResult to input \"input1\"".to_owned()
        )
    );
}

/// As AWS's users report it, without the preamble.
#[test]
fn items_that_are_not_there_are_a_conflict() {
    let state = json!({"Type": "Map", "ItemsPath": "$.discovery.objects", "Next": "B", "ItemProcessor": {
        "StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}},
    }});
    assert_eq!(
        failure(state, json!({"discovery": {"statusCode": 500}})),
        (
            "States.ReferencePathConflict".to_owned(),
            "Unable to apply step \"objects\" to input {\"discovery\":{\"statusCode\":500}}"
                .to_owned()
        )
    );
}
