//! Reading JSON row by row: a bad row is reported and does not affect the others.

mod fields;
mod malformed;
mod number;
mod unknown;

pub(crate) use fields::{FieldError, Fields, id_of, list};
pub use malformed::MalformedRow;
pub(crate) use malformed::MalformedRows;
pub use unknown::UnknownField;
pub(crate) use unknown::UnknownFields;
