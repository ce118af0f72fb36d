//! What a syntax tree refers to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jlens_core::ast::{LambdaDef, Node, NodeId, NodeKind, Stage};
use jlens_core::{Expression, function_catalog};

use super::host;
use crate::expr::jsonata::functions::ADDED_FUNCTIONS;
use crate::expr::jsonata::plain_path::PlainPath;
use crate::expr::jsonata::{JsonataSyntaxError, References};
use crate::limits;

/// The variable that holds a state's data.
const STATES: &str = "states";

/// Lists what the expression refers to.
///
/// The recursion is as deep as the parser lets source nest (1,000 levels).
pub(super) fn references(root: &Node) -> References {
    let mut found = References::default();
    top_level(root, &mut BTreeSet::new(), &mut found);
    variables(root, &mut Bound::default(), &mut found);
    found
}

/// An operator of JSONata 2.1 and later, which jsonata-js 2.0 refuses: there `?:` and `??` are a `?`
/// whose branch starts with an operator that cannot stand in front.
pub(super) fn newer_operator(root: &Node) -> Option<JsonataSyntaxError> {
    let mut found: Option<JsonataSyntaxError> = None;
    root.walk(&mut |node| {
        if found.is_none()
            && let NodeKind::Fallback { op, .. } = &node.kind
        {
            let second = &op.symbol()[1..];
            found = Some(JsonataSyntaxError {
                code: "S0211".to_owned(),
                message: format!("The symbol \"{second}\" cannot be used as a unary operator"),
                offset: node.pos.saturating_sub(1),
            });
        }
    });
    found
}

/// Collects what is read from the context item of the whole expression.
fn top_level<'a>(node: &'a Node, seen: &mut BTreeSet<&'a str>, found: &mut References) {
    let mut add_name = |name: &'a str, offset: usize| {
        if seen.insert(name) {
            found.top_level_names.push((name.to_owned(), offset));
        }
    };
    match &node.kind {
        NodeKind::Path { steps, .. } => {
            if let Some(first) = steps.first() {
                top_level(first, seen, found);
            }
        }
        NodeKind::Name { name } => add_name(name, node.span.start),
        NodeKind::Variable { name } if name.is_empty() => add_name("$", node.span.start),
        NodeKind::Negate { .. }
        | NodeKind::Array { .. }
        | NodeKind::Object { .. }
        | NodeKind::Binary { .. }
        | NodeKind::Fallback { .. }
        | NodeKind::Apply { .. }
        | NodeKind::Function { .. }
        | NodeKind::Partial { .. }
        | NodeKind::Lambda(_)
        | NodeKind::Condition { .. }
        | NodeKind::Block { .. }
        | NodeKind::Bind { .. } => {
            // The node's own children only: what its attributes hold (predicates, groupings) reads
            // the node's value.
            let attributes: BTreeSet<NodeId> =
                attribute_children(node).into_iter().map(|child| child.id).collect();
            node.for_each_child(|child| {
                if !attributes.contains(&child.id) {
                    top_level(child, seen, found);
                }
            });
        }
        _ => {}
    }
}

fn attribute_children(node: &Node) -> Vec<&Node> {
    let stages = node.attrs.stages.iter().chain(&node.attrs.predicate);
    let filters = stages.filter_map(|stage| match stage {
        Stage::Filter { expr, .. } => Some(&**expr),
        Stage::Index { .. } => None,
    });
    let groups = node.attrs.group.iter().flat_map(|group| &group.pairs);
    filters.chain(groups.flat_map(|(key, value)| [key, value])).collect()
}

/// The names bound around a place, the innermost last.
#[derive(Default)]
struct Bound<'a> {
    names: Vec<&'a str>,
    /// How often each is bound.
    counts: BTreeMap<&'a str, usize>,
}

impl<'a> Bound<'a> {
    fn len(&self) -> usize {
        self.names.len()
    }

