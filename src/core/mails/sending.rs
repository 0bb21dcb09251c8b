//! A mail on its way: its states, when it is tried again, and when not any more.
//!
//! `sending` is written and committed before a connection is made; the phases that follow are
//! recorded too. So a mail that is found in `sending` when its lease has run out tells by its last
//! phase whether it may have been delivered. Such a mail, and one whose final dot got no answer, is
//! resent once, with the same bytes and the same Message-ID; whoever gets it twice has one mail.
//! Leases, locks and the bytes are the store's; suppressing an address and holding the others back
//! is done by whoever asked, as [`Then`] says.

use serde::{Deserialize, Serialize};

use super::bounce::Kind;
use super::outcome::{Meaning, Outcome, Phase};
use crate::core::time::Instant;

/// From the first failed try to the second, and so on; then every four hours.
const AGAIN_SECONDS: [i64; 4] = [60, 5 * 60, 15 * 60, 60 * 60];
const AFTER_THAT_SECONDS: i64 = 4 * 60 * 60;
/// A mail is tried until so long after its first try, and once more at the end.
pub const GIVE_UP_SECONDS: i64 = 72 * 60 * 60;
/// From a final dot without an answer to the one resend.
const RESEND_SECONDS: i64 = 15 * 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not tried yet.
    Pending,
    /// In somebody's hands.
    Sending,
    /// The relay has it.
    Accepted,
    /// Not delivered; waits for its next try.
    Retry,
    /// Not delivered, and not tried any more.
    Failed,
    /// May have been delivered; waits for its one resend if `next_at` is set, else for nothing.
    OutcomeUnknown,
    /// Accepted, and then sent back.
    Bounced,
    /// Not sent, because its address is known to be bad.
    Suppressed,
}

/// One mail on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    pub state: State,
    /// Tries that were begun.
    pub attempts: u32,
    /// How many of them may have delivered it without our knowing.
    pub unknowns: u32,
    pub first_at: Option<Instant>,
    /// When it is to be taken up; nothing if it is in somebody's hands or at its end.
    pub next_at: Option<Instant>,
    /// The last phase that was recorded of the try that is under way or was the last.
    pub phase: Option<Phase>,
    /// How the last try that we saw end came out.
    pub last: Option<Outcome>,
}

/// What is to be done besides. Where the state is `failed`, the coordinator hears of the mail in any
/// case: a lost reminder must become visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Suppress the address; the coordinator can find out the right one.
    Suppress,
    /// Send nothing more, to anybody, until an operator has looked, and tell them.
    HoldAll,
    /// Tell the operator; others are sent as before.
    Tell,
    /// Tell the coordinator that this mail did not arrive.
    Lost,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    pub sending: Sending,
    pub then: Option<Then>,
}

impl Sending {
    pub fn new(at: Instant) -> Self {
        Self {
            state: State::Pending,
            attempts: 0,
            unknowns: 0,
            first_at: None,
            next_at: Some(at),
            phase: None,
            last: None,
        }
    }

    pub fn is_due(&self, now: Instant) -> bool {
        self.next_at.is_some_and(|at| at <= now)
    }

    /// Whether nothing more will be sent. A bounce may still come.
    pub fn is_at_its_end(&self) -> bool {
        self.next_at.is_none() && self.state != State::Sending
    }

    /// Somebody takes it into their hands; nothing if it is not due.
    pub fn begin(&self, now: Instant) -> Option<Self> {
        self.is_due(now).then(|| Self {
            state: State::Sending,
            attempts: self.attempts + 1,
            first_at: self.first_at.or(Some(now)),
            next_at: None,
            phase: None,
            ..self.clone()
        })
    }

    /// Records how far the try has got. Only forwards: a late note changes nothing.
    pub fn reached(&self, phase: Phase) -> Self {
        let mut next = self.clone();
        if next.state == State::Sending {
            next.phase = next.phase.max(Some(phase));
        }
        next
    }

