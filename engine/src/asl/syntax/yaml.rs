//! YAML definitions as the same tree; spans point into the YAML text.
//!
//! Plain scalars follow YAML's core schema. An alias stands for a copy of what its anchor marks, `<<`
//! merges mappings, and the tags of CloudFormation (`!Sub`, `!Ref`, …) are looked through.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, StrInput, Tag};

use super::tree::{Duplicate, Member, Node, Object, SyntaxError, Tree, Value};
use crate::asl::DiagnosticCode;
use crate::limits;

/// Parses one YAML document.
///
/// # Errors
/// The first thing wrong.
pub(in crate::asl) fn parse(text: &str) -> Result<Tree<'_>, SyntaxError> {
    let mut builder = Builder::new(text);
    let mut parser: Parser<'_, StrInput<'_>> = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let at = builder.offset(*error.marker());
            builder.error(error.info(), at..at)
        })?;
        builder.event(event, span)?;
    }
    Ok(Tree { root: builder.root, duplicates: builder.duplicates })
}

struct Builder<'t> {
    text: &'t str,
    /// Byte offsets of the characters, unless every character is one byte.
    offsets: Option<Vec<usize>>,
    open: Vec<Open<'t>>,
    anchors: BTreeMap<usize, Node<'t>>,
    copied_nodes: usize,
    documents: usize,
    root: Option<Node<'t>>,
    duplicates: Vec<Duplicate<'t>>,
}

/// A sequence or mapping that has not ended.
struct Open<'t> {
    start: usize,
    anchor: usize,
    parts: Parts<'t>,
}

