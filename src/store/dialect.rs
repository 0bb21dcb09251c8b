//! The few statements in which the two databases differ, side by side.
//!
//! PostgreSQL has many writers: it locks rows, skips what another has locked, and locks the names
//! of runs that do not exist yet. SQLite has one writer, which holds the whole file.

pub(super) mod lite {
    statements! {
        one {
            BEGIN = "BEGIN IMMEDIATE";
            HAS_SCHEMA = "SELECT count(*) > 0 FROM sqlite_schema WHERE name = '_sqlx_migrations'";
            CLAIM_OUTBOX = concat!("UPDATE outbox
                SET lease_token = $1, lease_until = $2, attempts = attempts + 1
                WHERE (alliance, id) IN (SELECT alliance, id FROM outbox
                    WHERE kind = $3 AND next_at <= $4 AND (lease_until < $5 OR lease_until IS NULL)
                    ORDER BY next_at, seq, id LIMIT $6)
                RETURNING alliance, ", columns!(outbox));
            CLAIM_TIMERS = concat!("UPDATE timer SET lease_token = $1, lease_until = $2
                WHERE (alliance, run, key) IN (SELECT alliance, run, key FROM timer
                    WHERE due_at <= $3 AND (lease_until < $4 OR lease_until IS NULL)
                    ORDER BY due_at, run, key LIMIT $5)
                RETURNING alliance, ", columns!(timer));
            CLAIM_PARKED = concat!("UPDATE inbox SET next_at = $1
                WHERE (alliance, source, command_id) IN (SELECT alliance, source, command_id
                    FROM inbox WHERE state = 'parked' AND next_at <= $2
                    ORDER BY next_at, source, command_id LIMIT $3)
                RETURNING alliance, ", columns!(inbox));
        }
        list {
            LOCK_RUNS = (concat!("SELECT ", columns!(run), " FROM run WHERE alliance = $1 AND id IN ("), 2, ") ORDER BY id");
        }
    }
}

pub(super) mod pg {
    statements! {
        one {
            ROLLBACK = "ROLLBACK";
            HAS_SCHEMA = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
            LOCK_NAMES = "SELECT pg_advisory_xact_lock(hashtextextended(name, 0))
                FROM unnest($1::text[]) AS name";
            CLAIM_OUTBOX = concat!("WITH due (due_alliance, due_id) AS MATERIALIZED (SELECT alliance, id FROM outbox
                    WHERE kind = $3 AND next_at <= $4 AND (lease_until < $5 OR lease_until IS NULL)
                    ORDER BY next_at, seq, id LIMIT $6 FOR UPDATE SKIP LOCKED)
                UPDATE outbox
                SET lease_token = $1, lease_until = $2, attempts = attempts + 1
                FROM due WHERE alliance = due_alliance AND id = due_id
                RETURNING alliance, ", columns!(outbox));
            CLAIM_TIMERS = concat!("WITH due (due_alliance, due_run, due_key) AS MATERIALIZED (SELECT alliance, run, key FROM timer
                    WHERE due_at <= $3 AND (lease_until < $4 OR lease_until IS NULL)
                    ORDER BY due_at, run, key LIMIT $5 FOR UPDATE SKIP LOCKED)
                UPDATE timer SET lease_token = $1, lease_until = $2
                FROM due WHERE alliance = due_alliance AND run = due_run AND key = due_key
                RETURNING alliance, ", columns!(timer));
            CLAIM_PARKED = concat!("WITH due (due_alliance, due_source, due_command_id) AS MATERIALIZED (SELECT alliance, source, command_id
                    FROM inbox WHERE state = 'parked' AND next_at <= $2
                    ORDER BY next_at, source, command_id LIMIT $3 FOR UPDATE SKIP LOCKED)
                UPDATE inbox SET next_at = $1
                FROM due WHERE alliance = due_alliance AND source = due_source AND command_id = due_command_id
                RETURNING alliance, ", columns!(inbox));
        }
        list {
            LOCK_RUNS = (concat!("SELECT ", columns!(run), " FROM run WHERE alliance = $1 AND id IN ("), 2,
                ") ORDER BY id FOR UPDATE");
        }
    }
}
