//! The nodes of the syntax tree.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::asl::DiagnosticCode;

/// A parsed text.
#[derive(Debug)]
pub(in crate::asl) struct Tree<'t> {
    /// The value, `None` for a text of blanks only.
    pub(in crate::asl) root: Option<Node<'t>>,
    /// Keys that were written more than once in one object.
    pub(in crate::asl) duplicates: Vec<Duplicate<'t>>,
}

/// A key that an object has already; the later value is kept, at the earlier one's place, as Jackson does.
#[derive(Debug)]
pub(in crate::asl) struct Duplicate<'t> {
    /// The key.
    pub(in crate::asl) key: Cow<'t, str>,
    /// Bytes of the later key.
    pub(in crate::asl) span: Range<usize>,
}

/// Why a text has no tree.
#[derive(Debug)]
pub(in crate::asl) struct SyntaxError {
    /// AWS's code.
    pub(in crate::asl) code: DiagnosticCode,
    /// The message, with its position.
    pub(in crate::asl) message: String,
    /// The position as AWS puts it into `location`.
    pub(in crate::asl) location: String,
    /// Bytes of the text.
    pub(in crate::asl) span: Range<usize>,
}

/// One value with its place in the text.
#[derive(Debug, Clone)]
pub(in crate::asl) struct Node<'t> {
    /// Bytes of the text.
    pub(in crate::asl) span: Range<usize>,
    /// The value.
    pub(in crate::asl) value: Value<'t>,
}

/// A value of the syntax tree.
#[derive(Debug, Clone)]
pub(in crate::asl) enum Value<'t> {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number, as written.
    Number(Cow<'t, str>),
    /// A string, unescaped.
    String(Cow<'t, str>),
    /// An array.
    Array(Vec<Node<'t>>),
    /// An object.
    Object(Object<'t>),
}

/// The members of an object, each key once.
#[derive(Debug, Clone, Default)]
pub(in crate::asl) struct Object<'t> {
    members: Vec<Member<'t>>,
}

/// One member of an object.
#[derive(Debug, Clone)]
pub(in crate::asl) struct Member<'t> {
    /// The key, unescaped.
    pub(in crate::asl) key: Cow<'t, str>,
    /// Bytes of the key.
    pub(in crate::asl) key_span: Range<usize>,
    /// The value.
    pub(in crate::asl) value: Node<'t>,
}

impl<'t> Object<'t> {
    /// Takes the members in the order of the text and merges those with the same key.
    pub(super) fn new(members: Vec<Member<'t>>, duplicates: &mut Vec<Duplicate<'t>>) -> Self {
        let clean = match members.as_slice() {
            [] | [_] => true,
            few if few.len() <= 12 => few
                .iter()
                .enumerate()
                .all(|(at, member)| few[..at].iter().all(|earlier| earlier.key != member.key)),
            _ => false,
        };
        if clean {
            return Self { members };
        }
        let mut places: BTreeMap<Cow<'t, str>, usize> = BTreeMap::new();
        let mut kept: Vec<Member<'t>> = Vec::with_capacity(members.len());
        for member in members {
            if let Some(&place) = places.get(&member.key) {
                duplicates
                    .push(Duplicate { key: member.key.clone(), span: member.key_span.clone() });
                kept[place] = member;
            } else {
                places.insert(member.key.clone(), kept.len());
                kept.push(member);
            }
        }
        Self { members: kept }
    }

    /// Adds the members of other objects, in turn, whose keys there are not yet.
    pub(super) fn fill(&mut self, others: Vec<Self>) {
        let mut keys: BTreeSet<Cow<'t, str>> =
            self.members.iter().map(|member| member.key.clone()).collect();
        let added = others.into_iter().flat_map(|other| other.members);
        self.members.extend(added.filter(|member| keys.insert(member.key.clone())));
    }

    /// The members in order.
    pub(in crate::asl) fn iter(&self) -> std::slice::Iter<'_, Member<'t>> {
        self.members.iter()
    }

    /// The member with this key. Linear: for objects whose fields the language names.
    pub(in crate::asl) fn get(&self, key: &str) -> Option<&Member<'t>> {
        self.members.iter().find(|member| member.key == key)
    }

    /// Whether there is a member with this key.
    pub(in crate::asl) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }
}

impl<'t> Node<'t> {
    /// The object, if it is one.
    pub(in crate::asl) fn as_object(&self) -> Option<&Object<'t>> {
        match &self.value {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    pub(in crate::asl) fn as_array(&self) -> Option<&[Node<'t>]> {
        match &self.value {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text, if it is a string.
    pub(in crate::asl) fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The JSON value. Its numbers were checked while parsing.
    pub(in crate::asl) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(flag) => serde_json::Value::Bool(*flag),
            Value::Number(text) => serde_json::from_str(text)
                .map_or(serde_json::Value::Null, serde_json::Value::Number),
            Value::String(text) => serde_json::Value::String(text.clone().into_owned()),
            Value::Array(items) => {
                serde_json::Value::Array(items.iter().map(Self::to_json).collect())
            }
            Value::Object(object) => serde_json::Value::Object(
                object
                    .iter()
                    .map(|member| (member.key.clone().into_owned(), member.value.to_json()))
                    .collect(),
            ),
        }
    }
}
