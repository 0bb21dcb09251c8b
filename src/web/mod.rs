//! The HTTP entrance; so far the three pages by which others see how the engine is.
//!
//! `state` has the pages, `limit` keeps strangers from holding connections. What is shown comes in
//! by a channel and a function, so that nothing here knows the store, the bus or the engine. TLS is
//! left to a proxy in front.

mod limit;
mod state;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use limit::Limited;

pub use state::{Dependency, Readiness, State};

/// So long may a request that is under way at the stop take.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// Why nobody can be listened to, as a sentence for the one who started the program.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("port {port} on {ip} is taken by another program: choose another with --listen", port = .0.port(), ip = .0.ip())]
    Taken(SocketAddr),
    #[error("port {port} on {ip} needs rights that this program does not have: choose one from 1024 on with --listen", port = .0.port(), ip = .0.ip())]
    Forbidden(SocketAddr),
    #[error("{ip} is no address of this machine: choose another with --listen, such as 127.0.0.1:{port}", port = .0.port(), ip = .0.ip())]
    Elsewhere(SocketAddr),
    #[error("cannot listen on {0}: {1}")]
    Other(SocketAddr, io::Error),
}

/// Takes the port; requests wait until [`serve`].
pub async fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => BindError::Taken(address),
            io::ErrorKind::PermissionDenied => BindError::Forbidden(address),
            io::ErrorKind::AddrNotAvailable => BindError::Elsewhere(address),
            _ => BindError::Other(address, error),
        })
}

/// Answers until the stop, and what is under way a little longer.
pub async fn serve(listener: TcpListener, state: State, stop: CancellationToken) -> io::Result<()> {
    let answering = axum::serve(Limited::new(listener), state::routes(state))
        .with_graceful_shutdown(stop.clone().cancelled_owned());
    let too_late = async {
        stop.cancelled().await;
        tokio::time::sleep(LAST_ANSWERS).await;
    };
    tokio::select! {
        done = answering.into_future() => done,
        () = too_late => Ok(()),
    }
}

#[cfg(test)]
mod tests;
