//! The whole system on this machine: Postgres, pgbouncer, the fake Shopee, the Worker in workerd.
//!
//! ```text
//!   Worker (wrangler dev) ──► [proxy] ──► pgbouncer, transaction mode ──► Postgres
//!        │
//!        └──► fake Shopee (in this process, like the proxy)
//! ```

pub mod child;
mod files;
mod moved_clock;
pub use files::private_folder as folder;
pub mod pooler;
pub mod postgres;
mod proxy;
mod reaper;
pub mod secrets;
mod turns;
pub mod worker;

use crate::{migrate, setup::Tools};
use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use mock_shopee::Server;
use std::net::TcpListener;

pub use moved_clock::MovedClock;
pub use proxy::Proxy;
pub use reaper::Reaper;
pub use worker::Front;

/// The partner app of the local stack.
pub const PARTNER_ID: u64 = 2_001_234;
/// The database of the local stack.
pub const DATABASE: &str = "ads";

/// What a stack is made of. The default is what everyone but tests wants.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What answers at the Worker's address.
    pub front: Front,
    /// Whether the Worker's way to Postgres leads through a proxy that can cut it.
    pub proxy: bool,
    /// Whether the Worker obeys messages that crash it.
    pub test_crash: bool,
    /// What the clock of all parts shows when the stack begins to start; the machine's time if `None`.
    pub moment: Option<DateTime<Utc>>,
}

impl Default for Options {
    fn default() -> Self {
        Self::from(Front::Worker)
    }
}

impl From<Front> for Options {
    fn from(front: Front) -> Self {
        Self { front, proxy: false, test_crash: false, moment: None }
    }
}

/// A running stack. Dropping it stops everything; so does the end of this process, however it comes.
pub struct Stack {
    /// Keys and tokens, new for each stack.
    pub secrets: secrets::Secrets,
    /// The fake platform.
    pub shopee: Server,
    /// Postgres.
    pub postgres: postgres::Postgres,
    /// The pooler in front of it.
    pub pooler: Option<pooler::Pooler>,
    /// What can cut the Worker off from it, if asked for.
    pub proxy: Option<Proxy>,
    /// The Worker.
    pub worker: worker::Worker,
    ahead_ms: i64,
    folder: tempfile::TempDir,
}

impl Stack {
    /// Starts everything and waits until the Worker is ready.
    ///
    /// # Errors
    /// Names the part that did not start, with the end of its log.
    pub async fn start(tools: &Tools, options: impl Into<Options>) -> Result<Self> {
        let options = options.into();
        let folder = files::private_folder()?;
        let reaper = Reaper::start(folder.path())?;
        let secrets = secrets::Secrets::random();
        let clock = match options.moment {
            None => None,
            Some(_) => Some(MovedClock::find(folder.path())?.context("another clock needs libfaketime")?),
        };
        let ahead_ms = match clock.as_ref().zip(options.moment) {
            Some((clock, moment)) => clock.set(moment)?.saturating_mul(1_000),
            None => 0,
        };
        let shopee = Server::start(mock_shopee::Config {
            partner_id: PARTNER_ID,
            partner_key: secrets.partner_key.clone(),
            ahead_ms,
            ..mock_shopee::Config::default()
        })
        .await
        .context("the fake Shopee did not start")?;
        let postgres = postgres::Postgres::start_with(folder.path(), &reaper, clock).await?;
        postgres.create_database(DATABASE).await?;
        migrate::up(&postgres.url(DATABASE), |_| ()).await?;
        let pooler = match &tools.pgbouncer {
            Some(program) => Some(pooler::Pooler::start(program, folder.path(), &postgres, &reaper).await?),
            None => None,
        };
        let database = pooler.as_ref().map_or_else(|| postgres.port(), pooler::Pooler::port);
        let proxy = if options.proxy { Some(Proxy::start(database).await?) } else { None };
        let way_in = proxy.as_ref().map_or(database, Proxy::port);
        let worker = worker::Worker::start(worker::Setup {
            folder: folder.path().to_path_buf(),
            database_url: postgres::url(way_in, postgres.password(), DATABASE),
            shopee_url: shopee.url(),
            secrets: secrets.clone(),
            front: options.front,
            test_crash: options.test_crash,
            ahead_ms,
            reaper,
        })
        .await?;
        Ok(Self { secrets, shopee, postgres, pooler, proxy, worker, ahead_ms, folder })
    }

    /// What the clock of all parts shows.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "all parts run by the machine's clock, or ahead of it")]
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::milliseconds(self.ahead_ms)
    }

    /// A connection to the stack's database.
    ///
    /// # Errors
    /// Postgres does not answer.
    pub async fn database(&self) -> Result<tokio_postgres::Client> {
        postgres::connect(&self.postgres.url(DATABASE)).await
    }

    /// Where logs and data are while the stack runs.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Copies the logs of all parts into a folder, which is made if it is not there.
    ///
    /// # Errors
    /// A file cannot be copied.
    pub fn keep_logs(&self, folder: &std::path::Path) -> Result<()> {
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        for entry in std::fs::read_dir(self.folder())?.flatten() {
            let file = entry.path();
            if file.extension().is_some_and(|extension| extension == "log") {
                std::fs::copy(&file, folder.join(entry.file_name()))
                    .with_context(|| format!("{} cannot be copied", file.display()))?;
            }
        }
        Ok(())
    }

    /// Stops everything, the users of a part before the part.
    pub async fn stop(self) {
        self.worker.stop().await;
        if let Some(pooler) = self.pooler {
            pooler.stop().await;
        }
        self.postgres.stop().await;
        self.shopee.stop().await;
    }
}

/// A port that is free now.
///
/// # Errors
/// The machine has none.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0").context("no free port")?.local_addr()?.port())
}

/// Returns when we are asked to stop, by Ctrl-C or a signal.
///
/// # Errors
/// Signals cannot be received.
pub async fn interrupted() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
