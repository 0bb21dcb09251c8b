//! The posts of a file compared with the posts that are held.
//!
//! A post is the same post if person, role, school and covered person are; its dates may change,
//! which is how a post is ended. An empty date leaves the one that is known. Two rows of a file
//! may give the same post for two times, but not for times that overlap.

use std::collections::BTreeSet;

use super::people::{at, school_name};
use super::{PeoplePlan, PersonRecord, PostChange, PresentPeople};
use crate::core::directory::Post;
use crate::core::names::PersonId;
use crate::core::time::{Date, say_date};
use crate::import::people::PersonRow;
use crate::import::people::merge::Merged;
use crate::import::problem::{Fault, Findings};
use crate::import::report::{Action, Count, Report, What};

/// A person of the file, known or new.
pub struct Holder<'f> {
    pub person: &'f Merged<'f>,
    pub before: Option<&'f PersonRecord>,
    pub after: PersonRecord,
}

#[derive(Default)]
pub struct PostsPlan {
    pub add: Vec<Post>,
    pub redate: Vec<PostChange>,
    pub unchanged: usize,
}

pub fn plan_posts(
    holders: &[Holder<'_>],
    present: &PresentPeople,
    check_covers: bool,
    findings: &mut Findings,
) -> PostsPlan {
    let wanted = wanted_posts(holders, present, findings);
    if check_covers {
        for (row, post) in &wanted {
            check_cover(row, post, &wanted, present, findings);
        }
    }
    let mut plan = PostsPlan::default();
    let mut used: BTreeSet<&Post> = BTreeSet::new();
    for (place, (row, post)) in wanted.iter().enumerate() {
        let earlier = wanted[..place]
            .iter()
            .find(|(_, other)| same(post, other) && overlap(post, other));
        match earlier {
            Some((first, other)) if other == post => {
                let text = format!("row {} says the same", first.row);
                findings.note(Some(row.row), text);
            }
            Some((first, _)) => {
                let rule = format!(
                    "Row {} gives the same post for a time that overlaps.",
                    first.row
                );
                let way_out = "Say from when until when in both rows, or delete one.";
                findings.cell(at(row.row, "role", &row.role), Fault::new(rule, way_out));
            }
            None => match_post(row, post, present, &mut used, &mut plan, findings),
        }
    }
    plan
}

/// The posts of all rows, in the order of the rows.
fn wanted_posts<'f>(
    holders: &[Holder<'f>],
    present: &PresentPeople,
    findings: &mut Findings,
) -> Vec<(&'f PersonRow, Post)> {
    let mut wanted = Vec::new();
    for holder in holders {
        for row in &holder.person.rows {
            let covers = row
                .covers
                .as_deref()
                .map(|email| find_person(email, holders, present));
            if covers == Some(None) {
                let email = row.covers.as_deref().unwrap_or_default();
                let rule = "Nobody of this address is in the alliance or in the file.";
                let fault = Fault::new(rule, "Correct it, or add the person.");
                findings.cell(at(row.row, "covers", email), fault);
                continue;
            }
            let post = Post {
                person: holder.after.id,
                role: row.role.clone(),
                school: row.school.clone(),
                from: row.from,
                until: row.until,
                covers: covers.flatten(),
            };
            wanted.push((*row, post));
        }
    }
    wanted.sort_by_key(|(row, _)| row.row);
    wanted
}

fn find_person(email: &str, holders: &[Holder<'_>], present: &PresentPeople) -> Option<PersonId> {
    let in_file = holders.iter().find(|holder| holder.after.email == email);
    let known = || present.people.iter().find(|person| person.email == email);
    in_file
        .map(|holder| holder.after.id)
        .or_else(|| known().map(|person| person.id))
}

/// One acts only in a post that the other holds in their own right: one hop, no chains.
fn check_cover(
    row: &PersonRow,
    post: &Post,
    wanted: &[(&PersonRow, Post)],
    present: &PresentPeople,
    findings: &mut Findings,
) {
    let Some(covered) = post.covers else {
        return;
    };
    let cell = at(row.row, "covers", row.covers.as_deref().unwrap_or_default());
    if covered == post.person {
        let fault = Fault::new("Nobody covers for themselves.", "Correct one address.");
        findings.cell(cell, fault);
        return;
    }
    let own = |other: &&Post| {
        other.person == covered
            && other.covers.is_none()
            && other.role == post.role
            && other.school == post.school
            && overlap(other, post)
    };
    let posts = wanted.iter().map(|(_, post)| post).chain(&present.posts);
    if posts.into_iter().find(own).is_none() {
        let rule = format!(
            "The person covered is not {} there at that time.",
            post.role
        );
        let way_out = "Correct role, school or dates, or give that person the post first.";
        findings.cell(cell, Fault::new(rule, way_out));
    }
}

fn same(one: &Post, other: &Post) -> bool {
    (one.person, &one.role, &one.school, one.covers)
        == (other.person, &other.role, &other.school, other.covers)
}

fn overlap(one: &Post, other: &Post) -> bool {
    let before = |end: Option<Date>, start: Option<Date>| {
        end.zip(start).is_some_and(|(end, start)| end < start)
    };
    !before(one.until, other.from) && !before(other.until, one.from)
}

/// What a row means for the posts that are held.
enum Found<'p> {
    /// It is held as the row says.
    Held(&'p Post),
    /// It is held with other dates.
    Redated(&'p Post),
    New,
    /// It is held for several times, and the row does not say which it means.
    Unclear,
}

fn find_held<'p>(post: &Post, held: &[&'p Post]) -> Found<'p> {
    let agrees = |said: Option<Date>, known: Option<Date>| said.is_none() || said == known;
    let as_said = held
        .iter()
        .filter(|other| agrees(post.from, other.from) && agrees(post.until, other.until))
        .max_by_key(|other| other.until.unwrap_or(Date::MAX));
    if let Some(other) = as_said {
        return Found::Held(other);
    }
    let same_start = |other: &&&Post| post.from.is_some() && other.from == post.from;
    if let Some(other) = held.iter().find(same_start) {
        return Found::Redated(other);
    }
    let mut overlapping = held.iter().filter(|other| overlap(post, other));
    match (overlapping.next(), overlapping.next()) {
        (None, _) => Found::New,
        (Some(other), None) => Found::Redated(other),
        (Some(_), Some(_)) => Found::Unclear,
    }
}

