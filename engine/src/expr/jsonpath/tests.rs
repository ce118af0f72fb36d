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
}

/// Measured by the floci project: a template's `$.items[5]` gives null.
#[test]
fn past_the_end_of_an_array_is_null() {
    let input = json!({"l": [1, 2]});
    assert_eq!(finds("$.l[5]", &input), Value::Null);
    assert_eq!(finds("$.l[-3]", &input), Value::Null);
    assert_eq!(
        misses("$.l[5].x", &input),
        "Invalid path '$.l[5].x' : Expected to find an object with property ['x'] in path $['l'][5] but \
         found 'null'. This is not a json object according to the JsonProvider: \
         'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'."
    );
    with_scope(&input, |scope| assert_eq!(path("$.l[5]").find(scope), None));
}

/// Measured by the floci project.
#[test]
fn a_template_shows_the_context_object_for_a_path_into_it() {
    with_scope(&json!({"a": 1}), |scope| {
        let error = path("$$.Nope").evaluate_template(scope, "v.$").expect_err("is missing");
        assert_eq!(
            error.cause,
            "The JSONPath '$$.Nope' specified for the field 'v.$' could not be found in the input \
             '{\"Execution\":{\"Id\":\"e\"}}'"
        );
    });
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

/// As AWS's users report it.
#[test]
fn null_has_nothing_a_path_could_take() {
    assert_eq!(
        misses("$.a", &Value::Null),
        "Unable to apply Path transformation to null or empty input."
    );
    with_scope(&Value::Null, |scope| {
        assert!(path("$").evaluate_template(scope, "v.$").is_err());
        assert!(path("$$.Execution").evaluate_template(scope, "v.$").is_ok());
    });
}

/// Recordings `json_path_array_wildcard_or_slice_with_no_input`: what is missing makes an indefinite path
/// empty; an index or slice of something else than an array is an error all the same.
#[test]
fn steps_that_do_not_fit() {
    for source in [
        "$[*]",
        "$.items[*]",
        "$.items[1:]",
        "$.item.items[1:5]",
        "$.items[*].itemValue",
        "$.items[?(@.a)]",
        "$..x",
    ] {
        assert_eq!(finds(source, &json!({})), json!([]), "{source}");
    }
    for source in ["$[1:5]", "$[1:]", "$[:1]", "$[0,1]"] {
        let segment = source.strip_prefix('$').expect("starts from the input");
        assert_eq!(
            misses(source, &json!({"a": 1})),
            format!(
                "Invalid path '{source}' : Filter: {segment} can only be applied to arrays. Current context \
                 is: {{\"a\":1}}"
            )
        );
    }
    assert!(misses("$.a.b", &json!({"a": "text"})).contains("Expected to find an object"));
    assert!(misses("$.a[0]", &json!({"a": null})).ends_with("The path $['a'] is null"));
}

/// Jayway's functions; aggregates are doubles.
#[test]
fn functions() {
    let input = json!({"n": [1, 2, 6], "t": "abc", "l": ["a", "b"]});
    for (source, expected) in [
        ("$.n.length()", json!(3)),
        ("$.length()", json!(3)),
        ("$.t.length()", json!(null)),
        ("$.n.min()", json!(1.0)),
        ("$.n.max()", json!(6.0)),
        ("$.n.sum()", json!(9.0)),
        ("$.n.sum(1, $.n[2])", json!(16.0)),
        ("$.n.avg()", json!(3.0)),
        ("$.n.first()", json!(1)),
        ("$.n.last()", json!(6)),
        ("$.n.index(-2)", json!(2)),
        ("$.n.append('x')", json!([1, 2, 6, "x"])),
        ("$.keys()", json!(["n", "t", "l"])),
        ("$.l.concat()", json!("ab")),
        ("$.concat($.t, '-', $.l, 1)", json!("abc-ab1")),
        ("$..t.length()", json!(1)),
    ] {
        assert_eq!(finds(source, &input), expected, "{source}");
    }
    assert!(misses("$.l.sum()", &input).contains("empty array"));
    assert!(misses("$.n.index(9)", &input).contains("no such element"));
}

/// Jayway's comparisons: a number and a text compare as texts, or as numbers when the number is on the left.
#[test]
fn filters_compare_as_jayway_does() {
    let input = json!({"l": [
        {"i": 1, "v": 5, "t": "abc", "l": [1, 2], "o": {}},
        {"i": 2, "v": "5", "t": "", "l": [], "n": null},
        {"i": 3, "v": "x", "b": true, "l": [3, 1, 2]},
    ]});
    for (filter, expected) in [
        ("@.v == 5", json!([1, 2])),
        ("@.v == '5'", json!([1, 2])),
        ("@.v === 5", json!([1])),
        ("@.v !== 5", json!([2, 3])),
        ("@.v == 5.0", json!([1])),
        ("@.v < 6", json!([1, 2])),
        ("@.v >= 'a'", json!([3])),
        ("@.v =~ /[0-9X]/i", json!([1, 2, 3])),
        ("@.n == null", json!([2])),
        ("@.n", json!([2])),
        ("!@.n", json!([1, 3])),
        ("@.b == true", json!([3])),
        ("@.t size 3", json!([1])),
        ("@.l size 0", json!([2])),
        ("@.l empty true", json!([2])),
        ("@.o empty true", json!([1])),
        ("@.l contains 3", json!([3])),
        ("@.t contains 'b'", json!([1])),
        ("@.l all [2, 1]", json!([1, 3])),
        ("@.l subsetof [1, 2]", json!([1, 2])),
        ("@.l ANYOF [3]", json!([3])),
        ("@.l noneof [3]", json!([1, 2])),
        ("@.i IN [1, 3]", json!([1, 3])),
        ("@.i nin [1, 3]", json!([2])),
        ("@.b nin [false]", json!([1, 2, 3])),
        ("@.l.length() > 2", json!([3])),
        ("@.l[0] == $.l[0].i", json!([1])),
        ("@.l[*] == [1, 2]", json!([1])),
        ("(@.i == 1 || @.i == 2) && !(@.v == 'x') && @.t != ''", json!([1])),
        ("@['i'] == 1", json!([1])),
        ("1 == @.i", json!([1])),
    ] {
        assert_eq!(finds(&format!("$.l[?({filter})].i"), &input), expected, "{filter}");
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
        // A literal without quotes: Jayway reads a number there and refuses.
        "$[?(@.a == Failure)]",
        "$[?()]",
        "$[?(@.a == 1",
        "$['a',]",
        "$['a' 'b']",
        "$[1,]",
        "$[*",
        "$...a",
        "$.nope()",
        "$.sum(1",
        "$.sum($.a.sum())",
        "$a b",
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
    assert!(JsonPath::parse(&format!("$[?({}", "!".repeat(100_000))).is_err());
    assert!(JsonPath::parse(&format!("${}", ".sum($".repeat(100_000))).is_err());
    assert!(JsonPath::parse(&format!("${}", ".a".repeat(100_000))).is_err());
    assert!(JsonPath::parse(&format!("$.{}", "é".repeat(500_000))).is_ok());
    assert!(JsonPath::parse(&format!("$['{}", "é".repeat(500_000))).is_err());
    let text = json!([{"t": "a".repeat(50_000)}]);
    assert_eq!(finds("$[?(@.t =~ /(a*)*b/)]", &text), json!([]));
}

/// Descents multiply what they go through; the budget stops them.
#[test]
fn wide_paths_end_in_bounded_time() {
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    assert!(misses("$..*..*..*..*", &deep).contains("goes through more than"));
    let wide: Value = (0..2_000).map(|i| json!({"i": i})).collect();
    let nested = "$[?($[?($[?(@.i == $..i)].i == @.i)])]";
    assert!(misses(nested, &wide).contains("goes through more than"));
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
    assert_eq!(put("$[1].x", json!([{}, {"y": 1}])), Ok(json!([{}, {"y": 1, "x": 7}])));
    assert_eq!(put("$.l[1]", json!({"l": [1, 2]})), Ok(json!({"l": [1, 7]})));
    assert_eq!(put(r"$.a\.b['c d']", json!({})), Ok(json!({"a.b": {"c d": 7}})));
}

/// As AWS's users report it: "Unable to apply ReferencePath $.someTaskResult to input "input1"", "Unable to
/// apply step "bar" to input …".
#[test]
fn reference_paths_without_a_place() {
    for (source, input, expected) in [
        ("$.x", json!("text"), "Unable to apply ReferencePath $.x to input \"text\""),
        ("$.x", json!([1]), "Unable to apply ReferencePath $.x to input [1]"),
        ("$.a.b", json!({"a": "t"}), "Unable to apply step \"a\" to input {\"a\":\"t\"}"),
        ("$.l[5]", json!({"l": []}), "Unable to apply step \"l\" to input {\"l\":[]}"),
        ("$.new[0]", json!({}), "Unable to apply step \"new\" to input {}"),
    ] {
        let path = ReferencePath::parse(source).expect(source);
        assert_eq!(path.insert(input, json!(7)), Err(ExprError::reference_path(expected)));
    }
}

/// As AWS's users report it for `ItemsPath`: "Unable to apply step "objects" to input {"discovery":…}".
#[test]
fn a_reference_that_finds_nothing_names_the_step() {
    with_scope(&json!({"discovery": {"statusCode": 500}}), |scope| {
        let error = path("$.discovery.objects").evaluate_reference(scope);
        assert_eq!(
            error,
            Err(ExprError::reference_path(
                "Unable to apply step \"objects\" to input {\"discovery\":{\"statusCode\":500}}"
            ))
        );
    });
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

/// Jayway's `PropertyPathToken`: at the end of a path several names give one object, before that each value.
#[test]
fn several_names() {
    let input =
        json!({"a": [{"x": 1, "y": 2, "z": 3}, {"y": 4}, 5], "b": {"x": {"v": 6}, "y": {"v": 7}}});
    for (source, expected) in [
        ("$.b['y','x']", json!({"y": {"v": 7}, "x": {"v": 6}})),
        ("$.b['x','none']", json!({"x": {"v": 6}})),
        ("$.a[*]['x','y']", json!([{"x": 1, "y": 2}, {"y": 4}])),
        ("$.a[0:1]['z', 'x']", json!([{"z": 3, "x": 1}])),
        ("$..['x','y']", json!([{"x": 1, "y": 2}, {"x": {"v": 6}, "y": {"v": 7}}])),
        ("$.b['x','y'].v", json!([6, 7])),
    ] {
        let found = finds(source, &input);
        // The order shows where the value becomes text.
        assert_eq!(found.to_string(), expected.to_string(), "{source}");
    }
}
