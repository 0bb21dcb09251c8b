//! Tasks and timers: projections of the state, replaced as a whole set per run.
//!
//! Only runs whose set changed are written, and a timer that stays keeps its lease, so that a
//! worker that is firing it is not overtaken without need (to fire twice would do no harm: the
//! timer's key is the command's id).

use std::collections::BTreeMap;

use super::error::Error;
use super::rows::{TaskRow, TimerRow};
use super::unit::Unit;
use crate::core::names::RunId;

statements! {
    rows {
        TASKS = (concat!("INSERT INTO task (alliance, ", columns!(task), ") VALUES "), 15, "");
        TIMERS = (concat!("INSERT INTO timer (alliance, ", columns!(timer), ") VALUES "), 7, "");
    }
    keys {
        TASKS_OF = (concat!("SELECT ", columns!(task), " FROM task WHERE alliance = $1"),
            ("run", "uuid"), 2, "", "ORDER BY run, address, asks");
        TIMERS_OF = (concat!("SELECT ", columns!(timer), " FROM timer WHERE alliance = $1"),
            ("run", "uuid"), 2, "", "ORDER BY run, key");
        DROP_TASKS = ("DELETE FROM task WHERE alliance = $1", ("run", "uuid"), 2, "", "");
        DROP_TIMERS = ("DELETE FROM timer WHERE alliance = $1", ("run", "uuid"), 2, "", "");
    }
}

impl Unit {
    pub(super) async fn write_tasks(
        &mut self,
        mut wanted: BTreeMap<RunId, Vec<TaskRow>>,
    ) -> Result<(), Error> {
        for rows in wanted.values_mut() {
            rows.sort_by_cached_key(|row| (row.address.to_string(), row.asks));
        }
        let runs: Vec<RunId> = wanted.keys().copied().collect();
        let alliance = &self.alliance;
        let found = read_by_keys!(
            on_tx,
            &mut self.tx,
            "task",
            TaskRow,
            TASKS_OF,
            [alliance],
            runs
        );
        let (runs, rows) = changed(wanted, found, |row| row.run);
        run_by_keys!(on_tx, &mut self.tx, "task", DROP_TASKS, [alliance], runs);
        write_rows!(&mut self.tx, "task", TASKS, &rows, |query, row| query
            .bind(alliance)
            .bind(row.run)
            .bind(&row.address)
            .bind(row.asks)
            .bind(i64::from(row.attempt))
            .bind(&row.title)
            .bind(&row.stage)
            .bind(&row.role)
            .bind(&row.post)
            .bind(&row.school)
            .bind(row.assigned)
            .bind(&row.people)
            .bind(row.status)
            .bind(row.due)
            .bind(row.ready_at));
        Ok(())
    }

    pub(super) async fn write_timers(
        &mut self,
        mut wanted: BTreeMap<RunId, Vec<TimerRow>>,
    ) -> Result<(), Error> {
        let runs: Vec<RunId> = wanted.keys().copied().collect();
        let alliance = &self.alliance;
        let found = read_by_keys!(
            on_tx,
            &mut self.tx,
            "timer",
            TimerRow,
            TIMERS_OF,
            [alliance],
            runs
        );
        for rows in wanted.values_mut() {
            rows.sort_by(|a, b| a.key.cmp(&b.key));
        }
        for held in found.iter().filter(|row| row.lease_token.is_some()) {
            let planned = wanted.get_mut(&held.run).into_iter().flatten();
            for row in planned.filter(|row| row.key == held.key) {
                row.lease_token = held.lease_token;
                row.lease_until = held.lease_until;
            }
        }
        let (runs, rows) = changed(wanted, found, |row| row.run);
        run_by_keys!(on_tx, &mut self.tx, "timer", DROP_TIMERS, [alliance], runs);
        write_rows!(&mut self.tx, "timer", TIMERS, &rows, |query, row| query
            .bind(alliance)
            .bind(row.run)
            .bind(&row.key)
            .bind(row.due_at)
            .bind(&row.body)
            .bind(row.lease_token)
            .bind(row.lease_until));
        Ok(())
    }
}

/// The runs whose rows are not what they were, and all rows wanted for them.
fn changed<T: PartialEq>(
    wanted: BTreeMap<RunId, Vec<T>>,
    found: Vec<T>,
    run_of: impl Fn(&T) -> RunId,
) -> (Vec<RunId>, Vec<T>) {
    let mut were: BTreeMap<RunId, Vec<T>> = BTreeMap::new();
    for row in found {
        were.entry(run_of(&row)).or_default().push(row);
    }
    let same =
        |run: &RunId, rows: &Vec<T>| were.get(run).map_or(rows.is_empty(), |old| old == rows);
    let moved = wanted.into_iter().filter(|(run, rows)| !same(run, rows));
    let (runs, rows): (Vec<RunId>, Vec<Vec<T>>) = moved.unzip();
    (runs, rows.into_iter().flatten().collect())
}
