//! What the doctor asks the database, and the record of ticks that it reads.

use crate::{
    samples::{SHOP, shop},
    setup::{Database, Via, each_way},
};
use anyhow::{Context, Result};
use store::{
    Postgres,
    cron_ticks::{self, CronTick},
    doctor::{self, Backlog, Shops, Work},
};

/// All markets of Shopee.
const REGIONS: &str = "SG MY TH VN PH ID TW MX CL CO PL BR";

#[tokio::test]
async fn the_server_is_fit() -> Result<()> {
    each_way(async |database| {
        let server = doctor::server(&database.db, REGIONS).await?;
        let number = database.sql("SHOW server_version_num").await?;
        assert_eq!((server.number.to_string(), server.encoding.as_str()), (number, "UTF8"));
        assert!(!server.is_standby && !server.zones_are_old && server.now_ms > 1_700_000_000_000);
        assert_eq!((server.forbidden, server.regions_without_zone), (vec![], vec![]));
        database
            .sql(
                "CREATE OR REPLACE FUNCTION ads_region_time_zone(region TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS
                 $$ SELECT CASE WHEN region IN ('MX', 'CL') THEN 'America/Nowhere' ELSE 'Asia/Manila' END $$",
            )
            .await?;
        assert_eq!(doctor::server(&database.db, REGIONS).await?.regions_without_zone, ["CL", "MX"]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_role_that_may_not_write_is_told() -> Result<()> {
    let database = Database::migrated(Via::Direct).await?;
    let session = database.session().await?;
    session
        .batch_execute(
            "BEGIN; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO ads_test_reader;
             GRANT USAGE ON SCHEMA public TO ads_test_reader;
             GRANT SELECT ON ALL TABLES IN SCHEMA public TO ads_test_reader;
             GRANT INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO ads_test_reader;
             REVOKE UPDATE ON apishopee_ads_alerts, apishopee_ads_audit_log FROM ads_test_reader;
             REVOKE SELECT ON apishopee_ads_api_drift, refinery_schema_history FROM ads_test_reader;
             SET LOCAL ROLE ads_test_reader",
        )
        .await?;
    let db = Postgres(session);
    let forbidden = doctor::server(&db, REGIONS).await?.forbidden;
    assert_eq!(forbidden, ["apishopee_ads_alerts", "apishopee_ads_api_drift", "refinery_schema_history"]);
    db.0.batch_execute("ROLLBACK").await?;
    database.remove().await
}

async fn tick(database: &Database) -> Result<CronTick> {
    let ticks = doctor::work(&database.db).await?.ticks;
    ticks.into_iter().find(|tick| tick.cron == "ads-sync-job").context("its row")
}

#[tokio::test]
async fn a_tick_is_recorded_with_its_last_error() -> Result<()> {
    each_way(async |database| {
        let long = "é".repeat(900);
        let record = async |error| cron_ticks::record(&database.db, "ads-sync-job", error).await;
        let new = tick(database).await?;
        assert_eq!((new.last_at_ms, new.last_error_at_ms, &new.last_error), (None, None, &None));
        record(Some("Postgres\0 is away")).await?;
        let failed = tick(database).await?;
        assert_eq!(failed.last_error.as_deref(), Some("Postgres\u{fffd} is away"));
        assert!(failed.last_at_ms.is_none() && failed.last_error_at_ms.is_some());
        record(None).await?;
        let done = tick(database).await?;
        assert!(done.last_at_ms >= failed.last_error_at_ms, "{done:?}");
        assert_eq!((&done.last_error, done.last_error_at_ms), (&failed.last_error, failed.last_error_at_ms));
        assert_eq!(done.watched_since_ms, new.watched_since_ms);
        record(Some(&long)).await?;
        assert_eq!(tick(database).await?.last_error.context("text")?.chars().count(), 500);
        database.sql("DELETE FROM apishopee_ads_cron_ticks").await?;
        record(None).await?;
        assert!(tick(database).await?.watched_since_ms > 0, "a row that is gone is made anew");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_empty_database_has_seven_schedules_and_nothing_else() -> Result<()> {
    each_way(async |database| {
        let work = doctor::work(&database.db).await?;
        assert_eq!(work.ticks.len(), 7);
        assert_eq!(Work { now_ms: 0, ticks: vec![], ..work }, Work::default());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn shops_are_counted_by_what_they_lack() -> Result<()> {
    each_way(async |database| {
        for shop_id in 1..=9 {
            shop(database, shop_id).await?;
        }
        for assignments in [
            "access_token = ' ', refresh_token = '' WHERE shop_id < 7",
            "token_state = 'reconsent', authorized_until = now() - interval '1 day' WHERE shop_id = 7",
            "authorized_until = now() - interval '1 second', partner_id = 44, partner_key = 'enc.k1.AA' WHERE shop_id = 8",
            "authorized_until = now() + interval '7 days' - interval '1 minute', refresh_token = 'enc.k2.AA' WHERE shop_id = 9",
            "authorized_until = now() + interval '8 days' WHERE shop_id = 1",
        ] {
            database.sql(&format!("UPDATE apishopee_shops SET {assignments}")).await?;
        }
        let work = doctor::work(&database.db).await?;
        let shops = |count, first: &[i64]| Shops { count, first: first.to_vec() };
        assert_eq!(work.tokenless, shops(6, &[1, 2, 3, 4, 5]));
        assert_eq!(work.reconsent, shops(1, &[7]));
        assert_eq!((work.ended, work.ending), (shops(1, &[8]), shops(1, &[9])));
        assert_eq!((work.shop, work.apps, work.without_app), (Some(1), vec![44], 8));
        assert_eq!(work.key_ids, ["k1", "k2"]);
        Ok(())
    })
    .await
}

/// What waits for consumers after this SQL.
async fn after(database: &Database, sql: &str) -> Result<[Backlog; 3]> {
    database.sql(sql).await?;
    let Work { start, chunk, budget, .. } = doctor::work(&database.db).await?;
    Ok([start, chunk, budget])
}

const NOTHING: Backlog = Backlog { waiting: 0, moves: false };
const DEAD: Backlog = Backlog { waiting: 1, moves: false };
const SLOW: Backlog = Backlog { waiting: 1, moves: true };

#[tokio::test]
async fn jobs_and_runs_wait_until_something_moves() -> Result<()> {
    each_way(async |database| {
        let job = format!(
            "INSERT INTO apishopee_ads_sync_queue (shop_id, status, started_at) VALUES
             ({SHOP}, 'processing', now() - interval '4 minutes'), ({SHOP}, 'pending', now() - interval '9 minutes')"
        );
        assert_eq!(after(database, &job).await?, [NOTHING, NOTHING, NOTHING]);
        let old = "UPDATE apishopee_ads_sync_queue SET started_at = now() - interval '6 minutes'";
        assert_eq!(after(database, old).await?, [DEAD, NOTHING, NOTHING]);
        let run = "INSERT INTO apishopee_ads_sync_runs (shop_id, generation, kind, trigger, started_at)
                   VALUES (9, 1, 'realtime', 'cron', now() - interval '1 minute')";
        assert_eq!(after(database, run).await?, [SLOW, NOTHING, NOTHING]);
        let begun = "UPDATE apishopee_ads_sync_queue SET generation = 1";
        assert_eq!(after(database, begun).await?[0].waiting, 0);
        let silent = "INSERT INTO apishopee_ads_sync_progress (shop_id, generation, sync_stage, run_kind, last_chunk_at)
                      VALUES (9, 1, 'syncing_performance', 'realtime', now() - interval '11 minutes')";
        assert_eq!(after(database, silent).await?[1], DEAD);
        let moves = "INSERT INTO apishopee_ads_sync_progress (shop_id, generation, sync_stage, run_kind, last_chunk_at)
                     VALUES (10, 1, 'syncing_campaigns', 'realtime', now() - interval '1 minute')";
        assert_eq!(after(database, moves).await?[1], SLOW);
        let ended = "DELETE FROM apishopee_ads_sync_progress WHERE shop_id = 10;
                     UPDATE apishopee_ads_sync_runs SET ended_at = now()";
        assert_eq!(after(database, ended).await?[1], SLOW);
        let waits = "UPDATE apishopee_ads_sync_progress SET waiting_until = now() + interval '1 minute'";
        assert_eq!(after(database, waits).await?[1].waiting, 0);
        let by_hand = "UPDATE apishopee_ads_sync_progress SET waiting_until = NULL, run_kind = 'manual'";
        assert_eq!(after(database, by_hand).await?[1].waiting, 0);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn budgets_wait_when_nobody_has_looked_since_the_tick_before_the_last() -> Result<()> {
    each_way(async |database| {
        shop(database, SHOP).await?;
        shop(database, 9).await?;
        let schedules = format!(
            "INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, budget, is_active, created_at) VALUES
             ({SHOP}, 1, 5, true, now() - interval '2 hours'), (9, 1, 5, false, now() - interval '2 hours'),
             (9, 2, 5, true, now() - interval '1 hour')"
        );
        assert_eq!(after(database, &schedules).await?[2], NOTHING, "no tick has come");
        let tick = "UPDATE apishopee_ads_cron_ticks SET last_at = now() - interval '5 minutes' WHERE cron = 'ads-budget-scheduler'";
        assert_eq!(after(database, tick).await?[2], DEAD);
        let looked = |shop_id: i64, minutes: i32| {
            format!(
                "INSERT INTO apishopee_ads_budget_leases (shop_id, looked_at) VALUES ({shop_id}, now() - interval '{minutes} minutes')
                 ON CONFLICT (shop_id) DO UPDATE SET looked_at = EXCLUDED.looked_at"
            )
        };
        assert_eq!(after(database, &looked(SHOP, 41)).await?[2], DEAD);
        let failed = format!(
            "INSERT INTO apishopee_ads_alerts (kind, shop_id, severity, text) VALUES ('budget_failed', {SHOP}, 'critical', '')"
        );
        assert_eq!(after(database, &failed).await?[2].waiting, 0, "somebody was at work to report it");
        database.sql("DELETE FROM apishopee_ads_alerts").await?;
        assert_eq!(after(database, &looked(SHOP, 39)).await?[2], Backlog { waiting: 0, moves: true });
        let older = "UPDATE apishopee_scheduled_ads_budget SET created_at = now() - interval '2 hours'";
        assert_eq!(after(database, older).await?[2], SLOW);
        assert_eq!(after(database, &looked(9, 1)).await?[2], Backlog { waiting: 0, moves: true });
        Ok(())
    })
    .await
}

#[tokio::test]
async fn letters_and_critical_alerts_are_counted() -> Result<()> {
    each_way(async |database| {
        database
            .sql(
                "INSERT INTO apishopee_ads_dead_letters (queue, message_id, body, reason, replayed_at) VALUES
                 ('q', '1', '', '', NULL), ('q', '2', '', '', NULL), ('q', '3', '', '', now());
                 INSERT INTO apishopee_ads_alerts (kind, shop_id, severity, text, resolved_at) VALUES
                 ('reconsent', 1, 'critical', '', NULL), ('reconsent', 2, 'critical', '', NULL),
                 ('daily_quota', NULL, 'critical', '', now()), ('run_failed', 1, 'warning', '', NULL)",
            )
            .await?;
        let work = doctor::work(&database.db).await?;
        assert_eq!((work.letters, work.letters_matter), (2, false));
        assert_eq!((work.critical, work.critical_count), (vec!["reconsent".to_owned()], 2));
        database
            .sql("INSERT INTO apishopee_ads_alerts (kind, severity, text) VALUES ('dead_letters', 'warning', '')")
            .await?;
        assert!(doctor::work(&database.db).await?.letters_matter);
        Ok(())
    })
    .await
}
