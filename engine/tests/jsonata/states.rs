//! What expressions see, what comes out of them and how they fail.

use std::sync::Arc;

use rstest::rstest;
use serde_json::json;
use stepclock_engine::data::Timestamp;
use stepclock_engine::expr::jsonata::ResultType;
use stepclock_engine::expr::{Jsonata, Scope};

use super::{NOTHING, World, failure, thrown};

#[test]
fn an_expression_is_immutable_and_shared() {
    fn assert_shared<T: Send + Sync + Clone>(_: &T) {}
    assert_shared(&Jsonata::compile("$uuid()").expect("is JSONata"));
}

#[test]
fn states_and_variables() {
    let mut world = World::new(json!({"n": 5, "list": [{"k": 1}, {"k": 2}], "none": null}))
        .with("x", json!({"y": [7]}))
        .with("empty", json!([]));
    world.result = Some(json!("R"));
    for (source, expected) in [
        ("$states.input.n", json!(5)),
        ("$states.input.n + 1", json!(6)),
        ("$states.input.list.k", json!([1, 2])),
        ("$states.input.list[k = 2]", json!({"k": 2})),
        ("$states.input.list[0]", json!({"k": 1})),
        ("$states.input.none", json!(null)),
        ("$exists($states.input.none)", json!(true)),
        ("$type($states.input.none)", json!("null")),
        ("$states.result", json!("R")),
        ("$states.context.State.Name", json!("S")),
        ("$x", json!({"y": [7]})),
        ("$x.y", json!([7])),
        ("$x.y[0]", json!(7)),
        ("$empty", json!([])),
        ("[$empty, $x.y, $states.input.n]", json!([7, 5])),
        ("$exists($nowhere) ? 1 : 2", json!(2)),
        ("{\"a\": $nowhere, \"b\": $x}", json!({"b": {"y": [7]}})),
        ("$map($states.input.list, function($x) { $x.k })", json!([1, 2])),
        ("($x := 1; $x)", json!(1)),
        ("$x := 1", json!(1)),
        ("$keys($states)", json!(["context", "input", "result"])),
        ("$states.*.n", json!(5)),
        ("$lookup($states, 'result')", json!("R")),
        (
            "$states ~> |$|{\"result\": 2}|",
            json!({
                "context": {"State": {"Name": "S"}},
                "input": {"n": 5, "list": [{"k": 1}, {"k": 2}], "none": null},
                "result": 2
            }),
        ),
    ] {
        assert_eq!(world.run(source).expect(source), expected, "{source}");
    }
    let states = world.run("$states").expect("is an object");
    assert_eq!(states["input"], world.input);
    assert_eq!(states.get("errorOutput"), None);
}

#[test]
fn a_variable_hides_a_function_of_its_name() {
    let world = World::new(json!({})).with("sum", json!(3));
    assert_eq!(world.run("$sum").expect("is 3"), json!(3));
    assert_eq!(world.run("[$sum, 1]").expect("is an array"), json!([3, 1]));
}

#[test]
fn what_is_not_there_is_nothing_to_an_expression() {
    // AWS refuses such definitions; there is no context item to read.
    for source in [
        "$",
        "$$",
        "name",
        "$string()",
        "$uppercase()",
        "$$.s.input",
        "*",
        "$not()",
        "$length()",
        "$substring(1, 2)",
    ] {
        assert_eq!(failure(source), NOTHING, "{source}");
    }
}

#[rstest]
#[case("$states.input.missing", NOTHING)]
#[case("$states.nothing.more", NOTHING)]
#[case("$doesNotExist", NOTHING)]
#[case("$doesNotExist.a.b[0]", NOTHING)]
#[case("$fn := function($x){$x}", "returned an unsupported result type.")]
#[case("$sum", "returned an unsupported result type.")]
#[case("$uuid", "returned an unsupported result type.")]
#[case("$random() < 2 ? $uppercase : 1", "returned an unsupported result type.")]
fn results_no_field_can_hold(#[case] source: &str, #[case] expected: &str) {
    assert_eq!(failure(source), expected);
}

