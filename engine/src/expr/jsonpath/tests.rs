//! Tests of paths; where a text or rule is AWS's, the recording is named.

use std::cell::RefCell;

use serde_json::{Map, Value, json};

use super::*;
use crate::data::{RandomStream, Timestamp};

fn with_scope<R>(input: &Value, test: impl FnOnce(&Scope<'_>) -> R) -> R {
    let context = json!({"Execution": {"Id": "e"}});
    let variables = Map::from_iter([("v".to_owned(), json!({"a": [1, 2]}))]);
    let random = RefCell::new(RandomStream::new(0, "test"));
    test(&Scope {
        input,
        context: &context,
        variables: &variables,
        result: None,
        error_output: None,
        now: Timestamp::DEFAULT_EPOCH,
        random: &random,
    })
}

fn path(source: &str) -> JsonPath {
    JsonPath::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"))
}

fn finds(source: &str, input: &Value) -> Value {
    with_scope(input, |scope| {
        path(source)
            .evaluate(scope)
            .unwrap_or_else(|error| panic!("{source}: {error}"))
            .into_owned()
    })
}

fn misses(source: &str, input: &Value) -> String {
    with_scope(input, |scope| path(source).evaluate(scope).expect_err(source).cause)
}

#[test]
fn definite_paths_give_the_value() {
    let input = json!({"a": {"b c": [10, 20]}, "a-b": 1, "é": 2, "x.y": 3});
    for (source, expected) in [
        ("$", input.clone()),
        ("$.a['b c'][1]", json!(20)),
        ("$.a.['b c'][-1]", json!(20)),
        ("$['a'][\"b c\"][0]", json!(10)),
        ("$.a-b", json!(1)),
        ("$.é", json!(2)),
        (r"$.x\.y", json!(3)),
        ("$$.Execution.Id", json!("e")),
        ("$v.a[0]", json!(1)),
        ("$v", json!({"a": [1, 2]})),
    ] {
        assert_eq!(finds(source, &input), expected, "{source}");
    }
}

#[test]
fn definite_values_are_borrowed() {
    let input = json!({"a": [1]});
    with_scope(&input, |scope| {
        assert!(matches!(path("$.a").evaluate(scope), Ok(Cow::Borrowed(_))));
    });
}

/// Recordings `invalid_jsonpath.ST_INVALID_JSONPATH_IN_INPUTPATH` and `catch_states_runtime`.
#[test]
fn misses_are_worded_as_aws_words_them() {
    let input = json!({"a": 1});
    assert_eq!(
        misses("$.NoSuchInputPath", &input),
        "Invalid path '$.NoSuchInputPath' : No results for path: $['NoSuchInputPath']"
    );
    assert_eq!(
        misses("$.no.such.result.path", &input),
        "Invalid path '$.no.such.result.path' : Missing property in path $['no']"
    );
    assert_eq!(
        misses("$.l[3]", &json!({"l": []})),
        "Invalid path '$.l[3]' : No results for path: $['l'][3]"
    );
}

/// Recording `invalid_jsonpath.INVALID_JSONPATH_IN_STRING_EXPR_JSONPATH`.
#[test]
fn templates_word_a_miss_with_field_and_input() {
    with_scope(&json!({"a": 1}), |scope| {
        let error = path("$.no_such").evaluate_template(scope, "value.$").expect_err("is missing");
        assert_eq!(
            error.cause,
            "The JSONPath '$.no_such' specified for the field 'value.$' could not be found in the input \
             '{\"a\":1}'"
        );
    });
}

#[test]
fn indefinite_paths_give_an_array() {
    let input = json!({"items": [{"v": 1, "k": "x"}, {"v": 2}, {"w": 3}], "n": {"m": {"v": 4}}});
    for (source, expected) in [
        ("$.items[*].v", json!([1, 2])),
        ("$.items[1:]", json!([{"v": 2}, {"w": 3}])),
        ("$.items[:1].v", json!([1])),
        ("$.items[-1:].w", json!([3])),
        ("$.items[0,2]", json!([{"v": 1, "k": "x"}, {"w": 3}])),
        ("$..v", json!([1, 2, 4])),
        ("$.n.*", json!([{"v": 4}])),
        ("$.items[?(@.v == 1)]", json!([{"v": 1, "k": "x"}])),
        ("$.items[?(@.v == 9)]", json!([])),
        ("$.items.[?(@.v >= 1 && !(@.k))].v", json!([2])),
        ("$.items[?(@.w || @.k in ['x','y'])]", json!([{"v": 1, "k": "x"}, {"w": 3}])),
        ("$.items[?(@.k =~ /X/i)].v", json!([1])),
        ("$.items[?(@.q != null)]", json!([{"v": 1, "k": "x"}, {"v": 2}, {"w": 3}])),
        ("$.items[?(@.q == null)]", json!([])),
        ("$[*]", json!([[{"v": 1, "k": "x"}, {"v": 2}, {"w": 3}], {"m": {"v": 4}}])),
    ] {
        assert_eq!(finds(source, &input), expected, "{source}");
    }
}

/// Recording `state_pass_result_jsonpaths`: a wildcard of an empty object is an empty array, a slice of an
/// object is an error.
#[test]
fn steps_that_do_not_fit() {
    assert_eq!(finds("$[*]", &json!({})), json!([]));
    assert!(misses("$[1:5]", &json!({})).contains("can only be applied to arrays"));
    assert!(misses("$.a.b", &json!({"a": "text"})).contains("Expected to find an object"));
}

#[test]
fn functions() {
    let input = json!({"n": [1, 2, 6], "t": "abc"});
    for (source, expected) in [
        ("$.n.length()", json!(3)),
        ("$.t.length()", json!(3)),
        ("$.n.min()", json!(1.0)),
        ("$.n.max()", json!(6.0)),
        ("$.n.sum()", json!(9.0)),
        ("$.n.avg()", json!(3.0)),
        ("$.n.first()", json!(1)),
        ("$.keys()", json!(["n", "t"])),
    ] {
        assert_eq!(finds(source, &input), expected, "{source}");
    }
}

#[test]
fn what_is_not_a_path() {
    for source in [
        "",
        "a",
        "$.",
        "$[",
        "$['a",
        "$[?(@.a",
        "$.a b",
        "$[?(@.a ==)]",
        "$.f(1)",
        "$[a]",
        "$.a[",
        "$..",
        "$[99999999999999999999]",
        "$[?(@.a =~ /(/)]",
    ] {
        assert!(JsonPath::parse(source).is_err(), "{source}");
    }
}

#[test]
fn hostile_paths_end_in_bounded_time() {
    for nested in ["$[?(", "@[?("] {
        assert!(JsonPath::parse(&format!("$[?({}", nested.repeat(100_000))).is_err());
    }
    assert!(JsonPath::parse(&format!("$[?({}", "(".repeat(100_000))).is_err());
    assert!(JsonPath::parse(&format!("${}", ".a".repeat(100_000))).is_err());
    let text = json!([{"t": "a".repeat(50_000)}]);
    assert_eq!(finds("$[?(@.t =~ /(a*)*b/)]", &text), json!([]));
}

#[test]
fn reference_paths_put_values() {
    let put = |source: &str, input: Value| {
        ReferencePath::parse(source).expect(source).insert(input, json!(7))
    };
    assert_eq!(put("$.a.b", json!({})), Ok(json!({"a": {"b": 7}})));
    assert_eq!(put("$.a", json!({"a": 1, "b": 2})), Ok(json!({"a": 7, "b": 2})));
    assert_eq!(put("$.l[0].x", json!({"l": [{}]})), Ok(json!({"l": [{"x": 7}]})));
    assert_eq!(put("$", json!({"a": 1})), Ok(json!(7)));
    assert!(put("$.a.b", json!({"a": 1})).is_err());
    assert!(put("$.l[5]", json!({"l": []})).is_err());
}

#[test]
fn what_is_not_a_reference_path() {
    for source in
        ["$$.a", "$v", "$..a", "$.a[*]", "$.a[1:2]", "$.a[?(@.b)]", "$.a.length()", "$['a','b']"]
    {
        assert!(ReferencePath::parse(source).is_err(), "{source}");
    }
}

#[test]
fn a_filter_can_look_at_the_whole_document() {
    let input = json!({"wanted": 2, "list": [{"id": 1}, {"id": 2, "v": "x"}]});
    assert_eq!(finds("$.list[?(@.id == $.wanted)].v", &input), json!(["x"]));
    assert_eq!(finds("$.list[?($.absent)]", &input), json!([]));
}

#[test]
fn blanks_at_the_end_do_not_count() {
    assert_eq!(finds("$.a ", &json!({"a": 1})), json!(1));
}
