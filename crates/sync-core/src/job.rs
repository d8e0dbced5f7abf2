//! What a row of the queue table asks for. Operators write these rows by hand, so nothing in them is trusted.

use crate::limits::DAYS_AGO_MAX;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "KindFields", into = "KindFields")]
pub enum Kind {
    /// Settings of all campaigns, performance of yesterday and today.
    Realtime,
    /// Performance of one day in the past.
    BackfillDay {
        /// Days before today, 0 to [`DAYS_AGO_MAX`].
        days_ago: i64,
    },
    /// Performance of the last seven days.
    BackfillFull,
}

/// A kind as it is stored: `{"kind": "backfill_day", "days_ago": 3}`.
#[derive(Serialize, Deserialize)]
struct KindFields {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days_ago: Option<i64>,
}

impl From<Kind> for KindFields {
    fn from(kind: Kind) -> Self {
        let days_ago = if let Kind::BackfillDay { days_ago } = kind { Some(days_ago) } else { None };
        Self { kind: kind.sync_type().to_owned(), days_ago }
    }
}

impl TryFrom<KindFields> for Kind {
    type Error = JobError;
    fn try_from(fields: KindFields) -> Result<Self, JobError> {
        Self::parse(&fields.kind, &serde_json::json!({ "days_ago": fields.days_ago }))
    }
}

impl Kind {
    /// Reads the fields of a queue row or of a request.
    ///
    /// # Errors
    /// The first field that is not as it must be.
    pub fn parse(sync_type: &str, params: &Value) -> Result<Self, JobError> {
        let kind = match sync_type {
            "realtime" => Self::Realtime,
            "backfill_full" => Self::BackfillFull,
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

    /// The `sync_type` of the queue table.
    #[must_use]
    pub fn sync_type(self) -> &'static str {
        match self {
            Self::Realtime => "realtime",
            Self::BackfillDay { .. } => "backfill_day",
            Self::BackfillFull => "backfill_full",
        }
    }
}

/// Why a job cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct JobError {
    /// The field at fault.
    pub field: &'static str,
    /// What is wrong and what is allowed.
    pub reason: String,
}

/// `days_ago` of `params`; 1 (yesterday) where it is absent.
///
/// # Errors
/// A value that is no whole number from 0 to [`DAYS_AGO_MAX`].
pub fn parse_days_ago(params: &Value) -> Result<i64, JobError> {
    match params.get("days_ago") {
        None | Some(Value::Null) => Ok(1),
        Some(value) => {
            value.as_i64().filter(|days| (0..=DAYS_AGO_MAX).contains(days)).ok_or_else(|| JobError {
                field: "days_ago",
                reason: format!("{} is no whole number from 0 to {DAYS_AGO_MAX}", short(&value.to_string())),
            })
        }
    }
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
        assert_eq!(Kind::parse("backfill_full", &json!({})).unwrap(), Kind::BackfillFull);
        let day = Kind::parse("backfill_day", &json!({"days_ago": 3})).unwrap();
        assert_eq!(day, Kind::BackfillDay { days_ago: 3 });
    }

    #[test]
    fn a_kind_survives_its_text() {
        for (kind, text) in [
            (Kind::Realtime, r#"{"kind":"realtime"}"#),
            (Kind::BackfillDay { days_ago: 3 }, r#"{"kind":"backfill_day","days_ago":3}"#),
            (Kind::BackfillFull, r#"{"kind":"backfill_full"}"#),
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
    }
}
