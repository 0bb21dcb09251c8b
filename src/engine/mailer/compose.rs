//! The mail that carries letters, to the last byte.

use uuid::Uuid;

use super::{Desk, Letters, Place, Runs};
use crate::core::audit::chain;
use crate::core::mails::bundle::Waiting;
use crate::core::mails::sending::Sending;
use crate::core::names::PersonId;
use crate::core::run::effect::Letter;
use crate::core::run::seed::{Seed, uuid_from};
use crate::engine::letters::Written;
use crate::engine::letters::subject::Subject;
use crate::engine::readings::Everybody;
use crate::mail::Outgoing;
use crate::store::OutgoingRow;

impl Desk<'_> {
    /// The mail that carries these letters: the letter itself, or a digest of them.
    pub(super) fn compose(
        &self,
        person: PersonId,
        carried: &[Waiting],
        letters: &Letters,
        runs: &Runs,
        Place { number, first }: Place,
    ) -> Result<Option<OutgoingRow>, String> {
        let each = carried.iter().filter_map(|it| {
            let (row, _) = &letters[&it.id];
            Some((it.id, self.about(row, runs)?, &it.letter))
        });
        let each: Vec<(Uuid, Subject<'_>, &Letter)> = each.collect();
        let around = self.around();
        let (id, written) = match each.as_slice() {
            [] => return Ok(None),
            [(id, about, letter)] if !about.is_a_line(letter) => {
                (*id, about.write(letter, person)?)
            }
            _ => {
                let items = each
                    .iter()
                    .map(|(_, about, letter)| about.item(letter, person));
                let items = items.collect::<Result<Vec<_>, _>>()?;
                let digest = around.digest(items, person)?;
                (self.digest_id(person, number), digest)
            }
        };
        let written = if first {
            around.with_notice(written)?
        } else {
            written
        };
        let bytes = self.bytes(id, person, written)?;
        Ok(Some(OutgoingRow {
            id,
            person,
            day: self.now.date(),
            number,
            bytes: Some(bytes),
            state: "pending".to_owned(),
            sending: chain::canonical(&Sending::new(self.now)),
            open: true,
            next_at: self.now,
            lease_token: None,
            lease_until: None,
        }))
    }

    fn bytes(&self, id: Uuid, person: PersonId, written: Written) -> Result<Vec<u8>, String> {
        let known = self.everybody.people.get(&person);
        let outgoing = Outgoing {
            id,
            at: self.now,
            alliance: self.alliance.0.clone(),
            to_name: known.and_then(|row| row.name.clone()).unwrap_or_default(),
            to_address: known.and_then(|row| row.email.clone()).unwrap_or_default(),
            answer_to: self.coordinator(),
            subject: written.subject,
            text: written.text,
            html: Some(written.html),
            visits: written.visits,
        };
        let bytes = self.mailbox.folder.bytes(&outgoing);
        bytes.map_err(|error| error.to_string())
    }

    /// Name and address of who answers for the alliance.
    fn coordinator(&self) -> Option<(String, String)> {
        let Everybody {
            directory, people, ..
        } = &self.everybody;
        let mut held = directory.holders("coordinator", None, self.now.date());
        let row = held.find_map(|post| people.get(&post.person).filter(|it| it.email.is_some()))?;
        Some((row.name.clone().unwrap_or_default(), row.email.clone()?))
    }

    fn digest_id(&self, person: PersonId, number: u32) -> Uuid {
        let (person, day) = (person.to_string(), self.now.date().to_string());
        let number = number.to_string();
        let parts = ["digest", &self.alliance.0, &person, &day, &number];
        uuid_from(&Seed::known(&parts))
    }
}
