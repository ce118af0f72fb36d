//! Tests of the intrinsic functions. Expectations are AWS's: from recordings where one is named, else from
//! what the project tiny-asl-machine has measured (its `tests/conformance/cases/.snapshots/aws`).

use std::cell::RefCell;

use rstest::rstest;
use serde_json::{Map, json};

use super::*;
use crate::data::Timestamp;

fn evaluate(source: &str, input: &Value) -> Result<Value, ExprError> {
    let intrinsic = Intrinsic::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    let context = json!({"StateMachine": {"Id": "arn:m", "Name": "m"}});
    let random = RefCell::new(crate::data::RandomStream::new(0, "test"));
    intrinsic.evaluate(&Scope {
        input,
        context: &context,
        variables: &Map::from_iter([("v".to_owned(), json!(3))]),
        result: None,
        error_output: None,
        now: Timestamp::DEFAULT_EPOCH,
        random: &random,
    })
}

#[rstest]
#[case("States.Array()", json!([]))]
#[case("States.Array(1, 'a', null, true, $.n)", json!([1, "a", null, true, 5]))]
#[case("States.Array( $.n , $.n )", json!([5, 5]))]
#[case("States.ArrayPartition($.l, 2)", json!([[1, 2], [2]]))]
#[case("States.ArrayPartition($.l, 2.6)", json!([[1, 2], [2]]))]
#[case("States.ArrayPartition($.l, 2147483647)", json!([[1, 2, 2]]))]
#[case("States.ArrayPartition(States.Array(), 3)", json!([]))]
#[case("States.ArrayRange(1, 9, 2)", json!([1, 3, 5, 7, 9]))]
#[case("States.ArrayRange(1.4, 5.6, 2.2)", json!([1, 3, 5]))]
#[case("States.ArrayRange(5.4, -0.6, -2.4)", json!([5, 3, 1]))]
#[case("States.ArrayRange(1.6, 1.4, 1)", json!([1]))]
#[case("States.ArrayRange(3, 3, -1)", json!([3]))]
#[case("States.ArrayRange(5, 1, 1)", json!([]))]
#[case("States.ArrayRange(1, 5, -1)", json!([]))]
#[case("States.ArrayGetItem($.l, 1)", json!(2))]
#[case("States.ArrayGetItem($.l, 1.2)", json!(2))]
#[case("States.ArrayGetItem(States.Array(), 999)", json!(null))]
#[case("States.ArrayLength($.l)", json!(3))]
#[case("States.ArrayLength($.l[*].nope)", json!(0))]
#[case("States.Base64Encode('Data to encode')", json!("RGF0YSB0byBlbmNvZGU="))]
#[case("States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", json!("Data to encode"))]
#[case("States.Base64Decode(' YWJjZA== ')", json!("abcd"))]
#[case("States.Base64Decode('ab==cd')", json!("i"))]
#[case("States.Base64Decode('4pyT')", json!("✓"))]
#[case("States.Hash('hello', 'MD5')", json!("5d41402abc4b2a76b9719d911017c592"))]
#[case("States.Hash('input data', 'SHA-1')", json!("aaff4a450a104cd177d28d18d74485e8cae074b7"))]
#[case("States.JsonMerge($.o[0], States.StringToJson('{\"b\":2}'), false)", json!({"a": 1, "b": 2}))]
#[case("States.JsonMerge($.o[0], $.o[0], 'false')", json!({"a": 1}))]
#[case("States.MathAdd($.n, -1)", json!(4))]
#[case("States.MathAdd($v, $v)", json!(6))]
#[case("States.MathAdd(-2147483647, -1)", json!(-2_147_483_648_i64))]
#[case("States.StringToJson('[1,{\"a\":null}]')", json!([1, {"a": null}]))]
#[case("States.StringToJson(' ')", json!(null))]
#[case("States.StringToJson('')", json!(null))]
#[case("States.JsonToString($.o)", json!("[{\"a\":1}]"))]
#[case("States.JsonToString('x')", json!("\"x\""))]
#[case("States.StringSplit('1,2;;3', ',;')", json!(["1", "2", "3"]))]
#[case("States.StringSplit('a😀b', '😀')", json!(["a", "b"]))]
#[case("States.StringSplit('', ',')", json!([]))]
#[case("States.Format('Hello, {}: {} {}', 'x', $.n, null)", json!("Hello, x: 5 null"))]
#[case("States.Format($.template, 1)", json!("{n}=1"))]
#[case("States.Format('{}', '{}')", json!("{}"))]
#[case(r"States.Format('\{\} it\'s \\ {}', true)", json!(r"{} it's \ true"))]
// Recording `context_json_path`.
#[case("States.Format('{}', $$.StateMachine)", json!("{Id=arn:m, Name=m}"))]
#[case("States.Format('{}', States.StringToJson('\"x\"'))", json!("\"x\""))]
fn gives(#[case] source: &str, #[case] expected: Value) {
    let input = json!({"n": 5, "l": [1, 2, 2], "o": [{"a": 1}], "template": r"\{n\}={}"});
    assert_eq!(evaluate(source, &input), Ok(expected), "{source}");
}

