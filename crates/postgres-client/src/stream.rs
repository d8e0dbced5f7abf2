//! Messages on a stream.

use crate::Error;
use bytes::BytesMut;
use postgres_protocol::message::backend::Message;
use std::io::ErrorKind;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// So much is read at once.
const READ_BYTES: usize = 16 * 1024;

/// A stream and what is read of it but not yet understood.
pub(crate) struct Stream<S> {
    stream: S,
    read: BytesMut,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, read: BytesMut::new() }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await?;
        Ok(())
    }

    /// The next message that is about what was sent: no notice, and no change of a setting.
    pub(crate) async fn next(&mut self) -> Result<Message, Error> {
        loop {
            match Message::parse(&mut self.read)? {
                Some(
                    Message::NoticeResponse(_)
                    | Message::NotificationResponse(_)
                    | Message::ParameterStatus(_),
                ) => {}
                Some(message) => return Ok(message),
                None => {
                    self.read.reserve(READ_BYTES);
                    if self.stream.read_buf(&mut self.read).await? == 0 {
                        return Err(Error::Stream(ErrorKind::UnexpectedEof.into()));
                    }
                }
            }
        }
    }
}
