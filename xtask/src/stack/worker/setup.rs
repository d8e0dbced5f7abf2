//! How Wrangler is started: configuration, variables, secrets and the fake clock.

use crate::{
    build::{self, Bundle},
    paths,
    stack::{PARTNER_ID, Reaper, files, free_port, secrets::Secrets},
};
use anyhow::{Context, Result};
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// What listens at the Worker's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// The Worker itself.
    Worker,
    /// A Worker that can put arbitrary text into the queues and passes all other requests on; it does not forward cron ticks.
    QueueTap,
}

/// Configuration of a Worker.
pub struct Setup {
    /// Which bundle it is.
    pub bundle: Bundle,
    /// The checkout whose bundle runs as it was built; `None` for this one, whose bundle Wrangler builds anew whenever the
    /// sources change.
    pub checkout: Option<PathBuf>,
    /// Whether the local runtime keeps traces of every call, as it does by default.
    pub traces: bool,
    /// The stack's folder. It holds the Durable Objects' storage, which survives restarts.
    pub folder: PathBuf,
    /// The URL of Postgres.
    pub database_url: String,
    /// The URL of Shopee.
    pub shopee_url: String,
    /// Keys and tokens.
    pub secrets: Secrets,
    /// What listens at its address.
    pub front: Front,
    /// Whether it handles test messages that crash it.
    pub test_crash: bool,
    /// Whether sinks of alerts may be on this machine.
    pub open_sinks: bool,
    /// Offset of its clock from the machine's, in milliseconds.
    pub clock_offset_ms: i64,
    /// Stops it if this process is killed.
    pub reaper: Reaper,
}

impl Setup {
    fn variables(&self) -> Vec<(&'static str, &str)> {
        let crash = self.test_crash.then_some(("TEST_CRASH", "1"));
        let sinks = self.open_sinks.then_some(("TEST_OPEN_SINKS", "1"));
        [("SHOPEE_BASE_URL", self.shopee_url.as_str())].into_iter().chain(crash).chain(sinks).collect()
    }