/// The first nine are recordings `array_contains`.
#[rstest]
#[case(json!([]), json!(null), false)]
#[case(json!([]), json!([]), false)]
#[case(json!([[1, 2, 3], 2]), json!(null), false)]
#[case(json!([[1, 2, 3], 2]), json!([1, 2, 3]), true)]
#[case(json!([{"1": 2, "2": []}]), json!([]), false)]
#[case(json!([{"1": 2, "2": []}]), json!({"1": 2, "2": []}), true)]
#[case(json!([true, false]), json!(true), true)]
#[case(json!([true, false]), json!(false), true)]
#[case(json!([]), json!(1), false)]
#[case(json!([1, null, 3]), json!(null), true)]
#[case(json!([{"a": 1, "b": 2}]), json!({"b": 2, "a": 1}), false)]
#[case(json!([0, 1, -1, -1.5]), json!(false), false)]
#[case(json!(["9007199254740991"]), json!(9_007_199_254_740_991_i64), true)]
#[case(json!(["true", "maybe"]), json!(true), true)]
#[case(json!([{"a": 1}]), json!({"a": 1, "extra": null}), false)]
fn array_contains(#[case] array: Value, #[case] wanted: Value, #[case] expected: bool) {
    let input = json!({"array": array, "wanted": wanted});
    assert_eq!(
        evaluate("States.ArrayContains($.array, $.wanted)", &input),
        Ok(expected.into()),
        "{input}"
    );
}

#[rstest]
#[case(json!([1, 2, 3, 3, 3, 4]), json!([1, 2, 3, 4]))]
#[case(json!(["a", "b", "a", "c", "b"]), json!(["a", "b", "c"]))]
#[case(json!([true, false, true, false]), json!([false, true]))]
#[case(json!([null, null, 1, null]), json!([null, 1]))]
#[case(json!([1, "1", 1, "01"]), json!([1, "1", "01"]))]
#[case(json!([{"a": 1, "b": 2}, {"b": 2, "a": 1}]), json!([{"a": 1, "b": 2}]))]
#[case(json!([[1, 2], [1, 2], [2, 1]]), json!([[2, 1], [1, 2]]))]
#[case(json!([]), json!([]))]
fn array_unique(#[case] array: Value, #[case] expected: Value) {
    assert_eq!(evaluate("States.ArrayUnique($)", &array), Ok(expected), "{array}");
}

/// Each operand is rounded half up before adding (recordings `math_add`: -0.5 → 0, -1.5 → -1, 2.5 → 3).
#[rstest]
#[case(-0.5, 0)]
#[case(-1.5, -1)]
#[case(2.5, 3)]
#[case(1.6, 2)]
fn math_add_rounds_half_up(#[case] operand: f64, #[case] expected: i64) {
    assert_eq!(evaluate("States.MathAdd($.x, 0)", &json!({"x": operand})), Ok(json!(expected)));
}

