//! A look at the relay without a mail, for `doctor`: one sentence, with the way out if it fails.

use super::session::{Failure, Session};
use super::{Phase, Relay, Tls};
use crate::core::mails::outcome::{Ending, Outcome};

impl Relay {
    /// Connects, greets, encrypts, logs in, and leaves. What was found, or what is to be done.
    pub async fn check(&self) -> Result<String, String> {
        let mut phase = Phase::Connect;
        let mut session = match self.connect().await {
            Ok(session) => session,
            Err(failure) => return Err(self.way_out(&failure.at(phase))),
        };
        let looked = self.look(&mut session, &mut phase).await;
        let found = self.found(&session);
        if matches!(looked, Ok(()) | Err(Failure::Refused(..))) {
            session.take_leave().await;
        }
        match looked {
            Ok(()) => Ok(found),
            Err(failure) => Err(self.way_out(&failure.at(phase))),
        }
    }

    async fn look(&self, session: &mut Session, phase: &mut Phase) -> Result<(), Failure> {
        if let (Tls::StartTls, Some(tls)) = (self.settings.smtp.tls, &self.tls) {
            *phase = Phase::Tls;
            session.start_tls(tls, &self.hello).await?;
        }
        if let Some(login) = &self.settings.smtp.login {
            *phase = Phase::Login;
            session.log_in(login).await?;
        }
        *phase = Phase::Sender;
        session.noop().await
    }

    fn found(&self, session: &Session) -> String {
        let line = if session.is_encrypted() {
            "an encrypted line"
        } else {
            "a line that is not encrypted"
        };
        let login = match &self.settings.smtp.login {
            Some(_) => "takes our login",
            None => "wants no login so far",
        };
        format!("{} answers over {line} and {login}", self.settings.smtp)
    }

    fn way_out(&self, outcome: &Outcome) -> String {
        let relay = &self.settings.smtp;
        let said = match outcome.code {
            Some(code) => format!("{code} {}", outcome.words),
            None => outcome.words.clone(),
        };
        match (outcome.phase, outcome.ending) {
            // Says by itself what to do.
            (_, Ending::Unfit) => format!("{relay}: {said}"),
            (Phase::Connect, Ending::Refused) => {
                format!(
                    "{relay} sends us away ({said}): ask whoever runs it to let this machine in"
                )
            }
            (Phase::Connect, _) => format!(
                "{relay} cannot be reached ({said}): compare host and port in mail.smtp_url, and \
                 ask whether a firewall is between"
            ),
            (Phase::Login, Ending::Refused) => format!(
                "{relay} refuses our login ({said}): correct the user in mail.smtp_url or the \
                 password in ALONGSIDE_SMTP_PASSWORD"
            ),
            _ => format!("{relay} does not answer as a mail server does ({said}): try again later"),
        }
    }
}
