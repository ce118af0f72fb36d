//! Tests of the intrinsic functions; expectations are AWS's where a recording is named.

use std::cell::RefCell;

use rstest::rstest;
use serde_json::{Map, json};

use super::*;
use crate::data::Timestamp;

fn evaluate(source: &str, input: &Value) -> Result<Value, ExprError> {
    let intrinsic = Intrinsic::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    let context = json!({"StateMachine": {"Id": "arn:m", "Name": "m"}});
    let random = RefCell::new(crate::data::RandomStream::new(0, "test"));
    intrinsic.evaluate(
        &Scope {
            input,
            context: &context,
            variables: &Map::from_iter([("v".to_owned(), json!(3))]),
            result: None,
            error_output: None,
            now: Timestamp::DEFAULT_EPOCH,
            random: &random,
        },
        "x.$",
    )
}

#[rstest]
#[case("States.Array()", json!([]))]
#[case("States.Array(1, 'a', null, true, $.n)", json!([1, "a", null, true, 5]))]
#[case("States.ArrayPartition($.l, 2)", json!([[1, 2], [2]]))]
#[case("States.ArrayPartition(States.Array(), 3)", json!([]))]
#[case("States.ArrayContains($.l, 2)", json!(true))]
#[case("States.ArrayContains($.o, $.o[0])", json!(true))]
#[case("States.ArrayContains($.l, null)", json!(false))]
#[case("States.ArrayRange(1, 9, 2)", json!([1, 3, 5, 7, 9]))]
#[case("States.ArrayRange(3, 1, -1)", json!([3, 2, 1]))]
#[case("States.ArrayRange(1, 1, 1)", json!([1]))]
#[case("States.ArrayRange(1, 3, -1)", json!([]))]
#[case("States.ArrayGetItem($.l, 1)", json!(2))]
#[case("States.ArrayLength($.l)", json!(3))]
#[case("States.ArrayUnique($.l)", json!([1, 2]))]
#[case("States.Base64Encode('Data to encode')", json!("RGF0YSB0byBlbmNvZGU="))]
#[case("States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", json!("Data to encode"))]
#[case("States.Hash('input data', 'SHA-1')", json!("aaff4a450a104cd177d28d18d74485e8cae074b7"))]
#[case("States.JsonMerge($.o[0], States.StringToJson('{\"b\":2}'), false)", json!({"a": 1, "b": 2}))]
#[case("States.MathAdd($.n, -1)", json!(4))]
#[case("States.MathAdd($v, $v)", json!(6))]
#[case("States.StringToJson('[1,{\"a\":null}]')", json!([1, {"a": null}]))]
#[case("States.StringToJson(' ')", json!(null))]
#[case("States.JsonToString($.o)", json!("[{\"a\":1}]"))]
#[case("States.StringSplit('1,2;;3', ',;')", json!(["1", "2", "3"]))]
#[case("States.Format('Hello, {}: {} {}', 'x', $.n, null)", json!("Hello, x: 5 null"))]
#[case(r"States.Format('\{\} it\'s \\ {}', true)", json!(r"{} it's \ true"))]
#[case("States.Format('{}', $$.StateMachine)", json!("{Id=arn:m, Name=m}"))]
fn gives(#[case] source: &str, #[case] expected: Value) {
    let input = json!({"n": 5, "l": [1, 2, 2], "o": [{"a": 1}]});
    assert_eq!(evaluate(source, &input), Ok(expected), "{source}");
}

/// Each operand is rounded half up before adding (measured: -0.5 → 0, -1.5 → -1, 2.5 → 3).
#[rstest]
#[case(-0.5, 0)]
#[case(-1.5, -1)]
#[case(2.5, 3)]
fn math_add_rounds_half_up(#[case] operand: f64, #[case] expected: i64) {
    assert_eq!(evaluate("States.MathAdd($.x, 0)", &json!({"x": operand})), Ok(json!(expected)));
}

#[test]
fn random_numbers_stay_in_range_and_follow_the_seed() {
    for _ in 0..50 {
        let value = evaluate("States.MathRandom(-3, 3)", &json!({})).expect("is drawn");
        assert!((-3..3).contains(&value.as_i64().expect("is an integer")));
    }
    let seeded = || evaluate("States.MathRandom(0, 1000000, 7)", &json!({}));
    assert_eq!(seeded(), seeded());
}

#[rstest]
#[case("States.ArrayPartition($.n, 2)")]
#[case("States.ArrayPartition($.l, 0)")]
#[case("States.ArrayRange(1, 9, 0)")]
#[case("States.ArrayRange(0, 1000, 1)")]
#[case("States.ArrayGetItem($.l, 9)")]
#[case("States.ArrayGetItem($.l, -1)")]
#[case("States.Base64Decode('***')")]
#[case("States.Hash('a', 'CRC32')")]
#[case("States.JsonMerge($.l, $.l, false)")]
#[case("States.JsonMerge($, $, true)")]
#[case("States.MathAdd('1', 2)")]
#[case("States.MathRandom(5, 5)")]
#[case("States.StringToJson('{')")]
#[case("States.Format('{} {}', 1)")]
#[case("States.Format('{}', 1, 2)")]
fn refuses(#[case] source: &str) {
    let error = evaluate(source, &json!({"n": 5, "l": [1]})).expect_err(source);
    assert!(error.cause.starts_with(&format!("The function '{source}' had")), "{error}");
}

#[test]
fn a_path_that_finds_nothing_names_the_field() {
    let error = evaluate("States.Format('{}', $.q)", &json!({})).expect_err("is missing");
    assert!(error.cause.contains("specified for the field 'x.$'"), "{error}");
}

#[rstest]
#[case::escape("States.StringToJson('{\"text\":\"An \\\"escaped\\\"\"}')")]
#[case::newline_escape(r"States.StringSplit('a\nb', ',')")]
#[case::unknown("States.Nope()")]
#[case::lower_case("states.Format('')")]
#[case::blank_before_parenthesis("States.UUID ()")]
#[case::unfinished("States.Array(1")]
#[case::trailing("States.UUID() ")]
#[case::too_many("States.UUID(1)")]
#[case::too_few("States.MathAdd(1)")]
#[case::double_quotes("States.Format(\"x\")")]
#[case::object_literal("States.Array({})")]
#[case::bad_path("States.Array($.a[)")]
fn is_not_a_call(#[case] source: &str) {
    assert!(Intrinsic::parse(source).is_err(), "{source}");
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "States.Array(".repeat(depth), ")".repeat(depth));
    assert!(Intrinsic::parse(&nested(10)).is_ok());
    assert!(Intrinsic::parse(&nested(11)).is_err());
    assert!(Intrinsic::parse(&nested(100_000)).is_err());
}

#[test]
fn long_data_is_refused() {
    let input = json!({"t": "x".repeat(10_001)});
    assert!(evaluate("States.Base64Encode($.t)", &input).is_err());
    assert!(evaluate("States.Hash($.t, 'MD5')", &input).is_err());
}
