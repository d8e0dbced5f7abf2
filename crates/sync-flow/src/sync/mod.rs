//! What consumers do for a run: begin it, list its campaigns, work on its chunks, show it in Postgres.

pub mod access;
pub mod campaigns;
mod drift;
pub mod execute;
mod fit;
mod info;
pub mod list;
pub mod performance;
pub mod project;
mod split;

pub(crate) use split::gather;
pub mod start;

use crate::{config::Config, host::Host};

/// What one invocation works with.
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
    pub async fn open(host: &'h H) -> Result<Self, String> {
        Ok(Self { host, config: host.config()?, db: host.db().await? })
    }
}
