//! The few statements in which the two databases differ, side by side.
//!
//! PostgreSQL has many writers: it locks rows, skips what another has locked, and locks the names
//! of runs that do not exist yet. SQLite has one writer, which holds the whole file.

/// Takes the rows of a table that are due: which, in which order, and what is set on them. The
/// order is total, so that both databases take the same ones. On PostgreSQL the rows are found
/// first (`MATERIALIZED`), because a plan that looked again for each row would take too many.
macro_rules! claim {
    (lite $table:ident set $set:literal key $key:literal where $due:literal order $order:literal limit $limit:literal) => {
        concat!(
            "UPDATE ",
            stringify!($table),
            " SET ",
            $set,
            " WHERE (",
            $key,
            ") IN (SELECT ",
            $key,
            " FROM ",
            stringify!($table),
            " WHERE ",
            $due,
            " ORDER BY ",
            $order,
            " LIMIT ",
            $limit,
            ") RETURNING alliance, ",
            columns!($table)
        )
    };
    (pg $table:ident set $set:literal key $key:literal where $due:literal order $order:literal limit $limit:literal) => {
        concat!(
            "WITH due AS MATERIALIZED (SELECT ",
            $key,
            " FROM ",
            stringify!($table),
            " WHERE ",
            $due,
            " ORDER BY ",
            $order,
            " LIMIT ",
            $limit,
            " FOR UPDATE SKIP LOCKED) UPDATE ",
            stringify!($table),
            " SET ",
            $set,
            " WHERE (",
            $key,
            ") IN (SELECT ",
            $key,
            " FROM due) RETURNING alliance, ",
            columns!($table)
        )
    };
}

/// The three claims, once written, for either database.
macro_rules! claims {
    ($database:ident { $($one:ident = $sql:expr;)* } { $($list:ident = $keys:tt;)* }) => {
        statements! {
            one {
                $($one = $sql;)*
                CLAIM_OUTBOX = claim!($database outbox
                    set "lease_token = $1, lease_until = $2, attempts = attempts + 1"
                    key "alliance, id"
                    where "kind = $3 AND next_at <= $4 AND (lease_until < $5 OR lease_until IS NULL)"
                    order "next_at, seq, id, alliance"
                    limit "$6");
                CLAIM_TIMERS = claim!($database timer
                    set "lease_token = $1, lease_until = $2"
                    key "alliance, run, key"
                    where "due_at <= $3 AND (lease_until < $4 OR lease_until IS NULL)"
                    order "due_at, run, key, alliance"
                    limit "$5");
                CLAIM_PARKED = claim!($database inbox
                    set "next_at = $1"
                    key "alliance, source, command_id"
                    where "state = 'parked' AND next_at <= $2"
                    order "next_at, source, command_id, alliance"
                    limit "$3");
            }
            list { $($list = $keys;)* }
        }
    };
}

pub(super) mod lite {
    claims! { lite {
        BEGIN = "BEGIN IMMEDIATE";
        HAS_SCHEMA = "SELECT count(*) > 0 FROM sqlite_schema WHERE name = '_sqlx_migrations'";
    } {
        LOCK_RUNS = (concat!("SELECT ", columns!(run), " FROM run WHERE alliance = $1 AND id IN ("),
            2, ") ORDER BY id");
    } }
}

pub(super) mod pg {
    claims! { pg {
        ROLLBACK = "ROLLBACK";
        HAS_SCHEMA = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
        LOCK_NAMES = "SELECT pg_advisory_xact_lock(hashtextextended(name, 0))
            FROM unnest($1::text[]) AS name";
    } {
        LOCK_RUNS = (concat!("SELECT ", columns!(run), " FROM run WHERE alliance = $1 AND id IN ("),
            2, ") ORDER BY id FOR UPDATE");
    } }
}