    fn contains(&self, name: &str) -> bool {
        self.counts.contains_key(name)
    }

    fn push(&mut self, name: &'a str) {
        self.names.push(name);
        *self.counts.entry(name).or_default() += 1;
    }

    fn extend(&mut self, names: impl IntoIterator<Item = &'a String>) {
        names.into_iter().for_each(|name| self.push(name));
    }

    fn truncate(&mut self, length: usize) {
        while self.names.len() > length {
            let Some(name) = self.names.pop() else { return };
            if let Some(count) = self.counts.get_mut(name) {
                *count -= 1;
                if *count == 0 {
                    self.counts.remove(name);
                }
            }
        }
    }
}

/// Collects the variables read, with the names bound around them.
fn variables<'a>(node: &'a Node, bound: &mut Bound<'a>, found: &mut References) {
    let depth = bound.len();
    match &node.kind {
        NodeKind::Variable { name } => read_variable(name, node, bound, found),
        NodeKind::Path { steps, .. } => {
            if let [first, second, ..] = &steps[..]
                && let (NodeKind::Variable { name }, NodeKind::Name { name: member }) =
                    (&first.kind, &second.kind)
                && name == STATES
                && is_plain(first)
                && !bound.contains(STATES)
            {
                found.states_fields.push((member.clone(), first.span.start));
                steps[1..].iter().for_each(|step| step_variables(step, bound, found));
            } else {
                steps.iter().for_each(|step| step_variables(step, bound, found));
            }
            attribute_children(node).into_iter().for_each(|child| variables(child, bound, found));
            bound.truncate(depth);
            return;
        }
        NodeKind::Lambda(def) => bind_parameters(def, bound),
        NodeKind::Bind { lhs, rhs } => {
            let NodeKind::Variable { name } = &lhs.kind else { return };
            // A function sees its own name, any other value does not.
            if matches!(rhs.kind, NodeKind::Lambda(_)) {
                bound.push(name);
            }
            variables(rhs, bound, found);
            bound.truncate(depth);
            bound.push(name);
            return;
        }
        _ => {}
    }
    let inner = bound.len();
    node.for_each_child(|child| {
        variables(child, bound, found);
        // In a block a binding lasts for the expressions that follow it.
        if !matches!(node.kind, NodeKind::Block { .. }) {
            bound.truncate(inner);
        }
    });
    bound.truncate(depth);
}

/// A step's `@$x` and `#$i` are bound for the steps after it.
fn step_variables<'a>(step: &'a Node, bound: &mut Bound<'a>, found: &mut References) {
    let attrs = &step.attrs;
    bound.extend(attrs.focus.iter().chain(&attrs.index));
    for stage in &attrs.stages {
        if let Stage::Index { var, .. } = stage {
            bound.push(var);
        }
    }
    variables(step, bound, found);
}

fn bind_parameters<'a>(def: &'a LambdaDef, bound: &mut Bound<'a>) {
    bound.extend(&def.params);
}

fn read_variable(name: &str, node: &Node, bound: &Bound<'_>, found: &mut References) {
    if bound.contains(name) {
        return;
    }
    match name {
        "" => {}
        "$" => found.double_dollar = found.double_dollar.or(Some(node.span.start)),
        STATES => found.whole_states = true,
        _ if is_function(name) => {}
        _ => {
            found.variables.insert(name.to_owned());
        }
    }
}

fn is_plain(step: &Node) -> bool {
    let attrs = &step.attrs;
    attrs.stages.is_empty()
        && attrs.predicate.is_empty()
        && attrs.group.is_none()
        && attrs.focus.is_none()
        && attrs.index.is_none()
        && !attrs.keep_array
}

/// Whether a name is that of a function of the language, AWS's or one that AWS left out.
fn is_function(name: &str) -> bool {
    static NAMES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
        function_catalog().iter().map(|function| function.name).chain(ADDED_FUNCTIONS).collect()
    });
    NAMES.contains(name)
}

