//! What a relay may say at each step, and what becomes of the mail.

use alongside::core::mails::outcome::{Ending, Meaning, Phase};
use alongside::core::mails::sending::{Sending, State};
use alongside::core::time::Instant;
use alongside::mail::relay::{Relay, Settings};
use futures_util::future::join_all;

use super::{FROM, MAIL, TO, login, relay, send, send_until, settings};
use crate::support::smtp_script::{ScriptedRelay, TAKEN, until};

#[tokio::test]
async fn a_mail_is_handed_over_and_each_phase_is_announced_before_it_begins() {
    let script = ScriptedRelay::play([TAKEN]).await;
    let (outcome, phases) = send(&relay(script.port), MAIL).await;
    assert_eq!(
        (outcome.ending, outcome.code),
        (Ending::Accepted, Some(250))
    );
    assert_eq!(outcome.status.unwrap().to_string(), "2.0.0");
    assert_eq!(outcome.words, "2.0.0 queued as 7");
    assert_eq!(outcome.phase, Phase::Dot);
    let announced = [
        Phase::Connect,
        Phase::Sender,
        Phase::Recipient,
        Phase::Data,
        Phase::Body,
    ];
    assert_eq!(phases, announced);
    let heard = script.end().await;
    let body = String::from_utf8(heard[0].body.clone()).unwrap();
    let as_sent = body.replace("\r\n..", "\r\n.");
    assert_eq!(as_sent.as_bytes(), MAIL, "no byte more or less");
}

/// The step, what is said there → the phase, what it means. `GREETING` stands for the first word.
const ANSWERS: &str = "
    GREETING       421 4.3.2 Too many connections      | Connect   Later
    GREETING       554 5.7.1 No service for you        | Connect   ShutOut
    C EHLO         450 4.7.1 Later                     | Connect   Later
    C EHLO         550 5.7.1 Go away                   | Connect   ShutOut
    C MAIL         451 4.3.0 Busy                      | Sender    Later
    C MAIL         550 5.7.1 Not you                   | Sender    Unwanted
    C MAIL         530 5.7.0 Log in first              | Sender    ShutOut
    C RCPT         450 4.2.0 Greylisted                | Recipient Later
    C RCPT         550 5.1.1 <ada@alder.example>: none | Recipient BadAddress
    C RCPT         554 5.7.1 Relay access denied       | Recipient Unwanted
    C RCPT         552 5.2.2 Mailbox full              | Recipient Never
    C DATA         451 4.3.0 Busy                      | Data      Later
    C DATA         554 5.5.1 No valid recipients       | Data      Never
    C DATA         250 2.0.0 what                      | Data      Later
    BODY           452 4.3.1 Disk full                 | Dot       Later
    BODY           554 5.7.1 Looks like spam           | Dot       Unwanted
    BODY           554 5.6.0 Cannot be read            | Dot       Never
    BODY           354 go on                           | Dot       Unknown
    BODY           nonsense                            | Dot       Unknown
    BODY           250 2.0.0 taken                     | Dot       Accepted
";

#[tokio::test]
async fn each_answer_at_each_step_means_what_the_table_says() {
    let lines = ANSWERS
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    join_all(lines.map(|line| async move {
        let (played, expected) = line.split_once(" | ").unwrap();
        let (step, answer) = played.split_once("   ").unwrap();
        let answer = format!("S {}", answer.trim());
        let script = match step {
            "GREETING" => format!("{answer}\nGONE"),
            // lettre says QUIT here, before we could.
            "C EHLO" => format!("{}\nC QUIT\nS 221 bye", until(step, &answer)),
            _ if expected.ends_with("Unknown") || answer.contains("what") => {
                format!("{}\nGONE", until(step, &answer))
            }
            _ => format!("{}\nC QUIT\nS 221 bye", until(step, &answer)),
        };
        let script = ScriptedRelay::play([script]).await;
        let (outcome, _) = send(&relay(script.port), MAIL).await;
        let found = format!("{:?} {:?}", outcome.phase, outcome.meaning());
        let expected: Vec<&str> = expected.split_whitespace().collect();
        assert_eq!(found, expected.join(" "), "{line}: {outcome:?}");
        assert!(!outcome.words.contains('@'), "{outcome:?}");
        script.end().await;
    }))
    .await;
}

#[tokio::test]
async fn a_greylisted_mail_arrives_at_its_second_try() {
    let later = format!(
        "{}\nC QUIT",
        until("C RCPT", "S 451 4.7.1 Greylisted, come back")
    );
    let script = ScriptedRelay::play([later.as_str(), TAKEN]).await;
    let relay = relay(script.port);
    let mut now: Instant = "2027-03-02T08:30:00Z".parse().unwrap();
    let mut sending = Sending::new(now);
    let mut states = Vec::new();
    while let Some(at) = sending.next_at {
        now = at;
        let begun = sending.begin(now).unwrap();
        let (outcome, phases) = send(&relay, MAIL).await;
        let recorded = phases
            .iter()
            .fold(begun, |begun, phase| begun.reached(*phase));
        sending = recorded.ended(outcome, now).sending;
        states.push(sending.state);
    }
    assert_eq!(states, [State::Retry, State::Accepted]);
    assert_eq!(sending.attempts, 2);
    let heard = script.end().await;
    assert!(heard[0].body.is_empty() && !heard[1].body.is_empty());
}

