//! Cover: a dated substitute in all posts that somebody holds.
//!
//! One arranges it for oneself; a coordinator may for others, with a reason. One hop only: what
//! somebody covers for a third is not passed on. Nothing is handed over: who covers is asked beside
//! whom they cover, on each day that it is needed.

use super::definition::workflow::Workflow;
use super::directory::{Directory, Post};
use super::names::PersonId;
use super::run::address::Address;
use super::run::apart;
use super::run::doers::{self, Doer};
use super::run::refusal::{Code, Refusal};
use super::run::state::Run;
use super::time::{Date, say_date};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cover {
    /// Who is away.
    pub person: PersonId,
    pub by: PersonId,
    /// Both days included.
    pub from: Date,
    pub until: Date,
}

/// The posts that make it so. `directory` holds all posts of both people, and the coordinators.
pub fn arrange(
    cover: Cover,
    directory: &Directory,
    actor: PersonId,
    reason: Option<&str>,
    today: Date,
) -> Result<Vec<Post>, Refusal> {
    may_arrange(cover.person, directory, actor, reason, today)?;
    check_people(cover, directory)?;
    check_days(cover, today)?;
    let own: Vec<&Post> = own_posts(cover.person, directory)
        .filter(|post| overlaps(post, cover))
        .collect();
    if own.is_empty() {
        let reason = format!(
            "person:{} holds no post between {} and {}, so there is nothing to cover. A step that \
             is theirs alone is passed on with `alongside step pass-on`.",
            cover.person,
            say_date(cover.from),
            say_date(cover.until)
        );
        return Err(Refusal::new(Code::WrongPeople, reason));
    }
    let posts: Vec<Post> = own
        .into_iter()
        .filter(|post| !is_asked_anyway(cover, post, directory))
        .map(|post| stand_in(cover, post))
        .collect();
    if posts.is_empty() {
        let reason = format!(
            "person:{} holds the same posts as person:{} in these days, and is asked already.",
            cover.by, cover.person
        );
        return Err(Refusal::new(Code::WrongPeople, reason));
    }
    check_free(&posts, directory)?;
    Ok(posts)
}

/// What is left of the cover somebody has by somebody: each post as it is and, unless it had not
/// begun by then, as it becomes when yesterday was its last day.
pub fn end(
    person: PersonId,
    by: PersonId,
    directory: &Directory,
    actor: PersonId,
    reason: Option<&str>,
    today: Date,
) -> Result<Vec<(Post, Option<Post>)>, Refusal> {
    may_arrange(person, directory, actor, reason, today)?;
    let covers = directory.posts.iter().filter(|post| {
        let is_over = post.until.is_some_and(|until| until < today);
        post.person == by && post.covers == Some(person) && !is_over
    });
    let ended: Vec<_> = covers
        .map(|post| {
            let until = today.pred_opt();
            let begun = post.from.is_none_or(|from| from < today);
            let cut = Post {
                until,
                ..post.clone()
            };
            (post.clone(), begun.then_some(cut))
        })
        .collect();
    if ended.is_empty() {
        let reason = format!(
            "person:{by} does not cover for person:{person} on {} or later.",
            say_date(today)
        );
        return Err(Refusal::new(Code::WrongPeople, reason));
    }
    Ok(ended)
}

/// The roles of a project as which who covers must not act for the person, each with the role that
/// forbids it, in people's words.
pub fn not_as<'w>(
    cover: Cover,
    workflow: &'w Workflow,
    run: &Run,
    directory: &Directory,
    today: Date,
) -> Vec<(&'w str, &'w str)> {
    let day = cover.from.max(today);
    let nowhere = Address::nowhere();
    let titles = workflow.roles.iter().filter_map(|(name, role)| {
        let holders = doers::holders_of(workflow, run, directory, name, &nowhere, day);
        let theirs = |doer: &Doer| doer.person == cover.person && doer.covers.is_none();
        holders.iter().find(|doer| theirs(doer))?;
        let other = apart::forbidden_by(workflow, run, directory, name, cover.by, day)?;
        Some((role.title.as_str(), workflow.role_title(other)))
    });
    titles.collect()
}

fn may_arrange(
    person: PersonId,
    directory: &Directory,
    actor: PersonId,
    reason: Option<&str>,
    today: Date,
) -> Result<(), Refusal> {
    if actor == person {
        return Ok(());
    }
    if !directory.is_coordinator(actor, today) {
        let reason = format!(
            "person:{actor} is not a coordinator, and arranges cover only for themselves. Ask \
             person:{person} or a coordinator."
        );
        return Err(Refusal::new(Code::NotAllowed, reason));
    }
    if reason.is_none_or(|reason| reason.trim().is_empty()) {
        let reason = format!(
            "This is for person:{person}, not for yourself: say why with a reason, which is kept."
        );
        return Err(Refusal::new(Code::ReasonRequired, reason));
    }
    Ok(())
}

