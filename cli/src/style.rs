//! Colours, where the terminal takes them.

use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};

/// Colours for standard output, or none: not a terminal, or `NO_COLOR` is set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Palette {
    on: bool,
}

impl Palette {
    pub(crate) fn for_stdout() -> Self {
        Self { on: wanted(std::io::stdout().is_terminal()) }
    }

    #[cfg(test)]
    pub(crate) const fn plain() -> Self {
        Self { on: false }
    }

    fn paint(self, style: Style, text: &str) -> String {
        if self.on { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.paint(Style::new().bold(), text)
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.paint(AnsiColor::Green.on_default(), text)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.paint(AnsiColor::Red.on_default().bold(), text)
    }

    pub(crate) fn warn(self, text: &str) -> String {
        self.paint(AnsiColor::Yellow.on_default(), text)
    }
}

/// An error message for standard error.
pub(crate) fn error(text: &str) -> String {
    let palette = Palette { on: wanted(std::io::stderr().is_terminal()) };
    match text.split_once(": ") {
        Some((head, rest)) => format!("{}: {rest}", palette.bad(head)),
        None => palette.bad(text),
    }
}

/// Whether colours may be used on a terminal.
#[expect(clippy::disallowed_methods, reason = "NO_COLOR is a setting of the user's terminal")]
pub(crate) fn wanted(is_terminal: bool) -> bool {
    is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
