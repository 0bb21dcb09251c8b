//! Notices in words: what a coordinator must hear of, and what somebody hears of their own role.

use std::fmt::Write as _;

use crate::core::definition::dates::Unit;
use crate::core::names::PersonId;
use crate::core::run::address::Address;
use crate::core::run::deadline::CalendarId;
use crate::core::run::decide::preview_resume;
use crate::core::run::effect::Notice;
use crate::core::run::event::Moved;
use crate::core::run::places;
use crate::core::time::{Date, Instant, say_date};
use crate::core::words::and;

use super::Scene;
use crate::engine::readings::Reading;

impl Scene<'_> {
    pub(super) fn say(&self, notice: &Notice) -> String {
        let title = |step: &Address| format!("“{}”", places::title(&self.reading.workflow, step));
        match notice {
            Notice::NobodyHolds { step, role, school } => {
                let role = self.reading.workflow.role_title(role);
                let place = school
                    .as_ref()
                    .and_then(|u| self.everybody.directory.schools.get(u));
                let place = place.map_or("the alliance", |school| school.name.as_str());
                format!(
                    "Nobody is {role} at {place}, so nobody was asked for {}. Add somebody to \
                     the directory, or assign the step.",
                    title(step)
                )
            }
            Notice::CannotProgress { step } => {
                format!(
                    "{} is marked as “cannot progress”. Please look into it.",
                    title(step)
                )
            }
            Notice::MomentCannotCome { step } => format!(
                "{} is not required any more: the date it waited for can never come.",
                title(step)
            ),
            Notice::NeverDue { step } => format!(
                "{} has no due date: the date on which it hangs will never come.",
                title(step)
            ),
            Notice::NobodyIsIn { group } => format!(
                "{} is not required: nobody is in the role of which everybody is asked.",
                title(group)
            ),
            Notice::OutOfRole { role } => format!(
                "You are not {} in this project any more. What was with you as that is with \
                 somebody else.",
                self.reading.workflow.role_title(role)
            ),
            Notice::LeftRole {
                role,
                person,
                still,
                too_few,
            } => self.say_who_left(role, *person, still, *too_few),
            Notice::EventUnusable { name, because } => format!(
                "The event {name}, which was kept, could not be used, so the project waits for \
                 another. {because}"
            ),
            Notice::Ring { step } => self.say_ring(step),
            Notice::Held { .. }
            | Notice::NotHeld
            | Notice::ResumeNear { .. }
            | Notice::ResumeDue { .. } => self.say_of_hold(notice),
        }
    }

    fn say_of_hold(&self, notice: &Notice) -> String {
        match notice {
            Notice::Held { until } => {
                let until = until.map_or_else(
                    || "paused. Nobody has set a day on which it goes on".to_owned(),
                    |day| format!("postponed to {}", say_date(day)),
                );
                format!(
                    "The project is {until}. All its clocks stand still, and nothing is asked of \
                     you until somebody resumes it; then you hear the new dates."
                )
            }
            Notice::NotHeld => {
                "The project goes on: that it was held has been taken back, and all \
                                dates are as they were."
                    .to_owned()
            }
            Notice::ResumeNear { date } => format!(
                "The project is postponed to {}{}. Resume it then, or postpone it again.{}",
                say_date(*date),
                self.say_ahead(*date),
                self.say_resumed(*date)
            ),
            Notice::ResumeDue { date } => format!(
                "The project was postponed to {}. Resume it, or postpone it again: it does not go \
                 on by itself.{}",
                say_date(*date),
                self.say_resumed(*date)
            ),
            _ => String::new(),
        }
    }

    /// How far ahead a day is, as the alliance counts; nothing of one that has come.
    fn say_ahead(&self, date: Date) -> String {
        let (alliance, unit) = (CalendarId::Alliance, Unit::SchoolDays);
        let calendars = &self.everybody.calendars;
        match calendars.measure(&alliance, unit, self.today, date) {
            0 => String::new(),
            days => format!(", which is {days} {} ahead", unit.say(days)),
        }
    }

    /// The dates of a resume on that day, one line for each.
    fn say_resumed(&self, date: Date) -> String {
        let Reading { workflow, run, .. } = self.reading;
        let facts = self.everybody.facts(Instant::start_of(date));
        let preview = preview_resume(workflow, run, &facts);
        let due = preview.remaining.iter().filter_map(|resumed| {
            let date = resumed.deadline.date?;
            let verb = match resumed.what {
                Moved::Due => "due",
                Moved::Opens => "opens",
            };
            let title = places::title(workflow, &resumed.step);
            Some(format!("- {title}: {verb} {}", say_date(date)))
        });
        let again = preview.asked_again.iter().map(|step| {
            let title = places::title(workflow, step);
            format!("- {title}: asked again, because its date has passed")
        });
        let lines: Vec<String> = due.chain(again).collect();
        if lines.is_empty() {
            return String::new();
        }
        let said = lines.join("\n");
        format!("\n\nIf it is resumed on that day:\n{said}")
    }

    /// Whom to ring, with their numbers, and about what.
    fn say_ring(&self, step: &Address) -> String {
        let people = self.asked(step).doers().into_iter().map(|person| {
            let name = self.everybody.name(person);
            match self.everybody.phones.get(&person) {
                Some(phone) => format!("{name} ({phone})"),
                None => format!("{name} (the directory has no phone number)"),
            }
        });
        let people: Vec<String> = people.collect();
        let due = self.reading.run.steps.get(step);
        let due = due.and_then(|it| it.due.as_ref()?.date).map(say_date);
        let title = places::title(&self.reading.workflow, step);
        format!(
            "Mails have not helped, and no more are sent about it. Please ring {} about “{title}”{}.",
            and(&people),
            due.map_or_else(String::new, |due| format!(", which was due on {due}"))
        )
    }

    fn say_who_left(&self, role: &str, person: PersonId, still: &[String], few: bool) -> String {
        let mut said = format!(
            "{} is not {} any more.",
            self.everybody.name(person),
            self.reading.workflow.role_title(role)
        );
        if !still.is_empty() {
            let roles: Vec<&str> = still
                .iter()
                .map(|role| self.reading.workflow.role_title(role))
                .collect();
            let _ = write!(said, " They still are {}.", roles.join(" and "));
        }
        if few {
            said.push_str(" Too few are left in the role: appoint somebody.");
        }
        said
    }
}
