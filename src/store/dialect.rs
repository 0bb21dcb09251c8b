//! The few statements in which the two databases differ, side by side.
//!
//! PostgreSQL has many writers: it locks rows, skips what another has locked, and locks the names
//! of runs that do not exist yet. Rows to claim are found first (`MATERIALIZED`), because a plan
//! that looked again for each row would take too many. SQLite has one writer, which holds the
//! whole file. The order of a claim is total, so that both take the same rows.

use super::Db;

/// One statement in both dialects.
pub(super) struct Both {
    pub(super) lite: &'static str,
    pub(super) pg: &'static str,
}

impl Both {
    pub(super) fn of(&self, db: &Db) -> &'static str {
        match db {
            Db::Lite { .. } => self.lite,
            Db::Pg(_) => self.pg,
        }
    }
}

/// `$1` token, `$2` end of the lease, `$3` kind, `$4` now, `$5` ends before this are stale, `$6` limit.
pub(super) const CLAIM_OUTBOX: Both = Both {
    lite: lite::CLAIM_OUTBOX,
    pg: pg::CLAIM_OUTBOX,
};

/// `$1` token, `$2` end of the lease, `$3` now, `$4` ends before this are stale, `$5` people.
pub(super) const CLAIM_LETTERS: Both = Both {
    lite: lite::CLAIM_LETTERS,
    pg: pg::CLAIM_LETTERS,
};

/// `$1` token, `$2` end of the lease, `$3` now, `$4` ends before this are stale, `$5` limit.
pub(super) const CLAIM_OUTGOING: Both = Both {
    lite: lite::CLAIM_OUTGOING,
    pg: pg::CLAIM_OUTGOING,
};

/// `$1` token, `$2` end of the lease, `$3` now, `$4` ends before this are stale, `$5` limit.
pub(super) const CLAIM_TIMERS: Both = Both {
    lite: lite::CLAIM_TIMERS,
    pg: pg::CLAIM_TIMERS,
};

/// `$1` token, `$2` end of the lease, `$3` now, `$4` ends before this are stale, `$5` limit.
pub(super) const CLAIM_SCHEDULES: Both = Both {
    lite: lite::CLAIM_SCHEDULES,
    pg: pg::CLAIM_SCHEDULES,
};

/// `$1` when the next one may look, `$2` now, `$3` limit.
pub(super) const CLAIM_PARKED: Both = Both {
    lite: lite::CLAIM_PARKED,
    pg: pg::CLAIM_PARKED,
};