    /// The try has ended. A mail that is in nobody's hands stays as it is: a late word of somebody
    /// who has lost it.
    pub fn ended(&self, outcome: Outcome, now: Instant) -> Next {
        if self.state != State::Sending {
            return self.clone().and(None);
        }
        let meaning = outcome.meaning();
        let mut tried = self.reached(outcome.phase);
        tried.last = Some(outcome);
        match meaning {
            Meaning::Accepted => tried.at_rest(State::Accepted).and(None),
            Meaning::Later => tried.later(now),
            Meaning::Unknown => tried.unknown(now),
            Meaning::BadAddress => tried.at_rest(State::Failed).and(Some(Then::Suppress)),
            Meaning::Unwanted => tried.given_up().instead(Then::HoldAll),
            Meaning::Never => tried.given_up(),
            // Not the mail's fault: it keeps its tries.
            Meaning::ShutOut => tried.later(now).or(Then::HoldAll),
            Meaning::Unfit => tried.later(now).or(Then::Tell),
            Meaning::Stopped => tried.waiting(State::Retry, now).and(None),
        }
    }

    /// It was found in `sending` though its lease has run out: whoever had it is gone.
    pub fn abandoned(&self, now: Instant) -> Next {
        let unseen = self.phase.is_some_and(Phase::may_have_delivered_unseen);
        match self.state {
            State::Sending if unseen => self.clone().unknown(now),
            State::Sending => self.clone().later(now),
            _ => self.clone().and(None),
        }
    }

    /// A bounce with our own signature came back. Delays and receipts change nothing.
    pub fn bounced(&self, kind: Kind) -> Next {
        let then = match kind {
            Kind::Hard => Then::Suppress,
            Kind::Soft => Then::Lost,
            Kind::Delayed | Kind::Arrived => return self.clone().and(None),
        };
        match self.state {
            State::Pending | State::Bounced | State::Suppressed => self.clone().and(None),
            _ => self.clone().at_rest(State::Bounced).and(Some(then)),
        }
    }

    /// Its address has become known as bad, by another mail perhaps.
    pub fn suppressed(&self) -> Self {
        match self.state {
            State::Pending | State::Retry if self.unknowns == 0 => {
                self.clone().at_rest(State::Suppressed)
            }
            State::Pending | State::Retry | State::OutcomeUnknown => {
                self.clone().at_rest(State::OutcomeUnknown)
            }
            _ => self.clone(),
        }
    }

    fn later(self, now: Instant) -> Next {
        let first = self.first_at.unwrap_or(now);
        let end = first.plus_seconds(GIVE_UP_SECONDS);
        if now >= end {
            return self.given_up();
        }
        let failed = usize::try_from(self.attempts).unwrap_or(usize::MAX);
        let wait = AGAIN_SECONDS.get(failed.saturating_sub(1));
        let next = now.plus_seconds(*wait.unwrap_or(&AFTER_THAT_SECONDS));
        self.waiting(State::Retry, next.min(end)).and(None)
    }

    fn unknown(mut self, now: Instant) -> Next {
        self.unknowns += 1;
        if self.unknowns > 1 {
            return self.at_rest(State::OutcomeUnknown).and(None);
        }
        let at = now.plus_seconds(RESEND_SECONDS);
        self.waiting(State::OutcomeUnknown, at).and(None)
    }

    /// Not tried any more. Where an earlier try may have delivered it, that stays open.
    pub fn given_up(self) -> Next {
        if self.unknowns > 0 {
            return self.at_rest(State::OutcomeUnknown).and(None);
        }
        self.at_rest(State::Failed).and(Some(Then::Lost))
    }

    fn at_rest(mut self, state: State) -> Self {
        self.state = state;
        self.next_at = None;
        self
    }

    fn waiting(mut self, state: State, next: Instant) -> Self {
        self.state = state;
        self.next_at = Some(next);
        self
    }

    fn and(self, then: Option<Then>) -> Next {
        Next {
            sending: self,
            then,
        }
    }
}

