//! Who has a step, in words: asked of the directory today, so that a change of staff shows at once.

use crate::core::definition::workflow::{Kind, Place};
use crate::core::names::Urn;
use crate::core::run::address::Address;
use crate::core::run::deadline::CalendarId;
use crate::core::run::doers::{self, Doer};
use crate::engine::readings::Everybody;

use super::{View, or};

/// "with Ada Okafor, CPD lead", "nobody is headteacher at Alder Primary School".
pub fn who(view: &View, address: &Address) -> String {
    let Some(node) = view.workflow.node_of(address) else {
        return String::new();
    };
    let node = view.workflow.node(node);
    match &node.kind {
        Kind::Engine => "done by itself".to_owned(),
        Kind::Start { workflow, .. } => format!("starts {workflow}"),
        Kind::Group(_) => String::new(),
        Kind::Wait(wait) => match node.role() {
            None => format!("waits for the event {}", wait.event),
            Some(_) => format!("waits for the event {}, or is recorded {}", wait.event, {
                let who = of_task(view, address);
                who.strip_prefix("with ")
                    .map_or(who.clone(), |names| format!("by {names}"))
            }),
        },
        Kind::Task(_) => of_task(view, address),
    }
}

fn of_task(view: &View, address: &Address) -> String {
    let directory = &view.everybody.directory;
    let doers = doers::doers(view.workflow, view.run, directory, address, view.today());
    let role = view
        .workflow
        .node_of(address)
        .and_then(|node| view.workflow.node(node).role());
    if doers.is_empty() {
        return role.map_or_else(
            || "nobody has it".to_owned(),
            |role| nobody(view, role, address),
        );
    }
    let step = view.run.steps.get(address);
    let how = match step {
        Some(step) if step.delegated_from.is_some() => {
            step.delegated_from.map_or_else(String::new, |from| {
                format!(", passed on by {}", view.name(from))
            })
        }
        Some(step) if step.assigned.is_some() => ", to whom it is assigned".to_owned(),
        _ => role.map_or_else(String::new, |role| format!(", {}", view.role(role))),
    };
    format!("with {}{how}", names(view.everybody, &doers))
}

/// "nobody is headteacher at Alder Primary School"
pub fn nobody(view: &View, role: &str, address: &Address) -> String {
    let title = view.role(role);
    let Some(known) = view.workflow.roles.get(role) else {
        return format!("nobody is {title}");
    };
    let place = match &known.at {
        Place::Run => return format!("no {title} is appointed yet"),
        Place::Alliance => "in the alliance".to_owned(),
        Place::HostSchool => format!("at {}", view.host()),
        Place::School => "at the school concerned".to_owned(),
        Place::SchoolOf(of) => {
            let held = doers::appointment(view.workflow, view.run, of, address);
            match held.and_then(|held| held.school.as_ref()) {
                Some(urn) => format!("at {}", view.school(urn)),
                None => return format!("no {} is appointed yet", view.role(of)),
            }
        }
    };
    // "Home headteacher at …" is known there by the post itself.
    format!("nobody is {} {place}", view.role(role))
}

/// "Ada Okafor or Ben Hall (covers Cy Dean)"
pub fn names(everybody: &Everybody, doers: &[Doer]) -> String {
    let names = doers.iter().map(|doer| {
        let name = everybody.name(doer.person);
        match doer.covers {
            Some(other) => format!("{name} (covers {})", everybody.name(other)),
            None => name,
        }
    });
    or(&names.collect::<Vec<_>>())
}

/// Whose calendar it is: "Alder Primary School", "Alder and Birch together", "the alliance".
pub fn calendar(everybody: &Everybody, calendar: &CalendarId) -> String {
    let school = |urn: &Urn| {
        let school = everybody.directory.schools.get(urn);
        school.map_or_else(|| format!("school {urn}"), |school| school.name.clone())
    };
    match calendar {
        CalendarId::Alliance => "the alliance".to_owned(),
        CalendarId::School { urn } => school(urn),
        CalendarId::Both { urns } => {
            let names: Vec<String> = urns.iter().map(school).collect();
            format!("{} together", names.join(" and "))
        }
    }
}
