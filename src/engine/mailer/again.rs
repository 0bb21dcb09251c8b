//! A mail that was made and did not leave at once, looked at again before it does.

use uuid::Uuid;

use super::{Desk, Mailbox};
use crate::core::mails::again::{Again, Known, again, is_fresh};
use crate::core::mails::quiet::is_urgent;
use crate::core::mails::sending::Sending;
use crate::core::names::AllianceId;
use crate::core::run::effect::Letter;
use crate::engine::{Engine, Error};
use crate::store::{MailRow, OutboxKind, OutboxRow, OutgoingRow};

impl Engine {
    /// Whether a mail may go out as it is. One that is not right any more has been taken apart.
    pub(in crate::engine) async fn look_again(
        &self,
        mailbox: &Mailbox,
        alliance: &AllianceId,
        row: &OutgoingRow,
        sending: &Sending,
        token: Uuid,
    ) -> Result<Again, Error> {
        if is_fresh(sending, row.day, self.clock.now()) {
            return Ok(Again::Send);
        }
        let desk = Desk::of(self, mailbox, alliance.clone(), token).await?;
        let scoped = self.store.of(alliance);
        let letters = scoped.carried(row.person, row.id).await?;
        let known = desk.known(row, &letters).await?;
        let what = again(sending, &known);
        if what == Again::TakeApart {
            let tried = u32::from(sending.attempts > 0);
            let letters = letters.into_iter().map(|it| desk.waiting_again(it, tried));
            // Before others can make a mail of that id again.
            if let Err(error) = mailbox.folder.remove(row.id) {
                tracing::warn!(mail = %row.id, %error, "the copy of a mail that never left is still there");
            }
            let store = &self.store;
            store
                .take_apart(alliance, row.id, token, letters.collect())
                .await?;
        }
        Ok(what)
    }
}

impl Desk<'_> {
    async fn known(&self, row: &OutgoingRow, letters: &[MailRow]) -> Result<Known, Error> {
        let (today, person) = (self.now.date(), row.person);
        let waiting = letters.iter().map(|it| self.waiting_again(it.clone(), 0));
        let (read, runs, lost) = self.read(person, waiting.collect()).await?;
        let calendar = self.calendar(person);
        let urgent = |letter: &Letter| is_urgent(letter, calendar, today);
        let is_overtaken = read.values().any(|(row, letter)| {
            let about = self.about(row, &runs);
            about.is_none_or(|it| it.overtaken(letter, person).is_some())
        });
        Ok(Known {
            made_on: row.day,
            today,
            window: self.window(person, false),
            is_urgent: !read.is_empty() && read.values().all(|(_, letter)| urgent(letter)),
            is_overtaken: is_overtaken || !lost.is_empty(),
            days_before: letters.iter().map(|it| it.tried).min().unwrap_or(0),
        })
    }

    fn waiting_again(&self, letter: MailRow, tried: u32) -> OutboxRow {
        OutboxRow {
            id: letter.id,
            kind: OutboxKind::Mail,
            run: letter.run,
            seq: letter.seq,
            body: letter.letter,
            next_at: self.now,
            attempts: 0,
            why: None,
            lease_token: None,
            lease_until: None,
            person: Some(letter.person),
            held: letter.held,
            tried: letter.tried + tried,
        }
    }
}
