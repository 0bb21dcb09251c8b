//! YAML text to a tree in which every word has a place.
//!
//! Only the plain part of YAML 1.2 is taken: no anchors, aliases, tags, directives, tabs or second
//! documents, and a bound on depth. All but a syntax error are found together. Scalars stay
//! text here; what they mean is asked by whoever reads them.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span as YamlSpan, options};

use super::diagnostic::Findings;
use super::source::{Sources, Span};
pub use super::word::{Core, Word};

/// 1 MB.
pub const MAX_TEXT_BYTES: usize = 1_000_000;
const MAX_DEPTH: usize = 48;

#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    pub span: Span,
    pub shape: Shape,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    Scalar(Word),
    List(Vec<Tree>),
    Map(Vec<Entry>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: Word,
    pub value: Tree,
}

impl Tree {
    pub fn word(&self) -> Option<&Word> {
        match &self.shape {
            Shape::Scalar(word) => Some(word),
            _ => None,
        }
    }

    pub fn is_null(&self) -> bool {
        self.word().is_some_and(Word::is_null)
    }

    pub fn entries(&self) -> &[Entry] {
        match &self.shape {
            Shape::Map(entries) => entries,
            _ => &[],
        }
    }

    pub fn find(&self, key: &str) -> Option<&Tree> {
        self.entries()
            .iter()
            .find(|entry| entry.key.text == key)
            .map(|entry| &entry.value)
    }

    /// "a list", "a mapping": for a message that wanted something else.
    pub fn noun(&self) -> &'static str {
        match &self.shape {
            Shape::Scalar(word) if word.is_null() => "nothing",
            Shape::Scalar(_) => "text",
            Shape::List(_) => "a list",
            Shape::Map(_) => "a mapping",
        }
    }
}

/// The tree of a file; `None` if it is empty or its syntax is broken (then it was reported).
pub fn parse(sources: &Sources, file: u16, findings: &mut Findings) -> Option<Tree> {
    let text = &sources.file(file)?.text;
    if text.len() > MAX_TEXT_BYTES {
        findings.error(38, Span::top(file), "this file is over 1 MB");
        return None;
    }
    if let Some(at) = text.find('\0') {
        let message = "this looks like UTF-16 or no text at all; save it as UTF-8";
        findings.error(4, Span::new(file, at, at + 1), message);
        return None;
    }
    let before = findings.errors();
    let ending = sources.path(file).rsplit('.').next();
    if ending != Some("json") {
        report_tabs(text, file, findings);
    }
    let mut builder = Builder {
        sources,
        file,
        findings,
        stack: vec![],
        root: None,
        documents: 0,
    };
    let options = options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    for next in Parser::new_from_str_with_options(text, options) {
        match next {
            Ok((event, span)) => builder.take(event, span),
            Err(error) => {
                let at = error
                    .marker()
                    .byte_offset()
                    .unwrap_or(text.len())
                    .min(text.len());
                if builder.findings.errors() == before {
                    let message = format!("this is not YAML: {}", error.info());
                    let hint = "Quote text that has `:`, `#`, `?` or brackets in it, and look at \
                                the indentation.";
                    let span = Span::new(file, at, at + 1);
                    builder
                        .findings
                        .error_hint(4, span, message, Some(hint.to_owned()));
                }
                return None;
            }
        }
    }
    builder.root
}

fn report_tabs(text: &str, file: u16, findings: &mut Findings) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(at) = line[..indent]
            .find('\t')
            .filter(|_| !line.trim().is_empty())
        {
            let span = Span::new(file, start + at, start + at + 1);
            findings.error(4, span, "a tab: indent with spaces");
        }
        start += line.len();
    }
}

struct Builder<'a> {
    sources: &'a Sources,
    file: u16,
    findings: &'a mut Findings,
    stack: Vec<Frame>,
    root: Option<Tree>,
    documents: usize,
}

struct Frame {
    start: Span,
    key: Option<Word>,
    /// Where each key of this mapping stands first.
    seen: HashMap<String, Span>,
    shape: Shape,
}

impl Frame {
    fn new(start: Span, shape: Shape) -> Self {
        Self {
            start,
            key: None,
            seen: HashMap::new(),
            shape,
        }
    }
}