#[rstest]
#[case("States.MathRandom(1, 100, 42)", 63)]
#[case("States.MathRandom(1, 1000, 1)", 106)]
#[case("States.MathRandom(1, 1000, 2)", 806)]
#[case("States.MathRandom(2147483640, 2147483647, 1)", 2_147_483_644)]
#[case("States.MathRandom(1, 10, -10)", 1)]
#[case("States.MathRandom(1, 10, 0)", 7)]
fn a_seed_draws_the_number_aws_draws(#[case] source: &str, #[case] expected: i64) {
    assert_eq!(evaluate(source, &json!({})), Ok(json!(expected)), "{source}");
}

#[test]
fn random_numbers_stay_in_range() {
    let input = json!({});
    let intrinsic = Intrinsic::parse("States.MathRandom(1.6, 5.4)").expect("is a call");
    let random = RefCell::new(crate::data::RandomStream::new(0, "test"));
    let scope = Scope {
        input: &input,
        context: &input,
        variables: &Map::new(),
        result: None,
        error_output: None,
        now: Timestamp::DEFAULT_EPOCH,
        random: &random,
    };
    let drawn: std::collections::BTreeSet<_> = (0..200)
        .map(|_| intrinsic.evaluate(&scope).expect("is drawn").as_i64().expect("is an integer"))
        .collect();
    assert_eq!(drawn, (1..5).collect());
}

#[rstest]
#[case("States.ArrayPartition($.n, 2)")]
#[case("States.ArrayPartition($.l, 0)")]
#[case("States.ArrayPartition($.l, 0.6)")]
#[case("States.ArrayPartition($.l, '2')")]
#[case("States.ArrayPartition($.l, null)")]
#[case("States.ArrayRange(1, 9, 0)")]
#[case("States.ArrayRange(1, 10, 0.49)")]
#[case("States.ArrayRange(1, 1001, 1)")]
#[case("States.ArrayRange('a', 5, 1)")]
#[case("States.ArrayRange(1, 5)")]
#[case("States.ArrayRange(1, 5, 1, 99)")]
#[case("States.ArrayGetItem($.l, 1)")]
#[case("States.ArrayGetItem($.l, -1)")]
#[case("States.ArrayGetItem($.l, '1')")]
#[case("States.ArrayContains('not-array', 'x')")]
#[case("States.ArrayContains($.l)")]
#[case("States.ArrayLength(States.JsonToString($.l))")]
#[case("States.ArrayUnique($)")]
#[case("States.Base64Decode(123)")]
#[case("States.Base64Encode()")]
#[case("States.Base64Encode($.long)")]
#[case("States.Hash($.long, 'MD5')")]
#[case("States.Hash('a', 'SHA256')")]
#[case("States.Hash('a', 123)")]
#[case("States.JsonMerge($.l, $.l, false)")]
#[case("States.JsonMerge($, $, true)")]
#[case("States.MathAdd('1', 2)")]
#[case("States.MathAdd(true, 1)")]
#[case("States.MathAdd(2147483647, 1)")]
#[case("States.MathAdd(3000000000, 1)")]
#[case("States.MathRandom(1, 1)")]
#[case("States.MathRandom(10, 5)")]
#[case("States.MathRandom(1.4, 1.6)")]
#[case("States.MathRandom(1, 10, 'seed')")]
#[case("States.StringSplit($.n, ',')")]
#[case("States.StringToJson($.n)")]
#[case("States.StringToJson()")]
#[case("States.UUID(1)")]
fn refuses_arguments(#[case] source: &str) {
    let input = json!({"n": 5, "l": [1], "long": "x".repeat(10_001)});
    let error = evaluate(source, &input).expect_err(source);
    let name = source.split('(').next().expect("has a name");
    assert_eq!(
        error,
        ExprError::runtime(format!(
            "There was an error while evaluating the intrinsic function: {source}. Invalid arguments in {name}"
        ))
    );
}

