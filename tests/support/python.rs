//! Python with pika, aiosmtpd and icalendar, for clients and servers that are no code of ours.

use std::process::Command;

use super::required;

/// A command that runs Python; `tests/run` has made sure that both can be imported.
pub fn python() -> Command {
    Command::new(required("TEST_PYTHON"))
}

#[test]
fn the_foreign_programs_have_their_libraries() {
    let done = python()
        .args([
            "-c",
            "import pika, aiosmtpd, icalendar; print(pika.__version__, icalendar.__version__)",
        ])
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
}
