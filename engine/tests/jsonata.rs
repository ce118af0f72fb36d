//! JSONata as AWS runs it: `$states`, variables, AWS's functions, results, failures and limits.
//!
//! What is marked "measured" comes from the floci project's published measurements on AWS; the rest says
//! where it is from.

use std::cell::RefCell;
use std::sync::Arc;

use rstest::rstest;
use serde_json::{Map, Value, json};
use stepclock_engine::data::{RandomStream, Timestamp, measure};
use stepclock_engine::expr::jsonata::ResultType;
use stepclock_engine::expr::{ErrorName, ExprError, Jsonata, Scope};

/// The data expressions are evaluated against here.
struct World {
    input: Value,
    context: Value,
    result: Option<Value>,
    variables: Map<String, Value>,
    random: RefCell<RandomStream>,
}

impl World {
    fn new(input: Value) -> Self {
        Self {
            input,
            context: json!({"State": {"Name": "S"}}),
            result: None,
            variables: Map::new(),
            random: RefCell::new(RandomStream::new(1, "test")),
        }
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.variables.insert(name.to_owned(), value);
        self
    }

    fn run(&self, source: &str) -> Result<Value, ExprError> {
        let scope = Scope {
            input: &self.input,
            context: &self.context,
            variables: &self.variables,
            result: self.result.as_ref(),
            error_output: None,
            now: Timestamp::DEFAULT_EPOCH,
            random: &self.random,
        };
        Jsonata::compile(source).expect("is JSONata").evaluate(&scope, &Arc::from("Output/r"))
    }
}

fn run(source: &str) -> Result<Value, ExprError> {
    World::new(json!({})).run(source)
}

fn value(source: &str) -> Value {
    run(source).unwrap_or_else(|error| panic!("{source}: {error}"))
}

/// What follows "… specified for the field 'Output/r'" in the cause.
fn failure(source: &str) -> String {
    let error = run(source).expect_err(source);
    assert_eq!(error.name, ErrorName::QueryEvaluation);
    assert_eq!(error.location.as_deref(), Some("Output/r"));
    let head = format!("The JSONata expression '{source}' specified for the field 'Output/r' ");
    error.cause.strip_prefix(&head).unwrap_or_else(|| panic!("{}", error.cause)).to_owned()
}

fn thrown(source: &str) -> String {
    let failure = failure(source);
    failure
        .strip_prefix("threw an error during evaluation")
        .unwrap_or_else(|| panic!("{failure}"))
        .to_owned()
}

const NOTHING: &str = "returned nothing (undefined).";
const MEMORY: &str =
    ": Expression evaluation memory limit exceeded: Check for excessive memory usage";
const DEPTH: &str = ": Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive";
const TIMEOUT: &str = ": Expression evaluation timeout: Check for infinite loop";

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

#[rstest]
// Measured on AWS.
#[case("1/0", json!("Infinity"))]
#[case("-1/0", json!("-Infinity"))]
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
    assert_eq!(expression.evaluate_as(ResultType::Integer, &scope, &field), Ok(json!(1)));
}

/// Nesting AWS accepts and, one deeper, refuses (measured).
#[test]
fn nesting_is_bounded_where_aws_bounds_it() {
    let chain = |terms: usize| format!("1{}", "+1".repeat(terms - 1));
    let nested =
        |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    assert_eq!(value(&chain(100)), json!(100));
    assert_eq!(thrown(&chain(101)), DEPTH);
    assert_eq!(value(&nested("(", ")", 99)), json!(1));
    assert_eq!(thrown(&nested("(", ")", 100)), DEPTH);
    assert!(value(&nested("[", "]", 99)).is_array());
    assert_eq!(thrown(&nested("[", "]", 100)), DEPTH);
    let applied = |n: usize| format!("1{}", "~>$string".repeat(n));
    assert_eq!(value(&applied(99)), json!("1"));
    assert_eq!(thrown(&applied(100)), DEPTH);
    let recursion =
        |n: usize| format!("($f := function($x){{ $x <= 0 ? 0 : 1 + $f($x-1) }}; $f({n}))");
    assert_eq!(value(&recursion(31)), json!(31));
    assert_eq!(thrown(&recursion(32)), DEPTH);
    // The same through variables and `$states`, which are bound around the expression.
    let world = World::new(json!({"one": 1})).with("v", json!(1));
    let chain = |terms: usize| format!("$states.input.one+$v{}", "+1".repeat(terms - 2));
    assert_eq!(world.run(&chain(99)).expect("is shallow enough"), json!(99));
    assert!(world.run(&chain(101)).expect_err("is too deep").cause.ends_with(DEPTH));
}

