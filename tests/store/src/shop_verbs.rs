//! Shops that are switched off, on, changed and deleted.

use crate::{
    samples::shop,
    setup::{Database, each_way},
};
use anyhow::{Context, Result};
use store::shops::{self, Changes};

const OFF: Changes<'_> = Changes { shop_name: None, region: None, enabled: Some(false) };
const ON: Changes<'_> = Changes { shop_name: None, region: None, enabled: Some(true) };

/// How many jobs each way of queueing makes: realtime syncs of who is due, and backfills of all.
async fn queued(database: &Database) -> Result<(String, String)> {
    database.sql("DELETE FROM apishopee_ads_sync_queue").await?;
    let due = database.sql("SELECT ads_enqueue_due_syncs()").await?;
    Ok((due, database.sql("SELECT enqueue_all_shops_sync('backfill_day', 0)").await?))
}

#[tokio::test]
async fn a_shop_that_is_off_is_not_queued_not_budgeted_and_comes_back_as_it_was() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        shop(database, 5).await?;
        database
            .sql("INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, hour_start, hour_end, budget, is_active)
                  VALUES (5, 1, 8, 9, 70, true)")
            .await?;
        let budgets = async || store::budgets::due(db, 1_800, None).await.map(|due| due.len());
        assert_eq!((queued(database).await?, budgets().await?), (("1".to_owned(), "1".to_owned()), 1));
        assert_eq!(shops::change(db, 5, OFF, "ann").await?, Some(true));
        assert_eq!(shops::change(db, 5, OFF, "ann").await?, Some(false), "it was off before");
        assert_eq!((queued(database).await?, budgets().await?), (("0".to_owned(), "0".to_owned()), 0));
        assert_eq!(database.sql("SELECT ads_budget_rules(5) -> 'shop' ->> 'enabled'").await?, "false");
        let row = shops::load(db, 5).await?.context("its row")?;
        assert!(row.is_disabled && row.access_token.is_some());
        assert!(shops::summary(db, 5).await?.context("shown")?.disabled_at_ms.is_some());
        // A new consent does not switch it on.
        database.sql("UPDATE apishopee_shops SET token_state = 'ok'").await?;
        assert_eq!(queued(database).await?.0, "0");
        assert_eq!(shops::change(db, 5, ON, "ann").await?, Some(false));
        assert_eq!((queued(database).await?, budgets().await?), (("1".to_owned(), "1".to_owned()), 1));
        assert_eq!(database.sql("SELECT ads_budget_rules(5) -> 'shop' -> 'enabled'").await?, "null");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_changes_is_stored_and_noted_and_the_rest_stays() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        shop(database, 5).await?;
        let named = Changes { shop_name: Some("Bà Năm"), ..Changes::default() };
        assert_eq!(shops::change(db, 5, named, "ann").await?, Some(true));
        let moved = Changes { region: Some("TH"), ..Changes::default() };
        assert_eq!(shops::change(db, 5, moved, "ann").await?, Some(true));
        let shown = shops::summary(db, 5).await?.context("its row")?;
        assert_eq!((shown.shop_name.as_deref(), shown.region.as_deref(), shown.disabled_at_ms), (Some("Bà Năm"), Some("TH"), None));
        assert_eq!(shops::change(db, 6, moved, "ann").await?, None);
        let log = "SELECT string_agg(actor || ' ' || action || ' ' || (after ->> 'shop_name') || ' ' || (after ->> 'region'), ',' ORDER BY at)
                   FROM apishopee_ads_audit_log WHERE shop_id = 5";
        assert!(database.sql(log).await?.ends_with("ann shop.change Bà Năm TH"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_shop_is_deleted_step_by_step_with_its_data_or_without() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        for id in [5, 6] {
            shop(database, id).await?;
            database
                .sql(&format!(
                    "INSERT INTO apishopee_ads_campaign_data (shop_id, campaign_id) SELECT {id}, g FROM generate_series(1, 7) g;
                     INSERT INTO apishopee_ads_sync_queue (shop_id, sync_type) VALUES ({id}, 'realtime');
                     INSERT INTO apishopee_ads_alerts (kind, shop_id, severity, text) VALUES ('run_failed', {id}, 'warning', 'x')"
                ))
                .await?;
        }
        let first = shops::delete(db, 5, true, 3, "ann").await?.context("a step")?;
        assert!(!first.is_gone && first.rows.get("apishopee_ads_campaign_data") == Some(&3), "{first:?}");
        assert!(shops::load(db, 5).await?.context("still there")?.is_disabled);
        let mut steps = 1;
        while !shops::delete(db, 5, true, 3, "ann").await?.context("a step")?.is_gone {
            steps += 1;
        }
        assert_eq!((steps, shops::delete(db, 5, true, 3, "ann").await?), (2, None));
        let kept = shops::delete(db, 6, false, 100, "ann").await?.context("a step")?;
        assert!(kept.is_gone && kept.rows.get("apishopee_ads_campaign_data").is_none(), "{kept:?}");
        // Every table that has a shop_id, but for what is kept on purpose.
        let left = "SELECT string_agg(t.name || ':' || t.shop, ' ' ORDER BY t.name, t.shop) FROM (
              SELECT c.table_name AS name, (xpath('//shop_id/text()', query_to_xml(format(
                'SELECT DISTINCT shop_id FROM %I WHERE shop_id IN (5, 6)', c.table_name), false, false, '')))[1]::text AS shop
              FROM information_schema.columns c JOIN information_schema.tables b USING (table_schema, table_name)
              WHERE c.table_schema = 'public' AND c.column_name = 'shop_id' AND b.table_type = 'BASE TABLE') t
            WHERE t.shop IS NOT NULL";
        assert_eq!(database.sql(left).await?, "apishopee_ads_audit_log:5 apishopee_ads_campaign_data:6");
        Ok(())
    })
    .await
}
