//! The mailer: letters in the outbox become mails, or the record of why they were not sent.
//!
//! Each letter is checked again at the moment of sending: still open, still theirs, not paused.
//! What was written is kept with its id, so that writing the same mail twice writes one file.

use std::collections::BTreeMap;

use uuid::Uuid;

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
        for letter in &letters {
            let alliance = &letter.alliance;
            if !known.contains_key(alliance) {
                known.insert(alliance.clone(), self.everybody(alliance).await?);
            }
            self.write_mail(mailbox, &known[alliance], letter, token)
                .await?;
        }
        Ok(letters.len())
    }

    async fn write_mail(
        &self,
        mailbox: &Mailbox,
        everybody: &Everybody,
        claimed: &Claimed<OutboxRow>,
        token: Uuid,
    ) -> Result<(), Error> {
        let Claimed { alliance, row } = claimed;
        let (Ok(Effect::Mail { to, letter }), Some(run)) =
            (serde_json::from_str(&row.body), row.run)
        else {
            let key = (alliance.clone(), row.id);
            let next = self.clock.now().plus_seconds(AGAIN_SECONDS);
            self.store
                .retry_outbox(&key, token, next, "the letter cannot be read")
                .await?;
            return Ok(());
        };
        let now = self.clock.now();
        let mut mail = MailRow {
            id: row.id,
            run: Some(run),
            person: to,
            kind: kind(&letter).to_owned(),
            letter: row.body.clone(),
            state: MailState::Written,
            why: None,
            at: now,
        };
        let Some(reading) = self.read_run(alliance, run).await? else {
            mail.state = MailState::NotSent;
            mail.why = Some("the project is not there".to_owned());
            self.store.finish_mail(alliance, &mail, token).await?;
            return Ok(());
        };
        let texts = self.texts(alliance, run).await?;
        let scene = Scene {
            reading: &reading,
            everybody,
            texts: &texts,
            today: now.date(),
        };
        if let Some(why) = scene.overtaken(&letter, to) {
            mail.state = MailState::NotSent;
            mail.why = Some(why.to_owned());
            self.store.finish_mail(alliance, &mail, token).await?;
            return Ok(());
        }
        let person = everybody.people.get(&to);
        let written = scene.write(&letter, to).and_then(|written| {
            let outgoing = Outgoing {
                id: row.id,
                at: now,
                to_name: person.and_then(|row| row.name.clone()).unwrap_or_default(),
                to_address: person.and_then(|row| row.email.clone()).unwrap_or_default(),
                subject: written.subject,
                text: written.text,
                html: written.html,
            };
            mailbox
                .folder
                .write(&outgoing)
                .map_err(|error| error.to_string())
        });
        match written {
            Ok(()) => {
                self.store.finish_mail(alliance, &mail, token).await?;
                metrics::counter!("alongside_mails_written_total").increment(1);
            }
            Err(why) => {
                tracing::error!(%alliance, %run, mail = %row.id, %why, "a mail was not written");
                let key = (alliance.clone(), row.id);
                let next = now.plus_seconds(AGAIN_SECONDS);
                self.store.retry_outbox(&key, token, next, &why).await?;
            }
        }
        Ok(())
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
