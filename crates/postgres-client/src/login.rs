//! The first messages of a connection.

use crate::{Error, stream::Stream};
use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::{
    authentication::{
        md5_hash,
        sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256},
    },
    message::{
        backend::{AuthenticationSaslBody, Message},
        frontend,
    },
};
use std::io::ErrorKind;
use tokio::io::{AsyncRead, AsyncWrite};

/// Who connects to what.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    /// The role.
    pub user: &'a str,
    /// Its password.
    pub password: &'a str,
    /// The database.
    pub database: &'a str,
    /// How the connection is called in `pg_stat_activity`.
    pub application_name: &'a str,
}

/// Logs in, by whichever of the passwords' ways the server wants.
pub(crate) async fn log_in<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut Stream<S>,
    login: &Login<'_>,
) -> Result<(), Error> {
    let settings = [
        ("client_encoding", "UTF8"),
        ("user", login.user),
        ("database", login.database),
        ("application_name", login.application_name),
    ];
    let mut bytes = BytesMut::new();
    frontend::startup_message(settings, &mut bytes)?;
    stream.send(&bytes).await?;
    let mut scram = None;
    loop {
        bytes.clear();
        match stream.next().await? {
            Message::AuthenticationOk | Message::BackendKeyData(_) => continue,
            Message::ReadyForQuery(_) => return Ok(()),
            Message::AuthenticationCleartextPassword => {
                frontend::password_message(login.password.as_bytes(), &mut bytes)?;
            }
            Message::AuthenticationMd5Password(body) => {
                let hash = md5_hash(login.user.as_bytes(), login.password.as_bytes(), body.salt());
                frontend::password_message(hash.as_bytes(), &mut bytes)?;
            }
            Message::AuthenticationSasl(body) => {
                knows_scram(&body)?;
                let begun =
                    scram.insert(ScramSha256::new(login.password.as_bytes(), ChannelBinding::unsupported()));
                frontend::sasl_initial_response(SCRAM_SHA_256, begun.message(), &mut bytes)?;
            }
            Message::AuthenticationSaslContinue(body) => {
                let begun = scram.as_mut().ok_or_else(unexpected)?;
                begun.update(body.data())?;
                frontend::sasl_response(begun.message(), &mut bytes)?;
            }
            Message::AuthenticationSaslFinal(body) => {
                scram.as_mut().ok_or_else(unexpected)?.finish(body.data())?;
                continue;
            }
            Message::ErrorResponse(body) => return Err(Error::of_server(body.fields())),
            _ => return Err(unexpected()),
        }
        stream.send(&bytes).await?;
    }
}

fn knows_scram(body: &AuthenticationSaslBody) -> Result<(), Error> {
    let mut ways = body.mechanisms();
    while let Some(way) = ways.next()? {
        if way == SCRAM_SHA_256 {
            return Ok(());
        }
    }
    Err(Error::Stream(ErrorKind::Unsupported.into()))
}

fn unexpected() -> Error {
    Error::unexpected("the server asks for a way to log in that is not known here")
}
