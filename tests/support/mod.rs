//! What tests share: a database, a virtual host or a pair of servers of their own, each gone with
//! the value that stands for it.
//!
//! The shared servers come from `tests/run` by their URLs; no test may stop them. A test that stops
//! a server starts one itself (`own_server`). Calls block: a test may use them with a runtime or
//! without.

pub mod api;
pub mod broker;
pub mod calendar;
pub mod certificate;
pub mod database;
pub mod own_server;
pub mod python;
pub mod smtp_script;

/// The value of a variable that `tests/run` sets.
///
/// # Panics
/// Without it: a test that needs a server fails and says how to run it.
pub fn required(variable: &str) -> String {
    match std::env::var(variable) {
        Ok(value) if !value.trim().is_empty() => value,
        _ => panic!("{variable} is not set, for servers do not run by themselves: run tests/run"),
    }
}

/// Waits for a future in a thread with a runtime of its own: it works inside a test's runtime and
/// in `drop` as well.
fn wait_for<T: Send>(future: impl Future<Output = T> + Send) -> T {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime
            .expect("a runtime needs only a few file handles")
            .block_on(future)
    };
    std::thread::scope(|scope| scope.spawn(run).join()).expect("the thread has said why it failed")
}

#[test]
fn a_missing_server_says_what_to_run() {
    let missing = std::panic::catch_unwind(|| required("TEST_NO_SUCH_URL"));
    let said = *missing.unwrap_err().downcast::<String>().unwrap();
    assert!(
        said.contains("TEST_NO_SUCH_URL") && said.ends_with("run tests/run"),
        "{said}"
    );
}
