//! Alerts and the audit log.

use crate::setup::each_way;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use store::{
    alert_kind::{AlertKind, Severity},
    alerts,
    audit::{self, AuditEntry},
};

fn open() -> alerts::Filter {
    alerts::Filter { open_only: true, ..alerts::Filter::default() }
}

fn of(shop_id: Option<i64>) -> audit::Filter {
    audit::Filter { shop_id, ..audit::Filter::default() }
}

#[tokio::test]
async fn an_alert_that_is_raised_again_is_the_same_one_seen_once_more() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        assert!(alerts::raise_as(db, AlertKind::RunFailed, Some(5), Severity::Warning, "2 of 9\0").await?);
        assert!(!alerts::raise_as(db, AlertKind::RunFailed, Some(5), Severity::Critical, "3 of 9").await?);
        assert!(
            alerts::raise_as(db, AlertKind::RunFailed, Some(6), Severity::Warning, "another shop").await?
        );
        assert!(alerts::raise(db, AlertKind::AppThrottled, None, "the deployment").await?);
        assert!(!alerts::raise(db, AlertKind::AppThrottled, None, "the deployment").await?);
        let open = alerts::list(db, &open(), None, 10).await?;
        let mut seen: Vec<_> =
            open.iter().map(|a| (a.kind.as_str(), a.shop_id, a.severity.as_str(), a.seen_count)).collect();
        seen.sort_unstable();
        assert_eq!(
            seen,
            [
                ("app_throttled", None, "critical", 2),
                ("run_failed", Some(5), "critical", 2),
                ("run_failed", Some(6), "warning", 1)
            ]
        );
        let five = open.iter().find(|alert| alert.shop_id == Some(5)).context("alert")?;
        assert_eq!((five.text.as_str(), five.resolved_at_ms), ("3 of 9", None));
        assert!(five.last_seen_at_ms >= five.first_seen_at_ms && five.first_seen_at_ms > 1_700_000_000_000);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_resolved_alert_is_kept_and_the_next_one_is_new() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        for shop_id in [Some(5), Some(6)] {
            assert!(alerts::raise(db, AlertKind::RunFailed, shop_id, "2 of 9").await?);
        }
        assert!(alerts::raise(db, AlertKind::AppThrottled, None, "the deployment").await?);
        assert!(!alerts::resolve(db, AlertKind::RunFailed, None).await?, "the deployment's, not a shop's");
        assert!(alerts::resolve(db, AlertKind::RunFailed, Some(5)).await?);
        assert!(!alerts::resolve(db, AlertKind::RunFailed, Some(5)).await?);
        assert!(
            alerts::raise_as(db, AlertKind::RunFailed, Some(5), Severity::Info, "again, later").await?,
            "a new one"
        );
        assert_eq!(alerts::list(db, &open(), None, 10).await?.len(), 3);
        let all = alerts::list(db, &alerts::Filter::default(), None, 10).await?;
        assert_eq!(all.len(), 4);
        assert_eq!(all.iter().filter(|alert| alert.resolved_at_ms.is_some()).count(), 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_alert_has_a_severity_of_the_list() -> Result<()> {
    each_way(async |database| {
        let urgent =
            "INSERT INTO apishopee_ads_alerts (kind, severity, text) VALUES ('run_failed', 'urgent', '')";
        let refusal = database.refusal(urgent).await?;
        assert!(refusal.contains("check constraint"), "{refusal}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_alert_raised_at_once_by_many_is_opened_by_one() -> Result<()> {
    each_way(async |database| {
        let others = [database.another().await?, database.another().await?];
        let raise = |db| alerts::raise(db, AlertKind::AppThrottled, None, "paused");
        let (one, two, three) = tokio::join!(raise(&database.db), raise(&others[0]), raise(&others[1]));
        assert_eq!([one?, two?, three?].iter().filter(|opened| **opened).count(), 1);
        assert_eq!(alerts::list(&database.db, &alerts::Filter::default(), None, 10).await?[0].seen_count, 3);
        Ok(())
    })
    .await
}

/// Pages through a list that shows `(id, time)` and returns all ids as they came.
async fn pages<F>(page: impl Fn(Option<i64>) -> F) -> Result<Vec<String>>
where
    F: Future<Output = Result<Vec<(String, i64)>>>,
{
    let (mut ids, mut before) = (Vec::new(), None);
    loop {
        let rows = page(before).await?;
        let Some((_, last)) = rows.last() else { return Ok(ids) };
        before = Some(*last);
        ids.extend(rows.into_iter().map(|(id, _)| id));
    }
}

#[tokio::test]
async fn paging_by_the_millisecond_shows_everything_once_newest_first() -> Result<()> {
    each_way(async |database| {
        // Three rows a millisecond, a microsecond apart.
        let time = "timestamptz '2026-01-01' - (i / 3) * interval '1 ms' + (i % 3) * interval '1 us'";
        database
            .sql(&format!(
                "INSERT INTO apishopee_ads_alerts (kind, shop_id, severity, text, first_seen_at, resolved_at)
                 SELECT 'k', i, 'info', '', {time}, CASE WHEN i % 2 = 0 THEN now() END FROM generate_series(0, 20) i;
                 INSERT INTO apishopee_ads_audit_log (actor, action, shop_id, at)
                 SELECT 'me', 'x', i % 2, {time} FROM generate_series(0, 20) i;
                 INSERT INTO apishopee_ads_dead_letters (queue, message_id, body, reason, received_at)
                 SELECT 'q', i, '', '', {time} FROM generate_series(0, 20) i"
            ))
            .await?;
        let db = &database.db;
        let ids = async |table: &str, time: &str, condition: &str| {
            let sql = format!("SELECT id FROM {table} WHERE {condition} ORDER BY {time} DESC");
            anyhow::Ok(database.sql(&sql).await?.lines().map(str::to_owned).collect::<Vec<_>>())
        };
        for (open_only, condition) in [(false, "true"), (true, "resolved_at IS NULL")] {
            let found = pages(async |before| {
                let page = alerts::list(db, &alerts::Filter { open_only, ..alerts::Filter::default() }, before, 2).await?;
                Ok(page.into_iter().map(|row| (row.id, row.first_seen_at_ms)).collect())
            });
            assert_eq!(found.await?, ids("apishopee_ads_alerts", "first_seen_at", condition).await?);
        }
        for (shop, condition) in [(None, "true"), (Some(1), "shop_id = 1")] {
            let found = pages(async |before| {
                let page = audit::list(db, &of(shop), before, 2).await?;
                Ok(page.into_iter().map(|row| (row.id, row.at_ms)).collect())
            });
            assert_eq!(found.await?, ids("apishopee_ads_audit_log", "at", condition).await?);
        }
        let found = pages(async |before| {
            let page = store::dead_letters::list(db, &store::dead_letters::Filter::default(), before, 2).await?;
            Ok(page.into_iter().map(|row| (row.id, row.received_at_ms)).collect())
        });
        assert_eq!(found.await?, ids("apishopee_ads_dead_letters", "received_at", "true").await?);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_was_done_by_hand_is_written_down() -> Result<()> {
    each_way(async |database| {
        let cancel = AuditEntry {
            actor: "operator:ab12".to_owned(),
            action: "run.cancel".to_owned(),
            shop_id: Some(5),
            subject: Some("5-7".to_owned()),
            before: json!({"status": "running", "note": "a\0b"}),
            after: json!({"status": "cancelled"}),
        };
        audit::record(&database.db, &cancel).await?;
        let process = AuditEntry {
            action: "queue.process".to_owned(),
            shop_id: None,
            subject: None,
            before: Value::Null,
            after: Value::Null,
            ..cancel.clone()
        };
        audit::record(&database.db, &process).await?;
        let all = audit::list(&database.db, &of(None), None, 10).await?;
        assert_eq!(
            all.iter().map(|row| row.action.as_str()).collect::<Vec<_>>(),
            ["queue.process", "run.cancel"]
        );
        assert_eq!((all[0].shop_id, &all[0].subject, &all[0].before), (None, &None, &Value::Null));
        let of_shop = audit::list(&database.db, &of(Some(5)), None, 10).await?;
        assert_eq!(of_shop, all[1..]);
        assert_eq!(
            (of_shop[0].actor.as_str(), of_shop[0].subject.as_deref()),
            ("operator:ab12", Some("5-7"))
        );
        assert_eq!(of_shop[0].before, json!({"status": "running", "note": "a\u{fffd}b"}));
        assert_eq!(of_shop[0].after, cancel.after);
        assert_eq!(
            database.sql("SELECT count(*) FROM apishopee_ads_audit_log WHERE before IS NULL").await?,
            "1"
        );
        assert_eq!(audit::list(&database.db, &of(Some(6)), None, 10).await?, []);
        Ok(())
    })
    .await
}