/// The functions an expression names, called or not.
pub(super) fn function_names(root: &Node) -> Vec<String> {
    let mut names = Vec::new();
    root.walk(&mut |node| {
        if let NodeKind::Variable { name } = &node.kind
            && !names.contains(name)
            && is_function(name)
        {
            names.push(name.clone());
        }
    });
    names
}

/// The path an expression is, if it is nothing else.
pub(super) fn plain_path(root: &Node) -> Option<PlainPath> {
    let steps = match &root.kind {
        NodeKind::Path { steps, keep_singleton_array: false } if is_plain(root) => &steps[..],
        NodeKind::Variable { .. } => std::slice::from_ref(root),
        _ => return None,
    };
    let (first, rest) = steps.split_first()?;
    let NodeKind::Variable { name } = &first.kind else { return None };
    let fields = rest.iter().map(|step| match &step.kind {
        NodeKind::Name { name } if is_plain(step) => Some(name.clone()),
        _ => None,
    });
    let fields = fields.collect::<Option<Vec<_>>>()?;
    let is_value = !name.is_empty() && name != "$" && !is_function(name);
    (is_plain(first) && is_value).then(|| PlainPath { variable: name.clone(), fields })
}

/// Bounds of an evaluation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Steps it may take.
    pub(super) steps: u64,
    /// Items an array it builds may have.
    pub(super) items: usize,
}

/// The bounds of an expression. They are narrow where a step may take far longer than others: the library
/// matches a regular expression that is not passed to a function of ours, and does `$distinct` and `$keys`,
/// in time that grows with the square of what they are given.
pub(super) fn bounds(root: &Node) -> Bounds {
    let mut bounds =
        Bounds { steps: limits::JSONATA_STEPS_MAX, items: limits::JSONATA_VALUE_BYTES_MAX / 8 };
    root.walk(&mut |node| match &node.kind {
        NodeKind::Regex { .. } => bounds.steps = limits::JSONATA_REGEX_STEPS_MAX,
        NodeKind::Variable { name } if matches!(name.as_str(), "distinct" | "keys") => {
            bounds.items = limits::JSONATA_QUADRATIC_ITEMS_MAX;
        }
        _ => {}
    });
    bounds
}

/// Whether the expression may see the document it is evaluated against, which must look undefined to it.
pub(super) fn reads_document(expression: &Expression, references: &References) -> bool {
    let reads = expression.reads_with(&host::FUNCTIONS);
    if reads.every_binding()
        || references.double_dollar.is_some()
        || !references.top_level_names.is_empty()
    {
        return true;
    }
    match reads.input() {
        None => false,
        // The analysis says so of many expressions that do nothing with the document, such as any with an
        // object constructor. What is left are calls without the argument that `-` in a signature lets
        // the context stand for: those that refuse an object say so, the others are listed here.
        Some(read) if read.fields().is_some_and(|fields| fields.is_empty()) => {
            let mut found = false;
            expression.ast().root.walk(&mut |node| {
                found |= matches!(
                    &node.kind,
                    NodeKind::Function { procedure, args } if args.is_empty() && matches!(
                        &procedure.kind,
                        NodeKind::Variable { name } if matches!(name.as_str(), "boolean" | "not")
                    )
                );
            });
            found
        }
        Some(_) => true,
    }
}

