//! A Mermaid state diagram.

use std::fmt::Write;

use super::model::Model;

pub(super) fn draw(model: &Model) -> String {
    let mut out = "stateDiagram-v2\n".to_owned();
    graph(model, 1, &mut out);
    out
}

fn graph(model: &Model, depth: usize, out: &mut String) {
    let indent = "    ".repeat(depth);
    for node in &model.nodes {
        let label = text(&format!("{} ({})", node.name, node.kind));
        if node.inner.is_empty() {
            let _ = writeln!(out, "{indent}state \"{label}\" as {}", node.id);
            continue;
        }
        let _ = writeln!(out, "{indent}state \"{label}\" as {} {{", node.id);
        for (index, (_, inner)) in node.inner.iter().enumerate() {
            if index > 0 {
                let _ = writeln!(out, "{indent}    --");
            }
            graph(inner, depth + 1, out);
        }
        let _ = writeln!(out, "{indent}}}");
    }
    if let Some(start) = model.nodes.get(model.start) {
        let _ = writeln!(out, "{indent}[*] --> {}", start.id);
    }
    for edge in &model.edges {
        let (from, to) = (&model.nodes[edge.from].id, &model.nodes[edge.to].id);
        let label =
            if edge.is_catch() { format!("catch {}", edge.label) } else { edge.label.clone() };
        match label.is_empty() {
            true => {
                let _ = writeln!(out, "{indent}{from} --> {to}");
            }
            false => {
                let _ = writeln!(out, "{indent}{from} --> {to} : {}", text(&label));
            }
        }
    }
    for node in model.nodes.iter().filter(|node| node.ends) {
        let _ = writeln!(out, "{indent}{} --> [*]", node.id);
    }
}

/// A label without what Mermaid would read as syntax.
fn text(label: &str) -> String {
    label
        .chars()
        .map(|c| match c {
            '"' => "'".to_owned(),
            ';' | '#' | '{' | '}' | '<' | '>' => format!("#{};", c as u32),
            c if c.is_control() => " ".to_owned(),
            c => c.to_string(),
        })
        .collect()
}
