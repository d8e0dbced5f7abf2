//! Answers that say that figures are missing in them.

use super::{all_right, number, realtime, shop_of_pages, while_behaving};
use anyhow::{Result, ensure};
use e2e::{Shop, run_alone};
use serde_json::json;
use std::collections::BTreeMap;
use xtask::stack::Front;

const CAMPAIGNS: u32 = 250;

/// The tables of figures, each with what names a row beside the shop.
const TABLES: [(&str, &str); 4] = [
    ("apishopee_ads_performance_daily", "campaign_id, performance_date"),
    ("apishopee_ads_performance_hourly", "campaign_id, performance_date, hour"),
    ("apishopee_ads_shop_performance_daily", "performance_date"),
    ("apishopee_ads_shop_performance_hourly", "performance_date, hour"),
];

/// The counters of a shop's rows, by table and key.
type Counters = BTreeMap<String, Vec<f64>>;

async fn counters(shop: Shop<'_>) -> Result<Counters> {
    let mut all = Counters::new();
    for (table, key) in TABLES {
        let rows = format!(
            "SELECT concat_ws(' ', '{table}', {key}), array[impression, clicks, expense, direct_order, direct_gmv, \
             broad_order, broad_gmv, direct_item_sold, broad_item_sold]::float8[] FROM {table} WHERE shop_id = $1"
        );
        all.extend(shop.world.db.query(&rows, &[&shop.id]).await?.iter().map(|row| (row.get(0), row.get(1))));
    }
    Ok(all)
}

/// No row is gone, and no counter has fallen: late orders only add. Answers with how many rows have grown.
fn grown(before: &Counters, after: &Counters) -> Result<usize> {
    let mut grown = 0;
    for (key, old) in before {
        let new = after.get(key);
        let kept = new.is_some_and(|new| old.iter().zip(new).all(|(old, new)| new >= old));
        ensure!(kept, "{key} was {old:?} and is {new:?}");
        grown += usize::from(new != Some(old));
    }
    Ok(grown)
}

#[test]
fn a_partial_answer_takes_no_figure_away() {
    run_alone(Front::Worker, |world| async move {
        let shop = shop_of_pages(&world, CAMPAIGNS).await?;
        realtime(shop).await?;
        all_right(shop).await?;
        let whole = counters(shop).await?;
        while_behaving(&world, json!({ "restatement": 3 }), async {
            while_behaving(&world, json!({ "partial_warning": true }), async {
                let receipt = realtime(shop).await?;
                // Every chunk of performance, and the shop's totals.
                let chunks = number(&receipt, "performance_accounted").div_ceil(100) + 1;
                ensure!(number(&receipt, "partial_chunks") == chunks, "{receipt}");
                Ok(())
            })
            .await?;
            let partial = counters(shop).await?;
            ensure!(grown(&whole, &partial)? > 0, "what was told was not written");
            let receipt = realtime(shop).await?;
            ensure!(receipt["partial_chunks"] == 0, "{receipt}");
            ensure!(grown(&partial, &counters(shop).await?)? > 0, "nothing had been missing");
            all_right(shop).await
        })
        .await
    });
}

#[test]
fn what_a_partial_answer_does_not_tell_is_not_stored_as_zero() {
    run_alone(Front::Worker, |world| async move {
        let shop = shop_of_pages(&world, CAMPAIGNS).await?;
        while_behaving(&world, json!({ "partial_warning": true }), async {
            let receipt = realtime(shop).await?;
            ensure!(number(&receipt, "partial_chunks") > 0, "{receipt}");
            let stored = counters(shop).await?;
            let zero = stored.iter().find(|(_, counters)| counters.iter().all(|counter| *counter == 0.0));
            ensure!(zero.is_none() && !stored.is_empty(), "stored as zero: {zero:?}");
            Ok(())
        })
        .await?;
        realtime(shop).await?;
        all_right(shop).await
    });
}