#[rstest]
// Recording `math_operations_jsonata.math_random_seeded`.
#[case("$randomSeeded(1)", ". T1006: Attempted to invoke a non-function")]
// The rest is measured.
#[case("$eval(\"1+1\")", ". T1006: Attempted to invoke a non-function")]
#[case(
    "$split('a','b',-1)",
    ". D3020: Third argument of split function must evaluate to a positive number"
)]
#[case("$sum(['a'])", ". T0412: Argument 1 of function \"sum\" must be an array of \"numbers\"")]
#[case("$sqrt(-1)", ". D3060: The sqrt function cannot be applied to a negative number: -1")]
#[case("1 + {}", ". T2002: The right side of the \"+\" operator must evaluate to a number")]
#[case(
    "$single([1,2], function($x){true})",
    ". D3138: The $single() function expected exactly 1 matching result.  Instead it matched more."
)]
#[case(
    "$formatNumber(1, 'x')",
    ". D3086: The sub-picture must not contain a passive character that is preceded by an active character and that is followed by another active character"
)]
fn errors_of_the_language(#[case] source: &str, #[case] expected: &str) {
    assert_eq!(thrown(source), expected);
}

#[test]
fn numbers_in_and_out() {
    let world = World::new(json!({
        "whole": 1.0, "big": 9_007_199_254_740_993_i64, "wide": u64::MAX, "nested": [{"n": 2.0}]
    }));
    for (source, expected) in [
        ("$states.input.whole", "1"),
        ("$states.input.big", "9007199254740993"),
        ("$states.input.nested", r#"[{"n":2}]"#),
        ("$states.input.nested[0]", r#"{"n":2}"#),
        ("[$states.input.nested]", r#"[{"n":2}]"#),
        ("$states.input.wide", "1.8446744073709552e+19"),
        ("$states.input.whole / 4", "0.25"),
        ("0.1 + 0.2", "0.30000000000000004"),
        ("-0", "0"),
        ("10 * 1e17", "1000000000000000000"),
        // Measured: `$string` writes whole numbers in full below 1e21, others with 15 digits.
        ("$string(1e20)", "\"100000000000000000000\""),
        ("$string(1e21)", "\"1e+21\""),
        ("$string(1/3)", "\"0.333333333333333\""),
        ("1/3 & ''", "\"0.333333333333333\""),
        ("$string(999999999999999868928)", "\"999999999999999900000\""),
        ("$string(1e-7)", "\"1e-7\""),
    ] {
        assert_eq!(world.run(source).expect(source).to_string(), expected, "{source}");
    }
}

#[test]
fn an_input_object_is_kept_exact_where_it_passes_through() {
    let world = World::new(json!({"a": {"id": 9_007_199_254_740_993_i64}}));
    let copy =
        world.run("{\"x\": $states.input.a, \"y\": [1, $states.input]}").expect("is an object");
    assert_eq!(
        copy.to_string(),
        r#"{"x":{"id":9007199254740993},"y":[1,{"a":{"id":9007199254740993}}]}"#
    );
}

#[test]
fn a_field_of_one_type() {
    let world = World::new(json!({}));
    let scope = Scope {
        input: &world.input,
        context: &world.context,
        variables: &world.variables,
        result: None,
        error_output: None,
        now: Timestamp::DEFAULT_EPOCH,
        random: &world.random,
    };
    let expression = Jsonata::compile(" 1 ").expect("is JSONata");
    let field = Arc::from("Items");
    // Recording `base_scenarios.map_state_items_eval_jsonata_fail.number`.
    let error = expression.evaluate_as(ResultType::Array, &scope, &field).expect_err("no array");
    assert_eq!(
        error.cause,
        "The JSONata expression '1' specified for the field 'Items' returned an unexpected result type. Expected 'array', but was 'number' for value: 1"
    );
    assert_eq!(expression.evaluate_as(ResultType::Number, &scope, &field), Ok(json!(1)));
}
