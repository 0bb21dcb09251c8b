//! A mail relay that plays a script: it says what stands there and insists on hearing what stands
//! there.
//!
//! One script for each connection, a line for each turn:
//!
//!     S 250 ok       the relay says this, at once; a ¶ ends a line of it
//!     C MAIL FROM    the other side says something that begins so
//!     BODY           it writes a message with its final dot
//!     PART           it begins to write a message
//!     TLS            both go over to TLS; NO TLS: it turns away from our certificate
//!     HANG           the relay says nothing more until the other side has gone
//!     DRIP           it says something without end, a little at a time
//!     DEAF           it does not even listen any more, for good
//!     GONE           the other side goes without a word
//!     CUT            the relay hangs up

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What one connection heard.
#[derive(Debug, Default)]
pub struct Heard {
    pub lines: Vec<String>,
    /// The message as it came, with doubled dots and without the final one.
    pub body: Vec<u8>,
}

pub struct ScriptedRelay {
    pub port: u16,
    playing: JoinHandle<Vec<Heard>>,
}

impl ScriptedRelay {
    pub async fn play<S: Into<String>>(scripts: impl IntoIterator<Item = S>) -> Self {
        Self::play_with(scripts, None).await
    }

    pub async fn play_with<S: Into<String>>(
        scripts: impl IntoIterator<Item = S>,
        tls: Option<TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let scripts: Vec<String> = scripts.into_iter().map(Into::into).collect();
        let playing = tokio::spawn(async move {
            let mut all = Vec::new();
            for script in scripts {
                let (socket, _) = listener.accept().await.unwrap();
                let mut connection = Connection {
                    line: Some(BufReader::new(Box::new(socket))),
                    heard: Heard::default(),
                };
                for turn in script
                    .lines()
                    .map(str::trim)
                    .filter(|turn| !turn.is_empty())
                {
                    connection.play(turn, tls.as_ref()).await;
                }
                all.push(connection.heard);
            }
            all
        });
        Self { port, playing }
    }

    /// What was heard, when every script has been played to its end.
    pub async fn end(self) -> Vec<Heard> {
        let playing = tokio::time::timeout(Duration::from_mins(1), self.playing);
        playing.await.expect("the script comes to its end").unwrap()
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

struct Connection {
    line: Option<BufReader<Box<dyn Stream>>>,
    heard: Heard,
}

impl Connection {
    async fn play(&mut self, turn: &str, tls: Option<&TlsAcceptor>) {
        match turn.split_once(' ') {
            Some(("S", said)) => {
                let said = said.replace('¶', "\r\n");
                self.say(&format!("{said}\r\n")).await.unwrap();
            }
            Some(("C", wanted)) => self.hear(wanted).await,
            _ => match turn {
                "BODY" => self.hear_body().await,
                "PART" => {
                    let mut some = [0; 16];
                    self.line().read_exact(&mut some).await.unwrap();
                }
                "TLS" => assert!(self.encrypt(tls).await, "TLS is made"),
                "NO TLS" => assert!(!self.encrypt(tls).await, "TLS is refused"),
                "HANG" => self.hear_the_end().await,
                "DEAF" => std::future::pending().await,
                "DRIP" => {
                    while self.say("250-wait a little\r\n").await.is_ok() {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
                "GONE" => {
                    let mut rest = Vec::new();
                    let _ = self.line().read_to_end(&mut rest).await;
                    assert!(rest.is_empty(), "{:?}", String::from_utf8_lossy(&rest));
                }
                "CUT" => self.line = None,
                other => panic!("a script cannot say {other}"),
            },
        }
    }

    fn line(&mut self) -> &mut BufReader<Box<dyn Stream>> {
        self.line.as_mut().expect("the line was not cut")
    }

    async fn say(&mut self, said: &str) -> std::io::Result<()> {
        let line = self.line();
        line.write_all(said.as_bytes()).await?;
        line.flush().await
    }

    async fn hear(&mut self, wanted: &str) {
        let mut said = String::new();
        self.line().read_line(&mut said).await.unwrap();
        assert!(
            said.starts_with(wanted) && said.ends_with("\r\n"),
            "{wanted}: {said:?}"
        );
        self.heard.lines.push(said.trim_end().to_owned());
    }

    async fn hear_body(&mut self) {
        let mut body = Vec::new();
        while !body.ends_with(b"\r\n.\r\n") {
            let read = self.line().read_until(b'\n', &mut body).await.unwrap();
            assert!(read > 0, "the message ends without its dot");
        }
        body.truncate(body.len() - 3);
        self.heard.body = body;
    }

    /// Whatever still comes, until nothing more can.
    async fn hear_the_end(&mut self) {
        let mut rest = Vec::new();
        let _ = self.line().read_to_end(&mut rest).await;
    }

    async fn encrypt(&mut self, tls: Option<&TlsAcceptor>) -> bool {
        let plain = self.line.take().expect("the line was not cut").into_inner();
        let tls = tls.expect("a script with TLS is played with a certificate");
        match tls.accept(plain).await {
            Ok(line) => {
                self.line = Some(BufReader::new(Box::new(line)));
                true
            }
            Err(_) => false,
        }
    }
}

/// A port at which nobody answers: it was free a moment ago, and is kept from others by being bound.
pub struct Nobody {
    pub port: u16,
    _bound: tokio::net::TcpSocket,
}

impl Nobody {
    pub fn at_home() -> Self {
        let bound = tokio::net::TcpSocket::new_v4().unwrap();
        bound.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let port = bound.local_addr().unwrap().port();
        Self {
            port,
            _bound: bound,
        }
    }
}

/// The way of a mail that is taken, until the answer to one turn of ours; `C EHLO` and so on.
pub fn until(command: &str, answer: &str) -> String {
    let turns = TAKEN.lines().map(str::trim).filter(|turn| !turn.is_empty());
    let mut script: Vec<&str> = Vec::new();
    for turn in turns {
        script.push(turn);
        if turn.starts_with(command) {
            break;
        }
    }
    script.push(answer);
    script.join("\n")
}

pub const TAKEN: &str = "
    S 220 relay.example ESMTP
    C EHLO alliance.example
    S 250-relay.example
    S 250-AUTH PLAIN LOGIN
    S 250 8BITMIME
    C MAIL FROM:<bounces@alliance.example>
    S 250 2.1.0 ok
    C RCPT TO:<ada@alder.example>
    S 250 2.1.5 ok
    C DATA
    S 354 go on
    BODY
    S 250 2.0.0 queued as 7
    C QUIT
    S 221 bye
";
