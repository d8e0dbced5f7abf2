//! A faithful fake of the Shopee Open Platform: it checks what the platform checks, fails the way it fails, and is
//! steered through a control API under `/_mock/`.
//!
//! It shares no code with the client that is tested against it. All data follow from (seed, shop, campaign) by pure
//! functions, so the control API can tell what a perfect client would have stored.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! let server = mock_shopee::Server::start(mock_shopee::Config::default()).await?;
//! println!("{}", server.url());
//! server.stop().await;
//! # Ok(())
//! # }
//! ```

mod api;
mod config;
mod control;
mod data;
mod limits;
mod region;
mod server;
mod state;

pub use config::Config;
pub use server::Server;
