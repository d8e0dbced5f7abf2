//! The command line of `cargo xtask adopt`.

use super::{
    compare::compare,
    copy_tokens::copy_tokens,
    take_over::take_over,
    token_rows::Rewritten,
    tokens::{self, seal_tokens, unseal_tokens},
};
use anyhow::{Context, Result};
use chrono::NaiveDate;
use clap::Args;
use std::{env, path::PathBuf};

/// Without a flag: check the installation, then apply the migrations.
#[derive(Args)]
pub struct Options {
    /// The installation: postgres://user:password@host:port/database
    #[arg(env = "DATABASE_URL", hide_env_values = true)]
    url: String,
    /// Change nothing; report differences, blockers, and the cron jobs that must be switched off.
    #[arg(long, group = "what")]
    check: bool,
    /// After the migrations, encrypt tokens and keys with TOKEN_KEYS. The incumbent can no longer read them.
    #[arg(long, group = "what")]
    seal_tokens: bool,
    /// Decrypt tokens and keys with TOKEN_KEYS, to roll back.
    #[arg(long, group = "what")]
    unseal_tokens: bool,
    /// Compare the rows that the incumbent has written with those that the Worker has written to the copy.
    #[arg(long, group = "what", requires = "with", requires = "day")]
    compare: bool,
    /// Copy the installation's access tokens to the copy, and delete the copy's refresh tokens.
    #[arg(long, group = "what", requires = "with")]
    copy_tokens: bool,
    /// The copy's URL, for --compare and --copy-tokens.
    #[arg(long, env = "COPY_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    with: Option<String>,
    /// The day whose performance is compared; it must be over, and both sides must have synced since.
    #[arg(long, value_name = "YYYY-MM-DD")]
    day: Option<NaiveDate>,
    /// File to write the rollback script to: the definitions of the functions and the view that migrations replace.
    #[arg(long, default_value = "way-back.sql", value_name = "FILE")]
    way_back: PathBuf,
}

/// Runs the chosen action. Returns false if a blocker was found or the databases differ.
///
/// # Errors
/// A precondition does not hold, or a step fails; earlier steps are kept.
pub async fn run(options: &Options) -> Result<bool> {
    let keys = env::var("TOKEN_KEYS").ok();
    let (url, keys) = (options.url.as_str(), keys.as_deref());
    let with = || options.with.as_deref().context("--with is missing");
    if options.check {
        let report = super::check(url).await?;
        println!("{report}");
        Ok(report.blockers() == 0)
    } else if options.compare {
        let comparison = compare(url, with()?, options.day.context("--day is missing")?).await?;
        println!("{comparison}");
        Ok(comparison.is_equal())
    } else if options.copy_tokens {
        let copied = copy_tokens(url, with()?).await?;
        println!(
            "access tokens of {copied} shops updated; the copy has no refresh tokens and writes no budgets"
        );
        Ok(true)
    } else if options.unseal_tokens {
        println!("decrypted: {}", summary(unseal_tokens(url, keys).await?));
        println!("Next: run the rollback script, then switch the old cron jobs on (its last lines).");
        Ok(true)
    } else {
        adopt(options, url, keys).await
    }
}

async fn adopt(options: &Options, url: &str, keys: Option<&str>) -> Result<bool> {
    if options.seal_tokens {
        // Fail before the migrations rather than after them.
        tokens::keyring(keys)?;
    }
    let adopted = take_over(url, &options.way_back).await?;
    if adopted.report.blockers() > 0 {
        println!("{}", adopted.report);
        return Ok(false);
    }
    if adopted.wrote_rollback_script {
        println!("✔ rollback script: {}", options.way_back.display());
    }
    for migration in &adopted.applied {
        println!("✔ {migration}");
    }
    println!("{} migrations applied", adopted.applied.len());
    if options.seal_tokens {
        println!("encrypted: {}", summary(seal_tokens(url, keys).await?));
        println!("Next: deploy the Worker with the same TOKEN_KEYS; see docs/adoption.md.");
    } else {
        println!(
            "Tokens are unchanged. Next: cargo xtask adopt --seal-tokens, then deploy; see docs/adoption.md."
        );
    }
    Ok(true)
}

fn summary(Rewritten { shops, texts }: Rewritten) -> String {
    format!("{texts} tokens and keys of {shops} shops")
}
