//! Errors of calls.

use crate::classify::{classify, passes};
use crate::endpoint::Endpoint;
use crate::error_class::{EndpointKind, ErrorClass};
use crate::limits::ERROR_TEXT_CHARS_MAX;
use crate::secret::Scrubber;
use crate::transport::TransportError;

/// A call without a usable answer. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// What the caller has to do.
    pub class: ErrorClass,
    /// The endpoint, such as `ads.get_total_balance`.
    pub endpoint: Endpoint,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Shopee's code as received, trimmed. Empty if there was none.
    pub code: String,
    /// For people: what happened and what to do.
    pub message: String,
    /// For the log: status, code and the beginning of the answer (never of an authorization answer).
    pub detail: String,
    /// The wait requested by the answer, in seconds, capped.
    pub retry_after_s: Option<u32>,
    /// Shopee's id of the request, for its support. Boxed, since the error's size adds to every result.
    pub request_id: Option<Box<str>>,
}

impl ApiError {
    /// Of a refused write: it may be accepted later, though not within seconds. The campaign or its items are not ready for it
    /// (an item is sold out, the campaign's state), or were changed too often.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        passes(&self.code)
    }

    /// Of a read about a whole shop: the shop has no active ads account, so that there is nothing to read. A path that does not
    /// exist has the same code, without a message.
    #[must_use]
    pub fn is_without_ads(&self) -> bool {
        let code = self.code.strip_prefix("ads.").unwrap_or(&self.code);
        match code {
            "ads_account.invalid_status" | "account.status_not_normal" => true,
            "error_not_found" => self.status != Some(404) || self.message.contains("error_not_found: "),
            _ => false,
        }
    }
}

/// The context of a call, for the errors of its answer.
pub(crate) struct CallContext {
    pub(crate) endpoint: Endpoint,
    pub(crate) kind: EndpointKind,
    /// The call is about a list of ids, one of which may be the cause.
    pub(crate) carries_ids: bool,
    pub(crate) scrubber: Scrubber,
    /// Set once an answer has arrived.
    pub(crate) status: Option<u16>,
    pub(crate) retry_after_s: Option<u32>,
    pub(crate) request_id: Option<String>,
}

impl CallContext {
    /// A refusal by Shopee, or by its edge (then `code` is empty). `text` is its message, `body` the whole answer.
    pub(crate) fn refused(&self, code: &str, text: &str, body: &str) -> ApiError {
        let code = self.scrubber.clean(code.trim(), ERROR_TEXT_CHARS_MAX);
        let text = self.scrubber.clean(text.trim(), ERROR_TEXT_CHARS_MAX);
        let status = self.status.unwrap_or_default();
        let class = classify(status, &code, &text, self.kind);
        let what = match (code.is_empty(), text.is_empty()) {
            (true, _) if (300..400).contains(&status) => {
                format!(
                    "HTTP status {status}: a redirect, which is not followed, since it would take tokens along"
                )
            }
            (true, true) => format!("HTTP status {status}"),
            (true, false) => format!("HTTP status {status}: {text}"),
            (false, true) => code.clone(),
            (false, false) => format!("{code}: {text}"),
        };
        self.error(class, code, &format!("was refused ({what})"), body)
    }

    /// An answer that claims success but does not have the endpoint's format.
    pub(crate) fn unreadable(&self, reason: &str, body: &str) -> ApiError {
        let class = match self.kind {
            EndpointKind::Read => ErrorClass::Retry,
            EndpointKind::Write | EndpointKind::Auth => ErrorClass::UnknownOutcome,
        };
        self.error(class, String::new(), &format!("gave an answer that cannot be read ({reason})"), body)
    }

    /// No answer.
    pub(crate) fn lost(&self, error: &TransportError) -> ApiError {
        let class = match (error, self.kind) {
            // It is unknown whether the connection broke before or after the request arrived.
            (_, EndpointKind::Write | EndpointKind::Auth) => ErrorClass::UnknownOutcome,
            // The same call would return the same bytes; fewer ids return fewer.
            (TransportError::TooLarge, EndpointKind::Read) => ErrorClass::Quarantine,
            (_, EndpointKind::Read) => ErrorClass::Retry,
        };
        self.error(class, String::new(), &format!("failed ({error})"), "")
    }

    fn error(&self, class: ErrorClass, code: String, what: &str, body: &str) -> ApiError {
        let class = match class {
            ErrorClass::Quarantine if !self.carries_ids => ErrorClass::FatalConfiguration,
            class => class,
        };
        let what = self.scrubber.clean(what, 2 * ERROR_TEXT_CHARS_MAX);
        let answer = match self.kind {
            EndpointKind::Read | EndpointKind::Write => self.scrubber.clean(body, ERROR_TEXT_CHARS_MAX),
            // It may contain tokens that the scrubber does not know.
            EndpointKind::Auth => format!("({} bytes, not shown)", body.len()),
        };
        let status = self.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        ApiError {
            class,
            endpoint: self.endpoint,
            status: self.status,
            message: format!("{} {what}. {}", self.endpoint, class.advice(self.kind)),
            detail: format!("{} {what}; status {status}; code '{code}'; answer: {answer}", self.endpoint),
            code,
            retry_after_s: self.retry_after_s,
            request_id: self
                .request_id
                .as_deref()
                .map(|id| self.scrubber.clean(id, ERROR_TEXT_CHARS_MAX).into()),
        }
    }
}

/// A call that was not made, because it would be refused.
pub(crate) fn not_called(endpoint: Endpoint, reason: &str) -> ApiError {
    ApiError {
        class: ErrorClass::FatalConfiguration,
        endpoint,
        status: None,
        code: String::new(),
        message: format!("{endpoint} was not called: {reason}"),
        detail: format!("{endpoint} was not called: {reason}"),
        retry_after_s: None,
        request_id: None,
    }
}
