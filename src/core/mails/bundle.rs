//! What goes into one mail: of the letters that wait for a person, one for each thing, soonest first.

use uuid::Uuid;

use crate::core::names::{PersonId, RunId};
use crate::core::run::address::Address;
use crate::core::run::effect::{Letter, Notice};
use crate::core::time::Date;

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
}

pub fn bundle(mut waiting: Vec<Waiting>) -> Bundle {
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
        match after(&before.letter, letter.letter.clone()) {
            Some(stands) => bundle.carried.push(Waiting {
                letter: stands,
                ..letter
            }),
            None => bundle.superseded.push(letter),
        }
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
        } = bundle(waiting.collect());
        assert_eq!(carried.len() + superseded.len(), letters.len());
        carried.pop().map(|it| it.letter)
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
