//! Texts of mails that an alliance has written itself, in place of those that come along.

use sqlx::FromRow;

use super::Scoped;
use super::error::Error;
use super::unit::Unit;

#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct MailTextRow {
    /// `ready`; `WORKFLOW/NAME` for a mail of a workflow.
    pub name: String,
    pub subject: String,
    pub body: String,
    pub html: Option<String>,
}

statements! {
    one {
        TEXTS = "SELECT name, subject, body, html FROM mail_text WHERE alliance = $1 ORDER BY name";
        PUT_TEXT = "INSERT INTO mail_text (alliance, name, subject, body, html)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (alliance, name) DO UPDATE SET
                subject = excluded.subject, body = excluded.body, html = excluded.html";
        REMOVE_TEXT = "DELETE FROM mail_text WHERE alliance = $1 AND name = $2";
    }
}

impl Scoped {
    pub async fn mail_texts(&self) -> Result<Vec<MailTextRow>, Error> {
        let alliance = &self.alliance;
        read_all!(
            on_reader,
            &self.db,
            "mail_text",
            MailTextRow,
            TEXTS,
            [alliance]
        )
    }

    /// Puts these and takes those away, all of it or nothing.
    pub async fn change_mail_texts(
        &self,
        put: &[MailTextRow],
        removed: &[String],
    ) -> Result<(), Error> {
        let mut unit = Unit::begin(&self.db, self.alliance.clone()).await?;
        let alliance = &self.alliance;
        for name in removed {
            run_one!(
                on_tx,
                &mut unit.tx,
                "mail_text",
                REMOVE_TEXT,
                [alliance, name]
            )?;
        }
        for row in put {
            run_one!(
                on_tx,
                &mut unit.tx,
                "mail_text",
                PUT_TEXT,
                [alliance, &row.name, &row.subject, &row.body, &row.html]
            )?;
        }
        unit.commit().await
    }
}
