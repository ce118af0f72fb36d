//! AWS's own functions, and division.

use rstest::rstest;
use serde_json::{Value, json};

use super::{MEMORY, NOTHING, World, failure, thrown, value};

#[rstest]
// Measured on AWS.
#[case("1/0", json!("Infinity"))]
#[case("-1/0", json!("-Infinity"))]
#[case("1e308 * 10", json!("Infinity"))]
#[case("{'k': -1e308 - 1e308}", json!({"k": "-Infinity"}))]
#[case("0/0", json!("NaN"))]
#[case("[1/0]", json!(["Infinity"]))]
#[case("{'k': 1/0}", json!({"k": "Infinity"}))]
// By the same rule.
#[case("7 % 0", json!("NaN"))]
#[case("$exists($nowhere) ? 1 : ($x := 4; $x / 8 / 2)", json!(0.25))]
#[case("[(1 + 2) * 2 / (1 + 2), -6 / 4, 1 / (2 - 2)]", json!([2, -1.5, "Infinity"]))]
#[case("[1, 2].($ / 2)", json!([0.5, 1]))]
fn division(#[case] source: &str, #[case] expected: Value) {
    assert_eq!(value(source), expected);
}

#[test]
fn division_fails_as_in_jsonata_js() {
    // jsonata-js 2.0.6 gives these; the first because an infinity cannot be an operand.
    assert_eq!(thrown("1/0 + 1"), ". D1001: Number out of range: null");
    assert_eq!(
        thrown("'a' / 2"),
        ". T2001: The left side of the \"/\" operator must evaluate to a number"
    );
    assert_eq!(
        thrown("5 % null"),
        ". T2002: The right side of the \"%\" operator must evaluate to a number"
    );
    assert_eq!(
        thrown("$sum / 2"),
        ". T2001: The left side of the \"/\" operator must evaluate to a number"
    );
    assert_eq!(failure("$nowhere / 2"), NOTHING);
}

#[rstest]
// Recordings `array_jsonata.array_range-*`.
#[case("$range(0, 9, 3)", json!([0, 3, 6, 9]))]
#[case("$range(0, 10, 3)", json!([0, 3, 6, 9]))]
#[case("$range(1, 9, 9)", json!(1))]
// Measured.
#[case("$range(10, 0, -2)", json!([10, 8, 6, 4, 2, 0]))]
#[case("$range(-1.7, 2, 1)", json!([-1, 0, 1, 2]))]
#[case("$range(5, 1, -1.5)", json!([5, 4, 3, 2, 1]))]
#[case("$count($range(-9223372036854775808, 9223372036854775807, 9223372036854775807))", json!(3))]
#[case("$count($range(1, 360145, 1))", json!(360_145))]
#[case("$partition([1,2,3,4,5], 2)", json!([[1, 2], [3, 4], [5]]))]
#[case("$partition([1,2,3])", json!([[1, 2, 3]]))]
#[case("$partition([1,2,3,4,5], 2.9)", json!([[1, 2], [3, 4], [5]]))]
#[case("$hash('input', 'SHA-1')", json!("140f86aae51ab9e1cda9b4254fe98a74eb54c1a1"))]
#[case("$hash('Hello', 'MD5')", json!("8b1a9953c4611296a827abf8c47804d7"))]
#[case("$hash('ñ', 'MD5')", json!("94e9342ecbb1458b6043ecd3bfcbc192"))]
#[case(
    "$hash('Hello', 'SHA-256')",
    json!("185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969")
)]
#[case("$length($hash('a', 'SHA-384')) + $length($hash('a', 'SHA-512'))", json!(96 + 128))]
#[case("$random(42)", json!(0.727_563_680_032_868_1))]
#[case("$random(0)", json!(0.730_967_787_376_657))]
#[case("$random(7)", json!(0.730_699_042_060_042_1))]
#[case("$random(0.9) = $random(0)", json!(true))]
#[case("$random() = $random()", json!(false))]
#[case("$uuid() = $uuid()", json!(false))]
#[case("$parse('{\"b\":1,\"a\":[null, 1.0, 1e2, 1.5]}')", json!({"b": 1, "a": [null, 1, 100, 1.5]}))]
#[case("$exists($parse('null'))", json!(true))]
#[case("$parse('{\"a\":{\"b\":2}}').a.b", json!(2))]
#[case("$map(['{\"a\":1}', '{\"a\":2}'], $parse).a", json!([1, 2]))]
fn functions_aws_adds(#[case] source: &str, #[case] expected: Value) {
    assert_eq!(value(source), expected);
}

