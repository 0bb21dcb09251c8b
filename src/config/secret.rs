//! Passwords, and addresses that may hold one: printed without, revealed on request only.

use std::fmt;

#[derive(Clone, PartialEq, Eq)]
pub struct SecretUrl(String);

impl SecretUrl {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// With the password: for whom connects, never for a message.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// `sqlite`, `postgres`, `memory`, `amqp`, …
    pub fn scheme(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }
}

/// Without password and without the options, which may hold one too.
impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = self.0.split_once("://") else {
            return f.write_str(&self.0);
        };
        let end = rest.rfind('@').unwrap_or(0);
        if rest[..end].contains('?') {
            return write!(f, "{scheme}://***"); // where the password ends cannot be told
        }
        let host = rest[end..].split('?').next().unwrap_or_default();
        match rest[..end]
            .split(':')
            .next()
            .filter(|user| !user.is_empty())
        {
            Some(user) => write!(f, "{scheme}://{user}:***{host}"),
            None => write!(f, "{scheme}://{host}"),
        }
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A password alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// For whom logs in, never for a message.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        let table = [
            (
                "postgres://me:se@cr:et@host:5432/db?x=1",
                "postgres://me:***@host:5432/db",
            ),
            (
                "postgres://host/db?user=me&password=secret",
                "postgres://host/db",
            ),
            ("postgres://host/db?password=se@cret", "postgres://***"),
            ("postgres://me:se?cret@host/db", "postgres://***"),
            ("postgres://:secret@host/db", "postgres://@host/db"),
            (
                "amqp://guest:guest@127.0.0.1/%2f",
                "amqp://guest:***@127.0.0.1/%2f",
            ),
            ("sqlite:alongside.db", "sqlite:alongside.db"),
            ("memory:", "memory:"),
        ];
        for (url, shown) in table {
            let url = SecretUrl::new(url);
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), shown);
        }
        assert_eq!(format!("{:?}", Secret::new("hush")), "***");
    }
}
