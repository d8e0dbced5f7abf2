//! The context of one invocation: the platform, a connection, the configuration.

use crate::error::FlowError;
use crate::{config::Config, host::Host};
use sync_core::CALLS_AT_ONCE;
use tokio::sync::Semaphore;

/// The context of one invocation.
pub struct Invocation<'h, H: Host> {
    /// The platform.
    pub host: &'h H,
    /// The invocation's own connection.
    pub db: H::Db,
    /// Variables and secrets.
    pub config: Config,
    /// The places for calls of runs, of which only so many are made at once.
    pub calls: Semaphore,
}

impl<'h, H: Host> Invocation<'h, H> {
    /// Connects to Postgres and reads the configuration.
    ///
    /// # Errors
    /// A text for the log.
    pub async fn open(host: &'h H) -> Result<Self, FlowError> {
        let calls = Semaphore::new(CALLS_AT_ONCE);
        Ok(Self { host, config: host.config()?, db: host.db().await?, calls })
    }
}
