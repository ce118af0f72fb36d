//! Hostile input ends in bounded time and memory: each of these once took minutes or gigabytes.
//!
//! Nothing here looks at a clock. A bound that is lost shows as a test that does not end.

use std::cell::RefCell;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use stepclock_engine::asl::{Compiled, Definition, WorkflowType, compile, compile_yaml};
use stepclock_engine::data::{Payload, RandomStream, Timestamp};
use stepclock_engine::expr::{Intrinsic, JsonPath, Jsonata, Scope};
use stepclock_engine::sim::{StartRequest, World, WorldConfig, WorldError};

fn scoped<T>(input: &Value, check: impl FnOnce(&Scope<'_>) -> T) -> T {
    let random = RefCell::new(RandomStream::new(0, "test"));
    check(&Scope {
        input,
        context: &json!({}),
        variables: &Map::new(),
        result: None,
        error_output: None,
        now: Timestamp::DEFAULT_EPOCH,
        random: &random,
    })
}

fn failure(path: &str, input: &Value) -> String {
    let path = JsonPath::parse(path).expect("is a path");
    scoped(input, |scope| path.evaluate(scope).expect_err("is too much").cause)
}

fn compiled(definition: &Value) -> Compiled {
    compile(&definition.to_string(), WorkflowType::Standard)
}

#[test]
fn aliases_of_long_yaml_scalars_are_bounded() {
    for anchored in
        [format!("\"{}\"", "\\u00e9".repeat(80_000)), format!("{{? {} : 1}}", "k".repeat(1_000))]
    {
        let text = format!("a: &x {anchored}\nb: [{}]\n", "*x,".repeat(99_000));
        let found = compile_yaml(&text, WorkflowType::Standard).diagnostics;
        assert!(found[0].message.contains("aliases expand"), "{}", found[0].message);
    }
}

#[test]
fn many_merges_into_a_large_yaml_mapping() {
    let own: String = (0..30_000).map(|key| format!("k{key}: 1,")).collect();
    let text = format!("b: {{{own} <<: [{}]}}\n", "{},".repeat(30_000));
    assert!(compile_yaml(&text, WorkflowType::Standard).definition.is_none());
}

#[test]
fn jsonata_with_many_names_and_bindings() {
    let names: Vec<_> = (0..60_000).map(|name| format!("n{name}")).collect();
    let found = Jsonata::compile(&format!("[{}]", names.join(","))).expect("is JSONata");
    assert_eq!(found.references().top_level_names.len(), names.len());
    let bound: String = (0..20_000).map(|name| format!("$b{name}:=1;$b{name};")).collect();
    let found = Jsonata::compile(&format!("({bound})")).expect("is JSONata");
    assert!(found.references().variables.is_empty());
    let pairs: Vec<_> = (0..30_000).map(|key| format!("'k{key}':1")).collect();
    Jsonata::compile(&format!("$x{{{}}}", pairs.join(","))).expect("is JSONata");
}

#[test]
fn filters_pay_for_what_they_compare_and_copy() {
    let items: Value = (0..20_000).map(|id| json!({"id": id, "s": "x"})).collect();
    let wide = json!({"items": items, "text": "a".repeat(100_000)});
    for path in [
        "$.items[?(@ in $.items)]",
        "$.items[?($.items == $.items)]",
        "$.items[?($.text == $.text)]",
        "$.items[?($.items.append(1) == 1)]",
        "$.items[?($.concat($.text, $.text) == 1)]",
        "$.items[?($.text =~ /(a*)*(a*)*(a|aa)*b/)]",
        "$.items[?($.items[*] == 1)]",
    ] {
        let cause = failure(path, &wide);
        assert!(cause.contains("goes through more than"), "{path}: {cause}");
    }
    let deep = (0..200).fold(json!(1), |inner, _| json!({"a": inner, "b": [1, 2]}));
    for path in ["$..*..*", "$..[?(@..[?(@..a)])]"] {
        assert!(failure(path, &deep).contains("goes through more than"), "{path}");
    }
    let large = json!({"a": [[[["z".repeat(200_000)]]]]});
    let path = format!("$.a{}", "[0,0,0,0,0,0,0,0,0,0]".repeat(4));
    assert!(failure(&path, &large).contains("goes through more than"));
}

/// Comparing ten thousand items with a thousand wanted ones is no attack.
#[test]
fn a_filter_of_honest_size_is_not_refused() {
    let items: Value = (0..10_000).map(|id| json!({"id": id})).collect();
    let wanted: Value = (5_000..6_000).collect();
    let input = json!({"items": items, "wanted": wanted});
    let path = JsonPath::parse("$.items[?(@.id in $.wanted)].id").expect("is a path");
    let found = scoped(&input, |scope| path.evaluate(scope).expect("is evaluated").into_owned());
    assert_eq!(found, wanted);
}

#[test]
fn patterns_of_filters_are_bounded_when_compiled() {
    assert!(JsonPath::parse("$[?(@.a =~ /((a{500}){500}){500}/)]").is_err());
    let many = vec!["@.a =~ /(a{30}){30}/"; 10_000].join(" && ");
    assert!(JsonPath::parse(&format!("$[?({many})]")).is_err());
    let one = json!({"p.$": "$[?(@.a =~ /(a{30}){30}/)]"});
    let parameters: Vec<_> = vec![one; 15_000];
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Parameters": {"all": parameters}, "End": true}}});
    assert!(compiled(&definition).definition.is_none());
}

#[test]
fn a_pattern_must_pair_its_own_parentheses() {
    assert!(JsonPath::parse("$[?(@.a =~ /a)|(b/)]").is_err());
    assert!(JsonPath::parse("$[?(@.a =~ /(a)|(b)/i)]").is_ok());
}

#[test]
fn templates_and_calls_of_many_copies_are_bounded() {
    let input = json!({"big": "x".repeat(250_000)});
    let call = format!("States.Array({}$)", "$,".repeat(50_000));
    let call = Intrinsic::parse(&call).expect("is a call");
    let error = scoped(&input, |scope| call.evaluate(scope).expect_err("is too much"));
    assert!(error.cause.contains("Invalid arguments in States.Array"));

    let copies: Map<String, Value> =
        (0..50_000).map(|key| (format!("k{key}.$"), "$".into())).collect();
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Parameters": copies, "End": true}}});
    let compiled = compiled(&definition).definition.expect("is valid");
    let status = run(&compiled, &input);
    assert_eq!(status, "FAILED");
}

#[test]
fn many_variables_of_one_assign_are_bounded() {
    let input = json!({"big": "x".repeat(250_000)});
    let assign: Map<String, Value> =
        (0..40_000).map(|key| (format!("k{key}.$"), "$".into())).collect();
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Assign": assign, "End": true}}});
    let compiled = compiled(&definition).definition.expect("is valid");
    assert_eq!(run(&compiled, &input), "FAILED");
}

/// Runs a definition and gives its status.
fn run(definition: &Arc<Definition>, input: &Value) -> &'static str {
    let mut world = World::new(WorldConfig::default());
    world.register("M", definition.clone(), WorkflowType::Standard);
    let request = StartRequest::new("M", Payload::new(input.clone()));
    let key = world.start(request).expect("is registered");
    world.run(key).expect("nobody is asked");
    world.execution(key).status()
}

