//! Constructs inside texts: paths, intrinsic calls, JSONata expressions. A rough reading that never parses.

use serde_json::Value;

use super::constructs::Found;

/// Adds what the strings of a value use.
pub(super) fn scan(value: &Value, found: &mut Found) {
    match value {
        Value::String(text) if text.starts_with("{%") => expression(text, found),
        Value::String(text) if text.starts_with("States.") => call(text, found),
        Value::String(text) if text.starts_with('$') => path(text, found),
        Value::Array(items) => items.iter().for_each(|item| scan(item, found)),
        Value::Object(map) => map.values().for_each(|member| scan(member, found)),
        _ => {}
    }
}

fn path(text: &str, found: &mut Found) {
    if text.starts_with("$$") {
        found.add("ContextObject");
    } else if !matches!(text.as_bytes().get(1), None | Some(b'.' | b'[')) {
        found.add("Variable");
    }
    for (part, name) in [
        ("[?", "Path:filter"),
        ("[*]", "Path:wildcard"),
        (".*", "Path:wildcard"),
        ("..", "Path:deep scan"),
        ("['", "Path:quoted"),
        (".missing", "Path:missing"),
    ] {
        if text.contains(part) {
            found.add(name);
        }
    }
    for (at, _) in text.match_indices('[') {
        let inside = text[at + 1..].split(']').next().unwrap_or_default();
        if inside.contains(':') && !inside.contains('\'') {
            found.add("Path:slice");
        } else if inside.contains(',') && !inside.starts_with('?') {
            found.add("Path:union");
        } else if inside.bytes().all(|byte| byte.is_ascii_digit()) {
            found.add("Path:index");
        }
    }
}

fn call(text: &str, found: &mut Found) {
    for (number, (at, prefix)) in text.match_indices("States.").enumerate() {
        let rest = &text[at + prefix.len()..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        found.part("Intrinsic:", &rest[..end]);
        if number > 0 {
            found.add("Intrinsic:nested");
        }
    }
    for word in text.split([' ', ',', '(', ')']).filter(|word| word.starts_with('$')) {
        path(word, found);
    }
}

fn expression(text: &str, found: &mut Found) {
    for (at, _) in text.match_indices('$') {
        let rest = &text[at + 1..];
        let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        match &rest[..end] {
            "states" if rest[end..].starts_with(".context") => found.add("ContextObject"),
            "states" => {}
            name if rest[end..].starts_with('(') => found.part("JSONata:$", name),
            "" => {}
            // Bound by the expression itself.
            _ if rest[end..].starts_with(" := ") => found.add("JSONata:block"),
            name if text.contains(&format!("${name} := ")) => {}
            _ => found.add("Variable"),
        }
    }
    for (part, name) in [
        (" + ", "JSONata:arithmetic"),
        (" - ", "JSONata:arithmetic"),
        (" * ", "JSONata:arithmetic"),
        (" & ", "JSONata:&"),
        (" / ", "JSONata:arithmetic"),
        (" % ", "JSONata:arithmetic"),
        ("[$ ", "JSONata:predicate"),
        ("[$.", "JSONata:predicate"),
        ("..", "JSONata:range"),
        (" = ", "JSONata:comparison"),
        (" != ", "JSONata:comparison"),
        (" < ", "JSONata:comparison"),
        (" > ", "JSONata:comparison"),
        (" <= ", "JSONata:comparison"),
        (" >= ", "JSONata:comparison"),
        (" and ", "JSONata:and"),
        (" or ", "JSONata:or"),
        (" in ", "JSONata:in"),
        (" ? ", "JSONata:? :"),
        ("{\"", "JSONata:object"),
        (" [", "JSONata:array"),
        (".missing", "Path:missing"),
    ] {
        if text.contains(part) {
            found.add(name);
        }
    }
}
