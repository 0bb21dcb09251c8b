//! The smallest HTTP client that serves: one request, one answer, the connection ends.
//!
//! It speaks HTTP/1.0, so that no answer comes in chunks. For RabbitMQ's management plugin and for
//! our own pages of state; what it cannot do (TLS, redirects) no test needs.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use data_encoding::BASE64;

#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

/// Asks `http://[user:password@]host:port/path`; an empty body is none.
pub fn ask(method: &str, url: &str, body: &str) -> std::io::Result<Answer> {
    let rest = url.strip_prefix("http://").expect("tests speak plain HTTP");
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let mut head = vec![
        format!("{method} {} HTTP/1.0", path_or_root(path)),
        format!("Host: {host}"),
        format!("Content-Length: {}", body.len()),
    ];
    if !user.is_empty() {
        head.push(format!(
            "Authorization: Basic {}",
            BASE64.encode(user.as_bytes())
        ));
    }
    if !body.is_empty() {
        head.push("Content-Type: application/json".to_owned());
    }
    let request = format!("{}\r\n\r\n{body}", head.join("\r\n"));

    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| std::io::Error::other(format!("no status in: {head}")))?;
    Ok(Answer {
        status,
        body: body.to_owned(),
    })
}

fn path_or_root(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}
