//! A command in, an entry or a refusal out.
//!
//! Each command's own rules stand in a file named after it; what follows from it is settled in
//! one place (`settle.rs`), so that no command can forget a consequence. A refusal leaves
//! nothing: the working copy is dropped.
//!
//! To add a command: its variant (`command.rs`), its row (`permissions.txt`), its arm below, its
//! rules in a file here, its line in `../wants.rs`.

mod appoint;
mod arrive;
mod assign;
mod conditions;
mod correct;
mod erase;
mod hold;
mod invites;
pub mod ladder;
mod locate;
mod migrate;
mod moves;
mod outcomes;
mod passes;
mod planning;
mod reach;
mod reopen;
mod replan;
mod settle;
mod start;
mod steps;
mod timers;
pub(crate) mod who;
mod why;
mod working;

use crate::core::audit::payload::Payload;
use crate::core::definition::workflow::Workflow;

use super::command::{Command, Envelope};
use super::effect::Effect;
use super::entry::{CommandRef, Entry, FORMAT};
use super::facts::Facts;
use super::refusal::{Code, NotYet, Refusal, Verdict};
use super::state::{Run, RunStatus};

pub use hold::{Preview, preview_resume};
pub use reach::{Way, counted};
pub use timers::tried_again;
pub use why::{Why, why};
use working::Working;

/// What one accepted command makes: its entry, the state after it, and what is kept beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub entry: Entry,
    pub run: Run,
    pub payloads: Vec<Payload>,
    /// Drafts to keep or to drop, outside the log.
    pub drafts: Vec<Effect>,
}

/// Decides a command on a run. `prev` is the hash of the run's last entry.
pub fn decide(
    workflow: &Workflow,
    run: &Run,
    envelope: &Envelope,
    facts: &Facts,
    prev: &str,
) -> Result<Decision, Verdict> {
    check_envelope(run, envelope, facts)?;
    let mut working = Working::new(workflow, run, facts);
    let address = match envelope.command.step() {
        Some(step) => {
            let whose = envelope.on_behalf_of.or(envelope.actor);
            Some(working.locate(step, whose)?)
        }
        None => working.wait_named(&envelope.command),
    };
    working.acting = working.authorise(envelope, address.as_ref())?;
    allowed_now(&working, &envelope.command)?;
    working.carry_out(&envelope.command, address.as_ref(), envelope)?;
    working.settle()?;
    working.plan_invites();
    if let Command::ProjectStart { .. } = &envelope.command {
        working.check_reach()?;
    }
    if working.events.is_empty() {
        let reason = "This would change nothing: what it was for has moved or is done.";
        return Err(Refusal::new(Code::TooLate, reason).into());
    }
    Ok(working.finish(envelope, prev))
}

/// Rules of every command: it has not expired, and its run is the one that its sender saw.
fn check_envelope(run: &Run, envelope: &Envelope, facts: &Facts) -> Result<(), Verdict> {
    if envelope.expires.is_some_and(|expires| expires < facts.now) {
        let reason = "Its expiry time is past, so it was not carried out.";
        return Err(Refusal::new(Code::Expired, reason).into());
    }
    let starts = matches!(envelope.command, Command::ProjectStart { .. });
    if run.status == RunStatus::Unborn && !starts {
        let reason = format!("There is no project {} yet.", envelope.run);
        return Err(NotYet {
            step: None,
            code: Code::UnknownRun,
            reason,
        }
        .into());
    }
    match envelope.expected {
        Some(expected) if expected != run.version => {
            let reason = format!(
                "The project has moved on since you looked (version {} now, {expected} then). \
                 Look again, then decide.",
                run.version
            );
            Err(Refusal::new(Code::VersionMoved, reason).into())
        }
        _ => Ok(()),
    }
}

/// Which commands a run takes in which status (`language.md` section 9 of the design).
fn allowed_now(working: &Working<'_>, command: &Command) -> Result<(), Verdict> {
    use Command as C;
    let status = working.run.status;
    let fits = match command {
        C::ProjectStart { .. } => status == RunStatus::Unborn,
        C::StepComplete { .. }
        | C::StepTake { .. }
        | C::StepOpen { .. }
        | C::StepBlock { .. }
        | C::StepUnblock { .. }
        | C::StepSkip { .. }
        | C::PassAdd { .. }
        | C::PassEnd { .. } => status == RunStatus::InProgress,
        C::StepDraft { .. }
        | C::StepRedate { .. }
        | C::DateSet { .. }
        | C::RoleAppoint { .. }
        | C::StepAssign { .. }
        | C::StepDelegate { .. }
        | C::ProjectPause { .. }
        | C::ProjectPostpone { .. }
        | C::ProjectStop { .. }
        | C::ProjectMigrate { .. } => is_open(status),
        C::StepReopen { .. } => is_open(status) || status == RunStatus::Complete,
        C::DeadlinesReplan { .. } => status == RunStatus::InProgress,
        C::ProjectUndo {} => is_open(status),
        C::ProjectResume {} => status == RunStatus::Paused,
        C::ProjectReinstate { .. } => status == RunStatus::Stopped,
        C::ProjectNote { .. } | C::AnswersCorrect { .. } | C::PersonErase { .. } => {
            status != RunStatus::Unborn
        }
        C::TextsExpire { .. } => status.has_ended(),
        C::EventReport { .. } | C::TimerFire { .. } => is_open(status),
    };
    if fits {
        Ok(())
    } else {
        Err(working.not_in_this_status(command))
    }
}

