//! [`Db`] over a connection of its own (`postgres-client`), which is what the Worker uses.

use crate::{
    Db, DbError, Param, Statement,
    checksum::{self, checksum, with_check},
};
use postgres_client::{Client, Error, Login, Value, types};
use std::borrow::Cow;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::Mutex,
};

/// A connection. A statement waits for its turn.
pub struct Session<S>(Mutex<Client<S>>);

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Logs in on a stream.
    ///
    /// # Errors
    /// The stream fails, or the server refuses.
    pub async fn open(stream: S, login: &Login<'_>) -> Result<Self, DbError> {
        Ok(Self(Mutex::new(Client::connect(stream, login).await?)))
    }

    async fn query(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<String>, DbError> {
        let texts: Vec<(u32, Option<Cow<'_, str>>)> = params.iter().map(typed).collect();
        let values: Vec<Value<'_>> = texts
            .iter()
            .map(|(type_oid, text)| Value { type_oid: *type_oid, text: text.as_deref() })
            .collect();
        Ok(self.0.lock().await.query(sql, &values).await?)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Db for Session<S> {
    async fn rows(&self, statement: &Statement, params: &[Param<'_>]) -> Result<Vec<String>, DbError> {
        if params.is_empty() {
            return self.query(statement.sql, params).await;
        }
        let sql = with_check(statement, params);
        let sum = checksum(&sql, params);
        let sealed: Vec<Param<'_>> = params.iter().copied().chain([Param::Text(&sum)]).collect();
        self.query(&sql, &sealed).await
    }
}

/// A parameter's type and its text, `None` for NULL.
fn typed<'a>(param: &'a Param<'_>) -> (u32, Option<Cow<'a, str>>) {
    let type_oid = match param {
        Param::I64(_) | Param::OptI64(_) => types::INT8,
        Param::I32(_) => types::INT4,
        Param::F64(_) => types::FLOAT8,
        Param::Text(_) | Param::OptText(_) => types::TEXT,
        Param::Bool(_) => types::BOOL,
    };
    (type_oid, checksum::text(param))
}

impl From<Error> for DbError {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Server { code, .. } => Self { code: Some(code), ..Self::new(message) },
            Error::Stream(_) => Self::new(message),
        }
    }
}
