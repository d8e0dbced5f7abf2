//! A typed client of the Shopee Open Platform: sign, request, decode, classify.
//!
//! It has no clock, network or runtime of its own: a [`Transport`] sends requests and a [`Clock`] gives the time, so the same
//! code runs natively and in WebAssembly. One method is one call; whether and when to retry is the caller's decision, for which
//! every error carries its [`ErrorClass`].
//!
//! Answers are read row by row. A row without a required field becomes a [`MalformedRow`] and does not affect the others.

mod account;
mod answer;
mod auth;
mod campaigns;
mod classify;
mod client;
mod consent;
mod date;
mod decode;
mod edits;
mod endpoint;
mod error;
mod error_class;
pub mod limits;
mod partner;
mod percent_encoding;
mod performance;
mod request;
mod secret;
mod sign;
mod suggestion;
mod transport;

pub use account::{Balance, ShopInfo};
pub use auth::{Grantee, TokenPair};
pub use campaigns::{CampaignIdPage, CampaignSetting, CampaignSettings};
pub use classify::classify;
pub use client::{Client, Clock};
pub use decode::{MalformedRow, UnknownField};
pub use edits::AdType;
pub use endpoint::Endpoint;
pub use error::ApiError;
pub use error_class::{EndpointKind, ErrorClass};
pub use partner::{Partner, ShopAccess};
pub use performance::{CampaignMetrics, CampaignPerformance, Metrics, ShopPerformance};
pub use secret::Secret;
pub use sign::{Access, sign};
pub use suggestion::BudgetLimits;
pub use transport::{HttpRequest, HttpResponse, Method, Transport, TransportError};
