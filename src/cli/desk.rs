//! The desk from which a command works: configuration, engine, alliance, who acts.
//!
//! Short commands open the same database as a running `serve` and write through the same
//! `handle`. If nobody is at work, a command does the work that is due before it ends.

use std::sync::Arc;

use anyhow::{Context, bail};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::bus::{Broker, Bus, Settings};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, environment};
use crate::core::names::{AllianceId, PersonId, RunId};
use crate::core::run::command::{Command, Envelope};
use crate::core::run::seed::uuid_from;
use crate::engine::library::BadLibrary;
use crate::engine::{
    Background, Engine, Handled, Incoming, Library, Mailbox, Relay, Seeds, Way, random_bytes,
};
use crate::mail::{self, Folder};
use crate::store::Store;

use super::{Global, processes};

/// The `source` of commands from here.
pub const SOURCE: &str = "alongside:cli";
/// The `source` of our own messages.
pub const ORIGIN: &str = "alongside";

pub struct Desk {
    pub config: Config,
    pub engine: Engine,
    pub alliance: Option<String>,
    pub acting: Option<String>,
    pub dry_run: bool,
    pub json: bool,
}

impl Desk {
    /// Opens everything a short command needs. The embedded database is made if it is not there.
    pub async fn open(global: &Global) -> anyhow::Result<Self> {
        Self::open_at(global, Arc::new(SystemClock), Seeds::Random).await
    }

    pub async fn open_at(
        global: &Global,
        clock: Arc<dyn Clock>,
        seeds: Seeds,
    ) -> anyhow::Result<Self> {
        let config = configuration(global)?;
        std::fs::create_dir_all(&config.home)
            .with_context(|| format!("the folder {} cannot be made", config.home.display()))?;
        let library = open_library(&config)?;
        let url = config.database.reveal();
        if url.starts_with("sqlite:") {
            Store::migrate(url).await?;
        }
        let store = Store::open(url).await?;
        let engine = Engine {
            store,
            clock,
            library: Arc::new(library),
            sources: Arc::new(config.sources.clone()),
            seeds,
            origin: ORIGIN.to_owned(),
            memory: Arc::default(),
            clock_watch: Arc::default(),
            link: config.mail.link.clone(),
            handover: None,
        };
        Ok(Self {
            config,
            engine,
            alliance: global.alliance.clone(),
            acting: global.acting.clone(),
            dry_run: global.dry_run,
            json: global.json,
        })
    }

