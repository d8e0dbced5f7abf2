//! The Worker in workerd, started by Wrangler with the real wrangler.toml.

mod setup;

pub use setup::{Front, Setup, wrangler_dev};

use super::{
    free_port,
    server_process::{self, ServerProcess},
};
use anyhow::{Context, Result, bail, ensure};
use reqwest::{Client, Method};
use serde_json::Value;
use std::{net::TcpListener, path::PathBuf, time::Duration};
use tokio::sync::Mutex;

/// Timeout of requests to the Worker.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// Timeout of cron ticks: the queue processor runs for almost five minutes.
const TICK_TIMEOUT: Duration = Duration::from_secs(330);
/// Time until the port of a killed Worker must be free again.
const PORT_TIMEOUT: Duration = Duration::from_secs(120);
/// Polling interval of the port.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The name of its log file.
const NAME: &str = "worker";

/// Attempts to find a port.
const PORT_TRIES: u32 = 3;

/// A running Worker.
pub struct Worker {
    setup: Setup,
    server: Mutex<Option<ServerProcess>>,
    port: u16,
    log: PathBuf,
    /// Its URL, without a trailing slash.
    pub url: String,
    /// An HTTP client for it.
    pub http: Client,
}

impl Worker {
    /// Starts it and waits for its health check.
    ///
    /// # Errors
    /// It does not start; the message contains the end of its log.
    pub async fn start(setup: Setup) -> Result<Self> {
        let log = server_process::log_file(&setup.folder, NAME);
        let http = Client::builder().timeout(REQUEST_TIMEOUT).build()?;
        let mut worker = Self { setup, server: Mutex::new(None), port: 0, log, url: String::new(), http };
        for tries_left in (0..PORT_TRIES).rev() {
            worker.port = free_port()?;
            worker.url = format!("http://127.0.0.1:{}", worker.port);
            match worker.launch().await {
                Err(_) if tries_left > 0 && worker.lost_its_port() => {}
                launched => return launched.map(|()| worker),
            }
        }
        bail!("no port stays free long enough")
    }

    /// Another process may take the port between our check and Wrangler's bind.
    fn lost_its_port(&self) -> bool {
        self.log().contains("Address already in use")
    }

    /// Starts it again, on the same port and with its Durable Objects' storage.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn launch(&self) -> Result<()> {
        self.wait_for_port().await?;
        let command = self.setup.command(self.port)?;
        let mut server = ServerProcess::spawn(NAME, command, &self.setup.folder, &self.setup.reaper)?;
        let health = format!("{}/healthz", self.url);
        let healthy =
            async || self.http.get(&health).send().await.is_ok_and(|answer| answer.status().is_success());
        server.wait_until(healthy).await?;
        *self.server.lock().await = Some(server);
        Ok(())
    }

    /// The children of a killed Worker keep its port for a moment.
    async fn wait_for_port(&self) -> Result<()> {
        let waiting = async {
            while TcpListener::bind(("127.0.0.1", self.port)).is_err() {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        let waited = tokio::time::timeout(PORT_TIMEOUT, waiting).await;
        waited.with_context(|| format!("the port {} stays in use", self.port))
    }

    /// Kills Wrangler and workerd. Their memory is lost: running invocations and queued messages.
    pub async fn kill(&self) {
        if let Some(server) = self.server.lock().await.take() {
            server.kill().await;
        }
    }

    /// Calls the HTTP API as an operator. Returns the status and the JSON body.
    ///
    /// # Errors
    /// There is no response, or its body is not JSON.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<(u16, Value)> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.setup.secrets.operator_token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.context("the Worker does not answer")?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        let body =
            serde_json::from_str(&text).with_context(|| format!("{path} answered {status}: {text}"))?;
        Ok((status, body))
    }

    /// Fires a cron tick.
    ///
    /// # Errors
    /// The tick failed.
    pub async fn tick(&self, cron: &str) -> Result<()> {
        let expression = cron.replace(' ', "+");
        let url = format!("{}/cdn-cgi/handler/scheduled?cron={expression}&format=json", self.url);
        let answer = self.http.get(url).timeout(TICK_TIMEOUT).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(
            status.is_success() && !text.contains("exception"),
            "the tick '{cron}' answered {status}: {text}"
        );
        Ok(())
    }

    /// The last lines of the Worker's log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        server_process::log_tail(&self.log)
    }

    /// The whole log so far.
    #[must_use]
    pub fn log(&self) -> String {
        server_process::log(&self.log)
    }

    /// The largest linear memory in the Worker's log entries for chunks, in bytes.
    #[must_use]
    pub fn memory_bytes_max(&self) -> u64 {
        let log = self.log();
        let figures = log.split("\"memory_bytes\":").skip(1);
        let digits = figures.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
        digits.filter_map(|digits| digits.parse().ok()).max().unwrap_or(0)
    }

    /// The process group of Wrangler and workerd, while they run.
    pub async fn process_group(&self) -> Option<i32> {
        self.server.lock().await.as_ref().map(ServerProcess::group)
    }

    /// Stops it.
    pub async fn stop(self) {
        if let Some(server) = self.server.into_inner() {
            server.stop().await;
        }
    }
}
