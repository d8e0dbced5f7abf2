//! Rows of numbers and dates as the text of an array, which Postgres reads faster than JSON (documentation, 8.15.6 and 8.16.6).
//! Neither numbers nor dates have characters that would need an escape.

use crate::DbError;
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Serializer;

/// What is sent as a row of a composite type.
pub(super) trait Row {
    /// Writes all fields in the order of the type (`V53__types_of_figures.sql`).
    fn fill(&self, row: &mut RowText<'_>) -> Result<(), serde_json::Error>;
}

/// A row that is being written.
pub(super) struct RowText<'a> {
    text: &'a mut Vec<u8>,
    is_first: bool,
}

impl RowText<'_> {
    fn begin(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            self.text.push(b',');
        }
    }

    /// A number, or nothing, which is NULL.
    pub(super) fn number(&mut self, number: &impl Number) -> Result<(), serde_json::Error> {
        self.begin();
        number.write(&mut Serializer::new(&mut *self.text))
    }

    /// A date.
    pub(super) fn date(&mut self, date: NaiveDate) {
        self.begin();
        self.text.extend_from_slice(date.to_string().as_bytes());
    }
}

/// A number of a row.
pub(super) trait Number {
    /// Writes it, if it is there.
    fn write(&self, to: &mut Serializer<&mut Vec<u8>>) -> Result<(), serde_json::Error>;
}

macro_rules! numbers {
    ($($type:ty)+) => {
        $(impl Number for $type {
            fn write(&self, to: &mut Serializer<&mut Vec<u8>>) -> Result<(), serde_json::Error> {
                self.serialize(to)
            }
        })+
    };
}

numbers!(i32 i64 f64);

impl<N: Number> Number for Option<N> {
    fn write(&self, to: &mut Serializer<&mut Vec<u8>>) -> Result<(), serde_json::Error> {
        self.as_ref().map_or(Ok(()), |number| number.write(to))
    }
}

/// All rows.
///
/// # Errors
/// Never: a number can be written.
pub(super) fn array(rows: &[impl Row]) -> Result<String, DbError> {
    let mut text = vec![b'{'];
    for (place, row) in rows.iter().enumerate() {
        text.extend_from_slice(if place == 0 { b"\"(" } else { b",\"(" });
        row.fill(&mut RowText { text: &mut text, is_first: true })
            .map_err(|error| DbError::new(format!("a row cannot be written: {error}")))?;
        text.extend_from_slice(b")\"");
    }
    text.push(b'}');
    String::from_utf8(text).map_err(|error| DbError::new(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write_performance::{CampaignHour, Measures};

    #[test]
    fn rows_are_an_array_of_composite_values() {
        let performance_date = NaiveDate::from_ymd_opt(2026, 2, 28).expect("a date");
        let measures = Measures {
            expense: -0.35,
            clicks: None,
            broad_gmv: Some(9_999_999_999.99),
            ..Measures::default()
        };
        let rows = [
            CampaignHour { campaign_id: 7, performance_date, hour: 23, measures: Measures::default() },
            CampaignHour { campaign_id: 8, performance_date, hour: 0, measures },
        ];
        assert_eq!(
            array(&rows).expect("numbers can be written"),
            "{\"(7,2026-02-28,23,0,0,0.0,0,0.0,0,0.0,0,0)\",\"(8,2026-02-28,0,0,,-0.35,0,0.0,0,9999999999.99,0,0)\"}"
        );
        assert_eq!(array(&[] as &[CampaignHour]).expect("nothing can be written"), "{}");
    }
}