/// Values AWS accepts and, one element or doubling larger, refuses (measured).
#[test]
fn values_are_bounded_where_aws_bounds_them() {
    assert_eq!(value("[1..873782] ~> $count()"), json!(873_782));
    assert_eq!(thrown("[1..873783] ~> $count()"), MEMORY);
    assert_eq!(thrown("$sum([1..900000])"), MEMORY);
    assert_eq!(value("$sum($map([1..200000], function($v){$v * 2}))"), json!(40_000_200_000_i64));
    let doubled = |n: usize| {
        format!(
            "($p := function($s, $n) {{ $n = 0 ? $s : $p($s & $s, $n - 1) }}; $length($p('x', {n})))"
        )
    };
    assert_eq!(value(&doubled(22)), json!(4_194_304));
    assert_eq!(thrown(&doubled(23)), MEMORY);
    assert_eq!(thrown(&doubled(60)), MEMORY);
}

#[test]
fn what_never_ends_is_stopped() {
    assert_eq!(thrown("($f := function($x){ $f($x+1) }; $f(1))"), TIMEOUT);
    assert_eq!(thrown("($f := function($x){ 1 + $f($x+1) }; $f(1))"), DEPTH);
    // Ever larger, and many large ones.
    assert_eq!(thrown("($f := function($x){ $f($x & 'a') }; $f(''))"), MEMORY);
    assert_eq!(thrown("[1..800000].$pad('', 1000000, 'x')"), MEMORY);
    assert_eq!(thrown("($a := [1..800000]; [1..800000].$sum($a))"), TIMEOUT);
    assert_eq!(thrown("$distinct([1..800000])"), MEMORY);
    assert_eq!(thrown("[1..800000]{$string($): $} ~> $keys"), MEMORY);
    assert_eq!(thrown("$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /^(a+)+$/)"), TIMEOUT);
}

#[test]
fn matching_a_long_text_takes_time_with_its_length() {
    // 6 million matches would take the library hours.
    let long = "($s := $pad('', 600000, 'x'); ";
    assert_eq!(value(&format!("{long}$length($replace($s, /x/, 'yy')))")), json!(1_200_000));
    assert_eq!(value(&format!("{long}$count($split($s, /x/)))")), json!(600_001));
    assert_eq!(value("$count($match($pad('', 40000, 'ab'), /a(b)/))"), json!(20_000));
    let with_function =
        "$replace($pad('', 20000, 'x'), /x/, function($m) { $string($m.end - $m.start) })";
    assert_eq!(value(with_function), json!("1".repeat(20_000)));
}

#[rstest]
// All as jsonata-js 2.0.6 answers.
#[case("$match('ab', /(a)|(b)/).groups", json!(["a", null, null, "b"]))]
#[case("$exists($match('b', /(a)?b/).groups[0])", json!(false))]
#[case("$match('a𝄞a', /a/).index", json!([0, 3]))]
#[case("$replace('b', /(a)?b/, '[$1]')", json!("[]"))]
#[case("$replace('ab', /(a)?b?/, function($m) { $string($count($m.groups)) }, 1)", json!("1"))]
#[case("'a-b' ~> $split(/-/)", json!(["a", "b"]))]
#[case("['a1', 'b', '2'][$contains(/[0-9]/)]", json!(["a1", "2"]))]
#[case("['xay', 'z'].$replace(/a/, '-')", json!(["x-y", "z"]))]
#[case("$split('aXbxc', /x/i, 2)", json!(["a", "b"]))]
#[case("$split('a b', / /)[0] & $match('x1', /\\d/).match", json!("a1"))]
#[case("$exists($replace('aa', /a/, 5))", json!(false))]
#[case("$match('', /x?/)", json!({"match": "", "index": 0, "groups": []}))]
#[case("$replace('', /x?/, 'y')", json!("y"))]
#[case("$split('', /x?/)", json!(["", ""]))]
#[case("$split('abc', /b/, 0)", json!([]))]
#[case("$replace('abc', /b/, 'x', 0)", json!("abc"))]
#[case("$replace('a', /a/, '$5$')", json!("$"))]
#[case("$replace('ab', /(a)(b)/, '$2$1$3$12')", json!("baa2"))]
#[case("($re := /b/; $replace('abc', $re, '-'))", json!("a-c"))]
#[case("($f := $replace(?, /b/, '-'); $f('abc'))", json!("a-c"))]
#[case("($replace := function($a, $b, $c) { $c }; $replace('abc', /b/, 'own'))", json!("own"))]
#[case("$contains('8/4', /8\\/4/) ? 8 / 4 : 0", json!(2))]
fn matching(#[case] source: &str, #[case] expected: Value) {
    assert_eq!(value(source), expected);
}

