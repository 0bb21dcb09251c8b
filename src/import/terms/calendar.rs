//! Term dates from an iCalendar file: all-day events, by the words of their titles.
//!
//! Events that repeat and events with a time of day are refused where their title concerns us, and
//! left out otherwise. Every event that is left out is listed.

use std::collections::BTreeMap;

use super::content_line::{Component, components};
use super::event::{Reading, read as read_event};
use super::pairs::{EdgeEvent, put_together};
use super::{TermsFile, Told};
use crate::core::calendar::day::Period;
use crate::import::problem::{Fault, Findings, Place};
use crate::import::report::Unit;

pub fn read(name: &str, text: &str, file: &mut TermsFile) {
    file.unit = Unit::Event;
    let Some(all) = components(text, &mut file.findings) else {
        return;
    };
    if !is_calendar(&all, &mut file.findings) {
        return;
    }
    note_other_parts(&all, &mut file.findings);
    let events: Vec<&Component> = all.iter().filter(|part| part.name == "VEVENT").collect();
    file.read = u64::try_from(events.len()).unwrap_or(u64::MAX);
    let mut edges = Vec::new();
    for event in latest(events, &mut file.findings) {
        let place = Place::line(event.line);
        match read_event(event) {
            Err(fault) => file.findings.place(place, None, fault),
            Ok(Reading::LeftOut(text)) => file.findings.note_at(place, text),
            Ok(Reading::Edge { edge, title, on }) => edges.push(EdgeEvent {
                place,
                edge,
                on,
                title,
            }),
            Ok(Reading::Period {
                kind,
                title,
                from,
                to,
            }) => file.told.push(Told {
                place,
                school: None,
                period: Period {
                    from,
                    to,
                    kind,
                    label: title,
                    source: name.to_owned(),
                },
            }),
        }
    }
    put_together(edges, name, &mut file.told, &mut file.findings);
}

fn is_calendar(all: &[Component], findings: &mut Findings) -> bool {
    for part in all.iter().filter(|part| part.depth == 0) {
        let place = Place::line(part.line);
        if part.name != "VCALENDAR" {
            let rule = "This stands outside of any calendar: BEGIN:VCALENDAR is missing before it.";
            let way_out = "Check that it is the right file, and export it again.";
            findings.place(place, Some(&part.name), Fault::new(rule, way_out));
            return false;
        }
        let method = part.find("METHOD").map(|method| method.text.trim());
        if method.is_some_and(|method| method.eq_ignore_ascii_case("CANCEL")) {
            let rule = "This calendar takes events back (METHOD:CANCEL) and tells of none.";
            let way_out = "Export the whole calendar as it is now.";
            findings.place(place, None, Fault::new(rule, way_out));
            return false;
        }
    }
    true
}

/// Tasks and journals are no days.
fn note_other_parts(all: &[Component], findings: &mut Findings) {
    for part in all {
        if matches!(part.name.as_str(), "VTODO" | "VJOURNAL" | "VFREEBUSY") {
            let text = format!("left out: a {} is no event", part.name);
            findings.note_at(Place::line(part.line), text);
        }
    }
}

/// Of several versions of an event (one UID) the one with the highest SEQUENCE; the last of equals.
fn latest<'c>(events: Vec<&'c Component>, findings: &mut Findings) -> Vec<&'c Component> {
    let text = |event: &Component, name: &str| {
        let line = event.find(name);
        line.map(|line| line.text.trim().to_owned())
    };
    let sequence = |event: &Component| -> u64 {
        let number = text(event, "SEQUENCE");
        number.and_then(|number| number.parse().ok()).unwrap_or(0)
    };
    let mut by_uid: BTreeMap<String, usize> = BTreeMap::new();
    let mut kept: Vec<&Component> = Vec::new();
    for event in events {
        let uid = text(event, "UID").filter(|_| event.find("RECURRENCE-ID").is_none());
        let known = uid.as_ref().and_then(|uid| by_uid.get(uid).copied());
        let Some(known) = known else {
            by_uid.extend(uid.map(|uid| (uid, kept.len())));
            kept.push(event);
            continue;
        };
        let (older, newer) = if sequence(event) >= sequence(kept[known]) {
            (std::mem::replace(&mut kept[known], event), event)
        } else {
            (event, kept[known])
        };
        let text = format!(
            "left out: an older version of the event of line {}",
            newer.line
        );
        findings.note_at(Place::line(older.line), text);
    }
    kept
}
