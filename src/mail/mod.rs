//! Mails as files, one `.eml` for each, which any mail program opens; and the relay that sends them.
//!
//! The only folder that names `lettre`, which builds every address and header by typed setters,
//! so that nothing typed by a person can become a header. The name of a file is the mail's id: no
//! personal data, and the same mail is the same file.

mod read;
pub mod relay;
pub mod visit;

use std::path::{Path, PathBuf};

use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use uuid::Uuid;

use crate::core::time::Instant;
use crate::core::words::{is_hidden, turns};

pub use read::Letter;
use visit::Visit;

/// One mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub id: Uuid,
    pub at: Instant,
    /// The key of the alliance; empty for a mail of the operator's.
    pub alliance: String,
    pub to_name: String,
    pub to_address: String,
    /// Name and address of whoever reads the answers, unless the settings name somebody.
    pub answer_to: Option<(String, String)>,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    /// What it asks the calendar of that person to do.
    pub visits: Vec<Visit>,
}

/// A folder for `.eml` files.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    from: Mailbox,
    answer_to: Option<Mailbox>,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("`{0}` is no mail address")]
    Address(String),
    #[error("the mail cannot be built: {0}")]
    Build(String),
    #[error("{path} cannot be written: {cause}")]
    Write { path: String, cause: std::io::Error },
}

