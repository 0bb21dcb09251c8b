//! `mails test|bounce|release`: the relay tried out, a mail that came back, and mail that was held.

use std::io::Read;
use std::ops::ControlFlow;

use anyhow::{Context, bail};

use super::Done;
use super::desk::{Desk, mailbox, relay};
use crate::core::mails::bounce::{self, Kind, LONGEST};
use crate::core::mails::outcome::Ending;
use crate::core::mails::return_path::{self, ReturnKey};
use crate::core::message::write::name_of;
use crate::core::run::seed::uuid_from;
use crate::core::time::say_moment;
use crate::engine::random_bytes;
use crate::mail::Outgoing;

const TEXT: &str = "This is a test of the way that mails of Alongside take. It was asked for by an \
                    operator, and there is nothing to do.\n";

/// One mail to one address at once, whatever the hour.
pub(super) async fn test(desk: &Desk, address: &str) -> anyhow::Result<Done> {
    let Some(relay) = relay(&desk.config)? else {
        bail!(
            "there is no relay to test: set mail.smtp_url in alongside.toml, for example \
             smtp://office@mail.example.org:587; until then mails are files"
        );
    };
    let folder = mailbox(&desk.config)?.folder;
    let id = uuid_from(&random_bytes());
    let bytes = folder.bytes(&Outgoing {
        id,
        at: desk.engine.clock.now(),
        alliance: String::new(),
        to_name: String::new(),
        to_address: address.to_owned(),
        answer_to: None,
        subject: "A test from Alongside".to_owned(),
        text: TEXT.to_owned(),
        html: None,
        visits: Vec::new(),
    })?;
    if desk.dry_run {
        println!("This would send a test to {address}.");
        return Ok(Done::Well);
    }
    let office = desk.engine.store.post_office(&random_bytes()).await?;
    let key = ReturnKey::new(office.return_key);
    let from = return_path::make(id, &key, folder.domain());
    let go_on = |_| std::future::ready(ControlFlow::Continue(()));
    let outcome = relay.send(&from, address, &bytes, go_on).await;
    relay.part().await;
    let words = outcome.words.trim();
    if outcome.ending == Ending::Accepted {
        println!("{} has taken the mail: {words}", relay.settings().smtp);
        return Ok(Done::Well);
    }
    let phase = name_of(&outcome.phase);
    if outcome.ending == Ending::Unsendable {
        bail!("the mail was not sent: {words}");
    }
    let code = outcome
        .code
        .map_or_else(String::new, |code| format!("{code} "));
    bail!(
        "{} did not take the mail (at {phase}): {code}{words}. `alongside doctor` looks at the relay \
         step by step",
        relay.settings().smtp
    )
}

/// A mail that came back, from standard input.
pub(super) async fn bounce(desk: &Desk, to: Option<&str>) -> anyhow::Result<Done> {
    let mut bytes = Vec::new();
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX);
    std::io::stdin()
        .take(most + 1)
        .read_to_end(&mut bytes)
        .context("standard input cannot be read")?;
    let office = desk.engine.store.post_office(&random_bytes()).await?;
    let key = ReturnKey::new(office.return_key);
    let folder = mailbox(&desk.config)?.folder;
    let read = bounce::read(&bytes, to, &key, folder.domain())?;
    if desk.dry_run {
        println!(
            "This would record a bounce ({}) of the mail {}.",
            read.status, read.mail
        );
        return Ok(Done::Well);
    }
    match desk.engine.take_bounce(&read).await? {
        Some(_) if matches!(read.kind, Kind::Delayed | Kind::Arrived) => println!(
            "The mail {} did not come back ({}): nothing is recorded.",
            read.mail, read.status
        ),
        Some(_) => println!(
            "Recorded: the mail {} came back ({}).",
            read.mail, read.status
        ),
        None => println!(
            "There is no mail {} any more; nothing is recorded.",
            read.mail
        ),
    }
    Ok(Done::Well)
}

/// Mail that the relay did not want is sent again.
pub(super) async fn release(desk: &Desk) -> anyhow::Result<Done> {
    let office = desk.engine.store.post_office(&random_bytes()).await?;
    let Some(since) = office.held_since else {
        println!("No mail is held.");
        return Ok(Done::Well);
    };
    let why = office.held_why.unwrap_or_default();
    let since = say_moment(since);
    if desk.dry_run {
        println!("This would send again what is held since {since}: {why}");
        return Ok(Done::Well);
    }
    desk.engine.store.release_mail().await?;
    println!("Mail goes out again. It was held since {since}: {why}");
    Ok(Done::Well)
}
