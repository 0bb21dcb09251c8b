//! `mails why`: every letter to a person or about a project, sent, not sent or waiting, with the rule
//! that decided.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use uuid::Uuid;

use super::desk::Desk;
use super::pages::layout::wrap;
use super::pages::{sentence, when};
use super::{Done, finding, output};
use crate::core::mails::quiet::Rule;
use crate::core::mails::sending::Sending;
use crate::core::names::{AllianceId, PersonId, RunId};
use crate::core::run::address::Address;
use crate::core::run::effect::{Effect, Letter};
use crate::core::run::event::Event;
use crate::core::time::Instant;
use crate::engine::letters::Scene;
use crate::engine::readings::{Everybody, Reading};
use crate::store::{MailFilter, MailRow, MailState, OutboxRow, OutgoingRow, WaitingFilter};

/// One letter and what became of it.
struct Told {
    at: Instant,
    person: PersonId,
    run: Option<RunId>,
    letter: String,
    state: &'static str,
    /// A whole sentence.
    why: String,
}

/// Whose letters are asked for.
struct Asked {
    run: Option<RunId>,
    person: Option<PersonId>,
}

pub(super) async fn why(
    desk: &Desk,
    alliance: &AllianceId,
    everybody: &Everybody,
    named: &str,
) -> anyhow::Result<Done> {
    let asked = match desk.engine.find_run(alliance, named).await? {
        Some(reading) => Asked {
            run: Some(reading.run.id),
            person: None,
        },
        None => Asked {
            run: None,
            person: Some(finding::person(everybody, named)?),
        },
    };
    let mut told = all(desk, alliance, &asked).await?;
    told.extend(passed_over(desk, alliance, &asked, &told).await?);
    told.sort_by_key(|it| it.at);
    let mut runs: BTreeMap<RunId, Reading> = BTreeMap::new();
    for run in told.iter().filter_map(|it| it.run) {
        if let Some(reading) = desk.engine.read_run(alliance, run).await? {
            runs.insert(run, reading);
        }
    }
    let page = Page {
        everybody,
        runs: &runs,
        today: desk.engine.clock.now().date(),
    };
    if desk.json {
        let rows: Vec<Value> = told.iter().map(|it| page.json(it)).collect();
        output::print_json(&rows)?;
    } else if told.is_empty() {
        output::print("No mail was sent, held back or planned.\n");
    } else {
        let text: Vec<String> = told.iter().map(|it| page.text(it)).collect();
        output::print(&text.join("\n"));
    }
    Ok(Done::Well)
}

async fn all(desk: &Desk, alliance: &AllianceId, asked: &Asked) -> anyhow::Result<Vec<Told>> {
    let scoped = desk.engine.store.of(alliance);
    let filter = MailFilter {
        run: asked.run,
        person: asked.person,
        limit: None,
    };
    let mails = scoped.outgoing(asked.person).await?.into_iter();
    let mails: BTreeMap<Uuid, OutgoingRow> = mails.map(|row| (row.id, row)).collect();
    let records = scoped.mails(&filter).await?.into_iter();
    let done = records.map(|row| Told::of_record(row, &mails));
    let filter = WaitingFilter {
        run: asked.run,
        person: asked.person,
    };
    let waiting = scoped.letters_waiting(filter).await?.into_iter();
    Ok(done.chain(waiting.filter_map(Told::of_waiting)).collect())
}

/// Reminders whose moment came together with that of a later one: no letter was written of them, the
/// history of the project has them. To whoever heard of the step.
async fn passed_over(
    desk: &Desk,
    alliance: &AllianceId,
    asked: &Asked,
    told: &[Told],
) -> anyhow::Result<Vec<Told>> {
    let runs = told.iter().filter_map(|it| it.run).chain(asked.run);
    let runs: BTreeSet<RunId> = runs.collect();
    let mut found = Vec::new();
    for run in runs {
        let of_run = told.iter().filter(|it| it.run == Some(run));
        let heard = of_run.filter_map(|it| Some((it.person, it.step()?)));
        let heard: BTreeSet<(PersonId, Address)> = heard.collect();
        for entry in desk.engine.entries(alliance, run).await? {
            let over = entry.events.iter().filter_map(Told::reminder_passed_over);
            for (step, letter) in over {
                let people = heard.iter().filter(|(_, of)| *of == step);
                found.extend(people.map(|(to, _)| {
                    Told {
                    at: entry.at,
                    person: *to,
                    run: Some(run),
                    letter: letter_to(*to, &letter),
                    state: "not_sent",
                    why: "Not sent: a later reminder came up together with it, and went out in its \
                          place."
                        .to_owned(),
                }
                }));
            }
        }
    }
    Ok(found)
}

fn letter_to(to: PersonId, letter: &Letter) -> String {
    let letter = letter.clone();
    serde_json::to_string(&Effect::Mail { to, letter }).unwrap_or_default()
}

impl Told {
    /// The step of a letter that asks somebody to do it.
    fn step(&self) -> Option<Address> {
        match serde_json::from_str(&self.letter) {
            Ok(Effect::Mail {
                letter: Letter::Ready { step, .. } | Letter::Rung { step, .. },
                ..
            }) => Some(step),
            _ => None,
        }
    }

    fn reminder_passed_over(event: &Event) -> Option<(Address, Letter)> {
        let Event::RungFired {
            step,
            attempt,
            rung,
            date,
            passed_over: true,
        } = event
        else {
            return None;
        };
        let letter = Letter::Rung {
            step: step.clone(),
            attempt: *attempt,
            rung: rung.clone(),
            date: *date,
        };
        Some((step.clone(), letter))
    }

