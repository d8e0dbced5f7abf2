//! The fields of one JSON object, read one at a time so that an error names its field.

use super::number;
use crate::date;
use crate::limits::{COUNT_MAX, MONEY_MAX};
use chrono::NaiveDate;
use compact::json::{self, Raw};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt::{self, Formatter};
use std::marker::PhantomData;

/// What is wrong with a field, and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldError {
    pub(crate) field: String,
    pub(crate) reason: String,
}

impl FieldError {
    pub(crate) fn new(field: &str, reason: &str) -> Self {
        Self { field: field.to_owned(), reason: reason.to_owned() }
    }

    /// The same error, with the path from the parent object.
    pub(crate) fn within(self, parent: &str) -> Self {
        let field = if self.field == ROW { parent.to_owned() } else { format!("{parent}.{}", self.field) };
        Self { field, ..self }
    }
}

/// Represents the object itself.
pub(crate) const ROW: &str = "row";

/// Most objects have fewer fields.
const FIELDS_EXPECTED: usize = 16;

/// Borrows a key that has no escapes: a large answer has many thousands.
#[derive(Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// The fields of an object, as they come: few are asked for, so that to sort them would cost more than to search. `null`
/// counts as missing; of duplicate fields the last one counts.
pub(crate) struct Fields<'a>(Vec<(Key<'a>, Raw<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Object(PhantomData))
    }
}

struct Object<'a>(PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for Object<'a> {
    type Value = Fields<'a>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Fields<'a>, A::Error> {
        let mut fields = Vec::with_capacity(FIELDS_EXPECTED);
        while let Some(field) = access.next_entry()? {
            fields.push(field);
        }
        Ok(Fields(fields))
    }
}

impl<'a> Fields<'a> {
    /// Reads a text that is one JSON object.
    pub(crate) fn parse_text(json: &'a str) -> Option<Self> {
        json::from_str(json).ok()
    }

    pub(crate) fn parse(raw: Raw<'a>) -> Result<Self, FieldError> {
        raw.read().map_err(|_| FieldError::new(ROW, "must be an object"))
    }

