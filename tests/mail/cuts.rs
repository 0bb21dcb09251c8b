//! Relays that are not there, are slow, or hang up: before the final dot and after it.

use std::ops::ControlFlow;
use std::time::Duration;

use alongside::core::mails::outcome::{Ending, Meaning, Phase};
use alongside::mail::relay::{Limits, Relay, Settings};
use futures_util::future::join_all;
use tokio::sync::Notify;

use super::{FROM, MAIL, TO, patient, relay, send, settings};
use crate::support::smtp_script::{Nobody, ScriptedRelay, TAKEN, until};

/// More than all buffers between two processes hold, so that nobody can write it to the end.
fn endless() -> Vec<u8> {
    b"It is long, and goes on and on, line after line.\r\n".repeat(400_000)
}

#[tokio::test]
async fn a_relay_that_is_not_there_is_a_broken_connection() {
    let nobody = Nobody::at_home();
    let relay = relay(nobody.port);
    let (outcome, phases) = send(&relay, MAIL).await;
    assert_eq!(
        (outcome.phase, outcome.meaning()),
        (Phase::Connect, Meaning::Later)
    );
    assert!(outcome.is_a_failed_connection(), "{outcome:?}");
    assert_eq!(phases, [Phase::Connect]);
    let said = relay.check().await.unwrap_err();
    let place = format!("smtp://127.0.0.1:{} cannot be reached", nobody.port);
    assert!(
        said.starts_with(&place) && said.contains("mail.smtp_url"),
        "{said}"
    );
}

#[tokio::test]
async fn a_cut_before_the_dot_can_be_tried_again_and_one_after_it_is_unknown() {
    let cases = [
        ("CUT".to_owned(), Phase::Connect, Meaning::Later),
        (until("C EHLO", "CUT"), Phase::Connect, Meaning::Later),
        (until("C MAIL", "CUT"), Phase::Sender, Meaning::Later),
        (until("C RCPT", "CUT"), Phase::Recipient, Meaning::Later),
        (until("C DATA", "CUT"), Phase::Data, Meaning::Later),
        (until("BODY", "CUT"), Phase::Dot, Meaning::Unknown),
    ];
    join_all(cases.map(|(script, phase, meaning)| async move {
        let script = ScriptedRelay::play([script]).await;
        let (outcome, _) = send(&relay(script.port), MAIL).await;
        assert_eq!(
            (outcome.phase, outcome.meaning()),
            (phase, meaning),
            "{outcome:?}"
        );
        assert_eq!((outcome.ending, outcome.code), (Ending::Broken, None));
        script.end().await;
    }))
    .await;
}

#[tokio::test]
async fn a_cut_within_the_body_can_be_tried_again() {
    let script = ScriptedRelay::play([until("C DATA", "S 354 go on\nPART\nCUT")]).await;
    let (outcome, _) = send(&relay(script.port), &endless()).await;
    assert_eq!(
        (outcome.phase, outcome.meaning()),
        (Phase::Body, Meaning::Later),
        "{outcome:?}"
    );
    script.end().await;
}

#[tokio::test]
async fn an_answer_to_the_dot_counts_even_if_the_relay_hangs_up_after_it() {
    let script = ScriptedRelay::play([until("BODY", "S 250 2.0.0 queued\nCUT")]).await;
    let (outcome, _) = send(&relay(script.port), MAIL).await;
    assert_eq!(outcome.meaning(), Meaning::Accepted);
    script.end().await;
}

#[tokio::test]
async fn a_tarpit_holds_a_try_no_longer_than_its_limit() {
    let brief = Duration::from_secs(2);
    let limits = |change: fn(&mut Limits, Duration)| {
        let mut limits = patient();
        change(&mut limits, brief);
        limits
    };
    let connect = limits(|limits, brief| limits.connect = brief);
    let step = limits(|limits, brief| limits.step = brief);
    let answer = limits(|limits, brief| limits.answer = brief);
    let cases = [
        ("HANG".to_owned(), connect, Phase::Connect, Meaning::Later),
        (
            until("C EHLO", "DRIP"),
            connect,
            Phase::Connect,
            Meaning::Later,
        ),
        (until("C MAIL", "HANG"), step, Phase::Sender, Meaning::Later),
        (
            until("C RCPT", "DRIP"),
            step,
            Phase::Recipient,
            Meaning::Later,
        ),
        (until("C DATA", "HANG"), step, Phase::Data, Meaning::Later),
        (until("BODY", "HANG"), answer, Phase::Dot, Meaning::Unknown),
    ];
    join_all(cases.map(|(script, limits, phase, meaning)| async move {
        let script = ScriptedRelay::play([script]).await;
        let relay = Relay::new(Settings {
            limits,
            ..settings(script.port)
        });
        let (outcome, _) = send(&relay.unwrap(), MAIL).await;
        assert_eq!(
            (outcome.phase, outcome.meaning()),
            (phase, meaning),
            "{outcome:?}"
        );
        script.end().await;
    }))
    .await;
}

#[tokio::test]
async fn a_relay_that_does_not_read_the_body_is_left_before_the_dot() {
    let script = until("C DATA", "S 354 go on\nPART\nDEAF");
    let script = ScriptedRelay::play([script]).await;
    let mut settings = settings(script.port);
    settings.limits.body = Duration::from_secs(1);
    let relay = Relay::new(settings).unwrap();
    let mail = endless();
    let (outcome, _) = send(&relay, &mail).await;
    assert_eq!(
        (outcome.phase, outcome.meaning()),
        (Phase::Body, Meaning::Later),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn whoever_drops_a_try_before_its_body_has_delivered_nothing() {
    let script = until("C DATA", "S 354 go on\nGONE");
    let script = ScriptedRelay::play([script, TAKEN.to_owned()]).await;
    let relay = relay(script.port);
    let ready = Notify::new();
    let trying = relay.send(FROM, TO, MAIL, |phase| {
        let ready = &ready;
        async move {
            if phase == Phase::Body {
                ready.notify_one();
                std::future::pending::<()>().await;
            }
            ControlFlow::Continue(())
        }
    });
    tokio::select! {
        outcome = trying => panic!("it goes on without leave: {outcome:?}"),
        () = ready.notified() => {}
    }
    let (outcome, _) = send(&relay, MAIL).await;
    assert_eq!(outcome.ending, Ending::Accepted);
    let heard = script.end().await;
    assert!(heard[0].body.is_empty() && !heard[1].body.is_empty());
}
