//! Calls to functions of ours in place of what the library does otherwise than AWS, or not in bounded time.

use std::ops::Range;

use jlens_core::ast::{BinaryOp, Node, NodeKind};

use super::arithmetic;
use super::matching::{self, CompiledPattern, Pattern};

/// A source with its replacements.
#[derive(Default)]
pub(super) struct Rewritten {
    /// The source, if anything was replaced.
    pub(super) source: Option<String>,
    /// The regular expressions, which the source now names by their index.
    pub(super) patterns: Vec<Pattern>,
}

struct Edits {
    patterns: Vec<Pattern>,
    /// Disjoint ranges of the source and what comes in their place.
    edits: Vec<(Range<usize>, String)>,
}

/// Replaces arithmetic that is part of the result, and calls with a literal regular expression.
pub(super) fn rewrite(source: &str, root: &Node) -> Rewritten {
    let mut edits = Edits { patterns: Vec::new(), edits: Vec::new() };
    edits.arithmetic(root);
    if !hides_a_function(root) {
        root.walk(&mut |node| edits.matching(node));
    }
    let Edits { patterns, edits: mut list } = edits;
    if list.is_empty() {
        return Rewritten::default();
    }
    list.sort_by_key(|(range, _)| (range.start, range.end));
    let mut text = String::with_capacity(source.len() + list.len() * 24);
    let mut end = 0;
    for (range, replacement) in list {
        let Some(before) = source.get(end..range.start) else { return Rewritten::default() };
        text.push_str(before);
        text.push_str(&replacement);
        end = range.end;
    }
    text.push_str(&source[end..]);
    Rewritten { source: Some(text), patterns }
}

/// Whether the expression gives one of the functions' names to something else.
fn hides_a_function(root: &Node) -> bool {
    let is_theirs = |name: &String| matching::replacement(name).is_some();
    let mut hides = false;
    root.walk(&mut |node| {
        hides |= node.attrs.focus.iter().chain(&node.attrs.index).any(is_theirs);
        hides |= match &node.kind {
            NodeKind::Lambda(def) => def.params.iter().any(is_theirs),
            NodeKind::Bind { lhs, .. } => {
                matches!(&lhs.kind, NodeKind::Variable { name } if is_theirs(name))
            }
            _ => false,
        };
    });
    hides
}

impl Edits {
    /// Operations that are the result or a part of it.
    fn arithmetic(&mut self, node: &Node) {
        if !node.attrs.predicate.is_empty() || node.attrs.group.is_some() {
            return;
        }
        match &node.kind {
            NodeKind::Binary {
                op:
                    op @ (BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod),
                lhs,
                rhs,
            } => {
                let (start, end) = (node.span.start, node.span.end);
                self.edits.push((start..start, format!("${}(", arithmetic::NAME)));
                self.edits.push((lhs.span.end..rhs.span.start, format!(",\"{}\",", op.symbol())));
                self.edits.push((end..end, ")".to_owned()));
            }
            NodeKind::Array { items } => items.iter().for_each(|item| self.arithmetic(item)),
            NodeKind::Object { pairs } => {
                pairs.iter().for_each(|(_, value)| self.arithmetic(value));
            }
            NodeKind::Condition { then, otherwise, .. } => {
                self.arithmetic(then);
                otherwise.iter().for_each(|node| self.arithmetic(node));
            }
            NodeKind::Block { exprs, .. } => {
                exprs.last().into_iter().for_each(|last| self.arithmetic(last));
            }
            _ => {}
        }
    }

    /// A call of a matching function with a literal regular expression.
    fn matching(&mut self, node: &Node) {
        let NodeKind::Function { procedure, args } = &node.kind else { return };
        let NodeKind::Variable { name } = &procedure.kind else { return };
        let Some(replacement) = matching::replacement(name) else { return };
        let regex = args.iter().take(2).find_map(|arg| match &arg.kind {
            NodeKind::Regex { pattern, flags } if arg.attrs.predicate.is_empty() => {
                Some((arg.span, CompiledPattern::compile(pattern, flags)?))
            }
            _ => None,
        });
        let Some((span, pattern)) = regex else { return };
        let index = self.patterns.len();
        self.patterns.push(pattern);
        self.edits.push((procedure.span.start..procedure.span.end, format!("${replacement}")));
        self.edits.push((span.start..span.end, format!("{{\"{}\":{index}}}", matching::INDEX)));
    }
}
