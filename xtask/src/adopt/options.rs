//! The command line.

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

/// What to do with which database. Without a flag: check, then apply the migrations.
#[derive(Args)]
pub struct Options {
    /// The installation: postgres://user:password@host:port/database
    #[arg(env = "DATABASE_URL", hide_env_values = true)]
    url: String,
    /// Change nothing; say what differs, what stands in the way, and which cron jobs must be switched off.
    #[arg(long, group = "what")]
    check: bool,
    /// Then seal tokens and keys with TOKEN_KEYS. The incumbent cannot read them any more.
    #[arg(long, group = "what")]
    seal_tokens: bool,
    /// Open what is sealed with TOKEN_KEYS, for the way back.
    #[arg(long, group = "what")]
    unseal_tokens: bool,
    /// Compare what the incumbent has written here with what the Worker has written to the copy.
    #[arg(long, group = "what", requires = "with", requires = "day")]
    compare: bool,
    /// Give the copy the access tokens of the installation, and take its refresh tokens.
    #[arg(long, group = "what", requires = "with")]
    copy_tokens: bool,
    /// The copy, for --compare and --copy-tokens.
    #[arg(long, env = "COPY_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    with: Option<String>,
    /// The day whose performance is compared; one that is over, and that both have synced since.
    #[arg(long, value_name = "YYYY-MM-DD")]
    day: Option<NaiveDate>,
    /// Where the text of what migrations replace is kept.
    #[arg(long, default_value = "way-back.sql", value_name = "FILE")]
    way_back: PathBuf,
}

/// Does it. False: something must be mended first, or the databases differ.
///
/// # Errors
/// Something is refused, or fails; what was done before that stays.
pub async fn run(options: &Options) -> Result<bool> {
    let keys = env::var("TOKEN_KEYS").ok();
    let (url, keys) = (options.url.as_str(), keys.as_deref());
    let with = || options.with.as_deref().context("--with is missing");
    if options.check {
        let report = super::check(url).await?;
        println!("{report}");
        Ok(report.to_mend() == 0)
    } else if options.compare {
        let comparison = compare(url, with()?, options.day.context("--day is missing")?).await?;
        println!("{comparison}");
        Ok(comparison.is_equal())
    } else if options.copy_tokens {
        let copied = copy_tokens(url, with()?).await?;
        println!(
            "{copied} shops have got another access token; the copy has no refresh tokens and writes no budgets"
        );
        Ok(true)
    } else if options.unseal_tokens {
        println!("opened: {}", told(unseal_tokens(url, keys).await?));
        println!("Next: run the file with the way back, then switch the old cron jobs on (its last lines).");
        Ok(true)
    } else {
        adopt(options, url, keys).await
    }
}

async fn adopt(options: &Options, url: &str, keys: Option<&str>) -> Result<bool> {
    if options.seal_tokens {
        // Better before the migrations than after them.
        tokens::keyring(keys)?;
    }
    let adopted = take_over(url, &options.way_back).await?;
    if adopted.report.to_mend() > 0 {
        println!("{}", adopted.report);
        return Ok(false);
    }
    if adopted.way_back {
        println!("✔ the way back is kept in {}", options.way_back.display());
    }
    for migration in &adopted.applied {
        println!("✔ {migration}");
    }
    println!("{} migrations applied", adopted.applied.len());
    if options.seal_tokens {
        println!("sealed: {}", told(seal_tokens(url, keys).await?));
        println!("Next: deploy the Worker with the same TOKEN_KEYS; see docs/adoption.md.");
    } else {
        println!(
            "Tokens are as they were. Next: cargo xtask adopt --seal-tokens, then deploy; see docs/adoption.md."
        );
    }
    Ok(true)
}

fn told(Rewritten { shops, texts }: Rewritten) -> String {
    format!("{texts} tokens and keys of {shops} shops")
}
