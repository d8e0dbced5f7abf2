//! Progress kept by hand, in SQL.

use crate::{
    samples::{SHOP, begun, campaign, campaigns, fence},
    setup::each_way,
};
use anyhow::Result;

const VIEW: &str =
    "SELECT sync_stage, current_chunk, total_chunks, synced_campaigns, progress_percent, failed_chunks,
    error_message, is_complete FROM v_ads_sync_progress_status";

#[tokio::test]
async fn a_shop_is_driven_by_hand_to_its_end() -> Result<()> {
    each_way(async |database| {
        let init =
            format!("SELECT * FROM init_ads_sync_progress(p_shop_id => {SHOP}, p_total_campaigns => 335)");
        assert_eq!(database.sql(&init).await?, format!("{SHOP}|4|100"));
        let update = async |arguments: &str| {
            database.sql(&format!("SELECT update_chunk_progress({SHOP}, {arguments})")).await?;
            database.sql(VIEW).await
        };
        for _ in 0..2 {
            assert_eq!(
                update("0, 100").await?,
                "syncing_campaigns|1|4|100|29.9|{}||f",
                "the same twice changes nothing"
            );
        }
        for _ in 0..2 {
            assert_eq!(
                update("3, 0, p_success => false, p_error_message => '503'").await?,
                "syncing_campaigns|2|4|100|29.9|{3}|503|f"
            );
        }
        assert_eq!(
            update("0, 0, false, 'late'").await?,
            "syncing_campaigns|2|4|100|29.9|{3}|503|f",
            "done stays done"
        );
        update("1, 100").await?;
        update("2, 100, true").await?;
        let refused = database.refusal(&format!("SELECT complete_sync_progress({SHOP})")).await?;
        assert_eq!(refused, format!("shop {SHOP} is not done: 3 of 4 chunks are done, 1 failed"));
        assert_eq!(update("3, 35").await?, "syncing_campaigns|4|4|335|100.0|{}||f");
        database
            .sql(&format!(
                "SELECT complete_sync_progress(p_shop_id => {SHOP}, p_stage => 'syncing_performance')"
            ))
            .await?;
        database.sql(&format!("SELECT complete_sync_progress({SHOP})")).await?;
        assert_eq!(database.sql(VIEW).await?, "completed|4|4|335|100.0|{}||t");
        assert_eq!(
            database
                .sql("SELECT is_syncing, last_sync_at IS NOT NULL FROM apishopee_ads_sync_status")
                .await?,
            "f|t"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_last_index_alone_completes_nothing() -> Result<()> {
    each_way(async |database| {
        database.sql(&format!("SELECT init_ads_sync_progress({SHOP}, 335)")).await?;
        database.sql(&format!("SELECT update_chunk_progress({SHOP}, 3, 35)")).await?;
        let refused = database.refusal(&format!("SELECT complete_sync_progress({SHOP})")).await?;
        assert_eq!(refused, format!("shop {SHOP} is not done: 1 of 4 chunks are done, 0 failed"));
        assert_eq!(database.sql(VIEW).await?, "syncing_campaigns|1|4|35|10.4|{}||f");
        // More than planned is never shown.
        database.sql(&format!("SELECT update_chunk_progress({SHOP}, 0, 2000000000)")).await?;
        assert_eq!(database.sql(VIEW).await?, "syncing_campaigns|2|4|335|100.0|{}||f");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn chunk_sizes_come_from_the_settings() -> Result<()> {
    each_way(async |database| {
        let init = "SELECT total_chunks, chunk_size FROM init_ads_sync_progress(5, 101)";
        assert_eq!(database.sql(init).await?, "2|100");
        database.sql("UPDATE apishopee_ads_sync_settings SET chunk_size = 150 WHERE shop_id = 0").await?;
        assert_eq!(database.sql(init).await?, "1|150");
        database.sql("INSERT INTO apishopee_ads_sync_settings (shop_id, chunk_size) VALUES (5, 50)").await?;
        assert_eq!(database.sql(init).await?, "3|50");
        assert_eq!(database.sql("SELECT total_chunks FROM init_ads_sync_progress(6, 0)").await?, "0");
        database.sql("SELECT complete_sync_progress(6)").await?;
        assert_eq!(
            database.sql("SELECT progress_percent FROM v_ads_sync_progress_status WHERE shop_id = 6").await?,
            "100.0"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn bad_arguments_are_refused_by_name() -> Result<()> {
    each_way(async |database| {
        database.sql(&format!("SELECT init_ads_sync_progress({SHOP}, 335)")).await?;
        for (call, refusal) in [
            ("init_ads_sync_progress(0, 5)", "p_shop_id is 0; a shop id is a positive number"),
            ("init_ads_sync_progress(5, -1)", "p_total_campaigns is -1; allowed are 0 and above"),
            ("init_ads_sync_progress(5, NULL)", "p_total_campaigns is NULL; allowed are 0 and above"),
            ("update_chunk_progress(5, 0, 1)", "shop 5 has no sync in progress; init_ads_sync_progress begins one"),
            ("update_chunk_progress(532963124, 4, 1)", "p_chunk_index is 4; shop 532963124 has 4 chunks, counted from 0"),
            ("update_chunk_progress(532963124, -1, 1)", "p_chunk_index is -1; shop 532963124 has 4 chunks, counted from 0"),
            ("update_chunk_progress(532963124, 0, -1)", "p_synced_count is -1; allowed are 0 and above"),
            (
                "complete_sync_progress(532963124, 'done')",
                "p_stage is done; allowed are idle, syncing_campaigns, syncing_performance, completed, failed",
            ),
            ("complete_sync_progress(5)", "shop 5 has no progress row; init_ads_sync_progress makes one"),
        ] {
            assert_eq!(database.refusal(&format!("SELECT {call}")).await?, refusal);
        }
        assert_eq!(database.sql(VIEW).await?, "syncing_campaigns|0|4|0|0.0|{}||f");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_takeover_fences_off_the_running_work() -> Result<()> {
    each_way(async |database| {
        begun(database, 7).await?;
        for call in
            [format!("update_chunk_progress({SHOP}, 0, 1)"), format!("complete_sync_progress({SHOP})")]
        {
            let refused = database.refusal(&format!("SELECT {call}")).await?;
            assert!(refused.starts_with(&format!("run 7 of shop {SHOP} ")), "{refused}");
        }
        database.sql(&format!("SELECT init_ads_sync_progress({SHOP}, 335)")).await?;
        assert_eq!(database.sql("SELECT generation FROM apishopee_ads_sync_progress").await?, "8");
        assert!(!campaigns(&database.db, &fence(7, 1), &[campaign(1, "x")], &[]).await?.fenced);
        // The next number is above every one that was ever used, also when the row is deleted.
        database.sql("DELETE FROM apishopee_ads_sync_progress").await?;
        database.sql(&format!("SELECT init_ads_sync_progress({SHOP}, 335)")).await?;
        assert_eq!(database.sql("SELECT generation FROM apishopee_ads_sync_progress").await?, "9");
        Ok(())
    })
    .await
}
