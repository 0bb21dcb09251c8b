//! A mail server that takes everything at once and keeps it, so that what is measured is the sender.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A mail as it was taken.
#[derive(Debug, Clone)]
pub struct Taken {
    pub from: String,
    pub to: String,
    /// Without its final dot; doubled dots are single again.
    pub bytes: Vec<u8>,
}

pub struct Sink {
    pub port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
    serving: JoinHandle<()>,
}

impl Sink {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let all = taken.clone();
        let serving = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, all.clone()));
            }
        });
        Self {
            port,
            taken,
            serving,
        }
    }

    /// What it has taken since it was asked last.
    pub fn take(&self) -> Vec<Taken> {
        std::mem::take(&mut *self.taken.lock().unwrap())
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// One connection, until the other side leaves or goes.
async fn serve(socket: TcpStream, all: Arc<Mutex<Vec<Taken>>>) {
    socket.set_nodelay(true).unwrap();
    let mut line = BufReader::new(socket);
    let (mut from, mut to) = (String::new(), String::new());
    let mut answer = "220 sink.example ESMTP";
    loop {
        let said = format!("{answer}\r\n");
        if line.write_all(said.as_bytes()).await.is_err() || answer.starts_with("221") {
            return;
        }
        let mut heard = String::new();
        if !line.read_line(&mut heard).await.is_ok_and(|read| read > 0) {
            return;
        }
        answer = match heard.get(..4).unwrap_or_default() {
            "MAIL" => {
                from = address(&heard);
                "250 ok"
            }
            "RCPT" => {
                to = address(&heard);
                "250 ok"
            }
            "DATA" => {
                if line.write_all(b"354 go on\r\n").await.is_err() {
                    return;
                }
                let Some(bytes) = body(&mut line).await else {
                    return;
                };
                let (from, to) = (from.clone(), to.clone());
                all.lock().unwrap().push(Taken { from, to, bytes });
                "250 taken"
            }
            "EHLO" => "250-sink.example\r\n250 8BITMIME",
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
    }
}

/// What stands between the angle brackets.
fn address(heard: &str) -> String {
    let inside = heard
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or("", |(address, _)| address).to_owned()
}

async fn body(line: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let start = bytes.len();
        let read = line.read_until(b'\n', &mut bytes).await.ok()?;
        if read == 0 {
            return None;
        }
        if bytes[start..] == *b".\r\n" {
            bytes.truncate(start);
            return Some(bytes);
        }
        if bytes[start] == b'.' {
            bytes.remove(start);
        }
    }
}
