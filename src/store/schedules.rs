//! Schedules: when each comes next, who is at it, and which times have happened.
//!
//! A time is claimed like a timer. What it does is written together with the record that it
//! happened, whose key lets each time happen once, and with the next time.

use sqlx::FromRow;
use uuid::Uuid;

use super::claims::SKEW_SECONDS;
use super::error::Error;
use super::rows::Claimed;
use super::unit::Unit;
use super::{Scoped, Store, dialect};
use crate::core::names::{AllianceId, Urn};
use crate::core::schedules::Job;
use crate::core::time::{Date, Instant};

statements! {
    one {
        LOOK = "SELECT (SELECT count(*) FROM alliance) AS alliances,
            (SELECT count(*) FROM schedule) AS planned,
            (SELECT min(next_at) FROM schedule) AS soonest,
            (SELECT max(next_at) FROM schedule) AS latest";
        OF_ALLIANCE = concat!("SELECT ", columns!(schedule), " FROM schedule
            WHERE alliance = $1 ORDER BY name");
        PLAN = "INSERT INTO schedule (alliance, name, next_at) VALUES ($1, $2, $3)
            ON CONFLICT (alliance, name) DO NOTHING";
        SET = "INSERT INTO schedule (alliance, name, setting, next_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (alliance, name) DO UPDATE SET
                setting = excluded.setting, next_at = excluded.next_at,
                lease_token = NULL, lease_until = NULL";
        MOVE = "UPDATE schedule SET next_at = $1
            WHERE alliance = $2 AND name = $3 AND next_at = $4 AND lease_token IS NULL";
        PASS = "UPDATE schedule SET next_at = $1, lease_token = NULL, lease_until = NULL
            WHERE alliance = $2 AND name = $3 AND next_at = $4 AND lease_token = $5";
        HAPPENED = "INSERT INTO occurrence (alliance, name, planned_at, done_at)
            VALUES ($1, $2, $3, $4) ON CONFLICT (alliance, name, planned_at) DO NOTHING";
        LAST = "SELECT name, max(done_at) AS done_at FROM occurrence
            WHERE alliance = $1 GROUP BY name ORDER BY name";
        WARN = "INSERT INTO calendar_warning (alliance, school, ends_on) VALUES ($1, $2, $3)
            ON CONFLICT (alliance, school, ends_on) DO NOTHING";
    }
}

/// When something is done for an alliance.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ScheduleRow {
    pub name: Job,
    /// `off`, or five fields of cron; none for the usual times.
    pub setting: Option<String>,
    /// None if it does not come.
    pub next_at: Option<Instant>,
    pub lease_token: Option<Uuid>,
    pub lease_until: Option<Instant>,
}

/// What a look at all schedules of all alliances shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct SchedulesLook {
    pub alliances: i64,
    pub planned: i64,
    pub soonest: Option<Instant>,
    pub latest: Option<Instant>,
}

/// One time of a schedule, as it was claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    pub name: Job,
    pub planned_at: Instant,
    pub token: Uuid,
}

/// What became of a time that was claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It is ours: what it does belongs into the same unit.
    Ours,
    /// It has happened before: only the next time is planned.
    Before,
    /// Another has it by now, or the schedule was changed: leave the unit uncommitted.
    Lost,
}

#[derive(Debug, FromRow)]
struct Last {
    name: Job,
    done_at: Instant,
}

impl Store {
    /// One cheap look, before anything is claimed.
    pub async fn look_at_schedules(&self) -> Result<SchedulesLook, Error> {
        let look = read_one!(on_reader, &self.db, "schedule", SchedulesLook, LOOK, [])?;
        look.ok_or_else(|| Error::Refused("The schedules cannot be counted.".to_owned()))
    }

