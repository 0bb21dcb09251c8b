//! What a letter is, in words for whoever asks why it was sent or not.

use crate::core::definition::dates::{RungMoment, Side};
use crate::core::definition::workflow::Workflow;
use crate::core::names::PersonId;
use crate::core::run::effect::{Letter, Notice};
use crate::core::run::places;
use crate::core::run::reminded::ladder_rung;

/// The words that need more than a definition.
pub struct Words<'w> {
    pub name: &'w dyn Fn(PersonId) -> String,
    pub notice: &'w dyn Fn(&Notice) -> String,
}

/// "reminder “late 1” of “Write it up”: 3 school days after due".
pub fn say_letter(workflow: &Workflow, letter: &Letter, words: &Words<'_>) -> String {
    let title = |step| format!("“{}”", places::title(workflow, step));
    match letter {
        Letter::Ready { step, .. } => format!("{} is theirs to do", title(step)),
        Letter::Rung { step, rung, .. } => {
            let found = ladder_rung(workflow, step, rung);
            let moment = found.map(|it| it.at.say(workflow));
            let moment = moment.map_or_else(String::new, |moment| format!(": {moment}"));
            format!("reminder “{}” of {}{moment}", spaced(rung), title(step))
        }
        Letter::Copy {
            step, rung, late, ..
        } => format!(
            "copy of the reminder “{}” of {}, which {} has",
            spaced(rung),
            title(step),
            (words.name)(*late)
        ),
        Letter::Step { step, mail, .. } => {
            format!("mail “{}” after {}", spaced(mail), title(step))
        }
        Letter::Invite { step, again, .. } => {
            let what = if *again { "changed invite" } else { "invite" };
            format!("{what} of {}", title(step))
        }
        Letter::InviteCancelled { step, .. } => format!("invite of {} called off", title(step)),
        Letter::Notice { notice } => format!("notice: {}", (words.notice)(notice)),
        Letter::Summary | Letter::CalendarsEnd { .. } => {
            letter.say_of_alliance().unwrap_or_default().to_owned()
        }
    }
}

fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

impl RungMoment {
    /// As the definition writes it, with the rule that keeps a reminder from coming too early.
    pub fn say(&self, workflow: &Workflow) -> String {
        match self {
            Self::OnTheDay => "on the day".to_owned(),
            Self::FromDue(span, Side::Before) => {
                format!(
                    "{} before due, not before half of its time is used",
                    span.say()
                )
            }
            Self::FromDue(span, Side::After) => format!("{} after due", span.say()),
            Self::From(span, side, anchor) => {
                format!("{} {} {}", span.say(), side.say(), anchor.say(workflow))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::core::run::story::workflow;

    const LADDER: &str = "\
workflow: asked
version: 1
title: Somebody is asked
scope: project
roles:
  cpd_lead: {title: CPD lead, at: host_school}
reminders:
  usual:
    heads_up: {at: 5 school days before due, send: digest}
    late_1: {at: 3 school days after due, send: digest}
steps:
  ask: {role: cpd_lead, title: Answer, due: 8 school days}
";

    #[test]
    fn a_reminder_before_due_says_that_half_of_the_time_comes_first() {
        let workflow = workflow(LADDER, &[]);
        let ladder = workflow.ladders.values().next().unwrap();
        let said: Vec<String> = ladder.values().map(|it| it.at.say(&workflow)).collect();
        let early = "5 school days before due, not before half of its time is used";
        assert_eq!(said, [early, "3 school days after due"]);
    }
}
