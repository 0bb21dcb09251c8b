//! A file as the rules see it: its code without comments and texts, and its texts without code.
//!
//! A small scanner, no parser: all that counts is where comments, strings and characters begin and
//! end, so that a word in one of them is not taken for code. Places stay the same in all three.

use super::Finding;

pub struct Source {
    /// From the root of the package, with `/`.
    pub path: String,
    pub text: String,
    /// The text with comments and the contents of literals as spaces.
    pub code: String,
    /// Only the contents of string literals; in SQL, all but the comments.
    pub literals: String,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let (code, literals) = if extension(path) == "sql" {
            (String::new(), without_sql_comments(text))
        } else {
            split(text)
        };
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code,
            literals,
        }
    }

    pub fn is_rust(&self) -> bool {
        extension(&self.path) == "rs"
    }

    /// The folder or file right under `src`: `src/bus/topology.rs` is in `bus`, `src/clock.rs` in
    /// `clock`.
    pub fn concept(&self) -> Option<&str> {
        let rest = self.path.strip_prefix("src/")?;
        Some(
            rest.split('/')
                .next()
                .unwrap_or(rest)
                .trim_end_matches(".rs"),
        )
    }

    pub fn finding(&self, at: usize, message: String) -> Finding {
        let line = 1 + self.text[..at].matches('\n').count();
        Finding {
            path: self.path.clone(),
            line,
            message,
        }
    }

    /// Where the unit tests at the end begin: they do not count as length.
    pub fn tests_at(&self) -> usize {
        let mark = self.code.find("\n#[cfg(test)]\nmod ").map(|at| at + 1);
        mark.unwrap_or(self.code.len())
    }
}

pub fn extension(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or_default()
}

/// Every place of a word, as a word of its own.
pub fn places<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let inside_a_name =
        |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| {
            let (bytes, end) = (text.as_bytes(), at + word.len());
            let starts_inside =
                inside_a_name(bytes[*at..].first()) && *at > 0 && inside_a_name(bytes.get(at - 1));
            let ends_inside = inside_a_name(bytes.get(end - 1)) && inside_a_name(bytes.get(end));
            !starts_inside && !ends_inside
        })
}

/// Code and literals, both as long as the text.
fn split(text: &str) -> (String, String) {
    let (mut code, mut literals) = (blank(text), blank(text));
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let piece = Piece::at(bytes, at);
        match piece.kind {
            Kind::Code => code[at..piece.end].copy_from_slice(&bytes[at..piece.end]),
            Kind::Literal => literals[at..piece.end].copy_from_slice(&bytes[at..piece.end]),
            Kind::Comment => {}
        }
        at = piece.end;
    }
    let valid = |bytes: Vec<u8>| String::from_utf8(bytes).expect("whole pieces of valid text");
    (valid(code), valid(literals))
}

fn blank(text: &str) -> Vec<u8> {
    text.bytes()
        .map(|byte| if byte == b'\n' { byte } else { b' ' })
        .collect()
}

#[derive(Clone, Copy)]
enum Kind {
    Code,
    Literal,
    Comment,
}

/// The longest stretch of one kind that begins at a place, or one letter of code.
struct Piece {
    kind: Kind,
    end: usize,
}

impl Piece {
    fn at(bytes: &[u8], at: usize) -> Self {
        let rest = &bytes[at..];
        let (kind, length) = if rest.starts_with(b"//") {
            (Kind::Comment, find(rest, b"\n").unwrap_or(rest.len()))
        } else if rest.starts_with(b"/*") {
            (Kind::Comment, block_comment(rest))
        } else if let Some(length) = raw_string(bytes, at) {
            (Kind::Literal, length)
        } else if rest[0] == b'"' {
            (Kind::Literal, quoted(rest, b'"'))
        } else if let Some(length) = character(rest) {
            (Kind::Literal, length)
        } else {
            (Kind::Code, letter(rest))
        };
        Self {
            kind,
            end: at + length,
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// How long the first letter is, in bytes.
fn letter(bytes: &[u8]) -> usize {
    1 + bytes[1..]
        .iter()
        .take_while(|byte| **byte & 0xC0 == 0x80)
        .count()
}

fn block_comment(bytes: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < bytes.len() {
        match bytes[at..].get(..2) {
            Some(b"/*") => depth += 1,
            Some(b"*/") => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            break;
        }
    }
    at
}

/// `r"…"`, `r#"…"#`, `br"…"`, where the `r` is not the end of a name.
fn raw_string(bytes: &[u8], at: usize) -> Option<usize> {
    let before = at.checked_sub(1).map(|before| bytes[before]);
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() && byte != b'b' || byte == b'_') {
        return None;
    }
    let rest = bytes[at..].strip_prefix(b"r")?;
    let hashes = rest.iter().take_while(|byte| **byte == b'#').count();
    rest.get(hashes).filter(|byte| **byte == b'"')?;
    let closing: Vec<u8> = std::iter::once(b'"')
        .chain(std::iter::repeat_n(b'#', hashes))
        .collect();
    let body = hashes + 1;
    Some(
        find(&rest[body..], &closing)
            .map_or(bytes.len() - at, |end| 1 + body + end + closing.len()),
    )
}

/// From one quote to the next that no backslash protects.
fn quoted(bytes: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < bytes.len() && bytes[at] != quote {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

/// `'x'` or `'\n'`; a lifetime has no quote after its first letter.
fn character(bytes: &[u8]) -> Option<usize> {
    let rest = bytes.strip_prefix(b"'").filter(|rest| !rest.is_empty())?;
    let closes = rest[0] == b'\\' || rest.get(letter(rest)) == Some(&b'\'');
    closes.then(|| quoted(bytes, b'\''))
}

fn without_sql_comments(text: &str) -> String {
    let mut kept = blank(text);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let length = line.find("--").unwrap_or(line.len());
        kept[at..at + length].copy_from_slice(&line.as_bytes()[..length]);
        at += line.len();
    }
    String::from_utf8(kept).expect("whole pieces of valid text")
}

#[test]
fn comments_and_texts_are_told_from_code() {
    let text = r##"let a = "todo!() \" x"; // todo!()
/* a /* b */ todo!() */ fn é<'a>(c: char) { c == '"' || c == '\'' ; r#"dbg!("x")"#; br"y"; }
"##;
    let source = Source::new("src/x.rs", text);
    assert_eq!(source.code.len(), text.len());
    assert!(
        !source.code.contains("todo") && !source.code.contains("dbg"),
        "{}",
        source.code
    );
    assert!(
        source.code.contains("fn é<'a>(c: char) { c == "),
        "{}",
        source.code
    );
    assert!(source.code.trim_end().ends_with("; }"), "{}", source.code);
    assert!(source.literals.contains(r#"dbg!("x")"#) && source.literals.contains("todo!() "));
}

#[test]
fn a_word_is_found_only_as_a_whole() {
    assert_eq!(
        places("fn fnord() { fn_x(); } fn a", "fn").collect::<Vec<_>>(),
        [0, 23]
    );
    assert_eq!(
        places("mysqlx::a sqlx::b", "sqlx::").collect::<Vec<_>>(),
        [10]
    );
}