impl Next {
    fn instead(mut self, then: Then) -> Self {
        self.then = Some(then);
        self
    }

    fn or(mut self, then: Then) -> Self {
        self.then = self.then.or(Some(then));
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::core::mails::outcome::Ending;

    fn start() -> Instant {
        "2027-03-02T08:30:00Z".parse().unwrap()
    }

    fn answer(text: &str) -> Outcome {
        let broken = |phase| Outcome::without_answer(phase, Ending::Broken, text);
        match text {
            "ok" => Outcome::answered(Phase::Dot, 250, "2.0.0 queued"),
            "greylisted" => Outcome::answered(Phase::Recipient, 451, "4.7.1 later"),
            "unreachable" => broken(Phase::Connect),
            "cut" => broken(Phase::Body),
            "unknown" => broken(Phase::Dot),
            "nobody" => Outcome::answered(Phase::Recipient, 550, "5.1.1 no such user"),
            "spam" => Outcome::answered(Phase::Dot, 554, "5.7.1 looks like spam"),
            "too-big" => Outcome::answered(Phase::Dot, 552, "5.3.4 too big"),
            "shut-out" => Outcome::answered(Phase::Login, 535, "5.7.8 wrong password"),
            "unfit" => Outcome::without_answer(Phase::Tls, Ending::Unfit, text),
            "unsendable" => Outcome::without_answer(Phase::Connect, Ending::Unsendable, text),
            "stopped" => Outcome::without_answer(Phase::Data, Ending::Stopped, text),
            other => panic!("{other}"),
        }
    }

    /// Plays a story: each word is the end of a try, `gone@PHASE` a try whose process died, `hard`
    /// and `soft` a bounce. Gives the state, the minutes to the next try and what is to be done.
    fn play(story: &str) -> String {
        let mut now = start();
        let mut next = Sending::new(now).and(None);
        for word in story.split_whitespace() {
            let sending = &next.sending;
            next = match word {
                "hard" => sending.bounced(Kind::Hard),
                "soft" => sending.bounced(Kind::Soft),
                "delayed" => sending.bounced(Kind::Delayed),
                "suppress" => sending.suppressed().and(None),
                _ => {
                    now = now.max(sending.next_at.expect(story));
                    let begun = sending.begin(now).expect(story);
                    match word.strip_prefix("gone@") {
                        Some("") => begun.abandoned(now),
                        Some(phase) => begun
                            .reached(serde_json::from_value(phase.into()).unwrap())
                            .abandoned(now),
                        None => begun.ended(answer(word), now),
                    }
                }
            };
        }
        let state = serde_json::to_value(next.sending.state).unwrap();
        let minutes = next.sending.next_at.map_or("-".to_owned(), |at| {
            ((at.micros() - now.micros()) / 60_000_000).to_string()
        });
        let then = next.then.map_or("-".to_owned(), |then| format!("{then:?}"));
        format!("{} {minutes} {then}", state.as_str().unwrap())
    }

    const STORIES: &str = "
        ok                                       accepted -  -
        greylisted                               retry    1  -
        greylisted greylisted                    retry    5  -
        greylisted unreachable                   retry    5  -
        greylisted cut unreachable               retry   15  -
        cut cut cut cut                          retry   60  -
        cut cut cut cut cut                      retry  240  -
        cut cut cut cut cut ok                   accepted -  -
        greylisted ok                            accepted -  -
        nobody                                   failed   -  Suppress
        spam                                     failed   -  HoldAll
        too-big                                  failed   -  Lost
        unsendable                               failed   -  Lost
        shut-out                                 retry    1  HoldAll
        unfit                                    retry    1  Tell
        stopped                                  retry    0  -
        unknown                                  outcome_unknown 15 -
        unknown ok                               accepted -  -
        unknown unknown                          outcome_unknown -  -
        unknown greylisted                       retry    5  -
        unknown greylisted unknown               outcome_unknown -  -
        unknown nobody                           failed   -  Suppress
        unknown too-big                          outcome_unknown -  -
        unknown spam                             outcome_unknown -  HoldAll
        unknown suppress                         outcome_unknown -  -
        unknown cut suppress                     outcome_unknown -  -
        cut suppress                             suppressed -  -
        suppress                                 suppressed -  -
        gone@                                    retry    1  -
        gone@connect                             retry    1  -
        gone@data                                retry    1  -
        gone@body                                outcome_unknown 15 -
        gone@dot                                 outcome_unknown 15 -
        gone@dot gone@dot                        outcome_unknown -  -
        gone@dot gone@data                       retry    5  -
        ok hard                                  bounced  -  Suppress
        ok soft                                  bounced  -  Lost
        ok delayed                               accepted -  -
        ok hard hard                             bounced  -  -
        unknown hard                             bounced  -  Suppress
        hard                                     pending  0  -
    ";

    #[test]
    fn every_story_ends_as_the_table_says() {
        for line in STORIES
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let (story, expected) = line.split_once("  ").unwrap();
            let expected: Vec<&str> = expected.split_whitespace().collect();
            assert_eq!(play(story), expected.join(" "), "{story}");
        }
    }

