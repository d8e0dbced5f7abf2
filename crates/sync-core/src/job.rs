//! What a row of the queue table asks for. Operators write these rows by hand, so nothing in them is trusted.

use crate::limits::{BACKFILL_DAYS_MAX, DAYS_AGO_MAX};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "KindFields", into = "KindFields")]
pub enum Kind {
    /// Settings of all campaigns, and performance of yesterday and today for those that can have spent.
    Realtime,
    /// Performance of one day in the past.
    BackfillDay {
        /// Days before today, 0 to [`DAYS_AGO_MAX`].
        days_ago: i64,
    },
    /// Performance of the most recent days.
    BackfillFull {
        /// How many days, including today, 1 to [`BACKFILL_DAYS_MAX`]; the settings have the default.
        days: Option<u32>,
        /// How many of them also by hour; the settings have the default, but it is none if `days` is given.
        hourly_days: Option<u32>,
    },
}

/// A kind as stored: `{"kind": "backfill_day", "days_ago": 3}`.
#[derive(Serialize, Deserialize)]
struct KindFields {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days_ago: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hourly_days: Option<u32>,
}

impl From<Kind> for KindFields {
    fn from(kind: Kind) -> Self {
        let fields =
            Self { kind: kind.sync_type().to_owned(), days_ago: None, days: None, hourly_days: None };
        match kind {
            Kind::Realtime => fields,
            Kind::BackfillDay { days_ago } => Self { days_ago: Some(days_ago), ..fields },
            Kind::BackfillFull { days, hourly_days } => Self { days, hourly_days, ..fields },
        }
    }
}

impl TryFrom<KindFields> for Kind {
    type Error = JobError;
    fn try_from(fields: KindFields) -> Result<Self, JobError> {
        let KindFields { kind, days_ago, days, hourly_days } = fields;
        // A run that is already under way continues, so its stored fields are not checked as strictly.
        Self::read(
            &kind,
            &serde_json::json!({ "days_ago": days_ago, "days": days, "hourly_days": hourly_days }),
        )
    }
}

impl Kind {
    /// Reads the fields of a queue row or of a request.
    ///
    /// # Errors
    /// The first invalid field.
    pub fn parse(sync_type: &str, params: &Value) -> Result<Self, JobError> {
        let kind = Self::read(sync_type, params)?;
        kind.fits(params).map(|()| kind)
    }

    fn read(sync_type: &str, params: &Value) -> Result<Self, JobError> {
        let kind = match sync_type {
            "realtime" => Self::Realtime,
            "backfill_full" => Self::BackfillFull {
                days: parse_days(params, "days", 1)?,
                hourly_days: parse_days(params, "hourly_days", 0)?,
            },
            "backfill_day" => Self::BackfillDay { days_ago: parse_days_ago(params)? },
            other => {
                let reason = format!(
                    "'{}' is unknown; allowed are realtime, backfill_day, backfill_full",
                    short(other)
                );
                return Err(JobError { field: "sync_type", reason });
            }
        };
        if !matches!(params, Value::Null | Value::Object(_)) {
            return Err(JobError { field: "sync_params", reason: "must be a JSON object".to_owned() });
        }
        Ok(kind)
    }

    /// Rejects a field that does not apply to this kind, and hours of days that are not fetched, instead of ignoring
    /// them. Fields that no kind has belong to the older system, or to the operator.
    fn fits(self, params: &Value) -> Result<(), JobError> {
        for (field, kind) in
            [("days_ago", "backfill_day"), ("days", "backfill_full"), ("hourly_days", "backfill_full")]
        {
            if params.get(field).is_some_and(|value| !value.is_null()) && self.sync_type() != kind {
                let reason = format!("is for the kind {kind} only; this one is {}", self.sync_type());
                return Err(JobError { field, reason });
            }
        }
        match self {
            Self::BackfillFull { days: Some(days), hourly_days: Some(hourly) } if hourly > days => {
                let reason = format!("must not be more than days, {days}");
                Err(JobError { field: "hourly_days", reason })
            }
            _ => Ok(()),
        }
    }

    /// The `sync_type` of the queue table.
    #[must_use]
    pub fn sync_type(self) -> &'static str {
        match self {
            Self::Realtime => "realtime",
            Self::BackfillDay { .. } => "backfill_day",
            Self::BackfillFull { .. } => "backfill_full",
        }
    }
}

/// Why a job cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct JobError {
    /// The invalid field.
    pub field: &'static str,
    /// What is wrong and what is allowed.
    pub reason: String,
}

