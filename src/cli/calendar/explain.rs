//! `calendar explain`: how the date of a step came about, day by day.

use anyhow::Context;

use crate::cli::pages::counted::Page;
use crate::cli::step::work::Work;
use crate::cli::{Done, Global, output};
use crate::core::calendar::explain::count;
use crate::core::run::address::Address;
use crate::core::run::deadline::Moved;
use crate::core::run::decide;
use crate::core::run::state::Step;

pub async fn explain(global: &Global, project: &str, named: &Address) -> anyhow::Result<Done> {
    let work = Work::open(global, project, named).await?;
    let address = work.place().ok_or_else(|| work.unknown())?;
    let (reading, everybody) = (&work.reading, &work.everybody);
    let what = reading.run.find_step(&address).and_then(date_of);
    let what = what.with_context(|| {
        format!("`{address}` has no date yet. `alongside step why` says what it waits for")
    })?;
    let facts = work.desk.engine.facts_for_show(everybody);
    let way = decide::counted(&reading.workflow, &reading.run, &facts, &address, what);
    let step = &reading.run.steps[&address];
    let deadline = match what {
        Moved::Due => step.due.as_ref(),
        Moved::Opens => step.opens.as_ref(),
    };
    let deadline = deadline.context("the date is gone")?;
    let days = way.map(|way| {
        let calendar = &deadline.calendar;
        count(
            &everybody.calendars,
            calendar,
            way.unit,
            way.from,
            way.days,
            way.side,
        )
    });
    let page = Page {
        reading,
        everybody,
        address: &address,
        what,
        deadline,
        way,
        days,
    };
    if work.desk.json {
        output::print_json(&page.json())?;
    } else {
        output::print(&page.text());
    }
    Ok(Done::Well)
}

/// The date at which a step opens as long as it waits for it, else the one at which it is due.
fn date_of(step: &Step) -> Option<Moved> {
    let waits = !step.status.is_ready() && !step.status.is_settled();
    match (&step.opens, &step.due) {
        (Some(_), _) if waits => Some(Moved::Opens),
        (_, Some(_)) => Some(Moved::Due),
        _ => None,
    }
}
