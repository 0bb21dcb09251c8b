//! Encryption: whom we trust, and that nothing is said to whom we do not.

use std::path::PathBuf;

use alongside::config::Tls;
use alongside::core::mails::outcome::{Ending, Meaning, Phase};
use alongside::mail::relay::{Error, Relay, Settings};

use super::{MAIL, login, send, settings};
use crate::support::certificate::Certificate;
use crate::support::smtp_script::{ScriptedRelay, TAKEN};

const BEFORE_TLS: &str = "
    S 220 relay.example ESMTP
    C EHLO alliance.example
    S 250-relay.example
    S 250 STARTTLS
    C STARTTLS
    S 220 go on
";

fn encrypted(port: u16, tls: Tls, authority: Option<PathBuf>) -> Settings {
    let mut settings = settings(port);
    settings.smtp.tls = tls;
    settings.smtp.authority = authority;
    settings.smtp.login = Some(login());
    settings
}

fn with_login() -> String {
    let way = "C EHLO alliance.example\nS 250-relay.example\nS 250 AUTH LOGIN\n\
               C AUTH LOGIN\nS 334 VXNlcm5hbWU6\nC b2ZmaWNl\nS 334 UGFzc3dvcmQ6\n\
               C aHVzaC1odXNo\nS 235 2.7.0 welcome\nC MAIL";
    format!("{way}{}", TAKEN.split_once("C MAIL").unwrap().1)
}

#[tokio::test]
async fn a_known_certificate_is_trusted_and_the_rest_goes_over_tls() {
    let certificate = Certificate::make();
    let scripts = [
        (Tls::StartTls, format!("{BEFORE_TLS}TLS\n{}", with_login())),
        (
            Tls::First,
            format!("TLS\nS 220 relay.example\n{}", with_login()),
        ),
    ];
    for (tls, script) in scripts {
        let script = ScriptedRelay::play_with([script], Some(certificate.acceptor())).await;
        let settings = encrypted(script.port, tls, Some(certificate.file()));
        let (outcome, phases) = send(&Relay::new(settings).unwrap(), MAIL).await;
        assert_eq!(outcome.ending, Ending::Accepted, "{outcome:?}");
        assert_eq!(phases.contains(&Phase::Tls), tls == Tls::StartTls);
        script.end().await;
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_knows_gets_neither_password_nor_mail() {
    let certificate = Certificate::make();
    let scripts = [
        (Tls::StartTls, format!("{BEFORE_TLS}NO TLS"), Phase::Tls),
        (Tls::First, "NO TLS".to_owned(), Phase::Connect),
    ];
    for (tls, script, phase) in scripts {
        let twice = [script.clone(), script];
        let script = ScriptedRelay::play_with(twice, Some(certificate.acceptor())).await;
        let relay = Relay::new(encrypted(script.port, tls, None)).unwrap();
        let (outcome, _) = send(&relay, MAIL).await;
        assert_eq!(
            (outcome.phase, outcome.meaning()),
            (phase, Meaning::Unfit),
            "{outcome:?}"
        );
        assert!(
            outcome.words.contains("certificate is not trusted"),
            "{outcome:?}"
        );
        let said = relay.check().await.unwrap_err();
        assert!(said.contains("mail.smtp_authority"), "{said}");
        script.end().await;
    }
}

#[tokio::test]
async fn a_certificate_for_another_host_is_not_trusted() {
    let certificate = Certificate::make();
    let script = ScriptedRelay::play_with(["NO TLS"], Some(certificate.acceptor())).await;
    let mut settings = encrypted(script.port, Tls::First, Some(certificate.file()));
    settings.smtp.host = "localhost".to_owned();
    let (outcome, _) = send(&Relay::new(settings).unwrap(), MAIL).await;
    assert_eq!(outcome.ending, Ending::Unfit, "{outcome:?}");
    script.end().await;
}

#[tokio::test]
async fn without_starttls_nothing_is_said() {
    let script = "S 220 relay.example\nC EHLO\nS 250-relay.example\nS 250 AUTH PLAIN\nGONE";
    let script = ScriptedRelay::play([script, script]).await;
    let relay = Relay::new(encrypted(script.port, Tls::StartTls, None)).unwrap();
    let (outcome, _) = send(&relay, MAIL).await;
    assert_eq!((outcome.phase, outcome.ending), (Phase::Tls, Ending::Unfit));
    assert!(outcome.words.contains("offers no STARTTLS"), "{outcome:?}");
    let said = relay.check().await.unwrap_err();
    assert!(said.contains("smtps://"), "{said}");
    script.end().await;
}

#[tokio::test]
async fn what_a_stranger_says_before_tls_is_no_answer_under_tls() {
    let certificate = Certificate::make();
    let injected = "220 go on¶250-relay.example¶250 AUTH PLAIN¶235 welcome";
    let script = format!("{}NO TLS", BEFORE_TLS.replace("220 go on", injected));
    let script = ScriptedRelay::play_with([script], Some(certificate.acceptor())).await;
    let settings = encrypted(script.port, Tls::StartTls, Some(certificate.file()));
    let (outcome, _) = send(&Relay::new(settings).unwrap(), MAIL).await;
    assert_eq!(
        (outcome.phase, outcome.ending),
        (Phase::Tls, Ending::Unfit),
        "{outcome:?}"
    );
    script.end().await;
}

#[tokio::test]
async fn a_relay_that_speaks_no_tls_where_it_should_is_named() {
    let script = ScriptedRelay::play(["S 220 relay.example ESMTP\nHANG"]).await;
    let relay = Relay::new(encrypted(script.port, Tls::First, None)).unwrap();
    let said = relay.check().await.unwrap_err();
    assert!(said.contains("TLS with the relay does not work"), "{said}");
    script.end().await;
}

#[tokio::test]
async fn a_look_at_the_relay_says_what_was_found() {
    let certificate = Certificate::make();
    let way = with_login();
    let (way, _) = way.split_once("C MAIL").unwrap();
    let script = format!("{BEFORE_TLS}TLS\n{way}C NOOP\nS 250 ok\nC QUIT\nS 221 bye");
    let script = ScriptedRelay::play_with([script], Some(certificate.acceptor())).await;
    let settings = encrypted(script.port, Tls::StartTls, Some(certificate.file()));
    let said = Relay::new(settings).unwrap().check().await.unwrap();
    let expected = "answers over an encrypted line and takes our login";
    assert!(said.ends_with(expected), "{said}");
    script.end().await;
}

#[test]
fn what_a_relay_cannot_be_made_of_is_named() {
    let missing = PathBuf::from("/no/such/authority.pem");
    let empty = tempfile::NamedTempFile::new().unwrap();
    for path in [missing, empty.path().to_owned()] {
        let settings = encrypted(1, Tls::First, Some(path));
        let error = Relay::new(settings).unwrap_err();
        assert!(matches!(error, Error::Authority { .. }));
        assert!(
            error.to_string().starts_with("mail.smtp_authority: "),
            "{error}"
        );
    }
    let mut nameless = settings(1);
    nameless.from = "office".to_owned();
    assert!(matches!(Relay::new(nameless), Err(Error::From(_))));
}
