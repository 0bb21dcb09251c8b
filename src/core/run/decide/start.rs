//! Starting a project: its school, its dates, the people who are named at the start.

use std::collections::BTreeMap;

use crate::core::definition::workflow::{Kind, Place, Scope, Several};
use crate::core::names::Urn;
use crate::core::run::address::Address;
use crate::core::run::command::People;
use crate::core::run::event::{Event, WorkflowRef};
use crate::core::run::places;
use crate::core::run::refusal::{Code, Refusal, Verdict};
use crate::core::time::Date;
use crate::core::words::is_hidden;

use super::appoint::NewAppointment;
use super::working::Working;

impl Working<'_> {
    pub fn start(
        &mut self,
        host_school: &Urn,
        title: &str,
        roles: &BTreeMap<String, People>,
        dates: &BTreeMap<String, Date>,
    ) -> Result<(), Verdict> {
        self.check_scope()?;
        if !self.facts.directory.schools.contains_key(host_school) {
            let reason = format!(
                "No school with the URN {host_school} belongs to this alliance. Import it first."
            );
            return Err(Refusal::new(Code::UnknownSchool, reason).into());
        }
        self.check_title(title)?;
        self.check_dates(dates)?;
        self.check_start_roles(roles)?;
        let mut steps = Vec::new();
        for node in self.workflow.top() {
            places::name_steps(self.workflow, &Address::nowhere(), node, &mut steps);
        }
        self.emit(Event::RunStarted {
            workflow: WorkflowRef {
                name: self.workflow.name.clone(),
                version: self.workflow.version,
                hash: self.workflow.hash.clone(),
            },
            reference: self.facts.reference.clone().unwrap_or_default(),
            title: title.trim().to_owned(),
            host_school: host_school.clone(),
            parent: None,
            steps,
            dates: dates.clone(),
        });
        for (role, people) in roles {
            self.appoint(role, &people.ids(), None);
        }
        Ok(())
    }

    /// Cycles and children come later; until then such a start is refused with a sentence.
    fn check_scope(&self) -> Result<(), Refusal> {
        let name = &self.workflow.name;
        if self.workflow.scope == Scope::Cycle {
            let reason =
                format!("`{name}` is a cycle. Cycles cannot be started yet; projects can.");
            return Err(Refusal::new(Code::NotHereYet, reason));
        }
        let blocked = self.workflow.nodes.iter().find(|node| {
            matches!(node.kind, Kind::Start { .. }) || node.several == Some(Several::EachSchool)
        });
        match blocked {
            None => Ok(()),
            Some(node) => {
                let reason = format!(
                    "The step `{}` of `{name}` starts other projects or goes through schools. \
                     Such a workflow cannot be started yet.",
                    node.path
                );
                Err(Refusal::new(Code::NotHereYet, reason))
            }
        }
    }

    fn check_title(&self, title: &str) -> Result<(), Refusal> {
        let length = title.trim().chars().count();
        let hidden = title.chars().find(|letter| is_hidden(*letter));
        let reason = match hidden {
            Some(letter) if !letter.is_control() => format!(
                "The title holds a character that does not show (U+{:04X}). Type it again by hand.",
                u32::from(letter)
            ),
            None if (1..=200).contains(&length) => return Ok(()),
            _ => "The title needs 1 to 200 characters on one line.".to_owned(),
        };
        Err(Refusal::new(Code::InvalidAnswers, reason))
    }

    fn check_dates(&self, dates: &BTreeMap<String, Date>) -> Result<(), Refusal> {
        let asked = self.workflow.dates_at_start();
        if let Some(name) = dates.keys().find(|name| !asked.contains_key(*name)) {
            let reason = format!(
                "The workflow `{}` asks for no date `{name}`.",
                self.workflow.name
            );
            return Err(Refusal::new(Code::WrongDate, reason));
        }
        let missing: Vec<String> = asked
            .iter()
            .filter(|(name, _)| !dates.contains_key(*name))
            .map(|(name, title)| format!("{title} (`{name}`)"))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let reason = format!(
            "The start needs a date for {}.",
            crate::core::words::and(&missing)
        );
        Err(Refusal::new(Code::WrongDate, reason))
    }

    fn check_start_roles(&self, roles: &BTreeMap<String, People>) -> Result<(), Refusal> {
        for (name, role) in &self.workflow.roles {
            let given = roles.get(name);
            if role.at_start && role.many.min > 0 && given.is_none() {
                let reason = format!("The start needs the people for {} (`{name}`).", role.title);
                return Err(Refusal::new(Code::WrongPeople, reason));
            }
        }
        let together: Vec<NewAppointment> = roles
            .iter()
            .map(|(role, people)| NewAppointment {
                role: role.clone(),
                people: people.ids(),
            })
            .collect();
        self.check_together(&together)?;
        for (name, people) in roles {
            match self.workflow.roles.get(name) {
                Some(role) if role.at == Place::Run => self.check_people(name, &people.ids())?,
                _ => {
                    let reason = format!("Nobody is appointed as `{name}` at the start.");
                    return Err(Refusal::new(Code::UnknownRole, reason));
                }
            }
        }
        Ok(())
    }

    pub fn set_date(&mut self, name: &str, date: Date, reason: &str) -> Result<(), Verdict> {
        if !self.run.dates.contains_key(name) && !self.workflow.dates_at_start().contains_key(name)
        {
            let reason = format!("This project has no date `{name}`.");
            return Err(Refusal::new(Code::WrongDate, reason).into());
        }
        let reason = self.reason(reason)?;
        self.emit(Event::DateSet {
            name: name.to_owned(),
            date,
            reason,
        });
        Ok(())
    }

    pub fn note(&mut self, text: &str) -> Result<(), Verdict> {
        if text.trim().is_empty() {
            let reason = "A note needs a text.";
            return Err(Refusal::new(Code::ReasonRequired, reason).into());
        }
        let text = self.seal_text(text);
        self.emit(Event::NoteAdded { text });
        Ok(())
    }
}
