//! Time of the clock on the wall and time on a core.
//!
//! On a machine that others use too, the first says how busy they were; "per second and core" is
//! the second.

use std::time::Instant;

/// Since a moment.
pub struct Watch {
    began: Instant,
    on_core: Option<f64>,
}

/// Seconds since then.
#[derive(Debug, Clone, Copy, Default)]
pub struct Took {
    pub wall: f64,
    /// Of this thread; as on the wall where the kernel does not say.
    pub core: f64,
}

impl Watch {
    pub fn start() -> Self {
        Self {
            on_core: on_core(),
            began: Instant::now(),
        }
    }

    pub fn read(&self) -> Took {
        let wall = self.began.elapsed().as_secs_f64();
        let core = on_core().zip(self.on_core).map(|(now, then)| now - then);
        Took {
            wall,
            core: core.unwrap_or(wall),
        }
    }
}

impl std::ops::AddAssign for Took {
    fn add_assign(&mut self, other: Self) {
        self.wall += other.wall;
        self.core += other.core;
    }
}

/// How long this thread has run, in seconds.
fn on_core() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanos / 1e9)
}
