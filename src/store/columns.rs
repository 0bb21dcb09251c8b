//! How the field's own types stand in columns, the same on both databases.
//!
//! A word (a status, an alliance, an address) is the word that it is in JSON; a run and a person
//! are native uuids; a moment is a timestamp in PostgreSQL and RFC 3339 text with six digits in
//! SQLite, where text order then is time order.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as NoSuchWord, StrDeserializer};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Postgres, Sqlite, Type};
use uuid::Uuid;

use super::rows::{InboxState, MailState, OutboxKind, RunKind};
use crate::core::names::{AllianceId, PersonId, RunId, Urn};
use crate::core::run::address::Address;
use crate::core::run::projection::Asks;
use crate::core::run::state::{RunStatus, Status};
use crate::core::schedules::Job;
use crate::core::time::Instant;

fn write_word<T: Serialize>(value: &T) -> Result<String, BoxDynError> {
    match serde_json::to_value(value)? {
        serde_json::Value::String(word) => Ok(word),
        other => Err(format!("{other} is not one word").into()),
    }
}

fn read_word<T: DeserializeOwned>(word: &str) -> Result<T, BoxDynError> {
    let words: StrDeserializer<'_, NoSuchWord> =
        serde::de::IntoDeserializer::into_deserializer(word);
    Ok(T::deserialize(words)?)
}

/// Lets a type stand in a column as `$column`, for both databases at once.
macro_rules! stands_as {
    ($column:ty, write: $write:expr, read: $read:expr, for: $($type:ty),+ $(,)?) => {$(
        impl<DB: Database> Type<DB> for $type where $column: Type<DB> {
            fn type_info() -> DB::TypeInfo {
                <$column as Type<DB>>::type_info()
            }
            fn compatible(theirs: &DB::TypeInfo) -> bool {
                <$column as Type<DB>>::compatible(theirs)
            }
        }
        impl<'q, DB: Database> Encode<'q, DB> for $type where $column: Encode<'q, DB> {
            fn encode_by_ref(
                &self,
                buffer: &mut <DB as Database>::ArgumentBuffer,
            ) -> Result<IsNull, BoxDynError> {
                let column: $column = $write(self)?;
                <$column as Encode<'q, DB>>::encode(column, buffer)
            }
        }
        impl<'r, DB: Database> Decode<'r, DB> for $type where $column: Decode<'r, DB> {
            fn decode(value: <DB as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let column = <$column as Decode<'r, DB>>::decode(value)?;
                $read(column)
            }
        }
    )+};
}

stands_as!(String, write: write_word, read: |word: String| read_word(&word),
    for: AllianceId, Urn, Address, Asks, Job, RunStatus, Status, RunKind, InboxState, OutboxKind, MailState);
stands_as!(Uuid, write: |run: &RunId| Ok::<_, BoxDynError>(run.0), read: |id| Ok(RunId(id)),
    for: RunId);
stands_as!(Uuid, write: |person: &PersonId| Ok::<_, BoxDynError>(person.0), read: |id| Ok(PersonId(id)),
    for: PersonId);

impl Type<Postgres> for Instant {
    fn type_info() -> <Postgres as Database>::TypeInfo {
        <DateTime<Utc> as Type<Postgres>>::type_info()
    }
    fn compatible(theirs: &<Postgres as Database>::TypeInfo) -> bool {
        <DateTime<Utc> as Type<Postgres>>::compatible(theirs)
    }
}

impl<'q> Encode<'q, Postgres> for Instant {
    fn encode_by_ref(
        &self,
        buffer: &mut <Postgres as Database>::ArgumentBuffer,
    ) -> Result<IsNull, BoxDynError> {
        <DateTime<Utc> as Encode<'q, Postgres>>::encode(self.utc(), buffer)
    }
}

impl<'r> Decode<'r, Postgres> for Instant {
    fn decode(value: <Postgres as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        <DateTime<Utc> as Decode<'r, Postgres>>::decode(value).map(Self::new)
    }
}

impl Type<Sqlite> for Instant {
    fn type_info() -> <Sqlite as Database>::TypeInfo {
        <String as Type<Sqlite>>::type_info()
    }
}

impl<'q> Encode<'q, Sqlite> for Instant {
    fn encode_by_ref(
        &self,
        buffer: &mut <Sqlite as Database>::ArgumentBuffer,
    ) -> Result<IsNull, BoxDynError> {
        <String as Encode<'q, Sqlite>>::encode(self.to_string(), buffer)
    }
}

impl<'r> Decode<'r, Sqlite> for Instant {
    fn decode(value: <Sqlite as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(<String as Decode<'r, Sqlite>>::decode(value)?.parse()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_in_a_column_is_the_word_in_json() {
        assert_eq!(write_word(&RunStatus::InProgress).unwrap(), "in_progress");
        assert_eq!(
            read_word::<InboxState>("parked").unwrap(),
            InboxState::Parked
        );
        let address: Address = read_word("visits[2].record").unwrap();
        assert_eq!(write_word(&address).unwrap(), "visits[2].record");
        assert!(read_word::<RunStatus>("asleep").is_err());
    }
}
