//! A large fleet that is due at once.

use super::QUEUE_PROCESSOR;
use anyhow::{Context, Result, ensure};
use e2e::{World, run_apart};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};
use xtask::{
    demo::seed::{self, Shop},
    stack::Front,
};

/// How many shops of how many campaigns.
const SIZES: [(usize, u32); 4] = [(800, 20), (150, 100), (45, 300), (5, 2_000)];
const PLACES: i64 = 20;
const TIME: Duration = Duration::from_secs(20 * 60);
const TICK: Duration = Duration::from_secs(5 * 60);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// The line at a moment.
struct Line {
    due: i64,
    at_work: i64,
    over: i64,
}

async fn line(world: &World) -> Result<Line> {
    let count = "SELECT count(*) FILTER (WHERE status = 'pending'), count(*) FILTER (WHERE status = 'processing'), \
                 count(*) FILTER (WHERE status NOT IN ('pending', 'processing')) FROM apishopee_ads_sync_queue WHERE is_chunk IS NOT TRUE";
    let row = world.db.query_one(count, &[]).await?;
    Ok(Line { due: row.get(0), at_work: row.get(1), over: row.get(2) })
}

/// Small and large shops, mixed; each is due a second after the one before.
async fn queue(world: &World) -> Result<usize> {
    let times: usize = std::env::var("FLEET_TIMES").map_or(Ok(1), |times| times.parse())?;
    let of_a_size = |(shops, campaigns): &(usize, u32)| std::iter::repeat_n(*campaigns, shops * times);
    let mut sizes: Vec<u32> = SIZES.iter().flat_map(of_a_size).collect();
    let (count, mut at) = (sizes.len(), 0);
    for place in 0..count {
        at = (at * 421 + 337) % count;
        sizes.swap(place, at);
    }
    let shops: Vec<Shop> = (0_i64..).zip(&sizes).map(|(n, size)| Shop::new(70_000_000 + n, *size)).collect();
    seed::shops(world.stack, &shops, 11).await?;
    let insert = "INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type, priority, created_at) \
                  SELECT shop_id, 'realtime', 10, now() - interval '2 hours' + (shop_id - 70000000) * interval '1 second' \
                  FROM apishopee_shops WHERE shop_id >= 70000000";
    let rows = world.db.execute(insert, &[]).await?;
    ensure!(rows == count as u64, "{rows} rows");
    Ok(count)
}

/// The longest time for which places were free, jobs were due, and none was taken.
async fn watch(world: &World, count: usize) -> Result<Duration> {
    let (begun, mut idle_since, mut longest, mut last) = (Instant::now(), None, Duration::ZERO, 0);
    loop {
        let Line { due, at_work, over } = line(world).await?;
        if over as usize == count {
            return Ok(longest);
        }
        ensure!(begun.elapsed() < TIME, "{due} are due, {at_work} at work, {over} over after {TIME:?}");
        if due > 0 && at_work < PLACES && std::mem::replace(&mut last, due) == due {
            longest = longest.max(idle_since.get_or_insert_with(Instant::now).elapsed());
        } else {
            idle_since = None;
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// `cargo test -p e2e --test fleet -- --ignored --nocapture` measures it; `FLEET_TIMES=5`: with so many times the shops.
#[test]
#[ignore = "a benchmark of up to twenty minutes"]
fn a_thousand_shops_are_taken_in_order_without_a_pause() {
    run_apart(Front::Worker, |world| async move {
        world
            .settings(&format!(
                "app_calls_per_second = 100, shop_calls_per_second = 100, queue_batch = {PLACES}"
            ))
            .await?;
        let count = queue(&world).await?;
        let begun = Instant::now();
        let ticks = async {
            for tick in 0_u32.. {
                sleep_until(begun + TICK * tick).await;
                world.tick(QUEUE_PROCESSOR).await?;
            }
            anyhow::Ok(Duration::ZERO)
        };
        let idle = tokio::select! {
            idle = watch(&world, count) => idle?,
            ended = ticks => ended.context("a tick failed")?,
        };
        let took = begun.elapsed();
        let not = "SELECT count(*) FROM apishopee_ads_sync_queue WHERE is_chunk IS NOT TRUE AND (status <> 'completed' OR retry_count > 0)";
        ensure!(world.value::<i64>(not, &[]).await? == 0, "not all were completed at once");
        // By how many others a job was overtaken at most: those that are taken together have no order.
        let overtaken = "SELECT max(late)::bigint FROM (SELECT rank() OVER (ORDER BY started_at) \
                         - row_number() OVER (ORDER BY created_at) AS late FROM apishopee_ads_sync_queue WHERE is_chunk IS NOT TRUE) l";
        let overtaken: i64 = world.value(overtaken, &[]).await?;
        println!(
            "{count} shops in {} s; {} ms without taking one although places were free; {overtaken} overtook",
            took.as_secs(),
            idle.as_millis()
        );
        ensure!(overtaken <= 0, "a job was overtaken by {overtaken}");
        Ok(())
    });
}
