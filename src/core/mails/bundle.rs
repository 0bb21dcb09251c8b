//! What goes into one mail: of the letters that wait for a person, one for each thing, soonest first.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::holds::MOVED_ON;

use crate::core::names::{PersonId, RunId};
use crate::core::run::address::Address;
use crate::core::run::effect::{Letter, Notice};
use crate::core::time::Date;

const NEVER_HAD: &str = "they never had the invite that it calls off";

/// A letter that waits for a person, with what puts it in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub id: Uuid,
    /// None for a letter about the whole alliance.
    pub run: Option<RunId>,
    /// The run's version at which it was written.
    pub seq: u64,
    pub reference: String,
    pub due: Option<Date>,
    pub letter: Letter,
}

/// What one mail carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bundle {
    /// Soonest due first; what has no date comes last.
    pub carried: Vec<Waiting>,
    /// A later letter about the same thing goes out in their place.
    pub superseded: Vec<Waiting>,
    /// What does not hold any more, and why.
    pub overtaken: Vec<(Waiting, &'static str)>,
}

/// What leaves of the letters whose moment has come. What `stays` for later is only looked at: whoever
/// has not had an invite need not be told that it was moved or called off.
pub fn sort_out(
    leaving: Vec<Waiting>,
    stays: Vec<Waiting>,
    overtaken: impl Fn(&Waiting) -> Option<&'static str>,
) -> Bundle {
    let mut gone = Vec::new();
    let mut waiting = Vec::new();
    for it in leaving {
        // Of a visit that is only known when one letter is left.
        match overtaken(&it).filter(|_| !it.is_of_a_visit()) {
            Some(why) => gone.push((it, why)),
            None => waiting.push(it),
        }
    }
    let before = |stays: &Waiting| {
        let same = waiting.iter().filter(|it| it.is_same_visit(stays));
        same.map(|it| it.seq)
            .min()
            .is_some_and(|seq| stays.seq < seq)
    };
    let unseen: Vec<Waiting> = stays.into_iter().filter(before).collect();
    let ids: BTreeSet<Uuid> = unseen.iter().map(|it| it.id).collect();
    let mut bundle = bundle(unseen.into_iter().chain(waiting).collect());
    bundle.carried.retain(|it| !ids.contains(&it.id));
    bundle.superseded.retain(|it| !ids.contains(&it.id));
    bundle.overtaken.retain(|(it, _)| !ids.contains(&it.id));
    bundle.overtaken.extend(gone);
    for it in std::mem::take(&mut bundle.carried) {
        match overtaken(&it).filter(|_| it.is_of_a_visit()) {
            Some(why) => bundle.overtaken.push((it, why)),
            None => bundle.carried.push(it),
        }
    }
    bundle
}

impl Waiting {
    fn is_of_a_visit(&self) -> bool {
        self.letter.is_of_a_visit()
    }

    fn is_same_visit(&self, other: &Self) -> bool {
        let both = [self, other].map(|it| subject(&it.letter));
        self.is_of_a_visit() && self.run == other.run && both[0] == both[1]
    }
}

fn bundle(mut waiting: Vec<Waiting>) -> Bundle {
    waiting.sort_by_key(|it| (it.run, it.seq, it.id));
    let mut bundle = Bundle::default();
    for letter in waiting {
        let same = |other: &Waiting| {
            other.run == letter.run
                && subject(&other.letter).is_some_and(|it| subject(&letter.letter) == Some(it))
        };
        let Some(place) = bundle.carried.iter().position(same) else {
            bundle.carried.push(letter);
            continue;
        };
        let before = bundle.carried.remove(place);
        let Some(stands) = after(&before.letter, letter.letter.clone()) else {
            bundle.overtaken.push((letter, NEVER_HAD));
            bundle.overtaken.push((before, MOVED_ON));
            continue;
        };
        bundle.carried.push(Waiting {
            letter: stands,
            ..letter
        });
        bundle.superseded.push(before);
    }
    let order = |it: &Waiting| (it.due.is_none(), it.due, it.reference.clone(), it.seq);
    bundle.carried.sort_by_key(order);
    bundle
}