/// Whether the result is certainly no function, judged by the outermost operation.
pub(super) fn never_a_function(root: &Node) -> bool {
    match &root.kind {
        NodeKind::Binary { .. } | NodeKind::Negate { .. } | NodeKind::Object { .. } => true,
        NodeKind::Path { steps, .. } => matches!(
            (steps.first().map(|step| &step.kind), steps.get(1).map(|step| &step.kind)),
            (Some(NodeKind::Variable { name }), Some(NodeKind::Name { .. })) if name == STATES
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::expr::Jsonata;
    use crate::expr::jsonata::References;

    fn references(source: &str) -> References {
        Jsonata::compile(source).expect("is JSONata").references().clone()
    }

    fn top_level(source: &str) -> Vec<String> {
        references(source).top_level_names.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn names_read_from_the_missing_context_item() {
        // Verdicts measured on AWS, except those marked.
        assert_eq!(top_level("phone"), ["phone"]);
        assert_eq!(top_level("phone = 1"), ["phone"]);
        assert_eq!(top_level("aaa + bbb"), ["aaa", "bbb"]);
        assert_eq!(top_level("$.phone"), ["$"]);
        assert_eq!(top_level("{aaa: 1}"), ["aaa"]);
        assert_eq!(top_level("$map($states.input.a, function($x){ b })"), ["b"]);
        // By the same rule:
        assert_eq!(top_level("[a, -b, a]"), ["a", "b"]);
        assert_eq!(top_level("$x ? a : (b; c)"), ["a", "b", "c"]);
        assert_eq!(top_level("$v := a ~> $uppercase"), ["a"]);
        assert_eq!(top_level("(a.b)[c].d"), ["a"]);
    }

    #[test]
    fn names_that_read_a_value_found_before() {
        for source in [
            "$states.input.items[phone > 3]",
            "$map($states.input.a, function($x){ $x.phone })",
            "$states.input.items^(>price).name",
            "$states.input.items{name: $sum(price)}",
            "$states.input.items.(a + b)",
            "$count($states.result[$ = 0])",
            "[1, 2][$ > 1]",
            "$undefinedVariable",
        ] {
            assert_eq!(top_level(source), Vec::<String>::new(), "{source}");
        }
    }

    #[test]
    fn the_root_and_members_of_states() {
        assert_eq!(references("1 + $$.a").double_dollar, Some(4));
        let found = references("$states.input.a & $states.result[x = $states.context.y]");
        let fields: Vec<_> = found.states_fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(fields, ["input", "result", "context"]);
        assert_eq!(found.states_fields[1].1, 18);
        assert!(!found.whole_states);
        assert!(!found.reads_states_field("errorOutput"));
        assert!(references("$keys($states)").reads_states_field("errorOutput"));
        assert!(references("$states[0].input").whole_states);
        assert!(references("$states.*").whole_states);
    }

    #[test]
    fn free_variables() {
        let found = references(
            "($a := $b; $f := function($n) { $n = 0 ? $a : $f($n - $c) }; $sum($states.input@$i.$i) + $uuid())",
        );
        assert_eq!(found.variables.iter().collect::<Vec<_>>(), ["b", "c"]);
    }

    #[test]
    fn operators_of_later_versions_are_refused_as_by_jsonata_js_2_0_6() {
        let error = Jsonata::compile("$a ?? 1").expect_err("is not JSONata 2.0");
        assert_eq!(error.message, "The symbol \"?\" cannot be used as a unary operator");
        assert_eq!((error.code.as_str(), error.offset), ("S0211", 4));
        let error = Jsonata::compile("$a ?: 1").expect_err("is not JSONata 2.0");
        assert_eq!(error.message, "The symbol \":\" cannot be used as a unary operator");
    }

    #[test]
    fn syntax_errors_as_aws_words_them() {
        for (source, message) in [
            ("1 +", "Unexpected end of expression"),
            ("{\"a\":}", "The symbol \"}\" cannot be used as a unary operator"),
            ("$x :=", "Unexpected end of expression"),
            ("", "Unexpected end of expression"),
            ("  ", "Unexpected end of expression"),
            ("a[1,2)", "Expected \"]\", got \",\""),
            ("\"unterminated", "String literal must be terminated by a matching quote"),
            ("$match(\"a\", /abc", "No terminating / in regular expression"),
        ] {
            assert_eq!(Jsonata::compile(source).expect_err("is not JSONata").message, message);
        }
    }
}
