//! Runs the fake platform until it is interrupted.

use clap::Parser;
use mock_shopee::{Config, Server};

/// A faithful fake of the Shopee Open Platform, with a control API under /_mock/.
#[derive(Parser)]
struct Options {
    /// Port on 127.0.0.1; 0 = any free one
    #[arg(long, default_value_t = 9480)]
    port: u16,
    /// Id of the partner app
    #[arg(long, default_value_t = 2_001_234)]
    partner_id: u64,
    /// Signing key of the partner app
    #[arg(long, default_value = "mock_partner_key")]
    partner_key: String,
    /// Mean delay of every answer
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=600_000))]
    latency_ms: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Options { port, partner_id, partner_key, latency_ms } = Options::parse();
    let server =
        Server::start(Config { port, partner_id, partner_key, latency_ms, ..Config::default() }).await?;
    println!("Fake Shopee Open Platform at {}", server.url());
    tokio::signal::ctrl_c().await?;
    server.stop().await;
    Ok(())
}
