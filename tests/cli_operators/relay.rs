//! A relay from the command line: tried out, used, and what comes back from it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::json;

use super::Home;
use crate::support::smtp_script::{Nobody, ScriptedRelay, TAKEN};

fn taken() -> String {
    let from = TAKEN.replace("<bounces@alliance.example>", "<bounces+");
    from.replace("<ada@alder.example>", "<")
}

/// Names a relay in the configuration.
fn name_relay(home: &Home, port: u16) {
    let toml = std::fs::read_to_string(home.path().join("alongside.toml")).unwrap();
    let mail = format!(
        "[mail]\nfrom = \"office@alliance.example\"\nsmtp_url = \"smtp://127.0.0.1:{port}\"\n"
    );
    home.file("alongside.toml", &format!("{mail}{toml}"));
}

/// A delivery report as a mail server writes it.
fn report(to: &str) -> String {
    format!(
        "From: MAILER-DAEMON@alder.example\r\nTo: <{to}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"B\"\r\n\r\n\
         --B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.alder.example\r\n\
         \r\nFinal-Recipient: rfc822; ada@alder.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--B--\r\n"
    )
}

fn absence_note(to: &str) -> String {
    format!(
        "Return-Path: <>\r\nFrom: ada@alder.example\r\nTo: <{to}>\r\nSubject: I am away\r\n\
         Auto-Submitted: auto-replied\r\nContent-Type: text/plain\r\n\r\nBack on Monday.\r\n"
    )
}

fn pipe_bounce(home: &Home, text: &str) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alongside"));
    command
        .args(["mails", "bounce"])
        .env("ALONGSIDE_HOME", home.path());
    command.current_dir(home.path()).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    let mut input = running.stdin.take().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    drop(input);
    let output = running.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn a_mail_goes_out_by_a_relay_and_one_that_comes_back_is_a_task() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let relay = runtime.block_on(ScriptedRelay::play([taken(), taken()]));
    let home = Home::at_work();
    name_relay(&home, relay.port);
    let tried = home.done(&["mails", "test", "ada@alder.example"]);
    assert!(tried.contains("has taken the mail: 2.0.0"), "{tried}");
    let helen = home.id_of("helen@alder-vale.example");
    let back = json!({"step": "approve_need", "outcome": "change", "reason": "Still too wide."});
    home.feed("once more", "step.complete", Some(&helen), &back);
    let heard = runtime.block_on(relay.end());
    let from = heard[1]
        .lines
        .iter()
        .find_map(|line| line.strip_prefix("MAIL FROM:<"));
    let from = from.and_then(|line| line.split('>').next()).unwrap();
    // An absence note to the same address is no bounce: nothing is recorded and nobody is answered.
    let mails = home.done(&["mails", "list", "--json"]);
    let (well, said) = pipe_bounce(&home, &absence_note(from));
    assert!(!well && said.contains("an automatic answer"), "{said}");
    assert_eq!(home.done(&["mails", "list", "--json"]), mails);
    let delayed = report(from).replace("Action: failed", "Action: delayed");
    let delayed = delayed.replace("Status: 5.1.1", "Status: 4.4.1");
    let (well, said) = pipe_bounce(&home, &delayed);
    assert!(well && said.contains("did not come back (4.4.1)"), "{said}");
    assert_eq!(home.done(&["mails", "list", "--json"]), mails);
    let (well, said) = pipe_bounce(&home, &report(from));
    assert!(well && said.contains("Recorded"), "{said}");
    let tasks = home.done(&["tasks"]);
    let tasks = tasks.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        tasks.contains("takes no mail since") && tasks.contains("import people"),
        "{tasks}"
    );
    let why = home.done(&["mails", "why", "sunita@alder-vale.example"]);
    assert!(why.contains("It came back."), "{why}");
    let (well, said) = pipe_bounce(&home, &report("bounces+00-00@alliance.example"));
    assert!(
        !well && said.contains("speaks of no mail of ours"),
        "{said}"
    );
    // Nobody listens there any more.
    let sick = home.say(&["doctor"]);
    assert!(
        sick.code == 1 && sick.out.contains("problem  relay"),
        "{sick:?}"
    );
}

#[test]
fn without_a_relay_or_a_hold_the_commands_say_so() {
    let home = Home::peopled();
    let said = home.say(&["mails", "test", "ada@alder.example"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("set mail.smtp_url"), "{said:?}");
    assert!(home.done(&["mails", "release"]).contains("No mail is held"));
}

#[test]
fn while_things_are_tried_out_nobody_else_gets_mail_and_that_is_said() {
    let nobody = Nobody::at_home();
    let home = Home::at_work();
    name_relay(&home, nobody.port);
    let file = std::fs::read_to_string(home.path().join("alongside.toml")).unwrap();
    let only = file.replacen("[mail]\n", "[mail]\nonly_to = \"@trial.example\"\n", 1);
    home.file("alongside.toml", &only);
    let said = home.say(&["mails", "test", "ada@alder.example"]);
    assert_eq!(said.code, 1, "{said:?}");
    let why = said.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        why.contains("the mail was not sent") && why.contains("mail.only_to"),
        "{why}"
    );
    let doctor = home.say(&["doctor"]).out;
    assert!(
        doctor.contains("only the addresses in mail.only_to get mail"),
        "{doctor}"
    );
}

#[test]
fn a_mail_that_the_relay_has_not_taken_is_not_said_to_be_sent() {
    let nobody = Nobody::at_home();
    let home = Home::at_work();
    name_relay(&home, nobody.port);
    let helen = home.id_of("helen@alder-vale.example");
    let back = json!({"step": "approve_need", "outcome": "change", "reason": "Still too wide."});
    home.feed("once more", "step.complete", Some(&helen), &back);
    let told = home.json(&["mails", "why", "sunita@alder-vale.example"]);
    let last = told.as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["state"], "waiting", "{last}");
    let why = last["why"].as_str().unwrap();
    assert!(why.contains("The relay has not taken it yet"), "{why}");
}
