//! What is looked at before an edit is sent, and what is kept after it.

use crate::{
    samples::{SHOP, shop},
    setup::{Database, each_way, run},
};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use store::{
    alert_kind::AlertKind,
    alerts, budget_rules,
    budgets::{self, ArmReply, Basis, Loaded, LogLine, MissedLine, StateRow, WriteRecord},
};

const SCHEDULE: &str = "00000000-0000-4000-8000-000000000001";

async fn scheduled(database: &Database) -> Result<()> {
    shop(database, SHOP).await?;
    let insert = "INSERT INTO apishopee_scheduled_ads_budget (id, shop_id, campaign_id, budget) VALUES";
    database.sql(&format!("{insert} ('{SCHEDULE}', {SHOP}, 7, 80)")).await.map(drop)
}

async fn loaded(database: &Database) -> Result<Loaded> {
    budgets::load(&database.db, SHOP).await?.context("the shop is unknown")
}

fn state(known: Value) -> StateRow {
    StateRow { campaign_id: 7, known, write: Some(json!({ "phase": "editing" })) }
}

fn line(schedule_id: &str) -> LogLine {
    LogLine {
        schedule_id: schedule_id.to_owned(),
        action: "restore".to_owned(),
        slot_date: "2026-03-01".to_owned(),
        old_budget: Some("80.00".to_owned()),
        new_budget: "50.00".to_owned(),
        status: "success".to_owned(),
        outcome: "success".to_owned(),
        error_message: None,
    }
}

