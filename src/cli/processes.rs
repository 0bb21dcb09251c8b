//! Who does the background work of an embedded database: one `serve`, by a lock on a file.
//!
//! The operating system drops the lock when the process ends, however it ends.

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context, bail};

use crate::config::Config;

/// Held as long as this process does the background work.
#[derive(Debug)]
pub struct AtWork {
    _lock: File,
}

fn lock_file(config: &Config) -> PathBuf {
    config.home.join("alongside.lock")
}

/// Takes the background work of an embedded database; a second `serve` is refused.
pub fn take_over(config: &Config) -> anyhow::Result<AtWork> {
    let path = lock_file(config);
    std::fs::create_dir_all(&config.home)
        .with_context(|| format!("the folder {} cannot be made", config.home.display()))?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(AtWork { _lock: file }),
        Err(_) => bail!(
            "another `alongside serve` works in {} already. Stop it first, or use another --home",
            config.home.display()
        ),
    }
}

/// Whether a process holds the background work of this home folder.
pub fn is_somebody_at_work(config: &Config) -> bool {
    let Ok(file) = File::options().write(true).open(lock_file(config)) else {
        return false;
    };
    file.try_lock().is_err()
}
