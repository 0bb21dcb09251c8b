//! The binary `alongside`: reads the command line and hands over to `cli`.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // One TLS provider for all; a second one somewhere would make every bare builder panic.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    alongside::cli::run()
}
