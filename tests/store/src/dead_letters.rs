//! Messages that could not be worked on.

use crate::{
    samples::{SHOP, begun, claim, claimed, unhandled},
    setup::{at_one_moment, each_way},
};
use anyhow::{Context, Result};
use store::{
    alert_kind::AlertKind,
    alerts,
    dead_letters::{self, Unhandled},
};

const NOBODY: &str = "0190a3c4-9d3f-7cde-8b11-000000000000";

#[tokio::test]
async fn a_dead_letter_is_kept_once() -> Result<()> {
    each_way(async |database| {
        for reason in ["no JSON", "again"] {
            dead_letters::insert(&database.db, &unhandled("chunks", "m-1", "{\"a\":\0", reason)).await?;
        }
        let letters = dead_letters::list(&database.db, &dead_letters::Filter::default(), None, 10).await?;
        let [letter] = letters.as_slice() else { anyhow::bail!("{letters:?}") };
        assert_eq!((letter.queue.as_str(), letter.message_id.as_str()), ("chunks", "m-1"));
        assert_eq!((letter.body.as_str(), letter.reason.as_str()), ("{\"a\":\u{fffd}", "no JSON"));
        assert_eq!((letter.replayed_at_ms, &letter.replayed_by), (None, &None));
        assert_eq!(dead_letters::get(&database.db, &letter.id).await?.as_ref(), Some(letter));
        for unknown in [NOBODY, "no uuid", ""] {
            assert_eq!(dead_letters::get(&database.db, unknown).await?, None);
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_dead_letter_is_replayed_by_one() -> Result<()> {
    each_way(async |database| {
        dead_letters::insert(&database.db, &unhandled("chunks", "m-1", "{}", "no JSON")).await?;
        dead_letters::insert(&database.db, &unhandled("chunks", "m-2", "{}", "no JSON")).await?;
        let id = database.sql("SELECT id FROM apishopee_ads_dead_letters WHERE message_id = 'm-1'").await?;
        let other = database.another().await?;
        let (one, two) = tokio::join!(
            dead_letters::mark_replayed(&database.db, &id, "ann"),
            dead_letters::mark_replayed(&other, &id, "bob"),
        );
        let by = match (one?, two?) {
            (true, false) => "ann",
            (false, true) => "bob",
            both => anyhow::bail!("{both:?}"),
        };
        let letter = dead_letters::get(&database.db, &id).await?.context("letter")?;
        assert_eq!(letter.replayed_by.as_deref(), Some(by));
        assert!(letter.replayed_at_ms >= Some(letter.received_at_ms));

        dead_letters::unmark_replayed(&database.db, &id).await?;
        let letter = dead_letters::get(&database.db, &id).await?.context("letter")?;
        assert_eq!((letter.replayed_at_ms, letter.replayed_by), (None, None));
        assert!(dead_letters::mark_replayed(&database.db, &id, "eve").await?);
        let marked =
            "SELECT message_id, replayed_by FROM apishopee_ads_dead_letters WHERE replayed_at IS NOT NULL";
        assert_eq!(database.sql(marked).await?, "m-1|eve");
        for unknown in [NOBODY, "no uuid"] {
            assert!(!dead_letters::mark_replayed(&database.db, unknown, "eve").await?);
            dead_letters::unmark_replayed(&database.db, unknown).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_job_whose_message_is_dead_is_due_at_once() -> Result<()> {
    at_one_moment(async |database| {
        let job = claimed(database).await?;
        let asked_at_ms: i64 = database.sql("SELECT ads_unix_ms(now())").await?.parse()?;
        let letter = async |message_id: &str, asked_at_ms: i64| {
            let message = unhandled("ads-sync-start", message_id, "{}", "every delivery failed");
            dead_letters::insert(&database.db, &Unhandled { job: Some((&job.id, asked_at_ms)), ..message }).await
        };
        let row = "SELECT status, retry_count, claimed_until IS NULL, scheduled_at <= now(), error_message FROM apishopee_ads_sync_queue";
        letter("m-1", asked_at_ms - 900_000).await?;
        assert_eq!(database.sql(row).await?, "processing|0|f|t|", "a newer claim has a message of its own");
        letter("m-2", asked_at_ms).await?;
        let freed = "pending|1|t|t|every delivery failed";
        assert_eq!(database.sql(row).await?, freed);
        assert_eq!(claim(&database.db, 10, 900).await?.len(), 1);
        letter("m-2", asked_at_ms).await?;
        assert_eq!(database.sql(row).await?, "processing|1|f|t|", "the same message once more");
        for (nth, status) in [(3, "pending|2"), (4, "pending|3"), (5, "processing|3")] {
            letter(&format!("m-{nth}"), asked_at_ms).await?;
            assert!(database.sql(row).await?.starts_with(status), "nothing is tried for ever");
            claim(&database.db, 10, 900).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_run_that_is_under_way_needs_no_message() -> Result<()> {
    at_one_moment(async |database| {
        let job = begun(database, 1).await?;
        let asked_at_ms: i64 = database.sql("SELECT ads_unix_ms(now())").await?.parse()?;
        let message = unhandled("ads-sync-start", "m-1", "{}", "every delivery failed");
        dead_letters::insert(&database.db, &Unhandled { job: Some((&job.id, asked_at_ms)), ..message })
            .await?;
        assert_eq!(database.sql("SELECT status FROM apishopee_ads_sync_queue").await?, "processing");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_alert_is_over_when_what_the_letters_asked_for_has_ended() -> Result<()> {
    at_one_moment(async |database| {
        let job = begun(database, 7).await?;
        for (queue, body) in [
            ("start", format!(r#"{{"v":1,"shop_id":{SHOP},"job_id":"{}","asked_at_ms":1}}"#, job.id)),
            ("start", r#"{"v":1,"shop_id":1,"job_id":"0190a3c4-9d3f-7cde-8b11-000000000000","asked_at_ms":1}"#.to_owned()),
            ("chunk", format!(r#"{{"v":1,"shop_id":{SHOP},"generation":7,"stage":"campaigns","chunk":0,"attempt":1}}"#)),
            ("budget", format!(r#"{{"v":1,"shop_id":{SHOP},"after":null}}"#)),
            ("budget", r#"{"v":1,"shop_id":1,"after":5}"#.to_owned()),
        ] {
            dead_letters::insert(&database.db, &unhandled(queue, &body, &body, "every delivery failed")).await?;
        }
        let schedule = "INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, hour_start, hour_end, minute_start, minute_end, budget)
             VALUES (532963124, 1, 0, 24, 0, 0, 5)";
        database.sql(schedule).await?;
        alerts::raise(&database.db, AlertKind::DeadLetters, None, "look at them").await?;
        let settle = async || dead_letters::settle(&database.db, ["start", "chunk", "budget"]).await;
        let open = "SELECT count(*) FROM apishopee_ads_alerts WHERE resolved_at IS NULL";
        // Each of these ends one of the three that are open; the alert is over with the last one.
        for end in [
            "UPDATE apishopee_ads_sync_queue SET status = 'completed'",
            "UPDATE apishopee_ads_sync_runs SET status = 'failed'",
            "INSERT INTO apishopee_ads_budget_leases (shop_id, looked_at) VALUES (532963124, now() + interval '1 second')",
        ] {
            assert!(!settle().await?);
            assert_eq!(database.sql(open).await?, "1", "before {end}");
            database.sql(end).await?;
        }
        assert!(settle().await?);
        assert_eq!(database.sql(open).await?, "0");
        // Of what cannot be read nobody knows, until somebody has done something about it.
        dead_letters::insert(&database.db, &unhandled("start", "m-6", "not json", "unreadable")).await?;
        alerts::raise(&database.db, AlertKind::DeadLetters, None, "look at them").await?;
        assert!(!settle().await?);
        database.sql("DELETE FROM apishopee_ads_dead_letters WHERE body = 'not json'").await?;
        assert!(settle().await?);
        assert!(!settle().await?, "it is over");
        Ok(())
    })
    .await
}
