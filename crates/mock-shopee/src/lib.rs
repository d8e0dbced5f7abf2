//! A faithful fake of the Shopee Open Platform: it has the same checks and the same failures, and is controlled through an API
//! under `/_mock/`.
//!
//! It shares no code with the client that is tested against it. All data are pure functions of (seed, shop, campaign), so the
//! control API can return what a perfect client would have stored.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! let server = mock_shopee::Server::start(mock_shopee::Config::default()).await?;
//! println!("{}", server.url());
//! server.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! A simulation uses a [`Platform`] without a server: it serves calls at once, at the time given by the caller.
//!
//! ```
//! use mock_shopee::{Behaviour, Config, Platform, RateLimits};
//!
//! let platform = Platform::new(Config::default(), 7);
//! let rate = RateLimits { per_app: Some(5.0), ..RateLimits::default() };
//! platform.set_behaviour(Behaviour { rate, ..Behaviour::default() })?;
//! let reply = platform.serve_at(1_760_000_000_000, "GET", "/api/v2/ads/get_total_balance", b"");
//! assert!(String::from_utf8_lossy(&reply.body).contains("There is no partner_id in query."));
//! # Ok::<(), mock_shopee::SteerError>(())
//! ```

mod api;
mod config;
mod control;
mod data;
mod endpoint;
mod limits;
mod region;
mod server;
mod state;
mod steering;

pub use api::SimReply;
pub use config::Config;
pub use server::Server;
pub use state::Platform;
pub use state::behaviour::{
    AppRefusal, Behaviour, Container, EmptyList, Latency, Lock, NoTraffic, RateLimits, Shift, ShopRefusal,
    UnknownId,
};
pub use state::calls::Call;
pub use state::edits::{Edit, EditAction, EditedSetting};
pub use state::faults::{Fault, Kind as FaultKind, Match as FaultMatch};
pub use state::history::{By, Happening};
pub use state::rate::RefusedBy;
pub use state::refusals::EditRefusal;
pub use state::tokens::{Consent, Seller};
pub use steering::{CampaignChange, CampaignEdit, NewShop, Question, SteerError, TruthKind};
