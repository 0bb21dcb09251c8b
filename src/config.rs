//! The configuration: flags over environment over file over defaults.
//!
//! Every setting is one row of [`settings`], which gives its flag, its variable and its key in
//! `alongside.toml`; it is read as text and understood here. All problems are reported at once, each
//! with its place and the way out. Secrets may come from a file of their own and are never printed.
//! There is no reloading: a changed configuration wants a restart.

mod exposed;
mod file;
mod layers;
mod problem;
mod secret;
mod settings;
mod smtp;
mod sources;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use file::File;
use layers::{Given, Layers};

use crate::core::mails::link::Link;
use crate::core::mails::only_to::OnlyTo;

pub use layers::{Environment, Flags, environment};
pub use problem::{Problem, Problems};
pub use secret::{Secret, SecretUrl};
pub use smtp::{Login, Smtp, Tls};
pub use sources::Source;

/// Where `serve` listens unless told otherwise; `worker` listens only when told.
pub const USUAL_LISTEN: &str = "127.0.0.1:8080";

#[derive(Debug, Clone)]
pub struct Config {
    /// Where the embedded default keeps its database and its mails.
    pub home: PathBuf,
    /// `sqlite:FILE` or `postgres://…`.
    pub database: SecretUrl,
    /// `memory:` or `amqp://…`.
    pub broker: SecretUrl,
    /// Nothing, if it was not said.
    pub listen: Option<SocketAddr>,
    pub mail: Mail,
    /// A folder with more definitions than the shipped ones.
    pub workflows: Option<PathBuf>,
    pub log: Log,
    pub sources: Vec<Source>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// For the `.eml` files.
    pub folder: PathBuf,
    pub from: String,
    pub answer_to: Option<String>,
    /// Where readers find a project in the alliance's portal.
    pub link: Option<Link>,
    /// The relay that sends them; without one they are files and nothing more.
    pub smtp: Option<Smtp>,
    pub per_minute: u32,
    /// While things are tried out: nobody else gets a mail.
    pub only_to: Option<OnlyTo>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    pub format: LogFormat,
    /// As tracing's filters are written: `info` or `alongside=debug,info`.
    pub filter: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Human,
    Json,
}

impl Config {
    /// Reads `alongside.toml` in the home folder, if there is one, or the file that is named.
    pub fn load(flags: &Flags, environment: &Environment) -> Result<Self, Problems> {
        let mut layers = Layers::new(flags, environment);
        let home = layers
            .folder(&settings::HOME)
            .unwrap_or_else(|| PathBuf::from("."));
        let file = match layers.folder(&settings::CONFIG) {
            Some(named) => File::read(&named),
            None => File::read_if_there(&home.join("alongside.toml")),
        };
        layers.add_file(file);
        let plaintext = layers.value(&settings::PLAINTEXT, truth).unwrap_or(false);
        let config = Self {
            database: layers
                .value(&settings::DATABASE, database)
                .unwrap_or_else(|| usual_database(&home)),
            broker: layers
                .value(&settings::BROKER, |given| broker(given, plaintext))
                .unwrap_or_else(|| SecretUrl::new("memory:")),
            listen: layers.value(&settings::LISTEN, listen),
            mail: mail(&mut layers, &home),
            workflows: layers.folder(&settings::WORKFLOWS),
            log: Log {
                format: layers
                    .value(&settings::LOG_FORMAT, log_format)
                    .unwrap_or(LogFormat::Human),
                filter: layers
                    .value(&settings::LOG_FILTER, |given| Ok(given.text.clone()))
                    .unwrap_or_else(|| "info".to_owned()),
            },
            sources: layers.sources(),
            home,
        };
        layers.finish(config)
    }
}

fn mail(layers: &mut Layers<'_>, home: &Path) -> Mail {
    Mail {
        folder: layers
            .folder(&settings::MAIL_FOLDER)
            .unwrap_or_else(|| home.join("mail")),
        from: layers
            .value(&settings::MAIL_FROM, mailbox)
            .unwrap_or_else(|| "alongside@localhost".to_owned()),
        answer_to: layers.value(&settings::MAIL_ANSWER_TO, mailbox),
        link: layers.value(&settings::MAIL_LINK, |given| given.text.parse()),
        smtp: smtp::read(layers),
        per_minute: layers
            .value(&settings::MAIL_PER_MINUTE, smtp::per_minute)
            .unwrap_or(smtp::USUAL_PER_MINUTE),
        only_to: layers.value(&settings::MAIL_ONLY_TO, |given| given.text.parse()),
    }
}

fn usual_database(home: &Path) -> SecretUrl {
    SecretUrl::new(format!("sqlite:{}", home.join("alongside.db").display()))
}

/// A relative SQLite file in `alongside.toml` stands beside it.
fn database(given: &Given) -> Result<SecretUrl, String> {
    let text = &given.text;
    if ["postgres://", "postgresql://"]
        .iter()
        .any(|start| text.starts_with(start))
    {
        return Ok(SecretUrl::new(text));
    }
    let Some(path) = text.strip_prefix("sqlite:") else {
        return Err("begins with neither `sqlite:` nor `postgres://`".to_owned());
    };
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.starts_with(':') {
        return Err("names no file: write `sqlite:alongside.db`".to_owned());
    }
    Ok(SecretUrl::new(format!(
        "sqlite:{}",
        given.beside(path).display()
    )))
}

fn broker(given: &Given, plaintext: bool) -> Result<SecretUrl, String> {
    let text = &given.text;
    let known = text == "memory:" || text.starts_with("amqp://") || text.starts_with("amqps://");
    if !known {
        return Err("is neither `memory:` nor begins with `amqp://` or `amqps://`".to_owned());
    }
    if !plaintext && exposed::travels_in_the_clear(text) {
        return Err(
            "would send passwords and messages unencrypted to another machine: write `amqps://…`, \
             or say `allow_plaintext = true` under `[broker]` (ALONGSIDE_ALLOW_PLAINTEXT=true) \
             where the network between is your own"
                .to_owned(),
        );
    }
    Ok(SecretUrl::new(text))
}

fn truth(given: &Given) -> Result<bool, String> {
    match given.text.as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(format!("`{other}` is neither `true` nor `false`")),
    }
}

fn listen(given: &Given) -> Result<SocketAddr, String> {
    let text = given.text.replacen("localhost:", "127.0.0.1:", 1);
    let Ok(address) = text.parse::<SocketAddr>() else {
        let text = &given.text;
        return Err(format!(
            "`{text}` is no address with a port from 1 to 65535: write `{USUAL_LISTEN}`"
        ));
    };
    if address.port() == 0 {
        return Err("port 0 would be another one at each start: choose one up to 65535".to_owned());
    }
    Ok(address)
}

/// As far as it can be told without sending; the mailer builds headers by typed setters only.
fn mailbox(given: &Given) -> Result<String, String> {
    let text = &given.text;
    if text.chars().any(char::is_control) || text.matches('@').count() != 1 {
        return Err(format!(
            "`{}` is no mail address: write `office@example.org` or `Office <office@example.org>`",
            text.escape_debug()
        ));
    }
    Ok(text.clone())
}

fn log_format(given: &Given) -> Result<LogFormat, String> {
    match given.text.as_str() {
        "human" => Ok(LogFormat::Human),
        "json" => Ok(LogFormat::Json),
        other => Err(format!("`{other}` is neither `human` nor `json`")),
    }
}

#[cfg(test)]
mod smtp_tests;
#[cfg(test)]
mod tests;
