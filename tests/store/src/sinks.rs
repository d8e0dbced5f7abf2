//! Sinks of alerts, and what they are told.

use crate::{
    samples::shop,
    setup::{Database, each_way},
};
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeSet;
use store::{
    alert_kind::AlertKind,
    alerts,
    sinks::{
        self, SinkRow,
        messages::{self, Due},
    },
};

const ID: &str = "0190a3c4-9d3f-7cde-8b11-000000000001";
const OTHER: &str = "0190a3c4-9d3f-7cde-8b11-000000000002";
const DAY: i64 = 24 * 3_600;

fn row() -> SinkRow<'static> {
    SinkRow {
        name: "night shift",
        kind: "telegram",
        sends_to: "-100",
        sender: None,
        language: "en",
        min_severity: "warning",
        kinds: None,
        shop_ids: None,
        reminder_minutes: None,
        quiet_from_minute: None,
        quiet_to_minute: None,
        digest_minute: None,
        time_zone: "Asia/Ho_Chi_Minh",
        enabled: true,
    }
}

async fn put(database: &Database, row: SinkRow<'_>) -> Result<()> {
    Ok(sinks::put(&database.db, ID, &row, "enc.a.x", "ann").await?)
}

/// Makes what is due, and delivers all of it.
async fn told(database: &Database) -> Result<Vec<Due>> {
    let db = &database.db;
    let planned = messages::plan(db).await?;
    let mut all = Vec::new();
    loop {
        let due = messages::claim(db, 5, 60.0).await?;
        if due.is_empty() {
            assert_eq!(all.len(), usize::try_from(planned)?, "{all:?}");
            return Ok(all);
        }
        for one in due {
            messages::settle(db, &one, None, DAY).await?;
            all.push(one);
        }
    }
}

/// As if these minutes had gone by.
async fn later(database: &Database, minutes: u32) -> Result<()> {
    let ago = format!("interval '{minutes} minutes'");
    database
        .sql(&format!(
            "UPDATE apishopee_ads_alert_messages SET made_at = made_at - {ago}, next_at = next_at - {ago};
             UPDATE apishopee_ads_alert_sinks SET failing_since = failing_since - {ago};
             UPDATE apishopee_ads_alert_told SET told_at = told_at - {ago}"
        ))
        .await?;
    Ok(())
}

fn whats(told: &[Due]) -> Vec<(&str, &str, i32)> {
    told.iter().map(|due| (due.what.as_str(), due.kind.as_deref().unwrap_or_default(), due.alerts)).collect()
}

