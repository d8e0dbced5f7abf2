//! JSON from and to the database.

use crate::{Db, DbError, Param, Statement};
use compact::json;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::borrow::Cow;

/// All rows of a statement.
pub(crate) async fn many<T: DeserializeOwned>(
    db: &impl Db,
    statement: &Statement,
    params: &[Param<'_>],
) -> Result<Vec<T>, DbError> {
    let rows = db.rows(statement, params).await?;
    rows.iter().map(|row| read(statement, row)).collect()
}

/// The first row of a statement, if any.
pub(crate) async fn first<T: DeserializeOwned>(
    db: &impl Db,
    statement: &Statement,
    params: &[Param<'_>],
) -> Result<Option<T>, DbError> {
    let rows = db.rows(statement, params).await?;
    rows.first().map(|row| read(statement, row)).transpose()
}

/// The row of a statement that always has one.
pub(crate) async fn one<T: DeserializeOwned>(
    db: &impl Db,
    statement: &Statement,
    params: &[Param<'_>],
) -> Result<T, DbError> {
    first(db, statement, params)
        .await?
        .ok_or_else(|| DbError::new(format!("{} returned no row", statement.name)))
}

// The parser's message may quote a value, and a value may be a token: only the position is reported.
fn read<T: DeserializeOwned>(statement: &Statement, row: &str) -> Result<T, DbError> {
    json::from_str(row).map_err(|error| {
        let (name, column) = (statement.name, error.column());
        DbError::new(format!("{name} returned a row that cannot be read at column {column}"))
    })
}

/// A document as JSON text that Postgres accepts.
pub(crate) fn json_text(document: &impl Serialize) -> Result<String, DbError> {
    let written = |error: serde_json::Error| DbError::new(format!("a document cannot be written: {error}"));
    let text = serde_json::to_string(document).map_err(written)?;
    if !text.contains(r"\u0000") {
        return Ok(text);
    }
    let read = |error: json::Error| DbError::new(format!("a document cannot be read: {error}"));
    let mut value: Value = json::from_str(&text).map_err(read)?;
    replace_nul(&mut value);
    serde_json::to_string(&value).map_err(written)
}

/// A text that Postgres accepts: without NUL characters.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

fn replace_nul(value: &mut Value) {
    match value {
        Value::String(text) => *text = clean(text).into_owned(),
        Value::Array(items) => items.iter_mut().for_each(replace_nul),
        Value::Object(fields) => {
            let taken = std::mem::take(fields);
            fields.extend(taken.into_iter().map(|(key, mut value)| {
                replace_nul(&mut value);
                (clean(&key).into_owned(), value)
            }));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a text has the form of a UUID; Postgres rejects any other with an error.
#[must_use]
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nul_characters_are_replaced_and_nothing_else() {
        let text = json_text(&json!({"a\0": ["x\0y", 1.5, {"b": "\\u0000"}]})).unwrap();
        assert_eq!(text, "{\"a\u{fffd}\":[\"x\u{fffd}y\",1.5,{\"b\":\"\\\\u0000\"}]}");
    }

    #[test]
    fn an_error_of_reading_quotes_no_value() {
        let statement = Statement { name: "shops.load", sql: "" };
        let error = read::<i64>(&statement, "\"secret-token\"").unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn the_form_of_a_uuid() {
        assert!(is_uuid("0190a3c4-9d3f-7cde-8b11-0123456789ab"));
        assert!(!is_uuid("0190a3c4-9d3f-7cde-8b11-0123456789a"));
        assert!(!is_uuid("0190a3c4x9d3f-7cde-8b11-0123456789ab"));
        assert!(!is_uuid(""));
    }
}
