//! A statement with parameters carries a checksum of its text and their values. Postgres verifies it first and raises an error
//! on a mismatch, so that no part of a statement corrupted in transit is executed.
//!
//! The check is in an `OFFSET`, which Postgres evaluates before the first row of a `SELECT`, whatever else the statement does.
//! So every statement of this crate with parameters must be a `SELECT`, with its writes in its `WITH`.

use crate::{Param, Statement};
use sha2::{Digest, Sha256};
use std::{borrow::Cow, fmt::Write};

/// The SQLSTATE of a checksum mismatch, raised by `ads_intact`.
pub const DAMAGED: &str = "ADS01";

/// Precedes each value, as in `ads_intact`.
const SEPARATOR: &str = "\u{1f}";
/// Represents NULL, as in `ads_intact`.
const NULL: &str = "\u{1e}";

/// A statement's text with the check appended.
pub(crate) fn with_check(statement: &Statement, params: &[Param<'_>]) -> String {
    let mut sql = format!("{}\nOFFSET ads_intact(${}, ARRAY[", statement.sql, params.len().saturating_add(1));
    for place in 1..=params.len() {
        let comma = if place == 1 { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(sql, "{comma}${place}::text");
    }
    sql.push_str("])");
    sql
}

/// The checksum of a text and its parameters: SHA-256 in hexadecimal digits.
pub(crate) fn checksum(sql: &str, params: &[Param<'_>]) -> String {
    let mut hash = Sha256::new();
    hash.update(sql);
    for param in params {
        hash.update(SEPARATOR);
        hash.update(text(param).as_deref().unwrap_or(NULL));
    }
    hex::encode(hash.finalize())
}

/// A value as Postgres casts it to text; `None` for NULL.
pub(crate) fn text<'a>(param: &'a Param<'_>) -> Option<Cow<'a, str>> {
    Some(match param {
        Param::I64(value) | Param::OptI64(Some(value)) => value.to_string().into(),
        Param::I32(value) => value.to_string().into(),
        Param::F64(value) => value.to_string().into(),
        Param::Bool(value) => value.to_string().into(),
        Param::Text(value) | Param::OptText(Some(value)) => (*value).into(),
        Param::OptText(None) | Param::OptI64(None) => return None,
    })
}
