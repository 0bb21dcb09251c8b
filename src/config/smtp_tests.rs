//! The rules of the relay's settings, on files and environments as people write them.

use std::os::unix::fs::PermissionsExt;

use super::smtp::{Login, Smtp, Tls};
use super::tests::{Given, given};

fn smtp_of(given: &Given) -> Smtp {
    given.load().unwrap().mail.smtp.unwrap()
}

#[test]
fn without_a_relay_mails_are_files() {
    let mail = given("").load().unwrap().mail;
    assert_eq!((mail.smtp, mail.per_minute, mail.only_to), (None, 30, None));
}

#[test]
fn a_url_says_where_and_how() {
    let table = [
        (
            "smtp://relay.example",
            Tls::StartTls,
            "smtp://relay.example:587",
        ),
        (
            "smtp://relay.example:25/",
            Tls::StartTls,
            "smtp://relay.example:25",
        ),
        (
            "smtps://relay.example",
            Tls::First,
            "smtps://relay.example:465",
        ),
        ("smtp://localhost:25", Tls::Plain, "smtp://localhost:25"),
        ("smtp://[::1]:25", Tls::Plain, "smtp://[::1]:25"),
        ("smtps://127.0.0.1", Tls::First, "smtps://127.0.0.1:465"),
    ];
    for (url, tls, shown) in table {
        let smtp = smtp_of(&given("").variable("ALONGSIDE_SMTP_URL", url));
        assert_eq!((smtp.tls, smtp.to_string().as_str()), (tls, shown));
    }
    let plain = "[mail]\nsmtp_url = \"smtp://relay.example\"\nsmtp_allow_plaintext = true\n";
    assert_eq!(smtp_of(&given(plain)).tls, Tls::Plain);
}

#[test]
fn a_password_comes_from_a_variable_or_a_file_of_its_own_and_is_never_printed() {
    let file = "[mail]\nsmtp_url = \"smtps://office%40north.example@relay.example\"\n\
                per_minute = 12\nonly_to = \"@trial.example\"\nsmtp_authority = \"own.pem\"\n";
    let by_variable = given(file).variable("ALONGSIDE_SMTP_PASSWORD", "hush-hush");
    let config = by_variable.load().unwrap();
    let smtp = config.mail.smtp.clone().unwrap();
    let Login { user, password } = smtp.login.clone().unwrap();
    assert_eq!(
        (user.as_str(), password.reveal()),
        ("office@north.example", "hush-hush")
    );
    assert!(smtp.authority.unwrap().ends_with("own.pem"));
    assert_eq!(config.mail.per_minute, 12);
    assert!(
        config
            .mail
            .only_to
            .as_ref()
            .unwrap()
            .allows("ada@trial.example")
    );
    assert!(!format!("{config:?}").contains("hush-hush"));

    let by_file = given(&format!("{file}smtp_password_file = \"relay.secret\"\n"));
    let path = by_file.home.path().join("relay.secret");
    std::fs::write(&path, "from-the-file\n").unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    let login = by_file.load().unwrap().mail.smtp.unwrap().login.unwrap();
    assert_eq!(login.password.reveal(), "from-the-file");
    // A user that is an address may stand there as it is, too.
    let plain = given("")
        .variable(
            "ALONGSIDE_SMTP_URL",
            "smtp://office@north.example@relay.example",
        )
        .variable("ALONGSIDE_SMTP_PASSWORD", "x");
    assert_eq!(smtp_of(&plain).login.unwrap().user, "office@north.example");
}

#[test]
fn what_cannot_be_is_refused_where_it_stands_with_the_way_out() {
    let table = [
        (
            "smtp_url = \"relay.example\"",
            "alongside.toml:2: mail.smtp_url: is no address of a relay",
        ),
        (
            "smtp_url = \"http://relay.example\"",
            "alongside.toml:2: mail.smtp_url: is no address",
        ),
        (
            "smtp_url = \"smtp://relay:0\"",
            "alongside.toml:2: mail.smtp_url: is no address",
        ),
        (
            "smtp_url = \"smtp://relay:99999\"",
            "alongside.toml:2: mail.smtp_url: is no address",
        ),
        (
            "smtp_url = \"smtp://re lay\"",
            "alongside.toml:2: mail.smtp_url: is no address",
        ),
        (
            "smtp_url = \"smtp://o%4@relay\"",
            "alongside.toml:2: mail.smtp_url: is no address",
        ),
        (
            "smtp_url = \"smtp://me:hush@relay\"",
            "alongside.toml:2: mail.smtp_url: holds a password",
        ),
        (
            "smtp_url = \"smtp://me@relay\"",
            "mail.smtp_url: names a user, and there is no password",
        ),
        (
            "smtp_password = \"hush\"",
            "alongside.toml:2: `mail.smtp_password` is unknown; it can be",
        ),
        (
            "per_minute = \"0\"",
            "alongside.toml:2: mail.per_minute: `0` is no number of mails",
        ),
        (
            "per_minute = \"many\"",
            "alongside.toml:2: mail.per_minute: `many` is no number",
        ),
        (
            "only_to = \"ada\"",
            "alongside.toml:2: mail.only_to: `ada` is neither an address",
        ),
        (
            "smtp_allow_plaintext = \"so\"",
            "alongside.toml:2: mail.smtp_allow_plaintext: `so` is",
        ),
        (
            "smpt_url = \"smtp://x\"",
            "alongside.toml:2: `mail.smpt_url` is unknown; did you mean `smtp_url`?",
        ),
    ];
    for (line, expected) in table {
        let problems = given(&format!("[mail]\n{line}\n")).problems();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with(expected), "{problems:?}");
        assert!(!problems[0].contains("hush"), "{problems:?}");
    }
}

#[test]
fn a_password_without_a_user_is_refused() {
    let given = given("")
        .variable("ALONGSIDE_SMTP_URL", "smtps://relay.example")
        .variable("ALONGSIDE_SMTP_PASSWORD", "hush");
    let problems = given.problems();
    let expected = "ALONGSIDE_SMTP_PASSWORD: is there, and mail.smtp_url names no user";
    assert!(problems[0].starts_with(expected), "{problems:?}");
    assert!(!problems[0].contains("hush"), "{problems:?}");
}
