//! What of a person's letters leaves now, and what waits for another moment.

use uuid::Uuid;

use super::{Desk, Letters, MISSED_SECONDS, Runs};
use crate::core::mails::bundle::Waiting;
use crate::core::mails::quiet::{GATHER_SECONDS, Rule, Window};
use crate::core::names::PersonId;
use crate::core::run::effect::{Effect, Letter};
use crate::core::run::state::{Run, RunStatus};
use crate::engine::Error;
use crate::store::{OutboxRow, WaitingFilter};

impl Desk<'_> {
    /// All of them, if it is a moment at which that person gets mail; else what is urgent.
    pub(super) async fn leaving(
        &self,
        person: PersonId,
        rows: Vec<OutboxRow>,
        written_today: bool,
    ) -> Result<Vec<OutboxRow>, Error> {
        let (rule, until) = match self.window(person, written_today) {
            Window::Held { rule, until } => (rule, until),
            Window::Open if rows.iter().any(|row| self.was_missed(row)) => {
                (Rule::Gathering, self.now.plus_seconds(GATHER_SECONDS))
            }
            Window::Open => return Ok(rows),
        };
        let (urgent, others): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .partition(|row| self.is_urgent(person, row));
        let ids: Vec<Uuid> = others.iter().map(|row| row.id).collect();
        self.hold(&ids, rule, until).await?;
        Ok(urgent)
    }

    /// What a hold would stop waits as long as the hold can be taken back.
    pub(super) async fn wait_for_undo(
        &self,
        letters: &mut Letters,
        runs: &Runs,
    ) -> Result<(), Error> {
        for (run, (reading, _)) in runs {
            let held = Some(&reading.run).filter(|run| run.status == RunStatus::Paused);
            let until = held.and_then(Run::undo_until);
            let Some(until) = until.filter(|until| *until > self.now) else {
                continue;
            };
            let waits = |row: &OutboxRow, letter: &Letter| {
                row.run == Some(*run) && letter.is_stopped_by_a_hold()
            };
            let ids = letters
                .iter()
                .filter(|(_, (row, letter))| waits(row, letter));
            let ids: Vec<Uuid> = ids.map(|(id, _)| *id).collect();
            letters.retain(|id, _| !ids.contains(id));
            self.hold(&ids, Rule::Undo, until).await?;
        }
        Ok(())
    }

    /// Letters about visits that wait for another moment, if any about visits leave now.
    pub(super) async fn staying_visits(
        &self,
        person: PersonId,
        leaving: &Letters,
    ) -> Result<Vec<Waiting>, Error> {
        if !leaving.values().any(|(_, letter)| letter.is_of_a_visit()) {
            return Ok(Vec::new());
        }
        let filter = WaitingFilter {
            person: Some(person),
            run: None,
        };
        let scoped = self.engine.store.of(&self.alliance);
        let rows = scoped.letters_waiting(filter).await?.into_iter();
        let others = rows.filter(|row| !leaving.contains_key(&row.id));
        let waiting = others.filter_map(|row| match serde_json::from_str(&row.body) {
            Ok(Effect::Mail { letter, .. }) => Some(Waiting {
                id: row.id,
                run: row.run,
                seq: row.seq,
                reference: String::new(),
                due: None,
                letter,
            }),
            _ => None,
        });
        Ok(waiting.collect())
    }

    /// It should have left long ago, so that nobody was at work: the reminders that were missed as
    /// well come up now, and go into the same mail.
    fn was_missed(&self, row: &OutboxRow) -> bool {
        row.held.is_none() && row.next_at.plus_seconds(MISSED_SECONDS) < self.now
    }
}
