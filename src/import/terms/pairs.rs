//! "Autumn term starts" and "Autumn term ends" put together to one period.
//!
//! Firsts and lasts must take turns. One without its counterpart is a problem and no guess: half of
//! a term dropped would be counted as holidays.

use super::Told;
use super::words::Edge;
use crate::core::calendar::day::{Period, PeriodKind};
use crate::core::time::{Date, say_date};
use crate::import::problem::{Fault, Findings, Place, printable};

/// A first or last day as an event tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeEvent {
    pub place: Place,
    pub edge: Edge,
    pub on: Date,
    pub title: String,
}

/// Adds the periods between the edges to those that are told whole.
pub fn put_together(
    mut edges: Vec<EdgeEvent>,
    source: &str,
    told: &mut Vec<Told>,
    findings: &mut Findings,
) {
    edges.sort_by_key(|event| (event.edge.of, event.on, event.edge.end));
    edges.retain(|event| {
        let whole = told
            .iter()
            .find(|told| told.period.kind == event.edge.of && told.period.has(event.on));
        if let Some(whole) = whole {
            let (title, place) = (printable(&event.title), whole.place);
            let text = format!("left out: \"{title}\": {place} tells these days already");
            findings.note_at(event.place, text);
        }
        whole.is_none()
    });
    let mut open: Option<EdgeEvent> = None;
    for event in edges {
        let other_kind = |first: &EdgeEvent| first.edge.of != event.edge.of;
        if let Some(first) = open.take_if(|first| other_kind(first)) {
            lonely(&first, findings);
        }
        match (open.take(), event.edge.end) {
            (None, false) => open = Some(event),
            (Some(first), true) => told.push(between(&first, &event, source)),
            (None, true) => lonely(&event, findings),
            (Some(first), false) if (first.on, &first.title) == (event.on, &event.title) => {
                open = Some(first);
            }
            (Some(first), false) => {
                lonely(&first, findings);
                open = Some(event);
            }
        }
    }
    if let Some(first) = open {
        lonely(&first, findings);
    }
}

fn lonely(event: &EdgeEvent, findings: &mut Findings) {
    let what = match event.edge.of {
        PeriodKind::Term => "a term",
        _ => "a holiday",
    };
    let (this, other) = if event.edge.end {
        ("ends", "its first day")
    } else {
        ("begins", "its last day")
    };
    let rule = format!(
        "With this {what} {this} on {}, and no event tells {other}.",
        say_date(event.on)
    );
    let way_out = "Add that event, or enter the whole as one event over all its days.";
    findings.place(event.place, Some(&event.title), Fault::new(rule, way_out));
}

fn between(first: &EdgeEvent, last: &EdgeEvent, source: &str) -> Told {
    Told {
        place: first.place,
        school: None,
        period: Period {
            from: first.on,
            to: last.on,
            kind: first.edge.of,
            label: label(first, last),
            source: source.to_owned(),
        },
    }
}

/// "Autumn term", if one of both titles says so.
fn label(first: &EdgeEvent, last: &EdgeEvent) -> String {
    let titles = format!("{} {}", first.title, last.title).to_lowercase();
    let term = first.edge.of == PeriodKind::Term;
    let seasons: &[&str] = if term {
        &["Autumn", "Spring", "Summer"]
    } else {
        &["Christmas", "Easter", "Summer"]
    };
    let season = seasons
        .iter()
        .find(|season| first.title.to_lowercase().contains(&season.to_lowercase()));
    match (term, season) {
        (true, Some(season)) => format!("{season} term"),
        (true, None) => "Term".to_owned(),
        (false, _) if titles.contains("half") => "Half-term".to_owned(),
        (false, Some(season)) => format!("{season} holiday"),
        (false, None) => "Holiday".to_owned(),
    }
}
