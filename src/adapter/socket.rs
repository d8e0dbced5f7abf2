//! A socket with two holders: the driver, which reads and writes, and the connection, which may have to close it
//! regardless of the driver.

use std::{
    cell::RefCell,
    io::{Error, ErrorKind, Result},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use worker::Socket;

/// One of the holders.
#[derive(Clone)]
pub struct SharedSocket(Rc<RefCell<Option<Socket>>>);

impl SharedSocket {
    /// Wraps a socket.
    pub fn new(socket: Socket) -> Self {
        Self(Rc::new(RefCell::new(Some(socket))))
    }

    /// Closes the socket, whatever is under way. The driver's next read or write fails.
    pub async fn close(&self) {
        let socket = self.0.borrow_mut().take();
        if let Some(mut socket) = socket {
            // A socket that cannot be closed is already closed.
            let _ = socket.close().await;
        }
    }

    /// Says goodbye to the server, and closes the socket.
    pub async fn end(&self) {
        // To a server that does not hear it, the closed socket says the same.
        let _ = self.clone().write_all(postgres_client::TERMINATE).await;
        self.close().await;
    }

    fn with<T>(&self, work: impl FnOnce(Pin<&mut Socket>) -> Poll<Result<T>>) -> Poll<Result<T>> {
        match self.0.borrow_mut().as_mut() {
            Some(socket) => work(Pin::new(socket)),
            None => Poll::Ready(Err(Error::from(ErrorKind::ConnectionAborted))),
        }
    }
}

impl AsyncRead for SharedSocket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        self.with(|socket| socket.poll_read(context, buffer))
    }
}

impl AsyncWrite for SharedSocket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        self.with(|socket| socket.poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.with(|socket| socket.poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.with(|socket| socket.poll_shutdown(context))
    }
}