fn check_people(cover: Cover, directory: &Directory) -> Result<(), Refusal> {
    if cover.person == cover.by {
        let reason = format!(
            "Nobody covers for themselves: name somebody else than person:{}.",
            cover.by
        );
        return Err(Refusal::new(Code::WrongPeople, reason));
    }
    for person in [cover.person, cover.by] {
        if directory
            .people
            .get(&person)
            .is_none_or(|known| known.erased)
        {
            let reason = format!("person:{person} is not in the directory any more.");
            return Err(Refusal::new(Code::UnknownPerson, reason));
        }
    }
    Ok(())
}

fn check_days(cover: Cover, today: Date) -> Result<(), Refusal> {
    let reason = if cover.until < cover.from {
        format!(
            "The last day, {}, is before the first, {}.",
            say_date(cover.until),
            say_date(cover.from)
        )
    } else if cover.until < today {
        format!(
            "The last day, {}, has passed. Cover is for days to come.",
            say_date(cover.until)
        )
    } else {
        return Ok(());
    };
    Err(Refusal::new(Code::WrongDate, reason))
}

/// Held in one's own right.
fn own_posts(person: PersonId, directory: &Directory) -> impl Iterator<Item = &Post> {
    let posts = directory.posts.iter();
    posts.filter(move |post| post.person == person && post.covers.is_none())
}

fn overlaps(post: &Post, cover: Cover) -> bool {
    post.from.is_none_or(|from| from <= cover.until)
        && post.until.is_none_or(|until| cover.from <= until)
}

fn stand_in(cover: Cover, post: &Post) -> Post {
    Post {
        person: cover.by,
        from: Some(post.from.map_or(cover.from, |from| from.max(cover.from))),
        until: Some(
            post.until
                .map_or(cover.until, |until| until.min(cover.until)),
        ),
        covers: Some(cover.person),
        ..post.clone()
    }
}

/// Who covers holds the same post themselves for all of that time.
fn is_asked_anyway(cover: Cover, post: &Post, directory: &Directory) -> bool {
    let wanted = stand_in(cover, post);
    own_posts(cover.by, directory).any(|own| {
        own.role == post.role
            && own.school == post.school
            && own.from.is_none_or(|from| Some(from) <= wanted.from)
            && own
                .until
                .is_none_or(|until| wanted.until.is_some_and(|last| last <= until))
    })
}

