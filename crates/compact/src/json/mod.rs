//! A JSON reader for types that derive `Deserialize`.
//!
//! serde_json stays what writes, and what holds documents (`Value`). This reads what serde_json reads, with two differences: a struct is a JSON object, never a list of its fields; and an error knows
//! the path to the value that it is about. A type costs less than half of the code, since field names are looked up in the
//! list that a derived type gives its reader, and not by code of their own.

mod document;
mod error;
mod key;
mod raw;
mod reader;
mod text;

pub use document::{list, object, put, value};
pub use error::{Error, Kind};
pub use raw::Raw;
pub use serde_json::Value;

use reader::Reader;
use serde::Deserialize;

/// Reads a text that is one JSON value.
///
/// # Errors
/// It is no JSON, or does not fit the type.
pub fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Error> {
    read(Reader::new(text))
}

fn read<'de, T: Deserialize<'de>>(mut reader: Reader<'de>) -> Result<T, Error> {
    let value = T::deserialize(&mut reader).map_err(|error| reader.text.locate(error))?;
    reader.text.end()?;
    Ok(value)
}
