//! Statements: constants with `$n`, in the part of SQL that both databases share.
//!
//! Every statement is declared with [`statements!`], which also lists it, so that a test prepares
//! each one on both databases. Statements over many rows or keys come in four fixed sizes, so that
//! the databases plan few texts and a batch is few round trips. No text is put together at run
//! time from anything that came from outside.

use std::sync::OnceLock;

/// Rows of one multi-row statement, largest first.
const SIZES: [usize; 4] = [128, 32, 8, 1];

/// The most keys that one list takes.
pub(super) const LONGEST: usize = SIZES[0];

/// One statement in four sizes: `head`, then groups of parameters, then `tail`.
pub(super) struct Many {
    head: &'static str,
    /// Number of the first parameter that belongs to a group.
    first: usize,
    /// Columns of a row; 0 for a list of single keys.
    width: usize,
    tail: &'static str,
    texts: OnceLock<[String; 4]>,
}

impl Many {
    /// `INSERT INTO … VALUES` with rows of so many columns.
    pub(super) const fn rows(head: &'static str, width: usize, tail: &'static str) -> Self {
        Self {
            head,
            first: 1,
            width,
            tail,
            texts: OnceLock::new(),
        }
    }

    /// `… IN (` keys `)`, the first of them with this number.
    pub(super) const fn list(head: &'static str, first: usize, tail: &'static str) -> Self {
        Self {
            head,
            first,
            width: 0,
            tail,
            texts: OnceLock::new(),
        }
    }

    pub(super) fn texts(&'static self) -> &'static [String; 4] {
        self.texts.get_or_init(|| SIZES.map(|size| self.text(size)))
    }

    /// The smallest of the four that takes so many; a longer list is the caller's to cut.
    pub(super) fn sql(&'static self, len: usize) -> &'static str {
        let fits = SIZES.iter().rposition(|size| *size >= len).unwrap_or(0);
        &self.texts()[fits]
    }

    fn text(&self, size: usize) -> String {
        let parameters = |from: usize, count: usize| {
            let names: Vec<String> = (from..from + count).map(|n| format!("${n}")).collect();
            names.join(", ")
        };
        let groups = if self.width == 0 {
            parameters(self.first, size)
        } else {
            let row = |at: usize| parameters(self.first + at * self.width, self.width);
            let rows: Vec<String> = (0..size).map(|at| format!("({})", row(at))).collect();
            rows.join(", ")
        };
        format!("{}{groups}{}", self.head, self.tail)
    }
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

/// The keys of a list, the last one repeated until a size is full.
pub(super) fn padded<T>(keys: &[T]) -> impl Iterator<Item = &T> {
    let size = SIZES.into_iter().rfind(|size| *size >= keys.len());
    let missing = size.unwrap_or(LONGEST).saturating_sub(keys.len());
    keys.iter()
        .chain(std::iter::repeat_n(keys.last(), missing).flatten())
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
        $(list { $($list:ident = ($list_head:expr, $first:expr, $list_tail:expr);)* })?
    ) => {
        $($(pub(in crate::store) const $one: &str = $sql;)*)?
        $($(pub(in crate::store) static $rows: $crate::store::statement::Many =
            $crate::store::statement::Many::rows($rows_head, $width, $rows_tail);)*)?
        $($(pub(in crate::store) static $list: $crate::store::statement::Many =
            $crate::store::statement::Many::list($list_head, $first, $list_tail);)*)?

        pub(in crate::store) fn statements() -> Vec<&'static str> {
            #[allow(unused_mut)]
            let mut all: Vec<&'static str> = vec![$($($one),*)?];
            $($(all.extend($rows.texts().iter().map(String::as_str));)*)?
            $($(all.extend($list.texts().iter().map(String::as_str));)*)?
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
            let sql = $many.sql(piece.len());
            let taken = on_tx!($tx, |c| {
                let mut $query = sqlx::query::<D>(sql);
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
            let sql = $many.sql(keys.len());
            let rows = $on!($from, |c| {
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
            let sql = $many.sql(keys.len());
            let taken = $on!($from, |c| {
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
    fn a_list_is_padded_with_its_last_key() {
        assert_eq!(
            padded(&[1, 2, 3]).copied().collect::<Vec<_>>(),
            [1, 2, 3, 3, 3, 3, 3, 3]
        );
        assert_eq!(padded(&[7]).count(), 1);
        assert_eq!(padded(&[0; 33]).count(), 128);
    }

    #[test]
    fn a_text_counts_its_parameters_row_by_row() {
        let pairs = Many::rows("INSERT INTO t VALUES ", 2, "");
        assert!(pairs.text(8).ends_with("($13, $14), ($15, $16)"));
        let keys = Many::list("SELECT 1 WHERE a = $1 AND b IN (", 2, ")");
        assert!(keys.text(8).ends_with("$8, $9)"));
    }
}
