//! Errors as problem+json (RFC 9457) with stable codes.

use api::{budget::csv::Line, older::OlderError, problem};
use chrono::{DateTime, SecondsFormat};
use std::borrow::Cow;
use sync_core::{Hold, ShopId};

/// A refused or failed request.
#[derive(Clone, Debug)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// Stable code for programs.
    pub code: Cow<'static, str>,
    /// What is wrong and what is allowed, for people.
    pub detail: String,
    /// The invalid field.
    pub field: Option<String>,
    /// A header that the status requires.
    pub header: Option<Box<(&'static str, String)>>,
    /// An additional member, which few problems have.
    pub more: Option<Box<More>>,
    /// The cause, for the log only.
    pub cause: Option<String>,
}

/// An additional member of a problem.
#[derive(Clone, Debug)]
pub enum More {
    /// Seconds after which to try again.
    RetryAfter(i64),
    /// The stable name of the rule that the field breaks.
    Rule(&'static str),
    /// What became of the lines of a file.
    Lines(Vec<Line>),
}

impl Problem {
    fn new(status: u16, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        let (code, detail) = (code.into(), detail.into());
        Self { status, code, detail, field: None, header: None, more: None, cause: None }
    }

    /// 400: a field is invalid.
    pub fn field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(400, "invalid_field", detail) }
    }

    /// 422: a field is valid, but its value is not allowed.
    pub fn unprocessable(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(422, "refused", detail) }
    }

    /// 422: nothing was stored, because some lines were refused.
    pub fn lines(detail: impl Into<String>, lines: Vec<Line>) -> Self {
        Self { more: Some(Box::new(More::Lines(lines))), ..Self::new(422, "lines_refused", detail) }
    }

    /// Adds the stable name of the rule that the field breaks, if there is a field.
    pub fn by_rule(mut self, rule: &'static str) -> Self {
        if self.field.is_some() {
            self.more = Some(Box::new(More::Rule(rule)));
        }
        self
    }

    /// 400: the body as a whole is invalid.
    pub fn body(detail: impl Into<String>) -> Self {
        Self::new(400, "invalid_body", detail)
    }

    /// 401, with the challenge of RFC 6750, which names an error only if a token was sent.
    pub fn no_token(was_sent: bool) -> Self {
        let error = if was_sent { ", error=\"invalid_token\"" } else { "" };
        let detail = "send a valid token: Authorization: Bearer <token>";
        Self { header: Some(challenge(error)), ..Self::new(401, "unauthorized", detail) }
    }

    /// 401: the token's last day is over.
    pub fn token_ended() -> Self {
        let detail = "this token has ended: ask for a new one";
        Self { detail: detail.to_owned(), ..Self::no_token(true) }
    }

    /// 403: the token is for some shops only. `parameter` is where one of them can be named.
    pub fn of_deployment(parameter: Option<&str>) -> Self {
        let detail = match parameter {
            Some(name) => format!("this token is for some shops only: name one of them in {name}"),
            None => "this token is for some shops only, and this is about all of them".to_owned(),
        };
        Self { detail, ..Self::forbidden() }
    }

    /// 403.
    pub fn forbidden() -> Self {
        let header = Some(challenge(", error=\"insufficient_scope\""));
        Self { header, ..Self::new(403, "forbidden", "this token's role does not allow it") }
    }

    /// 404.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(404, "not_found", detail)
    }

    /// 404 for a shop.
    pub fn unknown_shop(shop_id: ShopId) -> Self {
        Self::not_found(format!("shop {} is unknown: it has no row in apishopee_shops", shop_id.0))
    }

    /// 409 for a shop whose region is unknown.
    pub fn region_unknown(shop_id: ShopId) -> Self {
        let detail = format!(
            "the region of shop {0} is not known, so it has no clock and no currency, and no budgets; set \
             apishopee_shops.region, or let the seller consent again (GET /oauth/shopee/start?shop_id={0})",
            shop_id.0
        );
        Self::conflict("region_unknown", detail)
    }

    /// 404 for a budget schedule.
    pub fn unknown_schedule(id: &str) -> Self {
        let id: String = id.chars().take(36).collect();
        Self::not_found(format!("there is no budget schedule {id}"))
    }

    /// 412: the stored version is not the one that the caller has seen.
    pub fn changed() -> Self {
        Self::new(
            412,
            "version_changed",
            "somebody has changed these rules; read them again, with their ETag",
        )
    }

    /// 426: the route is a WebSocket.
    pub fn no_upgrade() -> Self {
        let header = Some(Box::new(("upgrade", "websocket".to_owned())));
        Self { header, ..Self::new(426, "upgrade_required", "this is a WebSocket: send Upgrade: websocket") }
    }

    /// 428: a condition is missing.
    pub fn no_condition() -> Self {
        let detail = "send If-Match with the ETag of the rules as you have read them, so that nobody's change is lost; \
                      for a row that is not there yet, If-None-Match: *";
        Self::new(428, "condition_required", detail)
    }

    /// 503: no call to Shopee may be made before a time, and why.
    pub fn waits(hold: Hold, now_ms: i64) -> Self {
        let seconds = hold.until_ms.saturating_sub(now_ms).max(0).saturating_add(999) / 1_000;
        let until = DateTime::from_timestamp_millis(hold.until_ms).unwrap_or_default();
        let detail =
            format!("{}; until {}", hold.reason.text(), until.to_rfc3339_opts(SecondsFormat::Secs, true));
        Self {
            more: Some(Box::new(More::RetryAfter(seconds))),
            ..Self::new(503, hold.reason.as_str(), detail)
        }
    }

    /// Seconds after which to try again, if known.
    pub fn retry_after(&self) -> Option<i64> {
        match self.more.as_deref() {
            Some(More::RetryAfter(seconds)) => Some(*seconds),
            _ => None,
        }
    }

    /// 405: the method is not allowed at this address.
    pub fn wrong_method(allowed: String) -> Self {
        let detail = format!("allowed here: {allowed}");
        Self { header: Some(Box::new(("allow", allowed))), ..Self::new(405, "wrong_method", detail) }
    }

    /// 408: the body did not arrive in time.
    pub fn body_late(ms: i64) -> Self {
        Self::new(408, "body_late", format!("the body did not come within {} s", ms / 1_000))
    }

    /// 503: the database lacks something that this release needs.
    pub fn not_migrated(cause: impl Into<String>) -> Self {
        let detail = "the database lacks tables or functions that this release needs: run cargo xtask migrate --database-url \
                      with its address";
        Self { cause: Some(cause.into()), ..Self::new(503, "not_migrated", detail) }
    }

    /// 503: try again later; `detail` tells people why.
    pub fn not_now(detail: impl Into<String>) -> Self {
        Self::new(503, "unavailable", detail)
    }

    /// 409: the state does not allow it.
    pub fn conflict(code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self::new(409, code, detail)
    }

    /// 413.
    pub fn too_large(bytes_max: usize) -> Self {
        Self::new(413, "body_too_large", format!("the body may have at most {bytes_max} bytes"))
    }

    /// 546: a chunk exceeded its time; callers of the older function know this status.
    pub fn overran(detail: impl Into<String>) -> Self {
        Self::new(546, "chunk_overran", detail)
    }

    /// 422: the `Idempotency-Key` was sent with something else before.
    pub fn key_reused() -> Self {
        let detail = "this key was sent before with another body, or to another address: take a new key for a new \
                      request";
        let field = Some("Idempotency-Key".to_owned());
        Self { field, ..Self::new(422, "idempotency_key_reused", detail) }
    }

    /// 429: more calls than a token, or an address without one, may make.
    pub fn too_many(seconds: i64) -> Self {
        let detail = format!("too many calls: try again in {seconds} seconds");
        let more = Some(Box::new(More::RetryAfter(seconds)));
        Self { more, ..Self::new(429, "too_many_calls", detail) }
    }

    /// 502: Shopee refused or failed.
    pub fn upstream(detail: impl Into<String>) -> Self {
        Self::new(502, "shopee_error", detail)
    }

    /// 503: a required part does not answer; nothing is lost, and the caller should try again.
    pub fn unavailable(cause: impl ToString) -> Self {
        let detail = "the database or the shop's object does not answer; try again";
        Self { cause: Some(cause.to_string()), ..Self::new(503, "unavailable", detail) }
    }

    /// 503: the work has not ended yet, and may still succeed.
    pub fn late(ms: i64) -> Self {
        let detail =
            "this takes longer than a caller should wait; look at what became of it before trying again";
        let cause = format!("the request was not answered within {ms} ms");
        Self { cause: Some(cause), ..Self::new(503, "late", detail) }
    }

    /// The headers of the response.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let after = self.retry_after().map(|seconds| ("retry-after", seconds.to_string()));
        self.header.as_deref().cloned().into_iter().chain(after).collect()
    }

    /// The body as the standard defines it.
    pub fn body_of_standard(&self) -> problem::Problem {
        let (mut rule, mut lines) = (None, None);
        match self.more.as_deref() {
            Some(More::Rule(name)) => rule = Some((*name).to_owned()),
            Some(More::Lines(of_file)) => lines = Some(of_file.clone()),
            Some(More::RetryAfter(_)) | None => {}
        }
        problem::Problem {
            kind: format!("urn:apishopee-ads-sync:{}", self.code),
            title: self.code.replace('_', " "),
            status: self.status,
            code: self.code.clone().into_owned(),
            detail: self.detail.clone(),
            field: self.field.clone(),
            rule,
            retry_after: self.retry_after(),
            lines,
        }
    }

    /// The body that callers of the older functions expect.
    pub fn body_of_older(&self) -> OlderError {
        let error =
            self.field.as_ref().map_or_else(|| self.detail.clone(), |f| format!("{f}: {}", self.detail));
        OlderError { success: false, error, code: self.code.clone().into_owned() }
    }

    /// The status that callers of the older functions expect: for them, every invalid request is 400.
    pub fn compat_status(&self) -> u16 {
        if self.status == 422 { 400 } else { self.status }
    }
}

