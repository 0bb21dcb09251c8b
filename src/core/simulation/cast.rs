//! The people of a simulation: made up, one for every post that a workflow asks for.
//!
//! Three schools: the host, and two from which visitors come. A role of the run has several people
//! to choose from, so that somebody else can be offered after the first. All names are invented.

use std::collections::BTreeMap;

use super::Setting;
use super::manner::Manner;
use crate::core::definition::workflow::{Ladder, Place, Then, Workflow};
use crate::core::dice::Dice;
use crate::core::directory::{Directory, Person, Post, School};
use crate::core::names::{PersonId, Urn};
use crate::core::run::command::People;
use crate::core::run::seed::{Seed, uuid_from};

/// The first is the host; the others are those of visitors.
const SCHOOLS: [(&str, &str); 3] = [
    ("900101", "Ashdown School"),
    ("900102", "Birchwood School"),
    ("900103", "Cedar Lane School"),
];
const NAMES: [&str; 24] = [
    "Judith Marlow",
    "Ben Adeyemi",
    "Priya Nair",
    "Tom Whitaker",
    "Grace Bennett",
    "Omar Siddiqui",
    "Helen Foster",
    "Daniel Obi",
    "Ruth Kaplan",
    "Sam Hughes",
    "Mei Chen",
    "Alice Turner",
    "Kofi Mensah",
    "Laura Price",
    "Nikhil Rao",
    "Emma Doyle",
    "Peter Novak",
    "Zara Khan",
    "Owen Griffiths",
    "Fiona Clark",
    "Luis Romero",
    "Hannah Stone",
    "Yusuf Demir",
    "Carol Evans",
];
/// So many more than are needed can be chosen for a role of the run.
const SPARE: u32 = 2;
/// Nobody appoints more to one role.
const MOST_IN_A_ROLE: u32 = 12;

/// How the people of a simulation behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manners {
    /// By turns on time and late, so that a run goes on: silent only where the ladder lets everything
    /// of theirs lapse, and on time where it would decide in their place.
    Mixed,
    /// All at the schools. Who works for the alliance is always on time.
    All(Manner),
}

/// Somebody who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Player {
    pub id: PersonId,
    pub name: String,
    /// The name of their role in the workflow, or of their post.
    pub role: String,
    /// "CPD lead".
    pub title: String,
    pub school: Option<Urn>,
    pub manner: Manner,
}

#[derive(Debug, Clone, Default)]
pub struct Cast {
    pub directory: Directory,
    /// In the order in which the workflow names them.
    pub players: Vec<Player>,
    /// Of each role of the run those who can be appointed.
    pools: BTreeMap<String, Vec<PersonId>>,
}

pub fn host() -> Urn {
    Urn(SCHOOLS[0].0.to_owned())
}

impl Cast {
    pub fn of(workflow: &Workflow, setting: &Setting) -> Self {
        let mut cast = Self::default();
        for (urn, name) in SCHOOLS {
            let school = School {
                urn: Urn(urn.to_owned()),
                name: name.to_owned(),
                phase: None,
                trust: None,
                local_authority: None,
            };
            cast.directory.schools.insert(school.urn.clone(), school);
        }
        cast.hold("coordinator", "coordinator", "Coordinator", None);
        for (name, role) in &workflow.roles {
            let visiting = matches!(role.at, Place::SchoolOf(_));
            match role.at {
                Place::Alliance => cast.hold(name, &role.post, &role.title, None),
                Place::HostSchool => cast.hold(name, &role.post, &role.title, Some(0)),
                Place::SchoolOf(_) | Place::School => {
                    for at in usize::from(visiting)..SCHOOLS.len() {
                        cast.hold(name, &role.post, &role.title, Some(at));
                    }
                }
                Place::Run => cast.fill_pool(name, &role.title, role.many.min),
            }
        }
        cast.hold_copied(workflow);
        cast.directory.posts.sort();
        cast.behave(workflow, setting);
        cast
    }

    /// As many people as a role of the run needs; others with every attempt.
    pub fn appointed(&self, workflow: &Workflow, role: &str, attempt: u32) -> People {
        let many = workflow.roles.get(role).map(|role| role.many);
        let wanted = many.map_or(1, |many| many.min.clamp(1, MOST_IN_A_ROLE));
        let pool = self.pools.get(role).map_or(&[][..], Vec::as_slice);
        let skipped = usize::try_from(attempt.saturating_sub(1)).unwrap_or(0);
        let chosen = pool.iter().cycle().skip(skipped % pool.len().max(1));
        let wanted = usize::try_from(wanted).unwrap_or(1).min(pool.len());
        let chosen: Vec<PersonId> = chosen.take(wanted).copied().collect();
        match chosen.as_slice() {
            [one] if many.is_none_or(|many| many.max == 1) => People::One(*one),
            _ => People::Several(chosen),
        }
    }

    pub fn player(&self, person: PersonId) -> Option<&Player> {
        self.players.iter().find(|player| player.id == person)
    }

    pub fn name(&self, person: PersonId) -> String {
        let known = self.player(person);
        known.map_or_else(|| "somebody".to_owned(), |player| player.name.clone())
    }

