//! The letters that `mails preview` can show of a step, by the names that people know them by.
//!
//! A name is a rung of the step's ladder, a notice, or the text of a mail; what a letter says beside
//! them (a date, a person) is made up where the project has none.

use std::collections::BTreeSet;

use anyhow::bail;

use crate::core::definition::near;
use crate::core::names::PersonId;
use crate::core::run::effect::{Letter, Notice};
use crate::core::run::reminded::Asked;
use crate::core::run::state::Step;
use crate::core::time::Date;
use crate::engine::letters::texts::shipped_for_all;

/// Notices that have no text of their own name.
const NOTICES: [&str; 13] = [
    "cannot_progress",
    "event_unusable",
    "held",
    "left_role",
    "moment_cannot_come",
    "never_due",
    "nobody_holds",
    "nobody_is_in",
    "not_held",
    "out_of_role",
    "resume_due",
    "resume_near",
    "ring",
];
const COORDINATOR: &str = "coordinator";

/// A step, for whose mails somebody asks.
pub(super) struct Letters<'a> {
    pub place: Asked<'a>,
    pub step: &'a Step,
}

impl Letters<'_> {
    /// The letter of that name.
    pub fn named(&self, name: &str) -> anyhow::Result<Letter> {
        let (step, attempt) = (self.place.step.clone(), self.step.attempt);
        if self.rungs().any(|rung| rung == name) {
            return Ok(Letter::Rung {
                step,
                attempt,
                rung: name.to_owned(),
                date: self.date(),
            });
        }
        if let Some(notice) = self.notice(name) {
            return Ok(Letter::Notice { notice });
        }
        let mail = name.to_owned();
        match name {
            "ready" => Ok(Letter::Ready { step, attempt }),
            "copy" => self.copy(),
            "invite" | "invite_cancelled" => self.invite(name),
            "summary" => Ok(Letter::Summary),
            "calendars_end" => {
                let schools = self.place.directory.schools.keys().cloned();
                let schools = schools.collect();
                Ok(Letter::CalendarsEnd { schools })
            }
            _ if self.names().contains(name) => Ok(Letter::Step {
                step,
                attempt,
                mail,
            }),
            _ => bail!("there is no mail `{name}`. {}", self.way_out(name)),
        }
    }

    /// To whom it would go.
    pub fn reader(&self, letter: &Letter) -> Option<PersonId> {
        let place = &self.place;
        let doers = || place.doers();
        let people = match letter {
            Letter::Copy { rung, late, .. } => place
                .rung(rung)
                .map(|rung| place.copied(rung, *late))
                .unwrap_or_default(),
            Letter::Rung { rung, .. } => place
                .rung(rung)
                .map_or_else(doers, |rung| place.written_to(rung)),
            Letter::Step { mail, .. } => {
                let text = place.workflow.mails.get(mail);
                text.map_or_else(doers, |text| place.holders_or_doers(&text.to))
            }
            Letter::Summary | Letter::CalendarsEnd { .. } => place.holders(COORDINATOR),
            Letter::Notice {
                notice: Notice::Held { .. } | Notice::NotHeld | Notice::OutOfRole { .. },
            } => doers(),
            Letter::Notice { .. } => place.holders(COORDINATOR),
            Letter::Ready { .. } | Letter::Invite { .. } | Letter::InviteCancelled { .. } => {
                doers()
            }
        };
        people.first().copied()
    }

    /// What is with somebody today, soonest due first; this step, where nothing is.
    pub fn of_day(&self, to: PersonId) -> Vec<Letter> {
        let steps = self.place.run.steps.iter();
        let theirs = steps.filter(|(address, step)| {
            let place = Asked {
                step: address,
                ..self.place
            };
            step.status.is_ready() && place.doers().contains(&to)
        });
        let mut theirs: Vec<_> = theirs.collect();
        theirs.sort_by_key(|(_, step)| {
            let due = step.due.as_ref().and_then(|due| due.date);
            (due.is_none(), due)
        });
        let letters = theirs.into_iter().map(|(address, step)| Letter::Ready {
            step: address.clone(),
            attempt: step.attempt,
        });
        let mut letters: Vec<Letter> = letters.collect();
        if letters.is_empty() {
            letters.push(Letter::Ready {
                step: self.place.step.clone(),
                attempt: self.step.attempt,
            });
        }
        letters
    }

    /// Rungs of the step's ladder that write to somebody.
    fn rungs(&self) -> impl Iterator<Item = &str> {
        let workflow = self.place.workflow;
        let node = workflow.node_of(self.place.step);
        let ladder = node.and_then(|id| workflow.ladder_of(workflow.node(id)));
        let rungs = ladder.into_iter().flatten();
        let writes = rungs.filter(|(_, rung)| rung.send.is_some());
        writes.map(|(name, _)| name.as_str())
    }

    /// Every name that there is.
    fn names(&self) -> BTreeSet<&str> {
        let of_workflow = self.place.workflow.mails.keys().map(String::as_str);
        let mut names: BTreeSet<&str> = self.rungs().chain(of_workflow).chain(NOTICES).collect();
        names.extend(shipped_for_all().keys().map(String::as_str));
        names
    }

    fn way_out(&self, name: &str) -> String {
        let names = self.names();
        let near = near::did_you_mean(name, names.iter().copied());
        let near = near.map_or_else(String::new, |near| format!("{near} "));
        let all: Vec<&str> = names.into_iter().collect();
        format!("{near}There is: {}.", all.join(", "))
    }

    /// The day by which the step is due, else today.
    fn date(&self) -> Date {
        let due = self.step.due.as_ref().and_then(|due| due.date);
        due.unwrap_or(self.place.day)
    }

    /// Of the first rung that has one.
    fn copy(&self) -> anyhow::Result<Letter> {
        let step = self.place.step.clone();
        let Some(late) = self.place.doers().first().copied() else {
            bail!("nobody has `{step}`, so nobody is late with it");
        };
        let copied = |name: &&str| self.place.rung(name).is_some_and(|it| it.copy.is_some());
        let rung = self.rungs().find(copied).unwrap_or("copy").to_owned();
        Ok(Letter::Copy {
            step,
            attempt: self.step.attempt,
            rung,
            date: self.date(),
            late,
        })
    }

    fn invite(&self, name: &str) -> anyhow::Result<Letter> {
        let step = self.place.step.clone();
        let sent = self.place.run.invites.get(&step);
        let is_off = name == "invite_cancelled";
        let Some(invite) = sent.filter(|invite| is_off || !invite.cancelled) else {
            bail!("`{step}` invites to nothing now: its step must be complete");
        };
        let (sequence, date) = (invite.sequence, invite.date);
        Ok(if is_off {
            Letter::InviteCancelled {
                step,
                sequence,
                date,
            }
        } else {
            Letter::Invite {
                step,
                sequence,
                date,
                again: false,
                was: None,
            }
        })
    }

    fn notice(&self, name: &str) -> Option<Notice> {
        let Asked { workflow, run, .. } = self.place;
        let step = self.place.step.clone();
        let node = workflow.node_of(&step);
        let role = node.and_then(|id| workflow.node(id).role());
        let role = role.unwrap_or(COORDINATOR).to_owned();
        let until = run.hold.as_ref().and_then(|hold| hold.until);
        let date = until.unwrap_or_else(|| self.date());
        Some(match name {
            "notice" | "cannot_progress" => Notice::CannotProgress { step },
            "notice_to_you" | "held" => Notice::Held { until: Some(date) },
            "not_held" => Notice::NotHeld,
            "out_of_role" => Notice::OutOfRole { role },
            "left_role" => Notice::LeftRole {
                role,
                person: self.place.doers().first().copied()?,
                still: Vec::new(),
                too_few: true,
            },
            "nobody_holds" => Notice::NobodyHolds {
                step,
                role,
                school: run.host_school.clone(),
            },
            "moment_cannot_come" => Notice::MomentCannotCome { step },
            "never_due" => Notice::NeverDue { step },
            "nobody_is_in" => Notice::NobodyIsIn { group: step },
            "event_unusable" => Notice::EventUnusable {
                name: "match.offered".to_owned(),
                because: "It names somebody who is not in the directory any more.".to_owned(),
            },
            "resume_near" => Notice::ResumeNear { date },
            "resume_due" => Notice::ResumeDue { date },
            "ring" => Notice::Ring { step },
            _ => return None,
        })
    }
}
