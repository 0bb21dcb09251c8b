//! Reading back the mails that were written here: head and plain text.
//!
//! It understands what `lettre` writes (folded heads, encoded words, one part or two alternatives,
//! files beside them, three transfer encodings) and no mail of other programs.

use data_encoding::{BASE64_MIME_PERMISSIVE, HEXUPPER_PERMISSIVE};

/// A written mail as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Letter {
    pub from: String,
    pub to: String,
    pub subject: String,
    pub text: String,
}

impl Letter {
    /// From the bytes of a file; what is missing stays empty.
    pub fn read(bytes: &[u8]) -> Self {
        let raw = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        let (head, body) = split(&raw);
        let field = |name: &str| {
            find(&head, name)
                .map(|value| decode_words(&value))
                .unwrap_or_default()
        };
        // Quotes around a name are for programs.
        let address = |name: &str| field(name).replace('"', "");
        Self {
            from: address("From"),
            to: address("To"),
            subject: field("Subject"),
            text: plain_text(&head, body),
        }
    }
}

/// Head lines, unfolded, and what follows the empty line.
fn split(raw: &str) -> (Vec<(String, String)>, &str) {
    let (head, body) = raw.split_once("\n\n").unwrap_or((raw, ""));
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in head.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    (fields, body)
}

fn find(head: &[(String, String)], name: &str) -> Option<String> {
    let found = head
        .iter()
        .find(|(field, _)| field.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.clone())
}

/// The body, or of several parts the one in plain text.
fn plain_text(head: &[(String, String)], body: &str) -> String {
    let kind = find(head, "Content-Type").unwrap_or_default();
    let boundary = kind
        .split_once("boundary=")
        .map(|(_, rest)| rest.trim_matches(['"', ' ', ';']));
    let Some(boundary) = boundary else {
        let encoding = find(head, "Content-Transfer-Encoding").unwrap_or_default();
        return decode_body(&encoding, body);
    };
    let line = format!("--{boundary}");
    let mut parts = body
        .split(&line)
        .map(|part| split(part.trim_start()))
        .filter(|(head, _)| !head.is_empty());
    // Where files lie beside it, the text stands one level below.
    let kinds = ["text/plain", "multipart/"];
    let plain = parts.find(|(head, _)| {
        find(head, "Content-Type").is_some_and(|it| kinds.iter().any(|kind| it.starts_with(kind)))
    });
    plain.map_or_else(String::new, |(head, body)| plain_text(&head, body))
}

fn decode_body(encoding: &str, body: &str) -> String {
    match encoding.to_ascii_lowercase().as_str() {
        "quoted-printable" => {
            let joined = body.replace("=\n", "");
            String::from_utf8_lossy(&unquote(&joined, false)).into_owned()
        }
        "base64" => decode_base64(body).unwrap_or_else(|| body.to_owned()),
        _ => body.to_owned(),
    }
}

fn decode_base64(text: &str) -> Option<String> {
    let bytes = BASE64_MIME_PERMISSIVE.decode(text.trim().as_bytes()).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// `=C3=A9` to bytes; in heads `_` is a space.
fn unquote(text: &str, head: bool) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'=');
        if let Some(code) = code.and_then(|code| HEXUPPER_PERMISSIVE.decode(code).ok()) {
            plain.extend(code);
            at += 3;
            continue;
        }
        plain.push(if head && bytes[at] == b'_' {
            b' '
        } else {
            bytes[at]
        });
        at += 1;
    }
    plain
}

/// `=?utf-8?b?…?=` (RFC 2047) to text; spaces between two encoded words are no text.
fn decode_words(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value;
    let mut after_word = false;
    while let Some((before, word, behind)) = next_word(rest) {
        if !(after_word && before.trim().is_empty()) {
            text.push_str(before);
        }
        text.push_str(&word);
        rest = behind;
        after_word = true;
    }
    text.push_str(rest);
    text
}

/// What stands before the next encoded word, that word decoded, and what follows.
fn next_word(text: &str) -> Option<(&str, String, &str)> {
    let (before, rest) = text.split_once("=?")?;
    let (_, rest) = rest.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (word, behind) = rest.split_once("?=")?;
    let plain = match encoding {
        "b" | "B" => decode_base64(word)?,
        "q" | "Q" => String::from_utf8_lossy(&unquote(word, true)).into_owned(),
        _ => return None,
    };
    Some((before, plain, behind))
}

#[cfg(test)]
mod tests {
    use super::super::visit::Visit;
    use super::super::{Folder, Outgoing};
    use super::*;

    fn visit() -> Visit {
        Visit {
            id: uuid::Uuid::from_u128(8),
            sequence: 1,
            cancelled: false,
            summary: "Visit".to_owned(),
            description: "Dear Zoë".to_owned(),
            place: "Main gate".to_owned(),
            date: "2027-03-09".parse().unwrap(),
            times: None,
        }
    }

    fn round_trip(subject: &str, text: &str, html: Option<&str>, visits: &[Visit]) -> Letter {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path(), "Alongside <post@alliance.example>", None).unwrap();
        let mail = Outgoing {
            id: uuid::Uuid::from_u128(7),
            at: "2027-03-02T08:30:00Z".parse().unwrap(),
            alliance: "northshire".to_owned(),
            to_name: "Zoë Okafor".to_owned(),
            to_address: "zoe@alder.example".to_owned(),
            answer_to: None,
            subject: subject.to_owned(),
            text: text.to_owned(),
            html: html.map(str::to_owned),
            visits: visits.to_vec(),
        };
        folder
            .write(mail.id, &folder.bytes(&mail).unwrap())
            .unwrap();
        folder.read(mail.id).unwrap().unwrap()
    }

    #[test]
    fn what_was_written_is_read_back() {
        let long = format!(
            "A long subject with “quotes” and {}",
            "more words ".repeat(12)
        );
        let texts = [
            "Dear Zoë,\n\nit is your turn – now.\n",
            "Plain ASCII.\n.\nA line with = signs = and a\ttab\n",
            &"A very long line that must be folded by quoted-printable. ".repeat(6),
            "日本語だけの本文です。\n",
        ];
        for text in texts {
            for html in [None, Some("<p>Dear Zoë</p>")] {
                // With a file beside it, too.
                for visits in [Vec::new(), vec![visit()]] {
                    let letter = round_trip(long.trim(), text, html, &visits);
                    assert_eq!(letter.subject, long.trim());
                    assert_eq!(letter.text.trim_end(), text.trim_end());
                    assert!(letter.to.contains("Zoë Okafor"), "{}", letter.to);
                    assert_eq!(letter.from, "Alongside <post@alliance.example>");
                }
            }
        }
    }

    #[test]
    fn what_is_no_mail_is_empty_and_no_panic() {
        for bytes in [
            &b""[..],
            b"\xff\xfe",
            b"=?utf-8?q?=",
            b"Subject: =?x?q?=ZZ?=\n\n=",
        ] {
            let _ = Letter::read(bytes);
        }
    }
}
