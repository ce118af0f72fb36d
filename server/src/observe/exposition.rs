//! Prometheus's text format.

use std::fmt::Write;

/// A text of metrics under construction.
#[derive(Debug, Default)]
pub(crate) struct Exposition(String);

impl Exposition {
    /// Begins a metric; its series follow.
    pub(crate) fn metric(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    /// One series: its name with its suffix, its labels, its value.
    pub(crate) fn series(
        &mut self,
        name: &str,
        labels: &[(&str, &str)],
        value: impl std::fmt::Display,
    ) {
        self.0.push_str(name);
        for (index, (label, value)) in labels.iter().enumerate() {
            let _ = write!(self.0, "{}{label}=\"", if index == 0 { '{' } else { ',' });
            for character in value.chars() {
                match character {
                    '\\' => self.0.push_str("\\\\"),
                    '"' => self.0.push_str("\\\""),
                    '\n' => self.0.push_str("\\n"),
                    other => self.0.push(other),
                }
            }
            self.0.push('"');
        }
        let close = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.0, "{close} {value}");
    }

    /// A metric with one series and no labels.
    pub(crate) fn single(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        value: impl std::fmt::Display,
    ) {
        self.metric(name, kind, help);
        self.series(name, &[], value);
    }

    /// The text.
    pub(crate) fn text(self) -> String {
        self.0
    }
}

/// `ExecutionsStarted` as Prometheus would have it: `executions_started`.
pub(super) fn snake(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for (index, character) in name.chars().enumerate() {
        if character.is_ascii_uppercase() && index > 0 {
            text.push('_');
        }
        text.push(character.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let mut text = Exposition::default();
        text.metric("m", "counter", "What it is.");
        text.series("m_total", &[("a", "x\"\\\n"), ("B", "y")], 1);
        text.single("n", "gauge", "Another.", 2);
        assert_eq!(
            text.text(),
            "# HELP m What it is.\n# TYPE m counter\nm_total{a=\"x\\\"\\\\\\n\",B=\"y\"} 1\n\
             # HELP n Another.\n# TYPE n gauge\nn 2\n"
        );
    }
}
