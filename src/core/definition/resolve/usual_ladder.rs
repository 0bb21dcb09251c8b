//! The ladder of every file that says none: soon, today, late, late with a copy, then somebody rings.

use indexmap::IndexMap;

use crate::core::definition::dates::{RungMoment, Side, Span, Unit};
use crate::core::definition::workflow::{Ladder, Rung, Send, Then};

pub(super) const NAME: &str = "standard";

pub(super) fn ladder() -> Ladder {
    let mail = |at, send| Rung {
        at,
        send: Some(send),
        to: Vec::new(),
        copy: None,
        task: None,
        then: None,
        text: None,
    };
    let from_due = |days, side| {
        let unit = Unit::SchoolDays;
        let both = false;
        RungMoment::FromDue(Span { days, unit, both }, side)
    };
    let late_2 = Rung {
        copy: Some("cpd_lead".to_owned()),
        ..mail(from_due(8, Side::After), Send::Mail)
    };
    let ring = Rung {
        send: None,
        task: Some("coordinator".to_owned()),
        then: Some(Then::Stop),
        ..mail(from_due(13, Side::After), Send::Mail)
    };
    let rungs = [
        ("heads_up", mail(from_due(5, Side::Before), Send::Digest)),
        ("due", mail(RungMoment::OnTheDay, Send::Mail)),
        ("late_1", mail(from_due(3, Side::After), Send::Mail)),
        ("late_2", late_2),
        ("ring", ring),
    ];
    let named = rungs
        .into_iter()
        .map(|(name, rung)| (name.to_owned(), rung));
    named.collect::<IndexMap<_, _>>()
}
