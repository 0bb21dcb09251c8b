//! The post: a mail that was made is put where it goes.
//!
//! Without a mail server that is a folder. The file's name is the mail's id, so that a mail that is
//! written twice is one file.

use crate::core::run::seed::uuid_from;
use crate::store::Claimed;

use super::mailer::Mailbox;
use super::{Engine, Error};

/// How long a claimed mail belongs to whoever writes it.
const LEASE_SECONDS: i64 = 60;
/// When one that could not be written is tried again.
const AGAIN_SECONDS: i64 = 300;

impl Engine {
    /// Writes so many mails, oldest first; says how many there were.
    pub(super) async fn post_mails(&self, mailbox: &Mailbox, limit: u32) -> Result<usize, Error> {
        let now = self.clock.now();
        let token = uuid_from(&super::random_bytes());
        let mails = self
            .store
            .claim_outgoing(now, LEASE_SECONDS, limit, token)
            .await?;
        for Claimed { alliance, row } in &mails {
            let bytes = row.bytes.as_deref().unwrap_or_default();
            match mailbox.folder.write(row.id, bytes) {
                Ok(()) => {
                    self.store.outgoing_written(alliance, row.id, token).await?;
                    metrics::counter!("alongside_mails_written_total").increment(1);
                }
                Err(error) => {
                    let (mail, why) = (row.id, error.to_string());
                    tracing::error!(%alliance, %mail, %why, "a mail was not written");
                    let next = now.plus_seconds(AGAIN_SECONDS);
                    let key = (alliance, row.id);
                    self.store.retry_outgoing(key, token, next, &why).await?;
                }
            }
        }
        Ok(mails.len())
    }
}
