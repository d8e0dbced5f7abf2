//! The context of one invocation: the platform, a connection, the configuration.

use crate::error::FlowError;
use crate::{config::Config, host::Host};

/// The context of one invocation.
pub struct Invocation<'h, H: Host> {
    /// The platform.
    pub host: &'h H,
    /// The invocation's own connection.
    pub db: H::Db,
    /// Variables and secrets.
    pub config: Config,
}

impl<'h, H: Host> Invocation<'h, H> {
    /// Connects to Postgres and reads the configuration.
    ///
    /// # Errors
    /// A text for the log.
    pub async fn open(host: &'h H) -> Result<Self, FlowError> {
        Ok(Self { host, config: host.config()?, db: host.db().await? })
    }
}
