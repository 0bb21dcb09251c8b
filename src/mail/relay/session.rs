//! One conversation with a relay: the commands, each with its time limit, and what went wrong.
//!
//! `lettre` takes any answer of 2xx or 3xx for a good one; here each command wants its own.
//! Passwords are in no error: `lettre` shows none, and a server's words are cleaned before anybody
//! sees them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::line::ByteByByte;
use super::{Error, Letter, Limits};
use crate::config::{Login, Smtp, Tls};
use crate::core::mails::outcome::Phase;

/// LOGIN last, which is older.
const LOGINS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];
/// How long we wait for the answer to `QUIT`, which changes nothing.
const LEAVE: Duration = Duration::from_secs(5);

/// Why a try ended without an acceptance.
pub enum Failure {
    /// The code and the words.
    Refused(u16, String),
    Broken(String),
    Unfit(String),
    Unsendable(String),
    Stopped,
}

pub struct Session {
    connection: AsyncSmtpConnection,
    limits: Limits,
}

/// What we hold against the relay's certificate: the authorities of this machine, or else our own.
pub fn trusted(smtp: &Smtp) -> Result<TlsParameters, Error> {
    let mut builder = TlsParameters::builder(smtp.host.clone());
    if let Some(path) = &smtp.authority {
        let refused = |cause: String| Error::Authority {
            path: path.display().to_string(),
            cause,
        };
        let pem = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
        if !pem.windows(10).any(|word| word == b"-----BEGIN") {
            return Err(refused("it holds no certificate".to_owned()));
        }
        let own = Certificate::from_pem(&pem).map_err(|error| refused(error.to_string()))?;
        builder = builder.add_root_certificate(own);
    }
    builder.build_rustls().map_err(|error| Error::Tls {
        host: smtp.host.clone(),
        cause: error.to_string(),
    })
}

impl Session {
    pub async fn open(
        smtp: &Smtp,
        hello: &str,
        tls: Option<TlsParameters>,
        limits: Limits,
    ) -> Result<Self, Failure> {
        let server = (smtp.host.as_str(), smtp.port);
        let hello = ClientId::Domain(hello.to_owned());
        let connection = if smtp.tls == Tls::First {
            // The limit within is for each address of the host; the one around holds for all.
            let each = Some(limits.connect / 2);
            let connecting = AsyncSmtpConnection::connect_tokio1(server, each, &hello, tls, None);
            within(limits.connect, connecting).await?
        } else {
            let connecting = async {
                let socket = TcpStream::connect(server).await.map_err(no_connection)?;
                // The final dot is written by itself, and must not wait until the body has been
                // acknowledged, which takes most systems 40 ms.
                socket.set_nodelay(true).map_err(no_connection)?;
                let line: Box<dyn AsyncTokioStream> = match smtp.tls {
                    Tls::StartTls => Box::new(ByteByByte(socket)),
                    _ => Box::new(socket),
                };
                let greeting = AsyncSmtpConnection::connect_with_transport(line, &hello);
                greeting.await.map_err(Failure::from)
            };
            within(limits.connect, connecting).await?
        };
        Ok(Self { connection, limits })
    }

    pub async fn start_tls(&mut self, tls: &TlsParameters, hello: &str) -> Result<(), Failure> {
        if !self.connection.can_starttls() {
            return Err(Failure::Unfit(
                "the relay offers no STARTTLS, and nothing is sent unencrypted: ask whoever runs \
                 it, or write `smtps://` with port 465 in mail.smtp_url"
                    .to_owned(),
            ));
        }
        let hello = ClientId::Domain(hello.to_owned());
        let starting = self.connection.starttls(tls.clone(), &hello);
        within(self.limits.step, starting).await?;
        if self.connection.is_encrypted() {
            return Ok(());
        }
        let words = "the line is not encrypted after STARTTLS: nothing is sent over it";
        Err(Failure::Unfit(words.to_owned()))
    }

    pub async fn log_in(&mut self, login: &Login) -> Result<(), Failure> {
        let server = self.connection.server_info();
        if server.get_auth_mechanism(&LOGINS).is_none() {
            return Err(Failure::Unfit(
                "the relay offers no login by PLAIN or LOGIN: take the user out of mail.smtp_url \
                 if it wants none, or choose the port that is for sending (587 or 465)"
                    .to_owned(),
            ));
        }
        let password = login.password.reveal().to_owned();
        let credentials = Credentials::new(login.user.clone(), password);
        let logging_in = self.connection.auth(&LOGINS, &credentials);
        let answer = within(self.limits.step, logging_in).await?;
        expect(&answer, 235..236, "the login")
    }

