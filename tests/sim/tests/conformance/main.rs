//! The model of Postgres against a real one: random statements, every answer and every row compared.
//!
//! Needs `TEST_DATABASE_URL`, which `cargo xtask test` sets.

mod both;
mod budgets;
mod samples;
mod server;
mod steps;

use both::Both;
use rand::{Rng, SeedableRng, rngs::StdRng};
use server::Server;
use std::collections::BTreeSet;

/// Sequences, and statements of each.
const SEQUENCES: u64 = 30;
const STEPS: u32 = 150;
/// When they begin, unix milliseconds: weeks before summer time ends in Chile, and shortly before a midnight there that its
/// beginning leaves out.
const STARTS_MS: [i64; 2] = [1_772_295_000_000, 1_788_660_000_000];

#[tokio::test]
async fn the_model_answers_as_postgres_does() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let seed = std::env::var("SIM_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    println!("seeds {seed} to {}", seed + SEQUENCES - 1);
    let mut seen = BTreeSet::new();
    for sequence in seed..seed + SEQUENCES {
        let both = Both::new(&server, STARTS_MS[(sequence % 2) as usize]).await?;
        let mut rng = StdRng::seed_from_u64(sequence);
        for step in 0..STEPS {
            both.advance([1, 20, 3_000, 70_000, 700_000, 2_400_000][(rng.next_u64() % 6) as usize]).await?;
            if rng.next_u64() % 40 == 0 {
                both.advance(8 * 24 * 3_600_000).await?;
            }
            let done = steps::any(&both, &mut rng).await?;
            both.compare()
                .await
                .map_err(|error| error.context(format!("seed {sequence}, {step}: {done}")))?;
        }
        seen.extend(both.seen.take());
    }
    // A summary, of which the model gives only what is read; alerts that steer nothing.
    let apart = [
        "shops.list",
        "shops.watch_consents",
        "partner_keys.others",
        "partner_keys.under_others",
        "sinks.under_others",
        "freshness.watch",
        "cron_ticks.record",
    ];
    let missed: Vec<&str> =
        sim::db::Model::statements().filter(|name| !seen.contains(name) && !apart.contains(name)).collect();
    anyhow::ensure!(missed.is_empty(), "never compared: {missed:?}");
    server.remove().await
}
