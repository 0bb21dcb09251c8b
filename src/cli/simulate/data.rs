//! A simulation for programs. The keys are a contract: they are only ever added to.

use serde_json::{Value, json};

use super::told::Told;
use crate::core::run::effect::Letter;
use crate::core::simulation::{End, Ended, Line, Mail, Open, Setting, Stands};
use crate::core::time::Instant;

pub fn json(told: &Told<'_>) -> Value {
    let simulated = told.simulated;
    let Setting {
        from,
        until,
        seed,
        late,
        ..
    } = told.setting;
    let cast = told.taking_part().into_iter().map(|player| {
        json!({
            "name": player.name,
            "role": player.role,
            "title": player.title,
            "school": told.school(player),
            "manner": player.manner,
        })
    });
    let calls = simulated.calls.iter().map(|call| {
        json!({
            "at": call.at.in_london(),
            "step": call.step,
            "ring": call.people.iter().map(|it| simulated.cast.name(*it)).collect::<Vec<_>>(),
        })
    });
    json!({
        "workflow": told.workflow.name,
        "version": told.workflow.version,
        "from": from,
        "until": until,
        "seed": seed,
        "people": told.people,
        "roles": told.setting.roles,
        "late": {"fewest": late.least, "most": late.most},
        "calendar": told.calendar(),
        "cast": cast.collect::<Vec<_>>(),
        "steps": simulated.steps.iter().map(|line| step(told, line)).collect::<Vec<_>>(),
        "mails": simulated.mails.iter().map(|it| mail(told, it)).collect::<Vec<_>>(),
        "calls": calls.collect::<Vec<_>>(),
        "end": end(&simulated.end),
        "open": simulated.open.iter().map(|it| open(told, it)).collect::<Vec<_>>(),
    })
}

fn step(told: &Told<'_>, line: &Line) -> Value {
    let done = line.done.filter(|_| line.ended != Ended::NotRequired);
    json!({
        "step": line.step,
        "attempt": line.attempt,
        "title": told.title(&line.step, 1),
        "role": line.role,
        "who": line.who.map(|person| told.simulated.cast.name(person)),
        "ready": line.ready.map(Instant::in_london),
        "due": line.due,
        "done": done.map(Instant::in_london),
        "ended": line.ended,
        "outcome": line.outcome,
        "school_days_late": line.late,
    })
}

/// `to` is the made-up name; a digest has the kind of what is due first, and all its letters.
fn mail(told: &Told<'_>, mail: &Mail) -> Value {
    let letters = mail.letters.iter().map(|letter| {
        json!({
            "kind": letter.kind(),
            "step": letter.step(),
            "why": told.why(letter),
        })
    });
    json!({
        "at": mail.at.in_london(),
        "to": told.simulated.cast.name(mail.to),
        "role": told.player(mail.to).map(|player| player.role.as_str()),
        "kind": mail.letters.first().map(Letter::kind),
        "why": told.why_all(mail),
        "letters": letters.collect::<Vec<_>>(),
    })
}

fn end(end: &End) -> Value {
    match end {
        End::Complete { at } => json!({"state": "complete", "at": at.in_london()}),
        End::Stopped { at, words } => {
            json!({"state": "stopped", "at": at.in_london(), "words": words})
        }
        End::HeldUp => json!({"state": "held_up"}),
        End::GoesOn => json!({"state": "goes_on"}),
    }
}

fn open(told: &Told<'_>, open: &Open) -> Value {
    let (stands, at) = match &open.stands {
        Stands::Planned(at) => ("planned", json!(at.in_london())),
        Stands::Opens(date) => ("opens", json!(date)),
        Stands::OpensUnknown => ("opens", Value::Null),
        Stands::Silent => ("silent", Value::Null),
        Stands::Refused(_) => ("refused", Value::Null),
    };
    let why = match &open.stands {
        Stands::Refused(why) => Some(why),
        _ => None,
    };
    let people = open.people.iter();
    json!({
        "step": open.step,
        "people": people.map(|it| told.simulated.cast.name(*it)).collect::<Vec<_>>(),
        "stands": stands,
        "at": at,
        "why": why,
    })
}
