//! Reads what a caller sent.

use super::{address, json_errors, problem::Problem};
use crate::adapter::{REQUEST_MS_MAX, body, within};
use chrono::{Datelike, NaiveDate};
use compact::json;
use serde::{Deserialize, de::DeserializeOwned};
use sync_core::{RunId, ShopId};
use worker::Request;

/// Largest body that is read.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Longest wait for a body, in milliseconds.
const BODY_MS_MAX: i64 = 10_000;
const _: () = assert!(BODY_MS_MAX < REQUEST_MS_MAX);
/// Items per page of a list, by default.
const PAGE_DEFAULT: i32 = 50;
/// Largest page of a list.
const PAGE_MAX: i32 = 200;
/// Longest text of a filter, in characters.
const TEXT_CHARS_MAX: usize = 200;
/// Largest whole number that every JSON reader keeps: of moments and campaigns in filters.
const SAFE_MAX: i64 = 1 << 53;
/// Shopee: `shop_id` is an unsigned 32-bit number.
const SHOP_ID_MAX: i64 = 4_294_967_295;

/// Reads a JSON body. An absent body reads as `{}`.
pub async fn json<T: DeserializeOwned>(request: &mut Request) -> Result<T, Problem> {
    let bytes = bytes(request).await?;
    read(&bytes)
}

/// Reads a body, up to [`BODY_BYTES_MAX`].
pub async fn bytes(request: &mut Request) -> Result<Vec<u8>, Problem> {
    let read = within(BODY_MS_MAX, body::read(request, BODY_BYTES_MAX)).await;
    let bytes = read.ok_or_else(|| Problem::body_late(BODY_MS_MAX))?;
    bytes
        .map_err(|_| Problem::body("the body could not be read"))?
        .ok_or_else(|| Problem::too_large(BODY_BYTES_MAX))
}

/// Checks the length that the request declares for its body.
pub fn fits(request: &Request) -> Result<(), Problem> {
    let declared =
        request.headers().get("content-length").ok().flatten().and_then(|n| n.parse::<usize>().ok());
    match declared {
        Some(bytes) if bytes > BODY_BYTES_MAX => Err(Problem::too_large(BODY_BYTES_MAX)),
        _ => Ok(()),
    }
}

/// Reads JSON; nothing reads as `{}`.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    // Without this check, a list would be read as the object's fields in order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::body("the body must be a JSON object"));
    }
    let text = str::from_utf8(bytes).map_err(|_| Problem::body("the body is no JSON: it is not UTF-8"))?;
    json::from_str(text).map_err(|error| json_errors::of(&error))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Checks that the body is absent or `{}`.
pub async fn nothing(request: &mut Request) -> Result<(), Problem> {
    json(request).await.map(|Nothing {}| ())
}

/// Checks that the query contains only these parameters, each at most once.
pub fn only_known(request: &Request, known: &[&str]) -> Result<(), Problem> {
    let url = request.inner().url();
    let mut seen = Vec::new();
    for (name, _) in address::query_pairs(&url) {
        if !known.contains(&name.as_ref()) {
            let name: String = name.chars().take(60).collect();
            let detail = match known {
                [] => "is no parameter: there are none here".to_owned(),
                _ => format!("is no parameter; here are {}", known.join(", ")),
            };
            return Err(Problem::field(name, detail));
        }
        if seen.contains(&name) {
            return Err(Problem::field(name, "is there twice"));
        }
        seen.push(name);
    }
    Ok(())
}

/// A decoded value from the query.
pub fn query(request: &Request, name: &str) -> Result<Option<String>, Problem> {
    let url = request.inner().url();
    Ok(address::query_pairs(&url).find(|(key, _)| key == name).map(|(_, value)| value.into_owned()))
}

/// A whole number from the query.
pub fn whole(request: &Request, name: &str, (min, max): (i64, i64)) -> Result<Option<i64>, Problem> {
    let Some(text) = query(request, name)? else { return Ok(None) };
    let value = text.parse().ok().filter(|value| (min..=max).contains(value));
    let refused = || Problem::field(name, format!("must be a whole number from {min} to {max}"));
    value.map(Some).ok_or_else(refused)
}

/// `true` or `false` from the query.
pub fn flag(request: &Request, name: &str) -> Result<Option<bool>, Problem> {
    match query(request, name)?.as_deref() {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(Problem::field(name, "must be true or false")),
    }
}

/// One of these words from the query.
pub fn one_of(request: &Request, name: &str, allowed: &[&str]) -> Result<Option<String>, Problem> {
    let word = query(request, name)?;
    match word.as_deref() {
        Some(word) if !allowed.contains(&word) => {
            Err(Problem::field(name, format!("allowed are {}", allowed.join(", "))))
        }
        _ => Ok(word),
    }
}

/// A text from the query, of 1 to [`TEXT_CHARS_MAX`] characters.
pub fn text(request: &Request, name: &str) -> Result<Option<String>, Problem> {
    let text = query(request, name)?;
    if text
        .as_deref()
        .is_some_and(|text| !(1..=TEXT_CHARS_MAX).contains(&text.chars().count()) || text.contains('\0'))
    {
        return Err(Problem::field(name, format!("must have 1 to {TEXT_CHARS_MAX} characters, and no NUL")));
    }
    Ok(text)
}

/// A UUID from the query.
pub fn uuid(request: &Request, name: &str) -> Result<Option<String>, Problem> {
    let text = query(request, name)?;
    match text.as_deref() {
        Some(id) if !store::is_uuid(id) => Err(Problem::field(name, "must be a UUID")),
        _ => Ok(text),
    }
}

