//! Term dates have changed: every project in progress counts its open dates anew.
//!
//! Whoever changes a calendar notes the projects in the same transaction; any process works the
//! notes off. The id of the command is made of the revision, so a note that is worked off twice
//! moves nothing twice.

use crate::core::names::{AllianceId, RunId};
use crate::core::run::command::{Command, Envelope};
use crate::core::run::decide::who::ENGINE;
use crate::store::ReplanRow;

use super::{Engine, Error, Incoming};

impl Engine {
    /// Works off so many notes; says how many there were.
    pub async fn count_dates_anew(&self, limit: u32) -> Result<usize, Error> {
        let noted = self.store.noted_replans(i64::from(limit)).await?;
        for row in &noted {
            if let Err(error) = self.count_one_anew(row).await {
                let (alliance, run) = (&row.alliance, row.run);
                tracing::error!(%alliance, %run, %error, "its dates cannot be counted anew yet");
            }
        }
        Ok(noted.len())
    }

    async fn count_one_anew(&self, row: &ReplanRow) -> Result<(), Error> {
        let because = row.because.clone();
        let id = format!("{}/replan/{}", row.run, row.revision);
        let command = self.to_count_anew(&row.alliance, row.run, id, because);
        // Most projects have no date that moves: that is refused, so that no entry says so, but
        // the moments of their reminders are planned anew all the same.
        self.handle(&row.alliance, vec![command]).await?;
        Ok(self.store.replanned(row).await?)
    }

    fn to_count_anew(
        &self,
        alliance: &AllianceId,
        run: RunId,
        id: String,
        because: String,
    ) -> Incoming {
        let command = Command::DeadlinesReplan { because };
        let now = self.clock.now();
        Incoming::inside(Envelope::inside(ENGINE, id, alliance, run, now, command))
    }
}
