//! A place in the syntax tree that knows its location, for diagnostics.

use std::fmt::Write as _;
use std::ops::Range;

use crate::asl::syntax::{Node, Object};

/// A node with the way that leads to it. Locations are only written out when something is wrong.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) node: &'a Node<'a>,
    key_span: Option<&'a Range<usize>>,
    parent: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    /// The name of a state, where state-relative locations start.
    State(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    pub(super) fn root(node: &'a Node<'a>) -> Self {
        Self { node, key_span: None, parent: None, step: Step::Root }
    }

    /// The member with this key, if this is an object that has it.
    pub(super) fn get<'b>(&'b self, key: &'b str) -> Option<At<'b>> {
        let member = self.node.as_object()?.get(key)?;
        Some(At {
            node: &member.value,
            key_span: Some(&member.key_span),
            parent: Some(self),
            step: Step::Key(key),
        })
    }

    /// The members of an object.
    pub(super) fn members<'b>(&'b self) -> impl Iterator<Item = (&'b str, At<'b>)> {
        self.node.as_object().into_iter().flat_map(Object::iter).map(|member| {
            let key: &'b str = &member.key;
            let at = At {
                node: &member.value,
                key_span: Some(&member.key_span),
                parent: Some(self),
                step: Step::Key(key),
            };
            (key, at)
        })
    }

    /// The members of a `States` object.
    pub(super) fn states<'b>(&'b self) -> impl Iterator<Item = (&'b str, At<'b>)> {
        self.members().map(|(name, at)| (name, At { step: Step::State(name), ..at }))
    }

    /// The elements of an array.
    pub(super) fn elements<'b>(&'b self) -> impl Iterator<Item = At<'b>> {
        self.node.as_array().into_iter().flatten().enumerate().map(|(index, node)| At {
            node,
            key_span: None,
            parent: Some(self),
            step: Step::Index(index),
        })
    }

    /// Whether this is an object with the key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.node.as_object().is_some_and(|object| object.has(key))
    }

    /// The value of a string member.
    pub(super) fn text<'b>(&'b self, key: &str) -> Option<&'b str> {
        self.node.as_object()?.get(key)?.value.as_str()
    }

    /// AWS's location: `/States/A/Catch[0]/Next`.
    pub(super) fn location(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, false);
        if text.is_empty() {
            text.push('/');
        }
        text
    }

    /// The location inside the state, as `EvaluationFailed` gives it: `Catch[0]/Output/v`.
    pub(super) fn field(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, true);
        text
    }

    fn write(&self, text: &mut String, relative: bool) {
        if relative && matches!(self.step, Step::State(_)) {
            return;
        }
        if let Some(parent) = self.parent {
            parent.write(text, relative);
        }
        match self.step {
            Step::Root => {}
            Step::Key(key) | Step::State(key) => {
                if !(relative && text.is_empty()) {
                    text.push('/');
                }
                text.push_str(key);
            }
            Step::Index(index) => {
                let _ = write!(text, "[{index}]");
            }
        }
    }

    /// Bytes of the value.
    pub(super) fn span(&self) -> Range<usize> {
        self.node.span.clone()
    }

    /// Bytes that stand for the whole value: its key, else the brace an object starts with.
    pub(super) fn name_span(&self) -> Range<usize> {
        if let Some(key) = self.key_span {
            return key.clone();
        }
        let span = &self.node.span;
        let Some(object) = self.node.as_object() else { return span.clone() };
        // A YAML mapping without braces starts with its first key.
        match object.iter().next() {
            Some(first) if first.key_span.start == span.start => first.key_span.clone(),
            _ => span.start..span.start + 1,
        }
    }

    /// Bytes of the member's key, if the object has it.
    pub(super) fn member_span(&self, key: &str) -> Option<Range<usize>> {
        Some(self.node.as_object()?.get(key)?.key_span.clone())
    }
}
