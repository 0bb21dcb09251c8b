//! `person list|show|cover|erase|export`: who the alliance knows, who covers for whom, and what the
//! law lets people ask for.

mod cover;
pub mod erase;
mod export;
mod list;
mod show;

use clap::{Args, Subcommand};

use super::{Done, Global};
use crate::core::directory::Post;
use crate::core::names::Urn;
use crate::core::time::say_date;
use crate::engine::readings::Everybody;

/// People of the alliance: list, show, cover, erase, and all that is held about one
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  alongside person list\n  alongside person show helen.ashby@alder-vale.example\n  alongside person export helen.ashby@alder-vale.example --out helen.json\n  alongside person erase helen.ashby@alder-vale.example"
)]
pub struct Person {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    List(list::List),
    Show(show::Show),
    Cover(cover::Cover),
    Erase(erase::Erase),
    Export(export::Export),
}

impl Person {
    pub async fn run(self, global: &Global) -> anyhow::Result<Done> {
        match self.what {
            What::List(list) => list.run(global).await,
            What::Show(show) => show.run(global).await,
            What::Cover(cover) => cover.run(global).await,
            What::Erase(erase) => erase.run(global).await,
            What::Export(export) => export.run(global).await,
        }
    }
}

/// "headteacher at Alder Vale Primary School (900001), from Tuesday 1 September 2026"
fn say_post(post: &Post, everybody: &Everybody) -> String {
    let place = match &post.school {
        None => "the alliance".to_owned(),
        Some(urn) => say_school(urn, everybody),
    };
    let from = post.from.map(|day| format!(", from {}", say_date(day)));
    let until = post.until.map(|day| format!(", until {}", say_date(day)));
    let cover = post
        .covers
        .map(|person| format!(", covering for {}", everybody.name(person)));
    let more: String = [from, until, cover].into_iter().flatten().collect();
    format!("{} at {place}{more}", post.role)
}

fn say_school(urn: &Urn, everybody: &Everybody) -> String {
    match everybody.directory.schools.get(urn) {
        Some(school) => format!("{} ({urn})", school.name),
        None => urn.to_string(),
    }
}
