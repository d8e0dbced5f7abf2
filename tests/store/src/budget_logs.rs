//! What became of budgets, filtered and paged.

use crate::{samples::SHOP, setup::each_way};
use anyhow::Result;
use store::budget_logs::{self, Filter};

#[tokio::test]
async fn the_log_is_filtered_and_paged_by_time() -> Result<()> {
    each_way(async |database| {
        let id = "00000000-0000-4000-8000-00000000000";
        database
            .sql(&format!(
                "INSERT INTO apishopee_ads_budget_logs (shop_id, campaign_id, campaign_name, schedule_id, old_budget,
                   new_budget, status, error_message, executed_at, action, slot_date) VALUES
                 ({SHOP}, 7, 'Seven', '{id}1', 10, 20.5, 'success', NULL, to_timestamp(1000), 'apply', '2026-03-01'),
                 ({SHOP}, 8, 'Eight', '{id}2', NULL, 30, 'failed', 'no', to_timestamp(2000), 'apply', '2026-03-01'),
                 ({SHOP}, 7, 'Seven', '{id}1', 20.5, 10, 'success', NULL, to_timestamp(2000), 'restore', '2026-03-01'),
                 ({SHOP}, 7, 'Seven', NULL, 20.5, 10, 'skipped', 'floor', to_timestamp(3000), NULL, NULL),
                 (5, 9, 'Nine', NULL, 20.5, 10, 'skipped', 'floor', to_timestamp(3000), NULL, NULL)"
            ))
            .await?;
        let times = async |filter: Filter, before, limit| {
            let found = budget_logs::list(&database.db, SHOP, &filter, before, limit).await?;
            anyhow::Ok(found.iter().map(|row| row.executed_at_ms / 1_000).collect::<Vec<_>>())
        };
        let all = Filter::default();
        assert_eq!(times(all.clone(), None, 10).await?, [3_000, 2_000, 2_000, 1_000]);
        assert_eq!(times(all.clone(), None, 2).await?, [3_000, 2_000, 2_000]);
        assert_eq!(times(all.clone(), Some(2_000_000), 2).await?, [1_000]);
        assert_eq!(times(Filter { campaign_id: Some(8), ..all.clone() }, None, 10).await?, [2_000]);
        let of_schedule = |text: &str| Filter { schedule_id: Some(text.to_owned()), ..Filter::default() };
        assert_eq!(times(of_schedule(&format!("{id}1")), None, 10).await?, [2_000, 1_000]);
        assert_eq!(times(of_schedule("no uuid"), None, 10).await?, [0_i64; 0]);
        assert_eq!(times(Filter { status: Some("failed".to_owned()), ..all.clone() }, None, 10).await?, [2_000]);
        let between = Filter { from_ms: Some(2_000_000), to_ms: Some(3_000_000), ..all.clone() };
        assert_eq!(times(between.clone(), None, 10).await?, [2_000, 2_000]);
        assert_eq!(times(between, Some(2_000_000), 10).await?, [0_i64; 0]);

        let found = budget_logs::list(&database.db, SHOP, &all, None, 10).await?;
        let Some(first) = found.last() else { anyhow::bail!("{found:?}") };
        assert_eq!((first.old_budget.as_deref(), first.new_budget.as_deref()), (Some("10.00"), Some("20.50")));
        assert_eq!((first.action.as_deref(), first.slot_date.as_deref()), (Some("apply"), Some("2026-03-01")));
        assert_eq!(first.error_message, None);
        Ok(())
    })
    .await
}
