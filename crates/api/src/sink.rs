//! Sinks: where alerts are told.

use serde::{Deserialize, Serialize};

/// The kinds of sinks.
pub const SINK_KINDS: [&str; 5] = ["slack", "webhook", "telegram", "resend", "postmark"];
/// The languages of messages.
pub const LANGUAGES: [&str; 2] = ["en", "vi"];

/// Where alerts are told, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sink {
    /// The row's UUID.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// `slack`, `webhook`, `telegram`, `resend` or `postmark`.
    pub kind: String,
    /// Who receives it: the host of an address, a chat, an e-mail address.
    pub sends_to: String,
    /// The sender of e-mails.
    pub sender: Option<String>,
    /// Of the messages: `en` or `vi`.
    pub language: String,
    /// `info`, `warning` or `critical`: what is less bad is not told.
    pub min_severity: String,
    /// Only alerts of these kinds; null: all.
    pub kinds: Option<Vec<String>>,
    /// Only alerts of these shops, and none of the whole deployment; null: all.
    pub shop_ids: Option<Vec<i64>>,
    /// Minutes after which an open alert is told again; null: never.
    pub reminder_minutes: Option<i32>,
    /// `HH:MM` in `time_zone`: from here on only critical alerts are told, the others wait.
    pub quiet_from: Option<String>,
    /// `HH:MM` in `time_zone`: the end of the quiet hours.
    pub quiet_to: Option<String>,
    /// `HH:MM` in `time_zone`: when the daily digest is told; null: never.
    pub digest_at: Option<String>,
    /// A name of the IANA time zone database.
    pub time_zone: String,
    /// Whether it is told anything.
    pub enabled: bool,
    /// Since when its messages fail, unix milliseconds; null: the last one arrived.
    pub failing_since_ms: Option<i64>,
    /// Why the last message failed that did.
    pub last_error: Option<String>,
    /// When a message arrived last, unix milliseconds.
    pub last_sent_at_ms: Option<i64>,
    /// Messages that wait to be sent.
    pub waiting: i64,
}

/// A sink as it should be. What is left out has its default; `secret` and `address` that are left out of a PUT stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PutSink {
    /// What people call it, 1 to 100 characters; used once.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100))]
    pub name: String,
    /// `slack`, `webhook`, `telegram`, `resend` or `postmark`; stays as it was made.
    #[cfg_attr(feature = "openapi", schema(pattern = "^(slack|webhook|telegram|resend|postmark)$"))]
    pub kind: String,
    /// Where it is sent, of Slack and webhooks: an https address of a public host.
    pub address: Option<String>,
    /// What proves who sends: the signing secret of a webhook (`whsec_` and the base64 of 24 to 64 bytes), the token of a Telegram
    /// bot, the API key of an e-mail provider. Slack has none but its address.
    pub secret: Option<String>,
    /// The chat of Telegram, or the e-mail address that receives it.
    pub to: Option<String>,
    /// The sender of e-mails, which the provider must know.
    pub sender: Option<String>,
    /// Of the messages: `en` (default) or `vi`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^(en|vi)$"))]
    pub language: Option<String>,
    /// `info`, `warning` (default) or `critical`.
    #[cfg_attr(feature = "openapi", schema(pattern = "^(info|warning|critical)$"))]
    pub min_severity: Option<String>,
    /// Only alerts of these kinds, 1 to 50.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 50))]
    pub kinds: Option<Vec<String>>,
    /// Only alerts of these shops, 1 to 1,000, and none of the whole deployment.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 1_000))]
    pub shop_ids: Option<Vec<i64>>,
    /// Minutes after which an open alert is told again, 30 to 10,080.
    #[cfg_attr(feature = "openapi", schema(minimum = 30, maximum = 10_080))]
    pub reminder_minutes: Option<i32>,
    /// `HH:MM`: from here on only critical alerts are told.
    #[cfg_attr(feature = "openapi", schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub quiet_from: Option<String>,
    /// `HH:MM`: the end of the quiet hours.
    #[cfg_attr(feature = "openapi", schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub quiet_to: Option<String>,
    /// `HH:MM`: when the daily digest is told.
    #[cfg_attr(feature = "openapi", schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub digest_at: Option<String>,
    /// A name of the IANA time zone database; `Asia/Ho_Chi_Minh` by default.
    pub time_zone: Option<String>,
    /// Whether it is told anything; true by default.
    pub enabled: Option<bool>,
}

/// A message to a sink.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SinkMessage {
    /// The row's UUID, which receivers see too.
    pub id: String,
    /// `begin`, `end`, `reminder` or `digest`.
    pub what: String,
    /// The kind of the alerts; null: a digest.
    pub kind: Option<String>,
    /// How many alerts it tells of.
    pub alerts: i32,
    /// When it was made, unix milliseconds.
    pub made_at_ms: i64,
    /// How often it was tried to send it.
    pub attempts: i32,
    /// When it is tried next, unix milliseconds; null: it was sent or given up.
    pub next_at_ms: Option<i64>,
    /// When it arrived, unix milliseconds.
    pub sent_at_ms: Option<i64>,
    /// When it was given up, unix milliseconds.
    pub given_up_at_ms: Option<i64>,
    /// Why the last attempt failed that did.
    pub last_error: Option<String>,
}

/// What became of a test message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SinkTest {
    /// Whether the receiver has taken it.
    pub delivered: bool,
    /// Why not.
    pub error: Option<String>,
}

/// A sink that is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SinkDeleted {
    /// The sink's id.
    pub id: String,
    /// Messages that were not sent and never will be.
    pub unsent: i64,
}
