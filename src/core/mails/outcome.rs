//! What one try to send a mail came to: how far it got, what the relay said, and what that means.
//!
//! The dividing line is the final dot (RFC 1047): before it nothing was delivered and a retry is
//! safe; after it, without an answer, nobody can know. A refusal is read by its codes; its words
//! decide only where a server gives no enhanced status, and then never against an address unless
//! they speak of it: a relay that is set up wrongly would else lock everybody out.

use serde::{Deserialize, Serialize};

use super::status::Status;

/// The longest text of a server that is kept.
pub const WORDS: usize = 300;

/// How far a try got: the step that was begun last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Reaching the relay, its greeting, `EHLO`, and TLS where it comes first.
    Connect,
    /// `STARTTLS`.
    Tls,
    Login,
    Sender,
    Recipient,
    Data,
    /// The message is under way. Whoever records the phases hears of this one before its first byte,
    /// and of [`Phase::Dot`] by the outcome alone.
    Body,
    /// The final dot may have left.
    Dot,
}

impl Phase {
    /// For a try that ended under our eyes.
    pub fn may_have_delivered(self) -> bool {
        self == Self::Dot
    }

    /// For a try whose process died: `Body` was its last word, however far it got after that.
    pub fn may_have_delivered_unseen(self) -> bool {
        self >= Self::Body
    }

    /// Before the first word about this mail: what fails here would fail for any other too.
    pub fn is_about_the_relay(self) -> bool {
        self < Self::Sender
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The relay has taken the mail over.
    Accepted,
    /// The relay said no, with a code of 4xx or 5xx.
    Refused,
    /// No connection, no answer in time, a cut line, an answer that is none.
    Broken,
    /// The relay is not what the settings say: no TLS, a certificate of others, no login.
    Unfit,
    /// This mail cannot be sent by anybody; it was not tried.
    Unsendable,
    /// Whoever records the phases said stop; nothing was delivered.
    Stopped,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The last phase that was reached.
    pub phase: Phase,
    pub ending: Ending,
    /// The three digits of the answer, if there was one.
    pub code: Option<u16>,
    pub status: Option<Status>,
    /// What the server said, or we, without addresses and control characters.
    pub words: String,
}

/// What is to be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    Accepted,
    /// Try again: it may work later.
    Later,
    /// Nobody can know whether it was delivered.
    Unknown,
    /// Nothing will ever arrive at this address.
    BadAddress,
    /// We are not wanted: whatever else is sent makes it worse.
    Unwanted,
    /// The relay does not let us in, by the settings we have.
    ShutOut,
    /// The relay is not what it should be.
    Unfit,
    /// This mail will never be taken.
    Never,
    Stopped,
}

impl Outcome {
    /// The relay answered with a code. Positive is an acceptance after the dot only.
    pub fn answered(phase: Phase, code: u16, said: &str) -> Self {
        let ending = match code {
            200..300 if phase == Phase::Dot => Ending::Accepted,
            400..600 => Ending::Refused,
            _ => Ending::Broken,
        };
        Self {
            phase,
            ending,
            code: Some(code),
            status: Status::leading(said),
            words: clean(said),
        }
    }

    /// Something else happened, in our words.
    pub fn without_answer(phase: Phase, ending: Ending, words: &str) -> Self {
        Self {
            phase,
            ending,
            code: None,
            status: None,
            words: clean(words),
        }
    }

    pub fn meaning(&self) -> Meaning {
        match self.ending {
            Ending::Accepted => Meaning::Accepted,
            Ending::Stopped => Meaning::Stopped,
            Ending::Unsendable => Meaning::Never,
            Ending::Unfit => Meaning::Unfit,
            Ending::Broken if self.phase.may_have_delivered() => Meaning::Unknown,
            Ending::Broken => Meaning::Later,
            Ending::Refused => self.refusal(),
        }
    }

    /// Whether the relay itself could not be used; counts for the circuit breaker.
    pub fn is_a_failed_connection(&self) -> bool {
        let failed = matches!(
            self.ending,
            Ending::Broken | Ending::Refused | Ending::Unfit
        );
        failed && self.phase.is_about_the_relay()
    }

    /// Whether the relay asks us to be slower.
    pub fn is_too_fast(&self) -> bool {
        self.ending == Ending::Refused && matches!(self.code, Some(421 | 450))
    }

    fn refusal(&self) -> Meaning {
        let code = self.code.unwrap_or_default();
        if code < 500 {
            return Meaning::Later;
        }
        // 530 and its like: a login is wanted or was wrong, whatever it was said to.
        if self.phase.is_about_the_relay() || matches!(code, 530 | 534 | 535 | 538) {
            return Meaning::ShutOut;
        }
        let about_the_address = self.phase >= Phase::Recipient;
        match self.status {
            Some(status) if status.is_about_us() => Meaning::Unwanted,
            Some(status) if status.says_the_address_is_bad() && about_the_address => {
                Meaning::BadAddress
            }
            // 552: this mail is too large; 555: a parameter of this mail.
            _ if self.phase == Phase::Sender && !matches!(code, 552 | 555) => Meaning::Unwanted,
            Some(_) => Meaning::Never,
            None => self.by_words(code),
        }
    }

