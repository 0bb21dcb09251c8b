//! What `check` has to say about a file: one problem, its rule, its place and the way out.
//!
//! Findings are gathered with spans while the definition is read and checked, and become
//! diagnostics, sorted by place, at the very end. Nothing is decided on the words of a message.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::Serialize;

use super::source::{Sources, Span};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Error,
    Warning,
}

/// One problem, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Number of the check in the language's table of checks.
    pub rule: u8,
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    pub message: String,
    pub hint: Option<String>,
    /// The source line.
    pub source: String,
    /// Characters that are meant, from `column`.
    pub width: usize,
}

/// A problem with its place still as a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    pub rule: u8,
    pub span: Span,
    pub message: String,
    pub hint: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Findings {
    list: Vec<Finding>,
    errors: usize,
}

/// So many errors and so many warnings: nobody reads more at once, and a hostile file must not
/// cost hours.
const MOST_FINDINGS: usize = 250;
/// A longer source line is not printed: it would bury the message.
const LONGEST_LINE: usize = 400;

impl Findings {
    pub fn error(&mut self, rule: u8, span: Span, message: impl Into<String>) {
        self.add(Severity::Error, rule, span, message.into(), None);
    }

    pub fn error_hint(
        &mut self,
        rule: u8,
        span: Span,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        self.add(Severity::Error, rule, span, message.into(), hint);
    }

    pub fn warn(&mut self, rule: u8, span: Span, message: impl Into<String>, hint: Option<String>) {
        self.add(Severity::Warning, rule, span, message.into(), hint);
    }

    fn add(
        &mut self,
        severity: Severity,
        rule: u8,
        span: Span,
        message: String,
        hint: Option<String>,
    ) {
        let finding = Finding {
            severity,
            rule,
            span,
            message,
            hint,
        };
        self.errors += usize::from(severity == Severity::Error);
        let alike = self
            .list
            .iter()
            .filter(|other| other.severity == severity)
            .count();
        if alike < MOST_FINDINGS && !self.list.contains(&finding) {
            self.list.push(finding);
        }
    }

    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether a further error would only be counted: then its words need not be found.
    pub fn is_full(&self) -> bool {
        self.errors >= MOST_FINDINGS
    }

    /// Errors so far, also those said twice: to ask afterwards whether a part of the work failed.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Errors found so far in a stretch of a file.
    pub fn errors_in(&self, span: Span) -> usize {
        let inside = |found: &&Finding| {
            found.severity == Severity::Error
                && found.span.file == span.file
                && found.span.start >= span.start
                && found.span.end <= span.end
        };
        self.list.iter().filter(inside).count()
    }

    /// Sorted by file, line and column.
    pub fn into_diagnostics(self, sources: &Sources) -> Vec<Diagnostic> {
        let mut list = self.list;
        list.sort_by(|a, b| (a.span, a.rule, &a.message).cmp(&(b.span, b.rule, &b.message)));
        list.into_iter()
            .map(|finding| Diagnostic::at(finding, sources))
            .collect()
    }
}

impl Diagnostic {
    fn at(finding: Finding, sources: &Sources) -> Self {
        let position = sources.position(finding.span);
        Self {
            severity: finding.severity,
            rule: finding.rule,
            file: sources.path(finding.span.file).to_owned(),
            line: position.line,
            column: position.column,
            message: finding.message,
            hint: finding.hint,
            source: position.line_text,
            width: position.width,
        }
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// With the source line and a mark under the place; in colour only if asked.
    pub fn render(&self, colour: bool) -> String {
        if self.source.len() > LONGEST_LINE {
            return self.render_plainly();
        }
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let byte = |chars: usize| {
            self.source
                .char_indices()
                .nth(chars)
                .map_or(self.source.len(), |(at, _)| at)
        };
        let start = byte(self.column - 1);
        let end = byte(self.column - 1 + self.width).max(start);
        let snippet = Snippet::source(self.source.as_str())
            .line_start(self.line)
            .path(self.file.as_str())
            .annotation(AnnotationKind::Primary.span(start..end));
        let mut group = level.primary_title(self.message.as_str()).element(snippet);
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        renderer.render(&[group])
    }

    fn render_plainly(&self) -> String {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let hint = self
            .hint
            .as_ref()
            .map_or(String::new(), |hint| format!("\n  = help: {hint}"));
        format!(
            "{word}: {}\n --> {}:{}:{}{hint}",
            self.message, self.file, self.line, self.column
        )
    }
}

/// All of them one under the other, an empty line between.
pub fn render_all(diagnostics: &[Diagnostic], colour: bool) -> String {
    let parts: Vec<_> = diagnostics
        .iter()
        .map(|found| found.render(colour))
        .collect();
    parts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_shows_its_line_and_a_hint() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "steps:\n  need: {reminder: standard}\n");
        let mut findings = Findings::default();
        findings.error_hint(
            1,
            Span::new(file, 16, 24),
            "`reminder` is no key of a step",
            Some("Did you mean `reminders`?".into()),
        );
        let list = findings.into_diagnostics(&sources);
        assert_eq!((list[0].line, list[0].column), (2, 10));
        let text = list[0].render(false);
        assert!(
            text.contains("error: `reminder` is no key of a step"),
            "{text}"
        );
        assert!(text.contains("a.yaml:2:10"), "{text}");
        assert!(text.contains("^^^^^^^^"), "{text}");
        assert!(text.contains("help: Did you mean `reminders`?"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn the_same_problem_is_said_once_and_places_are_in_order() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "ab\ncd\n");
        let mut findings = Findings::default();
        findings.error(7, Span::new(file, 3, 4), "later");
        findings.error(7, Span::new(file, 0, 1), "first");
        findings.error(7, Span::new(file, 3, 4), "later");
        let messages: Vec<_> = findings
            .into_diagnostics(&sources)
            .into_iter()
            .map(|found| found.message)
            .collect();
        assert_eq!(messages, ["first", "later"]);
    }
}