#[tokio::test]
async fn what_has_changed_since_it_was_read_is_seen_before_an_edit_is_sent() -> Result<()> {
    each_way(async |database| {
        scheduled(database).await?;
        let fence = budgets::claim(&database.db, SHOP, "m", 120).await?.context("held")?;
        let Loaded { schedules, rules, .. } = loaded(database).await?;
        let basis = Basis { schedules: &schedules, rules: &rules };
        let state = state(json!({}));
        let arm = async || budgets::arm(&database.db, SHOP, fence, 120, &state, basis).await;
        assert_eq!(arm().await?, ArmReply::Go);
        for (change, back) in [
            ("UPDATE apishopee_scheduled_ads_budget SET budget = 60", "UPDATE apishopee_scheduled_ads_budget SET budget = 80"),
            ("UPDATE apishopee_scheduled_ads_budget SET minute_end = 30, hour_end = 23", "UPDATE apishopee_scheduled_ads_budget SET minute_end = 0, hour_end = 24"),
            ("UPDATE apishopee_scheduled_ads_budget SET is_active = false", "UPDATE apishopee_scheduled_ads_budget SET is_active = true"),
            ("INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, budget, hour_start) SELECT shop_id, 7, 9, 4 FROM apishopee_shops", "DELETE FROM apishopee_scheduled_ads_budget WHERE hour_start = 4"),
            ("INSERT INTO apishopee_ads_budget_rules (region, ceiling) VALUES ('BR', 70)", "DELETE FROM apishopee_ads_budget_rules"),
            ("UPDATE apishopee_shops SET region = NULL", "UPDATE apishopee_shops SET region = 'BR'"),
            ("UPDATE apishopee_shops SET region = 'CL'", "UPDATE apishopee_shops SET region = 'BR'"),
        ] {
            database.sql(change).await?;
            assert_eq!(arm().await?, ArmReply::Changed, "{change}");
            database.sql(back).await?;
            assert_eq!(arm().await?, ArmReply::Go, "{back}");
        }
        let other = "INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, budget) SELECT shop_id, 8, 9 FROM apishopee_shops";
        database.sql(other).await?;
        assert_eq!(arm().await?, ArmReply::Go, "another campaign's schedules are not asked");
        assert_eq!(budgets::arm(&database.db, SHOP, fence - 1, 120, &state, basis).await?, ArmReply::Lost);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_stop_that_is_answered_while_a_lock_is_waited_for_is_seen() -> Result<()> {
    each_way(async |database| {
        scheduled(database).await?;
        let fence = budgets::claim(&database.db, SHOP, "m", 120).await?.context("held")?;
        let Loaded { schedules, rules, .. } = loaded(database).await?;
        let basis = Basis { schedules: &schedules, rules: &rules };
        let state = state(json!({}));
        assert_eq!(budgets::arm(&database.db, SHOP, fence, 120, &state, basis).await?, ArmReply::Go);
        for locked in ["apishopee_ads_budget_leases", "apishopee_ads_budget_state"] {
            let (holder, admin) = (database.session().await?, database.another().await?);
            run(&holder, &format!("BEGIN; SELECT FROM {locked} FOR UPDATE")).await?;
            let arm = budgets::arm(&database.db, SHOP, fence, 120, &state, basis);
            let mut arm = std::pin::pin!(arm);
            tokio::select! {
                _ = &mut arm => anyhow::bail!("it did not wait for {locked}"),
                waiting = database.until_waiting(1) => waiting?,
            }
            budget_rules::stop(&admin, 0, "ann").await?;
            run(&holder, "COMMIT").await?;
            assert_eq!(arm.await?, ArmReply::Stopped, "{locked}");
            database.sql("DELETE FROM apishopee_ads_budget_rules").await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_line_of_a_schedule_that_is_gone_is_kept_where_the_log_refers_to_schedules() -> Result<()> {
    each_way(async |database| {
        scheduled(database).await?;
        let key = "ALTER TABLE apishopee_ads_budget_logs ADD FOREIGN KEY (schedule_id) REFERENCES apishopee_scheduled_ads_budget (id)";
        database.sql(key).await?;
        let fence = budgets::claim(&database.db, SHOP, "m", 120).await?.context("held")?;
        let gone = "00000000-0000-4000-8000-000000000009";
        let entry = |id, schedule| WriteRecord { campaign_id: id, known: json!({}), log: Some(line(schedule)), was_read: true };
        ensure!(budgets::record(&database.db, SHOP, fence, 120, &[entry(7, SCHEDULE), entry(8, gone)]).await?);
        let lines = "SELECT campaign_id, schedule_id, new_budget FROM apishopee_ads_budget_logs ORDER BY campaign_id";
        assert_eq!(database.sql(lines).await?, format!("7|{SCHEDULE}|50.00\n8||50.00"));
        let audited = "SELECT after ->> 'schedule_id' FROM apishopee_ads_audit_log ORDER BY subject";
        assert_eq!(database.sql(audited).await?, format!("{SCHEDULE}\n{gone}"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_budgets_of_a_shop_are_those_seen_last() -> Result<()> {
    each_way(async |database| {
        scheduled(database).await?;
        let shown = async || {
            let budgets = loaded(database).await?.budgets;
            let shown = budgets.into_iter().map(|row| format!("{} {}", row.campaign_id, row.budget.unwrap_or_default()));
            anyhow::Ok(shown.collect::<Vec<_>>().join(", "))
        };
        let campaigns = "INSERT INTO apishopee_ads_campaign_data (shop_id, campaign_id, status, campaign_budget, fetched_at)
            SELECT shop_id, c, CASE c WHEN 9 THEN 'paused' ELSE 'ongoing' END, 10, now() - interval '1 hour'
            FROM apishopee_shops, generate_series(7, 9) AS n (c)";
        database.sql(campaigns).await?;
        assert_eq!(shown().await?, "7 10.00, 8 10.00");
        let fence = budgets::claim(&database.db, SHOP, "m", 120).await?.context("held")?;
        let entry = |id, seen: &str| WriteRecord { campaign_id: id, known: json!({ "seen": seen }), log: None, was_read: true };
        let entries = [entry(7, "20.00"), entry(11, "30.00")];
        budgets::record(&database.db, SHOP, fence, 120, &entries).await?;
        assert_eq!(shown().await?, "7 20.00, 8 10.00, 11 30.00");
        // A sync that has found what it had before writes no row.
        database
            .sql("INSERT INTO apishopee_ads_sync_runs (shop_id, generation, kind, trigger, status, started_at)
                  SELECT shop_id, 1, 'realtime', 'cron', 'completed', now() + interval '1 second' FROM apishopee_shops")
            .await?;
        assert_eq!(shown().await?, "7 10.00, 8 10.00");
        // What was decided without asking Shopee makes the budget that was seen before no newer.
        database.sql("UPDATE apishopee_ads_sync_runs SET started_at = now() - interval '1 second'").await?;
        database.sql("UPDATE apishopee_ads_budget_state SET updated_at = now() - interval '1 hour'").await?;
        let unread = WriteRecord { was_read: false, ..entry(7, "20.00") };
        budgets::record(&database.db, SHOP, fence, 120, &[unread]).await?;
        assert_eq!(shown().await?, "7 10.00, 8 10.00");
        budgets::record(&database.db, SHOP, fence, 120, &[entry(7, "20.00")]).await?;
        assert_eq!(shown().await?, "7 20.00, 8 10.00");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_shop_whose_region_is_not_known_has_no_clock() -> Result<()> {
    each_way(async |database| {
        scheduled(database).await?;
        for (region, is_known) in [("BR", true), ("sg ", true), ("XX", false), ("", false)] {
            database.sql(&format!("UPDATE apishopee_shops SET region = '{region}'")).await?;
            assert_eq!(loaded(database).await?.local.is_some(), is_known, "'{region}'");
        }
        database.sql("UPDATE apishopee_shops SET region = NULL").await?;
        assert_eq!(loaded(database).await?.local, None);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_missed_slot_is_told_once_and_its_alert_is_over_after_a_day() -> Result<()> {
    each_way(async |database| {
        scheduled(database).await?;
        assert_eq!(loaded(database).await?.looked, None);
        let fence = budgets::claim(&database.db, SHOP, "m", 120).await?.context("held")?;
        let log = LogLine {
            action: "apply".to_owned(),
            old_budget: None,
            status: "failed".to_owned(),
            ..line(SCHEDULE)
        };
        let missed = [MissedLine { campaign_id: 7, log }];
        let looked = async |fence, at_ms| budgets::looked(&database.db, SHOP, fence, at_ms, &missed).await;
        const AT_MS: i64 = 1_772_366_400_000;
        assert!(looked(fence, AT_MS).await?);
        // A copy, one from before, and somebody who has lost the shop.
        for (fence, at_ms) in [(fence, AT_MS), (fence, AT_MS - 1), (fence - 1, AT_MS + 1)] {
            assert!(!looked(fence, at_ms).await?);
        }
        let lines = "SELECT campaign_id, schedule_id, new_budget, status FROM apishopee_ads_budget_logs";
        assert_eq!(database.sql(lines).await?, format!("7|{SCHEDULE}|50.00|failed"));
        let loaded = loaded(database).await?;
        // The shop's clock is Sao Paulo's.
        assert_eq!(loaded.looked.map(|at| at.to_string()).as_deref(), Some("2026-03-01 09:00:00"));
        assert_eq!(loaded.changed.keys().collect::<Vec<_>>(), [SCHEDULE]);

        alerts::raise(&database.db, AlertKind::BudgetMissed, Some(SHOP), "a slot").await?;
        let open = "SELECT resolved_at IS NULL FROM apishopee_ads_alerts";
        assert!(budgets::looked(&database.db, SHOP, fence, AT_MS + 1, &[]).await?);
        assert_eq!(database.sql(open).await?, "t");
        database.sql("UPDATE apishopee_ads_alerts SET last_seen_at = now() - interval '25 hours'").await?;
        assert!(budgets::looked(&database.db, SHOP, fence, AT_MS + 2, &[]).await?);
        assert_eq!(database.sql(open).await?, "f");
        Ok(())
    })
    .await
}
