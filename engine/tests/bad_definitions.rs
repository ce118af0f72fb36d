//! Texts nobody should write: whatever comes in, compiling answers with diagnostics, soon, and never panics.

use proptest::prelude::*;
use stepclock_engine::asl::{
    Compiled, DiagnosticCode, Severity, WorkflowType, compile, compile_yaml,
};
use stepclock_engine::limits;

/// A definition with a little of everything, to cut and break.
const SAMPLE: &str = r#"{"Comment": "sample", "QueryLanguage": "JSONPath", "StartAt": "A", "States": {
  "A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "f", "Payload": {"x.$": "$.a[0]", "id.$": "States.UUID()"}},
    "Retry": [{"ErrorEquals": ["States.ALL"], "BackoffRate": 1.5e0}],
    "Catch": [{"ErrorEquals": ["E"], "ResultPath": "$.e", "Next": "Z"}],
    "Assign": {"v": 1}, "Next": "B"},
  "B": {"Type": "Choice", "Choices": [{"And": [{"Variable": "$.x", "IsPresent": true},
      {"Not": {"Variable": "$.t", "TimestampLessThan": "2026-01-01T00:00:00Z"}}], "Next": "C"}],
    "Default": "D"},
  "C": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": {
      "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
      "StartAt": "I", "States": {"I": {"Type": "Pass", "Result": [null, true, -0.5], "End": true}}},
    "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"},
      "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}}, "Next": "D"},
  "D": {"Type": "Parallel", "QueryLanguage": "JSONata", "Arguments": {"a": "{% $states.input.a + 1 %}"},
    "Branches": [{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "End": true}}}],
    "Output": ["{% $count($states.result) %}", "\u00e9\n"], "Next": "Z"},
  "Z": {"Type": "Fail", "Error": "Oops", "CausePath": "$.cause"}}}"#;

/// Checks what holds for every answer: it is refused exactly when there is an error, and spans lie within
/// the text.
fn answered(compiled: &Compiled, text: &str) {
    let refused = compiled.diagnostics.iter().any(|found| found.severity == Severity::Error);
    assert_eq!(compiled.definition.is_none(), refused, "{:?}", compiled.diagnostics);
    for found in &compiled.diagnostics {
        if let Some(span) = &found.span {
            assert!(text.get(span.clone()).is_some(), "{found}: {span:?}");
        }
    }
}

fn compiled(text: &str) -> Compiled {
    let compiled = compile(text, WorkflowType::Standard);
    answered(&compiled, text);
    compiled
}

/// The code, message and span of the one thing wrong.
#[track_caller]
fn only_problem(text: &str) -> (DiagnosticCode, String, Option<std::ops::Range<usize>>) {
    let compiled = compiled(text);
    let [found] = compiled.diagnostics.as_slice() else { panic!("{:?}", compiled.diagnostics) };
    (found.code, found.message.clone(), found.span.clone())
}

#[test]
fn the_sample_is_sound() {
    let compiled = compiled(SAMPLE);
    assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
}

#[test]
fn every_truncation_is_refused() {
    for (end, _) in SAMPLE.char_indices().skip(1) {
        let refused = compiled(&SAMPLE[..end]);
        assert!(refused.definition.is_none(), "{end}");
        assert_eq!(refused.diagnostics[0].code, DiagnosticCode::InvalidJsonDescription, "{end}");
    }
}

