//! Answers that refuse a call.

use crate::state::rate::RefusedBy;
use serde_json::{Value, json};

/// A refused call. The status is 200 unless the platform is known to use another.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The platform's error code.
    pub code: String,
    /// Its message.
    pub message: String,
    /// The form of the body.
    pub body: Body,
    /// `Retry-After`, in seconds.
    pub retry_after_s: Option<u32>,
    /// The limit that refused the call, if one did.
    pub by: Option<RefusedBy>,
}

/// The body of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Code, message and request id.
    Envelope,
    /// The code alone.
    CodeOnly,
    /// Nothing.
    Empty,
    /// A gateway's page.
    Html,
}

impl Refusal {
    /// A usual error: status 200 and the envelope.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        let body = Body::Envelope;
        let code = code.to_owned();
        Self { status: 200, code, message: message.into(), body, retry_after_s: None, by: None }
    }

    /// The same with another status.
    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// The same with another body.
    pub fn body(self, body: Body) -> Self {
        Self { body, ..self }
    }

    /// `error_param` with a message.
    pub fn parameter(detail: &str) -> Self {
        Self::new("error_param", format!("Wrong parameters, detail: {detail}."))
    }

    /// A campaign that the shop does not have.
    pub fn foreign_campaign() -> Self {
        Self::new("ads.shop.campaign_not_match", "Invalid campaign ID for this shop.")
    }

    /// The JSON of the body; `None` where it is not JSON.
    pub fn json(&self, request_id: &str) -> Option<Value> {
        match self.body {
            Body::Envelope => {
                Some(json!({"error": self.code, "message": self.message, "request_id": request_id}))
            }
            Body::CodeOnly => Some(json!({"error": self.code})),
            Body::Empty | Body::Html => None,
        }
    }
}