    /// Wrangler applies `--var` and `--env-file` to the first Worker only, so the Worker behind the queue tap gets a copy of
    /// its configuration that contains them.
    fn config_behind_tap(&self) -> Result<PathBuf> {
        let mut configuration = config_without_build(&paths::root())?;
        let main = self.bundle.entry().to_string_lossy().into_owned();
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

    /// The configuration of the Worker itself, and the checkout that it belongs to.
    fn config(&self) -> Result<(PathBuf, PathBuf)> {
        match &self.checkout {
            None => Ok((paths::root().join("wrangler.toml"), paths::root())),
            Some(checkout) => {
                let file = self.folder.join("as-built.toml");
                files::write_private(&file, &config_without_build(checkout)?.to_string())?;
                Ok((file, checkout.clone()))
            }
        }
    }

    /// An entry module that installs the fake clock in JavaScript: workerd itself does not start under libfaketime.
    fn fake_clock_entry(&self) -> Result<PathBuf> {
        let module = |name: &str| paths::root().join(name).to_string_lossy().into_owned();
        let clock = json!(module("xtask/fake-clock/clock.js"));
        let entry = json!(self.bundle.entry().to_string_lossy());
        let text = format!(
            "import {{ install, withFakeClock }} from {clock};\ninstall({});\nconst entry = await import({entry});\n\
             export default entry.default;\nexport const ShopSync = withFakeClock(entry.ShopSync);\n\
             export const AppGovernor = withFakeClock(entry.AppGovernor);\n\
             export const FleetLive = withFakeClock(entry.FleetLive);\n",
            self.clock_offset_ms
        );
        let file = self.folder.join("fake-clock-entry.js");
        std::fs::write(&file, text).context("the Worker's entry module cannot be written")?;
        Ok(file)
    }

    /// The command that starts it on a port.
    pub(super) fn command(&self, port: u16) -> Result<Command> {
        let environment = self.folder.join("worker.env");
        files::write_private(&environment, &self.secrets.environment(PARTNER_ID))?;
        let (config, checkout) = self.config()?;
        let mut command = wrangler_dev(&self.folder, port)?;
        if self.clock_offset_ms != 0 {
            command.arg(self.fake_clock_entry()?);
        } else if self.bundle == Bundle::Quick {
            command.arg(self.bundle.entry());
        }
        if self.bundle == Bundle::Quick {
            // For Wrangler's build command.
            command.env(build::QUICK, "true");
        }
        command
            .current_dir(checkout)
            .arg("--env-file")
            .arg(&environment)
            .env("CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_DB", &self.database_url);
        if !self.traces {
            command.env("X_LOCAL_OBSERVABILITY", "false");
        }
        for (name, value) in self.variables() {
            command.args(["--var", &format!("{name}:{value}")]);
        }
        match self.front {
            Front::Worker => command.arg("--config").arg(config),
            Front::QueueTap => command
                .args(["--config", "xtask/queue-tap/wrangler.toml", "--config"])
                .arg(self.config_behind_tap()?),
        };
        Ok(command)
    }
}

/// A checkout's wrangler.toml, to be used from any folder, without the command that builds the bundle.
fn config_without_build(checkout: &Path) -> Result<toml::Table> {
    let mut configuration: toml::Table = std::fs::read_to_string(checkout.join("wrangler.toml"))?.parse()?;
    configuration.remove("build");
    let absolute = |table: &mut toml::Table, name: &str| -> Result<()> {
        let value = table.get_mut(name).with_context(|| format!("wrangler.toml has no {name}"))?;
        let path = value.as_str().with_context(|| format!("{name} of wrangler.toml is no path"))?;
        *value = checkout.join(path).to_string_lossy().into_owned().into();
        Ok(())
    };
    absolute(&mut configuration, "main")?;
    // A release from before has none.
    if let Some(assets) = configuration.get_mut("assets").and_then(toml::Value::as_table_mut) {
        absolute(assets, "directory")?;
    }
    Ok(configuration)
}

/// `wrangler dev` on a port, with everything that it writes in `folder`. A positional argument must come before other options.
///
/// # Errors
/// No port is free, or the folder cannot be written.
pub fn wrangler_dev(folder: &Path, port: u16) -> Result<Command> {
    // Wrangler and workerd leave temporary folders behind if killed; these are deleted with the stack's folder.
    let temporary = folder.join("tmp");
    std::fs::create_dir_all(&temporary)?;
    let mut command = Command::new(paths::npm_program("wrangler"));
    command
        .arg("dev")
        .args(["--ip", "127.0.0.1", "--port", &port.to_string()])
        .args(["--inspector-port", &free_port()?.to_string()])
        .args(["--show-interactive-dev-session=false", "--log-level", "log"])
        .arg("--persist-to")
        .arg(folder.join("workerd"))
        .env("PATH", paths::path_variable())
        .env("TMPDIR", temporary)
        .env("WRANGLER_SEND_METRICS", "false")
        // By default all stacks of a user share these, and Workers of the same name overwrite each other's entries.
        .env("WRANGLER_REGISTRY_PATH", folder.join("registry"))
        .env("WRANGLER_LOG_PATH", folder.join("wrangler-logs"))
        .env("CI", "true");
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn temporary_files_stay_in_the_stacks_folder() {
        let folder = files::private_folder().unwrap();
        let setup = Setup {
            bundle: Bundle::Full,
            checkout: None,
            traces: true,
            folder: folder.path().to_path_buf(),
            database_url: String::new(),
            shopee_url: String::new(),
            secrets: Secrets::random(),
            front: Front::Worker,
            test_crash: false,
            open_sinks: false,
            clock_offset_ms: 0,
            reaper: Reaper::start(folder.path()).unwrap(),
        };
        let command = setup.command(1).unwrap();
        let temporary =
            command.get_envs().find(|(name, _)| *name == "TMPDIR").and_then(|(_, value)| value).unwrap();
        let temporary = std::path::Path::new(temporary);
        assert!(temporary.starts_with(folder.path()) && temporary.is_dir());
    }
}
