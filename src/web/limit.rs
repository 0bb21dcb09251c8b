//! Connections that nobody can hold for nothing: so many at once, and none silent for long.
//!
//! A client that sends its request letter by letter, or keeps a connection that it does not use, is
//! cut off; further connections wait until one is free. The size of the headers is hyper's to limit.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

const CONNECTIONS: usize = 64;
/// From one answer to the end of the next request.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);

pub struct Limited {
    listener: TcpListener,
    free: Arc<Semaphore>,
    limit: Duration,
}

impl Limited {
    pub fn new(listener: TcpListener) -> Self {
        Self::with(listener, CONNECTIONS, REQUEST_LIMIT)
    }

    pub fn with(listener: TcpListener, connections: usize, limit: Duration) -> Self {
        Self {
            listener,
            free: Arc::new(Semaphore::new(connections)),
            limit,
        }
    }
}

impl Listener for Limited {
    type Io = Connection;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let place = self
            .free
            .clone()
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let limit = self.limit;
        (
            Connection {
                stream,
                limit,
                end: Box::pin(sleep(limit)),
                _place: place,
            },
            address,
        )
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// Ends when nothing was answered for the time of the limit.
pub struct Connection {
    stream: TcpStream,
    limit: Duration,
    end: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.end.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if matches!(written, Poll::Ready(Ok(count)) if count > 0) {
            let end = Instant::now() + self.limit;
            self.end.as_mut().reset(end);
        } else if written.is_pending() && self.end.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into())); // nobody takes the answer
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
