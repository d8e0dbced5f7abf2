//! What those who watch all shops are told. Other tests' transactions hold versions back, so that more may be told than has
//! changed, and never less.

use crate::setup::{each_way, run};
use anyhow::{Context, Result};
use store::fleet::{Changed, changed};

const ROWS: &str = "INSERT INTO apishopee_ads_sync_progress (shop_id, generation, sync_stage) \
                    VALUES (1, 1, 'completed'), (2, 1, 'completed'), (3, 1, 'completed')";

fn ids(changed: &Changed) -> Option<Vec<i64>> {
    changed.shops.as_ref().map(|shops| shops.iter().map(|shop| shop.shop_id).collect())
}

#[tokio::test]
async fn whatever_is_written_since_a_version_is_told_whoever_writes_it() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        database.sql(ROWS).await?;
        let first = changed(db, None, 10).await?;
        assert_eq!(first.shops, None, "the list is to be read");
        // By hand, without a word of the time.
        database.sql("UPDATE apishopee_ads_sync_progress SET sync_stage = 'idle' WHERE shop_id = 2").await?;
        let told = changed(db, Some(&first.version), 10).await?;
        let shop = told.shops.iter().flatten().find(|shop| shop.shop_id == 2).context("not told")?;
        assert_eq!((shop.progress.sync_stage.as_str(), shop.progress.generation), ("idle", 1));
        let number = |changed: &Changed| changed.version.parse::<u64>();
        assert!(number(&told)? >= number(&first)?);
        Ok(())
    })
    .await
}

/// A change that is committed after a look which began later than it.
#[tokio::test]
async fn what_is_committed_late_is_not_missed() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        database.sql(ROWS).await?;
        let other = database.session().await?;
        run(&other, "BEGIN; UPDATE apishopee_ads_sync_progress SET sync_stage = 'failed' WHERE shop_id = 1")
            .await?;
        database.sql("UPDATE apishopee_ads_sync_progress SET sync_stage = 'idle' WHERE shop_id = 3").await?;
        let during = changed(db, None, 10).await?;
        run(&other, "COMMIT").await?;
        let after = changed(db, Some(&during.version), 10).await?;
        let told = ids(&after).context("told")?;
        assert!(told.contains(&1), "{told:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn too_much_and_versions_of_elsewhere_are_a_reason_to_read_the_list() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        let before = changed(db, None, 10).await?;
        database.sql(ROWS).await?;
        assert_eq!(ids(&changed(db, Some(&before.version), 3).await?), Some(vec![1, 2, 3]));
        assert_eq!(ids(&changed(db, Some(&before.version), 2).await?), None);
        for other in ["999999999999999999", "0"] {
            let told = changed(db, Some(other), 10).await?;
            // A young database knows its transactions from the first one on.
            assert!(told.shops.is_none() || other == "0", "{other}: {told:?}");
        }
        Ok(())
    })
    .await
}