fn match_post<'p>(
    row: &PersonRow,
    post: &Post,
    present: &'p PresentPeople,
    used: &mut BTreeSet<&'p Post>,
    plan: &mut PostsPlan,
    findings: &mut Findings,
) {
    let free = |other: &&Post| same(post, other) && !used.contains(other);
    let held: Vec<&Post> = present.posts.iter().filter(free).collect();
    match find_held(post, &held) {
        Found::New => plan.add.push(post.clone()),
        Found::Held(other) => {
            used.insert(other);
            plan.unchanged += 1;
            if let (None, Some(until)) = (post.until, other.until) {
                let text = format!("the post ends on {}, which stays so", say_date(until));
                findings.note(Some(row.row), text);
            }
        }
        Found::Redated(before) => {
            used.insert(before);
            redate(row, post, before, plan, findings);
        }
        Found::Unclear => {
            let rule = "The person holds this post for several times already.";
            let fault = Fault::new(rule, "Fill in from, so that it is clear which is meant.");
            findings.cell(at(row.row, "from", ""), fault);
        }
    }
}

fn redate(
    row: &PersonRow,
    post: &Post,
    before: &Post,
    plan: &mut PostsPlan,
    findings: &mut Findings,
) {
    let after = Post {
        from: post.from.or(before.from),
        until: post.until.or(before.until),
        ..before.clone()
    };
    if after
        .from
        .zip(after.until)
        .is_some_and(|(from, until)| until < from)
    {
        let rule = "With this date the post would end before it begins.";
        let fault = Fault::new(rule, "Fill in both from and until.");
        findings.cell(at(row.row, "until", ""), fault);
        return;
    }
    let before = before.clone();
    plan.redate.push(PostChange { before, after });
}

pub fn describe_posts(
    plan: &PeoplePlan,
    holders: &[Holder<'_>],
    present: &PresentPeople,
    report: &mut Report,
) {
    let name = |id: PersonId| {
        let in_file = holders.iter().find(|holder| holder.after.id == id);
        let known = || present.people.iter().find(|person| person.id == id);
        let record = in_file.map(|holder| &holder.after).or_else(known);
        record.map_or_else(|| id.to_string(), |person| person.name.clone())
    };
    let describe = |post: &Post| {
        let place = post.school.as_ref().map(|urn| school_name(urn, present));
        let place = place.unwrap_or_else(|| "the alliance".to_owned());
        let cover = post.covers.map(|id| format!(" in place of {}", name(id)));
        let cover = cover.unwrap_or_default();
        format!("{}: {} at {place}{cover}", name(post.person), post.role)
    };
    for post in &plan.posts_add {
        let text = format!("{}{}", describe(post), say_times(post));
        report.line(Action::Add, What::Post, post.person.to_string(), text);
    }
    for change in &plan.posts_redate {
        let (before, after) = (say_times(&change.before), say_times(&change.after));
        let before = if before.is_empty() {
            " without dates"
        } else {
            before.trim_start_matches(',')
        };
        let text = format!("{}{after} (was{before})", describe(&change.after));
        report.line(
            Action::Change,
            What::Post,
            change.after.person.to_string(),
            text,
        );
    }
    report.counts.push(Count {
        what: What::Post,
        new: plan.posts_add.len(),
        changed: plan.posts_redate.len(),
        gone: None,
        unchanged: plan.posts_unchanged,
    });
}

/// ", from Tuesday 1 September 2026 until Tuesday 31 August 2027".
fn say_times(post: &Post) -> String {
    match (post.from, post.until) {
        (None, None) => String::new(),
        (Some(from), None) => format!(", from {}", say_date(from)),
        (None, Some(until)) => format!(", until {}", say_date(until)),
        (Some(from), Some(until)) => {
            format!(", from {} until {}", say_date(from), say_date(until))
        }
    }
}