    /// Takes schedules whose time has come and that nobody is at, soonest first.
    pub async fn claim_schedules(
        &self,
        now: Instant,
        lease_seconds: i64,
        limit: u32,
        token: Uuid,
    ) -> Result<Vec<Claimed<ScheduleRow>>, Error> {
        let sql = dialect::CLAIM_SCHEDULES.of(&self.db);
        let until = now.plus_seconds(lease_seconds);
        let stale = now.plus_seconds(-SKEW_SECONDS);
        let mut claimed = read_all!(
            on_writer,
            &self.db,
            "schedule",
            Claimed<ScheduleRow>,
            sql,
            [token, until, now, stale, i64::from(limit)]
        )?;
        claimed.sort_by(|a, b| {
            let key = |it: &Claimed<ScheduleRow>| (it.row.next_at, it.row.name);
            (key(a), &a.alliance).cmp(&(key(b), &b.alliance))
        });
        Ok(claimed)
    }
}

impl Scoped {
    /// Those that were planned or set, by name.
    pub async fn schedules(&self) -> Result<Vec<ScheduleRow>, Error> {
        let alliance = &self.alliance;
        read_all!(
            on_reader,
            &self.db,
            "schedule",
            ScheduleRow,
            OF_ALLIANCE,
            [alliance]
        )
    }

    /// When each was last done.
    pub async fn last_occurrences(&self) -> Result<Vec<(Job, Instant)>, Error> {
        let alliance = &self.alliance;
        let rows = read_all!(on_reader, &self.db, "occurrence", Last, LAST, [alliance])?;
        Ok(rows
            .into_iter()
            .map(|row| (row.name, row.done_at))
            .collect())
    }

    /// The first time of a schedule of which nothing is known yet; else nothing changes.
    pub async fn plan_schedule(&self, name: Job, next_at: Option<Instant>) -> Result<(), Error> {
        let alliance = &self.alliance;
        run_one!(
            on_writer,
            &self.db,
            "schedule",
            PLAN,
            [alliance, name, next_at]
        )?;
        Ok(())
    }

    /// From now on it comes by this setting. Whoever is at it finds that its turn is lost.
    pub async fn set_schedule(
        &self,
        name: Job,
        setting: Option<&str>,
        next_at: Option<Instant>,
    ) -> Result<(), Error> {
        let alliance = &self.alliance;
        run_one!(
            on_writer,
            &self.db,
            "schedule",
            SET,
            [alliance, name, setting, next_at]
        )?;
        Ok(())
    }

    /// Plans another time, unless somebody is at it or has planned anew. `false` if so.
    pub async fn move_schedule(
        &self,
        name: Job,
        seen: Instant,
        next_at: Option<Instant>,
    ) -> Result<bool, Error> {
        let alliance = &self.alliance;
        let touched = run_one!(
            on_writer,
            &self.db,
            "schedule",
            MOVE,
            [next_at, alliance, name, seen]
        )?;
        Ok(touched == 1)
    }
}

impl Unit {
    /// Ends a turn: the next time is planned, and this one is recorded as done.
    pub async fn take_turn(
        &mut self,
        it: Occurrence,
        done_at: Instant,
        next_at: Option<Instant>,
    ) -> Result<Turn, Error> {
        let alliance: &AllianceId = &self.alliance;
        let passed = run_one!(
            on_tx,
            &mut self.tx,
            "schedule",
            PASS,
            [next_at, alliance, it.name, it.planned_at, it.token]
        )?;
        if passed == 0 {
            return Ok(Turn::Lost);
        }
        let first = run_one!(
            on_tx,
            &mut self.tx,
            "occurrence",
            HAPPENED,
            [alliance, it.name, it.planned_at, done_at]
        )?;
        Ok(if first == 1 { Turn::Ours } else { Turn::Before })
    }

    /// Notes that the coordinators are told of this end. `false` if they were already.
    pub async fn warn_of_calendar(&mut self, school: &Urn, ends_on: Date) -> Result<bool, Error> {
        let alliance = &self.alliance;
        let noted = run_one!(
            on_tx,
            &mut self.tx,
            "calendar_warning",
            WARN,
            [alliance, school, ends_on]
        )?;
        Ok(noted == 1)
    }
}
