//! One campaign's settings.

use crate::decode::{FieldError, Fields, UnknownFields};
use compact::json::{self, Raw};
use serde_json::Value;

/// The settings of one campaign. Values are kept as Shopee writes them: live answers have more than are documented.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignSetting {
    /// The campaign.
    pub campaign_id: i64,
    /// `auto` or `manual`: how its products were chosen.
    pub ad_type: String,
    /// Its name, empty if it has none.
    pub name: String,
    /// `ongoing`, `scheduled`, `ended`, `paused`, `deleted` or `closed`.
    pub status: String,
    /// `search`, `discovery` or `all`.
    pub campaign_placement: String,
    /// `auto` or `manual`.
    pub bidding_method: String,
    /// Budget of a day in major units of the shop's currency. 0 is unlimited.
    pub campaign_budget: f64,
    /// Unix seconds.
    pub start_time: i64,
    /// Unix seconds. 0: no end.
    pub end_time: i64,
    /// How many items it advertises.
    pub item_count: i32,
    /// Target return on ad spend, for automatic bidding. 0: no target.
    pub roas_target: Option<f64>,
    /// The row's JSON text, unchanged. It is valid JSON without NUL characters, so a database accepts it.
    pub raw: String,
}

const ROW: [&str; 5] =
    ["campaign_id", "common_info", "manual_bidding_info", "auto_bidding_info", "auto_product_ads_info"];
const COMMON: [&str; 8] = [
    "ad_type",
    "ad_name",
    "campaign_status",
    "bidding_method",
    "campaign_placement",
    "campaign_budget",
    "campaign_duration",
    "item_id_list",
];

/// Reads a row. An error comes with the campaign's id, if that can be read.
pub(super) fn read(
    row: Raw<'_>,
    unknown: &mut UnknownFields<'_>,
) -> Result<CampaignSetting, (Option<i64>, FieldError)> {
    let fields = Fields::parse(row).map_err(|error| (None, error))?;
    let campaign_id = fields.id("campaign_id").map_err(|error| (None, error))?;
    collect_unknown(&fields, unknown);
    read_fields(campaign_id, &fields, row).map_err(|error| (Some(campaign_id), error))
}

fn collect_unknown(fields: &Fields<'_>, unknown: &mut UnknownFields<'_>) {
    let inner: [(&str, &[&str]); 3] = [
        ("common_info", &COMMON),
        ("manual_bidding_info", &["enhanced_cpc", "selected_keywords", "discovery_ads_locations"]),
        ("auto_bidding_info", &["roas_target"]),
    ];
    unknown.add_unknown("", fields, &ROW);
    for (name, known) in inner {
        if let Ok(Some(object)) = fields.optional_object(name) {
            unknown.add_unknown(name, &object, known);
        }
    }
}

fn read_fields(campaign_id: i64, fields: &Fields<'_>, row: Raw<'_>) -> Result<CampaignSetting, FieldError> {
    let in_common = |error: FieldError| error.within("common_info");
    let common = fields.object("common_info")?;
    let duration = common.object("campaign_duration").map_err(in_common)?;
    let in_duration = |error: FieldError| in_common(error.within("campaign_duration"));
    let items = common.list("item_id_list").map_err(in_common)?;
    let roas_target = match fields.optional_object("auto_bidding_info")? {
        Some(bidding) => {
            bidding.optional_amount("roas_target").map_err(|error| error.within("auto_bidding_info"))?
        }
        None => None,
    };
    let setting = CampaignSetting {
        campaign_id,
        ad_type: common.text("ad_type").map_err(in_common)?,
        name: common.text_or_empty("ad_name").map_err(in_common)?,
        status: common.text("campaign_status").map_err(in_common)?,
        campaign_placement: common.text("campaign_placement").map_err(in_common)?,
        bidding_method: common.text("bidding_method").map_err(in_common)?,
        campaign_budget: common.amount("campaign_budget").map_err(in_common)?,
        start_time: duration.count("start_time").map_err(in_duration)?,
        end_time: duration.optional_count("end_time").map_err(in_duration)?.unwrap_or(0),
        item_count: i32::try_from(items.len()).unwrap_or(i32::MAX),
        roas_target,
        raw: row.get().to_owned(),
    };
    // Last, so that an error names the wrong field first.
    must_be_storable(row)?;
    Ok(setting)
}

/// Digits in a row without a doubt of their sense: no float and no column of the database has a limit below.
const PLAIN_DIGITS_MAX: u8 = 100;

/// Checks the parts of the row that are not read but stored: lone surrogates, unbounded numbers and NUL characters would make
/// the database reject the whole statement.
fn must_be_storable(row: Raw<'_>) -> Result<(), FieldError> {
    if is_plain(row.get()) {
        return Ok(());
    }
    let value: Value = json::from_str(row.get()).map_err(|_| {
        FieldError::new("row", "must be JSON with valid texts, finite numbers, at most 127 levels")
    })?;
    if row.get().contains("\\u0000") && holds_nul(&value) {
        return Err(FieldError::new("row", "must not hold a NUL character"));
    }
    Ok(())
}

/// Without escapes, exponents and long numbers: then nothing of JSON can be wrong.
fn is_plain(json: &str) -> bool {
    let mut digits = 0_u8;
    json.bytes().all(|byte| {
        let was_digit = digits > 0;
        digits = if byte.is_ascii_digit() { digits.saturating_add(1) } else { 0 };
        byte != b'\\' && digits < PLAIN_DIGITS_MAX && !(was_digit && matches!(byte, b'e' | b'E'))
    })
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
