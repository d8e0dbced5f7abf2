//! pgbouncer in transaction mode, the nearest thing to Hyperdrive's pooler that runs here.

use super::{
    Reaper,
    child::Server,
    files, free_port,
    postgres::{Postgres, as_server_user, connect},
};
use anyhow::Result;
use std::{path::Path, process::Command};

/// A running pooler. It takes the same user and password as the server behind it.
pub struct Pooler {
    server: Server,
    port: u16,
    password: String,
}

impl Pooler {
    /// Starts it in front of a server.
    ///
    /// # Errors
    /// It does not start; the end of its log is in the message.
    pub async fn start(program: &Path, folder: &Path, postgres: &Postgres, reaper: &Reaper) -> Result<Self> {
        let home = folder.join("pgbouncer");
        files::server_folder(&home)?;
        let port = free_port()?;
        let users = home.join("users.txt");
        files::write_private(&users, &format!("\"postgres\" \"{}\"\n", postgres.password()))?;
        let settings = home.join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={} user=postgres password={}\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = plain\nauth_file = {}\n\
             pool_mode = transaction\nmax_client_conn = 500\ndefault_pool_size = 20\nunix_socket_dir =\n\
             ignore_startup_parameters = extra_float_digits\n",
            postgres.port(),
            postgres.password(),
            users.display(),
        );
        files::write_private(&settings, &text)?;
        let mut command = Command::new(program);
        command.arg(&settings);
        as_server_user(&mut command);
        let mut server = Server::spawn("pgbouncer", command, folder, reaper)?;
        let url = url(port, postgres.password(), "postgres");
        server.wait_until(|| async { connect(&url).await.is_ok() }).await?;
        Ok(Self { server, port, password: postgres.password().to_owned() })
    }

    /// The address of a database through the pooler.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        url(self.port, &self.password, database)
    }

    /// Stops it.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

fn url(port: u16, password: &str, database: &str) -> String {
    format!("postgres://postgres:{password}@127.0.0.1:{port}/{database}")
}
