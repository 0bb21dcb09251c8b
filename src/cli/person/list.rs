//! `person list`: everybody the alliance knows, with what they do.

use clap::Args;
use serde_json::{Value, json};

use super::super::desk::Desk;
use super::super::{Done, Global, output};
use super::say_post;
use crate::core::directory::Post;
use crate::store::PersonRow;

/// List everybody, with their roles
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside person list --school 900001\n  alongside person list --json"
)]
pub struct List {
    /// Only people who hold a role at this school
    #[arg(long, value_name = "URN")]
    school: Option<String>,
}

impl List {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        let desk = Desk::open(global).await?;
        let alliance = desk.alliance().await?;
        let everybody = desk.engine.everybody(&alliance).await?;
        let held_by = |person: &PersonRow| -> Vec<&Post> {
            let posts = everybody.directory.posts.iter();
            posts.filter(|post| post.person == person.id).collect()
        };
        let mut wanted: Vec<&PersonRow> = everybody
            .people
            .values()
            .filter(|person| {
                let wanted = self.school.as_deref();
                let at = |post: &&Post| post.school.as_ref().map(|urn| urn.0.as_str()) == wanted;
                wanted.is_none() || held_by(person).iter().any(at)
            })
            .collect();
        wanted.sort_by_key(|person| (person.name.clone(), person.id));
        if desk.json {
            let all: Vec<Value> = wanted
                .iter()
                .map(|person| as_json(person, &held_by(person)))
                .collect();
            output::print_json(&all)?;
            return Ok(Done::Well);
        }
        if wanted.is_empty() {
            println!("Nobody is here yet. Add people: alongside import people FILE");
        }
        for person in wanted {
            match (&person.name, &person.email) {
                (Some(name), Some(email)) => println!("{name} <{email}>"),
                _ => println!("an erased person, {}", person.id),
            }
            for post in held_by(person) {
                println!("  {}", say_post(post, &everybody));
            }
        }
        Ok(Done::Well)
    }
}

/// A directory row with its posts, for programs.
pub fn as_json(person: &PersonRow, posts: &[&Post]) -> Value {
    let posts: Vec<Value> = posts.iter().map(|post| post_as_json(post)).collect();
    json!({
        "id": person.id, "name": person.name, "email": person.email,
        "main_school": person.main_school, "erased": person.erased, "posts": posts,
    })
}

pub fn post_as_json(post: &Post) -> Value {
    json!({
        "role": post.role, "school": post.school, "from": post.from,
        "until": post.until, "covers": post.covers,
    })
}
