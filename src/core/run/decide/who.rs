//! Who acts, and whether they may.
//!
//! The table (`permissions.txt`) says which kind of person may send a command; here it is found
//! out which kind somebody is, for this step, at this school, on this day. `not` is checked
//! against everyone who holds, or has done a step as, the other role in this run.

use crate::core::definition::workflow::{NodeId, Several};
use crate::core::names::PersonId;
use crate::core::run::address::Address;
use crate::core::run::apart;
use crate::core::run::command::{Command, Envelope};
use crate::core::run::doers::{self, Doer};
use crate::core::run::event::Appointment;
use crate::core::run::facts::Rights;
use crate::core::run::permissions::{Allowed, allowed};
use crate::core::run::refusal::{Code, Refusal};

use super::working::{Acting, Working};

/// Sources of our own making; a portal can never speak as one of them.
pub const ENGINE: &str = "alongside:engine";

impl Working<'_> {
    /// Who acts here, or why they may not.
    pub fn authorise(
        &self,
        envelope: &Envelope,
        address: Option<&Address>,
    ) -> Result<Acting, Refusal> {
        let name = envelope.command.name();
        let may = allowed(&name);
        self.check_source(envelope, &name)?;
        let Some(actor) = envelope.actor else {
            return self.without_actor(envelope, may);
        };
        let coordinator = self.facts.directory.is_coordinator(actor, self.today());
        if coordinator && may.coordinator {
            if let Some(other) = envelope.on_behalf_of {
                self.known_person(other)?;
            }
            return Ok(Acting {
                actor: Some(actor),
                on_behalf_of: envelope.on_behalf_of,
                coordinator,
            });
        }
        let doer = self.as_doer(actor, address, may, &envelope.command)?;
        if envelope
            .on_behalf_of
            .is_some_and(|other| doer.covers != Some(other))
        {
            return Err(Refusal::new(
                Code::NotAllowed,
                "Only a coordinator can act on behalf of somebody else.",
            ));
        }
        Ok(Acting {
            actor: Some(actor),
            on_behalf_of: doer.covers,
            coordinator: false,
        })
    }

    fn without_actor(&self, envelope: &Envelope, may: Allowed) -> Result<Acting, Refusal> {
        let granted = match self.facts.rights {
            Rights::Inside => may.engine && envelope.source == ENGINE,
            Rights::Source { .. } => may.source,
        };
        if granted {
            return Ok(Acting::default());
        }
        Err(Refusal::new(
            Code::NotAllowed,
            "This needs a person who does it: say who acts (`actor`, or `--as`).",
        ))
    }

    fn check_source(&self, envelope: &Envelope, name: &str) -> Result<(), Refusal> {
        let Rights::Source { commands, roles } = &self.facts.rights else {
            return Ok(());
        };
        let short = name.trim_start_matches("alongside.");
        let granted = |pattern: &String| {
            pattern == "*"
                || pattern == short
                || pattern
                    .strip_suffix('*')
                    .is_some_and(|start| short.starts_with(start))
        };
        if !commands.iter().any(granted) {
            let reason = format!(
                "The source {} may not send {short}. The configuration of the alliance grants it.",
                envelope.source
            );
            return Err(Refusal::new(Code::NotAllowed, reason));
        }
        let speaks_for = |person: &PersonId| {
            roles.iter().any(|role| role == "*")
                || self.posts_of(*person).any(|r| roles.contains(r))
        };
        match envelope.actor {
            Some(actor) if !speaks_for(&actor) => {
                let reason = format!(
                    "The source {} may not speak for person:{actor}.",
                    envelope.source
                );
                Err(Refusal::new(Code::NotAllowed, reason))
            }
            _ => Ok(()),
        }
    }

    /// Posts in the directory and roles in this run.
    fn posts_of(&self, person: PersonId) -> impl Iterator<Item = &String> {
        let today = self.today();
        let posts = &self.facts.directory.posts;
        let held = posts
            .iter()
            .filter(move |post| post.person == person && post.holds_on(today))
            .map(|post| &post.role);
        let run = self.run.people.iter().filter(move |(_, people)| {
            people
                .iter()
                .any(|appointment| appointment.person == person)
        });
        held.chain(run.map(|(role, _)| role))
    }

    fn as_doer(
        &self,
        actor: PersonId,
        address: Option<&Address>,
        may: Allowed,
        command: &Command,
    ) -> Result<Doer, Refusal> {
        if may.doer
            && let Some(address) = address
        {
            let mut may_act = self.who_may(command, address).into_iter();
            return may_act
                .find(|doer| doer.person == actor)
                .ok_or_else(|| self.not_theirs(address));
        }
        if may.anyone && self.has_part(actor) {
            return Ok(Doer {
                person: actor,
                covers: None,
            });
        }
        Err(Refusal::new(
            Code::NotAllowed,
            "Only a coordinator of the alliance can do this.",
        ))
    }

    /// The doers of a step; of one that somebody has, for `take`, all in its role; for a group,
    /// whoever does a step in it.
    fn who_may(&self, command: &Command, address: &Address) -> Vec<Doer> {
        let directory = &self.facts.directory;
        let Some(node) = self.node_at(address) else {
            return Vec::new();
        };
        match command {
            Command::StepTake { .. } => doers::in_role(
                self.workflow,
                &self.run,
                directory,
                node,
                address,
                self.today(),
            ),
            _ if self.node(node).is_group() => {
                let inside = self.run.steps.keys().filter(|at| at.is_within(address));
                inside.flat_map(|at| self.doers(at)).collect()
            }
            _ => self.doers(address),
        }
    }

    fn not_theirs(&self, address: &Address) -> Refusal {
        let title = self.title(address);
        let reason = match self.step(address).and_then(|step| step.assigned) {
            Some(other) => format!("{title} is with person:{other}."),
            None => match self
                .node_at(address)
                .and_then(|node| self.node(node).role())
            {
                Some(role) => {
                    let role = self
                        .workflow
                        .roles
                        .get(role)
                        .map_or(role, |r| r.title.as_str());
                    format!("{title} is for the {role} of the school concerned.")
                }
                None => format!("{title} is not yours to do."),
            },
        };
        Refusal::new(Code::NotTheirStep, reason)
    }

    /// Whether somebody holds any role that this workflow names, in this run.
    fn has_part(&self, person: PersonId) -> bool {
        let host = self.run.host_school.as_ref();
        let today = self.today();
        let posts = self.facts.directory.posts.iter();
        let covered = posts.filter(|post| post.person == person && post.holds_on(today));
        let both: Vec<PersonId> = covered
            .filter_map(|post| post.covers)
            .chain([person])
            .collect();
        let in_run = self
            .run
            .people
            .values()
            .flatten()
            .any(|held| both.contains(&held.person));
        let schools = self
            .run
            .people
            .values()
            .flatten()
            .filter_map(|held| held.school.as_ref());
        let schools: Vec<_> = schools.chain(host).collect();
        let post = self.workflow.roles.values().any(|role| {
            let at_alliance = self.facts.directory.holders(&role.post, None, self.today());
            let at_schools = schools.iter().flat_map(|school| {
                self.facts
                    .directory
                    .holders(&role.post, Some(school), self.today())
            });
            at_alliance
                .chain(at_schools)
                .any(|held| held.person == person)
        });
        in_run || post
    }

    pub fn doers(&self, address: &Address) -> Vec<Doer> {
        doers::doers(
            self.workflow,
            &self.run,
            &self.facts.directory,
            address,
            self.today(),
        )
    }

    /// The role as which a step is done: its own, else that of the people it is asked of.
    pub fn role_of(&self, node: NodeId, address: &Address) -> Option<String> {
        if let Some(role) = self.node(node).role() {
            return Some(role.to_owned());
        }
        self.node(node).task()?;
        doers::person_around(self.workflow, address)?;
        let mut around = std::iter::once(node).chain(self.workflow.ancestors(node));
        around.find_map(|at| match &self.node(at).several {
            Some(Several::EachPerson(role)) => Some(role.clone()),
            _ => None,
        })
    }

    /// Refuses who may not be in a role because of `not`, in either direction: against everyone
    /// who holds, or has done a step as, the other role in this run.
    pub fn check_not(&self, role: &str, person: PersonId) -> Result<(), Refusal> {
        let other = apart::forbidden_by(
            self.workflow,
            &self.run,
            &self.facts.directory,
            role,
            person,
            self.today(),
        );
        let Some(other) = other else {
            return Ok(());
        };
        let reason = format!(
            "person:{person} cannot be {} here: they are or have been {} in this project.",
            self.workflow.role_title(role),
            self.workflow.role_title(other)
        );
        Err(Refusal::new(Code::ForbiddenByNot, reason))
    }

    pub fn appointed_for(&self, role: Option<&str>, address: &Address) -> Option<Appointment> {
        use crate::core::definition::workflow::Place;
        let Some(name) = role else {
            let person = doers::person_around(self.workflow, address)?;
            return self
                .run
                .people
                .values()
                .flatten()
                .find(|held| held.person == person)
                .cloned();
        };
        let of = match &self.workflow.roles.get(name)?.at {
            Place::SchoolOf(of) => of.as_str(),
            _ => name,
        };
        doers::appointment(self.workflow, &self.run, of, address).cloned()
    }
}
