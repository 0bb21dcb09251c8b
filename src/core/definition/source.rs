//! The texts of one definition, and places in them.
//!
//! A span names its file, so that a finding in a form or a mail shows its own line. Lines and
//! columns are counted only when a finding is shown; columns are characters, from 1.

/// A stretch of one file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    pub file: u16,
    pub start: u32,
    pub end: u32,
}

/// One file: its path as people know it and its text without a byte order mark.
#[derive(Debug, Clone)]
pub struct Source {
    pub path: String,
    pub text: String,
}

#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<Source>,
}

/// Where a span begins, in numbers and words for a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
    /// Characters of the span that stand on this line, at least 1.
    pub width: usize,
    pub line_text: String,
}

impl Span {
    pub fn new(file: u16, start: usize, end: usize) -> Self {
        let small = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            file,
            start: small(start),
            end: small(end.max(start)),
        }
    }

    /// The first byte of a file, for what is missing from it as a whole.
    pub fn top(file: u16) -> Self {
        Self {
            file,
            start: 0,
            end: 0,
        }
    }
}

impl Sources {
    /// Adds a file and gives its number.
    pub fn add(&mut self, path: &str, text: &str) -> u16 {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        self.files.push(Source {
            path: path.to_owned(),
            text: text.to_owned(),
        });
        u16::try_from(self.files.len() - 1).unwrap_or(u16::MAX)
    }

    pub fn file(&self, number: u16) -> Option<&Source> {
        self.files.get(usize::from(number))
    }

    pub fn numbers(&self) -> impl Iterator<Item = u16> {
        (0..self.files.len()).map_while(|at| u16::try_from(at).ok())
    }

    pub fn path(&self, number: u16) -> &str {
        self.file(number).map_or("", |file| &file.path)
    }

    /// The text of a span, as it stands in its file.
    pub fn slice(&self, span: Span) -> &str {
        self.file(span.file)
            .and_then(|file| file.text.get(span.start as usize..span.end as usize))
            .unwrap_or("")
    }

    pub fn line(&self, span: Span) -> usize {
        self.position(span).line
    }

    pub fn position(&self, span: Span) -> Position {
        let text = self.file(span.file).map_or("", |file| file.text.as_str());
        let mut start = (span.start as usize).min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let mut until = (span.end as usize).clamp(start, end);
        while !text.is_char_boundary(until) {
            until -= 1;
        }
        Position {
            line: text[..begin].matches('\n').count() + 1,
            column: text[begin..start].chars().count() + 1,
            width: text[start..until].chars().count().max(1),
            line_text: text[begin..end].trim_end_matches('\r').to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters_and_lines_count_from_one() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "\u{feff}title: Café\nnext: x\r\n");
        let at = sources.position(Span::new(file, 13, 17));
        assert_eq!(
            (at.line, at.column, at.width, at.line_text.as_str()),
            (2, 1, 4, "next: x")
        );
        let at = sources.position(Span::new(file, 7, 12));
        assert_eq!((at.line, at.column, at.width), (1, 8, 4));
    }

    #[test]
    fn a_place_beyond_the_end_is_the_end() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "é");
        assert_eq!(sources.position(Span::new(file, 1, 900)).line, 1);
        assert_eq!(sources.slice(Span::new(7, 1, 900)), "");
    }
}
