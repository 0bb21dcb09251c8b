//! `mails preview`: a mail as somebody would read it, without sending it.

use clap::Args;

use super::desk::Desk;
use super::pages::layout::wrap;
use super::{Done, finding, output};
use crate::core::names::AllianceId;
use crate::core::run::address::Address;
use crate::core::run::effect::Letter;
use crate::core::run::reminded::Asked;
use crate::core::time::Date;
use crate::engine::letters::Scene;
use crate::engine::readings::Everybody;
use crate::mail::visit::Visit;

#[derive(Debug, Args)]
pub struct Preview {
    /// A project by its reference or id
    project: String,
    /// The step that it is about
    step: Address,
    /// Which mail: `ready`, `invite`, a rung of the step's ladder, or a mail of the workflow
    #[arg(default_value = "ready")]
    mail: String,
    /// Who would read it: by email, name or id; else whoever has the step
    #[arg(long = "for", value_name = "PERSON")]
    whom: Option<String>,
    /// Print its HTML
    #[arg(long)]
    html: bool,
}

pub(super) async fn preview(
    desk: &Desk,
    alliance: &AllianceId,
    everybody: &Everybody,
    asked: Preview,
) -> anyhow::Result<Done> {
    let reading = finding::project(desk, alliance, &asked.project).await?;
    let Some(found) = reading.run.find_step(&asked.step) else {
        let (reference, step) = (&reading.run.reference, &asked.step);
        anyhow::bail!("{reference} has no step `{step}`: `alongside project show {reference}`");
    };
    let today = desk.engine.clock.now().date();
    let place = Asked {
        workflow: &reading.workflow,
        run: &reading.run,
        directory: &everybody.directory,
        step: &asked.step,
        day: today,
    };
    let to = match &asked.whom {
        Some(named) => finding::person(everybody, named)?,
        None => place.doers().first().copied().ok_or_else(|| {
            anyhow::anyhow!("nobody has `{}`: say for whom (--for PERSON)", asked.step)
        })?,
    };
    let due = found.due.as_ref().and_then(|due| due.date).unwrap_or(today);
    let letter = letter(&asked, &place, (found.attempt, due))?;
    let texts = desk.engine.texts(alliance, reading.run.id).await?;
    let scene = Scene {
        reading: &reading,
        everybody,
        texts: &texts,
        today,
    };
    let written = scene.write(&letter, to).map_err(anyhow::Error::msg)?;
    if desk.json {
        output::print_json(&serde_json::json!({
            "to": everybody.name(to),
            "subject": written.subject,
            "text": written.text,
            "html": written.html,
            "visits": written.visits.iter().map(Visit::when).collect::<Vec<_>>(),
        }))?;
        return Ok(Done::Well);
    }
    if asked.html {
        output::print(&written.html);
        return Ok(Done::Well);
    }
    let mut text = wrap("To: ", &everybody.name(to), 2);
    text.push_str(&wrap("Subject: ", &written.subject, 2));
    text.push('\n');
    text.push_str(written.text.trim_end());
    text.push('\n');
    output::print(&text);
    Ok(Done::Well)
}

/// The letter of that name about the step.
fn letter(
    asked: &Preview,
    place: &Asked<'_>,
    (attempt, due): (u32, Date),
) -> anyhow::Result<Letter> {
    let step = asked.step.clone();
    Ok(if asked.mail == "ready" {
        Letter::Ready { step, attempt }
    } else if asked.mail == "invite" {
        let sent = place.run.invites.get(&step);
        let invite = sent.filter(|invite| !invite.cancelled).ok_or_else(|| {
            anyhow::anyhow!("`{step}` invites to nothing now: its step must be complete")
        })?;
        Letter::Invite {
            sequence: invite.sequence,
            date: invite.date,
            again: false,
            was: None,
            step,
        }
    } else if place.rung(&asked.mail).is_some() {
        let (rung, date) = (asked.mail.clone(), due);
        Letter::Rung {
            step,
            attempt,
            rung,
            date,
        }
    } else {
        let mail = asked.mail.clone();
        Letter::Step {
            step,
            attempt,
            mail,
        }
    })
}
