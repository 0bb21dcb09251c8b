//! `step why`: a step explained.

use super::work::Work;
use crate::cli::pages::step;
use crate::cli::{Done, act, output};

pub async fn why(work: &Work) -> anyhow::Result<Done> {
    let texts = work
        .desk
        .engine
        .texts(&work.alliance, work.reading.run.id)
        .await?;
    let now = work.desk.engine.clock.now();
    let view = act::view(&work.reading, &work.everybody, &texts, now);
    let mut why = work.why().ok_or_else(|| work.unknown())?;
    why.reason = why.reason.map(|reason| work.everybody.with_names(&reason));
    if work.desk.json {
        output::print_json(&step::why_json(&view, &why))?;
    } else {
        output::print(&step::why(&view, &why));
    }
    Ok(Done::Well)
}
