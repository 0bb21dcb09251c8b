//! Which place of the run an address means, whether somebody can act on it now, and if not, what
//! it waits for, in a sentence.

use crate::core::definition::dates::{Anchor, DateRule};
use crate::core::definition::workflow::{Kind, NodeId};
use crate::core::names::PersonId;
use crate::core::run::address::{Address, Key};
use crate::core::run::event::StepKind;
use crate::core::run::places;
use crate::core::run::refusal::{Code, NotYet, Refusal, Verdict};
use crate::core::run::state::{Status, Step};
use crate::core::time::{say_date, say_moment};

use super::working::Working;

impl Working<'_> {
    /// The place that an address means: without a pass, the open one; without a person, the
    /// sender's own.
    pub fn locate(&self, address: &Address, actor: Option<PersonId>) -> Result<Address, Verdict> {
        let Some(node) = self.node_at(address) else {
            return Err(self.unknown_step(address).into());
        };
        let container = self.node(node).several.is_some() && !self.node(node).is_group();
        let exact = self.run.steps.contains_key(address);
        if exact && (!container || address.key().is_some()) {
            return Ok(address.clone());
        }
        let own = actor.map(|person| Key::Of(person.to_string()));
        let found = self
            .run
            .steps
            .iter()
            .filter(|(at, _)| fits(at, address) && at.has_path_of(address) && *at != address)
            .min_by_key(|(at, step)| nearness(at, step, own.as_ref()));
        if let Some((found, _)) = found {
            return Ok(found.clone());
        }
        if exact {
            return Ok(address.clone());
        }
        let group = self.workflow.several_around(node).unwrap_or(node);
        let reason = format!(
            "{} has not begun, so there is no {address} yet.",
            capital(&places::word(self.node(group)))
        );
        Err(not_yet(address, Code::NotHereYet, reason))
    }

    pub fn unknown_step(&self, address: &Address) -> Refusal {
        let path = address.path();
        let paths = self.workflow.nodes.iter().map(|node| node.path.as_str());
        let near = paths
            .map(|known| (strsim::damerau_levenshtein(known, &path), known))
            .min()
            .filter(|(distance, _)| *distance <= 3);
        let hint = near.map_or_else(String::new, |(_, known)| {
            format!(" Did you mean `{known}`?")
        });
        Refusal::new(
            Code::UnknownStep,
            format!("This project has no step `{address}`.{hint}"),
        )
    }

    /// A step of people, as against a group, an engine step or a start.
    pub fn step_of_people(&self, address: &Address) -> Result<NodeId, Verdict> {
        let (Some(node), Some(step)) = (self.node_at(address), self.step(address)) else {
            return Err(self.unknown_step(address).into());
        };
        if matches!(step.kind, StepKind::Task | StepKind::Wait) {
            return Ok(node);
        }
        let title = self.title(address);
        let reason = match step.kind {
            StepKind::Engine => format!("{title} is done by itself, not by a person."),
            StepKind::Start => format!("{title} is another project, not a task."),
            _ => format!("{title} is a group of steps. Name one step of it."),
        };
        Err(Refusal::new(Code::WrongKind, reason).into())
    }

    /// A step of people that is not settled, or what became of it.
    pub fn unsettled(&self, address: &Address) -> Result<NodeId, Verdict> {
        let node = self.step_of_people(address)?;
        if let Some(step) = self.step(address).filter(|step| step.status.is_settled()) {
            return Err(self.settled_already(address, step).into());
        }
        Ok(node)
    }

    /// A step that somebody can act on now, or why not.
    pub fn ready(&self, address: &Address) -> Result<NodeId, Verdict> {
        let node = self.unsettled(address)?;
        let title = self.title(address);
        match self.step(address).map(|step| step.status) {
            Some(Status::CannotStartYet) => {
                let (code, reason) = self.why_not_yet(node, address);
                let filed = self.node(node).form().is_some();
                let what = if filed { "filed" } else { "done" };
                let reason = format!("{title} cannot be {what} yet: {reason}");
                Err(not_yet(address, code, reason))
            }
            Some(Status::CannotProgress) => {
                let reason = format!("{title} is marked as “cannot progress”. Unblock it first.");
                Err(Refusal::new(Code::NotReady, reason).into())
            }
            _ => Ok(node),
        }
    }

    pub fn settled_already(&self, address: &Address, step: &Step) -> Refusal {
        let title = self.title(address);
        if step.status == Status::NotRequired {
            let reason = format!("{title} is not required in this project.");
            return Refusal::new(Code::NotRequired, reason);
        }
        let done = step.done.as_ref();
        let (by, actor) = done.map_or((None, None), |done| (done.by, done.actor));
        let who = match (by, actor) {
            (Some(by), Some(actor)) => format!("by person:{actor} (for person:{by})"),
            (Some(by), None) => format!("by person:{by}"),
            (None, _) => "by an event".to_owned(),
        };
        let at = done.map_or_else(String::new, |done| format!(" at {}", say_moment(done.at)));
        let reason = format!("{title} was completed {who}{at}.");
        Refusal::new(Code::AlreadyComplete, reason)
    }

    /// What a step waits for, in words: for refusals and for `step why`.
    pub fn why_not_yet(&self, node: NodeId, address: &Address) -> (Code, String) {
        let opens = self
            .step(address)
            .filter(|step| step.free)
            .and_then(|step| step.opens.as_ref());
        if let Some(opens) = opens {
            let reason = match opens.date {
                Some(date) => format!("{} {}.", self.says_when(node, address), say_date(date)),
                None => format!("its day is not known yet ({}).", opens.rule),
            };
            return (Code::NotOpenYet, reason);
        }
        let waits = self.first_waits(node, address);
        if waits.is_empty() {
            let around = address.parent().map(|around| self.title(&around));
            let reason = around.map_or_else(
                || "what it stands on is not settled.".to_owned(),
                |around| format!("{around} has not begun."),
            );
            return (Code::NotReady, reason);
        }
        let titles: Vec<String> = waits.iter().map(|on| self.title_with_day(on)).collect();
        (
            Code::NotReady,
            format!("it waits for {}.", crate::core::words::and(&titles)),
        )
    }

    /// "visit 2 is planned for", where people agreed the day; else "it opens on".
    fn says_when(&self, node: NodeId, address: &Address) -> String {
        let Some(DateRule::On(Anchor::Answer(step, _))) = &self.node(node).opens else {
            return "it opens on".to_owned();
        };
        let agreed = matches!(&self.node(step.node).kind, Kind::Task(_));
        match self.refer(step, address) {
            Ok(place) if agreed => {
                let pass = places::pass_in_words(self.workflow, &place);
                format!("{} is planned for", pass.unwrap_or_else(|| "it".to_owned()))
            }
            _ => "it opens on".to_owned(),
        }
    }

    fn title_with_day(&self, address: &Address) -> String {
        let title = self.title(address);
        let opens = self.step(address).and_then(|step| step.opens.as_ref());
        match opens.and_then(|opens| opens.date) {
            Some(date) if date > self.today() => {
                format!("{title}, which opens on {}", say_date(date))
            }
            _ => title,
        }
    }

    /// Of all that it waits for, what is begun or comes first.
    pub fn first_waits(&self, node: NodeId, address: &Address) -> Vec<Address> {
        let waits = self.waits_for(node, address);
        let leaf = |place: &&Address| {
            self.step(place)
                .is_some_and(|s| !matches!(s.kind, StepKind::Group | StepKind::Instance))
        };
        let begun: Vec<Address> = waits
            .iter()
            .filter(leaf)
            .filter(|place| self.step(place).is_some_and(|s| s.free))
            .cloned()
            .collect();
        if begun.is_empty() {
            waits.into_iter().take(1).collect()
        } else {
            begun
        }
    }
}

pub(super) fn not_yet(address: &Address, code: Code, reason: String) -> Verdict {
    NotYet {
        step: Some(address.clone()),
        code,
        reason,
    }
    .into()
}

/// Whether a place has the keys that an address names.
fn fits(at: &Address, wanted: &Address) -> bool {
    let mut pairs = at.0.iter().zip(wanted.0.iter());
    at.0.len() == wanted.0.len()
        && pairs.all(|(at, wanted)| wanted.key.is_none() || at.key == wanted.key)
}

/// The sender's own first, then what is ready, what is open, and of what is settled the last.
fn nearness(at: &Address, step: &Step, own: Option<&Key>) -> (bool, u8, std::cmp::Reverse<u32>) {
    let theirs = own.is_some() && at.0.iter().any(|segment| segment.key.as_ref() == own);
    let open = match step.status {
        status if status.is_ready() => 0,
        status if !status.is_settled() => 1,
        _ => 2,
    };
    let last = if open == 2 { at.passes().sum() } else { 0 };
    (!theirs, open, std::cmp::Reverse(last))
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
