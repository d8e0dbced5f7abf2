//! The whole system on this machine: Postgres, pgbouncer, the fake Shopee, the Worker in workerd.
//!
//! ```text
//!   Worker (wrangler dev) ──► [proxy] ──► pgbouncer, transaction mode ──► Postgres
//!        │
//!        └──► fake Shopee (in this process, like the proxy)
//! ```

mod fake_clock;
mod files;
pub mod server_process;
pub use files::{private_folder as folder, write_private};
mod pipelining;
pub mod pooler;
pub mod postgres;
mod proxy;
mod reaper;
pub mod secrets;
pub mod worker;

use crate::{build::Bundle, migrate, setup::Tools};
use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use mock_shopee::Server;
use std::net::TcpListener;

pub use fake_clock::FakeClock;
pub use proxy::Proxy;
pub use reaper::Reaper;
pub use worker::Front;

/// The partner app of the local stack.
pub const PARTNER_ID: u64 = 2_001_234;
/// The database of the local stack.
pub const DATABASE: &str = "ads";

/// Configuration of a stack. Tests alone need anything but the default.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What listens at the Worker's address.
    pub front: Front,
    /// Which bundle the Worker is; the caller has built it.
    pub bundle: Bundle,
    /// Whether the Worker connects to Postgres through a fault-injecting proxy.
    pub proxy: bool,
    /// Whether the Worker handles test messages that crash it.
    pub test_crash: bool,
    /// Whether sinks of alerts may be on this machine.
    pub open_sinks: bool,
    /// The time on the clock of all components when the stack starts; the machine's time if `None`.
    pub moment: Option<DateTime<Utc>>,
}

impl Default for Options {
    fn default() -> Self {
        Self::from(Front::Worker)
    }
}

impl Options {
    /// The Worker at its own address, as its quick bundle.
    #[must_use]
    pub fn quick() -> Self {
        Self { bundle: Bundle::Quick, ..Self::default() }
    }
}

impl From<Front> for Options {
    fn from(front: Front) -> Self {
        Self { front, bundle: Bundle::Full, proxy: false, test_crash: false, open_sinks: false, moment: None }
    }
}

/// A running stack. It stops when dropped, or when this process ends for any reason.
pub struct Stack {
    /// Keys and tokens, generated for each stack.
    pub secrets: secrets::Secrets,
    /// The fake platform.
    pub shopee: Server,
    /// Postgres.
    pub postgres: postgres::Postgres,
    /// The pooler in front of it.
    pub pooler: Option<pooler::Pooler>,
    /// The fault-injecting proxy between the Worker and Postgres, if requested.
    pub proxy: Option<Proxy>,
    /// The Worker.
    pub worker: worker::Worker,
    clock_offset_ms: i64,
    folder: tempfile::TempDir,
}

impl Stack {
    /// Starts everything and waits until the Worker is ready.
    ///
    /// # Errors
    /// A component did not start; the message contains the end of its log.
    pub async fn start(tools: &Tools, options: impl Into<Options>) -> Result<Self> {
        let options = options.into();
        let folder = files::private_folder()?;
        let reaper = Reaper::start(folder.path())?;
        let secrets = secrets::Secrets::random();
        let clock = match options.moment {
            None => None,
            Some(_) => Some(FakeClock::find(folder.path())?.context("a fake clock needs libfaketime")?),
        };
        let clock_offset_ms = match clock.as_ref().zip(options.moment) {
            Some((clock, moment)) => clock.set(moment)?.saturating_mul(1_000),
            None => 0,
        };
        let shopee = Server::start(mock_shopee::Config {
            partner_id: PARTNER_ID,
            partner_key: secrets.partner_key.clone(),
            ahead_ms: clock_offset_ms,
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
        let worker_database = proxy.as_ref().map_or(database, Proxy::port);
        let worker = worker::Worker::start(worker::Setup {
            checkout: None,
            traces: true,
            folder: folder.path().to_path_buf(),
            database_url: postgres::url(worker_database, postgres.password(), DATABASE),
            shopee_url: shopee.url(),
            secrets: secrets.clone(),
            front: options.front,
            bundle: options.bundle,
            test_crash: options.test_crash,
            open_sinks: options.open_sinks,
            clock_offset_ms,
            reaper,
        })
        .await?;
        Ok(Self { secrets, shopee, postgres, pooler, proxy, worker, clock_offset_ms, folder })
    }

    /// The current time on the clock of all components.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "all components use the machine's clock plus an offset")]
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::milliseconds(self.clock_offset_ms)
    }

    /// A connection to the stack's database.
    ///
    /// # Errors
    /// Postgres does not respond.
    pub async fn database(&self) -> Result<tokio_postgres::Client> {
        postgres::connect(&self.postgres.url(DATABASE)).await
    }

    /// The folder with logs and data while the stack runs.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Copies the logs of all components into a folder, creating it if necessary.
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

    /// Stops everything, each component before those that it depends on.
    pub async fn stop(self) {
        self.worker.stop().await;
        if let Some(pooler) = self.pooler {
            pooler.stop().await;
        }
        self.postgres.stop().await;
        self.shopee.stop().await;
    }
}

/// A port that is currently free.
///
/// # Errors
/// No port is free.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0").context("no free port")?.local_addr()?.port())
}

/// Waits for Ctrl-C or SIGTERM.
///
/// # Errors
/// The signal handlers cannot be installed.
pub async fn interrupted() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
