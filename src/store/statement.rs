//! Statements: constants with `$n`, in the part of SQL that both databases share.
//!
//! Every statement is declared with [`statements!`], which also lists it, so that a test prepares
//! each one on both databases. Statements over many rows or keys come in four fixed sizes, so that
//! the databases plan few texts and a batch is few round trips. No text is put together at run
//! time from anything that came from outside.

use std::sync::OnceLock;

/// The most rows that one statement takes.
pub const MOST_ROWS: u32 = 128;

/// Rows of one multi-row statement, largest first.
const SIZES: [usize; 4] = [MOST_ROWS as usize, 32, 8, 1];

/// The most keys that one list takes.
pub(super) const LONGEST: usize = SIZES[0];

/// One statement in four sizes.
pub(super) struct Many {
    parts: Parts,
    lite: OnceLock<[String; 4]>,
    pg: OnceLock<[String; 4]>,
}

enum Parts {
    /// `head`, rows of so many parameters, `tail`.
    Rows {
        head: &'static str,
        width: usize,
        tail: &'static str,
    },
    /// `head` ends in a condition; the keys are one more, the first with this number.
    Keys {
        head: &'static str,
        /// The column and its type: `("id", "uuid")`.
        key: (&'static str, &'static str),
        first: usize,
        /// Follows the condition of one key: `FOR UPDATE`, on PostgreSQL only.
        lock: &'static str,
        tail: &'static str,
    },
}

/// Which of the two texts a database takes.
pub(super) trait Flavour {
    const IS_PG: bool;
}

impl Flavour for sqlx::Sqlite {
    const IS_PG: bool = false;
}

impl Flavour for sqlx::Postgres {
    const IS_PG: bool = true;
}

impl Many {
    /// `INSERT INTO … VALUES` with rows of so many columns.
    pub(super) const fn rows(head: &'static str, width: usize, tail: &'static str) -> Self {
        Self::of(Parts::Rows { head, width, tail })
    }

    /// `… WHERE …` for each of some keys.
    pub(super) const fn keys(
        head: &'static str,
        key: (&'static str, &'static str),
        first: usize,
        lock: &'static str,
        tail: &'static str,
    ) -> Self {
        Self::of(Parts::Keys {
            head,
            key,
            first,
            lock,
            tail,
        })
    }

    const fn of(parts: Parts) -> Self {
        Self {
            parts,
            lite: OnceLock::new(),
            pg: OnceLock::new(),
        }
    }

    pub(super) fn texts(&'static self, is_pg: bool) -> &'static [String; 4] {
        let texts = if is_pg { &self.pg } else { &self.lite };
        texts.get_or_init(|| SIZES.map(|size| self.parts.text(size, is_pg)))
    }

    /// The smallest of the four that takes so many; a longer list is the caller's to cut.
    pub(super) fn sql<D: Flavour>(&'static self, len: usize) -> &'static str {
        let fits = SIZES.iter().rposition(|size| *size >= len).unwrap_or(0);
        &self.texts(D::IS_PG)[fits]
    }
}

impl Parts {
    fn text(&self, size: usize, is_pg: bool) -> String {
        match self {
            Self::Rows { head, width, tail } => {
                // Without numbers on SQLite: the driver asks for the name of each parameter, and
                // the database walks all names before it.
                let row = |at: usize| {
                    if is_pg {
                        parameters(1 + at * width, *width)
                    } else {
                        vec!["?"; *width].join(", ")
                    }
                };
                let rows: Vec<String> = (0..size).map(|at| format!("({})", row(at))).collect();
                format!("{head}{}{tail}", rows.join(", "))
            }
            Self::Keys {
                head,
                key: (column, kind),
                first,
                lock,
                tail,
            } if is_pg => {
                let rest = (first + 1..first + size).map(|n| format!(", (${n})"));
                let keys: String = rest.collect();
                let wanted = format!("(VALUES (${first}::{kind}){keys}) AS wanted (wanted_key)");
                if let Some((delete, condition)) = head.split_once(" WHERE ")
                    && delete.starts_with("DELETE")
                {
                    return format!(
                        "{delete} USING {wanted} WHERE {condition} AND {column} = wanted_key {tail}"
                    );
                }
                // Each key is looked up by itself: `OFFSET 0` keeps the planner from reading all
                // rows of an alliance instead, as it would while it knows nothing of the table.
                format!(
                    "SELECT found.* FROM {wanted}, LATERAL ({head} AND {column} = wanted_key \
                     OFFSET 0 {lock}) AS found {tail}"
                )
            }
            Self::Keys {
                head,
                key: (column, _),
                first,
                tail,
                ..
            } => format!(
                "{head} AND {column} IN ({}) {tail}",
                parameters(*first, size)
            ),
        }
    }
}

fn parameters(from: usize, count: usize) -> String {
    let names: Vec<String> = (from..from + count).map(|n| format!("${n}")).collect();
    names.join(", ")
}

/// Cuts rows into pieces that each fill one of the four sizes exactly.
pub(super) fn pieces<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rows.len())?;
        let (piece, rest) = rows.split_at(size);
        rows = rest;
        Some(piece)
    })
}