#[tokio::test]
async fn an_alert_is_told_once_when_it_begins_and_once_when_it_is_over() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        shop(database, 5).await?;
        put(database, row()).await?;
        assert!(told(database).await?.is_empty());
        alerts::raise(db, AlertKind::Reconsent, Some(5), "authorize again").await?;
        alerts::raise(db, AlertKind::AdsAccount, Some(5), "good to know: less than a warning").await?;
        let begin = told(database).await?;
        assert_eq!(whats(&begin), [("begin", "reconsent", 1)]);
        assert_eq!((begin[0].severity.as_deref(), begin[0].sealed.as_str()), (Some("critical"), "enc.a.x"));
        let lines = begin[0].lines.as_deref().context("lines")?;
        assert!(lines.ends_with("(5): authorize again"), "{lines}");
        for _ in 0..2 {
            alerts::raise(db, AlertKind::Reconsent, Some(5), "authorize again").await?;
            later(database, 60).await?;
            assert!(told(database).await?.is_empty());
        }
        alerts::resolve(db, AlertKind::Reconsent, Some(5)).await?;
        assert_eq!(whats(&told(database).await?), [("end", "reconsent", 1)]);
        later(database, 60).await?;
        assert!(told(database).await?.is_empty());
        // What begins and ends before anybody was told is not told.
        alerts::raise(db, AlertKind::Reconsent, Some(5), "again").await?;
        alerts::resolve(db, AlertKind::Reconsent, Some(5)).await?;
        assert!(told(database).await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn twenty_shops_with_one_cause_are_one_message() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        put(database, row()).await?;
        for shop_id in 1..=23 {
            alerts::raise(db, AlertKind::RunFailed, Some(shop_id), "Shopee is away").await?;
        }
        let begin = told(database).await?;
        assert_eq!(whats(&begin), [("begin", "run_failed", 23)]);
        assert_eq!(begin[0].lines.as_deref().map(|lines| lines.lines().count()), Some(20));
        // Those that follow are put together.
        for shop_id in 24..=26 {
            alerts::raise(db, AlertKind::RunFailed, Some(shop_id), "Shopee is away").await?;
            assert!(told(database).await?.is_empty());
        }
        later(database, 11).await?;
        assert_eq!(whats(&told(database).await?), [("begin", "run_failed", 3)]);
        for shop_id in 1..=26 {
            alerts::resolve(db, AlertKind::RunFailed, Some(shop_id)).await?;
        }
        assert_eq!(whats(&told(database).await?), [("end", "run_failed", 26)]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_sink_is_told_what_it_wants_and_when_it_wants_it() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        let kinds = ["run_failed".to_owned(), "reconsent".to_owned()];
        let now = "SELECT extract(hour FROM t)::int * 60 + extract(minute FROM t)::int FROM (SELECT now() AT TIME ZONE 'Asia/Tokyo' AS t) x";
        let minute: i32 = database.sql(now).await?.parse()?;
        let quiet = SinkRow {
            kinds: Some(&kinds),
            shop_ids: Some(&[5, 6]),
            time_zone: "Asia/Tokyo",
            quiet_from_minute: Some((minute + 1_430) % 1_440),
            quiet_to_minute: Some((minute + 30) % 1_440),
            ..row()
        };
        put(database, quiet.clone()).await?;
        for (kind, shop_id) in [
            (AlertKind::RunFailed, Some(5)),
            (AlertKind::Reconsent, Some(6)),
            (AlertKind::RunFailed, Some(7)),
            (AlertKind::StaleData, Some(5)),
            (AlertKind::DeadLetters, None),
        ] {
            alerts::raise(db, kind, shop_id, "x").await?;
        }
        assert_eq!(whats(&told(database).await?), [("begin", "reconsent", 1)], "critical ones only");
        put(database, SinkRow { quiet_from_minute: None, quiet_to_minute: None, ..quiet.clone() }).await?;
        assert_eq!(whats(&told(database).await?), [("begin", "run_failed", 1)], "what had to wait");
        put(database, SinkRow { enabled: false, ..quiet }).await?;
        alerts::resolve(db, AlertKind::Reconsent, Some(6)).await?;
        assert!(told(database).await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn who_has_acknowledged_or_muted_an_alert_is_not_reminded() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        put(database, SinkRow { reminder_minutes: Some(60), ..row() }).await?;
        alerts::raise(db, AlertKind::Reconsent, Some(5), "x").await?;
        alerts::raise(db, AlertKind::RunFailed, Some(5), "x").await?;
        let open = alerts::list(db, &alerts::Filter::default(), None, 10).await?;
        let id = |kind: &str| open.iter().find(|alert| alert.kind == kind).map(|alert| alert.id.clone());
        alerts::mute(db, &id("run_failed").context("alert")?, "ann", 60).await?;
        assert_eq!(whats(&told(database).await?), [("begin", "reconsent", 1)]);
        later(database, 59).await?;
        assert!(told(database).await?.is_empty());
        later(database, 2).await?;
        assert_eq!(whats(&told(database).await?), [("reminder", "reconsent", 1)]);
        alerts::acknowledge(db, &id("reconsent").context("alert")?, "ann").await?;
        later(database, 61).await?;
        assert!(told(database).await?.is_empty());
        database.sql("UPDATE apishopee_ads_alerts SET muted_until = now()").await?;
        assert_eq!(whats(&told(database).await?), [("begin", "run_failed", 1)]);
        alerts::resolve(db, AlertKind::Reconsent, Some(5)).await?;
        assert_eq!(
            whats(&told(database).await?),
            [("end", "reconsent", 1)],
            "whoever was told of a begin is told of the end"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_digest_comes_once_a_day_and_counts() -> Result<()> {
    each_way(async |database| {
        shop(database, 5).await?;
        database
            .sql("UPDATE apishopee_shops SET region = 'VN';
                  INSERT INTO apishopee_ads_shop_performance_daily (shop_id, performance_date, expense)
                  SELECT 5, (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date - day, 100 * day FROM generate_series(0, 2) AS day;
                  INSERT INTO apishopee_ads_campaign_data (shop_id, campaign_id, status, campaign_budget)
                  VALUES (5, 1, 'ongoing', 70), (5, 2, 'ongoing', 80.5), (5, 3, 'paused', 900);
                  INSERT INTO apishopee_ads_sync_runs (shop_id, generation, kind, trigger, status, started_at, ended_at)
                  VALUES (5, 1, 'realtime', 'cron', 'completed', now(), now()), (5, 2, 'realtime', 'cron', 'failed', now(), now())")
            .await?;
        // Its time of the day is over, so the first digest is tomorrow's.
        put(database, SinkRow { digest_minute: Some(0), ..row() }).await?;
        assert!(told(database).await?.is_empty());
        database.sql("UPDATE apishopee_ads_alert_sinks SET digest_on = digest_on - 1").await?;
        let digest = told(database).await?;
        assert_eq!(whats(&digest), [("digest", "", 0)]);
        assert_eq!(digest[0].lines, None);
        let content: Value = serde_json::from_str(&digest[0].content)?;
        let counts = ["shops", "fresh", "runs_completed", "runs_failed", "alerts_open", "dead_letters"];
        assert_eq!(counts.map(|name| content[name].as_i64()), [1, 1, 1, 1, 0, 0].map(Some), "{content}");
        assert_eq!(content["regions"].to_string(), r#"[{"budget":150.5,"region":"VN","spend":100.0}]"#);
        assert!(told(database).await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_message_that_fails_is_tried_again_in_its_order_and_given_up_after_a_day() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        put(database, row()).await?;
        alerts::raise(db, AlertKind::Reconsent, Some(5), "x").await?;
        assert_eq!(messages::plan(db).await?, 1);
        let first = messages::claim(db, 5, 60.0).await?;
        assert!(messages::claim(db, 5, 60.0).await?.is_empty(), "somebody is sending it");
        messages::settle(db, &first[0], Some(("answered 500", 30)), DAY).await?;
        alerts::resolve(db, AlertKind::Reconsent, Some(5)).await?;
        assert_eq!(messages::plan(db).await?, 1);
        assert!(messages::claim(db, 5, 60.0).await?.is_empty(), "the end waits for the begin");
        assert_eq!(messages::failing(db, 120.0).await?, None);
        later(database, 3).await?;
        assert_eq!(messages::failing(db, 120.0).await?.as_deref(), Some("night shift: answered 500"));
        let again = messages::claim(db, 5, 60.0).await?;
        assert_eq!((again[0].id.as_str(), again[0].attempts), (first[0].id.as_str(), 2));
        messages::settle(db, &again[0], Some(("answered 500", 30)), 60).await?;
        let next = messages::claim(db, 5, 60.0).await?;
        assert_eq!(whats(&next), [("end", "reconsent", 1)], "the first was given up");
        messages::settle(db, &next[0], None, DAY).await?;
        assert_eq!(messages::failing(db, 120.0).await?, None);
        let list = sinks::messages(db, ID, None, 10).await?;
        let states: Vec<_> = list
            .iter()
            .map(|m| (m.what.as_str(), m.sent_at_ms.is_some(), m.given_up_at_ms.is_some(), m.next_at_ms))
            .collect();
        assert_eq!(states, [("end", true, false, None), ("begin", false, true, None)]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_sink_is_made_changed_sealed_again_and_deleted() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        put(database, SinkRow { quiet_from_minute: Some(22 * 60), quiet_to_minute: Some(390), ..row() })
            .await?;
        assert!(sinks::put(db, OTHER, &row(), "enc.a.y", "ann").await.is_err(), "the name is taken");
        let stored = sinks::list(db).await?;
        let hours =
            (stored[0].quiet_from.as_deref(), stored[0].quiet_to.as_deref(), stored[0].digest_at.as_deref());
        assert_eq!(hours, (Some("22:00"), Some("06:30"), None));
        put(database, SinkRow { name: "day shift", shop_ids: Some(&[5]), ..row() }).await?;
        let stored = sinks::list(db).await?;
        assert_eq!(
            (stored.len(), stored[0].name.as_str(), stored[0].shop_ids.as_deref()),
            (1, "day shift", Some(&[5][..]))
        );
        let others = sinks::under_others(db, "enc.b.").await?;
        assert!(sinks::reseal(db, &others[0], "enc.b.x").await?);
        assert!(!sinks::reseal(db, &others[0], "enc.b.z").await?, "somebody has changed it");
        assert_eq!(sinks::sealed(db, ID).await?.as_deref(), Some("enc.b.x"));
        assert!(sinks::under_others(db, "enc.b.").await?.is_empty());
        assert!(
            sinks::knows_time_zone(db, "Asia/Bangkok").await? && !sinks::knows_time_zone(db, "Mars").await?
        );
        let test = messages::test(db, ID, "a-test").await?.context("a test message")?;
        assert_eq!((test.what.as_str(), test.sink_id.as_str(), test.content.as_str()), ("test", ID, "[]"));
        assert_eq!(messages::test(db, "7", "a-test").await?, None);
        let gone = sinks::delete(db, ID, "ann").await?.context("a sink")?;
        assert_eq!((gone.id.as_str(), gone.unsent), (ID, 0));
        assert_eq!(sinks::delete(db, ID, "ann").await?, None);
        let log =
            "SELECT string_agg(action, ' ' ORDER BY at) FROM apishopee_ads_audit_log WHERE actor = 'ann'";
        assert_eq!(database.sql(log).await?, "sink.put sink.put sink.delete");
        Ok(())
    })
    .await
}

/// Two ticks at the same time tell nothing twice.
#[tokio::test]
async fn two_ticks_at_once_make_each_message_once() -> Result<()> {
    each_way(async |database| {
        put(database, row()).await?;
        let second = database.another().await?;
        for shop_id in 1..=9 {
            alerts::raise(&database.db, AlertKind::Reconsent, Some(shop_id), "x").await?;
            let (a, b) = tokio::join!(messages::plan(&database.db), messages::plan(&second));
            a?;
            b?;
            later(database, 11).await?;
        }
        let (mut ids, mut alerts) = (BTreeSet::new(), 0);
        loop {
            let (a, b) =
                tokio::join!(messages::claim(&database.db, 5, 60.0), messages::claim(&second, 5, 60.0));
            let both = [a?, b?].concat();
            if both.is_empty() {
                break;
            }
            for due in both {
                assert!(ids.insert(due.id.clone()), "claimed twice");
                alerts += due.alerts;
                messages::settle(&database.db, &due, None, DAY).await?;
            }
        }
        assert_eq!(alerts, 9);
        Ok(())
    })
    .await
}