/// What is left of a letter if an earlier one about the same thing never left: nothing, where that
/// was an invite that they did not have and need not come to. Whether they have one, the first says.
fn after(unsent: &Letter, mut letter: Letter) -> Option<Letter> {
    let (has, on) = match unsent {
        Letter::Invite { again, was, .. } => (*again, *was),
        Letter::InviteCancelled { date, .. } => (true, Some(*date)),
        _ => (true, None),
    };
    match &mut letter {
        Letter::InviteCancelled { .. } if !has => return None,
        Letter::Invite { again, was, .. } => {
            *again = has;
            *was = on.or(*was).filter(|_| has);
        }
        _ => {}
    }
    Some(letter)
}

/// What a letter is about, where a later one says all that an earlier one does.
#[derive(PartialEq, Eq)]
enum Subject<'l> {
    Yours(&'l Address),
    Theirs(&'l Address, PersonId),
    Visit(&'l Address),
    /// That it is to be resumed: near, or due.
    Resume,
    Notice(&'l Notice),
    Summary,
}

fn subject(letter: &Letter) -> Option<Subject<'_>> {
    match letter {
        Letter::Ready { step, .. } | Letter::Rung { step, .. } => Some(Subject::Yours(step)),
        Letter::Copy { step, late, .. } => Some(Subject::Theirs(step, *late)),
        Letter::Invite { step, .. } | Letter::InviteCancelled { step, .. } => {
            Some(Subject::Visit(step))
        }
        Letter::Notice {
            notice: Notice::ResumeNear { .. } | Notice::ResumeDue { .. },
        } => Some(Subject::Resume),
        Letter::Notice { notice } => Some(Subject::Notice(notice)),
        // Each says something of its own.
        Letter::Step { .. } | Letter::CalendarsEnd { .. } => None,
        Letter::Summary => Some(Subject::Summary),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(run: u128, seq: u64, due: Option<&str>, letter: Letter) -> Waiting {
        Waiting {
            id: Uuid::from_u128(u128::from(seq)),
            run: Some(RunId(Uuid::from_u128(run))),
            seq,
            reference: format!("DLP-2027-00{run}"),
            due: due.map(|day| day.parse().unwrap()),
            letter,
        }
    }

    fn ready(step: &str) -> Letter {
        Letter::Ready {
            step: step.parse().unwrap(),
            attempt: 1,
        }
    }

    fn rung(step: &str, rung: &str) -> Letter {
        Letter::Rung {
            step: step.parse().unwrap(),
            attempt: 1,
            rung: rung.to_owned(),
            date: "2027-01-12".parse().unwrap(),
        }
    }

    fn seqs(waiting: &[Waiting]) -> Vec<u64> {
        waiting.iter().map(|it| it.seq).collect()
    }

    #[test]
    fn of_letters_about_one_step_the_last_goes_out() {
        let bundle = bundle(vec![
            letter(1, 3, None, rung("write", "late_1")),
            letter(1, 1, None, ready("write")),
            letter(1, 2, None, rung("write", "due")),
            letter(2, 1, None, ready("write")),
        ]);
        assert_eq!(seqs(&bundle.carried), [3, 1]);
        assert_eq!(seqs(&bundle.superseded), [1, 2]);
    }

    #[test]
    fn that_a_day_is_near_is_left_out_beside_that_it_has_come() {
        let date = "2027-01-12".parse().unwrap();
        let notice = |notice| Letter::Notice { notice };
        let bundle = bundle(vec![
            letter(1, 1, None, notice(Notice::ResumeNear { date })),
            letter(1, 2, None, notice(Notice::ResumeDue { date })),
            letter(2, 1, None, notice(Notice::ResumeNear { date })),
            letter(2, 3, None, notice(Notice::NotHeld)),
        ]);
        assert_eq!(seqs(&bundle.carried), [2, 1, 3]);
        assert_eq!(seqs(&bundle.superseded), [1]);
    }

    #[test]
    fn they_are_sorted_by_what_is_due_and_what_has_no_date_comes_last() {
        let bundle = bundle(vec![
            letter(1, 1, None, ready("a")),
            letter(1, 2, Some("2027-03-02"), ready("b")),
            letter(2, 3, Some("2027-02-01"), ready("c")),
        ]);
        assert_eq!(seqs(&bundle.carried), [3, 2, 1]);
    }

    #[test]
    fn mails_that_a_definition_asks_for_are_all_kept() {
        let step = |mail: &str| Letter::Step {
            step: "write".parse().unwrap(),
            attempt: 1,
            mail: mail.to_owned(),
        };
        let bundle = bundle(vec![
            letter(1, 1, None, step("released")),
            letter(1, 2, None, step("thanks")),
        ]);
        assert_eq!(bundle.carried.len(), 2);
    }

    fn invite(sequence: u32, again: bool) -> Letter {
        Letter::Invite {
            step: "plan".parse().unwrap(),
            sequence,
            date: "2027-03-30".parse().unwrap(),
            again,
            was: None,
        }
    }

    /// Their calendar has an older one, of that day.
    fn moved(sequence: u32, was: &str) -> Letter {
        let Letter::Invite { step, date, .. } = invite(sequence, true) else {
            unreachable!("it is an invite")
        };
        Letter::Invite {
            step,
            sequence,
            date,
            again: true,
            was: Some(was.parse().unwrap()),
        }
    }

    fn called_off(sequence: u32) -> Letter {
        Letter::InviteCancelled {
            step: "plan".parse().unwrap(),
            sequence,
            date: "2027-03-30".parse().unwrap(),
        }
    }

    fn stands(letters: &[Letter]) -> Option<Letter> {
        let waiting = (1..)
            .zip(letters)
            .map(|(seq, it)| letter(1, seq, None, it.clone()));
        let Bundle {
            mut carried,
            superseded,
            overtaken,
        } = bundle(waiting.collect());
        let all = carried.len() + superseded.len() + overtaken.len();
        assert_eq!(all, letters.len());
        carried.pop().map(|it| it.letter)
    }

    #[test]
    fn what_still_waits_was_not_seen() {
        let of_run = |seq, it: &Letter| letter(1, seq, None, it.clone());
        let stays = vec![of_run(1, &invite(0, false))];
        let leaves = |it: Letter| {
            let leaving = vec![of_run(2, &it)];
            sort_out(leaving, stays.clone(), |_| None)
        };
        let bundle = leaves(called_off(1));
        assert_eq!(bundle.carried, []);
        assert_eq!(bundle.overtaken.len(), 1, "what stays is left alone");
        assert_eq!(bundle.overtaken[0].1, NEVER_HAD);
        let bundle = leaves(invite(1, true));
        assert_eq!(bundle.carried[0].letter, invite(1, false));
        // One that comes after it changes nothing.
        let late = vec![of_run(3, &invite(2, false))];
        let bundle = sort_out(vec![of_run(2, &called_off(1))], late, |_| None);
        assert_eq!(seqs(&bundle.carried), [2]);
    }

    #[test]
    fn what_a_visit_has_become_is_asked_of_what_is_left_of_it() {
        let waiting = [invite(0, false), called_off(1)];
        let leaving = (1..)
            .zip(waiting)
            .map(|(seq, it)| letter(1, seq, None, it))
            .collect();
        // The invite does not hold: it was called off.
        let overtaken = |it: &Waiting| (it.seq == 1).then_some(MOVED_ON);
        let bundle = sort_out(leaving, Vec::new(), overtaken);
        assert_eq!((bundle.carried, bundle.superseded), (vec![], vec![]));
        assert_eq!(bundle.overtaken.len(), 2);
    }

    #[test]
    fn of_a_visit_only_what_is_new_to_them_goes_out() {
        let cases = [
            (
                vec![invite(0, false), invite(1, true)],
                Some(invite(1, false)),
            ),
            (
                vec![invite(1, true), invite(2, true)],
                Some(invite(2, true)),
            ),
            (vec![invite(1, true), called_off(2)], Some(called_off(2))),
            // What they never had need not be called off.
            (vec![invite(0, false), called_off(1)], None),
            (
                vec![invite(0, false), called_off(1), invite(2, false)],
                Some(invite(2, false)),
            ),
            // What they have still is in their calendar, on the day of which they heard.
            (
                vec![called_off(1), invite(2, false)],
                Some(moved(2, "2027-03-30")),
            ),
            (
                vec![moved(1, "2027-03-02"), moved(2, "2027-03-09")],
                Some(moved(2, "2027-03-02")),
            ),
            (
                vec![invite(1, true), moved(2, "2027-03-09")],
                Some(moved(2, "2027-03-09")),
            ),
            (
                vec![invite(0, false), moved(1, "2027-03-09")],
                Some(invite(1, false)),
            ),
            (
                vec![called_off(1), invite(2, false), called_off(3)],
                Some(called_off(3)),
            ),
        ];
        for (letters, expected) in cases {
            assert_eq!(stands(&letters), expected, "{letters:?}");
        }
    }
}