#[test]
fn syntax_errors_speak_as_jackson_does() {
    // The first is recorded on AWS; the others follow Jackson's source.
    let cases = [
        (
            "not a definition",
            "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
            (1, 4),
        ),
        (
            "{\"a\": }",
            "Unexpected character ('}' (code 125)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
            (1, 8),
        ),
        (
            "{\"a\": 1,}",
            "Unexpected character ('}' (code 125)): was expecting double-quote to start field name",
            (1, 10),
        ),
        (
            "{\n \"a\" 1}",
            "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
            (2, 7),
        ),
        (
            "{\"a\": 1 \"b\": 2}",
            "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries",
            (1, 10),
        ),
        (
            "[1 2]",
            "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries",
            (1, 5),
        ),
        ("{\"a\": 01}", "Invalid numeric value: Leading zeroes not allowed", (1, 8)),
        ("{\"a\": \"\\q\"}", "Unrecognized character escape 'q' (code 113)", (1, 10)),
    ];
    for (text, message, (line, column)) in cases {
        let at = format!("[Source: (String)\"{text}\"; line: {line}, column: {column}]");
        let found = compiled(text);
        assert_eq!(found.diagnostics[0].message, format!("{message}\n at {at}"));
        assert_eq!(found.diagnostics[0].location, Some(at));
    }
}

#[test]
fn the_end_of_input_names_what_is_open() {
    let (_, message, _) = only_problem("{\"a\": [1");
    let marker = "[Source: (String)\"{\"a\": [1\"; line: 1, column: 7]";
    let expected = format!(
        "Unexpected end-of-input: expected close marker for Array (start marker at {marker})"
    );
    assert!(message.starts_with(&expected), "{message}");
}

#[test]
fn a_long_source_is_quoted_in_part() {
    let text = format!("{}x", " ".repeat(600));
    let (_, message, _) = only_problem(&text);
    let expected =
        format!("(String)\"{}\"[truncated 101 chars]; line: 1, column: 602]", " ".repeat(500));
    assert!(message.ends_with(&expected), "{message}");
}

#[test]
fn a_byte_order_mark_is_no_json() {
    let (_, message, span) = only_problem("\u{feff}{}");
    assert!(
        message.starts_with("Unexpected character ('\u{feff}' (code 65279 / 0xfeff))"),
        "{message}"
    );
    assert_eq!(span, Some(0..3));
}

#[test]
fn what_is_not_an_object_is_refused() {
    for text in ["[]", "1", "null", "\"{}\"", "", " \n\t"] {
        let (code, message, _) = only_problem(text);
        assert_eq!(code, DiagnosticCode::SchemaValidationFailed);
        assert_eq!(message, "Definition must be a valid JSON object");
    }
}

#[test]
fn text_after_the_definition_is_refused() {
    let (code, _, span) = only_problem(&format!("{SAMPLE} x"));
    assert_eq!(code, DiagnosticCode::InvalidJsonDescription);
    assert_eq!(span, Some(SAMPLE.len() + 1..SAMPLE.len() + 2));
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    for open in ["[", "{\"a\":", "{\"StartAt\":\"A\",\"States\":"] {
        let (code, _, _) = only_problem(&open.repeat(limits::DEFINITION_BYTES_MAX / open.len()));
        assert_eq!(code, DiagnosticCode::TooDeeplyNested);
    }
}

/// `levels` Maps, each in the one before.
fn nested_maps(levels: usize) -> String {
    let mut inner = r#"{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}"#.to_owned();
    for level in 0..levels {
        inner = format!(
            r#"{{"StartAt":"M{level}","States":{{"M{level}":{{"Type":"Map","End":true,"ItemProcessor":{inner}}}}}}}"#
        );
    }
    inner
}

