//! The envelope of every answer.

use crate::decode::{FieldError, Fields, MalformedRows, UnknownFields};
use crate::error::{ApiError, CallContext};
use crate::limits::ERROR_TEXT_CHARS_MAX;
use compact::json::Raw;

/// A successful answer, by its status and code; its content is not decoded yet.
pub(crate) struct Answer {
    context: CallContext,
    body: String,
}

impl Answer {
    /// Reads the envelope. JSON is read at every status; without it the error is classified by the status.
    pub(crate) fn new(mut context: CallContext, body: Vec<u8>) -> Result<Self, ApiError> {
        let body = match String::from_utf8(body) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        let Some(envelope) = Fields::parse_text(json_of(&body)) else {
            let what = if body.trim().is_empty() { "the answer is empty" } else { "the answer is not JSON" };
            return Err(context.refused("", what, &body));
        };
        context.request_id = envelope.text_or_json("request_id");
        let code = envelope.text_or_json("error").unwrap_or_default();
        let text = envelope.text_or_json("message").unwrap_or_default();
        let refused = !matches!(code.trim(), "" | "-");
        let status_ok = context.status.is_some_and(|status| (200..300).contains(&status));
        if refused || !status_ok {
            return Err(context.refused(if refused { &code } else { "" }, &text, &body));
        }
        drop(envelope);
        Ok(Self { context, body })
    }

    /// The answer's own fields.
    pub(crate) fn fields(&self) -> Result<Fields<'_>, ApiError> {
        let json = Raw::of_json(json_of(&self.body).trim());
        Fields::parse(json).map_err(|_| self.unreadable("it is not an object"))
    }

    /// Rejects an object without any part of Shopee's envelope: it does not even show that the call succeeded.
    pub(crate) fn must_have_envelope(&self, fields: &Fields<'_>) -> Result<(), ApiError> {
        if ["response", "error", "request_id"].iter().any(|name| fields.has(name)) {
            return Ok(());
        }
        Err(self.unreadable("it has none of 'response', 'error' and 'request_id'"))
    }

    /// The content, of endpoints that put it under `response`.
    pub(crate) fn response<'a>(&self, fields: &Fields<'a>) -> Result<Raw<'a>, ApiError> {
        fields.get("response").ok_or_else(|| self.unreadable("'response' is missing"))
    }

    /// The fields of a content that is an object.
    pub(crate) fn response_fields<'a>(&self, fields: &Fields<'a>) -> Result<Fields<'a>, ApiError> {
        Fields::parse(self.response(fields)?).map_err(|error| self.bad_field(error.within("response")))
    }

    /// Shopee's warning that some data are missing.
    pub(crate) fn warning(&self, fields: &Fields<'_>) -> Option<String> {
        let given = fields.text_or_json("warning").filter(|text| !matches!(text.trim(), "" | "-"));
        given.map(|text| self.context.scrubber.clean(&text, ERROR_TEXT_CHARS_MAX))
    }

    /// An empty collection of malformed rows.
    pub(crate) fn malformed_rows(&self) -> MalformedRows<'_> {
        MalformedRows::new(&self.context.scrubber)
    }

    /// An empty collection of unknown fields.
    pub(crate) fn unknown_fields(&self) -> UnknownFields<'_> {
        UnknownFields::new(&self.context.scrubber)
    }

    /// The error of an answer whose content does not have the endpoint's format.
    pub(crate) fn unreadable(&self, reason: &str) -> ApiError {
        self.context.unreadable(reason, &self.body)
    }

    /// The same, for one field.
    pub(crate) fn bad_field(&self, error: FieldError) -> ApiError {
        self.unreadable(&format!("'{}' {}", error.field, error.reason))
    }
}

/// Some servers put a byte order mark before the JSON.
fn json_of(body: &str) -> &str {
    body.trim_start_matches('\u{feff}')
}
