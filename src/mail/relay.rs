//! Sending one mail by SMTP, step by step, so that it is known how far each try got.
//!
//! `lettre` could send in one call, but would not say on which side of the final dot it failed, and
//! that decides whether a retry is safe (`core/mails/outcome.rs`). Each step has a time limit of
//! its own. A connection is made for each mail: the pace is a few mails a minute, and a fresh one
//! has no past. What is tried again, and when, is not decided here.

mod check;
mod line;
mod session;

use std::ops::ControlFlow;
use std::time::Duration;

use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::client::TlsParameters;
use tokio_util::task::TaskTracker;

use crate::config::{Smtp, Tls};
use crate::core::mails::only_to::OnlyTo;
use crate::core::mails::outcome::{Ending, Outcome, Phase};
use session::{Failure, Session};

/// RFC 5321 allows 254 characters between the angle brackets.
const LONGEST_ADDRESS: usize = 254;

/// What a relay is made of.
#[derive(Debug, Clone)]
pub struct Settings {
    pub smtp: Smtp,
    /// Our sender, as `Name <address>`; its domain is the name by which we greet.
    pub from: String,
    /// Nobody else gets a mail, whatever is asked for. The last guard: whoever asks looks there
    /// first, for a mail that ends here counts as failed.
    pub only_to: Option<OnlyTo>,
    pub limits: Limits,
}

/// How long to wait for the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For the connection, TLS on it, the greeting and `EHLO` together.
    pub connect: Duration,
    /// For the answer to each command.
    pub step: Duration,
    /// For writing the message.
    pub body: Duration,
    /// For the answer to the final dot: giving up early makes doubles.
    pub answer: Duration,
}

/// What RFC 5321 (4.5.3.2) wants, but for the first, which has nothing to lose.
impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_mins(1),
            step: Duration::from_mins(5),
            body: Duration::from_mins(10),
            answer: Duration::from_mins(10),
        }
    }
}

impl Limits {
    /// The longest that one try can take; a lease on a mail has to be longer.
    pub fn longest(&self) -> Duration {
        // STARTTLS, login, sender, recipient and DATA are the steps.
        self.connect + self.step * 5 + self.body + self.answer
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("mail.from: `{0}` is no mail address: write `Office <office@example.org>`")]
    From(String),
    #[error(
        "mail.smtp_authority: {path} cannot be used: {cause}; it must be a file of certificates \
         that begin with `-----BEGIN CERTIFICATE-----`"
    )]
    Authority { path: String, cause: String },
    #[error("mail.smtp_url: TLS to `{host}` cannot be set up: {cause}; write the name of a host")]
    Tls { host: String, cause: String },
}

/// A way to one relay.
#[derive(Clone)]
pub struct Relay {
    settings: Settings,
    hello: String,
    /// Nothing where the way to the relay is not encrypted.
    tls: Option<TlsParameters>,
    /// Sessions that still say goodbye.
    leaving: TaskTracker,
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Relay").field(&self.settings).finish()
    }
}

impl Relay {
    /// Reads the certificates that are trusted, once.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let from: Mailbox = settings
            .from
            .parse()
            .map_err(|_| Error::From(settings.from.clone()))?;
        let tls = match settings.smtp.tls {
            Tls::Plain => None,
            Tls::First | Tls::StartTls => Some(session::trusted(&settings.smtp)?),
        };
        Ok(Self {
            hello: from.email.domain().to_owned(),
            settings,
            tls,
            leaving: TaskTracker::new(),
        })
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Waits until every session has said goodbye: before the process ends.
    pub async fn part(&self) {
        self.leaving.close();
        self.leaving.wait().await;
    }

    /// Tries to hand one mail over, for one person.
    ///
    /// `on_phase` is told of each phase and waited for before it begins, so that it can be recorded;
    /// [`Phase::Dot`] is not announced, for nobody could wait between the body and its dot. If it
    /// says `Break`, because the lease is lost or the process ends, nothing is delivered. Whoever
    /// drops the future half way knows the phases that they were told.
    pub async fn send<F, W>(&self, from: &str, to: &str, bytes: &[u8], on_phase: F) -> Outcome
    where
        F: FnMut(Phase) -> W,
        W: Future<Output = ControlFlow<()>>,
    {
        let mut progress = Progress {
            phase: Phase::Connect,
            on_phase,
        };
        let tried = match self.letter(from, to, bytes) {
            Ok(letter) => self.hand_over(&letter, &mut progress).await,
            Err(why) => Err(Failure::Unsendable(why)),
        };
        match tried {
            Ok((code, words)) => Outcome::answered(progress.phase, code, &words),
            Err(failure) => failure.at(progress.phase),
        }
    }

    /// The answer to the final dot.
    async fn hand_over<F, W>(
        &self,
        letter: &Letter<'_>,
        progress: &mut Progress<F>,
    ) -> Result<(u16, String), Failure>
    where
        F: FnMut(Phase) -> W,
        W: Future<Output = ControlFlow<()>>,
    {
        progress.reach(Phase::Connect).await?;
        let mut session = self.connect().await?;
        let result = self.converse(&mut session, letter, progress).await;
        // After anything but an answer, one more word could be taken for the rest of the message.
        if matches!(result, Ok(_) | Err(Failure::Refused(..))) {
            self.leaving.spawn(session.take_leave());
        }
        result
    }

