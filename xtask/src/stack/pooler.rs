//! pgbouncer in transaction mode, the closest local equivalent of Hyperdrive's pooler.

use super::{
    Reaper, files, free_port,
    postgres::{Postgres, as_server_user, connect, url},
    server_process::ServerProcess,
};
use anyhow::Result;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A pooler. It accepts the same user and password as the server behind it.
pub struct Pooler {
    server: Option<ServerProcess>,
    program: PathBuf,
    folder: PathBuf,
    port: u16,
    password: String,
    reaper: Reaper,
}

impl Pooler {
    /// Starts it in front of a server.
    ///
    /// # Errors
    /// It does not start; the message contains the end of its log.
    pub async fn start(program: &Path, folder: &Path, postgres: &Postgres, reaper: &Reaper) -> Result<Self> {
        let (program, folder, reaper) = (program.to_path_buf(), folder.to_path_buf(), reaper.clone());
        let (port, password) = (free_port()?, postgres.password().to_owned());
        let mut pooler = Self { server: None, program, folder, port, password, reaper };
        pooler.configure(postgres)?;
        pooler.launch().await?;
        Ok(pooler)
    }

    /// `server_login_retry`: by default, pgbouncer rejects clients for another 15 s after Postgres was down.
    fn configure(&self, postgres: &Postgres) -> Result<()> {
        let home = self.home();
        files::server_folder(&home)?;
        let users = home.join("users.txt");
        files::write_private(&users, &format!("\"postgres\" \"{}\"\n", self.password))?;
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={} user=postgres password={}\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {}\nauth_type = plain\nauth_file = {}\n\
             pool_mode = transaction\nmax_client_conn = 500\ndefault_pool_size = 20\nunix_socket_dir =\n\
             ignore_startup_parameters = extra_float_digits\nserver_login_retry = 1\n",
            postgres.port(),
            self.password,
            self.port,
            users.display(),
        );
        files::write_private(&self.settings(), &text)
    }

    fn home(&self) -> PathBuf {
        self.folder.join("pgbouncer")
    }

    fn settings(&self) -> PathBuf {
        self.home().join("pgbouncer.ini")
    }

    /// Starts it again on the same port.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn launch(&mut self) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.arg(self.settings());
        as_server_user(&mut command);
        let mut server = ServerProcess::spawn("pgbouncer", command, &self.folder, &self.reaper)?;
        let url = self.url("postgres");
        server.wait_until(|| async { connect(&url).await.is_ok() }).await?;
        self.server = Some(server);
        Ok(())
    }

    /// The URL of a database through the pooler.
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

    /// Kills it, which closes all its connections.
    pub async fn kill(&mut self) {
        if let Some(server) = self.server.take() {
            server.kill().await;
        }
    }

    /// Stops it.
    pub async fn stop(mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }
}
