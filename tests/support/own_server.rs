//! A PostgreSQL or RabbitMQ of a test's own, for tests that stop, kill and start servers.
//!
//! Started by the same script as the shared ones (`servers.sh`), which also ends it when this test
//! program is gone. It keeps its port and its data over stops and kills; both go with this value.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::broker::VirtualHost;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Postgres,
    RabbitMq,
}

pub struct OwnServer {
    kind: Kind,
    folder: TempDir,
    /// Of the database or of the broker.
    pub url: String,
    /// Of the management plugin; empty for a database.
    pub api: String,
}

impl OwnServer {
    /// Blocks until the server is ready: some 1 s for PostgreSQL, 5 s for RabbitMQ.
    pub fn start(kind: Kind) -> Self {
        let folder = TempDir::new().unwrap();
        // PostgreSQL runs under another user when the tests run as root.
        let passable = std::fs::Permissions::from_mode(0o711);
        std::fs::set_permissions(folder.path(), passable).unwrap();
        let mut server = Self {
            kind,
            folder,
            url: String::new(),
            api: String::new(),
        };
        let printed = server.done("start");
        let value = |name: &str| {
            let line = printed
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.unwrap_or_default().to_owned()
        };
        server.api = value("TEST_RABBITMQ_API");
        server.url = value(if kind == Kind::Postgres {
            "TEST_DATABASE_URL"
        } else {
            "TEST_AMQP_URL"
        });
        server
    }

    /// A virtual host on this broker.
    pub fn virtual_host(&self) -> VirtualHost {
        VirtualHost::create_on(&self.url, &self.api)
    }

    /// Ends it in an orderly way, as an operator does.
    pub fn stop(&self) {
        self.done("stop");
    }

    /// Ends it at once (`kill -9`).
    pub fn kill(&self) {
        self.done("kill");
    }

    /// After a stop or a kill: the same port, the same data. Blocks until it is ready.
    pub fn start_again(&self) {
        self.done("start");
    }

    /// `rabbitmqctl` for this broker.
    pub fn ctl(&self, arguments: &[&str]) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/servers.sh");
        let done = Command::new("bash")
            .arg(script)
            .arg("ctl")
            .arg(self.folder.path().join("rabbitmq"))
            .args(arguments)
            .output()
            .expect("`bash` belongs to every Linux");
        let complaint = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{arguments:?}: {complaint}");
    }

    fn done(&self, what: &str) -> String {
        let done = self.call(what);
        let complaint = String::from_utf8_lossy(&done.stderr);
        assert!(
            done.status.success(),
            "servers.sh {what} {:?}: {complaint}",
            self.kind
        );
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    fn call(&self, what: &str) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/servers.sh");
        let kind = if self.kind == Kind::Postgres {
            "postgres"
        } else {
            "rabbitmq"
        };
        Command::new("timeout")
            .args(["-k", "5", "240", "bash"])
            .arg(script)
            .args([what, kind])
            .arg(self.folder.path().join(kind))
            .arg(std::process::id().to_string())
            .stdin(Stdio::null())
            .output()
            .expect("`timeout` and `bash` belong to every Linux")
    }
}

impl Drop for OwnServer {
    /// What does not end now is ended by the script's watchdog, together with this program.
    fn drop(&mut self) {
        self.call("kill");
    }
}

#[test]
fn a_killed_database_comes_back_with_what_was_committed() {
    use sqlx::{Connection, PgConnection};
    let server = OwnServer::start(Kind::Postgres);
    super::wait_for(async {
        let mut session = PgConnection::connect(&server.url).await.unwrap();
        let make = "create table kept (id int); insert into kept values (7)";
        sqlx::raw_sql(make).execute(&mut session).await.unwrap();
        server.kill();
        assert!(
            sqlx::raw_sql("select 1")
                .execute(&mut session)
                .await
                .is_err()
        );
        server.start_again();
        let mut session = PgConnection::connect(&server.url).await.unwrap();
        let kept: i32 = sqlx::query_scalar("select id from kept")
            .fetch_one(&mut session)
            .await
            .unwrap();
        assert_eq!(kept, 7);
    });
}