impl Folder {
    /// `from` and `answer_to` as `Name <address>` or an address alone.
    pub fn new(path: &Path, from: &str, answer_to: Option<&str>) -> Result<Self, Error> {
        let read = |text: &str| text.parse().map_err(|_| Error::Address(text.to_owned()));
        Ok(Self {
            path: path.to_owned(),
            from: read(from)?,
            answer_to: answer_to.map(read).transpose()?,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The domain of the sender.
    pub fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// Where a mail lies, or would.
    pub fn file(&self, id: Uuid) -> PathBuf {
        self.path.join(format!("{id}.eml"))
    }

    /// A mail that was written here, if its file is still there.
    pub fn read(&self, id: Uuid) -> std::io::Result<Option<Letter>> {
        match std::fs::read(self.file(id)) {
            Ok(bytes) => Ok(Some(Letter::read(&bytes))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The mails that lie here, those that were never finished too; no other file.
    pub fn ids(&self) -> std::io::Result<Vec<Uuid>> {
        let entries = match std::fs::read_dir(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            let name = name.to_str().unwrap_or_default();
            let id = name.strip_suffix(".eml").or_else(|| {
                let beside = name.strip_prefix('.')?;
                beside.strip_suffix(".part")
            });
            ids.extend(id.and_then(|id| id.parse::<Uuid>().ok()));
        }
        Ok(ids)
    }

    /// Takes a mail away; it is no error if it is gone already.
    pub fn remove(&self, id: Uuid) -> std::io::Result<()> {
        for file in [self.file(id), self.beside(id)] {
            match std::fs::remove_file(file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Where a mail is written before it is moved to its place.
    fn beside(&self, id: Uuid) -> PathBuf {
        self.path.join(format!(".{id}.part"))
    }

    /// A mail as it is sent, to the last byte.
    pub fn bytes(&self, mail: &Outgoing) -> Result<Vec<u8>, Error> {
        Ok(self.build(mail)?.formatted())
    }

    /// Writes a mail whole: beside its place first, then moved there.
    pub fn write(&self, id: Uuid, bytes: &[u8]) -> Result<(), Error> {
        let file = self.file(id);
        let beside = self.beside(id);
        let result = std::fs::create_dir_all(&self.path)
            .and_then(|()| std::fs::write(&beside, bytes))
            .and_then(|()| std::fs::rename(&beside, &file));
        result.map_err(|cause| Error::Write {
            path: file.display().to_string(),
            cause,
        })
    }

    fn build(&self, mail: &Outgoing) -> Result<Message, Error> {
        let address = mail
            .to_address
            .parse()
            .map_err(|_| Error::Address(mail.to_address.clone()))?;
        let to = Mailbox::new(one_line(&mail.to_name), address);
        let domain = self.from.email.domain();
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(to.clone())
            .subject(one_way(&mail.subject))
            .date(std::time::SystemTime::from(mail.at.utc()))
            .message_id(Some(format!("<{}@{domain}>", mail.id)))
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("List-Id"),
                format!("<{}>", self.list_of(&mail.alliance)),
            ));
        let theirs = || {
            let (name, address) = mail.answer_to.as_ref()?;
            Some(Mailbox::new(one_line(name), address.parse().ok()?))
        };
        if let Some(answer_to) = self.answer_to.clone().or_else(theirs) {
            builder = builder.reply_to(answer_to);
        }
        let text = SinglePart::builder()
            .header(ContentType::TEXT_PLAIN)
            .body(one_way(&mail.text));
        let built = if mail.html.is_none() && mail.visits.is_empty() {
            builder.singlepart(text)
        } else {
            builder.multipart(self.parts(mail, &to, text)?)
        };
        built.map_err(|error| Error::Build(error.to_string()))
    }

    /// By what mail programs sort: all mail of an alliance has the same, and nothing of a person.
    fn list_of(&self, alliance: &str) -> String {
        let is_label = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
        let label: String = alliance.chars().filter(is_label).collect();
        let labels = [label.as_str(), "alongside", self.domain()];
        let labels = labels.into_iter().filter(|label| !label.is_empty());
        labels.collect::<Vec<_>>().join(".")
    }

    /// The same words as text and as HTML; visits beside them as files, and a single one also where
    /// mail programs look for an invite. Boundaries are fixed, so that the same mail is the same bytes.
    fn parts(&self, mail: &Outgoing, to: &Mailbox, text: SinglePart) -> Result<MultiPart, Error> {
        let id = mail.id.simple();
        let alternative = MultiPart::alternative().boundary(format!("alongside-{id}"));
        let mut words = alternative.build().singlepart(text);
        if let Some(html) = &mail.html {
            let html = SinglePart::builder()
                .header(ContentType::TEXT_HTML)
                .body(page(&one_way(html)));
            words = words.singlepart(html);
        }
        let calendars = mail.visits.iter().map(|visit| {
            let method = visit.method().word();
            (visit.to_somebody(&self.from, to, mail.at), method)
        });
        let calendars: Vec<(String, &str)> = calendars.collect();
        if let [(calendar, method)] = calendars.as_slice() {
            let kind = content_type(&format!("text/calendar; charset=utf-8; method={method}"))?;
            words = words.singlepart(SinglePart::builder().header(kind).body(calendar.clone()));
        }
        if calendars.is_empty() {
            return Ok(words);
        }
        let mixed = MultiPart::mixed().boundary(format!("alongside-{id}-with-files"));
        let mut whole = mixed.multipart(words);
        for (number, (calendar, _)) in (1..).zip(calendars) {
            let file = Attachment::new(format!("invite-{number}.ics"));
            let file = file.body(calendar, content_type("application/ics")?);
            whole = whole.singlepart(file);
        }
        Ok(whole)
    }
}

/// Without marks that turn the direction of writing: what people typed cannot make the words around
/// it look like others.
fn one_way(text: &str) -> String {
    text.chars().filter(|letter| !turns(*letter)).collect()
}

/// A whole page, so that screen readers know the language, and lines are not too long to read.
fn page(html: &str) -> String {
    if html.trim_start().to_lowercase().starts_with("<!doctype") {
        return html.to_owned();
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head><meta charset=\"utf-8\"></head>\n\
         <body style=\"font: 16px/1.5 Arial, sans-serif; max-width: 40em\">\n{html}</body>\n</html>\n"
    )
}

/// A name as it can stand in a head: lettre panics on one with a line end in it.
fn one_line(name: &str) -> Option<String> {
    let words = name.split(|c: char| c.is_whitespace() || is_hidden(c));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

fn content_type(text: &str) -> Result<ContentType, Error> {
    ContentType::parse(text).map_err(|error| Error::Build(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(subject: &str) -> Outgoing {
        Outgoing {
            id: Uuid::from_u128(7),
            at: "2027-03-02T08:30:00Z".parse().unwrap(),
            alliance: "northshire".to_owned(),
            to_name: "Ada Okafor".to_owned(),
            to_address: "ada@alder.example".to_owned(),
            answer_to: None,
            subject: subject.to_owned(),
            text: "Dear Ada,\n\n.\nit is your turn – now.\n".to_owned(),
            html: Some("<p>Dear Ada</p>".to_owned()),
            visits: Vec::new(),
        }
    }

    fn written(mail: &Outgoing) -> String {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path(), "Alongside <post@alliance.example>", None).unwrap();
        let bytes = folder.bytes(mail).unwrap();
        folder.write(mail.id, &bytes).unwrap();
        folder.write(mail.id, &bytes).unwrap();
        let files = std::fs::read_dir(home.path()).unwrap().count();
        assert_eq!(files, 1, "the same mail is the same file");
        std::fs::read_to_string(folder.file(mail.id)).unwrap()
    }

    #[test]
    fn a_mail_has_both_parts_and_the_same_id_each_time() {
        let text = written(&mail("Today: plan the visit"));
        assert!(
            text.contains("Message-ID: <00000000-0000-0000-0000-000000000007@alliance.example>")
        );
        assert!(text.contains("multipart/alternative") && text.contains("Auto-Submitted"));
        assert_eq!(text, written(&mail("Today: plan the visit")));
    }

    #[test]
    fn a_mail_says_of_which_alliance_it_is() {
        let head = "List-Id: <northshire.alongside.alliance.example>\r\n";
        assert!(written(&mail("Today")).contains(head));
        let odd = Outgoing {
            alliance: "north>\r\nBcc: x@y".to_owned(),
            ..mail("Today")
        };
        assert!(written(&odd).contains("List-Id: <northBccxy.alongside.alliance.example>\r\n"));
        let of_nobody = Outgoing {
            alliance: String::new(),
            ..mail("Today")
        };
        assert!(written(&of_nobody).contains("List-Id: <alongside.alliance.example>\r\n"));
    }

    #[test]
    fn mails_are_taken_away_and_nothing_else_is() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(&home.path().join("mail"), "post@alliance.example", None).unwrap();
        assert!(folder.ids().unwrap().is_empty(), "no folder, no mails");
        let (whole, half) = (Uuid::from_u128(1), Uuid::from_u128(2));
        folder.write(whole, b"x").unwrap();
        for other in [
            format!(".{half}.part"),
            "notes.txt".to_owned(),
            "x.eml".to_owned(),
        ] {
            std::fs::write(folder.path().join(other), "x").unwrap();
        }
        let mut ids = folder.ids().unwrap();
        ids.sort();
        assert_eq!(ids, [whole, half]);
        for id in ids {
            folder.remove(id).unwrap();
            folder.remove(id).unwrap();
        }
        assert!(folder.ids().unwrap().is_empty());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_subject_cannot_become_a_header() {
        let text = written(&mail("Hello\r\nBcc: victim@example.org"));
        assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
    }

    #[test]
    fn an_address_that_is_none_is_an_error() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path(), "post@alliance.example", None).unwrap();
        let bad = Outgoing {
            to_address: "victim@x,bcc@y".to_owned(),
            answer_to: None,
            ..mail("x")
        };
        assert!(matches!(folder.bytes(&bad), Err(Error::Address(_))));
        assert!(Folder::new(home.path(), "no address", None).is_err());
    }
}
