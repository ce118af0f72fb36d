//! `stepclock validate`: what AWS says of a definition, shown as compilers show it.

use std::fmt;
use std::path::Path;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceSpan};
use stepclock_engine::asl::{Diagnostic, Severity, validation_answer};

use crate::args::ValidateArgs;
use crate::error::CliError;
use crate::{load, print_text, style};

/// Diagnostics that `ValidateStateMachineDefinition` gives at most.
const DIAGNOSTICS_MAX: usize = 100;

pub(crate) fn validate(args: &ValidateArgs) -> Result<bool, CliError> {
    let mut accepted = true;
    for path in &args.definitions {
        let (text, compiled) = load::compiled(path, args.workflow_type.into())?;
        accepted &= compiled.definition.is_some();
        if args.json {
            let answer = validation_answer(&compiled, DIAGNOSTICS_MAX, Severity::Warning);
            print_text(&format!("{answer}\n"))?;
            continue;
        }
        print_text(&render(path, &text, &compiled.diagnostics))?;
        let count =
            |severity| compiled.diagnostics.iter().filter(|d| d.severity == severity).count();
        let palette = style::Palette::for_stdout();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let verdict = match compiled.definition {
            Some(_) => palette.good("OK"),
            None => palette.bad("FAIL"),
        };
        let counts = match (errors, warnings) {
            (0, 0) => String::new(),
            (errors, warnings) => format!(" ({errors} errors, {warnings} warnings)"),
        };
        print_text(&format!("{}: {verdict}{counts}\n", path.display()))?;
    }
    Ok(accepted)
}

/// Every diagnostic with its line and a caret.
pub(crate) fn render(path: &Path, text: &str, diagnostics: &[Diagnostic]) -> String {
    let mut shown = String::new();
    let colours = style::wanted(std::io::IsTerminal::is_terminal(&std::io::stdout()));
    let theme = if colours { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(100).with_links(false);
    let source = NamedSource::new(path.display().to_string(), text.to_owned());
    for diagnostic in diagnostics {
        let report = Report { source: &source, text, diagnostic };
        if handler.render_report(&mut shown, &report).is_err() {
            // Only the formatter of a label can refuse; the words are still worth showing.
            shown.push_str(&diagnostic.to_string());
        }
        shown.push('\n');
    }
    shown
}

/// A diagnostic as miette wants it.
#[derive(Debug)]
struct Report<'a> {
    source: &'a NamedSource<String>,
    text: &'a str,
    diagnostic: &'a Diagnostic,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.code.as_str()))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.diagnostic.span.clone()?;
        let location = self.diagnostic.location.clone();
        // A caret under a whole object helps nobody: its first line is enough.
        let end = self.text[span.clone()].find('\n').map_or(span.end, |at| span.start + at);
        let span: SourceSpan = (span.start..end).into();
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(location, span))))
    }
}