    fn by_words(&self, code: u16) -> Meaning {
        let words = self.words.to_lowercase();
        let speaks_of = |list: &[&str]| list.iter().any(|word| words.contains(word));
        if speaks_of(&OF_US) {
            Meaning::Unwanted
        } else if self.phase == Phase::Recipient
            && matches!(code, 550 | 551 | 553)
            && speaks_of(&OF_THE_ADDRESS)
        {
            Meaning::BadAddress
        } else {
            Meaning::Never
        }
    }
}

const OF_US: [&str; 9] = [
    "relay",
    "spam",
    "policy",
    "blocked",
    "blacklist",
    "blocklist",
    "reputation",
    "denied",
    "dmarc",
];
const OF_THE_ADDRESS: [&str; 5] = ["user", "mailbox", "recipient", "address", "account"];

/// Words of others, fit for a log and a page: on one line, without addresses of people and without
/// what turns text around, and not too long.
pub fn clean(said: &str) -> String {
    let readable = |c: char| match c {
        c if c.is_control() => ' ',
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => ' ',
        c => c,
    };
    let line: String = said.chars().map(readable).collect();
    let mut words = String::new();
    for word in line.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(if word.contains('@') {
            "(address)"
        } else {
            word
        });
    }
    words.chars().take(WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_one_line_without_addresses_and_not_too_long() {
        let said = "5.1.1 <ada@alder.example>: no\r\n\tsuch\u{202e} user\u{7} \"Ada\"@b";
        assert_eq!(clean(said), "5.1.1 (address) no such user (address)");
        assert_eq!(clean(&"ä ".repeat(400)).chars().count(), WORDS);
    }

    /// phase, code, words → meaning
    const REFUSALS: &str = "
        Connect   421  Too many connections                     Later
        Connect   554  No SMTP service here                     ShutOut
        Tls       454  TLS not available                        Later
        Login     535  5.7.8 Wrong password                     ShutOut
        Login     454  4.7.0 Try again                          Later
        Sender    530  5.7.0 Authentication required            ShutOut
        Sender    550  You may not send as this                 Unwanted
        Sender    552  5.3.4 Message too big                    Never
        Sender    451  4.3.0 Busy                               Later
        Recipient 451  4.7.1 Greylisted                         Later
        Recipient 450  Mailbox busy                             Later
        Recipient 550  5.1.1 No such user                       BadAddress
        Recipient 550  5.2.1 Mailbox disabled                   BadAddress
        Recipient 552  5.2.2 Mailbox full                       Never
        Recipient 550  5.7.1 Rejected by policy                 Unwanted
        Recipient 554  5.7.1 Relay access denied                Unwanted
        Recipient 550  No such user here                        BadAddress
        Recipient 550  relay not permitted for this recipient   Unwanted
        Recipient 550  No                                       Never
        Data      554  5.5.1 No valid recipients                Never
        Dot       550  5.1.1 No such user after all             BadAddress
        Dot       554  Looks like spam                          Unwanted
        Dot       554  Transaction failed                       Never
        Dot       421  Closing down                             Later
        Dot       452  4.3.1 Disk full                          Later
    ";

    #[test]
    fn a_refusal_is_read_by_its_phase_and_codes() {
        for line in REFUSALS
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let words: Vec<&str> = line.split_whitespace().collect();
            let phase = serde_json::from_value(words[0].to_lowercase().into()).unwrap();
            let [said @ .., meaning] = &words[2..] else {
                panic!("{line}")
            };
            let outcome = Outcome::answered(phase, words[1].parse().unwrap(), &said.join(" "));
            assert_eq!(format!("{:?}", outcome.meaning()), *meaning, "{line}");
            assert_ne!(
                outcome.meaning(),
                Meaning::Unknown,
                "an answer is known: {line}"
            );
        }
    }

    #[test]
    fn a_broken_line_is_unknown_after_the_dot_only() {
        let broken = |phase| Outcome::without_answer(phase, Ending::Broken, "cut").meaning();
        assert_eq!(broken(Phase::Body), Meaning::Later);
        assert_eq!(broken(Phase::Dot), Meaning::Unknown);
        let nonsense = Outcome::answered(Phase::Dot, 354, "go on");
        assert_eq!(nonsense.meaning(), Meaning::Unknown);
        assert_eq!(
            Outcome::answered(Phase::Data, 250, "?").meaning(),
            Meaning::Later
        );
        assert_eq!(
            Outcome::answered(Phase::Dot, 250, "ok").meaning(),
            Meaning::Accepted
        );
    }

    #[test]
    fn an_outcome_is_kept_as_plain_values() {
        let outcome = Outcome::answered(Phase::Recipient, 550, "5.1.1 no");
        let text = serde_json::to_string(&outcome).unwrap();
        let expected = r#"{"phase":"recipient","ending":"refused","code":550,"status":"5.1.1","words":"5.1.1 no"}"#;
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_str::<Outcome>(&text).unwrap(), outcome);
    }
}
