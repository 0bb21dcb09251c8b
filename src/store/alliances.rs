//! Alliances side by side in one database; everything else belongs to exactly one of them.

use super::Store;
use super::error::Error;
use super::rows::AllianceRow;

statements! {
    one {
        CREATE = concat!("INSERT INTO alliance (", columns!(alliance), ") VALUES ($1, $2, $3)");
        ALL = concat!("SELECT ", columns!(alliance), " FROM alliance ORDER BY id");
    }
}

impl Store {
    /// Refused if there is one of that key already.
    pub async fn create_alliance(&self, row: &AllianceRow) -> Result<(), Error> {
        let created = async {
            run_one!(
                on_writer,
                &self.db,
                "alliance",
                CREATE,
                [&row.id, &row.name, row.created_at]
            )?;
            Ok(())
        };
        created.await.map_err(|error| match error {
            Error::Conflict { .. } => Error::Refused(format!(
                "There is an alliance `{}` already. Choose another key.",
                row.id
            )),
            other => other,
        })
    }

    /// All of them, by key.
    pub async fn alliances(&self) -> Result<Vec<AllianceRow>, Error> {
        read_all!(on_reader, &self.db, "alliance", AllianceRow, ALL, [])
    }
}
