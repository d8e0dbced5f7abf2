//! Command-line options.

use super::seed::Shop;
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::path::PathBuf;

/// Maximum number of campaigns per shop.
const CAMPAIGNS_MAX: u32 = 100_000;

/// Options of `cargo xtask demo`.
#[derive(Args)]
pub struct Options {
    /// The shops, as id:campaigns, separated by commas.
    #[arg(long, default_value = "532963124:335,23426918:917,77000150:150,90010000:10000")]
    shops: String,
    /// Mean latency of the fake Shopee in milliseconds.
    #[arg(long, default_value_t = 100)]
    pub latency_ms: u32,
    /// Keep everything running until Ctrl-C.
    #[arg(long)]
    pub keep: bool,
    /// Write the table and the receipts to this file as JSON.
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// Copy the logs of all components to this folder at the end.
    #[arg(long)]
    pub logs: Option<PathBuf>,
    /// Seed of the campaigns; the same seed gives the same campaigns.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
}

impl Options {
    /// The parsed shops.
    ///
    /// # Errors
    /// An entry is invalid or repeated.
    pub fn shops(&self) -> Result<Vec<Shop>> {
        let shops = self.shops.split(',').map(parse).collect::<Result<Vec<_>>>()?;
        for (index, shop) in shops.iter().enumerate() {
            let again = shops.iter().skip(index + 1).any(|other| other.id == shop.id);
            ensure!(!again, "--shops names the shop {} twice", shop.id);
        }
        Ok(shops)
    }
}

fn parse(entry: &str) -> Result<Shop> {
    let read = || -> Option<Shop> {
        let (id, campaigns) = entry.trim().split_once(':')?;
        let (id, campaigns) = (id.parse::<u32>().ok()?, campaigns.parse().ok()?);
        (id > 0 && campaigns <= CAMPAIGNS_MAX).then(|| Shop::new(i64::from(id), campaigns))
    };
    read().with_context(|| {
        format!("--shops: '{entry}' is not <id>:<campaigns>, campaigns at most {CAMPAIGNS_MAX}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shops_are_parsed() {
        let shop = parse("532963124:335").unwrap();
        assert_eq!((shop.id, shop.campaigns), (532_963_124, 335));
        for bad in ["", "1", "1:", ":5", "0:5", "-1:5", "1:999999999", "99999999999:1", "1:5:6"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
