//! Sends one command, or rehearses it, and says in words what happened or would happen.
//!
//! Every command that changes a project ends here, so that `--dry-run`, `--json`, refusals and exit
//! codes are the same everywhere.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Done;
use super::desk::Desk;
use super::output::{self, word};
use super::pages::{self, View, changes, history, layout};
use crate::core::audit::payload::Commitment;
use crate::core::names::{AllianceId, PersonId, RunId};
use crate::core::run::command::Command;
use crate::core::run::entry::Entry;
use crate::core::run::event::Event;
use crate::core::run::evolve::fold;
use crate::core::run::refusal::Refusal;
use crate::core::run::state::{Run, RunStatus};
use crate::core::time::Instant;
use crate::engine::Handled;
use crate::engine::readings::{Everybody, Reading};
use crate::engine::rehearse::{Rehearsal, Rehearsed};

/// One command to one run.
pub struct Act {
    pub run: RunId,
    pub on_behalf_of: Option<PersonId>,
    pub command: Command,
}

impl Act {
    pub fn new(run: RunId, command: Command) -> Self {
        Self {
            run,
            on_behalf_of: None,
            command,
        }
    }

    pub fn for_somebody(self, on_behalf_of: Option<PersonId>) -> Self {
        Self {
            on_behalf_of,
            ..self
        }
    }
}

/// Does it, or shows what it would do (`--dry-run`).
pub async fn act(desk: &Desk, alliance: &AllianceId, act: Act) -> anyhow::Result<Done> {
    if desk.dry_run {
        return rehearse(desk, alliance, act).await;
    }
    let Act {
        run,
        on_behalf_of,
        command,
    } = act;
    let handled = desk.send(alliance, run, on_behalf_of, command).await?;
    let everybody = desk.engine.everybody(alliance).await?;
    match handled {
        Handled::Applied {
            entry, reference, ..
        } => {
            if desk.json {
                let answer = json!({
                    "outcome": "applied", "run": run, "reference": reference,
                    "version": entry.seq, "events": entry.events,
                });
                output::print_json(&answer)?;
                return Ok(Done::Well);
            }
            let Some(reading) = desk.engine.read_run(alliance, run).await? else {
                return Ok(Done::Well);
            };
            let texts = desk.engine.texts(alliance, run).await?;
            let view = view(&reading, &everybody, &texts, desk.engine.clock.now());
            output::print(&happened(&view, &entry));
            Ok(Done::Well)
        }
        other => not_applied(desk, &everybody, other),
    }
}

pub fn view<'a>(
    reading: &'a Reading,
    everybody: &'a Everybody,
    texts: &'a BTreeMap<Commitment, Value>,
    now: Instant,
) -> View<'a> {
    View {
        workflow: &reading.workflow,
        run: &reading.run,
        everybody,
        texts,
        now,
    }
}

fn happened(view: &View, entry: &Entry) -> String {
    let mut text = layout::wrap("", &view.named(), 2);
    let said = history::sentences(view, entry);
    for words in &said {
        text.push_str(&layout::bullet(&pages::full(words)));
    }
    text
}

fn not_applied(desk: &Desk, everybody: &Everybody, handled: Handled) -> anyhow::Result<Done> {
    let refusal = match handled {
        Handled::Refused(refusal) => refusal,
        Handled::Parked { not_yet, .. } => Refusal::new(not_yet.code, not_yet.reason),
        Handled::Quarantined { reason, .. } => anyhow::bail!("{reason}"),
        Handled::Duplicate { .. } => {
            anyhow::bail!("this command came before; nothing happened now")
        }
        Handled::Applied { .. } => return Ok(Done::Well),
    };
    refuse(desk, everybody, &refusal)
}

/// Says in a sentence why it was not done.
pub fn refuse(desk: &Desk, everybody: &Everybody, refusal: &Refusal) -> anyhow::Result<Done> {
    let reason = everybody.with_names(&refusal.reason);
    if desk.json {
        output::print_json(&json!({
            "outcome": "rejected", "code": word(&refusal.code), "reason": reason,
            "fields": refusal.fields,
        }))?;
    } else {
        output::complain(&refused(&reason, refusal));
    }
    Ok(Done::Refused)
}

/// The sentence, and one line for each field that needs another look.
fn refused(reason: &str, refusal: &Refusal) -> String {
    if refusal.fields.is_empty() {
        return layout::wrap("Refused: ", reason, 2);
    }
    let first = match reason.split_once("need another look") {
        Some((which, _)) => format!("{which}need another look:"),
        None => reason.to_owned(),
    };
    let mut text = layout::wrap("Refused: ", &first, 2);
    for problem in &refusal.fields {
        let field = problem.field.trim_start_matches('/').replace('/', ", ");
        text.push_str(&layout::bullet(&format!("{field}: {}", problem.problem)));
    }
    text
}

/// What a command would do, with all that is needed to say it.
struct Foreseen {
    everybody: Everybody,
    would: Box<Rehearsal>,
    texts: BTreeMap<Commitment, Value>,
    /// The state with which dates are compared.
    was: Option<Run>,
}