fn challenge(error: &str) -> Box<(&'static str, String)> {
    Box::new(("www-authenticate", format!("Bearer realm=\"apishopee-ads-sync\"{error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sync_core::WaitReason;

    #[test]
    fn a_status_has_the_headers_that_the_standards_ask_for() {
        let challenge =
            |error: &str| ("www-authenticate", format!("Bearer realm=\"apishopee-ads-sync\"{error}"));
        assert_eq!(Problem::no_token(false).headers(), [challenge("")]);
        assert_eq!(Problem::no_token(true).headers(), [challenge(", error=\"invalid_token\"")]);
        assert_eq!(Problem::forbidden().headers(), [challenge(", error=\"insufficient_scope\"")]);
        assert_eq!(
            Problem::wrong_method("GET, HEAD".to_owned()).headers(),
            [("allow", "GET, HEAD".to_owned())]
        );
        let hold = Hold { until_ms: 2_000, reason: WaitReason::AppThrottled };
        assert_eq!(Problem::waits(hold, 0).headers(), [("retry-after", "2".to_owned())]);
        assert_eq!(Problem::not_found("x").headers(), []);
    }

    #[test]
    fn a_wait_is_told_with_its_reason_and_its_end() {
        let hold = Hold { until_ms: 1_767_323_045_678, reason: WaitReason::AppThrottled };
        let problem = Problem::waits(hold, hold.until_ms - 1_500);
        let body = problem.body_of_standard();
        assert_eq!((body.status, body.code.as_str(), body.retry_after), (503, "app_throttled", Some(2)));
        assert!(
            body.detail.contains("throttled the app") && body.detail.ends_with("until 2026-01-02T03:04:05Z"),
            "{}",
            body.detail
        );
        assert_eq!(Problem::waits(hold, hold.until_ms + 1).retry_after(), Some(0));
        assert_eq!(Problem::unavailable("x").retry_after(), None);
    }
}