enum Parts<'t> {
    Sequence(Vec<Node<'t>>),
    Mapping { members: Vec<Member<'t>>, merged: Vec<Node<'t>>, key: Option<Key<'t>> },
}

struct Key<'t> {
    text: Cow<'t, str>,
    span: Range<usize>,
    /// Whether it is the merge key `<<`.
    merge: bool,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        let offsets = if text.is_ascii() {
            None
        } else {
            Some(text.char_indices().map(|(at, _)| at).chain([text.len()]).collect())
        };
        Self {
            text,
            offsets,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            copied_nodes: 0,
            documents: 0,
            root: None,
            duplicates: Vec::new(),
        }
    }

    /// The byte a marker, which counts characters, stands for.
    fn offset(&self, marker: Marker) -> usize {
        match &self.offsets {
            None => marker.index().min(self.text.len()),
            Some(offsets) => offsets.get(marker.index()).copied().unwrap_or(self.text.len()),
        }
    }

    fn span(&self, span: Span) -> Range<usize> {
        self.offset(span.start)..self.offset(span.end)
    }

    fn error(&self, message: &str, span: Range<usize>) -> SyntaxError {
        let before = &self.text[..span.start];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
        let location = format!("[Source: (YAML); line: {line}, column: {column}]");
        SyntaxError {
            code: DiagnosticCode::InvalidJsonDescription,
            message: format!("{message}\n at {location}"),
            location,
            span,
        }
    }

    fn event(&mut self, event: Event<'t>, span: Span) -> Result<(), SyntaxError> {
        let span = self.span(span);
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(self.error("Definition must be a single YAML document", span));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(text, style, tag.as_deref(), span)?;
                self.put(node, anchor, style == ScalarStyle::Plain)
            }
            Event::SequenceStart(anchor, _) => {
                self.start(Parts::Sequence(Vec::new()), anchor, span)
            }
            Event::MappingStart(anchor, _) => {
                let parts = Parts::Mapping { members: Vec::new(), merged: Vec::new(), key: None };
                self.start(parts, anchor, span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span.end),
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor) else {
                    return Err(self.error("alias of an anchor that is not complete", span));
                };
                self.copied_nodes += count(node);
                self.check_copies(&span)?;
                let Some(node) = self.anchors.get(&anchor) else { return Ok(()) };
                let node = Node { span, value: node.value.clone() };
                if self.depth() + depth(&node) > limits::NESTING_DEPTH_MAX {
                    return Err(self.too_deep(node.span));
                }
                self.put(node, 0, false)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    /// Bounds what anchors and aliases copy, long texts included.
    fn check_copies(&self, span: &Range<usize>) -> Result<(), SyntaxError> {
        if self.copied_nodes <= limits::YAML_ALIAS_NODES_MAX {
            return Ok(());
        }
        let message =
            format!("aliases expand to more than {} values", limits::YAML_ALIAS_NODES_MAX);
        Err(self.error(&message, span.clone()))
    }

    fn depth(&self) -> usize {
        self.open.len()
    }

    fn too_deep(&self, span: Range<usize>) -> SyntaxError {
        let message =
            format!("Document is nested deeper than {} levels", limits::NESTING_DEPTH_MAX);
        let mut error = self.error(&message, span);
        error.code = DiagnosticCode::TooDeeplyNested;
        error
    }

    fn start(
        &mut self,
        parts: Parts<'t>,
        anchor: usize,
        span: Range<usize>,
    ) -> Result<(), SyntaxError> {
        if self.depth() >= limits::NESTING_DEPTH_MAX {
            return Err(self.too_deep(span));
        }
        self.open.push(Open { start: span.start, anchor, parts });
        Ok(())
    }

    fn end(&mut self, end: usize) -> Result<(), SyntaxError> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let value = match open.parts {
            Parts::Sequence(items) => Value::Array(items),
            Parts::Mapping { members, merged, .. } => {
                let mut object = Object::new(members, &mut self.duplicates);
                if !merged.is_empty() {
                    object.fill(self.merged(merged)?);
                }
                Value::Object(object)
            }
        };
        let node = Node { span: open.start..end.max(open.start), value };
        self.put(node, open.anchor, false)
    }

    /// The mappings that the values of `<<` are, or hold.
    fn merged(&self, nodes: Vec<Node<'t>>) -> Result<Vec<Object<'t>>, SyntaxError> {
        let mut objects = Vec::new();
        for node in nodes {
            let items = match node.value {
                Value::Array(items) => items,
                value => vec![Node { span: node.span, value }],
            };
            for item in items {
                match item.value {
                    Value::Object(object) => objects.push(object),
                    _ => return Err(self.error("'<<' must merge mappings", item.span)),
                }
            }
        }
        Ok(objects)
    }

    /// Puts a finished value where it belongs.
    fn put(&mut self, node: Node<'t>, anchor: usize, plain: bool) -> Result<(), SyntaxError> {
        if anchor != 0 {
            self.copied_nodes += count(&node);
            self.check_copies(&node.span)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.parts) {
            None => self.root = Some(node),
            Some(Parts::Sequence(items)) => items.push(node),
            Some(Parts::Mapping { members, merged, key }) => match key.take() {
                Some(key) if key.merge => merged.push(node),
                Some(Key { text, span, .. }) => {
                    members.push(Member { key: text, key_span: span, value: node });
                }
                None => match key_text(&node, self.text) {
                    Some(text) => {
                        let merge = plain && text == "<<";
                        *key = Some(Key { text, span: node.span, merge });
                    }
                    None => return Err(self.error("a key must be a scalar", node.span)),
                },
            },
        }
        Ok(())
    }

    fn scalar(
        &self,
        text: Cow<'t, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: Range<usize>,
    ) -> Result<Node<'t>, SyntaxError> {
        let string = tag.is_some_and(|tag| !tag.is_yaml_core_schema() || tag.suffix == "str");
        let value =
            if style != ScalarStyle::Plain || string { Value::String(text) } else { plain(text) };
        if let Value::Number(number) = &value
            && !number.parse::<f64>().is_ok_and(f64::is_finite)
        {
            return Err(self.error("Numeric value out of range of double", span));
        }
        Ok(Node { span, value })
    }
}

/// A plain scalar, by YAML's core schema.
fn plain(text: Cow<'_, str>) -> Value<'_> {
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    if serde_json::from_str::<serde_json::Number>(&text).is_ok() {
        return Value::Number(text);
    }
    let based = |prefix: &str, radix| {
        text.strip_prefix(prefix).and_then(|digits| u64::from_str_radix(digits, radix).ok())
    };
    if let Some(number) = based("0x", 16).or_else(|| based("0o", 8)) {
        return Value::Number(number.to_string().into());
    }
    // `+5`, `007`, `.5` and `1.` are numbers for YAML, though not for JSON; written out as JSON has them.
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(&text);
    let digits = unsigned.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    if digits && unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        if let Ok(number) = text.parse::<i64>() {
            return Value::Number(number.to_string().into());
        }
        if let Some(number) = text.parse().ok().and_then(serde_json::Number::from_f64) {
            return Value::Number(number.to_string().into());
        }
    }
    Value::String(text)
}

