//! Python with pika, for clients that are no code of ours.

use std::process::Command;

use super::required;

/// A command that runs Python; `tests/run` has made sure that pika can be imported.
pub fn python() -> Command {
    Command::new(required("TEST_PYTHON"))
}

#[test]
fn the_foreign_client_has_its_library() {
    let done = python()
        .args(["-c", "import pika; print(pika.__version__)"])
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
}