#[rstest]
// All measured.
#[case("$parse()")]
#[case("$partition([], 2)")]
#[case("$partition([1,2,3], 0)")]
#[case("$partition([1,2,3], -0.5)")]
#[case("$range(5, 1, 1)")]
#[case("$range(1, 5, 0)")]
#[case("$range(1, 5)")]
#[case("$hash('a')")]
fn calls_that_give_nothing(#[case] source: &str) {
    assert_eq!(failure(source), NOTHING);
}

#[rstest]
// Measured, but for the argument's number in some.
#[case(
    "$parse(null)",
    ". T0410: Argument 1 of function \"parse\" does not match function signature"
)]
#[case("$parse('not json')", ". D3137: Invalid JSON")]
#[case("$parse('')", ". D3137: Invalid JSON")]
#[case("$parse('  ')", ". D3137: Invalid JSON")]
#[case("$parse('{\"a\":1}{\"b\":2}')", ". D3137: Invalid JSON")]
#[case("$parse('{\"a\":1,\"a\":2}')", ". D3137: Invalid JSON")]
#[case("$parse('1e400')", ". D3137: Invalid JSON")]
#[case(
    "$parse('{}', 'x')",
    ". T0410: Argument 2 of function \"parse\" does not match function signature"
)]
#[case("$partition([1,2,3], -1)", ". D3137: Second argument must be zero or greater")]
#[case(
    "$partition(null, 2)",
    ". T0412: Argument 1 of function \"partition\" must be an array of undefined"
)]
#[case("$range(1)", ". T0410: Argument 2 of function \"range\" does not match function signature")]
#[case("$range(1, 360146, 1)", MEMORY)]
#[case("$range(1, 1000000000, 1)", MEMORY)]
#[case(
    "$hash(42, 'MD5')",
    ". T0410: Argument 1 of function \"hash\" does not match function signature"
)]
#[case(
    "$hash('a', 5)",
    ". T0410: Argument 2 of function \"hash\" does not match function signature"
)]
#[case(
    "$hash('Hello', 'md5')",
    ". D3137: Hash algorithm 'md5' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5"
)]
#[case("$uuid('x')", ". T0410: Argument 1 of function \"uuid\" does not match function signature")]
#[case(
    "$random(1, 2)",
    ". T0410: Argument 2 of function \"random\" does not match function signature"
)]
#[case(
    "$parse($sum)",
    ". T0410: Argument 1 of function \"parse\" does not match function signature"
)]
fn calls_that_are_refused(#[case] source: &str, #[case] expected: &str) {
    assert_eq!(thrown(source), expected);
}

#[test]
fn randomness_and_time_come_from_the_scope() {
    let draw = || World::new(json!({})).run("[$random(), $uuid(), $shuffle([1..9])]");
    assert_eq!(draw().expect("is an array"), draw().expect("is an array"));
    let world = World::new(json!({}));
    let once = world.run("$uuid()").expect("is text");
    assert_ne!(once, world.run("$uuid()").expect("is text"), "the stream goes on");
    assert_eq!(value("$now()"), json!("2026-01-01T00:00:00.000Z"));
    assert_eq!(value("$millis()"), json!(1_767_225_600_000_i64));
}

#[test]
fn an_expression_that_draws_nothing_leaves_the_stream_alone() {
    let world = World::new(json!({}));
    let before = world.random.borrow().clone();
    world.run("$sum([1, 2])").expect("is 3");
    assert_eq!(before, *world.random.borrow());
}