impl Builder<'_> {
    fn span(&self, span: &YamlSpan) -> Span {
        let start = span.start.byte_offset().unwrap_or(0);
        Span::new(self.file, start, span.end.byte_offset().unwrap_or(start))
    }

    fn take(&mut self, event: Event, yaml: YamlSpan) {
        let span = self.span(&yaml);
        if let (Some(tag), Some(at)) = (event.tag(), yaml.tag_span()) {
            let message = format!("tags (`{}`) are not used here", tag.original());
            let place = self.span(&at);
            self.findings.error(3, place, message);
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents == 2 {
                    self.findings
                        .error(4, span, "one file holds one document: take `---` out");
                }
            }
            Event::Anchor(_, name) => {
                let message = format!("anchors (`&{name}`) are not used here");
                let hint = "Write it on the group: it speaks for its steps.".to_owned();
                self.findings.error_hint(3, span, message, Some(hint));
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let name = self.sources.slice(span).to_owned();
                let message = format!("aliases (`{name}`) are not used here");
                self.findings.error(3, span, message);
                self.put(Tree {
                    span,
                    shape: Shape::Scalar(word(String::new(), span)),
                });
            }
            Event::Scalar(text, style, ..) => {
                let tree = self.scalar(text.into_owned(), style, span);
                self.put(tree);
            }
            Event::SequenceStart(..) => self.stack.push(Frame::new(span, Shape::List(vec![]))),
            Event::MappingStart(..) => self.stack.push(Frame::new(span, Shape::Map(vec![]))),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(frame) = self.stack.pop() {
                    let span = Span {
                        end: span.end.max(frame.start.end),
                        ..frame.start
                    };
                    self.put(Tree {
                        span,
                        shape: frame.shape,
                    });
                }
            }
            _ => {}
        }
    }

    fn scalar(&self, text: String, style: ScalarStyle, span: Span) -> Tree {
        let raw = self.sources.slice(span);
        let literal = if raw == text {
            Some(span.start)
        } else if raw.len() == text.len() + 2 && raw.get(1..=text.len()) == Some(&text) {
            Some(span.start + 1)
        } else {
            None
        };
        let plain = style == ScalarStyle::Plain;
        Tree {
            span,
            shape: Shape::Scalar(Word {
                text,
                span,
                plain,
                literal,
            }),
        }
    }

    /// Hands a finished node to what is open around it.
    fn put(&mut self, tree: Tree) {
        let Some(frame) = self.stack.last_mut() else {
            self.root.get_or_insert(tree);
            return;
        };
        match &mut frame.shape {
            Shape::List(items) => items.push(tree),
            Shape::Map(entries) => match frame.key.take() {
                None => frame.key = Some(key_of(tree, self.findings)),
                Some(key) => match frame.seen.get(&key.text) {
                    None => {
                        frame.seen.insert(key.text.clone(), key.span);
                        entries.push(Entry { key, value: tree });
                    }
                    Some(_) if self.findings.is_full() => {}
                    Some(first) => {
                        let line = self.sources.line(*first);
                        let message = format!("`{}` is already on line {line}", key.text);
                        self.findings.error(3, key.span, message);
                    }
                },
            },
            Shape::Scalar(_) => {}
        }
    }
}

fn word(text: String, span: Span) -> Word {
    Word {
        text,
        span,
        plain: true,
        literal: None,
    }
}

fn key_of(tree: Tree, findings: &mut Findings) -> Word {
    if let Shape::Scalar(word) = tree.shape {
        return word;
    }
    let message = "a name stands here, not a list or a mapping";
    findings.error(4, tree.span, message);
    word(String::new(), tree.span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Tree>, Vec<String>) {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text);
        let mut findings = Findings::default();
        let tree = parse(&sources, file, &mut findings);
        let said = findings
            .into_diagnostics(&sources)
            .into_iter()
            .map(|found| format!("{}:{} {}", found.line, found.column, found.message))
            .collect();
        (tree, said)
    }

    #[test]
    fn words_keep_their_places() {
        let (tree, said) = read("title: 'Café'\ndue: 5 school days\n");
        assert_eq!(said, Vec::<String>::new());
        let tree = tree.unwrap();
        let due = tree.find("due").unwrap().word().unwrap();
        assert_eq!((due.text.as_str(), due.plain), ("5 school days", true));
        assert_eq!(due.part(2, 8).start, due.span.start + 2);
        let title = tree.find("title").unwrap().word().unwrap();
        assert_eq!(title.part(0, 3).start, title.span.start + 1);
    }

    #[test]
    fn what_is_not_plain_yaml_is_refused_with_its_place() {
        for (text, want) in [
            ("a: &x 1\n", "1:4 anchors (`&x`) are not used here"),
            ("a: *x\n", "1:4 aliases (`*x`) are not used here"),
            ("a: !!str x\n", "1:4 tags (`!!str`) are not used here"),
            (
                "a: 1\n---\nb: 2\n",
                "2:1 one file holds one document: take `---` out",
            ),
            ("a: 1\nb: 2\na: 3\n", "3:1 `a` is already on line 1"),
            ("a:\n\tb: 1\n", "2:1 a tab: indent with spaces"),
            (
                "[a]: 1\n",
                "1:1 a name stands here, not a list or a mapping",
            ),
        ] {
            assert_eq!(read(text).1, [want], "{text:?}");
        }
        assert!(read("a: [1\n").1[0].contains("this is not YAML"));
        assert!(read(&"[".repeat(200)).1[0].contains("this is not YAML"));
        assert!(read("a\0b").1[0].contains("UTF-16"));
    }

    #[test]
    fn core_schema_and_the_old_booleans() {
        let kinds = |text: &str| {
            let (tree, _) = read(&format!("a: {text}\n"));
            let word = tree.unwrap().find("a").unwrap().word().unwrap().clone();
            (word.core(), word.mistaken_for())
        };
        assert_eq!(kinds("no"), (Core::Text, Some("a boolean")));
        assert_eq!(kinds("true"), (Core::Bool(true), Some("a boolean")));
        assert_eq!(kinds("12"), (Core::Int(12), Some("a number")));
        assert_eq!(kinds("1.5"), (Core::Float(1.5), Some("a number")));
        assert_eq!(kinds("-0"), (Core::Float(-0.0), Some("a number")));
        assert_eq!(kinds("'12'"), (Core::Text, None));
        assert_eq!(kinds(""), (Core::Null, Some("nothing")));
        assert_eq!(kinds("infinity"), (Core::Text, None));
        assert_eq!(kinds("north"), (Core::Text, None));
        for number in [
            "1_000", "-1_000.5", "0x1F", "0o17", "0b1_0", ".inf", "-.NaN",
        ] {
            assert_eq!(kinds(number), (Core::Text, Some("a number")), "{number}");
        }
        for text in [
            "3_5_school",
            "0xyz",
            "_1",
            "1_a",
            ".info",
            "'1_000'",
            "09:30",
        ] {
            assert_eq!(kinds(text), (Core::Text, None), "{text}");
        }
    }
}
