//! Schedules: what comes round by the calendar is done for each alliance, each time once.
//!
//! Any process claims a time that has come. What it does, the record that it happened and the next
//! time are one commit, so it matters little who was at it. Times that were missed are made up for
//! by one. A next time that is further away than any setting plans it comes from a clock that was
//! wrong: it is planned anew, and what has happened by then does not happen again.

use uuid::Uuid;

use crate::core::audit::chain;
use crate::core::mails::quiet::earliest;
use crate::core::names::{AllianceId, PersonId};
use crate::core::run::effect::{Effect, Letter};
use crate::core::run::seed::{Seed, uuid_from};
use crate::core::schedules::Job;
use crate::core::time::Instant;
use crate::mail::Folder;
use crate::store::{Changes, Claimed, Occurrence, OutboxKind, OutboxRow, ScheduleRow, Turn, Unit};

use super::brief::ENDS_SOON_DAYS;
use super::readings::Everybody;
use super::{Engine, Error};

/// How long a claimed time belongs to whoever is at it. Retention may have much to do.
const LEASE_SECONDS: i64 = 600;
/// So many are claimed at once, that the last is begun within its lease.
const AT_ONCE: u32 = 8;
/// What comes later than this is looked at more closely: usual settings are never so far away.
const FAR_SECONDS: i64 = 8 * 86_400;

impl Engine {
    /// Does what has come round, soonest first; says how many times that was. One that fails holds
    /// up no other; it is tried again when its lease has run out.
    pub async fn run_schedules(&self, folder: &Folder) -> Result<usize, Error> {
        let now = self.clock.now();
        let look = self.store.look_at_schedules().await?;
        let jobs = i64::try_from(Job::ALL.len()).unwrap_or(i64::MAX);
        if look.planned < look.alliances.saturating_mul(jobs) {
            self.plan_schedules(now).await?;
        }
        if look
            .latest
            .is_some_and(|at| at > now.plus_seconds(FAR_SECONDS))
        {
            self.mend_schedules(now).await?;
        }
        if look.soonest.is_none_or(|at| at > now) {
            return Ok(0);
        }
        let token = uuid_from(&super::random_bytes());
        let due = self
            .store
            .claim_schedules(now, LEASE_SECONDS, AT_ONCE, token);
        let due = due.await?;
        for Claimed { alliance, row } in &due {
            if let Err(error) = self.do_scheduled(alliance, row, token, folder).await {
                let schedule = row.name;
                tracing::error!(%alliance, %schedule, %error, "a schedule must wait");
            }
        }
        Ok(due.len())
    }

    /// An alliance that nobody has looked at yet gets its first times.
    async fn plan_schedules(&self, now: Instant) -> Result<(), Error> {
        for alliance in self.store.alliances().await? {
            let scoped = self.store.of(&alliance.id);
            let planned = scoped.schedules().await?;
            let known = |job: &Job| planned.iter().any(|row| row.name == *job);
            for job in Job::ALL.into_iter().filter(|job| !known(job)) {
                scoped.plan_schedule(job, job.next_after(None, now)).await?;
            }
        }
        Ok(())
    }

    /// A time that lies behind the next two was planned by a clock that was ahead.
    async fn mend_schedules(&self, now: Instant) -> Result<(), Error> {
        for alliance in self.store.alliances().await? {
            let scoped = self.store.of(&alliance.id);
            for row in scoped.schedules().await? {
                let next_after = |at| row.name.next_after(row.setting.as_deref(), at);
                let (Some(planned), Some(first)) = (row.next_at, next_after(now)) else {
                    continue;
                };
                if next_after(first).is_some_and(|second| planned > second)
                    && scoped.move_schedule(row.name, planned, Some(first)).await?
                {
                    let (alliance, schedule) = (&alliance.id, row.name);
                    tracing::warn!(%alliance, %schedule, %planned, "planned anew: a clock was ahead");
                }
            }
        }
        Ok(())
    }

    async fn do_scheduled(
        &self,
        alliance: &AllianceId,
        row: &ScheduleRow,
        token: Uuid,
        folder: &Folder,
    ) -> Result<(), Error> {
        let Some(planned_at) = row.next_at else {
            return Ok(());
        };
        let cron = row.name.when(row.setting.as_deref()).map_err(|wrong| {
            let (name, setting) = (row.name, row.setting.as_deref().unwrap_or_default());
            Error::Unreadable(format!(
                "The setting `{setting}` of {name} cannot be used: {wrong}."
            ))
        })?;
        let everybody = if row.name == Job::Retention {
            // The same however often it is done, and it may take long: before the turn.
            self.forget(alliance, folder).await?;
            Everybody::default()
        } else {
            self.everybody(alliance).await?
        };
        let now = self.clock.now();
        let next_at = cron.and_then(|cron| cron.next_after(now));
        let it = Occurrence {
            name: row.name,
            planned_at,
            token,
        };
        let mut unit = self.store.begin(alliance).await?;
        match unit.take_turn(it, now, next_at).await? {
            Turn::Lost => return Ok(unit.roll_back().await?),
            Turn::Before => return Ok(unit.commit().await?),
            Turn::Ours => {}
        }
        let letter = match row.name {
            Job::Summary => Some(Letter::Summary),
            Job::CalendarCheck => self.check_calendars(&everybody, &mut unit).await?,
            Job::Retention => None,
        };
        if let Some(letter) = letter {
            let outbox = to_coordinators(&everybody, &letter, it, &unit, now);
            let changes = Changes {
                outbox,
                ..Changes::default()
            };
            unit.write(changes).await?;
        }
        unit.commit().await?;
        metrics::counter!("alongside_schedules_done_total", "schedule" => row.name.word())
            .increment(1);
        Ok(())
    }

    /// Of which schools the coordinators are told now, each once for each end.
    async fn check_calendars(
        &self,
        everybody: &Everybody,
        unit: &mut Unit,
    ) -> Result<Option<Letter>, Error> {
        let today = self.clock.now().date();
        let mut schools = Vec::new();
        for (school, last) in everybody.calendars.ending(today, ENDS_SOON_DAYS) {
            if let Some(last) = last
                && unit.warn_of_calendar(&school, last).await?
            {
                schools.push(school);
            }
        }
        Ok((!schools.is_empty()).then_some(Letter::CalendarsEnd { schools }))
    }
}

/// The same letter to each coordinator. Its id is made of the planned time, and so is its place among
/// others of its kind.
fn to_coordinators(
    everybody: &Everybody,
    letter: &Letter,
    it: Occurrence,
    unit: &Unit,
    now: Instant,
) -> Vec<OutboxRow> {
    let (alliance, planned) = (unit.alliance(), it.planned_at.to_string());
    let held = everybody.directory.holders("coordinator", None, now.date());
    let mut people: Vec<PersonId> = held.map(|post| post.person).collect();
    people.sort_unstable();
    people.dedup();
    let seq = u64::try_from(it.planned_at.micros() / 1_000_000).unwrap_or(0);
    let rows = people.into_iter().map(|to| {
        let person = to.to_string();
        let parts = ["schedule", &alliance.0, it.name.word(), &planned, &person];
        let effect = Effect::Mail {
            to,
            letter: letter.clone(),
        };
        OutboxRow {
            id: uuid_from(&Seed::known(&parts)),
            kind: OutboxKind::Mail,
            run: None,
            seq,
            body: chain::canonical(&effect),
            next_at: earliest(letter, now),
            attempts: 0,
            why: None,
            lease_token: None,
            lease_until: None,
            person: Some(to),
            held: None,
            tried: 0,
        }
    });
    rows.collect()
}
