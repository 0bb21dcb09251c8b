//! An operator's decision about a message that waits or was put aside: try it again, or let it go.
//!
//! A message with an id keeps its row in the inbox for good, so what became of it is told there.
//! One from quarantine is read anew through the same door as the first time; what the door still
//! refuses stays where it is.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::core::message::read;
use crate::core::message::write::{self, Answer, Cause};
use crate::core::names::AllianceId;
use crate::core::run::refusal::{Code, Refusal};
use crate::store::{Changes, InboxRow, InboxState, QuarantineRow, nobody};

use super::answers::{Handled, Kept};
use super::attempt::word;
use super::batch::Batch;
use super::{Engine, Error};

/// The code of what an operator has taken out.
pub const DISCARDED: &str = "discarded";

impl Engine {
    /// Tries a parked or quarantined message of the inbox again. A sentence where it cannot be.
    pub async fn drive_again(
        &self,
        alliance: &AllianceId,
        row: &InboxRow,
    ) -> Result<Result<Handled, String>, Error> {
        match row.state {
            InboxState::Parked | InboxState::Quarantined => {}
            InboxState::Applied => return Ok(Err("It was applied already.".to_owned())),
            InboxState::Rejected => {
                let reason =
                    "It was rejected, and that stands. Send it again under an id of its own.";
                return Ok(Err(reason.to_owned()));
            }
        }
        if row.raw.is_none() {
            let reason =
                "Its text is not kept any more (90 days). Ask the sender to send it again.";
            return Ok(Err(reason.to_owned()));
        }
        let handled = self.retry(alliance, row).await?;
        Ok(handled.ok_or_else(|| {
            let source = &row.source;
            format!("It cannot be read as a command of {source}: is the source still configured?")
        }))
    }

    /// Reads a message from quarantine anew. A sentence where that is refused again.
    pub async fn let_in_again(
        &self,
        owner: &AllianceId,
        row: &QuarantineRow,
    ) -> Result<Result<Handled, String>, Error> {
        let Some(raw) = &row.raw else {
            let reason = "Its bytes are not kept any more. Ask the sender to send it again.";
            return Ok(Err(reason.to_owned()));
        };
        if HEXLOWER.encode(&Sha256::digest(raw)) != row.sha256 {
            let reason = "It was too long, so only its beginning was kept. Ask the sender for a \
                          shorter one.";
            return Ok(Err(reason.to_owned()));
        }
        let incoming = match self.open_again(row, raw) {
            Ok(incoming) => incoming,
            Err(unreadable) => return Ok(Err(unreadable.reason)),
        };
        let alliance = incoming.envelope.alliance.clone();
        if *owner != alliance && *owner != nobody() {
            let reason = format!("It is for the alliance {alliance}, not for {owner}.");
            return Ok(Err(reason));
        }
        let mut handled = self.handle(&alliance, vec![incoming]).await?;
        let Some(handled) = handled.pop() else {
            return Ok(Err("The engine gave no answer.".to_owned()));
        };
        if let Handled::Quarantined { reason, .. } = handled {
            return Ok(Err(reason));
        }
        self.store
            .of(owner)
            .discard_quarantined(&row.sha256)
            .await?;
        Ok(Ok(handled))
    }

    /// Takes a message out of the inbox for good and tells its sender. The record of it stays.
    pub async fn discard(
        &self,
        alliance: &AllianceId,
        row: &InboxRow,
        why: &str,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let reason = format!("An operator has discarded it: {why}");
        let refusal = Refusal::new(Code::Discarded, reason.clone());
        let kept = Kept::of(refusal.code, &reason);
        let mut batch = Batch::default();
        let envelope = row.raw.as_ref().map(|raw| read(raw.as_bytes(), now));
        if let Some(Ok(envelope)) = envelope {
            let (cause, answer) = (Cause::from(&envelope), Answer::Rejected(refusal));
            let message = write::answer(&self.origin, &cause, None, &answer, now);
            batch.queue_message(&message, None, now);
        }
        let changes = Changes {
            inbox: vec![InboxRow {
                state: InboxState::Rejected,
                code: Some(word(&Code::Discarded)),
                reason: Some(reason),
                outcome: serde_json::to_string(&kept).ok(),
                raw: None,
                next_at: None,
                expires_at: None,
                waiting_for: None,
                ..row.clone()
            }],
            ..batch.changes
        };
        let mut unit = self.store.begin(alliance).await?;
        unit.write(changes).await?;
        unit.commit().await?;
        Ok(())
    }
}
