//! The relay against servers that play a script, and against one that is no code of ours.

mod answers;
mod cuts;
pub mod foreign;
mod hostile;
mod tls;

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alongside::config::{Login, Secret, Smtp, Tls};
use alongside::core::mails::outcome::{Outcome, Phase};
use alongside::mail::relay::{Limits, Relay, Settings};

pub const FROM: &str = "bounces@alliance.example";
pub const TO: &str = "ada@alder.example";
pub const MAIL: &[u8] = b"Subject: Hello\r\n\r\nDear Ada,\r\n.\r\n.. it is your turn.\r\n";

pub fn settings(port: u16) -> Settings {
    Settings {
        smtp: Smtp {
            host: "127.0.0.1".to_owned(),
            port,
            tls: Tls::Plain,
            login: None,
            authority: None,
        },
        from: "Alongside <office@alliance.example>".to_owned(),
        only_to: None,
        limits: patient(),
    }
}

/// Limits that no test runs into by accident.
pub fn patient() -> Limits {
    let long = Duration::from_mins(1);
    Limits {
        connect: long,
        step: long,
        body: long,
        answer: long,
    }
}

pub fn login() -> Login {
    Login {
        user: "office".to_owned(),
        password: Secret::new("hush-hush"),
    }
}

pub fn relay(port: u16) -> Relay {
    Relay::new(settings(port)).unwrap()
}

/// Sends one mail and gives the phases that were announced, too.
pub async fn send(relay: &Relay, mail: &[u8]) -> (Outcome, Vec<Phase>) {
    send_until(relay, mail, None).await
}

/// The same, where a phase may be said stop to.
pub async fn send_until(relay: &Relay, mail: &[u8], stop: Option<Phase>) -> (Outcome, Vec<Phase>) {
    let phases = Arc::new(Mutex::new(Vec::new()));
    let outcome = relay.send(FROM, TO, mail, |phase| {
        let phases = Arc::clone(&phases);
        async move {
            // As whoever records it would: somewhere else, and for a while.
            tokio::task::yield_now().await;
            phases.lock().unwrap().push(phase);
            if Some(phase) == stop {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        }
    });
    let outcome = outcome.await;
    let phases = phases.lock().unwrap().clone();
    (outcome, phases)
}
