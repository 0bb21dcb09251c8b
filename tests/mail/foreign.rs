//! Mails of ours through a server and a reader that are no code of ours: aiosmtpd, and Python's
//! `email`.

use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::process::{Child, ChildStdout, Stdio};

use alongside::core::mails::outcome::Ending;
use alongside::core::mails::return_path::{self, ReturnKey};
use alongside::mail::relay::Relay;
use alongside::mail::{Folder, Outgoing};
use futures_util::future::join_all;
use serde_json::Value;
use uuid::Uuid;

use super::{login, settings};
use crate::support::python::python;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail/server.py");
const DOMAIN: &str = "alliance.example";

/// The server, ended with the test: at once, or when its input ends.
pub struct Server {
    process: Child,
    printed: BufReader<ChildStdout>,
}

impl Server {
    /// Starts it and gives its port.
    pub fn start() -> (Self, u16) {
        let mut command = python();
        command.args(["-W", "ignore", SCRIPT]).stdin(Stdio::piped());
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let printed = BufReader::new(process.stdout.take().unwrap());
        let mut server = Self { process, printed };
        let port = server.next()["port"].as_u64().unwrap();
        (server, u16::try_from(port).unwrap())
    }

    /// The next thing it tells.
    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.printed.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Ends it, and gives all mails that have arrived, in their order.
    pub fn mails(&mut self) -> Vec<Value> {
        drop(self.process.stdin.take());
        let lines = self.printed.by_ref().lines();
        let mails = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap());
        mails.collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn mail(number: u128) -> Outgoing {
    let texts = [
        "Dear Ada,\n\nit is your turn.\n",
        "Liebe Zoë,\n\ndu bist dran – jetzt.\n",
        ".\n..\n.hidden\n\n.\nthe end\n",
        "日本語だけの本文です。\n",
        &"A line that is much longer than any server would take in one piece. ".repeat(40),
    ];
    let text = texts[usize::try_from(number).unwrap() % texts.len()];
    let html = number.is_multiple_of(2).then(|| format!("<p>{text}</p>"));
    Outgoing {
        id: Uuid::from_u128(number),
        at: "2027-03-02T08:30:00Z".parse().unwrap(),
        alliance: "northshire".to_owned(),
        to_name: "Zoë \"Ada\" Okafor, PhD".to_owned(),
        to_address: format!("person{number}@alder.example"),
        answer_to: None,
        subject: format!("No {number}: plan the visit – “now” 日本"),
        text: text.to_owned(),
        html,
        visits: Vec::new(),
    }
}

fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_mails_arrive_whole_at_a_foreign_server() {
    let (mut server, port) = Server::start();
    let mut settings = settings(port);
    settings.smtp.login = Some(login());
    let relay = Relay::new(settings).unwrap();
    let key = ReturnKey::new(*b"a key for tests");
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::new(home.path(), "Alongside <office@alliance.example>", None).unwrap();
    let said = relay.check().await.unwrap();
    assert!(said.contains("takes our login"), "{said}");

    join_all((1..=20).map(|number| {
        let (relay, key, folder) = (&relay, &key, &folder);
        async move {
            let mail = mail(number);
            let bytes = folder.bytes(&mail).unwrap();
            folder.write(mail.id, &bytes).unwrap();
            let from = return_path::make(mail.id, key, DOMAIN);
            let go_on = |_| async { ControlFlow::Continue(()) };
            let outcome = relay.send(&from, &mail.to_address, &bytes, go_on).await;
            assert_eq!(outcome.ending, Ending::Accepted, "{outcome:?}");
        }
    }))
    .await;

    let mails = server.mails();
    assert_eq!(mails.len(), 20);
    for arrived in mails {
        let text = |name: &str| arrived[name].as_str().unwrap();
        let id = return_path::check(text("from"), &key, DOMAIN).unwrap();
        let mail = mail(id.as_u128());
        assert_eq!(arrived["defects"], serde_json::json!([]));
        assert_eq!(arrived["to"], serde_json::json!([mail.to_address]));
        assert_eq!(text("message_id"), format!("<{id}@{DOMAIN}>"));
        assert_eq!(text("subject"), mail.subject);
        assert_eq!(text("name"), mail.to_name);
        assert_eq!(plain(text("text")), plain(&mail.text));
        let page = arrived["html"].as_str().map(plain).unwrap_or_default();
        let html = mail.html.as_deref().map(plain).unwrap_or_default();
        assert!(page.contains(&html), "{page}");
        assert_eq!(page.contains("<html lang=\"en-GB\">"), mail.html.is_some());
        let bytes = std::fs::read(folder.file(id)).unwrap();
        assert_eq!(text("bytes"), data_encoding::BASE64.encode(&bytes));
    }
}
