//! The definitions that were used, kept by version for good: a run never reads a file again.
//!
//! A version stands for one text. The same version with another text is refused, because running
//! projects rely on it.

use super::Scoped;
use super::error::Error;
use super::rows::WorkflowRow;
use super::unit::Unit;

statements! {
    one {
        KEEP = concat!("INSERT INTO workflow (alliance, ", columns!(workflow), ")
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (alliance, name, version) DO NOTHING");
        FIND = concat!("SELECT ", columns!(workflow), " FROM workflow
            WHERE alliance = $1 AND name = $2 AND version = $3");
        NEWEST = concat!("SELECT ", columns!(workflow), " FROM workflow
            WHERE alliance = $1 AND name = $2 ORDER BY version DESC LIMIT 1");
        ALL = concat!("SELECT ", columns!(workflow), " FROM workflow
            WHERE alliance = $1 ORDER BY name, version");
    }
}

impl Unit {
    /// That version of a workflow, or the newest one that was kept.
    pub async fn load_workflow(
        &mut self,
        name: &str,
        version: Option<u32>,
    ) -> Result<Option<WorkflowRow>, Error> {
        let alliance = &self.alliance;
        let found = match version.map(i64::from) {
            Some(version) => read_one!(
                on_tx,
                &mut self.tx,
                "workflow",
                WorkflowRow,
                FIND,
                [alliance, name, version]
            )?,
            None => read_one!(
                on_tx,
                &mut self.tx,
                "workflow",
                WorkflowRow,
                NEWEST,
                [alliance, name]
            )?,
        };
        Ok(found)
    }

    /// Keeps a version before its first use. To keep the same text again changes nothing.
    pub async fn keep_workflow(&mut self, row: &WorkflowRow) -> Result<(), Error> {
        let kept = run_one!(
            on_tx,
            &mut self.tx,
            "workflow",
            KEEP,
            [
                &self.alliance,
                &row.name,
                i64::from(row.version),
                &row.hash,
                &row.bundle,
                row.added_at,
            ]
        )?;
        if kept == 1 {
            return Ok(());
        }
        match self.load_workflow(&row.name, Some(row.version)).await? {
            Some(same) if same.hash == row.hash => Ok(()),
            _ => Err(Error::Refused(format!(
                "Version {} of the workflow {} is in use with another text. Give the changed text the version {}.",
                row.version,
                row.name,
                row.version.saturating_add(1)
            ))),
        }
    }
}

impl Scoped {
    pub async fn find_workflow(
        &self,
        name: &str,
        version: u32,
    ) -> Result<Option<WorkflowRow>, Error> {
        let version = i64::from(version);
        read_one!(
            on_reader,
            &self.db,
            "workflow",
            WorkflowRow,
            FIND,
            [&self.alliance, name, version]
        )
    }

    pub async fn workflows(&self) -> Result<Vec<WorkflowRow>, Error> {
        read_all!(
            on_reader,
            &self.db,
            "workflow",
            WorkflowRow,
            ALL,
            [&self.alliance]
        )
    }
}
