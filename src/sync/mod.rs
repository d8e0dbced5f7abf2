//! What consumers do for a run: begin it, list its campaigns, work on its chunks, show it in Postgres.

pub mod access;
pub mod campaigns;
pub mod execute;
pub mod list;
pub mod performance;
pub mod project;
mod split;
pub mod start;

use crate::adapter::{config, postgres};
use store::Postgres;
use worker::Env;

/// What one invocation works with.
pub struct Invocation<'a> {
    /// Bindings.
    pub env: &'a Env,
    /// The invocation's own connection.
    pub db: Postgres,
    /// Where Shopee is.
    pub platform: config::Platform,
}

impl<'a> Invocation<'a> {
    /// Connects to Postgres and reads the configuration.
    ///
    /// # Errors
    /// A text for the log.
    pub async fn open(env: &'a Env) -> Result<Self, String> {
        Ok(Self { env, platform: config::platform(env)?, db: postgres::connect(env).await? })
    }
}
