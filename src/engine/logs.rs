//! The log of a run as it is stored, for `audit verify` and `audit export`.

use crate::core::audit::verify::Stored;
use crate::core::names::AllianceId;
use crate::store::RunRow;

use super::{Engine, Error};

/// How many entries are read at a time.
const PAGE: u32 = 500;

impl Engine {
    /// Everything that the database holds of one run's log, unread.
    pub async fn stored_log(&self, alliance: &AllianceId, row: RunRow) -> Result<Stored, Error> {
        let scoped = self.store.of(alliance);
        let mut entries: Vec<(u64, String)> = Vec::new();
        loop {
            let after = entries.last().map_or(0, |(seq, _)| *seq);
            let rows = scoped.entries(row.id, after, PAGE).await?;
            if rows.is_empty() {
                break;
            }
            entries.extend(rows.into_iter().map(|entry| (entry.seq, entry.body)));
        }
        let mut payloads = Vec::new();
        for payload in scoped.payloads(row.id).await? {
            payloads.push(payload.payload()?);
        }
        Ok(Stored {
            alliance: alliance.clone(),
            run: row.id,
            reference: row.reference,
            entries,
            payloads,
            version: row.version,
            head: row.head,
            snapshot: Some((row.fold, row.state)),
        })
    }
}