    pub async fn sender(&mut self, letter: &Letter<'_>) -> Result<(), Failure> {
        let server = self.connection.server_info();
        let mut parameters = Vec::new();
        let plain = |address: &lettre::Address| address.to_string().is_ascii();
        if !plain(&letter.from) || !plain(&letter.to) {
            if !server.supports_feature(Extension::SmtpUtfEight) {
                return Err(Failure::Unsendable(
                    "the address has letters outside ASCII and the relay knows no SMTPUTF8: use \
                     another address of this person"
                        .to_owned(),
                ));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !letter.bytes.is_ascii() {
            if !server.supports_feature(Extension::EightBitMime) {
                return Err(Failure::Unsendable(
                    "the mail has letters outside ASCII and the relay knows no 8BITMIME: it must \
                     be built with an encoding"
                        .to_owned(),
                ));
            }
            let body = MailParameter::Body(MailBodyParameter::EightBitMime);
            parameters.push(body);
        }
        let command = Mail::new(Some(letter.from.clone()), parameters);
        let answer = within(self.limits.step, self.connection.command(command)).await?;
        expect(&answer, 200..300, "MAIL")
    }

    pub async fn recipient(&mut self, letter: &Letter<'_>) -> Result<(), Failure> {
        let command = Rcpt::new(letter.to.clone(), Vec::new());
        let answer = within(self.limits.step, self.connection.command(command)).await?;
        expect(&answer, 200..300, "RCPT")
    }

    pub async fn data(&mut self) -> Result<(), Failure> {
        let answer = within(self.limits.step, self.connection.command(Data)).await?;
        expect(&answer, 354..355, "DATA")
    }

    pub async fn noop(&mut self) -> Result<(), Failure> {
        let answer = within(self.limits.step, self.connection.command(Noop)).await?;
        expect(&answer, 200..300, "NOOP")
    }

    /// Writes the message and its final dot. Says whether the dot may have left, and the answer.
    pub async fn message(&mut self, bytes: &[u8]) -> (Phase, Result<(u16, String), Failure>) {
        let (dot, dotted) = (AtomicBool::new(false), Notify::new());
        let mut body = Some(bytes);
        // lettre asks for the next part when it has written the one before; when there is none it
        // writes the dot.
        let parts = std::iter::from_fn(|| {
            let part = body.take();
            if part.is_none() {
                dot.store(true, Ordering::SeqCst);
                dotted.notify_one();
            }
            part
        });
        let mut writing = std::pin::pin!(self.connection.message_iter(parts));
        let answer = tokio::select! {
            biased;
            answer = &mut writing => Some(answer),
            () = dotted.notified() => timeout(self.limits.answer, &mut writing).await.ok(),
            () = sleep(self.limits.body) => None,
        };
        let result = match answer {
            Some(Ok(answer)) => expect(&answer, 200..300, "the message")
                .map(|()| (u16::from(answer.code()), words(&answer))),
            Some(Err(error)) => Err(Failure::from(error)),
            None => Err(Failure::Broken("the relay was too slow".to_owned())),
        };
        let phase = if dot.load(Ordering::SeqCst) {
            Phase::Dot
        } else {
            Phase::Body
        };
        (phase, result)
    }

    pub fn is_encrypted(&self) -> bool {
        self.connection.is_encrypted()
    }

    /// Says goodbye. After a mail this is for a task of its own: what came of the mail is known,
    /// and must be written down at once.
    pub async fn take_leave(mut self) {
        let _ = timeout(LEAVE, self.connection.quit()).await;
    }
}

async fn within<T, E: Into<Failure>>(
    limit: Duration,
    step: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    let late = |_| {
        let words = format!("the relay gave no answer within {} s", limit.as_secs_f32());
        Failure::Broken(words)
    };
    timeout(limit, step)
        .await
        .map_err(late)?
        .map_err(Into::into)
}

fn no_connection(error: std::io::Error) -> Failure {
    Failure::Broken(format!("no connection: {error}"))
}

fn expect(answer: &Response, codes: std::ops::Range<u16>, what: &str) -> Result<(), Failure> {
    let code = u16::from(answer.code());
    if codes.contains(&code) {
        return Ok(());
    }
    let words = format!("the relay answered {what} with {code}, which is no answer to it");
    Err(Failure::Broken(words))
}

fn words(answer: &Response) -> String {
    answer.message().collect::<Vec<_>>().join(" ")
}

impl From<lettre::transport::smtp::Error> for Failure {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        if let Some(code) = error.status() {
            let said = std::error::Error::source(&error);
            let words = said.map(ToString::to_string).unwrap_or_default();
            return Self::Refused(u16::from(code), words);
        }
        match tls_error(&error) {
            Some(rustls::Error::InvalidCertificate(why)) => Self::Unfit(format!(
                "the relay's certificate is not trusted: use the host name that stands in it, or \
                 name the file of your own authority in mail.smtp_authority ({why:?})"
            )),
            Some(why) => Self::Unfit(format!(
                "TLS with the relay does not work ({why}): `smtps://` is for port 465, `smtp://` \
                 for port 587"
            )),
            None => Self::Broken(error.to_string()),
        }
    }
}

/// What TLS itself has to say, which lies within an error of the network.
fn tls_error(error: &lettre::transport::smtp::Error) -> Option<&rustls::Error> {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let network = inner.downcast_ref::<std::io::Error>();
        let within = network.and_then(|error| error.get_ref());
        if let Some(found) = within.and_then(|error| error.downcast_ref()) {
            return Some(found);
        }
        source = inner.source();
    }
    None
}