    /// The alliance that is meant: the named one, else the only one.
    pub async fn alliance(&self) -> anyhow::Result<AllianceId> {
        let all = self.engine.store.alliances().await?;
        let keys = || {
            all.iter()
                .map(|row| row.id.0.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        match (&self.alliance, all.as_slice()) {
            (Some(key), _) => match all.iter().find(|row| row.id.0 == *key) {
                Some(row) => Ok(row.id.clone()),
                None => bail!("there is no alliance `{key}`. There is: {}", keys()),
            },
            (None, [only]) => Ok(only.id.clone()),
            (None, []) => {
                bail!("there is no alliance yet. Add one: alongside alliance add KEY \"NAME\"")
            }
            (None, _) => bail!("say which alliance with --alliance: {}", keys()),
        }
    }

    /// Who acts: `--as` as an id or an email, else the only coordinator.
    pub async fn actor(&self, alliance: &AllianceId) -> anyhow::Result<PersonId> {
        if let Some(named) = &self.acting {
            return self.person(alliance, named).await;
        }
        let everybody = self.engine.everybody(alliance).await?;
        let today = self.engine.clock.now().date();
        let mut found: Vec<PersonId> = everybody
            .directory
            .holders("coordinator", None, today)
            .map(|held| held.person)
            .collect();
        found.dedup();
        match found.as_slice() {
            [only] => Ok(*only),
            [] => bail!("nobody is coordinator of this alliance yet: say who acts with --as"),
            _ => bail!("there are several coordinators: say who acts with --as EMAIL"),
        }
    }

    /// A person by id or email.
    pub async fn person(&self, alliance: &AllianceId, named: &str) -> anyhow::Result<PersonId> {
        let scoped = self.engine.store.of(alliance);
        let found = match named.parse::<Uuid>() {
            Ok(id) => scoped.find_people(&[PersonId(id)]).await?.pop(),
            Err(_) => {
                scoped
                    .find_person_by_email(&named.trim().to_lowercase())
                    .await?
            }
        };
        match found {
            Some(row) => Ok(row.id),
            None => bail!("nobody in the directory has the id or email `{named}`"),
        }
    }

    /// Sends one command as a person at the command line, and does the work that is then due.
    pub async fn send(
        &self,
        alliance: &AllianceId,
        run: RunId,
        behalf: Option<PersonId>,
        command: Command,
    ) -> anyhow::Result<Handled> {
        let incoming = self.incoming(alliance, run, behalf, command).await?;
        let mut handled = self.engine.handle(alliance, vec![incoming]).await?;
        self.do_what_is_due().await?;
        handled.pop().context("the engine gave no answer")
    }

    pub async fn incoming(
        &self,
        alliance: &AllianceId,
        run: RunId,
        behalf: Option<PersonId>,
        command: Command,
    ) -> anyhow::Result<Incoming> {
        let actor = self.actor(alliance).await?;
        let id = uuid_from(&random_bytes()).to_string();
        let now = self.engine.clock.now();
        Ok(Incoming::inside(Envelope {
            actor: Some(actor),
            on_behalf_of: behalf,
            ..Envelope::inside(SOURCE, id, alliance, run, now, command)
        }))
    }

    /// Before a list or a page is read: what is due by now has happened. A dry run does nothing.
    pub async fn catch_up(&self) -> anyhow::Result<()> {
        if self.dry_run {
            return Ok(());
        }
        self.do_what_is_due().await
    }

    /// Unless a `serve` or `worker` is there to do it.
    pub async fn do_what_is_due(&self) -> anyhow::Result<()> {
        if self.config.broker.reveal() != "memory:" || processes::is_somebody_at_work(&self.config)
        {
            return Ok(());
        }
        let stop = CancellationToken::new();
        let bus = Bus::memory(&Broker::default(), ORIGIN, stop);
        let (engine, relay) = Relay::new(self.engine.clone(), bus.publisher());
        let mut background = Background {
            engine,
            relay,
            mailbox: mailbox(&self.config)?,
        };
        background.do_what_is_due().await?;
        Ok(())
    }
}

pub fn configuration(global: &Global) -> anyhow::Result<Config> {
    configuration_with(global, None)
}

pub fn configuration_with(global: &Global, listen: Option<&str>) -> anyhow::Result<Config> {
    let mut flags = global.flags();
    if let Some(listen) = listen {
        flags.insert("--listen", listen.to_owned());
    }
    Ok(Config::load(&flags, &environment())?)
}

pub fn open_library(config: &Config) -> anyhow::Result<Library> {
    Library::open(config.workflows.as_deref()).map_err(|bad| match bad {
        BadLibrary::Folder(reason) => anyhow::anyhow!("{reason}"),
        BadLibrary::Problems(problems) => anyhow::anyhow!(
            "a workflow has problems:\n{}",
            crate::core::definition::render_all(&problems, false)
        ),
    })
}

pub fn mailbox(config: &Config) -> anyhow::Result<Mailbox> {
    let set = &config.mail;
    let folder = Folder::new(&set.folder, &set.from, set.answer_to.as_deref())?;
    let Some(relay) = relay(config)? else {
        return Ok(Mailbox {
            folder,
            way: None,
            only_to: set.only_to.clone(),
        });
    };
    let domain = folder.domain().to_owned();
    let way = Way::new(relay, set.per_minute, domain, SystemClock.now());
    Ok(Mailbox {
        folder,
        way: Some(Arc::new(way)),
        only_to: set.only_to.clone(),
    })
}

/// The relay that the settings name, if they name one.
pub fn relay(config: &Config) -> anyhow::Result<Option<mail::relay::Relay>> {
    let Some(smtp) = config.mail.smtp.clone() else {
        return Ok(None);
    };
    let relay = mail::relay::Relay::new(mail::relay::Settings {
        smtp,
        from: config.mail.from.clone(),
        only_to: config.mail.only_to.clone(),
        limits: mail::relay::Limits::default(),
    })?;
    Ok(Some(relay))
}

/// The bus of a process that stays.
pub fn open_bus(config: &Config, name: &str, stop: &CancellationToken) -> anyhow::Result<Bus> {
    let url = config.broker.reveal();
    if url == "memory:" {
        return Ok(Bus::memory(&Broker::default(), ORIGIN, stop.clone()));
    }
    let seed = u64::from_le_bytes(
        random_bytes()[..8]
            .try_into()
            .expect("eight bytes are eight bytes"),
    );
    let settings = Settings {
        url: url.to_owned(),
        name: name.to_owned(),
        seed,
    };
    Ok(Bus::amqp(settings, stop.clone())?)
}
