//! What operators read and change by HTTP: runs, rows of the queue, campaigns, figures, alerts, settings.

use crate::{
    samples::{SHOP, shop},
    setup::{Database, each_way},
};
use anyhow::{Context, Result};
use api::filter::CAMPAIGN_SORTS;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::{
    alert_kind::AlertKind,
    alerts, audit, campaigns,
    figures::{self, Span},
    queue_rows, reports, runs, settings,
};

/// Four runs of two shops, two of which began in the same millisecond.
const RUNS: &str = "
    INSERT INTO apishopee_ads_sync_runs (shop_id, generation, kind, trigger, status, started_at, receipt) VALUES
      (5, 1, 'realtime', 'cron', 'completed', '2026-03-01T10:00:00Z', '{\"calls\": 7}'),
      (5, 2, 'backfill_full', 'http', 'failed', '2026-03-01T17:00:00Z', '{\"calls\": 11}'),
      (6, 1, 'realtime', 'cron', 'completed', '2026-03-01T17:00:00Z', NULL),
      (6, 2, 'realtime', 'sql', 'running', '2026-03-02T18:00:00Z', NULL)";

#[tokio::test]
async fn runs_of_all_shops_are_found_by_what_is_asked_for() -> Result<()> {
    each_way(async |database| {
        database.sql(RUNS).await?;
        let found = async |filter: runs::Filter, before, limit| -> Result<Vec<(i64, i64)>> {
            let runs = runs::list_all(&database.db, &filter, before, limit).await?;
            Ok(runs.iter().map(|run| (run.shop_id, run.generation)).collect())
        };
        let all = runs::Filter::default();
        assert_eq!(found(all.clone(), None, 10).await?, [(6, 2), (5, 2), (6, 1), (5, 1)]);
        assert_eq!(
            found(all.clone(), None, 2).await?,
            [(6, 2), (5, 2), (6, 1)],
            "a millisecond is not split"
        );
        let five_pm = 1_772_384_400_000;
        assert_eq!(found(all.clone(), Some(five_pm), 2).await?, [(5, 1)]);
        let of = |status: Option<&str>, kind: Option<&str>| runs::Filter {
            status: status.map(str::to_owned),
            kind: kind.map(str::to_owned),
            ..all.clone()
        };
        assert_eq!(found(of(Some("completed"), None), None, 10).await?, [(6, 1), (5, 1)]);
        assert_eq!(found(of(None, Some("backfill_full")), None, 10).await?, [(5, 2)]);
        let of_five = runs::Filter { shop_id: Some(5), from_ms: Some(five_pm), ..all.clone() };
        assert_eq!(found(of_five, None, 10).await?, [(5, 2)]);
        assert_eq!(found(runs::Filter { to_ms: Some(five_pm), ..all.clone() }, None, 10).await?, [(5, 1)]);

        // The quota's day begins at 16:00 UTC.
        let calls = reports::calls(&database.db, None, ("2026-03-01", "2026-03-02"), 10).await?;
        let calls: Vec<_> =
            calls.iter().map(|of| (of.quota_day.as_str(), of.shop_id, of.runs, of.calls)).collect();
        assert_eq!(calls, [("2026-03-02", 5, 1, 11), ("2026-03-02", 6, 1, 0), ("2026-03-01", 5, 1, 7)]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_row_that_waits_is_cancelled_and_no_other() -> Result<()> {
    each_way(async |database| {
        shop(database, SHOP).await?;
        let insert = async |status: &str, generation: &str| {
            let insert = format!(
                "INSERT INTO apishopee_ads_sync_queue (shop_id, status, generation, created_at)
                 VALUES ({SHOP}, '{status}', {generation}, NULL) RETURNING id"
            );
            database.sql(&insert).await
        };
        let (waits, works, over) = (
            insert("pending", "NULL").await?,
            insert("processing", "4").await?,
            insert("completed", "3").await?,
        );
        let cancel = async |id: &str| queue_rows::cancel(&database.db, id, "admin:1").await;
        let cancelled = cancel(&waits).await?.context("it is there")?;
        assert!(cancelled.cancelled && cancelled.row.status == "pending");
        for (id, status) in [(&waits, "failed"), (&works, "processing"), (&over, "completed")] {
            let found = cancel(id).await?.context("it is there")?;
            assert!(!found.cancelled && found.row.status == status, "{found:?}");
        }
        assert_eq!(cancel("7c9e6679-7425-40de-944b-e07fc1f90ae7").await?, None);
        assert_eq!(cancel("7").await?, None);
        let rows = queue_rows::list(&database.db, &queue_rows::Filter::default(), None, 10).await?;
        assert_eq!(rows.len(), 3, "without the time of their making, too");
        let failed =
            queue_rows::Filter { status: Some("failed".to_owned()), ..queue_rows::Filter::default() };
        let rows = queue_rows::list(&database.db, &failed, None, 10).await?;
        assert_eq!(rows[0].error_message.as_deref(), Some("cancelled by admin:1"));
        let noted = audit::list(&database.db, &audit::Filter::default(), None, 10).await?;
        let noted: Vec<_> =
            noted.iter().map(|entry| (entry.action.as_str(), entry.subject.as_deref())).collect();
        assert_eq!(noted, [("queue.cancel", Some(waits.as_str()))]);
        Ok(())
    })
    .await
}

/// Three campaigns and what they have cost on two days.
async fn campaigns_with_figures(database: &Database) -> Result<()> {
    shop(database, SHOP).await?;
    let rows = format!(
        "INSERT INTO apishopee_ads_campaign_data (shop_id, campaign_id, name, status, campaign_budget) VALUES
           ({SHOP}, 1, 'Cat tree', 'ongoing', 30), ({SHOP}, 2, 'Cat 100% wool', 'paused', 0), ({SHOP}, 30, NULL, 'ongoing', NULL);
         INSERT INTO apishopee_ads_performance_daily
           (shop_id, campaign_id, performance_date, expense, broad_gmv, broad_order, clicks, impression) VALUES
           ({SHOP}, 1, '2026-03-01', 10, 55, 2, 9, 90), ({SHOP}, 1, '2026-03-02', 10, 5, 1, 1, 10),
           ({SHOP}, 2, '2026-03-02', 20, 100, 4, 5, 50), ({SHOP}, 2, '2026-03-03', 900, 0, 0, 0, 0),
           (6, 1, '2026-03-01', 777, 0, 0, 0, 0)"
    );
    database.sql(&rows).await.map(drop)
}

fn of_two_days() -> campaigns::Filter {
    campaigns::Filter {
        from: Some("2026-03-01".to_owned()),
        to: Some("2026-03-02".to_owned()),
        sort: "expense".to_owned(),
        ..campaigns::Filter::default()
    }
}

#[tokio::test]
async fn campaigns_are_paged_in_any_order_without_a_gap() -> Result<()> {
    each_way(async |database| {
        campaigns_with_figures(database).await?;
        for (sort, ascending, expected) in [
            ("expense", false, [2, 1, 30]),
            ("expense", true, [30, 2, 1]),
            ("roas", false, [2, 1, 30]),
            ("gmv", true, [30, 1, 2]),
            ("clicks", false, [1, 2, 30]),
            ("budget", false, [1, 2, 30]),
            ("campaign_id", true, [1, 2, 30]),
        ] {
            assert!(CAMPAIGN_SORTS.contains(&sort));
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let filter = campaigns::Filter { sort: sort.to_owned(), ascending, after, ..of_two_days() };
                let page =
                    campaigns::list(&database.db, SHOP, &filter, 1).await?.context("the shop is known")?;
                let Some(last) = page.items.last() else { break };
                seen.push(last.campaign_id);
                after = Some((last.sort_key.clone(), last.campaign_id));
            }
            assert_eq!(seen, expected, "{sort} {ascending}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn campaigns_show_what_they_have_cost_on_the_days_that_are_asked_for() -> Result<()> {
    each_way(async |database| {
        campaigns_with_figures(database).await?;
        let page =
            campaigns::list(&database.db, SHOP, &of_two_days(), 10).await?.context("the shop is known")?;
        assert_eq!((page.from.as_str(), page.to.as_str()), ("2026-03-01", "2026-03-02"));
        let tree = page.items.iter().find(|campaign| campaign.campaign_id == 1).context("it is there")?;
        assert_eq!(
            (tree.expense.as_str(), tree.gmv.as_str(), tree.orders, tree.clicks, tree.impressions),
            ("20.00", "60.00", 3, 10, 100)
        );
        assert_eq!(tree.roas.as_deref(), Some("3.0000"));
        let idle = page.items.iter().find(|campaign| campaign.campaign_id == 30).context("it is there")?;
        assert_eq!((idle.expense.as_str(), idle.roas.as_deref(), idle.budget.as_deref()), ("0", None, None));
        for (search, status, expected) in [
            (Some("CAT"), None, vec![2, 1]),
            (Some("100%"), None, vec![2]),
            (Some("%"), None, vec![2]),
            (Some("30"), None, vec![30]),
            (Some("cat"), Some("ongoing"), vec![1]),
            (Some("dog"), None, vec![]),
        ] {
            let filter = campaigns::Filter {
                search: search.map(str::to_owned),
                status: status.map(str::to_owned),
                ..of_two_days()
            };
            let page =
                campaigns::list(&database.db, SHOP, &filter, 10).await?.context("the shop is known")?;
            let ids: Vec<_> = page.items.iter().map(|campaign| campaign.campaign_id).collect();
            assert_eq!(ids, expected, "{search:?} {status:?}");
        }
        assert_eq!(
            campaigns::list(&database.db, 6, &of_two_days(), 10).await?,
            None,
            "no shop, only its figures"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn figures_are_of_the_shop_or_of_a_campaign_by_day_or_by_hour() -> Result<()> {
    each_way(async |database| {
        campaigns_with_figures(database).await?;
        let more = format!(
            "INSERT INTO apishopee_ads_performance_hourly (shop_id, campaign_id, performance_date, hour, clicks) VALUES
               ({SHOP}, 1, '2026-03-02', 23, 3), ({SHOP}, 1, '2026-03-02', 0, 4);
             INSERT INTO apishopee_ads_shop_performance_daily (shop_id, performance_date, clicks, expense) VALUES
               ({SHOP}, '2026-03-02', 50, 41.25);
             INSERT INTO apishopee_ads_shop_performance_hourly (shop_id, performance_date, hour, clicks) VALUES
               ({SHOP}, '2026-03-01', 5, 60)"
        );
        database.sql(&more).await?;
        let clicks = async |campaign_id, hourly| -> Result<Vec<(String, Option<i32>, i64)>> {
            let (from, to) = (Some("2026-03-01".to_owned()), Some("2026-03-02".to_owned()));
            let found = figures::read(&database.db, SHOP, &Span { campaign_id, hourly, from, to }).await?;
            let items = found.context("the shop is known")?.items;
            Ok(items.into_iter().map(|figure| (figure.date, figure.hour, figure.clicks)).collect())
        };
        let on = |day: &str, hour, clicks| (day.to_owned(), hour, clicks);
        assert_eq!(clicks(Some(1), false).await?, [on("2026-03-01", None, 9), on("2026-03-02", None, 1)]);
        assert_eq!(clicks(Some(1), true).await?, [on("2026-03-02", Some(0), 4), on("2026-03-02", Some(23), 3)]);
        assert_eq!(clicks(None, false).await?, [on("2026-03-02", None, 50)]);
        assert_eq!(clicks(None, true).await?, [on("2026-03-01", Some(5), 60)]);
        assert_eq!(clicks(Some(9), false).await?, []);
        assert_eq!(figures::read(&database.db, 6, &Span::default()).await?, None);
        let unlisted = reports::unlisted(&database.db, SHOP, ("2026-03-01", "2026-03-02")).await?;
        let unlisted: Vec<_> = unlisted.iter().map(|day| (day.date.as_str(), day.unlisted_expense.as_deref())).collect();
        assert_eq!(unlisted, [("2026-03-02", Some("11.25"))], "41.25 of the shop, 30 of its campaigns");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_alert_is_acknowledged_by_the_first_and_muted_until_it_ends() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        assert!(alerts::raise(db, AlertKind::RunFailed, Some(5), "2 of 9").await?);
        let all = alerts::Filter::default();
        let id = alerts::list(db, &all, None, 10).await?.remove(0).id;
        for by in ["operator:1", "operator:2"] {
            let alert = alerts::acknowledge(db, &id, by).await?.context("it is there")?;
            assert_eq!(alert.acknowledged_by.as_deref(), Some("operator:1"));
        }
        let muted = alerts::mute(db, &id, "operator:2", 60).await?.context("it is there")?;
        assert!(muted.muted_until_ms > muted.acknowledged_at_ms);
        assert_eq!(
            alerts::mute(db, &id, "operator:2", 0).await?.context("it is there")?.muted_until_ms,
            None
        );
        assert!(alerts::resolve(db, AlertKind::RunFailed, Some(5)).await?);
        let closed = alerts::mute(db, &id, "operator:3", 60).await?.context("it is there")?;
        assert!(closed.resolved_at_ms.is_some() && closed.muted_until_ms.is_none());
        assert_eq!(alerts::acknowledge(db, "x", "operator:1").await?, None);
        let of_two = audit::Filter {
            actor: Some("operator:2".to_owned()),
            action: Some("alert".to_owned()),
            ..audit::Filter::default()
        };
        let noted = audit::list(db, &of_two, None, 10).await?;
        let mut noted: Vec<_> = noted.iter().map(|entry| (entry.action.as_str(), &entry.after)).collect();
        noted.sort_by_key(|(action, after)| (*action, after.to_string()));
        let minutes = [json!({ "minutes": 0 }), json!({ "minutes": 60 })];
        assert_eq!(
            noted,
            [("alert.acknowledge", &Value::Null), ("alert.mute", &minutes[0]), ("alert.mute", &minutes[1])]
        );
        let critical = alerts::Filter { severity: Some("critical".to_owned()), ..all };
        assert_eq!(alerts::list(db, &critical, None, 10).await?, []);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn settings_are_changed_with_a_reason_and_inherited_again() -> Result<()> {
    each_way(async |database| {
        shop(database, SHOP).await?;
        let put = async |shop_id, values: Value| {
            let values: BTreeMap<String, Value> = serde_json::from_value(values)?;
            settings::put(&database.db, shop_id, &values, "admin:1", "a try")
                .await
                .map_err(anyhow::Error::from)
        };
        put(0, json!({ "chunk_size": 50, "app_calls_per_second": 7.5 })).await?;
        put(SHOP, json!({ "chunk_size": 20 })).await?;
        put(0, json!({ "app_calls_per_second": null })).await?;
        let layers = settings::layers(&database.db, SHOP).await?.context("the shop is known")?;
        assert_eq!((layers.deployment.chunk_size, layers.shop.chunk_size), (Some(50), Some(20)));
        assert_eq!(layers.deployment.app_calls_per_second, None);
        assert!(put(0, json!({ "chunk_size": 0 })).await.is_err(), "the constraint refuses it");
        let layers = settings::layers(&database.db, SHOP).await?.context("the shop is known")?;
        assert_eq!(layers.deployment.chunk_size, Some(50), "and nothing is lost");
        let noted = audit::list(&database.db, &audit::Filter::default(), None, 10).await?;
        let mut noted: Vec<_> = noted
            .iter()
            .map(|entry| (entry.shop_id, entry.before.to_string(), entry.after.to_string()))
            .collect();
        noted.sort();
        let entry = |shop, before: &str, after: &str| (shop, before.to_owned(), after.to_owned());
        assert_eq!(
            noted,
            [
                entry(None, r#"{"app_calls_per_second":7.5}"#, r#"{"app_calls_per_second":null}"#),
                entry(
                    None,
                    r#"{"app_calls_per_second":null,"chunk_size":null}"#,
                    r#"{"app_calls_per_second":7.5,"chunk_size":50}"#
                ),
                entry(Some(SHOP), r#"{"chunk_size":null}"#, r#"{"chunk_size":20}"#),
            ]
        );
        Ok(())
    })
    .await
}