/// A post is one row by person, role, place and first day, so that nobody begins to cover for two
/// colleagues in one role on one day, or in a role of their own that begins then.
fn check_free(posts: &[Post], directory: &Directory) -> Result<(), Refusal> {
    for post in posts {
        let taken = directory.posts.iter().find(|other| {
            (other.person, &other.role, &other.school, other.from)
                == (post.person, &post.role, &post.school, post.from)
                && other.covers != post.covers
        });
        if let (Some(_), Some(from)) = (taken, post.from) {
            let reason = format!(
                "person:{} has another post as {} there from {}. Let the cover begin on another \
                 day, or name somebody else.",
                post.person,
                post.role,
                say_date(from)
            );
            return Err(Refusal::new(Code::WrongPeople, reason));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::core::directory::Person;
    use crate::core::names::Urn;

    const HEAD: u128 = 1;
    const DEPUTY: u128 = 2;
    const TEACHER: u128 = 3;
    const JUDITH: u128 = 4;

    fn who(number: u128) -> PersonId {
        PersonId(Uuid::from_u128(number))
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn post(number: u128, role: &str, from: Option<&str>, until: Option<&str>) -> Post {
        Post {
            person: who(number),
            role: role.to_owned(),
            school: (role != "coordinator").then(|| Urn("100001".to_owned())),
            from: from.map(day),
            until: until.map(day),
            covers: None,
        }
    }

    /// A head who is CPD lead until Easter, a deputy, a teacher, a coordinator.
    fn directory() -> Directory {
        let people = (1..=4).map(|number| Person {
            id: who(number),
            main_school: None,
            erased: false,
        });
        let posts = vec![
            post(HEAD, "headteacher", None, None),
            post(HEAD, "cpd_lead", Some("2026-09-01"), Some("2027-03-25")),
            post(DEPUTY, "deputy", None, None),
            post(JUDITH, "coordinator", None, None),
        ];
        Directory {
            people: people.map(|person| (person.id, person)).collect(),
            posts,
            ..Directory::default()
        }
    }

    fn cover(person: u128, by: u128, from: &str, until: &str) -> Cover {
        Cover {
            person: who(person),
            by: who(by),
            from: day(from),
            until: day(until),
        }
    }

    fn of_head() -> Cover {
        cover(HEAD, DEPUTY, "2027-01-11", "2027-04-30")
    }

    fn ask(cover: Cover, directory: &Directory) -> Result<Vec<Post>, Refusal> {
        arrange(cover, directory, cover.person, None, day("2027-01-05"))
    }

    fn code(result: Result<Vec<Post>, Refusal>) -> Code {
        result.unwrap_err().code
    }

    #[test]
    fn every_post_is_covered_as_long_as_it_is_held() {
        let posts = ask(of_head(), &directory()).unwrap();
        let said: Vec<_> = posts
            .iter()
            .map(|post| (post.role.as_str(), post.from, post.until))
            .collect();
        let dates = |from, until| (Some(day(from)), Some(day(until)));
        let (always, easter) = (
            dates("2027-01-11", "2027-04-30"),
            dates("2027-01-11", "2027-03-25"),
        );
        assert_eq!(
            said,
            [
                ("headteacher", always.0, always.1),
                ("cpd_lead", easter.0, easter.1)
            ]
        );
        assert!(posts.iter().all(|post| post.person == who(DEPUTY)));
        assert!(posts.iter().all(|post| post.covers == Some(who(HEAD))));
    }

    #[test]
    fn one_arranges_it_for_oneself_and_a_coordinator_for_others_with_a_reason() {
        let directory = directory();
        let ask =
            |actor, reason| arrange(of_head(), &directory, who(actor), reason, day("2027-01-05"));
        assert!(ask(HEAD, None).is_ok());
        assert!(ask(JUDITH, Some("Helen is on leave")).is_ok());
        assert_eq!(code(ask(JUDITH, None)), Code::ReasonRequired);
        assert_eq!(code(ask(JUDITH, Some("  "))), Code::ReasonRequired);
        for other in [DEPUTY, TEACHER] {
            assert_eq!(code(ask(other, Some("She asked me"))), Code::NotAllowed);
        }
    }

    #[test]
    fn what_somebody_covers_is_not_passed_on() {
        let mut directory = directory();
        let posts = ask(of_head(), &directory).unwrap();
        directory.posts.extend(posts);
        let onward = ask(
            cover(DEPUTY, TEACHER, "2027-01-11", "2027-04-30"),
            &directory,
        )
        .unwrap();
        let roles: Vec<_> = onward.iter().map(|post| post.role.as_str()).collect();
        assert_eq!(roles, ["deputy"], "and not what they have from the head");
        assert_eq!(
            code(ask(
                cover(TEACHER, DEPUTY, "2027-01-11", "2027-04-30"),
                &directory
            )),
            Code::WrongPeople,
            "who holds nothing has nothing to cover"
        );
    }

    #[test]
    fn nothing_is_arranged_that_makes_no_sense() {
        let mut directory = directory();
        let same = cover(HEAD, HEAD, "2027-01-11", "2027-01-15");
        assert_eq!(code(ask(same, &directory)), Code::WrongPeople);
        let backwards = cover(HEAD, DEPUTY, "2027-01-15", "2027-01-11");
        assert_eq!(code(ask(backwards, &directory)), Code::WrongDate);
        let past = cover(HEAD, DEPUTY, "2026-12-01", "2027-01-04");
        assert_eq!(code(ask(past, &directory)), Code::WrongDate);
        let stranger = cover(HEAD, 99, "2027-01-11", "2027-01-15");
        assert_eq!(code(ask(stranger, &directory)), Code::UnknownPerson);

        directory
            .posts
            .push(post(TEACHER, "headteacher", None, None));
        let shared = cover(TEACHER, HEAD, "2027-01-11", "2027-01-15");
        let said = ask(shared, &directory).unwrap_err();
        assert!(said.reason.contains("is asked already"), "{}", said.reason);
        let of_two = ask(of_head(), &directory).unwrap();
        directory.posts.extend(of_two);
        let second = cover(TEACHER, DEPUTY, "2027-01-11", "2027-02-12");
        let said = ask(second, &directory).unwrap_err();
        assert!(
            said.reason.contains("begin on another day"),
            "{}",
            said.reason
        );
    }

    #[test]
    fn it_gets_another_last_day_and_ends_sooner() {
        let mut directory = directory();
        directory.posts.extend(ask(of_head(), &directory).unwrap());
        let longer = cover(HEAD, DEPUTY, "2027-01-11", "2027-05-28");
        assert!(ask(longer, &directory).is_ok(), "the same row again");

        let end = |directory: &Directory, today| {
            end(
                who(HEAD),
                who(DEPUTY),
                directory,
                who(HEAD),
                None,
                day(today),
            )
        };
        let before_it_begins = end(&directory, "2027-01-08").unwrap();
        assert!(before_it_begins.iter().all(|(_, left)| left.is_none()));
        let midway = end(&directory, "2027-02-01").unwrap();
        assert_eq!(midway.len(), 2);
        for (_, left) in midway {
            assert_eq!(left.unwrap().until, Some(day("2027-01-31")));
        }
        let late = end(&directory, "2027-04-01").unwrap();
        assert_eq!(
            late.len(),
            1,
            "the post that ended at Easter stays as it was"
        );
        let over = end(&directory, "2027-05-01").unwrap_err();
        assert_eq!(over.code, Code::WrongPeople);
    }
}
