//! Writing campaigns behind the fence.

use crate::{
    samples::{SHOP, begun, campaign, campaigns, chunk, fence, picture, raw},
    setup::{Database, each_way, run},
};
use anyhow::Result;
use serde_json::json;
use store::{
    fence::Written,
    runs,
    write_campaigns::{self, CampaignRow},
};

const IN: Written = Written { fenced: true, written: 1, unchanged: 0 };
const SAME: Written = Written { fenced: true, written: 0, unchanged: 1 };
const OUT: Written = Written { fenced: false, written: 0, unchanged: 0 };

/// Name, version of the row, run that wrote it.
async fn stored(database: &Database) -> Result<(String, String, String)> {
    let row =
        database.sql("SELECT name, xmin || ctid::text, generation FROM apishopee_ads_campaign_data").await?;
    let mut columns = row.split('|').map(str::to_owned);
    let mut next = || columns.next().unwrap_or_default();
    Ok((next(), next(), next()))
}

#[tokio::test]
async fn every_field_is_stored() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        let mut row = campaign(4_000_000_001, "O'Neil \"Đồ\"\0 chơi 🐈");
        row.raw_data = raw(&json!({"ad_name": "a\0b"}));
        assert_eq!(campaigns(&database.db, &fence(1, 1_727_740_800_123), &[row], &[]).await?, IN);
        let fields = "SELECT shop_id, campaign_id, ad_type, name, status, campaign_placement, bidding_method, campaign_budget,
            start_time, end_time, item_count, roas_target, raw_data, generation, ads_unix_ms(fetched_at), vanished_at
            FROM apishopee_ads_campaign_data";
        assert_eq!(
            database.sql(fields).await?,
            format!(
                "{SHOP}|4000000001|manual|O'Neil \"Đồ\"\u{fffd} chơi 🐈|ongoing|all|auto|30.10|1727740800|0|1|6.5000|\
                 {{\"ad_name\": \"a\u{fffd}b\"}}|1|1727740800123|"
            )
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn only_the_run_that_owns_the_shop_writes() -> Result<()> {
    each_way(async |database| {
        begun(database, 2).await?;
        for generation in [1, 3] {
            assert_eq!(campaigns(&database.db, &fence(generation, 9), &[campaign(1, "x")], &[]).await?, OUT);
        }
        for stage in ["idle", "completed", "failed"] {
            database.sql(&format!("UPDATE apishopee_ads_sync_progress SET sync_stage = '{stage}'")).await?;
            assert_eq!(
                campaigns(&database.db, &fence(2, 9), &[campaign(1, "x")], &[]).await?,
                OUT,
                "{stage}"
            );
        }
        assert_eq!(stored(database).await?.0, "");
        database.sql("UPDATE apishopee_ads_sync_progress SET sync_stage = 'syncing_performance'").await?;
        assert_eq!(campaigns(&database.db, &fence(2, 9), &[campaign(1, "x")], &[]).await?, IN);
        database.sql("DELETE FROM apishopee_ads_sync_progress").await?;
        assert_eq!(campaigns(&database.db, &fence(2, 10), &[campaign(1, "y")], &[1]).await?, OUT);
        assert_eq!(stored(database).await?.0, "x");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_unchanged_row_is_not_written() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        assert_eq!(campaigns(&database.db, &fence(1, 100), &[campaign(1, "a")], &[]).await?, IN);
        let first = stored(database).await?;
        begun(database, 2).await?;
        assert_eq!(campaigns(&database.db, &fence(2, 200), &[campaign(1, "a")], &[]).await?, SAME);
        assert_eq!(stored(database).await?, first, "the very same row version");
        assert_eq!(campaigns(&database.db, &fence(2, 200), &[campaign(1, "b")], &[]).await?, IN);
        let changed = stored(database).await?;
        assert!(changed.0 == "b" && changed.2 == "2" && changed.1 != first.1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_older_fetch_never_replaces_a_newer_one() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        let touch = |fetched_at_ms| store::fence::Fence { touch: true, ..fence(1, fetched_at_ms) };
        assert_eq!(campaigns(&database.db, &fence(1, 100), &[campaign(1, "a")], &[]).await?, IN);
        // The second attempt fetches at 300 what is stored already; the first, sent at 200, comes after.
        assert_eq!(campaigns(&database.db, &touch(300), &[campaign(1, "a")], &[]).await?, IN);
        assert_eq!(campaigns(&database.db, &fence(1, 200), &[campaign(1, "stale")], &[]).await?, SAME);
        assert_eq!(campaigns(&database.db, &touch(299), &[campaign(1, "stale")], &[1]).await?, SAME);
        assert_eq!(campaigns(&database.db, &fence(1, 299), &[], &[1]).await?.written, 0);
        assert_eq!(stored(database).await?.0, "a");
        assert_eq!(database.sql("SELECT vanished_at IS NULL FROM apishopee_ads_campaign_data").await?, "t");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_vanished_campaign_is_marked_until_it_returns() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        campaigns(&database.db, &fence(1, 1), &[campaign(1, "a"), campaign(2, "b")], &[]).await?;
        campaigns(&database.db, &fence(1, 2), &[campaign(1, "a")], &[2, 3]).await?;
        let marked =
            "SELECT campaign_id, vanished_at FROM apishopee_ads_campaign_data WHERE vanished_at IS NOT NULL";
        let first = database.sql(marked).await?;
        assert!(first.starts_with("2|"), "{first}");
        campaigns(&database.db, &fence(1, 3), &[], &[2]).await?;
        assert_eq!(database.sql(marked).await?, first, "since the first time");
        assert_eq!(campaigns(&database.db, &fence(1, 4), &[campaign(2, "b")], &[]).await?, IN);
        assert_eq!(database.sql(marked).await?, "");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_campaign_that_comes_twice_in_one_answer_is_written_once() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        assert_eq!(
            campaigns(&database.db, &fence(1, 1), &[campaign(1, "a"), campaign(1, "b")], &[]).await?,
            IN
        );
        assert_eq!(stored(database).await?.0, "b");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_last_statement_completes_the_chunks_row() -> Result<()> {
    each_way(async |database| {
        let job = begun(database, 1).await?;
        let mut drawn = picture(1, 1, &job);
        drawn.chunk_rows = vec![chunk("campaigns", 0, "processing"), chunk("campaigns", 1, "processing")];
        runs::project(&database.db, &drawn).await?;
        let rows =
            "SELECT chunk_index, status, result FROM apishopee_ads_sync_queue WHERE is_chunk ORDER BY 1";
        campaigns(&database.db, &fence(1, 1), &[campaign(1, "a")], &[]).await?;
        assert_eq!(database.sql(rows).await?, "0|processing|\n1|processing|");
        let finish = store::fence::Fence { finish: true, result: json!({"written": 1}), ..fence(1, 1) };
        campaigns(&database.db, &finish, &[campaign(2, "b")], &[]).await?;
        assert_eq!(database.sql(rows).await?, "0|completed|{\"written\": 1}\n1|processing|");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_write_waits_for_what_an_open_reset_will_say() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        let operator = database.session().await?;
        let (rows, fence) = ([campaign(1, "late")], fence(1, 1));
        for (reset, end, expected) in [
            ("DELETE FROM apishopee_ads_sync_progress", "ROLLBACK", IN),
            ("UPDATE apishopee_ads_sync_progress SET sync_stage = 'idle'", "COMMIT", OUT),
        ] {
            run(&operator, &format!("BEGIN; {reset}")).await?;
            let write = campaigns(&database.db, &fence, &rows, &[]);
            assert_eq!(database.while_locked(&operator, end, write).await??, expected, "{end}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_reset_waits_for_a_write_in_flight() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        // Whoever holds a lock on a campaign's row keeps the write in flight, with its fence standing.
        campaigns(&database.db, &fence(1, 1), &[campaign(1, "a")], &[]).await?;
        let holder = database.session().await?;
        run(&holder, "BEGIN; SELECT FROM apishopee_ads_campaign_data FOR UPDATE").await?;
        let (rows, late) = ([campaign(1, "b")], fence(1, 2));
        let operator = database.session().await?;
        let write = campaigns(&database.db, &late, &rows, &[]);
        let mut write = std::pin::pin!(write);
        let reset = run(&operator, "UPDATE apishopee_ads_sync_progress SET sync_stage = 'idle'");
        let both = async {
            let reset_first = async {
                database.until_waiting(1).await?;
                reset.await
            };
            tokio::join!(&mut write, reset_first)
        };
        let release = async {
            database.until_waiting(2).await?;
            run(&holder, "COMMIT").await
        };
        let ((written, reset), released) = tokio::join!(both, release);
        reset?;
        released?;
        assert_eq!(written?, IN);
        assert_eq!(campaigns(&database.db, &fence(1, 3), &[campaign(1, "c")], &[]).await?, OUT);
        assert_eq!(stored(database).await?.0, "b");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn it_is_known_since_when_a_campaign_has_its_status() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        let row = |id, status: &str| CampaignRow { status: Some(status.to_owned()), ..campaign(id, "x") };
        let write = async |fetched_at_ms, rows: &[CampaignRow], vanished: &[i64]| -> Result<_> {
            let answer =
                write_campaigns::campaigns(&database.db, &fence(1, fetched_at_ms), rows, vanished, None)
                    .await?;
            Ok(answer.status_since_ms)
        };
        let stopped = [row(1, "paused"), row(2, "ongoing"), row(3, "ended")];
        assert_eq!(write(1_000, &stopped, &[]).await?, [(1, 1_000), (3, 1_000)]);
        // Another name is no other status.
        let renamed = [CampaignRow { name: Some("y".to_owned()), ..row(1, "paused") }, row(2, "paused")];
        assert_eq!(write(2_000, &renamed, &[3]).await?, [(1, 1_000), (2, 2_000)]);
        // Who was away may have done anything.
        assert_eq!(write(3_000, &[row(1, "closed"), row(3, "ended")], &[]).await?, [(1, 3_000), (3, 3_000)]);
        // An older answer changes nothing, and is told what is known.
        assert_eq!(write(1_500, &[row(1, "paused")], &[]).await?, [(1, 3_000)]);
        Ok(())
    })
    .await
}
