//! The relay that sends the mails: its address, and the login that it wants.
//!
//! The password never stands in the URL, which is printed, nor in `alongside.toml`: it comes from a
//! variable or a file of its own. Between two machines the way is always encrypted unless it is said
//! otherwise; on the same machine it need not be.

use std::fmt;
use std::path::PathBuf;

use super::exposed;
use super::layers::{Given, Layers};
use super::secret::Secret;
use super::settings;

/// Mails a minute unless told otherwise: many providers allow no more than 30.
pub const USUAL_PER_MINUTE: u32 = 30;
const MOST_PER_MINUTE: u32 = 6_000;

/// A relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub login: Option<Login>,
    /// A file with the certificates of an authority of one's own, trusted besides the known ones.
    pub authority: Option<PathBuf>,
}

/// How the way to the relay is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte: `smtps://`.
    First,
    /// By `STARTTLS`, and not at all without it: `smtp://`.
    StartTls,
    /// Not: `smtp://` on this machine, or because it was said so.
    Plain,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    pub user: String,
    pub password: Secret,
}

/// As the URL says, without the user: `smtps://host:465`.
impl fmt::Display for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.tls {
            Tls::First => "smtps",
            Tls::StartTls | Tls::Plain => "smtp",
        };
        if self.host.contains(':') {
            return write!(f, "{scheme}://[{}]:{}", self.host, self.port);
        }
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

/// What stands in the URL.
struct Address {
    user: Option<String>,
    host: String,
    port: u16,
    tls: Tls,
}

/// The relay, if one is named.
pub fn read(layers: &mut Layers<'_>) -> Option<Smtp> {
    let plaintext = layers.value(&settings::SMTP_PLAINTEXT, super::truth);
    let url = layers.value(&settings::SMTP_URL, |given| {
        address(given, plaintext.unwrap_or(false))
    });
    let password = layers.value(&settings::SMTP_PASSWORD, |given| {
        Ok(Secret::new(given.text.clone()))
    });
    let authority = layers.folder(&settings::SMTP_AUTHORITY);
    let address = url?;
    let login = match (address.user, password) {
        (Some(user), Some(password)) => Some(Login { user, password }),
        (None, None) => None,
        (Some(_), None) => {
            layers.refuse(
                "mail.smtp_url",
                "names a user, and there is no password: put it into ALONGSIDE_SMTP_PASSWORD, or \
                 into a file that ALONGSIDE_SMTP_PASSWORD_FILE names",
            );
            None
        }
        (None, Some(_)) => {
            layers.refuse(
                settings::SMTP_PASSWORD.variable,
                "is there, and mail.smtp_url names no user: write `smtp://user@host:587`, or take \
                 the password out",
            );
            None
        }
    };
    Some(Smtp {
        host: address.host,
        port: address.port,
        tls: address.tls,
        login,
        authority,
    })
}

pub fn per_minute(given: &Given) -> Result<u32, String> {
    let number = given.text.trim().parse().ok();
    number
        .filter(|number| (1..=MOST_PER_MINUTE).contains(number))
        .ok_or_else(|| {
            format!(
                "`{}` is no number of mails from 1 to {MOST_PER_MINUTE}: write `{USUAL_PER_MINUTE}`",
                given.text.escape_debug()
            )
        })
}

/// Nothing of the text is repeated: it may hold a password.
fn address(given: &Given, plaintext: bool) -> Result<Address, String> {
    let text = given.text.trim();
    let shape = || {
        "is no address of a relay: write `smtps://user@host:465`, or `smtp://user@host:587` for \
         STARTTLS"
            .to_owned()
    };
    let (scheme, rest) = text.split_once("://").ok_or_else(shape)?;
    let first = match scheme {
        "smtps" => true,
        "smtp" => false,
        _ => return Err(shape()),
    };
    let (user, place) = match rest.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, rest),
    };
    if user.is_some_and(|user| user.contains(':')) {
        return Err(
            "holds a password, and it is printed at times: take it out, and put it into \
             ALONGSIDE_SMTP_PASSWORD or into a file that ALONGSIDE_SMTP_PASSWORD_FILE names"
                .to_owned(),
        );
    }
    let place = place.strip_suffix('/').unwrap_or(place);
    let (host, port) = host_and_port(place).ok_or_else(shape)?;
    let near = exposed::is_this_machine(&host);
    Ok(Address {
        user: user.map(decoded).transpose().map_err(|()| shape())?,
        port: port.unwrap_or(if first { 465 } else { 587 }),
        tls: match (first, near || plaintext) {
            (true, _) => Tls::First,
            (false, false) => Tls::StartTls,
            (false, true) => Tls::Plain,
        },
        host,
    })
}

fn host_and_port(place: &str) -> Option<(String, Option<u16>)> {
    let (host, rest) = match place.strip_prefix('[') {
        Some(literal) => literal.split_once(']')?,
        None => place.split_at(place.find(':').unwrap_or(place.len())),
    };
    let port = match rest.strip_prefix(':') {
        Some(port) => Some(port.parse().ok().filter(|port| *port > 0)?),
        None if rest.is_empty() => None,
        None => return None,
    };
    let letters = |c: char| c.is_ascii_alphanumeric() || ".-:_".contains(c);
    (!host.is_empty() && host.chars().all(letters)).then(|| (host.to_owned(), port))
}

/// A user is often a mail address, and may then be written `office%40example.org`.
fn decoded(user: &str) -> Result<String, ()> {
    let mut parts = user.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2).ok_or(())?;
        bytes.push(u8::from_str_radix(code, 16).map_err(|_| ())?);
        bytes.extend(rest.as_bytes());
    }
    let user = String::from_utf8(bytes).map_err(|_| ())?;
    let good = !user.is_empty() && !user.chars().any(char::is_control);
    good.then_some(user).ok_or(())
}
