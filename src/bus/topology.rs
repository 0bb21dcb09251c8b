//! Exchanges, queues and bindings as data: what is declared, documented and compared.
//!
//! A queue that exists with other arguments is used as it is and reported, because a broker's
//! owner may have reasons, and arguments cannot be changed without deleting the queue.

/// Where messages are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exchange {
    /// Commands come in here.
    Commands,
    /// Events and answers go out here.
    Events,
}

/// What is consumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Queue {
    Commands,
    /// What the broker gave up after [`DELIVERY_LIMIT`] deliveries.
    Dead,
    /// Sent to the commands' exchange under a routing key that leads nowhere.
    Unrouted,
}

/// Deliveries after which the broker gives a command up. Every stop of a worker counts for all
/// that it had prefetched, so the limit is far above what a hundred stops can do.
pub const DELIVERY_LIMIT: i64 = 200;

/// The last two queues have nowhere to give up to, and RabbitMQ 4 drops after 20 unless told.
const NO_LIMIT: i64 = 1_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Topic,
    Fanout,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    Text(&'static str),
    Number(i64),
}

#[derive(Debug)]
pub struct ExchangeShape {
    pub name: &'static str,
    pub kind: Kind,
    pub arguments: &'static [(&'static str, Argument)],
}

#[derive(Debug)]
pub struct QueueShape {
    pub name: &'static str,
    pub arguments: &'static [(&'static str, Argument)],
}

#[derive(Debug)]
pub struct Binding {
    pub queue: &'static str,
    pub exchange: &'static str,
    pub key: &'static str,
}

pub const EXCHANGES: [ExchangeShape; 4] = [
    ExchangeShape {
        name: "alongside.unrouted",
        kind: Kind::Fanout,
        arguments: &[],
    },
    ExchangeShape {
        name: "alongside.dead",
        kind: Kind::Fanout,
        arguments: &[],
    },
    ExchangeShape {
        name: "alongside.commands",
        kind: Kind::Topic,
        arguments: &[("alternate-exchange", Argument::Text("alongside.unrouted"))],
    },
    ExchangeShape {
        name: "alongside.events",
        kind: Kind::Topic,
        arguments: &[],
    },
];

/// All durable quorum queues. At-least-once dead lettering needs `reject-publish`.
pub const QUEUES: [QueueShape; 3] = [
    QueueShape {
        name: "alongside.commands",
        arguments: &[
            ("x-queue-type", Argument::Text("quorum")),
            ("x-delivery-limit", Argument::Number(DELIVERY_LIMIT)),
            ("x-dead-letter-exchange", Argument::Text("alongside.dead")),
            ("x-dead-letter-strategy", Argument::Text("at-least-once")),
            ("x-overflow", Argument::Text("reject-publish")),
        ],
    },
    QueueShape {
        name: "alongside.dead",
        arguments: &[
            ("x-queue-type", Argument::Text("quorum")),
            ("x-delivery-limit", Argument::Number(NO_LIMIT)),
        ],
    },
    QueueShape {
        name: "alongside.unrouted",
        arguments: &[
            ("x-queue-type", Argument::Text("quorum")),
            ("x-delivery-limit", Argument::Number(NO_LIMIT)),
        ],
    },
];

pub const BINDINGS: [Binding; 3] = [
    Binding {
        queue: "alongside.commands",
        exchange: "alongside.commands",
        key: "alongside.#",
    },
    Binding {
        queue: "alongside.dead",
        exchange: "alongside.dead",
        key: "",
    },
    Binding {
        queue: "alongside.unrouted",
        exchange: "alongside.unrouted",
        key: "",
    },
];

impl Exchange {
    pub fn name(self) -> &'static str {
        match self {
            Self::Commands => "alongside.commands",
            Self::Events => "alongside.events",
        }
    }
}

impl Queue {
    pub const ALL: [Self; 3] = [Self::Commands, Self::Dead, Self::Unrouted];

    pub fn name(self) -> &'static str {
        match self {
            Self::Commands => "alongside.commands",
            Self::Dead => "alongside.dead",
            Self::Unrouted => "alongside.unrouted",
        }
    }
}

/// Whether a topic exchange sends `key` to a binding: `*` is one word, `#` any number of words.
pub fn fits(binding: &str, key: &str) -> bool {
    let words = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
    words_fit(&words(binding), &words(key))
}

fn words_fit(binding: &[String], key: &[String]) -> bool {
    match (binding.split_first(), key.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "#" => {
            (0..=key.len()).any(|skipped| words_fit(rest, &key[skipped..]))
        }
        (Some((first, rest)), Some((word, others))) if first == "*" || first == word => {
            words_fit(rest, others)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binding_fits_as_rabbitmq_says() {
        let table = "
            alongside.#          alongside.step.complete   yes
            alongside.#          alongside                 yes
            alongside.#          order.created             no
            alongside.step.*     alongside.step.completed  yes
            alongside.step.*     alongside.step            no
            alongside.step.*     alongside.step.a.b        no
            #                    alongside.told.a.b        yes
            #.rejected           alongside.command.rejected yes
            alongside.*.rejected alongside.command.rejected yes
            alongside.run.started alongside.run.started    yes
            *                    a.b                       no";
        for row in table.lines().filter(|row| !row.trim().is_empty()) {
            let cells: Vec<&str> = row.split_whitespace().collect();
            assert_eq!(fits(cells[0], cells[1]), cells[2] == "yes", "{row}");
        }
    }

    #[test]
    fn every_queue_that_is_consumed_is_declared_and_bound() {
        for queue in Queue::ALL {
            assert!(QUEUES.iter().any(|shape| shape.name == queue.name()));
            let binding = BINDINGS
                .iter()
                .find(|binding| binding.queue == queue.name());
            let exchange = binding.unwrap().exchange;
            assert!(EXCHANGES.iter().any(|shape| shape.name == exchange));
        }
    }
}
