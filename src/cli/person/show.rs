//! `person show`: one person, what they hold, and the projects in which they stand.

use clap::Args;
use serde_json::{Value, json};

use super::super::desk::Desk;
use super::super::{Done, Global, output};
use super::{list, say_post, say_school};
use crate::core::time::say_date;
use crate::engine::readings::Everybody;
use crate::store::CoverRow;

/// Show one person: contact, roles, projects
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  alongside person show helen.ashby@alder-vale.example")]
pub struct Show {
    /// Their id or email
    person: String,
}

impl Show {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        let id = desk.person(&alliance, &self.person).await?;
        let scoped = desk.engine.store.of(&alliance);
        let everybody = desk.engine.everybody(&alliance).await?;
        let Some(person) = everybody.people.get(&id).cloned() else {
            anyhow::bail!("{id} has just gone");
        };
        let posts = everybody.directory.posts.iter();
        let posts: Vec<_> = posts.filter(|post| post.person == id).collect();
        let contact = scoped
            .contacts()
            .await?
            .into_iter()
            .find(|c| c.person == id);
        let (job_title, phone) = contact.map(|c| (c.job_title, c.phone)).unwrap_or_default();
        let mut projects = Vec::new();
        for run in scoped.runs_naming(id).await? {
            projects.extend(scoped.find_run(run).await?);
        }
        projects.sort_by(|a, b| a.reference.cmp(&b.reference));
        let covers = scoped.covers_of(id).await?;
        if desk.json {
            let mut shown = list::as_json(&person, &posts);
            let references: Vec<&str> = projects.iter().map(|run| run.reference.as_str()).collect();
            shown["job_title"] = json!(job_title);
            shown["phone"] = json!(phone);
            shown["projects"] = json!(references);
            shown["cover"] = json!(covers.iter().map(cover_as_json).collect::<Vec<_>>());
            output::print_json(&shown)?;
            return Ok(Done::Well);
        }
        println!("{}", person.name.as_deref().unwrap_or("An erased person"));
        let facts = [
            ("id", Some(id.to_string())),
            ("email", person.email),
            ("job title", job_title),
            ("phone", phone),
            (
                "main school",
                person.main_school.map(|urn| say_school(&urn, &everybody)),
            ),
        ];
        for (what, value) in facts {
            if let Some(value) = value {
                println!("  {what:<12} {value}");
            }
        }
        for post in posts {
            println!("  {}", say_post(post, &everybody));
        }
        for row in covers
            .iter()
            .filter(|row| row.arranged_by != id || row.person == id)
        {
            println!("  {}", say_cover(row, &everybody));
        }
        for run in projects {
            println!(
                "  in {}: {} ({})",
                run.reference,
                run.title,
                run.status.say()
            );
        }
        Ok(Done::Well)
    }
}

/// "Ben Hall covers for Helen Ashby from … until …, arranged by Judith Marlow: on leave"
fn say_cover(row: &CoverRow, everybody: &Everybody) -> String {
    let mut said = format!(
        "{} covers for {} from {} until {}, arranged by {}",
        everybody.name(row.by),
        everybody.name(row.person),
        say_date(row.from),
        say_date(row.until),
        everybody.name(row.arranged_by)
    );
    if let Some(reason) = &row.reason {
        said.push_str(": ");
        said.push_str(reason);
    }
    said
}

pub fn cover_as_json(row: &CoverRow) -> Value {
    json!({
        "person": row.person, "by": row.by, "from": row.from, "until": row.until,
        "reason": row.reason, "arranged_by": row.arranged_by, "arranged_at": row.arranged_at,
    })
}
