//! The real program as processes, on a database and a broker of the test's own.

use std::fs::File;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use alongside::config::Source;
use tempfile::TempDir;

use super::office::PATIENCE;

/// A home folder with its configuration, and where database and broker are.
pub struct Home {
    pub folder: TempDir,
    database: String,
    broker: String,
}

impl Home {
    /// With servers; the definition of the three steps is at hand too.
    pub fn new(database: &str, broker: &str, sources: &[Source]) -> Self {
        let folder = TempDir::new().unwrap();
        let text: String = sources.iter().map(as_toml).collect();
        std::fs::write(folder.path().join("alongside.toml"), text).unwrap();
        Self {
            folder,
            database: database.to_owned(),
            broker: broker.to_owned(),
        }
    }

    /// The embedded default, in an empty folder.
    pub fn embedded() -> Self {
        Self::new("", "", &[])
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let definitions = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/definitions");
        let mut command = Command::new(env!("CARGO_BIN_EXE_alongside"));
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command.env("ALONGSIDE_HOME", self.folder.path());
        command.env("ALONGSIDE_WORKFLOWS", definitions);
        if !self.database.is_empty() {
            command.env("ALONGSIDE_DATABASE_URL", &self.database);
            command.env("ALONGSIDE_AMQP_URL", &self.broker);
        }
        command
    }

    /// Starts it; what it logs goes to a file.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let log = tempfile::Builder::new()
            .prefix("log")
            .tempfile_in(self.folder.path())
            .unwrap();
        let (file, path) = log.keep().unwrap();
        let child = self.command(arguments).stderr(file).spawn().unwrap();
        Running { child, log: path }
    }
}

fn as_toml(source: &Source) -> String {
    format!(
        "[[source]]\nuri = {:?}\nbroker_user = {:?}\nalliance = {:?}\ncommands = {:?}\nroles = {:?}\n\n",
        source.uri,
        source.broker_user.as_deref().unwrap_or_default(),
        source.alliance.0,
        source.commands,
        source.roles,
    )
}

pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    pub fn log(&self) -> String {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut File::open(&self.log).unwrap(), &mut text).unwrap();
        text
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM; the process ends by itself.
    pub fn terminate(&mut self) -> ExitStatus {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
        self.ended()
    }

    /// Waits until it has ended by itself.
    pub fn ended(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "it does not end: {}", self.log());
            #[allow(clippy::disallowed_methods)]
            // another program is waited for, without a runtime
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address on which nobody listens.
pub fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string()
}
