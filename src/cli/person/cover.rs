//! `person cover`: somebody else is asked beside a person who is away, from a day to a day.

use clap::Args;
use serde_json::json;

use super::super::desk::Desk;
use super::super::{Done, Global, act, finding, output};
use super::say_post;
use crate::core::cover::{self, Cover as Arranged};
use crate::core::directory::Post;
use crate::core::names::{AllianceId, PersonId};
use crate::core::run::refusal::Refusal;
use crate::core::run::state::RunStatus;
use crate::core::time::{Date, say_date};
use crate::engine::readings::Everybody;
use crate::store::{CoverRow, DirectoryChanges, RunFilter};

/// Let somebody cover for a person who is away
///
/// On these days whoever covers is asked beside the person in all their roles, and may act for
/// them; the log names both. You arrange it for yourself, or as a coordinator for others and with a
/// reason. Given again for the same first day, it gets the new last day.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside person cover helen.ashby@alder-vale.example --by ben.hall@alder-vale.example --from 2027-01-11 --until 2027-02-12 --reason \"Helen is on leave\"\n  alongside person cover helen.ashby@alder-vale.example --by ben.hall@alder-vale.example --end --reason \"Helen is back\"\n\nA single step is passed on with `alongside step pass-on`."
)]
pub struct Cover {
    /// Who is away: their id or email
    person: String,
    /// Who covers for them: their id or email
    #[arg(long, value_name = "PERSON")]
    by: String,
    /// The first day [default: today]
    #[arg(long, value_name = "DATE", value_parser = finding::date, conflicts_with = "end")]
    from: Option<Date>,
    /// The last day
    #[arg(long, value_name = "DATE", value_parser = finding::date, required_unless_present = "end")]
    until: Option<Date>,
    /// The person is back: from today on nobody covers for them
    #[arg(long, conflicts_with = "until")]
    end: bool,
    /// Why; a coordinator must say so, and it is kept
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Who asks for what, with what is known of everybody.
struct Asked<'a> {
    desk: &'a Desk,
    alliance: &'a AllianceId,
    everybody: &'a Everybody,
    actor: PersonId,
    person: PersonId,
    by: PersonId,
    reason: Option<String>,
    today: Date,
}

impl Cover {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        let person = desk.person(&alliance, &self.person).await?;
        let by = desk.person(&alliance, &self.by).await?;
        let actor = desk.actor(&alliance).await?;
        let everybody = desk.engine.everybody(&alliance).await?;
        let asked = Asked {
            desk: &desk,
            alliance: &alliance,
            everybody: &everybody,
            actor,
            person,
            by,
            reason: self.reason.map(|reason| reason.trim().to_owned()),
            today: desk.engine.clock.now().date(),
        };
        match self.until {
            Some(until) => {
                let from = self.from.unwrap_or(asked.today);
                asked.arrange(from, until).await
            }
            None => asked.end().await,
        }
    }
}