/// The shop's id from the query.
pub fn shop(request: &Request) -> Result<Option<ShopId>, Problem> {
    query(request, "shop_id")?.map(|text| shop_id(&text)).transpose()
}

/// `campaign_id` from the query.
pub fn campaign(request: &Request) -> Result<Option<i64>, Problem> {
    whole(request, "campaign_id", (1, SAFE_MAX))
}

/// `from` and `to` from the query, unix milliseconds.
pub fn moments(request: &Request) -> Result<(Option<i64>, Option<i64>), Problem> {
    let moment = |name| whole(request, name, (0, SAFE_MAX));
    Ok((moment("from")?, moment("to")?))
}

/// `from` and `to` from the query as days, `YYYY-MM-DD`: at most `days_max` of them. An absent one is not filled in.
pub fn days(request: &Request, days_max: i64) -> Result<Days, Problem> {
    let day = |name: &str| -> Result<Option<NaiveDate>, Problem> {
        let Some(text) = query(request, name)? else { return Ok(None) };
        let day = NaiveDate::parse_from_str(&text, "%Y-%m-%d")
            .ok()
            .filter(|day| (2000..2100).contains(&day.year()));
        let refused = || Problem::field(name, "must be a day, YYYY-MM-DD, from 2000-01-01 to 2099-12-31");
        day.filter(|day| day.to_string() == text).map(Some).ok_or_else(refused)
    };
    let (from, to) = (day("from")?, day("to")?);
    match (from, to) {
        (Some(_), None) => Err(Problem::field("to", "is missing: from is there")),
        (Some(from), Some(to)) if from > to => Err(Problem::field("from", "must not be after to")),
        (Some(from), Some(to)) if (to - from).num_days() >= days_max => Err(Problem::field(
            "from",
            format!("must be at most {days_max} days, the last one included, before to"),
        )),
        (from, to) => Ok((from, to)),
    }
}

/// The first and the last day.
pub type Days = (Option<NaiveDate>, Option<NaiveDate>);

/// The cursor of the next page: `None` if this one was not full. Lists by time may be longer than requested, since they
/// never split a millisecond.
pub fn next<T, C: ToString>(items: &[T], limit: i32, cursor: impl Fn(&T) -> C) -> Option<String> {
    let full = i32::try_from(items.len()).is_ok_and(|count| count >= limit);
    items.last().filter(|_| full).map(|last| cursor(last).to_string())
}

/// Reads a shop id from the address or a body.
pub fn shop_id(text: &str) -> Result<ShopId, Problem> {
    text.parse()
        .ok()
        .filter(|id| (1..=SHOP_ID_MAX).contains(id))
        .map(ShopId)
        .ok_or_else(|| Problem::field("shop_id", format!("must be a whole number from 1 to {SHOP_ID_MAX}")))
}

/// Reads a run id from the address.
pub fn run_id(text: &str) -> Result<RunId, Problem> {
    text.parse().map_err(|reason: String| Problem::field("run_id", reason))
}

/// The versions that the request's condition accepts: 0 stands for a row that does not exist, `None` for any that does.
/// An `ETag` that is not ours matches nothing.
pub fn condition(request: &Request) -> Result<Option<Vec<i64>>, Problem> {
    let header = |name| request.headers().get(name).ok().flatten();
    match (header("if-match"), header("if-none-match")) {
        (Some(tags), _) => Ok(versions(&tags)),
        (None, Some(tags)) if tags.trim() == "*" => Ok(Some(vec![0])),
        _ => Err(Problem::no_condition()),
    }
}

fn versions(tags: &str) -> Option<Vec<i64>> {
    let version = |tag: &str| tag.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok();
    (tags.trim() != "*").then(|| tags.split(',').filter_map(version).collect())
}

/// The first 32 hexadecimal digits of a text, formatted as a UUID.
pub fn uuid_text(digits: &str) -> String {
    let part = |from, to| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

/// `limit` and `cursor` of a list.
pub fn page(request: &Request) -> Result<(i32, Option<i64>), Problem> {
    page_of(request, PAGE_DEFAULT, PAGE_MAX)
}

/// `limit` of a list.
pub fn limit(request: &Request) -> Result<i32, Problem> {
    limit_of(request, PAGE_DEFAULT, PAGE_MAX)
}

fn limit_of(request: &Request, default: i32, most: i32) -> Result<i32, Problem> {
    let limit = whole(request, "limit", (1, i64::from(most)))?;
    Ok(limit.and_then(|limit| i32::try_from(limit).ok()).unwrap_or(default))
}

/// Like [`page`], for a list of large items.
pub fn page_of(request: &Request, default: i32, most: i32) -> Result<(i32, Option<i64>), Problem> {
    let limit = limit_of(request, default, most)?;
    let cursor = query(request, "cursor")?
        .map(|text| {
            text.parse().map_err(|_| Problem::field("cursor", "must be the next_cursor of the page before"))
        })
        .transpose()?;
    Ok((limit, cursor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_an_etag_in_its_quotes() {
        for (tags, expected) in [
            ("\"7\"", Some(vec![7])),
            (" \"7\" , \"8\"", Some(vec![7, 8])),
            ("*", None),
            ("7", Some(vec![])),
            ("W/\"7\"", Some(vec![])),
            ("\"x\"", Some(vec![])),
            ("", Some(vec![])),
        ] {
            assert_eq!(versions(tags), expected, "{tags}");
        }
    }
}
