//! Runs the program as a person or a script does.

use anyhow::{Context, Result, bail};
use e2e::World;
use serde_json::Value;
use std::{path::PathBuf, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::Command,
    sync::OnceCell,
};
use xtask::paths;

static PROGRAM: OnceCell<PathBuf> = OnceCell::const_new();

/// The built program.
async fn program() -> Result<&'static PathBuf> {
    PROGRAM
        .get_or_try_init(|| async {
            let mut build = Command::new("cargo");
            build
                .args(["build", "-p", "cli", "--message-format=json-render-diagnostics"])
                .current_dir(paths::root());
            let output = build.output().await?;
            let messages = String::from_utf8(output.stdout)?;
            let executable = |line: &str| {
                serde_json::from_str::<Value>(line).ok()?["executable"].as_str().map(PathBuf::from)
            };
            messages.lines().find_map(executable).context("the command line does not compile")
        })
        .await
}

/// What it did.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// What it wrote to standard output, if this is its exit code.
    pub fn expect(self, code: i32) -> Result<String> {
        if self.code != Some(code) {
            bail!("expected {code}: {self:?}");
        }
        Ok(self.stdout)
    }
}

/// The program, with an environment.
pub struct Apishopee {
    environment: Vec<(&'static str, String)>,
}

impl Apishopee {
    /// For a deployment, with a token.
    pub async fn of(world: &World, token: &str) -> Result<Self> {
        program().await?;
        Ok(Self {
            environment: vec![
                ("APISHOPEE_URL", world.stack.worker.url.clone()),
                ("APISHOPEE_TOKEN", token.to_owned()),
            ],
        })
    }

    /// With these variables only.
    pub async fn with(environment: Vec<(&'static str, String)>) -> Result<Self> {
        program().await?;
        Ok(Self { environment })
    }

    async fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = Command::new(program().await?);
        let known = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("APISHOPEE_"));
        for (name, _) in known {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    }

    /// Runs it to its end.
    pub async fn run(&self, arguments: &[&str]) -> Result<Ended> {
        let output = self.command(arguments).await?.output().await?;
        let [stdout, stderr] =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok(Ended { code: output.status.code(), stdout, stderr })
    }

    /// What it tells programs.
    pub async fn json(&self, arguments: &[&str]) -> Result<Value> {
        let text = self.run(&[arguments, &["--json"]].concat()).await?;
        serde_json::from_str(&text.stdout).with_context(|| format!("{arguments:?}: {text:?}"))
    }

    /// Interrupts it as Ctrl-C does, once it has written this.
    pub async fn interrupted(&self, arguments: &[&str], once: &str) -> Result<Ended> {
        let mut child = self.command(arguments).await?.spawn()?;
        let mut lines = BufReader::new(child.stderr.take().context("its standard error")?).lines();
        let mut stderr = String::new();
        while !stderr.contains(once) {
            let line =
                lines.next_line().await?.with_context(|| format!("it ended without {once}: {stderr}"))?;
            stderr.push_str(&line);
            stderr.push('\n');
        }
        let pid = child.id().context("it has ended")?;
        Command::new("kill").args(["-INT", &pid.to_string()]).status().await?;
        lines.into_inner().read_to_string(&mut stderr).await?;
        Ok(Ended { code: child.wait().await?.code(), stdout: String::new(), stderr })
    }
}
