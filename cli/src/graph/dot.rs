//! Graphviz text.

use std::fmt::Write;

use super::model::{Model, Node};

pub(super) fn draw(model: &Model) -> String {
    let mut out = "digraph workflow {\n    compound=true;\n    fontname=\"Helvetica\";\n    node \
                   [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"Helvetica\"];\n    \
                   edge [fontname=\"Helvetica\", fontsize=10];\n"
        .to_owned();
    graph(model, "top", 1, &mut out);
    out.push_str("}\n");
    out
}

fn graph(model: &Model, scope: &str, depth: usize, out: &mut String) {
    let indent = "    ".repeat(depth);
    let _ = writeln!(
        out,
        "{indent}{scope}_start [shape=circle, label=\"\", width=0.2, fillcolor=black];"
    );
    for node in &model.nodes {
        state(node, depth, out);
    }
    if let Some(start) = model.nodes.get(model.start) {
        let _ = writeln!(out, "{indent}{scope}_start -> {};", start.id);
    }
    for edge in &model.edges {
        let (from, to) = (&model.nodes[edge.from].id, &model.nodes[edge.to].id);
        let style = if edge.is_catch() { ", style=dashed, color=firebrick" } else { "" };
        let _ = writeln!(out, "{indent}{from} -> {to} [label={}{style}];", quoted(&edge.label));
    }
    if model.nodes.iter().any(|node| node.ends) {
        let _ = writeln!(
            out,
            "{indent}{scope}_end [shape=doublecircle, label=\"\", width=0.15, fillcolor=black];"
        );
        for node in model.nodes.iter().filter(|node| node.ends) {
            let _ = writeln!(out, "{indent}{} -> {scope}_end;", node.id);
        }
    }
}

fn state(node: &Node, depth: usize, out: &mut String) {
    let indent = "    ".repeat(depth);
    let label = quoted(&format!("{}\n{}", node.name, node.kind));
    if node.inner.is_empty() {
        let _ = writeln!(out, "{indent}{} [label={label}];", node.id);
        return;
    }
    let _ = writeln!(out, "{indent}subgraph cluster_{} {{", node.id);
    let _ = writeln!(out, "{indent}    label={label}; style=rounded;");
    let _ = writeln!(out, "{indent}    {} [label={}];", node.id, quoted(node.kind));
    for (index, (title, inner)) in node.inner.iter().enumerate() {
        let scope = format!("{}_{index}", node.id);
        let _ = writeln!(out, "{indent}    subgraph cluster_{scope} {{");
        let _ = writeln!(out, "{indent}        label={}; style=dashed;", quoted(title));
        graph(inner, &scope, depth + 2, out);
        let _ = writeln!(out, "{indent}    }}");
        let _ = writeln!(out, "{indent}    {} -> {scope}_start [style=dotted];", node.id);
    }
    let _ = writeln!(out, "{indent}}}");
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}
