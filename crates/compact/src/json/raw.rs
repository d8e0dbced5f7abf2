//! A value as it is written.

use super::{
    error::Error,
    reader::{RAW, Reader},
};
use serde::{Deserialize, Deserializer, de::Visitor};
use std::fmt::{self, Formatter};

/// The text of a JSON value. Only this crate's reader can read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// Of a text that has been read before, and so is known to be JSON.
    #[must_use]
    pub const fn of_json(text: &'a str) -> Self {
        Self(text)
    }

    /// The text, without space around it.
    #[must_use]
    pub fn get(self) -> &'a str {
        self.0
    }

    /// Reads the value. It is known to be JSON, so that values that are kept as they are cost little.
    ///
    /// # Errors
    /// It does not fit the type.
    pub fn read<T: Deserialize<'a>>(self) -> Result<T, Error> {
        super::read(Reader::of_json(self.0))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(RAW, Text)
    }
}

struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = Raw<'de>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a value as it is written")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Raw<'de>, E> {
        Ok(Raw(text))
    }
}