/// Reads `days_ago` from `params`; 1 (yesterday) if it is absent.
///
/// # Errors
/// A value that is not a whole number from 0 to [`DAYS_AGO_MAX`].
pub fn parse_days_ago(params: &Value) -> Result<i64, JobError> {
    whole(params, "days_ago", (0, DAYS_AGO_MAX)).map(|days| days.unwrap_or(1))
}

fn parse_days(params: &Value, field: &'static str, min: i64) -> Result<Option<u32>, JobError> {
    let days = whole(params, field, (min, i64::from(BACKFILL_DAYS_MAX)))?;
    Ok(days.and_then(|days| u32::try_from(days).ok()))
}

fn whole(params: &Value, field: &'static str, (min, max): (i64, i64)) -> Result<Option<i64>, JobError> {
    let Some(value) = params.get(field).filter(|value| !value.is_null()) else { return Ok(None) };
    let number = value.as_i64().filter(|number| (min..=max).contains(number));
    let reason = || format!("{} is no whole number from {min} to {max}", short(&value.to_string()));
    number.map(Some).ok_or_else(|| JobError { field, reason: reason() })
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_type_is_read() {
        assert_eq!(Kind::parse("realtime", &Value::Null).unwrap(), Kind::Realtime);
        let full = |params| Kind::parse("backfill_full", &params).unwrap();
        assert_eq!(full(json!({})), Kind::BackfillFull { days: None, hourly_days: None });
        assert_eq!(full(json!({"days": 30})), Kind::BackfillFull { days: Some(30), hourly_days: None });
        let day = Kind::parse("backfill_day", &json!({"days_ago": 3})).unwrap();
        assert_eq!(day, Kind::BackfillDay { days_ago: 3 });
    }

    #[test]
    fn fields_that_contradict_the_kind_or_each_other_are_refused() {
        let field = |kind: &str, given: Value| Kind::parse(kind, &given).err().map(|error| error.field);
        for (kind, given, refused) in [
            ("realtime", json!({ "days": 3 }), Some("days")),
            ("realtime", json!({ "days_ago": 0 }), Some("days_ago")),
            ("realtime", json!({ "hourly_days": 3 }), Some("hourly_days")),
            ("backfill_day", json!({ "days_ago": 3, "days": 3 }), Some("days")),
            ("backfill_full", json!({ "days_ago": 3, "days": 3 }), Some("days_ago")),
            ("backfill_full", json!({ "days": 3, "hourly_days": 4 }), Some("hourly_days")),
            ("backfill_full", json!({ "days": 3, "hourly_days": 3 }), None),
            ("backfill_full", json!({ "hourly_days": 30 }), None),
            ("backfill_day", json!({ "days_ago": 3, "days": null }), None),
            ("realtime", json!({}), None),
        ] {
            assert_eq!(field(kind, given.clone()), refused, "{kind} {given}");
        }
    }

    #[test]
    fn a_kind_survives_its_text() {
        for (kind, text) in [
            (Kind::Realtime, r#"{"kind":"realtime"}"#),
            (Kind::BackfillDay { days_ago: 3 }, r#"{"kind":"backfill_day","days_ago":3}"#),
            (Kind::BackfillFull { days: None, hourly_days: None }, r#"{"kind":"backfill_full"}"#),
            (
                Kind::BackfillFull { days: Some(30), hourly_days: Some(0) },
                r#"{"kind":"backfill_full","days":30,"hourly_days":0}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&kind).unwrap(), text);
            assert_eq!(serde_json::from_str::<Kind>(text).unwrap(), kind);
        }
        assert!(serde_json::from_str::<Kind>(r#"{"kind":"hourly"}"#).is_err());
    }

    #[test]
    fn a_bad_field_is_named() {
        let field = |sync_type, params| Kind::parse(sync_type, &params).unwrap_err().field;
        assert_eq!(field("hourly", json!({})), "sync_type");
        assert_eq!(field("realtime", json!([1])), "sync_params");
        for days in [json!(-1), json!(181), json!("3"), json!(1.5), json!([])] {
            assert_eq!(field("backfill_day", json!({"days_ago": days})), "days_ago");
        }
        for days in [json!(0), json!(31), json!("7"), json!(2.5)] {
            assert_eq!(field("backfill_full", json!({"days": days})), "days");
        }
        assert_eq!(field("backfill_full", json!({"hourly_days": 31})), "hourly_days");
    }
}