/// The keys of a list, and nulls, which match nothing, until a size is full.
pub(super) fn padded<T>(keys: &[T]) -> impl Iterator<Item = Option<&T>> {
    let size = SIZES.into_iter().rfind(|size| *size >= keys.len());
    let missing = size.unwrap_or(LONGEST).saturating_sub(keys.len());
    keys.iter()
        .map(Some)
        .chain(std::iter::repeat_n(None, missing))
}

/// A count as the databases keep it.
pub(super) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Declares statements and lists them for the test that prepares them all.
macro_rules! statements {
    (
        $(one { $($one:ident = $sql:expr;)* })?
        $(rows { $($rows:ident = ($rows_head:expr, $width:expr, $rows_tail:expr);)* })?
        $(keys { $($keys:ident = ($keys_head:expr, $key:expr, $first:expr, $lock:expr, $keys_tail:expr);)* })?
    ) => {
        $($(pub(in crate::store) const $one: &str = $sql;)*)?
        $($(pub(in crate::store) static $rows: $crate::store::statement::Many =
            $crate::store::statement::Many::rows($rows_head, $width, $rows_tail);)*)?
        $($(pub(in crate::store) static $keys: $crate::store::statement::Many =
            $crate::store::statement::Many::keys($keys_head, $key, $first, $lock, $keys_tail);)*)?

        #[allow(unused_variables)]
        pub(in crate::store) fn statements(is_pg: bool) -> Vec<&'static str> {
            #[allow(unused_mut)]
            let mut all: Vec<&'static str> = vec![$($($one),*)?];
            $($(all.extend($rows.texts(is_pg).iter().map(String::as_str));)*)?
            $($(all.extend($keys.texts(is_pg).iter().map(String::as_str));)*)?
            all
        }
    };
}

/// Runs the body on a unit's connection, once written, compiled for either database as `D`.
macro_rules! on_tx {
    ($tx:expr, |$c:ident| $body:expr) => {
        match $tx {
            $crate::store::unit::Tx::Lite(tx) => {
                #[allow(dead_code)]
                type D = sqlx::Sqlite;
                let $c = &mut **tx;
                $body
            }
            $crate::store::unit::Tx::Pg(tx) => {
                #[allow(dead_code)]
                type D = sqlx::Postgres;
                let $c = &mut **tx;
                $body
            }
        }
    };
}

/// The same on the pool for reading.
macro_rules! on_reader {
    ($db:expr, |$c:ident| $body:expr) => {
        on_pool!($db, reader, |$c| $body)
    };
}

/// The same on the pool for single statements that write.
macro_rules! on_writer {
    ($db:expr, |$c:ident| $body:expr) => {
        on_pool!($db, writer, |$c| $body)
    };
}

macro_rules! on_pool {
    ($db:expr, $pool:ident, |$c:ident| $body:expr) => {
        match $db {
            $crate::store::Db::Lite { $pool, .. } => {
                #[allow(dead_code)]
                type D = sqlx::Sqlite;
                let $c = $pool;
                $body
            }
            $crate::store::Db::Pg($c) => {
                #[allow(dead_code)]
                type D = sqlx::Postgres;
                $body
            }
        }
    };
}

/// Writes rows in few statements; gives how many the database took.
macro_rules! write_rows {
    ($tx:expr, $table:literal, $many:expr, $rows:expr, |$query:ident, $row:ident| $bind:expr) => {{
        let mut written: u64 = 0;
        for piece in $crate::store::statement::pieces($rows) {
            let taken = on_tx!($tx, |c| {
                let mut $query = sqlx::query::<D>($many.sql::<D>(piece.len()));
                for $row in piece {
                    $query = $bind;
                }
                $query.execute(c).await.map(|done| done.rows_affected())
            });
            written += $crate::store::error::About::about(taken, $table)?;
        }
        written
    }};
}

