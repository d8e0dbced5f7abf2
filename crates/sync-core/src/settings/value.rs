//! The types of settings, and how stored values are read.

use super::SettingsError;
use crate::limits::CALLS_PER_SECOND_MIN;
use serde::{Serialize, Serializer};
use std::fmt;

/// Which rows of the table may contain a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Only the deployment's row.
    Deployment,
    /// The deployment's row and each shop's row.
    Shop,
}

/// The type of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingType {
    /// A whole number.
    Integer,
    /// A number with decimals.
    Number,
    /// True or false.
    Boolean,
}

/// A setting's value, for people and programs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SettingValue {
    /// The value of an integer.
    Integer(i64),
    /// The value of a number.
    Number(f64),
    /// The value of a boolean.
    Boolean(bool),
    /// No value; the text says how it is derived from others.
    Derived(&'static str),
}

impl Serialize for SettingValue {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Integer(value) => writer.serialize_i64(value),
            Self::Number(value) => writer.serialize_f64(value),
            Self::Boolean(value) => writer.serialize_bool(value),
            Self::Derived(_) => writer.serialize_none(),
        }
    }
}

impl fmt::Display for SettingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Integer(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Boolean(value) => value.fmt(f),
            Self::Derived(words) => f.write_str(words),
        }
    }
}

/// How a Rust type is stored and checked.
pub trait Stored: Copy {
    /// The type of the column; `None` is inherited.
    type Column: Copy + Into<SettingValue>;
    /// The type's name.
    const TYPE: SettingType;

    /// The value that applies.
    ///
    /// # Errors
    /// The value is out of range.
    fn read(
        name: &'static str,
        column: Option<Self::Column>,
        default: Self,
        range: (Self, Self),
    ) -> Result<Self, SettingsError>;
    /// The value as it is shown.
    fn value(self) -> SettingValue;
}

impl From<i64> for SettingValue {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for SettingValue {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<bool> for SettingValue {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl Stored for u32 {
    type Column = i64;
    const TYPE: SettingType = SettingType::Integer;

    fn read(
        name: &'static str,
        column: Option<i64>,
        default: Self,
        (min, max): (Self, Self),
    ) -> Result<Self, SettingsError> {
        let Some(value) = column else { return Ok(default) };
        let fits = Self::try_from(value).ok().filter(|value| (min..=max).contains(value));
        fits.ok_or(SettingsError { field: name, value: value as f64, min: min.into(), max: max.into() })
    }

    fn value(self) -> SettingValue {
        SettingValue::Integer(self.into())
    }
}

impl Stored for f64 {
    type Column = Self;
    const TYPE: SettingType = SettingType::Number;

    fn read(
        name: &'static str,
        column: Option<Self>,
        default: Self,
        (min, max): (Self, Self),
    ) -> Result<Self, SettingsError> {
        let value = column.unwrap_or(default);
        let fits = (min..=max).contains(&value);
        if fits { Ok(value) } else { Err(SettingsError { field: name, value, min, max }) }
    }

    fn value(self) -> SettingValue {
        SettingValue::Number(self)
    }
}

impl Stored for bool {
    type Column = Self;
    const TYPE: SettingType = SettingType::Boolean;

    fn read(
        _: &'static str,
        column: Option<Self>,
        default: Self,
        _: (Self, Self),
    ) -> Result<Self, SettingsError> {
        Ok(column.unwrap_or(default))
    }

    fn value(self) -> SettingValue {
        SettingValue::Boolean(self)
    }
}

/// The smallest rate that can be set.
pub(super) const RATE_MIN: f64 = CALLS_PER_SECOND_MIN;
