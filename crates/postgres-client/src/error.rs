//! Why a statement has no answer.

use fallible_iterator::FallibleIterator;
use postgres_protocol::message::backend::ErrorFields;
use std::io;

/// Why there is no connection, or a statement has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server refused. Its detail is left out, since it may quote a whole row.
    #[error("{message}")]
    Server {
        /// The SQLSTATE.
        code: String,
        /// What it said, in one line.
        message: String,
    },
    /// The stream ended, failed, or brought what the protocol does not have there. The connection cannot be used again.
    #[error("error communicating with the server: {0}")]
    Stream(#[from] io::Error),
}

impl Error {
    pub(crate) fn unexpected(what: &str) -> Self {
        Self::Stream(io::Error::new(io::ErrorKind::InvalidData, what))
    }

    pub(crate) fn of_server(mut fields: ErrorFields<'_>) -> Self {
        let (mut code, mut message) = (String::new(), String::new());
        while let Ok(Some(field)) = fields.next() {
            let value = String::from_utf8_lossy(field.value_bytes());
            match field.type_() {
                b'C' => code = value.into_owned(),
                b'M' => message = value.into_owned(),
                _ => {}
            }
        }
        Self::Server { code, message }
    }
}
