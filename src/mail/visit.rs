//! A visit in the words of iCalendar, which other people's calendars take in, move and take out.
//!
//! The only file that names `icalendar`. Times go out in UTC, since many calendars misread a zone
//! that they do not know; the mail says in words that it is UK time.

use chrono::{Days, NaiveTime};
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};
use lettre::message::Mailbox;
use uuid::Uuid;

use crate::core::time::{Date, Instant, say_date, say_time};

/// One visit, presentation or other date, as somebody is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The same for life.
    pub id: Uuid,
    pub sequence: u32,
    pub cancelled: bool,
    pub summary: String,
    pub description: String,
    pub place: String,
    pub date: Date,
    /// From and to; without them it is on that day.
    pub times: Option<(NaiveTime, NaiveTime)>,
}

/// What a calendar is to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Take it in, or put it where it is now.
    Request,
    Cancel,
    /// Show it: a feed.
    Publish,
}

impl Visit {
    pub fn method(&self) -> Method {
        if self.cancelled {
            Method::Cancel
        } else {
            Method::Request
        }
    }

    /// For the calendar of one person.
    pub fn to_somebody(&self, from: &Mailbox, to: &Mailbox, at: Instant) -> String {
        let mut event = self.event(from.email.domain(), at);
        event.append_property(person("ORGANIZER", from));
        let mut attendee = person("ATTENDEE", to);
        attendee.add_parameter("ROLE", "REQ-PARTICIPANT");
        attendee.add_parameter("PARTSTAT", "NEEDS-ACTION");
        // Nobody reads answers of calendars: the mail says whom to tell.
        attendee.add_parameter("RSVP", "FALSE");
        event.append_multi_property(attendee);
        whole(self.method(), &[event]).to_string()
    }

    fn event(&self, domain: &str, at: Instant) -> Event {
        let mut event = Event::with_uid(&format!("{}@{domain}", self.id));
        event
            .timestamp(at.utc())
            .sequence(self.sequence)
            .summary(&plain(&self.summary))
            .status(if self.cancelled {
                EventStatus::Cancelled
            } else {
                EventStatus::Confirmed
            })
            .description(plain(&format!("{}\n\n{}", self.description, self.when())).trim());
        if !self.place.is_empty() {
            event.location(&plain(&self.place));
        }
        if let Some((from, to)) = self.times {
            event.starts(Instant::at_london(self.date, from).utc());
            event.ends(Instant::at_london(self.date, to).utc());
        } else {
            // The end of a whole day is the day after it.
            let next = self.date.checked_add_days(Days::new(1));
            event.starts(self.date).ends(next.unwrap_or(self.date));
        }
        event
    }

    /// "Tuesday 3 November 2026, 8:30am to 3:30pm, UK time".
    pub fn when(&self) -> String {
        let date = say_date(self.date);
        match self.times {
            Some((from, to)) => {
                format!("{date}, {} to {}, UK time", say_time(from), say_time(to))
            }
            None => date,
        }
    }
}

/// A feed: what a calendar program shows beside its own.
pub fn feed(visits: &[Visit], domain: &str, name: &str, at: Instant) -> String {
    let events: Vec<Event> = visits.iter().map(|it| it.event(domain, at)).collect();
    let mut calendar = whole(Method::Publish, &events);
    calendar.name(name);
    calendar.to_string()
}

fn whole(method: Method, events: &[Event]) -> Calendar {
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//Alongside//Alongside//EN"));
    calendar.append_property(Property::new("METHOD", method.word()));
    for event in events {
        calendar.push(event.clone());
    }
    calendar
}

impl Method {
    pub fn word(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
            Self::Publish => "PUBLISH",
        }
    }
}

/// A text as it can be escaped: with the line ends of iCalendar's texts, and no other control character.
fn plain(text: &str) -> String {
    let lines = text.replace("\r\n", "\n");
    let keep = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    lines.chars().filter(keep).collect()
}

fn person(key: &str, who: &Mailbox) -> Property {
    let mut property = Property::new(key, format!("mailto:{}", who.email));
    if let Some(name) = &who.name {
        // A quote or a control character has no place in a parameter, and no way to be escaped.
        let plain = |c: &char| !c.is_control() && *c != '"';
        let name: String = name.chars().filter(plain).collect();
        property.add_parameter("CN", &format!("\"{name}\""));
    }
    property
}