    #[test]
    fn a_mail_is_tried_for_72_hours_and_once_more_at_their_end() {
        let mut sending = Sending::new(start());
        let mut tries = Vec::new();
        while let Some(at) = sending.next_at {
            tries.push((at.micros() - start().micros()) / 60_000_000);
            let next = sending.begin(at).unwrap().ended(answer("greylisted"), at);
            sending = next.sending;
            assert_eq!(next.then.is_some(), sending.next_at.is_none());
        }
        assert_eq!(sending.state, State::Failed);
        assert_eq!(tries[..6], [0, 1, 6, 21, 81, 321]);
        assert_eq!(tries.last(), Some(&(72 * 60)));
        assert!(tries.len() < 30, "{tries:?}");
    }

    #[test]
    fn what_is_not_due_cannot_be_begun() {
        let sending = Sending::new(start().plus_seconds(1));
        assert_eq!(sending.begin(start()), None);
        let begun = sending.begin(start().plus_seconds(1)).unwrap();
        assert_eq!(begun.begin(start().plus_seconds(99_999)), None);
    }

    #[test]
    fn a_late_word_of_somebody_who_has_lost_it_changes_nothing() {
        let begun = Sending::new(start()).begin(start()).unwrap();
        let gone = begun.reached(Phase::Dot).abandoned(start()).sending;
        let late = gone.reached(Phase::Dot).ended(answer("nobody"), start());
        assert_eq!((late.sending, late.then), (gone, None));
    }

    proptest! {
        /// Whatever happens: at most two tries may have delivered it, it ends, and what is at its
        /// end is never begun again.
        #[test]
        fn no_story_sends_a_mail_without_end(words in proptest::collection::vec(0usize..9, 0..80)) {
            let endings = [
                "ok", "greylisted", "cut", "unknown", "nobody", "spam", "shut-out", "unfit", "gone",
            ];
            let mut now = start();
            let mut sending = Sending::new(now);
            let mut may_have_delivered = 0;
            for word in words {
                let Some(at) = sending.next_at else {
                    prop_assert!(sending.begin(now.plus_seconds(GIVE_UP_SECONDS)).is_none());
                    break;
                };
                prop_assert!(at >= now);
                now = at;
                let begun = sending.begin(now).unwrap();
                let kept = serde_json::to_string(&begun).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Sending>(&kept).unwrap(), &begun);
                let next = match endings[word] {
                    "gone" => begun.reached(Phase::Body).abandoned(now),
                    ending => begun.ended(answer(ending), now),
                };
                let open = matches!(endings[word], "ok" | "unknown" | "gone");
                may_have_delivered += usize::from(open);
                sending = next.sending;
                let longest = GIVE_UP_SECONDS + RESEND_SECONDS;
                prop_assert!(now <= start().plus_seconds(longest));
            }
            prop_assert!(may_have_delivered <= 2);
        }
    }
}
