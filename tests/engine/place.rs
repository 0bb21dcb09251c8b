//! Where a test's engine stands: on the embedded default, or on PostgreSQL with RabbitMQ.
//!
//! Each has a database and a broker of its own, with two portals that the broker can tell apart.

use alongside::bus::{Broker, Bus, Settings};
use tokio_util::sync::CancellationToken;

use crate::support::broker::VirtualHost;
use crate::support::database::{Postgres, Sqlite};

pub enum Place {
    Embedded {
        database: Sqlite,
        broker: Broker,
    },
    Servers {
        database: Postgres,
        host: Box<VirtualHost>,
        /// Name and address: of the portal in the north, of the one in the south.
        users: [(String, String); 2],
    },
}

/// Who connects to the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Engine,
    North,
    South,
}

impl Place {
    pub fn embedded() -> Self {
        Self::Embedded {
            database: Sqlite::create(),
            broker: Broker::default(),
        }
    }

    pub fn servers() -> Self {
        let mut host = Box::new(VirtualHost::create());
        let users = [host.add_user("north"), host.add_user("south")];
        Self::Servers {
            database: Postgres::create(),
            host,
            users,
        }
    }

    pub fn database_url(&self) -> String {
        match self {
            Self::Embedded { database, .. } => database.url(),
            Self::Servers { database, .. } => database.url(),
        }
    }

    /// The name by which the broker knows somebody.
    pub fn user(&self, who: Who) -> String {
        match (self, who) {
            (Self::Embedded { .. }, _) => format!("{who:?}").to_lowercase(),
            (Self::Servers { .. }, Who::Engine) => "guest".to_owned(),
            (Self::Servers { users, .. }, Who::North) => users[0].0.clone(),
            (Self::Servers { users, .. }, Who::South) => users[1].0.clone(),
        }
    }

    pub fn bus(&self, who: Who, stop: &CancellationToken) -> Bus {
        match self {
            Self::Embedded { broker, .. } => Bus::memory(broker, &self.user(who), stop.clone()),
            Self::Servers { host, users, .. } => {
                let url = match who {
                    Who::Engine => host.url(),
                    Who::North => users[0].1.clone(),
                    Who::South => users[1].1.clone(),
                };
                bus_at(&url, stop)
            }
        }
    }
}

pub fn bus_at(url: &str, stop: &CancellationToken) -> Bus {
    let settings = Settings {
        url: url.to_owned(),
        name: "test".to_owned(),
        seed: 7,
    };
    Bus::amqp(settings, stop.clone()).unwrap()
}