    /// Whoever may be named in an answer: colleagues from the schools of visitors, else anybody.
    pub fn colleagues(&self) -> Vec<PersonId> {
        let visiting = |it: &&Player| it.school.as_ref().is_some_and(|urn| *urn != host());
        let all = self.players.iter().filter(visiting).map(|it| it.id);
        let mut found: Vec<PersonId> = all.collect();
        if found.is_empty() {
            found.extend(self.players.iter().map(|it| it.id));
        }
        found
    }

    /// Posts that a ladder copies in, at every school.
    fn hold_copied(&mut self, workflow: &Workflow) {
        let rungs = workflow.ladders.values().flat_map(|ladder| ladder.values());
        for post in rungs.filter_map(|rung| rung.copy.as_ref()) {
            let title = post.replace('_', " ");
            for at in 0..SCHOOLS.len() {
                self.hold(post, post, &title, Some(at));
            }
        }
    }

    fn fill_pool(&mut self, role: &str, title: &str, least: u32) {
        let wanted = least.clamp(1, MOST_IN_A_ROLE) + SPARE;
        let pool = (0..wanted).map(|number| {
            let at = 1 + usize::try_from(number).unwrap_or(0) % (SCHOOLS.len() - 1);
            let post = format!("{role} {number}");
            self.add(&format!("{role}/{number}"), (role, title), &post, Some(at))
        });
        let pool = pool.collect();
        self.pools.insert(role.to_owned(), pool);
    }

    /// One person for a post at a place; the first role that asks for them is theirs.
    fn hold(&mut self, role: &str, post: &str, title: &str, at: Option<usize>) {
        let school = at.map(|at| Urn(SCHOOLS[at].0.to_owned()));
        let posts = &self.directory.posts;
        let held = |it: &Post| it.role == post && it.school == school;
        if !posts.iter().any(held) {
            let key = at.map_or("alliance", |at| SCHOOLS[at].0);
            self.add(&format!("{post}@{key}"), (role, title), post, at);
        }
    }

    fn add(
        &mut self,
        key: &str,
        (role, title): (&str, &str),
        post: &str,
        at: Option<usize>,
    ) -> PersonId {
        let id = PersonId(uuid_from(&Seed::known(&["simulation", "person", key])));
        let number = self.players.len();
        let school = at.map(|at| Urn(SCHOOLS[at].0.to_owned()));
        let person = Person {
            id,
            main_school: school.clone(),
            erased: false,
        };
        self.directory.people.insert(id, person);
        self.directory.posts.push(Post {
            person: id,
            role: post.to_owned(),
            school: school.clone(),
            from: None,
            until: None,
            covers: None,
        });
        let name = NAMES.get(number).map(|name| (*name).to_owned());
        self.players.push(Player {
            id,
            name: name.unwrap_or_else(|| format!("Colleague {}", number + 1)),
            role: role.to_owned(),
            title: title.to_owned(),
            school,
            manner: Manner::OnTime,
        });
        id
    }

    fn behave(&mut self, workflow: &Workflow, setting: &Setting) {
        let mut dice = Dice::new(setting.seed);
        let mut late = dice.chance(50);
        for player in self.players.iter_mut().filter(|it| it.school.is_some()) {
            player.manner = match setting.people {
                Manners::All(manner) => manner,
                Manners::Mixed if ladder_decides(workflow, &player.role) => Manner::OnTime,
                Manners::Mixed if everything_lapses(workflow, &player.role) && dice.chance(50) => {
                    Manner::Silent
                }
                Manners::Mixed => {
                    late = !late;
                    if late { Manner::Late } else { Manner::OnTime }
                }
            };
        }
        for player in &mut self.players {
            if let Some(manner) = setting.roles.get(&player.role) {
                player.manner = *manner;
            }
        }
    }
}

/// The ladders of what a role is asked to do, with whether each step is optional.
fn asked<'w>(
    workflow: &'w Workflow,
    role: &'w str,
) -> impl Iterator<Item = (bool, Option<&'w Ladder>)> {
    let theirs = workflow.nodes.iter();
    let theirs = theirs.filter(move |node| node.role() == Some(role));
    theirs.map(|node| (node.optional, workflow.ladder_of(node)))
}

/// Whether nothing waits for ever if a role never answers.
fn everything_lapses(workflow: &Workflow, role: &str) -> bool {
    let skips = |ladder: &Ladder| ladder.values().any(|rung| rung.then == Some(Then::Skip));
    let mut theirs = asked(workflow, role).peekable();
    theirs.peek().is_some()
        && theirs.all(|(optional, ladder)| optional && ladder.is_some_and(skips))
}

/// Whether a ladder chooses an outcome for whoever is late.
fn ladder_decides(workflow: &Workflow, role: &str) -> bool {
    let decides = |ladder: &Ladder| {
        let mut rungs = ladder.values();
        rungs.any(|rung| matches!(rung.then, Some(Then::Outcome(_))))
    };
    asked(workflow, role).any(|(_, ladder)| ladder.is_some_and(decides))
}
