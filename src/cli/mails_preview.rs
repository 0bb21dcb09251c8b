//! `mails preview`: a mail as somebody would read it, without sending it.

use clap::Args;

use super::desk::Desk;
use super::mails_letters::Letters;
use super::pages::layout::wrap;
use super::{Done, finding, output};
use crate::core::names::{AllianceId, PersonId};
use crate::core::run::address::Address;
use crate::core::run::reminded::Asked;
use crate::engine::letters::alliance::AllianceScene;
use crate::engine::letters::around::Around;
use crate::engine::letters::{Scene, Written};
use crate::engine::readings::Everybody;
use crate::mail::visit::Visit;

#[derive(Debug, Args)]
pub struct Preview {
    /// A project by its reference or id
    project: String,
    /// The step that it is about
    step: Address,
    /// Which mail: `ready`, a rung of the step's ladder, `copy`, `digest`, `summary`, a notice, an
    /// invite, or a mail of the workflow; a name that there is not lists them all
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
    let Some(step) = reading.run.find_step(&asked.step) else {
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
    let texts = desk.engine.texts(alliance, reading.run.id).await?;
    let scene = Scene {
        reading: &reading,
        everybody,
        texts: &texts,
        today,
    };
    let letters = Letters { place, step };
    let (to, written) = if asked.mail == "digest" {
        digest(&scene, &letters, &asked)?
    } else {
        let letter = letters.named(&asked.mail)?;
        let to = reader(&asked, everybody, letters.reader(&letter))?;
        let written = if letter.is_of_alliance() {
            let brief = &desk.engine.brief(alliance, everybody, today).await?;
            let around = Around { everybody, today };
            AllianceScene { around, brief }.write(&letter, to)
        } else {
            scene.write(&letter, to)
        };
        (to, written.map_err(|why| cannot(&asked, &why))?)
    };
    show(desk, everybody, &asked, (to, written))
}

/// Everything that is with somebody today, in one mail.
fn digest(
    scene: &Scene<'_>,
    letters: &Letters<'_>,
    asked: &Preview,
) -> anyhow::Result<(PersonId, Written)> {
    let (everybody, today) = (scene.everybody, scene.today);
    let doer = letters.place.doers().first().copied();
    let to = reader(asked, everybody, doer)?;
    let of_day = letters.of_day(to);
    let items = of_day.iter().map(|letter| scene.item(letter, to));
    let items = items.collect::<Result<Vec<_>, _>>();
    let around = Around { everybody, today };
    let written = items.and_then(|items| around.digest(items, to));
    Ok((to, written.map_err(|why| cannot(asked, &why))?))
}

/// Whoever was named, else to whom the mail would go.
fn reader(
    asked: &Preview,
    everybody: &Everybody,
    usual: Option<PersonId>,
) -> anyhow::Result<PersonId> {
    if let Some(named) = &asked.whom {
        return finding::person(everybody, named);
    }
    usual.ok_or_else(|| {
        anyhow::anyhow!(
            "nobody would get `{}` of `{}` now: say for whom (--for PERSON)",
            asked.mail,
            asked.step
        )
    })
}

fn cannot(asked: &Preview, why: &str) -> anyhow::Error {
    anyhow::anyhow!(
        "`{}` cannot be shown for `{}` now; perhaps it tells of answers that are not given yet: {why}",
        asked.mail,
        asked.step
    )
}

fn show(
    desk: &Desk,
    everybody: &Everybody,
    asked: &Preview,
    (to, written): (PersonId, Written),
) -> anyhow::Result<Done> {
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
