//! The Worker in workerd, started by Wrangler with the real wrangler.toml.

use super::{PARTNER_ID, Reaper, child::Server, files, free_port, secrets::Secrets};
use crate::paths;
use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method};
use serde_json::Value;
use std::{path::Path, process::Command, time::Duration};

/// Longest wait for an answer of the Worker.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// What answers at the Worker's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// The Worker itself.
    Worker,
    /// A Worker that also puts any text into the queues and passes all else on; crons cannot be fired through it.
    QueueTap,
}

/// Wrangler gives `--var` and `--env-file` to the first Worker only, so the one behind the tap gets a copy of its
/// configuration that holds them.
fn behind_the_tap(folder: &Path, shopee_url: &str, secrets: &Secrets) -> Result<std::path::PathBuf> {
    let root = paths::root();
    let mut configuration: toml::Table = std::fs::read_to_string(root.join("wrangler.toml"))?.parse()?;
    configuration.remove("build");
    let main = root.join("build/index.js").to_string_lossy().into_owned();
    configuration.insert("main".to_owned(), main.into());
    let mut vars = toml::Table::new();
    vars.insert("SHOPEE_BASE_URL".to_owned(), shopee_url.into());
    for line in secrets.environment(PARTNER_ID).lines() {
        let (name, value) = line.split_once('=').context("an environment file has NAME=value lines")?;
        vars.insert(name.to_owned(), value.into());
    }
    configuration.insert("vars".to_owned(), vars.into());
    let file = folder.join("behind-the-tap.toml");
    files::write_private(&file, &configuration.to_string())?;
    Ok(file)
}

/// A running Worker.
pub struct Worker {
    server: Server,
    /// Its address, without a trailing slash.
    pub url: String,
    /// An HTTP client for it.
    pub http: Client,
    operator_token: String,
}

impl Worker {
    /// Starts it and waits for its health check.
    ///
    /// # Errors
    /// It does not come up; the end of its log is in the message.
    pub async fn start(
        folder: &Path,
        database_url: &str,
        shopee_url: &str,
        secrets: &Secrets,
        front: Front,
        reaper: &Reaper,
    ) -> Result<Self> {
        let port = free_port()?;
        let environment = folder.join("worker.env");
        files::write_private(&environment, &secrets.environment(PARTNER_ID))?;
        let mut command = Command::new(paths::npm_program("wrangler"));
        command
            .current_dir(paths::root())
            .arg("dev")
            .args([
                "--ip",
                "127.0.0.1",
                "--port",
                &port.to_string(),
                "--inspector-port",
                &free_port()?.to_string(),
            ])
            .args(["--show-interactive-dev-session=false", "--log-level", "log"])
            .args(["--var", &format!("SHOPEE_BASE_URL:{shopee_url}")])
            .arg("--env-file")
            .arg(&environment)
            .arg("--persist-to")
            .arg(folder.join("workerd"))
            .env("PATH", paths::path_variable())
            .env("CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_DB", database_url)
            .env("WRANGLER_SEND_METRICS", "false")
            // By default all stacks of a user share these, and Workers of one name overwrite each other there.
            .env("WRANGLER_REGISTRY_PATH", folder.join("registry"))
            .env("WRANGLER_LOG_PATH", folder.join("wrangler-logs"))
            .env("CI", "true");
        match front {
            Front::Worker => command.args(["--config", "wrangler.toml"]),
            Front::QueueTap => command
                .args(["--config", "xtask/queue-tap/wrangler.toml", "--config"])
                .arg(behind_the_tap(folder, shopee_url, secrets)?),
        };
        let mut server = Server::spawn("worker", command, folder, reaper)?;
        let url = format!("http://127.0.0.1:{port}");
        let http = Client::builder().timeout(ANSWER_TIMEOUT).build()?;
        let health = format!("{url}/healthz");
        let probe = http.clone();
        server
            .wait_until(|| async {
                probe.get(&health).send().await.is_ok_and(|answer| answer.status().is_success())
            })
            .await?;
        Ok(Self { server, url, http, operator_token: secrets.operator_token.clone() })
    }

    /// Calls the HTTP interface as an operator. Answers with the status and the JSON body.
    ///
    /// # Errors
    /// No answer, or one without JSON.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<(u16, Value)> {
        let mut request =
            self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.operator_token);
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
        let answer = self.http.get(url).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(
            status.is_success() && !text.contains("exception"),
            "the tick '{cron}' answered {status}: {text}"
        );
        Ok(())
    }

    /// The end of the Worker's log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        self.server.log_tail()
    }

    /// The whole log so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read(&self.server.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// The largest linear memory that the Worker has logged with a chunk, in bytes.
    #[must_use]
    pub fn memory_bytes_max(&self) -> u64 {
        let log = self.log();
        let figures = log.split("\"memory_bytes\":").skip(1);
        let digits = figures.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
        digits.filter_map(|digits| digits.parse().ok()).max().unwrap_or(0)
    }

    /// Stops it.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}