async fn rehearse(desk: &Desk, alliance: &AllianceId, act: Act) -> anyhow::Result<Done> {
    let foreseen = match foresee(desk, alliance, act).await? {
        Ok(foreseen) => foreseen,
        Err(handled) => {
            let everybody = desk.engine.everybody(alliance).await?;
            return not_applied(desk, &everybody, handled);
        }
    };
    if desk.json {
        output::print_json(&foreseen.json(desk))?;
        return Ok(Done::Well);
    }
    let runs: Vec<&Run> = foreseen
        .was
        .iter()
        .chain([&foreseen.would.after.run])
        .collect();
    let note = changes::note(&foreseen.everybody.calendars, &runs);
    output::print(&format!("{}{note}", foreseen.say(desk)));
    Ok(Done::Well)
}

/// The page of a dry run, without the note on its calendar.
pub async fn preview(desk: &Desk, alliance: &AllianceId, act: Act) -> anyhow::Result<String> {
    match foresee(desk, alliance, act).await? {
        Ok(foreseen) => Ok(foreseen.say(desk)),
        Err(handled) => anyhow::bail!("there is nothing to preview: {handled:?}"),
    }
}

/// Or the answer that would be given instead.
async fn foresee(
    desk: &Desk,
    alliance: &AllianceId,
    act: Act,
) -> anyhow::Result<Result<Foreseen, Handled>> {
    let Act {
        run,
        on_behalf_of,
        command,
    } = act;
    let incoming = desk.incoming(alliance, run, on_behalf_of, command).await?;
    let would = match desk.engine.rehearse(alliance, incoming).await? {
        Rehearsed::Would(would) => would,
        Rehearsed::Not(handled) => return Ok(Err(handled)),
    };
    let mut texts = desk.engine.texts(alliance, run).await?;
    texts.extend(would.texts.clone());
    Ok(Ok(Foreseen {
        everybody: desk.engine.everybody(alliance).await?,
        was: dates_before(desk, alliance, &would).await?,
        would,
        texts,
    }))
}

impl Foreseen {
    fn view(&self, desk: &Desk) -> View<'_> {
        let now = desk.engine.clock.now();
        view(&self.would.after, &self.everybody, &self.texts, now)
    }

    fn say(&self, desk: &Desk) -> String {
        let view = self.view(desk);
        let mut text = changes::rehearsal(&view, &self.would, self.was.as_ref());
        text.push_str(&resumed_then(desk, &view, &self.would));
        text
    }

    fn json(&self, desk: &Desk) -> Value {
        would_json(&self.view(desk), &self.would, self.was.as_ref())
    }
}

/// The state whose dates are compared: before a resume it is the one before the hold, because a
/// hold takes the dates away.
async fn dates_before(
    desk: &Desk,
    alliance: &AllianceId,
    would: &Rehearsal,
) -> anyhow::Result<Option<Run>> {
    let ends_hold = would.entry.events.iter().any(|event| {
        matches!(
            event,
            Event::RunResumed { .. } | Event::RunReinstated { .. }
        )
    });
    if !ends_hold {
        return Ok(would.before.clone());
    }
    let entries = desk.engine.entries(alliance, would.entry.run).await?;
    let begins = |entry: &Entry| {
        entry
            .events
            .iter()
            .any(|event| matches!(event, Event::RunPaused { .. } | Event::RunStopped { .. }))
    };
    let held = entries.iter().rposition(begins).unwrap_or(entries.len());
    let unborn = Run::unborn(alliance.clone(), would.entry.run);
    Ok(Some(entries[..held].iter().fold(unborn, fold)))
}

/// For a postponement: what would come of it on the day to which it is postponed.
fn resumed_then(desk: &Desk, view: &View, would: &Rehearsal) -> String {
    let held = &would.after.run;
    let until = held.hold.as_ref().and_then(|hold| hold.until);
    let began = would.entry.events.iter().any(|event| {
        matches!(
            event,
            Event::RunPaused { .. } | Event::RunHoldChanged { .. }
        )
    });
    let (Some(until), Some(before), true) = (until, &would.before, began) else {
        return String::new();
    };
    // Dates are known only until the hold begins; a second postponement has none to compare.
    if before.status == RunStatus::Paused {
        return String::new();
    }
    let mut facts = desk.engine.facts_for_show(view.everybody);
    facts.now = Instant::start_of(until);
    changes::resume_on(view, held, before, &facts, until)
}

fn would_json(view: &View, would: &Rehearsal, was: Option<&Run>) -> Value {
    let mails = would
        .mails
        .iter()
        .map(|(to, letter)| json!({"to": to, "name": view.name(*to), "letter": letter}));
    let moves = was.map_or_else(Vec::new, |was| changes::moves(was, &would.after.run));
    let moves = moves
        .into_iter()
        .map(|one| json!({"step": one.step, "what": one.what, "old": one.old, "new": one.new}));
    json!({
        "outcome": "would_apply",
        "run": would.entry.run,
        "reference": would.after.run.reference,
        "events": would.entry.events,
        "mails": mails.collect::<Vec<_>>(),
        "dates": moves.collect::<Vec<_>>(),
    })
}
