//! The log of changed settings.

use crate::{
    samples::{SHOP, begun, campaign, campaigns, fence, raw},
    setup::{Database, each_way},
};
use anyhow::Result;
use serde_json::{Value, json};
use store::changes;

/// Campaign, field, old, new, run; the oldest first.
async fn log(database: &Database, campaign: Option<i64>) -> Result<Vec<(i64, String, Value, Value, i64)>> {
    let mut log = changes::list(&database.db, SHOP, campaign, None, 100).await?;
    log.reverse();
    let told = |c: api::campaign::Change| (c.campaign_id, c.field, c.old_value, c.new_value, c.generation);
    Ok(log.into_iter().map(told).collect())
}

fn entry(campaign: i64, field: &str, old: Value, new: Value, run: i64) -> (i64, String, Value, Value, i64) {
    (campaign, field.to_owned(), old, new, run)
}

#[tokio::test]
async fn every_field_that_changes_is_told_once() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        let before = campaign(1, "Cat tree");
        campaigns(&database.db, &fence(1, 10), &[before.clone(), campaign(2, "Litter")], &[]).await?;
        assert_eq!(log(database, None).await?, [], "what is new has not changed");

        begun(database, 2).await?;
        let mut after = before.clone();
        after.name = Some("Cat tower".to_owned());
        after.campaign_budget = Some(45.5);
        after.roas_target = None;
        after.raw_data = raw(&json!({ "unknown": true }));
        let mut raw_only = campaign(2, "Litter");
        raw_only.raw_data = raw(&json!({ "unknown": true }));
        let rows = [after, raw_only];
        campaigns(&database.db, &fence(2, 20), &rows, &[]).await?;
        // The same again, as after an unknown outcome.
        campaigns(&database.db, &fence(2, 20), &rows, &[]).await?;
        let told = [
            entry(1, "name", json!("Cat tree"), json!("Cat tower"), 2),
            entry(1, "campaign_budget", json!(30.10), json!(45.5), 2),
            entry(1, "roas_target", json!(6.5), Value::Null, 2),
        ];
        assert_eq!(log(database, None).await?, told);

        database
            .sql("UPDATE apishopee_ads_campaign_data SET status = 'paused' WHERE campaign_id = 2")
            .await?;
        let by_hand = entry(2, "status", json!("ongoing"), json!("paused"), 2);
        assert_eq!(log(database, Some(2)).await?, [by_hand], "whoever it was");
        assert_eq!(changes::list(&database.db, SHOP + 1, None, None, 10).await?, []);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn leaving_and_coming_back_are_changes() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        campaigns(&database.db, &fence(1, 10), &[campaign(1, "Cat tree")], &[]).await?;
        for fetched in [20, 30] {
            campaigns(&database.db, &fence(1, fetched), &[], &[1]).await?;
        }
        campaigns(&database.db, &fence(1, 40), &[campaign(1, "Cat tree")], &[]).await?;
        let log = log(database, None).await?;
        assert_eq!(log.len(), 4, "{log:?}");
        let status: Vec<_> = log.iter().filter(|(_, field, ..)| field == "status").collect();
        assert_eq!((&status[0].3, &status[1].3), (&json!("deleted"), &json!("ongoing")));
        let log: Vec<_> = log.iter().filter(|(_, field, ..)| field == "vanished_at").collect();
        assert!(log[0].2.is_null() && log[0].3.is_string() && log[1].2.is_string() && log[1].3.is_null());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn pages_skip_nothing_and_older_installations_begin_a_log_with_our_first_write() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        let foreign = "INSERT INTO apishopee_ads_campaign_data (shop_id, campaign_id, name, generation)";
        database.sql(&format!("{foreign} VALUES ({SHOP}, 7, 'old', 0)")).await?;
        for (fetched, name) in (1..).zip(["a", "b", "c", "d", "e", "f"]) {
            campaigns(&database.db, &fence(1, fetched), &[campaign(7, name)], &[]).await?;
        }
        let mut seen = Vec::new();
        let mut before = None;
        loop {
            let page = changes::list(&database.db, SHOP, Some(7), before, 2).await?;
            let Some(last) = page.last() else { break };
            before = Some(last.id);
            seen.extend(page.into_iter().map(|change| change.new_value));
        }
        assert_eq!(seen, ["f", "e", "d", "c", "b"], "the first of ours is where it begins");
        Ok(())
    })
    .await
}
