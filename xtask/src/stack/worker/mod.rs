//! The Worker in workerd, started by Wrangler with the real wrangler.toml.

use super::{
    PARTNER_ID, Reaper,
    child::{self, Server},
    files, free_port,
    secrets::Secrets,
};
use crate::paths;
use anyhow::{Context, Result, bail, ensure};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::{net::TcpListener, path::PathBuf, process::Command, time::Duration};
use tokio::sync::Mutex;

/// Longest wait for an answer of the Worker.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// The tick of the queue looks at the line for almost five minutes.
const TICK_TIMEOUT: Duration = Duration::from_secs(330);
/// Longest wait until the port of a Worker that was killed is free again.
const PORT_TIMEOUT: Duration = Duration::from_secs(120);
/// Pause between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Names its log.
const NAME: &str = "worker";

/// What answers at the Worker's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// The Worker itself.
    Worker,
    /// A Worker that also puts any text into the queues and passes all else on; crons cannot be fired through it.
    QueueTap,
}

/// What a Worker is started with.
pub struct Setup {
    /// The stack's folder. What the Worker keeps (its objects' storage) is in there and outlives it.
    pub folder: PathBuf,
    /// Where it finds Postgres.
    pub database_url: String,
    /// Where it finds Shopee.
    pub shopee_url: String,
    /// Keys and tokens.
    pub secrets: Secrets,
    /// What answers at its address.
    pub front: Front,
    /// Whether a message may crash it.
    pub test_crash: bool,
    /// By how many milliseconds its clock is ahead of the machine's.
    pub ahead_ms: i64,
    /// Who stops it if we cannot.
    pub reaper: Reaper,
}

impl Setup {
    fn variables(&self) -> Vec<(&'static str, &str)> {
        let crash = self.test_crash.then_some(("TEST_CRASH", "1"));
        [("SHOPEE_BASE_URL", self.shopee_url.as_str())].into_iter().chain(crash).collect()
    }

    /// Wrangler gives `--var` and `--env-file` to the first Worker only, so the one behind the tap gets a copy of its
    /// configuration that holds them.
    fn behind_the_tap(&self) -> Result<PathBuf> {
        let root = paths::root();
        let mut configuration: toml::Table = std::fs::read_to_string(root.join("wrangler.toml"))?.parse()?;
        configuration.remove("build");
        let main =
            configuration.get("main").and_then(toml::Value::as_str).context("wrangler.toml has no main")?;
        let main = root.join(main).to_string_lossy().into_owned();
        configuration.insert("main".to_owned(), main.into());
        let mut vars = toml::Table::new();
        for (name, value) in self.variables() {
            vars.insert(name.to_owned(), value.into());
        }
        for line in self.secrets.environment(PARTNER_ID).lines() {
            let (name, value) = line.split_once('=').context("an environment file has NAME=value lines")?;
            vars.insert(name.to_owned(), value.into());
        }
        configuration.insert("vars".to_owned(), vars.into());
        let file = self.folder.join("behind-the-tap.toml");
        files::write_private(&file, &configuration.to_string())?;
        Ok(file)
    }

    /// The Worker under another clock: workerd itself does not come up under one.
    fn ahead(&self) -> Result<PathBuf> {
        let module = |name: &str| paths::root().join(name).to_string_lossy().into_owned();
        let clock = json!(module("xtask/moved-clock/clock.js"));
        let entry = json!(module("src/entry.js"));
        let text = format!(
            "import {{ begin, moved }} from {clock};\nbegin({});\nconst entry = await import({entry});\n\
             export default entry.default;\nexport const ShopSync = moved(entry.ShopSync);\n\
             export const AppGovernor = moved(entry.AppGovernor);\n",
            self.ahead_ms
        );
        let file = self.folder.join("ahead.js");
        std::fs::write(&file, text).context("the Worker's other clock cannot be written")?;
        Ok(file)
    }

