//! What became of budgets, filtered and paged.

use crate::{
    samples::SHOP,
    setup::{Database, each_way},
};
use anyhow::{Context, Result};
use store::budget_logs::{self, Filter};

/// The beginning of the schedules' ids.
const ID: &str = "00000000-0000-4000-8000-00000000000";

/// Four lines of the shop, two of them at the same second, and one of another shop.
async fn lines(database: &Database) -> Result<()> {
    database
            .sql(&format!(
                "INSERT INTO apishopee_ads_budget_logs (shop_id, campaign_id, campaign_name, schedule_id, old_budget,
                   new_budget, status, error_message, executed_at, action, slot_date) VALUES
                 ({SHOP}, 7, 'Seven', '{ID}1', 10, 20.5, 'success', NULL, to_timestamp(1000), 'apply', '2026-03-01'),
                 ({SHOP}, 8, 'Eight', '{ID}2', NULL, 30, 'failed', 'no', to_timestamp(2000), 'apply', '2026-03-01'),
                 ({SHOP}, 7, 'Seven', '{ID}1', 20.5, 10, 'success', NULL, to_timestamp(2000), 'restore', '2026-03-01'),
                 ({SHOP}, 7, 'Seven', NULL, 20.5, 10, 'skipped', 'floor', to_timestamp(3000), NULL, NULL),
                 (5, 9, 'Nine', NULL, 20.5, 10, 'skipped', 'floor', to_timestamp(3000), NULL, NULL)"
            ))
            .await?;
    Ok(())
}

/// The seconds of the lines that a page of the shop's log shows.
async fn times(database: &Database, filter: &Filter, before_ms: Option<i64>, limit: i32) -> Result<Vec<i64>> {
    let found = budget_logs::list(&database.db, SHOP, filter, before_ms, limit).await?;
    Ok(found.iter().map(|row| row.executed_at_ms / 1_000).collect())
}

#[tokio::test]
async fn lines_of_the_same_time_are_on_one_page() -> Result<()> {
    each_way(async |database| {
        lines(database).await?;
        let all = Filter::default();
        assert_eq!(times(database, &all, None, 10).await?, [3_000, 2_000, 2_000, 1_000]);
        assert_eq!(times(database, &all, None, 2).await?, [3_000, 2_000, 2_000]);
        assert_eq!(times(database, &all, Some(2_000_000), 2).await?, [1_000]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_log_is_filtered_by_campaign_schedule_status_and_time() -> Result<()> {
    each_way(async |database| {
        lines(database).await?;
        let of = async |filter: Filter| times(database, &filter, None, 10).await;
        assert_eq!(of(Filter { campaign_id: Some(8), ..Filter::default() }).await?, [2_000]);
        let of_schedule = |text: &str| Filter { schedule_id: Some(text.to_owned()), ..Filter::default() };
        assert_eq!(of(of_schedule(&format!("{ID}1"))).await?, [2_000, 1_000]);
        assert_eq!(of(of_schedule("no uuid")).await?, [0_i64; 0]);
        assert_eq!(of(Filter { status: Some("failed".to_owned()), ..Filter::default() }).await?, [2_000]);
        let between = Filter { from_ms: Some(2_000_000), to_ms: Some(3_000_000), ..Filter::default() };
        assert_eq!(times(database, &between, None, 10).await?, [2_000, 2_000]);
        assert_eq!(times(database, &between, Some(2_000_000), 10).await?, [0_i64; 0]);

        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_line_shows_amounts_with_two_decimals_and_its_slot() -> Result<()> {
    each_way(async |database| {
        lines(database).await?;
        let found = budget_logs::list(&database.db, SHOP, &Filter::default(), None, 10).await?;
        let first = found.last().context("no line")?;
        assert_eq!(
            (first.old_budget.as_deref(), first.new_budget.as_deref()),
            (Some("10.00"), Some("20.50"))
        );
        assert_eq!(
            (first.action.as_deref(), first.slot_date.as_deref()),
            (Some("apply"), Some("2026-03-01"))
        );
        assert_eq!(first.error_message, None);
        Ok(())
    })
    .await
}
