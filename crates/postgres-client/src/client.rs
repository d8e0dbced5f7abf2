//! A connection.

use crate::{Error, Login, Value, login, statement, stream::Stream};
use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::message::backend::{DataRowBody, Message};
use tokio::io::{AsyncRead, AsyncWrite};

/// A connection, which carries one statement at a time.
pub struct Client<S>(Stream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Logs in on a stream.
    ///
    /// # Errors
    /// The stream fails, or the server refuses.
    pub async fn connect(stream: S, login: &Login<'_>) -> Result<Self, Error> {
        let mut stream = Stream::new(stream);
        login::log_in(&mut stream, login).await?;
        Ok(Self(stream))
    }

    /// Runs a statement. Returns the first column of its rows. If the caller does not wait for the answer, the connection cannot
    /// be used again.
    ///
    /// # Errors
    /// The server refuses the statement, a value is NULL or no text, or the stream fails.
    pub async fn query(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Vec<String>, Error> {
        let mut bytes = BytesMut::new();
        statement::write(sql, values, &mut bytes)?;
        self.0.send(&bytes).await?;
        let mut answer = Ok(Vec::new());
        loop {
            match self.0.next().await {
                Ok(Message::ReadyForQuery(_)) => return answer,
                Ok(Message::DataRow(row)) => {
                    if let Ok(rows) = &mut answer {
                        match first_column(&row) {
                            Ok(text) => rows.push(text),
                            Err(error) => answer = Err(error),
                        }
                    }
                }
                Ok(Message::ErrorResponse(body)) => answer = Err(Error::of_server(body.fields())),
                Ok(
                    Message::ParseComplete
                    | Message::BindComplete
                    | Message::CommandComplete(_)
                    | Message::EmptyQueryResponse,
                ) => {}
                Ok(_) => return Err(Error::unexpected("the server answers what was not asked")),
                // A server that ends says why before it closes the stream.
                Err(error) => return Err(answer.err().unwrap_or(error)),
            }
        }
    }
}

fn first_column(row: &DataRowBody) -> Result<String, Error> {
    let range = row.ranges().next()?.flatten();
    let text = range.and_then(|range| row.buffer().get(range)).map(<[u8]>::to_vec);
    text.and_then(|text| String::from_utf8(text).ok())
        .ok_or_else(|| Error::unexpected("a row whose first column is no text"))
}