#[test]
fn nesting_up_to_the_limit_compiles() {
    // A Map nests three objects; the machine, its States and the inner state are the rest.
    let text = nested_maps((limits::NESTING_DEPTH_MAX - 3) / 3);
    assert!(compiled(&text).definition.is_some());
    let condition = r#"{"Variable":"$.x","IsNull":true}"#.to_owned();
    let condition = (0..limits::NESTING_DEPTH_MAX - 6)
        .fold(condition, |inner, _| format!(r#"{{"Not":{inner}}}"#))
        .replacen('{', r#"{"Next":"B","#, 1);
    let text = format!(
        r#"{{"StartAt":"A","States":{{"A":{{"Type":"Choice","Choices":[{condition}]}},"B":{{"Type":"Succeed"}}}}}}"#
    );
    assert!(compiled(&text).definition.is_some());
    let value = format!("{}{}", "[".repeat(240), "]".repeat(240));
    let text = format!(
        r#"{{"StartAt":"A","States":{{"A":{{"Type":"Pass","Parameters":{value},"Result":{value},"End":true}}}}}}"#
    );
    assert!(compiled(&text).definition.is_some());
}

#[test]
fn of_duplicate_keys_the_last_counts() {
    let text = r#"{"StartAt":"A","StartAt":"B","States":{"B":{"Type":"Fail","Type":"Succeed"}}}"#;
    let compiled = compiled(text);
    let definition = compiled.definition.expect("is accepted");
    assert_eq!(definition.graph.state(definition.graph.start_at).kind.type_name(), "Succeed");
    let spans: Vec<&str> = compiled
        .diagnostics
        .iter()
        .map(|found| {
            assert_eq!(found.severity, Severity::Warning);
            &text[found.span.clone().expect("has a place")]
        })
        .collect();
    assert_eq!(spans.len(), 2);
    assert!(spans.contains(&"\"StartAt\"") && spans.contains(&"\"Type\""), "{spans:?}");
}

#[test]
fn numbers_no_field_can_hold() {
    let with = |seconds: &str| {
        format!(
            r#"{{"StartAt":"A","States":{{"A":{{"Type":"Wait","Seconds":{seconds},"End":true}}}}}}"#
        )
    };
    let long = "9".repeat(200);
    for (number, expected) in [
        ("100000000", "Maximum value is 99999999"),
        ("-1", "Minimum value is 0"),
        (long.as_str(), "Maximum value is 99999999"),
        ("1.5", "Expected value of type Integer"),
        ("\"5\"", "Expected value of type Integer"),
        ("1e400", "Numeric value (1e400) out of range of double"),
    ] {
        let (_, message, _) = only_problem(&with(number));
        assert!(message.starts_with(expected), "{number}: {message}");
    }
}

#[test]
fn half_a_surrogate_pair_is_refused() {
    for escape in [r"\ud800", r"\udc00", r"\ud800\ud800", r"\ud83d x", r"\u12", r"\uXXXX"] {
        let (code, _, _) = only_problem(&format!("{{\"Comment\": \"{escape}\"}}"));
        assert_eq!(code, DiagnosticCode::InvalidJsonDescription, "{escape}");
    }
    let text = SAMPLE.replace("sample", r"\ud83d\ude00");
    let definition = compiled(&text).definition.expect("is accepted");
    assert_eq!(definition.comment.as_deref(), Some("😀"));
}

#[test]
fn a_definition_of_a_mebibyte_compiles_and_a_larger_one_is_refused() {
    let room = limits::DEFINITION_BYTES_MAX - SAMPLE.len() + "sample".len();
    let text = SAMPLE.replacen("sample", &"é".repeat(room / 2), 1);
    assert!(text.len() > limits::DEFINITION_BYTES_MAX - 2);
    assert!(compiled(&text).definition.is_some());
    let (code, message, _) = only_problem(&SAMPLE.replacen("sample", &"x".repeat(room + 1), 1));
    assert_eq!(code, DiagnosticCode::InvalidJsonDescription);
    assert!(message.contains("larger than 1048576 bytes"), "{message}");
}

#[test]
fn many_states_and_many_keys_stay_linear() {
    let states: Vec<String> = (0..15_000)
        .map(|n| format!(r#""S{n}":{{"Type":"Pass","Next":"S{}"}}"#, n + 1))
        .chain([r#""S15000":{"Type":"Succeed"}"#.to_owned()])
        .collect();
    let text = format!(r#"{{"StartAt":"S0","States":{{{}}}}}"#, states.join(","));
    assert!(compiled(&text).definition.is_some());
    let keys: Vec<String> = (0..40_000).map(|n| format!(r#""k{n}.$":"$.k{n}""#)).collect();
    let text = format!(
        r#"{{"StartAt":"A","States":{{"A":{{"Type":"Pass","Parameters":{{{}}},"End":true}}}}}}"#,
        keys.join(",")
    );
    assert!(compiled(&text).definition.is_some());
}

#[test]
fn a_long_name_is_not_repeated_without_end() {
    let name = "n".repeat(400_000);
    let fields: Vec<String> = (0..40_000).map(|n| format!(r#""f{n}":0"#)).collect();
    let text = format!(
        r#"{{"StartAt":"A","States":{{"{name}":{{"Type":"Pass","End":true,{}}}}}}}"#,
        fields.join(",")
    );
    let found = compiled(&text).diagnostics;
    let bytes: usize = found.iter().map(|found| found.to_string().len()).sum();
    assert!(bytes < limits::DIAGNOSTICS_BYTES_MAX + 1_000_000, "{bytes}");
}

#[test]
fn yaml_says_the_same_as_json_does() {
    let yaml = "StartAt: A\nStates:\n  A:\n    Type: Pass\n    InputPath: nö\n    Next: Gone\n";
    let found = compile_yaml(yaml, WorkflowType::Standard);
    let shown: Vec<(String, &str)> = found
        .diagnostics
        .iter()
        .map(|found| (found.to_string(), &yaml[found.span.clone().unwrap_or_default()]))
        .collect();
    let expected = [
        ("SCHEMA_VALIDATION_FAILED: Value must be a valid JSONPath. at /States/A/InputPath", "nö"),
        ("MISSING_TRANSITION_TARGET: Missing 'Next' target: Gone at /States/A/Next", "Gone"),
        ("MISSING_END_STATE: Workflow has no terminal state at null", ""),
    ];
    assert_eq!(shown, expected.map(|(text, span)| (text.to_owned(), span)));
    // A mapping without braces has no brace to point at.
    answered(&compile_yaml("\u{c5d}:", WorkflowType::Standard), "\u{c5d}:");
    let json = serde_json::from_str::<serde_json::Value>(SAMPLE).expect("is JSON");
    let found = compile_yaml(&json.to_string(), WorkflowType::Standard);
    let definition = found.definition.expect("JSON is YAML");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&definition.source).ok(), Some(json));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        compiled(&text);
        answered(&compile_yaml(&text, WorkflowType::Express), &text);
    }

    #[test]
    fn any_cut_and_paste_of_a_definition_is_answered(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0usize..60), 1..6)
    ) {
        let mut chars: Vec<char> = SAMPLE.chars().collect();
        for (from, to, length) in edits {
            let from = from.index(chars.len());
            let piece: Vec<char> = chars[from..chars.len().min(from + length)].to_vec();
            let to = to.index(chars.len());
            let end = chars.len().min(to + length / 2);
            chars.splice(to..end, piece);
        }
        let text: String = chars.into_iter().collect();
        compiled(&text);
        answered(&compile_yaml(&text, WorkflowType::Standard), &text);
    }

    #[test]
    fn any_value_in_any_place_is_answered(
        place in any::<prop::sample::Index>(),
        value in prop::sample::select(vec!["null", "true", "[]", "{}", "-1", "0.5", "\"\"", "\"$\"",
            "\"$$.a\"", "\"{% a %}\"", "\"{%\"", "[{}]", "[[]]", "{\"a\":[]}", "\"arn:aws:states:::x:y\""]),
    ) {
        // A value starts after each colon.
        let starts: Vec<usize> = SAMPLE.match_indices("\": ").map(|(at, _)| at + 3).collect();
        let start = starts[place.index(starts.len())];
        let mut deserializer = serde_json::Deserializer::from_str(&SAMPLE[start..]).into_iter::<serde_json::Value>();
        deserializer.next();
        let end = start + deserializer.byte_offset();
        let text = format!("{}{value}{}", &SAMPLE[..start], &SAMPLE[end..]);
        compiled(&text);
        answered(&compile_yaml(&text, WorkflowType::Express), &text);
    }
}
