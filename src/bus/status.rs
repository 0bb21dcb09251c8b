//! How the bus stands, for `/readyz` and `doctor`: kept up to date, never asked of the broker.
//!
//! Sending and receiving have a connection each, because a broker that runs out of room blocks
//! whoever publishes, and acknowledgements must go on.

use tokio::sync::watch;
use tokio::time::Instant;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub publishing: LinkState,
    pub consuming: LinkState,
    /// What stands on the broker otherwise than it should, one sentence each.
    pub differences: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// Nobody needs it in this process.
    Unused,
    Up,
    /// The broker takes no messages now: it lacks memory or disk.
    Blocked {
        why: String,
        since: Instant,
    },
    Down {
        why: String,
        since: Instant,
    },
}

/// Which of the two connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Publishing,
    Consuming,
}

/// Where both connections write how they stand.
#[derive(Clone)]
pub(super) struct Board(watch::Sender<Status>);

impl Status {
    /// Whether all that is used is up. A difference is reported, but does not stop the work.
    pub fn is_ready(&self) -> bool {
        let up = |state: &LinkState| matches!(state, LinkState::Unused | LinkState::Up);
        up(&self.publishing) && up(&self.consuming)
    }
}

impl Side {
    pub fn name(self) -> &'static str {
        match self {
            Self::Publishing => "publishing",
            Self::Consuming => "consuming",
        }
    }
}

impl Board {
    pub fn new(state: &LinkState) -> Self {
        Self(watch::Sender::new(Status {
            publishing: state.clone(),
            consuming: state.clone(),
            differences: Vec::new(),
        }))
    }

    pub fn watch(&self) -> watch::Receiver<Status> {
        self.0.subscribe()
    }

    pub fn up(&self, side: Side, differences: Vec<String>) {
        self.0.send_modify(|status| {
            *status.of(side) = LinkState::Up;
            status.differences = differences;
        });
    }

    pub fn unblocked(&self, side: Side) {
        self.0
            .send_modify(|status| *status.of(side) = LinkState::Up);
    }

    pub fn blocked(&self, side: Side, why: String) {
        let since = Instant::now();
        self.0
            .send_modify(|status| *status.of(side) = LinkState::Blocked { why, since });
    }

    /// Keeps the first moment of an outage and the last reason.
    pub fn down(&self, side: Side, why: String) {
        self.0.send_modify(|status| {
            let state = status.of(side);
            let since = match state {
                LinkState::Down { since, .. } => *since,
                _ => Instant::now(),
            };
            *state = LinkState::Down { why, since };
        });
    }
}

impl Status {
    fn of(&mut self, side: Side) -> &mut LinkState {
        match side {
            Side::Publishing => &mut self.publishing,
            Side::Consuming => &mut self.consuming,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_keeps_its_first_moment() {
        let board = Board::new(&LinkState::Unused);
        let status = board.watch();
        assert!(status.borrow().is_ready());
        board.down(Side::Consuming, "refused".into());
        let LinkState::Down { since: first, .. } = status.borrow().consuming else {
            panic!("it is down");
        };
        board.down(Side::Consuming, "refused again".into());
        let expected = LinkState::Down {
            why: "refused again".into(),
            since: first,
        };
        assert_eq!(status.borrow().consuming, expected);
        assert!(!status.borrow().is_ready());
        board.up(Side::Consuming, vec!["a difference".into()]);
        assert!(status.borrow().is_ready());
    }

    #[test]
    fn a_blocked_broker_is_not_ready() {
        let board = Board::new(&LinkState::Up);
        board.blocked(Side::Publishing, "low on memory".into());
        assert!(!board.watch().borrow().is_ready());
        board.unblocked(Side::Publishing);
        assert!(board.watch().borrow().is_ready());
    }
}