/// A scalar as the text of a key.
fn key_text<'t>(node: &Node<'t>, text: &'t str) -> Option<Cow<'t, str>> {
    match &node.value {
        Value::String(text) | Value::Number(text) => Some(text.clone()),
        Value::Null | Value::Bool(_) => {
            Some(Cow::Borrowed(text.get(node.span.clone()).unwrap_or_default().trim()))
        }
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// How many values a node holds, itself included; every 64 bytes of a text count as one more.
fn count(node: &Node<'_>) -> usize {
    const BYTES_PER_VALUE: usize = 64;
    let text = |text: &str| text.len() / BYTES_PER_VALUE;
    1 + match &node.value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(object) => {
            object.iter().map(|member| text(&member.key) + count(&member.value)).sum()
        }
        Value::Number(number) => text(number),
        Value::String(string) => text(string),
        Value::Null | Value::Bool(_) => 0,
    }
}

/// How deep a node nests; 0 for a scalar.
fn depth(node: &Node<'_>) -> usize {
    match &node.value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(object) => {
            1 + object.iter().map(|member| depth(&member.value)).max().unwrap_or(0)
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn json_of(text: &str) -> serde_json::Value {
        let tree = parse(text).expect("is YAML");
        tree.root.expect("is not empty").to_json()
    }

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        let text = "[~, null, true, 12, -1.50, 0x1F, 0o17, +5, .5, 1e3, '12', yes, 1.2.3, a b]";
        let expected = json!([
            null, null, true, 12, -1.5, 31, 15, 5, 0.5, 1000.0, "12", "yes", "1.2.3", "a b"
        ]);
        assert_eq!(json_of(text), expected);
        assert_eq!(json_of("2016-03-14T01:59:00Z"), json!("2016-03-14T01:59:00Z"));
    }

    #[test]
    fn spans_are_bytes_of_the_text() {
        let text = "ä: é\nkey: 'välue'\n";
        let tree = parse(text).expect("is YAML");
        let root = tree.root.expect("is not empty");
        let member = root.as_object().and_then(|object| object.get("key")).expect("is there");
        assert_eq!(&text[member.key_span.clone()], "key");
        assert_eq!(&text[member.value.span.clone()], "'välue'");
    }

    #[test]
    fn aliases_are_copies_and_merge_keys_merge() {
        let text = "base: &b {x: 1, y: 2}\nuse: *b\nmerged:\n  <<: *b\n  y: 3\n";
        let expected = json!({
            "base": {"x": 1, "y": 2}, "use": {"x": 1, "y": 2}, "merged": {"y": 3, "x": 1}
        });
        assert_eq!(json_of(text), expected);
    }

    #[test]
    fn aliases_of_aliases_are_bounded() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let below = level - 1;
            let aliases = vec![format!("*a{below}"); 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        let error = parse(&text).expect_err("is a bomb");
        assert!(error.message.contains("aliases expand"), "{}", error.message);
    }

    #[test]
    fn deep_nesting_is_an_error() {
        for text in ["[".repeat(100_000), "- ".repeat(100_000), "{a: ".repeat(100_000)] {
            parse(&text).expect_err("is too deep");
        }
    }

    #[test]
    fn tags_are_looked_through() {
        assert_eq!(
            json_of("a: !Sub '${X}'\nb: !!str 5\nc: !GetAtt A.Arn"),
            json!({
                "a": "${X}", "b": "5", "c": "A.Arn"
            })
        );
    }

    #[test]
    fn a_second_document_and_bad_syntax_are_refused() {
        parse("a: 1\n---\nb: 2\n").expect_err("has two documents");
        let error = parse("a: [1, 2\nb: {").expect_err("is not YAML");
        assert!(error.location.contains("line:"), "{}", error.location);
    }
}