#[test]
fn a_machine_that_starts_itself_is_stopped() {
    for pattern in ["", ".sync", ".sync:2"] {
        let definition = json!({"StartAt": "Again", "States": {"Again": {
            "Type": "Task", "Resource": format!("arn:aws:states:::states:startExecution{pattern}"),
            "Parameters": {
                "StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:M", "Input": {}},
            "Catch": [{"ErrorEquals": ["Never"], "Next": "End"}],
            "Next": "Again"}, "End": {"Type": "Succeed"}}});
        let definition = compiled(&definition).definition.expect("is valid");
        let mut world = World::new(WorldConfig { executions_max: 1_000, ..WorldConfig::default() });
        world.register("M", definition, WorkflowType::Standard);
        let key = world.start(StartRequest::new("M", Payload::empty_object())).expect("is there");
        assert_eq!(world.run(key), Err(WorldError::Crowded { executions: 1_000 }));
    }
}

/// Each turn of the loop builds a new payload, and the history keeps them all: without a bound, 100 GB.
#[test]
fn an_express_loop_that_builds_large_payloads_times_out() {
    let definition = json!({"StartAt": "Copy", "States": {
        "Copy": {"Type": "Pass", "Parameters": {"big.$": "$.big"}, "Next": "Again"},
        "Again": {"Type": "Choice", "Default": "Copy", "Choices": [
            {"Variable": "$.stop", "IsPresent": true, "Next": "End"}]},
        "End": {"Type": "Succeed"}}});
    let compiled = compile(&definition.to_string(), WorkflowType::Express);
    let mut world = World::new(WorldConfig::default());
    world.register("M", compiled.definition.expect("is valid"), WorkflowType::Express);
    let input = Payload::new(json!({"big": "x".repeat(250_000)}));
    let key = world.start(StartRequest::new("M", input)).expect("is registered");
    world.run(key).expect("nobody is asked");
    assert_eq!(world.execution(key).status(), "TIMED_OUT");
}
