//! A private Postgres server: the npm package's binaries with a new cluster in the stack's folder.

use super::{FakeClock, Reaper, files, free_port, secrets, server_process::ServerProcess};
use crate::{paths, setup::npm::postgres_package, step};
use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;
use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
};
use tokio_postgres::NoTls;

const USER: &str = "postgres";
/// No fsync: the cluster is deleted with the stack, so it need not survive a crash of the machine. Commits still survive a
/// crash of the server process.
const SETTINGS: [&str; 5] =
    ["fsync=off", "full_page_writes=off", "max_connections=200", "timezone=UTC", "unix_socket_directories="];

/// The kind of shutdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Closes all connections, writes a checkpoint, and exits.
    Fast,
    /// Exits as if it had crashed: the next start recovers from the write-ahead log.
    Immediate,
}

/// A server.
pub struct Postgres {
    server: Option<ServerProcess>,
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    password: String,
    reaper: Reaper,
    clock: Option<FakeClock>,
}

impl Postgres {
    /// Creates a cluster and starts it.
    ///
    /// # Errors
    /// A program failed; the message contains the end of its log.
    pub async fn start(folder: &Path, reaper: &Reaper) -> Result<Self> {
        Self::start_with(folder, reaper, None).await
    }

    /// As [`Self::start`], with a fake clock.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with(folder: &Path, reaper: &Reaper, clock: Option<FakeClock>) -> Result<Self> {
        let programs = programs()?;
        let data = folder.join("postgres");
        let password = secrets::random_hex();
        let password_file = folder.join("postgres-password");
        files::write_private(&password_file, &password)?;
        files::server_folder(&data)?;
        let mut initdb = Command::new(programs.join("initdb"));
        initdb
            .args([
                "--username",
                USER,
                "--auth",
                "scram-sha-256",
                "--encoding",
                "UTF8",
                "--locale",
                "C",
                "--no-sync",
            ])
            .arg("--pwfile")
            .arg(&password_file)
            .arg("--pgdata")
            .arg(&data);
        step::run(as_server_user(&mut initdb)).context("Postgres could not create its cluster")?;
        let (folder, port, reaper) = (folder.to_path_buf(), free_port()?, reaper.clone());
        let mut postgres = Self { server: None, programs, folder, port, password, reaper, clock };
        postgres.launch().await?;
        Ok(postgres)
    }

    /// Starts it again on the same port with the same data.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn launch(&mut self) -> Result<()> {
        let mut command = Command::new(self.programs.join("postgres"));
        command.arg("-D").arg(self.folder.join("postgres"));
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        if let Some(clock) = &self.clock {
            clock.apply(&mut command);
        }
        as_server_user(&mut command);
        let mut server = ServerProcess::spawn("postgres", command, &self.folder, &self.reaper)?;
        let url = self.url(USER);
        server.wait_until(|| async { connect(&url).await.is_ok() }).await?;
        self.server = Some(server);
        Ok(())
    }

    /// The URL of a database.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        url(self.port, &self.password, database)
    }

    /// Its process group, while it runs.
    #[must_use]
    pub fn process_group(&self) -> Option<i32> {
        self.server.as_ref().map(ServerProcess::group)
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The password of the user `postgres`.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Creates an empty database.
    ///
    /// # Errors
    /// It exists, or the name is not a plain identifier.
    pub async fn create_database(&self, name: &str) -> Result<()> {
        ensure!(
            name.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
            "the name must be a plain identifier"
        );
        connect(&self.url(USER)).await?.batch_execute(&format!("CREATE DATABASE {name}")).await?;
        Ok(())
    }

    /// Shuts it down; [`Self::launch`] starts it again.
    pub async fn shut_down(&mut self, how: Shutdown) {
        let signal = match how {
            Shutdown::Fast => Signal::SIGINT,
            Shutdown::Immediate => Signal::SIGQUIT,
        };
        if let Some(server) = self.server.take() {
            server.stop_by(signal).await;
        }
    }

    /// Stops it.
    pub async fn stop(mut self) {
        self.shut_down(Shutdown::Fast).await;
    }
}

/// The URL of a database on a local port.
#[must_use]
pub fn url(port: u16, password: &str, database: &str) -> String {
    format!("postgres://{USER}:{password}@127.0.0.1:{port}/{database}")
}

/// Connects, and drives the connection in a background task.
///
/// # Errors
/// The server does not respond, or rejects the connection.
pub async fn connect(url: &str) -> Result<tokio_postgres::Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Makes a command run as the server user.
pub fn as_server_user(command: &mut Command) -> &mut Command {
    if let Some((uid, gid)) = files::server_user() {
        command.uid(uid.as_raw()).gid(gid.as_raw()).current_dir("/");
    }
    command
}

/// The folder of initdb and postgres. Postgres refuses to run as root, and the server user may not be able to read the
/// checkout, so root uses a world-readable copy.
fn programs() -> Result<PathBuf> {
    let package = postgres_package(&paths::root())?;
    if files::server_user().is_none() {
        return Ok(package.join("native/bin"));
    }
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(package.join("package.json"))?)?;
    let version = manifest.get("version").and_then(serde_json::Value::as_str).unwrap_or("unknown");
    let copy = PathBuf::from(format!("/var/tmp/ads-sync-postgres-{version}"));
    if !copy.is_dir() {
        let parts = copy.with_extension(format!("{}.part", std::process::id()));
        step::run(Command::new("cp").arg("-a").arg(package.join("native")).arg(&parts))?;
        step::run(Command::new("chmod").args(["-R", "a+rX"]).arg(&parts))?;
        fs::set_permissions(&parts, fs::Permissions::from_mode(0o755))?;
        // If another checkout has created the copy meanwhile, it is used instead.
        if fs::rename(&parts, &copy).is_err() {
            fs::remove_dir_all(&parts)?;
        }
    }
    let owner = fs::metadata(&copy)?;
    ensure!(
        owner.uid() == 0 && owner.mode() & 0o022 == 0,
        "{} is writable by users other than root: remove it, and it will be recreated",
        copy.display()
    );
    Ok(copy.join("bin"))
}
