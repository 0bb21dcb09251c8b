//! The HTML of a mail that is written as text only: paragraphs, lists and links.
//!
//! Nothing in a text becomes a tag, so that whatever people have typed is shown as they typed it; an
//! address in it that is not ours is no link.

use std::fmt::Write as _;

/// What a line is part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Gap,
    Words,
    Bullet,
    Number,
}

/// An empty line ends a paragraph; lines with `- `, `* ` or `1. ` in front are a list.
/// Addresses that are `ours` can be clicked on.
pub fn of_text(text: &str, ours: impl Fn(&str) -> bool) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let pieces = lines.chunk_by(|one, next| kind(one) == kind(next));
    let pieces = pieces.map(|lines| piece(lines, &ours));
    pieces.collect::<Vec<_>>().concat()
}

fn piece(lines: &[&str], ours: &impl Fn(&str) -> bool) -> String {
    let list = match lines.first().map_or(Kind::Gap, |line| kind(line)) {
        Kind::Gap => return String::new(),
        Kind::Words => {
            let lines: Vec<String> = lines.iter().map(|line| linked(line, ours)).collect();
            return format!("<p>{}</p>\n", lines.join("<br>\n"));
        }
        Kind::Bullet => "ul",
        Kind::Number => "ol",
    };
    let items = lines.iter().filter_map(|line| item(line));
    let first = items.clone().next().and_then(|(number, _)| number);
    let from = first.filter(|number| *number != 1);
    let from = from.map_or_else(String::new, |number| format!(" start=\"{number}\""));
    let items = items.map(|(_, words)| format!("<li>{}</li>\n", linked(words, ours)));
    let items = items.collect::<Vec<_>>().concat();
    format!("<{list}{from}>\n{items}</{list}>\n")
}

fn kind(line: &str) -> Kind {
    match item(line) {
        _ if line.is_empty() => Kind::Gap,
        None => Kind::Words,
        Some((None, _)) => Kind::Bullet,
        Some((Some(_), _)) => Kind::Number,
    }
}

/// Number and words of a line of a list; a bullet has no number.
fn item(line: &str) -> Option<(Option<u32>, &str)> {
    let bullet = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
    if let Some(words) = bullet {
        return Some((None, words));
    }
    let (number, words) = line.split_once(". ")?;
    Some((Some(number.parse().ok()?), words))
}

/// Escaped; addresses of ours are links.
fn linked(text: &str, ours: &impl Fn(&str) -> bool) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some(at) = link_in(rest) {
        let (before, from) = rest.split_at(at);
        let is_end = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"');
        let whole = &from[..from.find(is_end).unwrap_or(from.len())];
        let address = whole.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'', '”', '’']);
        let shown = escaped(address);
        html.push_str(&escaped(before));
        let _ = if ours(address) {
            write!(html, "<a href=\"{shown}\">{shown}</a>")
        } else {
            write!(html, "{shown}")
        };
        rest = &from[address.len()..];
    }
    html.push_str(&escaped(rest));
    html
}

/// Where the first address begins.
fn link_in(text: &str) -> Option<usize> {
    let places = ["https://", "http://"].map(|scheme| text.find(scheme));
    places.into_iter().flatten().min()
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('"', "&quot;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_lines_and_lists_stay_what_they_are() {
        let text =
            "Dear Ada,\n\nOne\nTwo\n\n- a\n- b\n\n1. first\n2. second\n\n3. third\nThe end.\n";
        assert_eq!(
            of_text(text, |_| true),
            "<p>Dear Ada,</p>\n<p>One<br>\nTwo</p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n\
             <ol>\n<li>first</li>\n<li>second</li>\n</ol>\n<ol start=\"3\">\n<li>third</li>\n</ol>\n\
             <p>The end.</p>\n"
        );
        assert_eq!(of_text("\r\n \n", |_| true), "");
    }

    #[test]
    fn nothing_that_people_type_becomes_a_tag() {
        let typed = "<script>alert(\"1\")</script> & co.\n- <b>x</b>";
        assert_eq!(
            of_text(typed, |_| true),
            "<p>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; co.</p>\n\
             <ul>\n<li>&lt;b&gt;x&lt;/b&gt;</li>\n</ul>\n"
        );
        let link = "https://x.example/\"onclick=\"y";
        assert_eq!(
            of_text(link, |_| true),
            "<p><a href=\"https://x.example/\">https://x.example/</a>&quot;onclick=&quot;y</p>\n"
        );
    }

    #[test]
    fn a_page_can_be_clicked_on_and_the_sentence_around_it_cannot() {
        assert_eq!(
            of_text(
                "Answer here: https://p.example/a?b=1&c=2 (or (https://q.example/x)).",
                |_| true
            ),
            "<p>Answer here: <a href=\"https://p.example/a?b=1&amp;c=2\">\
             https://p.example/a?b=1&amp;c=2</a> (or (<a href=\"https://q.example/x\">\
             https://q.example/x</a>)).</p>\n"
        );
        assert_eq!(
            of_text("javascript:alert(1)", |_| true),
            "<p>javascript:alert(1)</p>\n"
        );
    }

    #[test]
    fn what_people_type_is_no_link() {
        let ours = |address: &str| address == "https://portal.example/p/1";
        assert_eq!(
            of_text(
                "See https://portal.example/p/1 and https://evil.example/p/1",
                ours
            ),
            "<p>See <a href=\"https://portal.example/p/1\">https://portal.example/p/1</a> and \
             https://evil.example/p/1</p>\n"
        );
    }
}