pub(super) mod lite {
    statements! {
        one {
            BEGIN = "BEGIN IMMEDIATE";
            BACKUP = "VACUUM INTO $1";
            WRITE_ANEW = "VACUUM";
            EMPTY_LOG = "PRAGMA wal_checkpoint(TRUNCATE)";
            CHECK = "PRAGMA quick_check(1)";
            VERSION = "SELECT sqlite_version()";
            JOURNAL = "PRAGMA journal_mode";
            SYNCHRONOUS = "PRAGMA synchronous";
            HAS_SCHEMA = "SELECT count(*) > 0 FROM sqlite_schema WHERE name = '_sqlx_migrations'";
            CLAIM_OUTBOX = concat!("UPDATE outbox
                SET lease_token = $1, lease_until = $2, attempts = attempts + 1
                WHERE (alliance, id) IN (SELECT alliance, id FROM outbox
                    WHERE kind = $3 AND next_at <= $4 AND (lease_until < $5 OR lease_until IS NULL)
                    ORDER BY next_at, seq, id, alliance LIMIT $6)
                RETURNING alliance, ", columns!(outbox));
            CLAIM_LETTERS = concat!("UPDATE outbox
                SET lease_token = $1, lease_until = $2, attempts = attempts + 1
                WHERE kind = 'mail' AND next_at <= $3
                    AND (lease_until < $4 OR lease_until IS NULL)
                    AND (alliance, person) IN (SELECT alliance, person FROM outbox
                        WHERE kind = 'mail' AND next_at <= $3
                            AND (lease_until < $4 OR lease_until IS NULL)
                        GROUP BY alliance, person ORDER BY min(next_at), person, alliance LIMIT $5)
                RETURNING alliance, ", columns!(outbox));
            CLAIM_OUTGOING = concat!("UPDATE outgoing
                SET lease_token = $1, lease_until = $2
                WHERE (alliance, id) IN (SELECT alliance, id FROM outgoing
                    WHERE open AND next_at <= $3
                        AND (lease_until < $4 OR lease_until IS NULL)
                    ORDER BY next_at, id, alliance LIMIT $5)
                RETURNING alliance, ", columns!(outgoing));
            CLAIM_TIMERS = concat!("UPDATE timer
                SET lease_token = $1, lease_until = $2
                WHERE (alliance, run, key) IN (SELECT alliance, run, key FROM timer
                    WHERE due_at <= $3 AND (lease_until < $4 OR lease_until IS NULL)
                    ORDER BY due_at, run, key, alliance LIMIT $5)
                RETURNING alliance, ", columns!(timer));
            CLAIM_SCHEDULES = concat!("UPDATE schedule
                SET lease_token = $1, lease_until = $2
                WHERE (alliance, name) IN (SELECT alliance, name FROM schedule
                    WHERE next_at <= $3 AND (lease_until < $4 OR lease_until IS NULL)
                    ORDER BY next_at, name, alliance LIMIT $5)
                RETURNING alliance, ", columns!(schedule));
            CLAIM_PARKED = concat!("UPDATE inbox
                SET next_at = $1
                WHERE (alliance, source, command_id) IN (SELECT alliance, source, command_id
                    FROM inbox WHERE state = 'parked' AND next_at <= $2
                    ORDER BY next_at, source, command_id, alliance LIMIT $3)
                RETURNING alliance, ", columns!(inbox));
        }
        keys {
            LOCK_RUNS = (concat!("SELECT ", columns!(run), " FROM run WHERE alliance = $1"),
            ("id", "uuid"), 2, "", "ORDER BY id");
        }
    }
}

pub(super) mod pg {
    /// Ends a transaction that was left open, and is silent if there is none: a bare `ROLLBACK`
    /// would then write a warning into the server's log each time. Two statements, so not prepared.
    pub(in crate::store) const ROLLBACK: &str = "BEGIN; ROLLBACK";

    statements! {
        one {
            VERSION = "SELECT current_setting('server_version')";
            DURABLE = "SELECT current_setting('fsync') = 'on'
                AND current_setting('synchronous_commit') <> 'off'";
            ENCRYPTED = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
            CLOCK = "SELECT clock_timestamp()";
            SHARE_REVISION = "SELECT calendar_revision FROM alliance WHERE id = $1 FOR SHARE";
            HAS_SCHEMA = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
            LOCK_NAMES = "SELECT pg_advisory_xact_lock(hashtextextended(name, 0))
                FROM unnest($1::text[]) AS name";
            CLAIM_OUTBOX = concat!("WITH due AS MATERIALIZED (SELECT alliance, id FROM outbox
                    WHERE kind = $3 AND next_at <= $4 AND (lease_until < $5 OR lease_until IS NULL)
                    ORDER BY next_at, seq, id, alliance LIMIT $6 FOR UPDATE SKIP LOCKED)
                UPDATE outbox
                SET lease_token = $1, lease_until = $2, attempts = attempts + 1
                WHERE (alliance, id) IN (SELECT alliance, id FROM due)
                RETURNING alliance, ", columns!(outbox));
            CLAIM_LETTERS = concat!("WITH person_due AS MATERIALIZED (SELECT alliance, person
                    FROM outbox WHERE kind = 'mail' AND next_at <= $3
                        AND (lease_until < $4 OR lease_until IS NULL)
                    GROUP BY alliance, person ORDER BY min(next_at), person, alliance LIMIT $5),
                due AS MATERIALIZED (SELECT alliance, id FROM outbox
                    WHERE kind = 'mail' AND next_at <= $3
                        AND (lease_until < $4 OR lease_until IS NULL)
                        AND (alliance, person) IN (SELECT alliance, person FROM person_due)
                    ORDER BY person, id, alliance FOR UPDATE SKIP LOCKED)
                UPDATE outbox
                SET lease_token = $1, lease_until = $2, attempts = attempts + 1
                WHERE (alliance, id) IN (SELECT alliance, id FROM due)
                RETURNING alliance, ", columns!(outbox));
            CLAIM_OUTGOING = concat!("WITH due AS MATERIALIZED (SELECT alliance, id FROM outgoing
                    WHERE open AND next_at <= $3
                        AND (lease_until < $4 OR lease_until IS NULL)
                    ORDER BY next_at, id, alliance LIMIT $5 FOR UPDATE SKIP LOCKED)
                UPDATE outgoing
                SET lease_token = $1, lease_until = $2
                WHERE (alliance, id) IN (SELECT alliance, id FROM due)
                RETURNING alliance, ", columns!(outgoing));
            CLAIM_TIMERS = concat!("WITH due AS MATERIALIZED (SELECT alliance, run, key FROM timer
                    WHERE due_at <= $3 AND (lease_until < $4 OR lease_until IS NULL)
                    ORDER BY due_at, run, key, alliance LIMIT $5 FOR UPDATE SKIP LOCKED)
                UPDATE timer
                SET lease_token = $1, lease_until = $2
                WHERE (alliance, run, key) IN (SELECT alliance, run, key FROM due)
                RETURNING alliance, ", columns!(timer));
            CLAIM_SCHEDULES = concat!("WITH due AS MATERIALIZED (SELECT alliance, name FROM schedule
                    WHERE next_at <= $3 AND (lease_until < $4 OR lease_until IS NULL)
                    ORDER BY next_at, name, alliance LIMIT $5 FOR UPDATE SKIP LOCKED)
                UPDATE schedule
                SET lease_token = $1, lease_until = $2
                WHERE (alliance, name) IN (SELECT alliance, name FROM due)
                RETURNING alliance, ", columns!(schedule));
            CLAIM_PARKED = concat!("WITH due AS MATERIALIZED (SELECT alliance, source, command_id
                    FROM inbox WHERE state = 'parked' AND next_at <= $2
                    ORDER BY next_at, source, command_id, alliance LIMIT $3 FOR UPDATE SKIP LOCKED)
                UPDATE inbox
                SET next_at = $1
                WHERE (alliance, source, command_id)
                    IN (SELECT alliance, source, command_id FROM due)
                RETURNING alliance, ", columns!(inbox));
        }
        keys {
            LOCK_RUNS = (concat!("SELECT ", columns!(run), " FROM run WHERE alliance = $1"),
            ("id", "uuid"), 2, "FOR UPDATE", "ORDER BY id");
        }
    }
}
