//! The part of the history that is about the run as a whole: its start, its people, its notes.

use super::{Said, did, hold};
use crate::cli::pages::View;
use crate::core::run::event::Event;
use crate::core::time::{Date, say_date};

pub(super) fn of_the_run(view: &View, event: &Event, doer: Option<&str>) -> Vec<Said> {
    let one = match event {
        Event::RunStarted {
            title,
            host_school,
            workflow,
            dates,
            ..
        } => {
            let by = format!("{} (version {})", view.workflow.title, workflow.version);
            let what = format!("“{title}” at {} by {by}{}", view.school(host_school), {
                dates
                    .iter()
                    .map(|(name, date)| named_date(view, name, *date))
                    .collect::<String>()
            });
            did(
                doer,
                &format!("started {what}"),
                &format!("{what} was started"),
            )
        }
        Event::RunCompleted {} => Said::Whole("the project is complete".to_owned()),
        Event::RunMigrated {
            from, to, remarks, ..
        } => {
            let (from, to) = (from.version, to.version);
            let what = format!("from version {from} to version {to} of its workflow");
            let first = did(
                doer,
                &format!("moved the project {what}"),
                &format!("the project was moved {what}"),
            );
            let remarks = remarks
                .iter()
                .map(|words| Said::Whole(trimmed(words).to_owned()));
            return std::iter::once(first).chain(remarks).collect();
        }
        other => return of_the_rest(view, other, doer),
    };
    vec![one]
}

fn of_the_rest(view: &View, event: &Event, doer: Option<&str>) -> Vec<Said> {
    let one = match event {
        Event::NoteAdded { text } => {
            let text = view.text(text);
            did(doer, &format!("noted: {text}"), &format!("a note: {text}"))
        }
        Event::DateSet { name, date, reason } => {
            let title = view
                .workflow
                .dates
                .get(name)
                .map_or(name.as_str(), String::as_str);
            let what = format!("{}{}", say_date(*date), view.because(Some(reason)));
            did(
                doer,
                &format!("set “{title}” to {what}"),
                &format!("“{title}” was set to {what}"),
            )
        }
        Event::RoleAppointed {
            role,
            appointment,
            reason,
        } => {
            let (name, role) = (view.name(appointment.person), view.role(role));
            let school = appointment.school.as_ref();
            let from = school.map_or_else(String::new, |urn| format!(" from {}", view.school(urn)));
            let why = view.because(reason.as_ref());
            did(
                doer,
                &format!("appointed {name}{from} as {role}{why}"),
                &format!("{name}{from} is {role} now{why}"),
            )
        }
        Event::RoleVacated {
            role,
            person,
            reason,
        } => {
            let (name, role) = (view.name(*person), view.role(role));
            let why = view.because(reason.as_ref());
            did(
                doer,
                &format!("took {name} out of the role of {role}{why}"),
                &format!("{name} is no longer {role}{why}"),
            )
        }
        Event::EventKept { event } => Said::Whole(format!(
            "the event {} came before the project waits for it, and is kept",
            event.name
        )),
        Event::EventExpired { name, because, .. } => Said::Whole(match because {
            Some(why) => format!("the event {name} could not be used: {}", trimmed(why)),
            None => format!("the event {name} came too late to be used"),
        }),
        Event::Told { name, .. } => Said::Whole(format!("{name} was told to other programs")),
        Event::PersonErased { .. } | Event::TextsExpired { .. } => Said::Whole(erased(view, event)),
        Event::InviteSent { .. } | Event::InviteCancelled { .. } => {
            return super::invites::of_an_invite(view, event);
        }
        other => return hold::of_a_hold(view, other, doer),
    };
    vec![one]
}

/// A sentence as a part of another.
fn trimmed(sentence: &str) -> &str {
    sentence.trim_end_matches('.')
}

fn named_date(view: &View, name: &str, date: Date) -> String {
    let title = view.workflow.dates.get(name).map_or(name, String::as_str);
    format!(", with “{title}” on {}", say_date(date))
}

fn erased(view: &View, event: &Event) -> String {
    match event {
        Event::PersonErased { person, .. } => format!(
            "the texts of {} were erased from this project",
            view.name(*person)
        ),
        Event::TextsExpired { ended_on, .. } => format!(
            "the texts were taken away: the project ended on {}, and they are not kept any longer",
            say_date(*ended_on)
        ),
        _ => String::new(),
    }
}