    /// Names and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Raw<'a>)> {
        self.0.iter().map(|(name, value)| (name.0.as_ref(), *value))
    }

    /// The value of a field, `None` if it is missing or `null`.
    pub(crate) fn get(&self, name: &str) -> Option<Raw<'a>> {
        self.last(name).filter(|raw| raw.get() != "null")
    }

    /// The field is present, even if `null`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.last(name).is_some()
    }

    fn last(&self, name: &str) -> Option<Raw<'a>> {
        self.0.iter().rev().find(|(other, _)| other.0 == name).map(|(_, raw)| *raw)
    }

    fn required(&self, name: &str) -> Result<Raw<'a>, FieldError> {
        self.get(name).ok_or_else(|| FieldError::new(name, "is missing"))
    }

    /// A text as it is, any other value as JSON.
    pub(crate) fn text_or_json(&self, name: &str) -> Option<String> {
        let raw = self.get(name)?;
        Some(raw.read().unwrap_or_else(|_| raw.get().to_owned()))
    }

    pub(crate) fn text(&self, name: &str) -> Result<String, FieldError> {
        let text: String =
            self.required(name)?.read().map_err(|_| FieldError::new(name, "must be a text"))?;
        if text.contains('\0') {
            // Postgres rejects it, and one such row would make the whole statement fail.
            return Err(FieldError::new(name, "must not hold a NUL character"));
        }
        Ok(text)
    }

    /// A text, empty if it is missing.
    pub(crate) fn text_or_empty(&self, name: &str) -> Result<String, FieldError> {
        if self.get(name).is_none() { Ok(String::new()) } else { self.text(name) }
    }

    /// An id: a positive integer.
    pub(crate) fn id(&self, name: &str) -> Result<i64, FieldError> {
        number::whole(self.required(name)?)
            .filter(|id| *id > 0)
            .ok_or_else(|| FieldError::new(name, "must be a positive integer"))
    }

    /// A count, or a time in Unix seconds: an integer from 0.
    pub(crate) fn count(&self, name: &str) -> Result<i64, FieldError> {
        number::whole(self.required(name)?)
            .filter(|count| (0..=COUNT_MAX).contains(count))
            .ok_or_else(|| FieldError::new(name, "must be an integer from 0 to 2^53 - 1"))
    }

    /// A count, `None` if it is missing.
    pub(crate) fn optional_count(&self, name: &str) -> Result<Option<i64>, FieldError> {
        self.get(name).map(|_| self.count(name)).transpose()
    }

    /// An hour of the day.
    pub(crate) fn hour(&self, name: &str) -> Result<u8, FieldError> {
        number::whole(self.required(name)?)
            .and_then(|hour| u8::try_from(hour).ok())
            .filter(|hour| *hour < 24)
            .ok_or_else(|| FieldError::new(name, "must be an integer from 0 to 23"))
    }

    /// An amount or a ratio, in major units, from 0.
    pub(crate) fn amount(&self, name: &str) -> Result<f64, FieldError> {
        number::decimal(self.required(name)?)
            .filter(|amount| (0.0..MONEY_MAX).contains(amount))
            .ok_or_else(|| FieldError::new(name, "must be a number from 0 to below 10^13"))
    }

    /// An amount, `None` if it is missing.
    pub(crate) fn optional_amount(&self, name: &str) -> Result<Option<f64>, FieldError> {
        self.get(name).map(|_| self.amount(name)).transpose()
    }

    /// A number of orders or pieces, `None` if it is missing. A correction can make it negative.
    pub(crate) fn optional_sum(&self, name: &str) -> Result<Option<i64>, FieldError> {
        let Some(raw) = self.get(name) else { return Ok(None) };
        let sum = number::whole(raw).filter(|sum| (-COUNT_MAX..=COUNT_MAX).contains(sum));
        sum.map(Some).ok_or_else(|| FieldError::new(name, "must be an integer of at most 2^53 - 1"))
    }

    /// An amount of a day or an hour. A correction can make it negative.
    pub(crate) fn money(&self, name: &str) -> Result<f64, FieldError> {
        number::decimal(self.required(name)?)
            .filter(|amount| amount.abs() < MONEY_MAX)
            .ok_or_else(|| FieldError::new(name, "must be a number below 10^13"))
    }

    /// Such an amount, `None` if it is missing.
    pub(crate) fn optional_money(&self, name: &str) -> Result<Option<f64>, FieldError> {
        self.get(name).map(|_| self.money(name)).transpose()
    }

    /// A number of either sign.
    pub(crate) fn decimal(&self, name: &str) -> Result<f64, FieldError> {
        number::decimal(self.required(name)?).ok_or_else(|| FieldError::new(name, "must be a finite number"))
    }

    pub(crate) fn date(&self, name: &str) -> Result<NaiveDate, FieldError> {
        date::parse(&self.text(name)?)
            .ok_or_else(|| FieldError::new(name, "must be a date written DD-MM-YYYY"))
    }

    /// A boolean, `None` if it is anything else.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.read().ok()
    }

    pub(crate) fn object(&self, name: &str) -> Result<Fields<'a>, FieldError> {
        Fields::parse(self.required(name)?).map_err(|error| error.within(name))
    }

    /// An object, `None` if it is missing.
    pub(crate) fn optional_object(&self, name: &str) -> Result<Option<Fields<'a>>, FieldError> {
        self.get(name).map(|_| self.object(name)).transpose()
    }

    /// A list, empty if it is missing.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<Raw<'a>>, FieldError> {
        let Some(raw) = self.get(name) else { return Ok(Vec::new()) };
        list(raw).ok_or_else(|| FieldError::new(name, "must be a list"))
    }
}

/// The rows of a value that is a list.
pub(crate) fn list(raw: Raw<'_>) -> Option<Vec<Raw<'_>>> {
    raw.read().ok()
}

/// The value itself as an integer from 1.
pub(crate) fn id_of(raw: Raw<'_>) -> Option<i64> {
    number::whole(raw).filter(|id| *id > 0)
}