/// Reads all rows of a statement with a list of keys behind its other parameters. `$on` is one of
/// the three above.
macro_rules! read_by_keys {
    ($on:ident, $from:expr, $table:literal, $row:ty, $many:expr, [$($bind:expr),*], $keys:expr) => {{
        let mut found: Vec<$row> = Vec::new();
        for keys in $keys.chunks($crate::store::statement::LONGEST) {
            let rows = $on!($from, |c| {
                let sql = $many.sql::<D>(keys.len());
                let mut query = sqlx::query_as::<D, $row>(sql)$(.bind($bind))*;
                for key in $crate::store::statement::padded(keys) {
                    query = query.bind(key);
                }
                query.fetch_all(c).await
            });
            found.extend($crate::store::error::About::about(rows, $table)?);
        }
        found
    }};
}

/// Runs a statement with a list of keys behind its other parameters; gives the rows it touched.
macro_rules! run_by_keys {
    ($on:ident, $from:expr, $table:literal, $many:expr, [$($bind:expr),*], $keys:expr) => {{
        let mut touched: u64 = 0;
        for keys in $keys.chunks($crate::store::statement::LONGEST) {
            let taken = $on!($from, |c| {
                let sql = $many.sql::<D>(keys.len());
                let mut query = sqlx::query::<D>(sql)$(.bind($bind))*;
                for key in $crate::store::statement::padded(keys) {
                    query = query.bind(key);
                }
                query.execute(c).await.map(|done| done.rows_affected())
            });
            touched += $crate::store::error::About::about(taken, $table)?;
        }
        touched
    }};
}

/// Reads all rows of one statement.
macro_rules! read_all {
    ($on:ident, $from:expr, $table:literal, $row:ty, $sql:expr, [$($bind:expr),* $(,)?]) => {{
        let rows = $on!($from, |c| {
            sqlx::query_as::<D, $row>($sql)$(.bind($bind))*.fetch_all(c).await
        });
        $crate::store::error::About::about(rows, $table)
    }};
}

/// Reads the one row of a statement, if there is any.
macro_rules! read_one {
    ($on:ident, $from:expr, $table:literal, $row:ty, $sql:expr, [$($bind:expr),* $(,)?]) => {{
        let row = $on!($from, |c| {
            sqlx::query_as::<D, $row>($sql)$(.bind($bind))*.fetch_optional(c).await
        });
        $crate::store::error::About::about(row, $table)
    }};
}

/// Runs one statement; gives the rows it touched.
macro_rules! run_one {
    ($on:ident, $from:expr, $table:literal, $sql:expr, [$($bind:expr),* $(,)?]) => {{
        let taken = $on!($from, |c| {
            let query = sqlx::query::<D>($sql)$(.bind($bind))*;
            query.execute(c).await.map(|done| done.rows_affected())
        });
        $crate::store::error::About::about(taken, $table)
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_into_pieces_of_the_four_sizes() {
        let rows = vec![(); 171];
        let sizes: Vec<usize> = pieces(&rows).map(<[()]>::len).collect();
        assert_eq!(sizes, [128, 32, 8, 1, 1, 1]);
        assert_eq!(pieces::<()>(&[]).count(), 0);
    }

    #[test]
    fn a_list_is_padded_with_nulls() {
        let padded_three: Vec<_> = padded(&[1, 2, 3]).collect();
        assert_eq!(padded_three[..4], [Some(&1), Some(&2), Some(&3), None]);
        assert_eq!(padded_three.len(), 8);
        assert_eq!(padded(&[7]).count(), 1);
        assert_eq!(padded(&[0; 33]).count(), 128);
    }

    #[test]
    fn a_text_counts_its_parameters() {
        static PAIRS: Many = Many::rows("INSERT INTO t VALUES ", 2, "");
        static KEYS: Many = Many::keys("SELECT a FROM t WHERE b = $1", ("a", "uuid"), 2, "", "");
        assert!(
            PAIRS
                .sql::<sqlx::Postgres>(8)
                .ends_with("($13, $14), ($15, $16)")
        );
        assert!(PAIRS.sql::<sqlx::Sqlite>(8).ends_with("(?, ?), (?, ?)"));
        assert!(KEYS.sql::<sqlx::Sqlite>(5).contains("a IN ($2, $3"));
        assert!(KEYS.sql::<sqlx::Sqlite>(5).trim_end().ends_with("$8, $9)"));
        assert!(
            KEYS.sql::<sqlx::Postgres>(5)
                .contains("(VALUES ($2::uuid), ($3)")
        );
    }
}
