//! A statement with its values, as messages.

use crate::Error;
use bytes::BytesMut;
use postgres_protocol::{
    IsNull,
    message::frontend::{self, BindError},
};
use std::io;

/// The numbers of types (`pg_type.oid`), which are the same in every database.
pub mod types {
    /// `boolean`
    pub const BOOL: u32 = 16;
    /// `bigint`
    pub const INT8: u32 = 20;
    /// `integer`
    pub const INT4: u32 = 23;
    /// `text`
    pub const TEXT: u32 = 25;
    /// `double precision`
    pub const FLOAT8: u32 = 701;
}

/// A parameter's value, as text, and the number of its type. The type is given, so that the server has nothing to look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    /// The number of its type.
    pub type_oid: u32,
    /// Its text, `None` for NULL.
    pub text: Option<&'a str>,
}

/// The messages for an unnamed statement: parse, bind, execute, and the end of the turn.
pub(crate) fn write(sql: &str, values: &[Value<'_>], bytes: &mut BytesMut) -> Result<(), Error> {
    frontend::parse("", sql, values.iter().map(|value| value.type_oid), bytes)?;
    let text = |value: &Value<'_>, bytes: &mut BytesMut| {
        let Some(text) = value.text else { return Ok(IsNull::Yes) };
        bytes.extend_from_slice(text.as_bytes());
        Ok(IsNull::No)
    };
    frontend::bind("", "", [], values, text, [], bytes).map_err(|error| match error {
        BindError::Conversion(error) => io::Error::other(error),
        BindError::Serialization(error) => error,
    })?;
    frontend::execute("", 0, bytes)?;
    frontend::sync(bytes);
    Ok(())
}
