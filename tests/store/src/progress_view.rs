//! The progress view of an older installation, which the first migrations drop and make anew: whom it was granted to still reads it,
//! and one that acts with its reader's rights does not begin to act as its owner, whoever else may read it.

use crate::{
    access::WEB,
    adopt::INCUMBENT,
    setup::{Database, Via, run},
};
use anyhow::{Context, Result};

/// A page whose reader sees one shop, through a view with his own rights.
const OWN: &str = "
    GRANT USAGE ON SCHEMA public TO ads_test_other;
    ALTER TABLE apishopee_shops ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own_shop ON apishopee_shops TO authenticated, ads_test_reader USING (shop_id = 7);
    ALTER TABLE apishopee_ads_sync_progress ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own_shop ON apishopee_ads_sync_progress TO authenticated, ads_test_reader USING (shop_id = 7);
    REVOKE ALL ON apishopee_shops, apishopee_ads_sync_progress, v_ads_sync_progress_status FROM anon, authenticated;
    GRANT SELECT (shop_id, shop_name) ON apishopee_shops TO authenticated, ads_test_reader;
    GRANT SELECT ON apishopee_ads_sync_progress, v_ads_sync_progress_status TO authenticated, ads_test_reader;
    ALTER VIEW v_ads_sync_progress_status SET (security_invoker = true)";

const SHOPS: &str = "SELECT string_agg(shop_id::text, ',') FROM v_ads_sync_progress_status";

/// What a role gets, or the code of the refusal.
async fn seen(database: &Database, role: &str) -> Result<String> {
    let session = database.session().await?;
    session.batch_execute(&format!("SET ROLE {role}")).await?;
    match session.batch_execute(SHOPS).await {
        Ok(()) => run(&session, SHOPS).await,
        Err(error) => Ok(error.code().context("no answer")?.code().to_owned()),
    }
}

/// What the role sees before and after the migrations.
async fn migrated(more: &str, role: &str) -> Result<[String; 2]> {
    let database = Database::empty(Via::Direct).await?;
    for sql in [WEB, INCUMBENT, OWN, more] {
        database.sql(sql).await?;
    }
    let before = seen(&database, role).await?;
    xtask::migrate::up(&database.url()?, |_| ()).await?;
    let found = [before, seen(&database, role).await?];
    database.remove().await?;
    Ok(found)
}

const OTHER: &str = "GRANT SELECT ON v_ads_sync_progress_status TO ads_test_other";

#[tokio::test]
async fn a_reader_sees_his_shop_alone() -> Result<()> {
    assert_eq!(migrated("SELECT 1", "ads_test_reader").await?, ["7", "7"]);
    Ok(())
}

#[tokio::test]
async fn a_seller_who_was_granted_to_read_it_and_no_more_still_reads_it() -> Result<()> {
    assert_eq!(migrated("SELECT 1", "authenticated").await?, ["7", "7"]);
    Ok(())
}

#[tokio::test]
async fn a_reader_sees_his_shop_alone_whoever_else_may_read_the_view() -> Result<()> {
    assert_eq!(migrated(OTHER, "ads_test_reader").await?, ["7", "7"]);
    Ok(())
}

#[tokio::test]
async fn who_may_not_read_its_tables_still_gets_nothing_of_it() -> Result<()> {
    assert_eq!(migrated(OTHER, "ads_test_other").await?, ["42501", "42501"]);
    Ok(())
}

#[tokio::test]
async fn who_was_granted_a_column_of_it_still_reads_that() -> Result<()> {
    let column = "REVOKE ALL ON v_ads_sync_progress_status FROM ads_test_reader;
        GRANT SELECT (shop_id) ON v_ads_sync_progress_status TO ads_test_reader";
    assert_eq!(migrated(column, "ads_test_reader").await?, ["7", "7"]);
    Ok(())
}