    fn command(&self, port: u16) -> Result<Command> {
        let environment = self.folder.join("worker.env");
        files::write_private(&environment, &self.secrets.environment(PARTNER_ID))?;
        // Wrangler and workerd leave folders behind if they are killed: they go with the stack's.
        let temporary = self.folder.join("tmp");
        std::fs::create_dir_all(&temporary)?;
        let mut command = Command::new(paths::npm_program("wrangler"));
        command.arg("dev");
        if self.ahead_ms != 0 {
            command.arg(self.ahead()?);
        }
        command
            .current_dir(paths::root())
            .args(["--ip", "127.0.0.1", "--port", &port.to_string()])
            .args(["--inspector-port", &free_port()?.to_string()])
            .args(["--show-interactive-dev-session=false", "--log-level", "log"])
            .arg("--env-file")
            .arg(&environment)
            .arg("--persist-to")
            .arg(self.folder.join("workerd"))
            .env("PATH", paths::path_variable())
            .env("TMPDIR", temporary)
            .env("CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_DB", &self.database_url)
            .env("WRANGLER_SEND_METRICS", "false")
            // By default all stacks of a user share these, and Workers of one name overwrite each other there.
            .env("WRANGLER_REGISTRY_PATH", self.folder.join("registry"))
            .env("WRANGLER_LOG_PATH", self.folder.join("wrangler-logs"))
            .env("CI", "true");
        for (name, value) in self.variables() {
            command.args(["--var", &format!("{name}:{value}")]);
        }
        match self.front {
            Front::Worker => command.args(["--config", "wrangler.toml"]),
            Front::QueueTap => command
                .args(["--config", "xtask/queue-tap/wrangler.toml", "--config"])
                .arg(self.behind_the_tap()?),
        };
        Ok(command)
    }
}

/// Ports that are tried.
const PORT_TRIES: u32 = 3;

/// A Worker.
pub struct Worker {
    setup: Setup,
    server: Mutex<Option<Server>>,
    port: u16,
    log: PathBuf,
    /// Its address, without a trailing slash.
    pub url: String,
    /// An HTTP client for it.
    pub http: Client,
}

impl Worker {
    /// Starts it and waits for its health check.
    ///
    /// # Errors
    /// It does not come up; the end of its log is in the message.
    pub async fn start(setup: Setup) -> Result<Self> {
        let log = child::log_file(&setup.folder, NAME);
        let http = Client::builder().timeout(ANSWER_TIMEOUT).build()?;
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

    /// Between our look and Wrangler's, somebody else may take a port that was free.
    fn lost_its_port(&self) -> bool {
        self.log().contains("Address already in use")
    }

    /// Starts it once more, at the same address and with what its objects have stored.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn launch(&self) -> Result<()> {
        self.until_the_port_is_free().await?;
        let command = self.setup.command(self.port)?;
        let mut server = Server::spawn(NAME, command, &self.setup.folder, &self.setup.reaper)?;
        let health = format!("{}/healthz", self.url);
        let healthy =
            async || self.http.get(&health).send().await.is_ok_and(|answer| answer.status().is_success());
        server.wait_until(healthy).await?;
        *self.server.lock().await = Some(server);
        Ok(())
    }

    /// The children of a Worker that was killed hold its port for a moment longer.
    async fn until_the_port_is_free(&self) -> Result<()> {
        let waiting = async {
            while TcpListener::bind(("127.0.0.1", self.port)).is_err() {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        let waited = tokio::time::timeout(PORT_TIMEOUT, waiting).await;
        waited.with_context(|| format!("the port {} stays in use", self.port))
    }

    /// Kills Wrangler and workerd. What is in their memory is lost: running invocations and the queues' messages.
    pub async fn kill(&self) {
        if let Some(server) = self.server.lock().await.take() {
            server.kill().await;
        }
    }

    /// Calls the HTTP interface as an operator. Answers with the status and the JSON body.
    ///
    /// # Errors
    /// No answer, or one without JSON.
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

    /// The end of the Worker's log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        child::log_tail(&self.log)
    }

    /// The whole log so far.
    #[must_use]
    pub fn log(&self) -> String {
        child::log(&self.log)
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
        if let Some(server) = self.server.into_inner() {
            server.stop().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_left_in_the_temporary_folder_of_all() {
        let folder = files::private_folder().unwrap();
        let setup = Setup {
            folder: folder.path().to_path_buf(),
            database_url: String::new(),
            shopee_url: String::new(),
            secrets: Secrets::random(),
            front: Front::Worker,
            test_crash: false,
            ahead_ms: 0,
            reaper: Reaper::start(folder.path()).unwrap(),
        };
        let command = setup.command(1).unwrap();
        let temporary =
            command.get_envs().find(|(name, _)| *name == "TMPDIR").and_then(|(_, value)| value).unwrap();
        let temporary = std::path::Path::new(temporary);
        assert!(temporary.starts_with(folder.path()) && temporary.is_dir());
    }
}