impl Asked<'_> {
    async fn arrange(&self, from: Date, until: Date) -> anyhow::Result<Done> {
        let cover = Arranged {
            person: self.person,
            by: self.by,
            from,
            until,
        };
        let directory = &self.everybody.directory;
        let reason = self.reason.as_deref();
        let posts = match cover::arrange(cover, directory, self.actor, reason, self.today) {
            Ok(posts) => posts,
            Err(refusal) => return self.refuse(&refusal),
        };
        let warnings = self.warnings(cover).await?;
        let changes = DirectoryChanges {
            posts: posts.clone(),
            covers: vec![self.row(from, until)],
            ..DirectoryChanges::default()
        };
        self.apply(changes).await?;
        let name = |person| self.everybody.name(person);
        if self.desk.json {
            output::print_json(&json!({
                "person": self.person, "by": self.by, "from": from, "until": until,
                "posts": posts.iter().map(super::list::post_as_json).collect::<Vec<_>>(),
                "warnings": warnings, "dry_run": self.desk.dry_run,
            }))?;
            return Ok(Done::Well);
        }
        self.say_if_dry();
        println!(
            "{} covers for {} from {} until {}:",
            name(self.by),
            name(self.person),
            say_date(from),
            say_date(until)
        );
        self.list(&posts, Some(until));
        println!(
            "On these days both are asked, and what {} does is recorded with both names.",
            name(self.by)
        );
        for warning in warnings {
            println!("Look: {warning}");
        }
        Ok(Done::Well)
    }

    async fn end(&self) -> anyhow::Result<Done> {
        let directory = &self.everybody.directory;
        let reason = self.reason.as_deref();
        let ended = cover::end(
            self.person,
            self.by,
            directory,
            self.actor,
            reason,
            self.today,
        );
        let ended = match ended {
            Ok(ended) => ended,
            Err(refusal) => return self.refuse(&refusal),
        };
        let rows = self.desk.engine.store.of(self.alliance);
        let rows = rows
            .covers_of(self.person)
            .await?
            .into_iter()
            .filter(|row| {
                (row.person, row.by) == (self.person, self.by) && row.until >= self.today
            });
        let (begun, to_come): (Vec<CoverRow>, Vec<CoverRow>) =
            rows.partition(|row| row.from < self.today);
        let yesterday = self.today.pred_opt().unwrap_or(self.today);
        let (before, after): (Vec<Post>, Vec<Option<Post>>) = ended.into_iter().unzip();
        let changes = DirectoryChanges {
            removed_posts: before.clone(),
            posts: after.into_iter().flatten().collect(),
            removed_covers: to_come,
            covers: begun
                .iter()
                .map(|row| self.row(row.from, yesterday))
                .collect(),
            ..DirectoryChanges::default()
        };
        self.apply(changes).await?;
        if self.desk.json {
            output::print_json(&json!({
                "person": self.person, "by": self.by, "ended": yesterday,
                "posts": before.iter().map(super::list::post_as_json).collect::<Vec<_>>(),
                "dry_run": self.desk.dry_run,
            }))?;
            return Ok(Done::Well);
        }
        self.say_if_dry();
        println!(
            "From today on {} does not cover for {} any more:",
            self.everybody.name(self.by),
            self.everybody.name(self.person)
        );
        self.list(&before, None);
        Ok(Done::Well)
    }

    /// Projects in which who covers must not act for the person.
    async fn warnings(&self, cover: Arranged) -> anyhow::Result<Vec<String>> {
        let scoped = self.desk.engine.store.of(self.alliance);
        let filter = RunFilter {
            status: Some(RunStatus::InProgress),
            ..RunFilter::default()
        };
        let named = scoped.runs_naming(cover.by).await?;
        let mut warnings = Vec::new();
        for row in scoped.runs(&filter).await? {
            if !named.contains(&row.id) {
                continue;
            }
            let Some(reading) = self.desk.engine.read_run(self.alliance, row.id).await? else {
                continue;
            };
            let directory = &self.everybody.directory;
            for (role, other) in cover::not_as(
                cover,
                &reading.workflow,
                &reading.run,
                directory,
                self.today,
            ) {
                warnings.push(format!(
                    "in {} {} cannot act as {role}, being {other} there. Somebody else must.",
                    row.reference,
                    self.everybody.name(cover.by),
                ));
            }
        }
        Ok(warnings)
    }

    fn row(&self, from: Date, until: Date) -> CoverRow {
        CoverRow {
            person: self.person,
            by: self.by,
            from,
            until,
            reason: self.reason.clone().filter(|reason| !reason.is_empty()),
            arranged_by: self.actor,
            arranged_at: self.desk.engine.clock.now(),
        }
    }

    async fn apply(&self, changes: DirectoryChanges) -> anyhow::Result<()> {
        if !self.desk.dry_run {
            let scoped = self.desk.engine.store.of(self.alliance);
            scoped.apply_directory(changes).await?;
            self.desk.do_what_is_due().await?;
        }
        Ok(())
    }

    fn refuse(&self, refusal: &Refusal) -> anyhow::Result<Done> {
        act::refuse(self.desk, self.everybody, refusal)
    }

    fn say_if_dry(&self) {
        if self.desk.dry_run {
            println!("Nothing was changed yet. This would be arranged:");
        }
    }

    /// Each post; with its last day where that is another one.
    fn list(&self, posts: &[Post], until: Option<Date>) {
        for post in posts {
            let ends = post
                .until
                .filter(|day| until.is_some_and(|until| until != *day));
            let bare = Post {
                from: None,
                until: ends,
                covers: None,
                ..post.clone()
            };
            println!("  {}", say_post(&bare, self.everybody));
        }
    }
}