    fn of_record(row: MailRow, mails: &BTreeMap<Uuid, OutgoingRow>) -> Self {
        let held = row.held.as_deref().and_then(Rule::of);
        let held = held.map(|rule| format!(" It had been held back because {}.", rule.say()));
        let mail = row.carrier.and_then(|id| mails.get(&id));
        let state = state(&row, mail);
        let stands = mail.and_then(stands);
        let held = stands.into_iter().chain(held).collect::<String>();
        let begins = if state == "sent" { "Sent" } else { "Put" };
        let said = match (row.state, row.carrier) {
            (MailState::Written, Some(mail)) if mail != row.id => {
                format!("{begins} in the digest {}.", short(mail))
            }
            (MailState::Written, _) if state == "sent" => {
                format!("Sent as the mail {}.", short(row.id))
            }
            (MailState::Written, _) => format!("Made into the mail {}.", short(row.id)),
            (MailState::NotSent, _) => {
                format!(
                    "Not sent: {}.",
                    row.why.as_deref().unwrap_or("no reason is kept")
                )
            }
        };
        Self {
            at: row.at,
            person: row.person,
            run: row.run,
            letter: row.letter,
            state,
            why: said + &held,
        }
    }

    fn of_waiting(row: OutboxRow) -> Option<Self> {
        let until = when(row.next_at);
        let why = match (row.held.as_deref().and_then(Rule::of), &row.why) {
            (_, Some(why)) => format!("Could not be written, tried again {until}: {why}."),
            (Some(rule), None) => format!("Waits until {until}, because {}.", rule.say()),
            (None, None) => format!("Leaves {until}."),
        };
        Some(Self {
            at: row.next_at,
            person: row.person?,
            run: row.run,
            letter: row.body,
            state: "waiting",
            why,
        })
    }
}

/// What became of a letter, in a word: it is not sent before its mail is.
fn state(row: &MailRow, mail: Option<&OutgoingRow>) -> &'static str {
    match (row.state, mail.map_or("", |mail| mail.state.as_str())) {
        (MailState::NotSent, _) | (_, "failed" | "suppressed") => "not_sent",
        (_, "pending" | "sending" | "retry") => "waiting",
        (MailState::Written, _) => "sent",
    }
}

/// How a mail stands with the relay, where there is more to say than that it has it.
fn stands(row: &OutgoingRow) -> Option<String> {
    let sending: Sending = serde_json::from_str(&row.sending).ok()?;
    let words = sending.last.map(|last| last.words).unwrap_or_default();
    let next = sending.next_at.map(when).unwrap_or_default();
    Some(match row.state.as_str() {
        "pending" => " It waits to be sent.".to_owned(),
        "sending" => " It is being sent.".to_owned(),
        "retry" => format!(" The relay has not taken it yet ({words}); it is tried again {next}."),
        "outcome_unknown" if sending.next_at.is_some() => {
            format!(" Perhaps it arrived: the relay did not answer; it is sent again {next}.")
        }
        "outcome_unknown" => " Perhaps it arrived: the relay did not answer.".to_owned(),
        "failed" => format!(" It did not arrive: {words}."),
        "bounced" => " It came back.".to_owned(),
        "suppressed" => " It was not sent: the address takes no mail.".to_owned(),
        _ => return None,
    })
}

fn short(id: Uuid) -> String {
    id.to_string()
        .chars()
        .take(super::pages::mails::SHORT_ID)
        .collect()
}

struct Page<'a> {
    everybody: &'a Everybody,
    runs: &'a BTreeMap<RunId, Reading>,
    today: crate::core::time::Date,
}

impl Page<'_> {
    fn what(&self, told: &Told) -> String {
        let reading = told.run.and_then(|run| self.runs.get(&run));
        let Ok(Effect::Mail { letter, .. }) = serde_json::from_str(&told.letter) else {
            return "a letter of an earlier version".to_owned();
        };
        let Some(reading) = reading else {
            let known = letter.say_of_alliance();
            return known.unwrap_or(letter.kind()).to_owned();
        };
        let scene = Scene {
            reading,
            everybody: self.everybody,
            texts: &BTreeMap::new(),
            today: self.today,
        };
        scene.say_letter(&letter)
    }

    fn reference(&self, told: &Told) -> Option<&str> {
        let reading = told.run.and_then(|run| self.runs.get(&run))?;
        Some(&reading.run.reference)
    }

    fn text(&self, told: &Told) -> String {
        let (to, what) = (self.everybody.name(told.person), self.what(told));
        let reference = self.reference(told);
        let project = reference.map_or_else(String::new, |it| format!(" ({it})"));
        let mut text = format!("{}\n", sentence(&when(told.at)));
        text.push_str(&wrap("  ", &format!("{to}{project}: {what}"), 2));
        text.push_str(&wrap("  ", &told.why, 2));
        text
    }

    fn json(&self, told: &Told) -> Value {
        let letter = serde_json::from_str(&told.letter);
        let kind = match &letter {
            Ok(Effect::Mail { letter, .. }) => Some(Letter::kind(letter)),
            _ => None,
        };
        json!({
            "at": told.at,
            "person": told.person,
            "to": self.everybody.name(told.person),
            "run": told.run,
            "reference": self.reference(told),
            "kind": kind,
            "what": self.what(told),
            "state": told.state,
            "why": told.why,
        })
    }
}
