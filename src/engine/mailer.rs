//! The mailer: letters in the outbox become mails, or the record of why they were not sent.
//!
//! Each letter is checked again at the moment of sending: still open, still theirs, not paused.
//! What was written is kept with its id, so that writing the same mail twice writes one file.

use std::collections::BTreeMap;

use crate::core::names::AllianceId;
use crate::core::run::effect::{Effect, Letter};
use crate::core::run::seed::uuid_from;
use crate::mail::{Folder, Outgoing};
use crate::store::{Claimed, MailRow, MailState, OutboxKind, OutboxRow};

use super::letters::Scene;
use super::readings::Everybody;
use super::{Engine, Error};

/// How long a claimed letter belongs to whoever writes it.
const LEASE_SECONDS: i64 = 60;
/// When a letter that could not be written is tried again.
const AGAIN_SECONDS: i64 = 300;

/// Where mails go.
#[derive(Debug, Clone)]
pub struct Mailbox {
    pub folder: Folder,
}

impl Engine {
    /// Writes what waits, oldest first. Says how many letters were looked at.
    pub async fn write_mails(&self, mailbox: &Mailbox, limit: u32) -> Result<usize, Error> {
        let now = self.clock.now();
        let token = uuid_from(&super::random_bytes());
        let letters = self
            .store
            .claim_outbox(OutboxKind::Mail, now, LEASE_SECONDS, limit, token)
            .await?;
        let mut known: BTreeMap<AllianceId, Everybody> = BTreeMap::new();
        for Claimed { alliance, row } in &letters {
            if !known.contains_key(alliance) {
                known.insert(alliance.clone(), self.everybody(alliance).await?);
            }
            let everybody = &known[alliance];
            match self.write_mail(mailbox, alliance, everybody, row).await {
                Ok(record) => {
                    self.store.finish_mail(alliance, &record, token).await?;
                }
                Err(Failed::Database(error)) => return Err(error),
                Err(Failed::This(why)) => {
                    tracing::error!(%alliance, mail = %row.id, %why, "a mail was not written");
                    let key = (alliance.clone(), row.id);
                    let next = now.plus_seconds(AGAIN_SECONDS);
                    self.store.retry_outbox(&key, token, next, &why).await?;
                }
            }
        }
        Ok(letters.len())
    }

    /// Writes one mail, and gives the record of it or of why it is not sent.
    async fn write_mail(
        &self,
        mailbox: &Mailbox,
        alliance: &AllianceId,
        everybody: &Everybody,
        row: &OutboxRow,
    ) -> Result<MailRow, Failed> {
        let (Ok(Effect::Mail { to, letter }), Some(run)) =
            (serde_json::from_str(&row.body), row.run)
        else {
            return Err(Failed::This("the letter cannot be read".to_owned()));
        };
        let now = self.clock.now();
        let record = |why: Option<&str>| MailRow {
            id: row.id,
            run: Some(run),
            person: to,
            kind: kind(&letter).to_owned(),
            letter: row.body.clone(),
            state: match why {
                None => MailState::Written,
                Some(_) => MailState::NotSent,
            },
            why: why.map(str::to_owned),
            at: now,
        };
        let Some(reading) = self.read_run(alliance, run).await? else {
            return Ok(record(Some("the project is not there")));
        };
        let scene = Scene {
            reading: &reading,
            everybody,
            texts: &self.texts(alliance, run).await?,
            today: now.date(),
        };
        if let Some(why) = scene.overtaken(&letter, to) {
            return Ok(record(Some(why)));
        }
        let person = everybody.people.get(&to);
        let written = scene.write(&letter, to).map_err(Failed::This)?;
        let outgoing = Outgoing {
            id: row.id,
            at: now,
            to_name: person.and_then(|row| row.name.clone()).unwrap_or_default(),
            to_address: person.and_then(|row| row.email.clone()).unwrap_or_default(),
            subject: written.subject,
            text: written.text,
            html: written.html,
        };
        let done = mailbox.folder.write(&outgoing);
        done.map_err(|error| Failed::This(error.to_string()))?;
        metrics::counter!("alongside_mails_written_total").increment(1);
        Ok(record(None))
    }
}

/// Why a mail was not written.
enum Failed {
    /// This one only; the others go on.
    This(String),
    Database(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) if error.can_be_retried() => Self::Database(error.into()),
            other => Self::This(other.to_string()),
        }
    }
}

fn kind(letter: &Letter) -> &'static str {
    match letter {
        Letter::Ready { .. } => "ready",
        Letter::Due { .. } => "due",
        Letter::Step { .. } => "step",
        Letter::Notice { .. } => "notice",
    }
}
