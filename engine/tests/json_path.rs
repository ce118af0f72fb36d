//! What our JSONPath and RFC 9535 have in common, held against an implementation of the RFC: names, indexes,
//! slices, wildcards and descents.

use std::cell::RefCell;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use serde_json_path::JsonPath as RfcPath;
use stepclock_engine::data::{RandomStream, Timestamp};
use stepclock_engine::expr::{JsonPath, Scope};

/// Documents whose names and lengths the paths below often meet.
fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..3_i64).prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::btree_map("[a-c]", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn paths() -> impl Strategy<Value = String> {
    let bound =
        || prop_oneof![Just(String::new()), (-4..4_i32).prop_map(|bound| bound.to_string())];
    let slice = (bound(), bound())
        .prop_filter("one bound is needed", |(from, to)| !(from.is_empty() && to.is_empty()))
        .prop_map(|(from, to)| format!("[{from}:{to}]"));
    let segment = prop_oneof![
        "[a-c]".prop_map(|name| format!(".{name}")),
        "[a-c]".prop_map(|name| format!("['{name}']")),
        "[a-c]".prop_map(|name| format!("..{name}")),
        (-3..4_i32).prop_map(|index| format!("[{index}]")),
        (-3..4_i32).prop_map(|index| format!("..[{index}]")),
        (0..3_i32, 0..3_i32).prop_map(|(first, second)| format!("[{first},{second}]")),
        slice,
        Just(".*".to_owned()),
        Just("[*]".to_owned()),
        Just("..*".to_owned()),
    ];
    proptest::collection::vec(segment, 0..4).prop_map(|segments| format!("${}", segments.concat()))
}

/// What we find, as the RFC counts: a definite path finds one value or none.
fn found(source: &str, document: &Value) -> Vec<Value> {
    let path = JsonPath::parse(source).expect("is a path");
    let random = RefCell::new(RandomStream::new(0, "test"));
    let (context, variables) = (json!({}), Map::new());
    let scope = Scope {
        input: document,
        context: &context,
        variables: &variables,
        result: None,
        error_output: None,
        now: Timestamp::DEFAULT_EPOCH,
        random: &random,
    };
    match path.find(&scope).map(std::borrow::Cow::into_owned) {
        None => Vec::new(),
        Some(value) if path.is_definite() => vec![value],
        Some(Value::Array(values)) => values,
        Some(other) => panic!("{source} is indefinite, but gives {other}"),
    }
}

/// The RFC leaves the order of members open.
fn sorted(mut values: Vec<Value>) -> Vec<Value> {
    values.sort_by_cached_key(ToString::to_string);
    values
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn finds_what_the_rfc_finds(document in documents(), source in paths()) {
        let rfc = RfcPath::parse(&source).expect("is a path");
        let expected = rfc.query(&document).all().into_iter().cloned().collect();
        prop_assert_eq!(sorted(found(&source, &document)), sorted(expected), "{}", source);
    }

    #[test]
    fn any_text_is_a_path_or_an_error(text in "[$@.\\[\\]()?*:,'\"\\\\ ab0-9=!<>&|~/-]{0,40}") {
        if let Ok(path) = JsonPath::parse(&text) {
            prop_assert_eq!(path.source(), text.as_str());
            let document = json!({"a": [{"b": 1}, 2], "b": "ab"});
            found(&text, &document);
        }
    }
}