#[rstest]
// All as jsonata-js 2.0.6 answers.
#[case(
    "$replace(5, /a/, 'b')",
    ". T0410: Argument 1 of function \"replace\" does not match function signature"
)]
#[case(
    "$split(5, /a/)",
    ". T0410: Argument 1 of function \"split\" does not match function signature"
)]
#[case(
    "$match('a', /a/, 'x')",
    ". T0410: Argument 3 of function \"match\" does not match function signature"
)]
#[case(
    "$split('a', /a/, -1)",
    ". D3020: Third argument of split function must evaluate to a positive number"
)]
#[case(
    "$match('a', /a/, -1)",
    ". D3040: Third argument of match function must evaluate to a positive number"
)]
#[case(
    "$replace('a', /a/, 'b', -1)",
    ". D3011: Fourth argument of replace function must evaluate to a positive number"
)]
#[case(
    "$replace('a', /a/, function($m) { 1 })",
    ". D3012: Attempted to replace a matched string with a non-string value"
)]
#[case("$match('ab', /x*/)", ". D1004: Regular expression matches zero length string")]
fn matching_refused(#[case] source: &str, #[case] expected: &str) {
    assert_eq!(thrown(source), expected);
}

#[test]
fn a_large_input_repeated_is_stopped() {
    let world = World::new(json!({"list": vec!["x".repeat(100); 1_000], "n": vec![1; 1_000]}));
    let error = world.run("$states.input.n.{\"all\": $states.input}").expect_err("is too large");
    assert!(error.cause.ends_with(MEMORY), "{}", error.cause);
}

#[test]
fn hostile_sources_are_errors() {
    for source in ["(".repeat(100_000), "[".repeat(200_000), "-".repeat(100_000) + "1"] {
        assert!(Jsonata::compile(&source).is_err());
    }
    assert!(Jsonata::compile(&format!("1{}", "+1".repeat(50_000))).is_err());
    let long = format!("[{}1]", "1,".repeat(500_000));
    assert_eq!(value(&long).as_array().map(Vec::len), Some(500_001));
    let text = format!("'{}'", "x".repeat(1_000_000));
    assert_eq!(value(&text).as_str().map(str::len), Some(1_000_000));
    let path = format!("$states.input{}", ".a".repeat(900));
    assert_eq!(failure(&path), NOTHING);
}

#[test]
fn deeply_nested_values_are_stopped() {
    for source in [
        "$reduce([1..200000], function($a, $b){[$a]})",
        "$reduce([1..200000], function($a, $b){ {'a': $a} })",
        "$count($reduce([1..200000], function($a, $b){[[$a]]}))",
        "$string($reduce([1..200000], function($a, $b){[$a]}))",
        "($f := function($x, $n){ $n = 0 ? $x : $f([$x], $n - 1) }; $f(1, 200000))",
        "($f := function($x, $n){ $n = 0 ? $x : $f([$x], $n - 1) }; $f(1, 1500) = $f(1, 1500))",
        "$reduce([1..50000], function($a, $b){ function(){ $a } })",
        "($f := function($x, $n){ $n = 0 ? $x : $f($x ~> $uppercase, $n - 1) }; $f($string, 50000))",
        "($f := function($x, $n){ $n = 0 ? $x : $f(|$x|{}|, $n - 1) }; $f($string, 50000))",
        "$reduce([1..50000], function($a, $b){ $substring(?, $a) })",
        "$parse($pad('', 100000, '['))",
    ] {
        match run(source) {
            Ok(value) => assert!(measure(&value).is_some(), "{source}"),
            Err(error) => assert!(error.cause.contains("threw an error"), "{}", error.cause),
        }
    }
}
