//! The page of a simulation for the terminal: people, steps, mails, and how it ends.

use super::told::{Told, kinds_of, most_on_a_day};
use crate::cli::pages::layout::{bullet, table, wrap};
use crate::cli::pages::{and, count, inside};
use crate::core::simulation::{Ended, Line, Mail, Player};
use crate::core::time::{Date, say_day};

pub fn page(told: &Told<'_>) -> String {
    let mut text = wrap("", &told.name(), 0);
    text.push_str(&wrap("", &told.made_with(), 0));
    if let Some(ends) = told.calendar_ends() {
        text.push_str(&wrap("", &ends, 0));
    }
    text.push_str("\nPeople (made up)\n");
    text.push_str(&people(told));
    text.push_str("\nSteps\n");
    text.push_str(&steps(told));
    text.push_str("\nMails\n");
    text.push_str(&mails(told));
    text.push('\n');
    text.extend(told.calls().map(|sentence| wrap("", &sentence, 2)));
    let ending = told.ending();
    for (place, sentence) in ending.iter().enumerate() {
        text.push_str(&if place == 0 {
            wrap("", sentence, 0)
        } else {
            bullet(sentence)
        });
    }
    text
}

fn people(told: &Told<'_>) -> String {
    let rows = told.taking_part().into_iter().map(|player| {
        vec![
            player.name.clone(),
            player.title.clone(),
            told.school(player),
            player.manner.say().to_owned(),
        ]
    });
    let heads = [("Name", 12), ("Role", 12), ("At", 12), ("How", 7)];
    table(&heads, rows.collect())
}

fn steps(told: &Told<'_>) -> String {
    let shown = |line: &&Line| matches!(line.ended, Ended::Done | Ended::Lapsed | Ended::Open);
    let lines = told.simulated.steps.iter();
    let rows = lines.clone().filter(shown).map(|line| {
        vec![
            told.title(&line.step, line.attempt),
            told.doer(line),
            line.due.map(say_day).unwrap_or_default(),
            Told::done(line),
        ]
    });
    let heads = [("Step", 23), ("Who", 16), ("Due", 17), ("Done", 27)];
    let mut text = table(&heads, rows.collect());
    let of = |ended: Ended| {
        let titles = lines.clone().filter(move |line| line.ended == ended);
        let titles = titles.map(|line| format!("“{}”", told.title(&line.step, line.attempt)));
        let mut titles: Vec<String> = titles.collect();
        titles.dedup();
        titles
    };
    for (ended, word) in [
        (Ended::NotRequired, "Not required"),
        (Ended::NotReached, "Not reached"),
    ] {
        let titles = of(ended);
        if !titles.is_empty() {
            text.push_str(&wrap("", &format!("{word}: {}.", and(&titles)), 2));
        }
    }
    text
}

fn mails(told: &Told<'_>) -> String {
    let by_person = told.by_person();
    if by_person.is_empty() {
        return "Nobody gets any.\n".to_owned();
    }
    by_person
        .into_iter()
        .map(|(player, mails)| theirs(told, player, &mails))
        .collect()
}

/// "Ben Adeyemi, headteacher: 4 mails, at most 1 on a day, on 4 school days", and which.
fn theirs(told: &Told<'_>, player: &Player, mails: &[&Mail]) -> String {
    let mut days: Vec<Date> = mails.iter().map(|mail| mail.at.date()).collect();
    days.dedup();
    let head = format!(
        "{}, {}: {}, at most {} on a day, on {}",
        player.name,
        inside(&player.title),
        count(mails.len(), "mail"),
        most_on_a_day(mails),
        told.kinds(player.id, &days),
    );
    let each = mails
        .iter()
        .map(|mail| format!("{} {}", say_day(mail.at.date()), kinds_of(mail)));
    let each: Vec<String> = each.collect();
    wrap("", &head, 2) + &wrap("  ", &each.join(", "), 4)
}
