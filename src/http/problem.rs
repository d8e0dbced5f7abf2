//! Errors as problem+json (RFC 9457) with stable codes.

use super::shops;
use serde_json::{Value, json};
use std::borrow::Cow;
use sync_core::ShopId;
use sync_flow::verbs::VerbRefused;

/// A refused or failed request.
#[derive(Debug)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// Stable code that a program may test.
    pub code: Cow<'static, str>,
    /// For people: what is wrong and what is allowed.
    pub detail: String,
    /// The field at fault.
    pub field: Option<String>,
    /// For the log only.
    pub cause: Option<String>,
}

impl Problem {
    fn new(status: u16, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self { status, code: code.into(), detail: detail.into(), field: None, cause: None }
    }

    /// 400: a field is not as it must be.
    pub fn field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(400, "invalid_field", detail) }
    }

    /// 400: the body as a whole cannot be used.
    pub fn body(detail: impl Into<String>) -> Self {
        Self::new(400, "invalid_body", detail)
    }

    /// 401.
    pub fn no_token() -> Self {
        Self::new(401, "unauthorized", "send a valid token: Authorization: Bearer <token>")
    }

    /// 403.
    pub fn forbidden() -> Self {
        Self::new(403, "forbidden", "this token's role does not allow it")
    }

    /// 404.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(404, "not_found", detail)
    }

    /// 405.
    pub fn wrong_method(allowed: &str) -> Self {
        Self::new(405, "wrong_method", format!("allowed here: {allowed}"))
    }

    /// 409: the state does not allow it.
    pub fn conflict(code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self::new(409, code, detail)
    }

    /// 413.
    pub fn too_large(bytes_max: usize) -> Self {
        Self::new(413, "body_too_large", format!("the body may have at most {bytes_max} bytes"))
    }

    /// 546: a chunk overran its time; the status that callers of the older function know.
    pub fn overran(detail: impl Into<String>) -> Self {
        Self::new(546, "chunk_overran", detail)
    }

    /// 502: Shopee refused or failed.
    pub fn upstream(detail: impl Into<String>) -> Self {
        Self::new(502, "shopee_error", detail)
    }

    /// 503: a part that we need does not answer; nothing is lost, and trying again is right.
    pub fn unavailable(cause: impl ToString) -> Self {
        let detail = "the database or the shop's object does not answer; try again";
        Self { cause: Some(cause.to_string()), ..Self::new(503, "unavailable", detail) }
    }

    /// The body that the standard defines.
    pub fn as_json(&self) -> Value {
        let mut body = json!({
            "type": format!("urn:apishopee-ads-sync:{}", self.code),
            "title": self.code.replace('_', " "),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        });
        if let (Some(body), Some(field)) = (body.as_object_mut(), &self.field) {
            body.insert("field".to_owned(), json!(field));
        }
        body
    }

    /// The body that callers of the older function know.
    pub fn as_compat(&self) -> Value {
        let detail =
            self.field.as_ref().map_or_else(|| self.detail.clone(), |f| format!("{f}: {}", self.detail));
        json!({ "success": false, "error": detail, "code": self.code })
    }
}

impl From<VerbRefused> for Problem {
    fn from(refused: VerbRefused) -> Self {
        match refused {
            VerbRefused::Unknown(detail) => Self::not_found(detail),
            VerbRefused::Conflict(conflict) => Self::conflict(conflict.code, conflict.detail),
            // The shop is known, since it has the run that is retried.
            VerbRefused::Intake(refusal) => shops::refused(ShopId(0), refusal),
            VerbRefused::Unavailable(cause) => Self::unavailable(cause),
        }
    }
}
