//! What a letter on the mailer's desk is about: a project that was read, or the whole alliance.

use crate::engine::Error;
use crate::engine::letters::Scene;
use crate::engine::letters::alliance::AllianceScene;
use crate::engine::letters::around::Around;
use crate::engine::letters::subject::Subject;
use crate::store::OutboxRow;

use super::{Desk, Runs};

impl Desk<'_> {
    /// Once for all mails of a round.
    pub(super) async fn make_brief(&self) -> Result<(), Error> {
        let today = self.now.date();
        let brief = || self.engine.brief(&self.alliance, &self.everybody, today);
        self.brief.get_or_try_init(brief).await.map(|_| ())
    }

    pub(super) fn around(&self) -> Around<'_> {
        let (everybody, today) = (&self.everybody, self.now.date());
        Around { everybody, today }
    }

    /// A letter's project, or the alliance; nothing where it was not read.
    pub(super) fn about<'s>(&'s self, row: &OutboxRow, runs: &'s Runs) -> Option<Subject<'s>> {
        let around = self.around();
        let Some(run) = row.run else {
            let brief = self.brief.get()?;
            return Some(Subject::Alliance(AllianceScene { around, brief }));
        };
        let (reading, texts) = runs.get(&run)?;
        Some(Subject::Project(Scene {
            reading,
            everybody: around.everybody,
            texts,
            today: around.today,
        }))
    }
}