    async fn converse<F, W>(
        &self,
        session: &mut Session,
        letter: &Letter<'_>,
        progress: &mut Progress<F>,
    ) -> Result<(u16, String), Failure>
    where
        F: FnMut(Phase) -> W,
        W: Future<Output = ControlFlow<()>>,
    {
        if let (Tls::StartTls, Some(tls)) = (self.settings.smtp.tls, &self.tls) {
            progress.reach(Phase::Tls).await?;
            session.start_tls(tls, &self.hello).await?;
        }
        if let Some(login) = &self.settings.smtp.login {
            progress.reach(Phase::Login).await?;
            session.log_in(login).await?;
        }
        progress.reach(Phase::Sender).await?;
        session.sender(letter).await?;
        progress.reach(Phase::Recipient).await?;
        session.recipient(letter).await?;
        progress.reach(Phase::Data).await?;
        session.data().await?;
        progress.reach(Phase::Body).await?;
        let (reached, answer) = session.message(letter.bytes).await;
        progress.phase = reached;
        answer
    }

    async fn connect(&self) -> Result<Session, Failure> {
        let smtp = &self.settings.smtp;
        let tls = self.tls.clone().filter(|_| smtp.tls == Tls::First);
        Session::open(smtp, &self.hello, tls, self.settings.limits).await
    }

    /// What is to be sent, if anybody could send it.
    fn letter<'a>(&self, from: &str, to: &str, bytes: &'a [u8]) -> Result<Letter<'a>, String> {
        let address = |text: &str, whose: &str| {
            let read = text.parse::<Address>().ok();
            read.filter(|_| text.len() <= LONGEST_ADDRESS)
                .ok_or_else(|| format!("the {whose} is no mail address: correct it"))
        };
        if !has_clean_lines(bytes) {
            return Err(
                "the mail has a line end that is not CR LF, or a NUL: servers may read it \
                        as two mails, so it must be built anew"
                    .to_owned(),
            );
        }
        let letter = Letter {
            from: address(from, "sender")?,
            to: address(to, "recipient")?,
            // lettre ends the last line itself.
            bytes: bytes.strip_suffix(b"\r\n").unwrap_or(bytes),
        };
        let only_to = self.settings.only_to.as_ref();
        if only_to.is_some_and(|list| !list.allows(to)) {
            return Err(
                "this person is not on the list `mail.only_to`, which holds while things \
                        are tried out: add them, or take the setting out"
                    .to_owned(),
            );
        }
        Ok(letter)
    }
}

/// One mail to one person, as it goes over the line.
struct Letter<'a> {
    from: Address,
    to: Address,
    bytes: &'a [u8],
}

/// How far the try has got, and who wants to know.
struct Progress<F> {
    phase: Phase,
    on_phase: F,
}

impl<F, W> Progress<F>
where
    F: FnMut(Phase) -> W,
    W: Future<Output = ControlFlow<()>>,
{
    async fn reach(&mut self, phase: Phase) -> Result<(), Failure> {
        self.phase = phase;
        match (self.on_phase)(phase).await {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Failure::Stopped),
        }
    }
}

/// Whether each CR has its LF and the other way round: a server that takes a bare LF for a line's
/// end would see a final dot where we see none.
fn has_clean_lines(bytes: &[u8]) -> bool {
    let mut before = b' ';
    for byte in bytes {
        if *byte == 0 || (before == b'\r') != (*byte == b'\n') {
            return false;
        }
        before = *byte;
    }
    before != b'\r'
}

impl Failure {
    /// As the outcome of a try that got so far.
    fn at(self, phase: Phase) -> Outcome {
        let ours = |ending, words: &str| Outcome::without_answer(phase, ending, words);
        match self {
            Self::Refused(code, words) => Outcome::answered(phase, code, &words),
            Self::Broken(words) => ours(Ending::Broken, &words),
            Self::Unfit(words) => ours(Ending::Unfit, &words),
            Self::Unsendable(words) => ours(Ending::Unsendable, &words),
            Self::Stopped => ours(Ending::Stopped, "stopped before anything was delivered"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_line_ends_go_over_the_line() {
        for good in [&b""[..], b"a\r\nb\r\n", b"\r\n.\r\n", b"no end"] {
            assert!(has_clean_lines(good), "{good:?}");
        }
        for bad in [
            &b"a\nb"[..],
            b"a\rb",
            b"a\r\n.\nb\r\n",
            b"\n\r",
            b"a\0b",
            b"a\r",
        ] {
            assert!(!has_clean_lines(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_lease_can_be_longer_than_the_longest_try() {
        let longest = Limits::default().longest();
        assert_eq!(longest, Duration::from_mins(1 + 5 * 5 + 10 + 10));
    }
}