#[tokio::test]
async fn whoever_records_the_phases_can_stop_a_mail_until_its_body() {
    for stop in [
        Phase::Connect,
        Phase::Sender,
        Phase::Recipient,
        Phase::Data,
        Phase::Body,
    ] {
        let script = match stop {
            Phase::Connect => None,
            Phase::Sender => Some(until("C EHLO", "S 250 relay.example\nGONE")),
            Phase::Recipient => Some(until("C MAIL", "S 250 ok\nGONE")),
            Phase::Data => Some(until("C RCPT", "S 250 ok\nGONE")),
            _ => Some(until("C DATA", "S 354 go on\nGONE")),
        };
        let script = ScriptedRelay::play(script).await;
        let (outcome, phases) = send_until(&relay(script.port), MAIL, Some(stop)).await;
        assert_eq!((outcome.ending, outcome.phase), (Ending::Stopped, stop));
        assert_eq!(phases.last(), Some(&stop));
        script.end().await;
    }
}

#[tokio::test]
async fn a_login_goes_over_the_line_and_into_no_message() {
    let way = "S 220 relay\nC EHLO\nS 250-relay\nS 250 AUTH PLAIN LOGIN\nC AUTH PLAIN AG9mZmljZQBodXNoLWh1c2g=\n";
    let taken = TAKEN.split_once("C MAIL").unwrap().1;
    let scripts = [
        format!("{way}S 235 2.7.0 welcome\nC MAIL{taken}"),
        format!("{way}S 535 5.7.8 Wrong password\nC QUIT\nS 221 bye"),
        format!("{way}S 535 5.7.8 Wrong password\nC QUIT\nS 221 bye"),
    ];
    let script = ScriptedRelay::play(scripts).await;
    let mut settings = settings(script.port);
    settings.smtp.login = Some(login());
    let relay = Relay::new(settings).unwrap();
    let (outcome, phases) = send(&relay, MAIL).await;
    assert_eq!(outcome.ending, Ending::Accepted, "{outcome:?}");
    assert!(phases.contains(&Phase::Login));
    let (outcome, _) = send(&relay, MAIL).await;
    assert_eq!(
        (outcome.phase, outcome.meaning()),
        (Phase::Login, Meaning::ShutOut)
    );
    let said = relay.check().await.unwrap_err();
    assert!(
        said.contains("535") && said.contains("ALONGSIDE_SMTP_PASSWORD"),
        "{said}"
    );
    let everything = format!("{relay:?} {outcome:?} {said}");
    assert!(!everything.contains("hush-hush"), "{everything}");
    script.end().await;
}

#[tokio::test]
async fn a_relay_without_a_login_gets_no_password() {
    let way = "S 220 relay\nC EHLO\nS 250-relay\nS 250 8BITMIME\nGONE";
    let script = ScriptedRelay::play([way, way]).await;
    let mut settings = settings(script.port);
    settings.smtp.login = Some(login());
    let relay = Relay::new(settings).unwrap();
    let (outcome, _) = send(&relay, MAIL).await;
    assert_eq!(
        (outcome.phase, outcome.ending),
        (Phase::Login, Ending::Unfit)
    );
    assert!(outcome.words.contains("offers no login"), "{outcome:?}");
    assert!(
        relay
            .check()
            .await
            .unwrap_err()
            .contains("take the user out of mail.smtp_url")
    );
    script.end().await;
}

#[tokio::test]
async fn what_nobody_could_send_is_not_tried() {
    let relay = Relay::new(Settings {
        only_to: Some("ada@alder.example".parse().unwrap()),
        ..settings(1)
    });
    let relay = relay.unwrap();
    let long = format!("{}@alder.example", "a".repeat(250));
    let smuggled = b"Subject: x\r\n\r\na\n.\nMAIL FROM:<x@y>\r\n";
    let mails = [
        (
            FROM,
            "victim@x,bcc@y",
            MAIL,
            "the recipient is no mail address",
        ),
        (
            FROM,
            "ada@alder.example\r\nDATA",
            MAIL,
            "the recipient is no mail address",
        ),
        (FROM, &long, MAIL, "the recipient is no mail address"),
        ("office", TO, MAIL, "the sender is no mail address"),
        (FROM, TO, smuggled, "a line end that is not CR LF"),
        (FROM, "bob@alder.example", MAIL, "mail.only_to"),
    ];
    for (from, to, mail, expected) in mails {
        let outcome = relay.send(from, to, mail, |_| async { panic!("nothing begins") });
        let outcome = outcome.await;
        assert_eq!(outcome.meaning(), Meaning::Never);
        assert!(outcome.words.contains(expected), "{outcome:?}");
    }
}

#[tokio::test]
async fn letters_that_the_relay_does_not_know_are_not_sent() {
    let hello = "S 220 relay\nC EHLO\nS 250 relay.example\nGONE";
    let script = ScriptedRelay::play([hello, hello]).await;
    let relay = relay(script.port);
    let (outcome, _) = send(&relay, "Subject: Grüße\r\n\r\n".as_bytes()).await;
    assert!(outcome.words.contains("8BITMIME"), "{outcome:?}");
    assert_eq!(outcome.meaning(), Meaning::Never);
    let go_on = |_| async { std::ops::ControlFlow::Continue(()) };
    let outcome = relay.send(FROM, "zoë@alder.example", MAIL, go_on).await;
    assert!(outcome.words.contains("SMTPUTF8"), "{outcome:?}");
    script.end().await;
}