fn is_open(status: RunStatus) -> bool {
    matches!(status, RunStatus::InProgress | RunStatus::Paused)
}

impl Working<'_> {
    fn not_in_this_status(&self, command: &Command) -> Verdict {
        use crate::core::time::say_date;
        let reference = &self.run.reference;
        match self.run.status {
            RunStatus::Paused => {
                let since = self.run.hold.as_ref().map_or_else(String::new, |hold| {
                    format!(" since {}", say_date(hold.since.date()))
                });
                let reason = format!(
                    "{reference} is paused{since}. Your draft is saved; this can be done when it \
                     is resumed."
                );
                NotYet {
                    step: command.step().cloned(),
                    code: Code::Paused,
                    reason,
                }
                .into()
            }
            RunStatus::Stopped => {
                Refusal::new(Code::Stopped, format!("{reference} was stopped.")).into()
            }
            RunStatus::Complete => {
                Refusal::new(Code::Complete, format!("{reference} is complete.")).into()
            }
            RunStatus::Unborn => {
                Refusal::new(Code::UnknownRun, "There is no such project yet.").into()
            }
            RunStatus::InProgress => match command {
                Command::ProjectStart { .. } => {
                    let reason = format!("{reference} was started already.");
                    Refusal::new(Code::AlreadyStarted, reason).into()
                }
                Command::ProjectReinstate { .. } => {
                    Refusal::new(Code::NotStopped, format!("{reference} is not stopped.")).into()
                }
                _ => Refusal::new(Code::NotPaused, format!("{reference} is not paused.")).into(),
            },
        }
    }

    fn carry_out(
        &mut self,
        command: &Command,
        address: Option<&super::address::Address>,
        envelope: &Envelope,
    ) -> Result<(), Verdict> {
        use Command as C;
        if let Some(address) = address
            && command.step().is_some()
        {
            return self.carry_out_on(command, address);
        }
        match command {
            C::ProjectStart {
                workflow: _,
                host_school,
                title,
                roles,
                dates,
            } => self.start(host_school, title, roles, dates),
            C::DateSet { name, date, reason } => self.set_date(name, *date, reason),
            C::RoleAppoint {
                role,
                people,
                reason,
            } => self.appoint_by_command(role, people, reason.as_deref()),
            C::ProjectPostpone { until, reason } => self.pause(Some(*until), reason),
            C::ProjectPause { reason } => self.pause(None, reason),
            C::ProjectResume {} => self.resume(),
            C::ProjectUndo {} => self.undo(),
            C::ProjectStop { reason } => self.stop_by_command(reason),
            C::ProjectReinstate { reason } => self.reinstate(reason),
            C::ProjectNote { text } => self.note(text),
            C::ProjectMigrate {
                version,
                map,
                roles,
                ask,
            } => self.migrate(*version, map, roles, ask),
            C::EventReport { name, data } => self.arrive(name, data, envelope),
            C::TimerFire { timer } => self.fire(timer),
            C::DeadlinesReplan { because } => {
                self.count_anew(because);
                Ok(())
            }
            C::PersonErase { person } => self.erase(*person),
            C::TextsExpire { kept_from } => self.expire(*kept_from),
            _ => Ok(()),
        }
    }

    fn carry_out_on(
        &mut self,
        command: &Command,
        address: &super::address::Address,
    ) -> Result<(), Verdict> {
        use Command as C;
        match command {
            C::StepComplete {
                answers,
                outcome,
                reason,
                ..
            } => self.complete(
                address,
                answers.as_ref(),
                outcome.as_deref(),
                reason.as_deref(),
            ),
            C::StepDraft { answers, .. } => self.draft(address, answers),
            C::StepTake { .. } => self.take(address),
            C::StepOpen { reason, .. } => self.open(address, reason),
            C::StepBlock { reason, .. } => self.block(address, reason),
            C::StepUnblock { .. } => self.unblock(address),
            C::StepSkip { reason, .. } => self.skip(address, reason.as_deref()),
            C::StepReopen { reason, spare, .. } => self.reopen_by_command(address, reason, spare),
            C::StepAssign { person, reason, .. } => {
                self.assign(address, *person, reason.as_deref())
            }
            C::StepDelegate { person, reason, .. } => {
                self.delegate(address, *person, reason.as_deref())
            }
            C::StepRedate { due, reason, .. } => self.redate(address, *due, reason),
            C::PassAdd { .. } => self.add_pass(address),
            C::PassEnd { reason, .. } => self.end_pass(address, reason),
            C::AnswersCorrect {
                answers, reason, ..
            } => self.correct(address, answers, reason),
            _ => Ok(()),
        }
    }

    fn finish(self, envelope: &Envelope, prev: &str) -> Decision {
        let entry = Entry {
            format: FORMAT,
            alliance: envelope.alliance.clone(),
            run: envelope.run,
            seq: self.run.version + 1,
            at: self.facts.now,
            command: CommandRef {
                source: envelope.source.clone(),
                id: envelope.id.clone(),
                kind: envelope.command.name(),
            },
            actor: self.acting.actor,
            on_behalf_of: self.acting.on_behalf_of,
            events: self.events,
            prev: prev.to_owned(),
        };
        let mut run = self.run.into_owned();
        run.conclude(entry.seq, entry.at);
        Decision {
            entry,
            run,
            payloads: self.payloads,
            drafts: self.effects,
        }
    }
}