#[rstest]
#[case(
    "States.Format('Hello {', 1)",
    "Invalid template in States.Format: matching '}' not found for '{'."
)]
#[case(
    "States.Format('Hello {{}}', 1)",
    "Invalid template in States.Format: matching '}' not found for '{'."
)]
#[case("States.Format('}')", "Invalid template in States.Format: matching '{' not found for '}'.")]
#[case(
    "States.Format('{} {}', 1)",
    "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}."
)]
#[case(
    "States.Format('{}', 1, 2)",
    "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}."
)]
fn format_says_what_is_wrong(#[case] source: &str, #[case] expected: &str) {
    let error = evaluate(source, &json!({})).expect_err(source);
    assert_eq!(
        error.cause,
        format!("There was an error while evaluating the intrinsic function: {source}. {expected}")
    );
}

#[rstest]
#[case(
    "{bad json}",
    "Unexpected character ('b' (code 98)): was expecting double-quote to start field name\n at [Source: \
     REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]"
)]
#[case(
    "{\"a\":1",
    "Unexpected end-of-input: expected close marker for Object (start marker at [Source: REDACTED \
     (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 1])\n at [Source: REDACTED \
     (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 7]"
)]
#[case(
    "undefined",
    "Unrecognized token 'undefined': was expecting (JSON String, Number, Array, Object or token 'null', \
     'true' or 'false')\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); \
     line: 1, column: 10]"
)]
fn string_to_json_says_what_is_wrong(#[case] text: &str, #[case] expected: &str) {
    let error = evaluate("States.StringToJson($.t)", &json!({"t": text})).expect_err(text);
    assert_eq!(
        error.cause,
        format!(
            "There was an error while evaluating the intrinsic function: States.StringToJson($.t). Cannot \
             convert String to Json in States.StringToJson, caused by: {expected}"
        )
    );
}

/// Measured by the floci project.
#[rstest]
#[case("States.Format('{}',$.nope)", "$.nope")]
#[case("States.Format('{} {}', $.other, $.a.b)", "$.a.b")]
#[case("States.Format('{}', States.Format('{}', $.nope))", "$.nope")]
#[case("States.Format('{}', $.items[5])", "$.items[5]")]
#[case("States.Format('{}', $.items[5].x)", "$.items[5].x")]
#[case("States.Format('{}', $$.Nope.Deep)", "$.Nope.Deep")]
fn a_path_that_finds_nothing(#[case] source: &str, #[case] path: &str) {
    let error = evaluate(source, &json!({"other": 1, "items": [1, 2]})).expect_err(source);
    assert_eq!(
        error,
        ExprError::runtime(format!(
            "The function '{source}' had the following error: The JsonPath argument for the field '{path}' \
             could not be found in the input '{{\"other\":1,\"items\":[1,2]}}'"
        ))
    );
}

/// Measured by the floci project.
#[test]
fn an_index_into_something_else_than_an_array() {
    let error = evaluate("States.Format('{}', $.other[0])", &json!({"other": 1}));
    assert_eq!(
        error.expect_err("is no array").cause,
        "The function 'States.Format('{}', $.other[0])' had the following error: Filter: [0] can only be \
         applied to arrays. Current context is: 1"
    );
}

#[rstest]
#[case::escape("States.StringToJson('{\"text\":\"An \\\"escaped\\\"\"}')")]
#[case::newline_escape(r"States.StringSplit('a\nb', ',')")]
#[case::unknown("States.Nope()")]
#[case::lower_case("states.Format('')")]
#[case::blank_before_parenthesis("States.UUID ()")]
#[case::unfinished("States.Array(1")]
#[case::trailing("States.UUID() ")]
#[case::trailing_comma("States.Array(1, )")]
#[case::double_quotes("States.Format(\"x\")")]
#[case::object_literal("States.Array({})")]
#[case::array_literal("States.Array([1,2])")]
#[case::bad_path("States.Array($.a[)")]
#[case::bad_number("States.Array(1.)")]
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
fn long_texts_are_read_in_one_go() {
    let text = "é".repeat(500_000);
    let call = Intrinsic::parse(&format!("States.Format('{text}{{}}', '{text}')"));
    assert!(call.is_ok());
    assert!(Intrinsic::parse(&format!("States.Format('{text}")).is_err());
    let input = json!({"t": text});
    let printed = evaluate("States.Format('{}{}', $.t, $.t)", &input).expect("is a text");
    assert_eq!(printed.as_str().map(str::len), Some(2_000_000));
}
