//! Columns that an older installation made narrow, with rules of its own, and what the platform sends.

use crate::{
    samples::{SHOP, begun, campaign, campaigns, fence, shop},
    setup::{Database, Via, each_way},
};
use anyhow::Result;
use store::{
    fence::Written,
    write_campaigns::CampaignRow,
    write_performance::{CampaignDay, Measures, performance},
};

/// Words of a list, an integer of four bytes, small amounts, no negative ones; and what hangs on these columns.
const NARROW: &str = "
    CREATE TYPE old_bidding AS ENUM ('auto', 'manual');
    CREATE TABLE apishopee_ads_campaign_data (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      shop_id BIGINT NOT NULL, campaign_id BIGINT NOT NULL,
      ad_type VARCHAR(6) NOT NULL CHECK (ad_type IN ('auto', 'manual')),
      name VARCHAR(20), status VARCHAR(20) CHECK (status IN ('ongoing', 'paused', 'ended')),
      bidding_method old_bidding DEFAULT 'manual', campaign_budget DECIMAL(8,2), start_time INTEGER,
      roas_target DECIMAL(4,2) CHECK (roas_target <= 50), item_count SMALLINT,
      UNIQUE (shop_id, campaign_id));
    CREATE TABLE apishopee_ads_performance_daily (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      shop_id BIGINT NOT NULL, campaign_id BIGINT NOT NULL, performance_date DATE NOT NULL,
      direct_order INTEGER NOT NULL DEFAULT 0, expense DECIMAL(10,4) CHECK (expense >= 0),
      UNIQUE (shop_id, campaign_id, performance_date));
    CREATE VIEW own_inner WITH (security_invoker = true) AS
      SELECT campaign_id, ad_type, roas_target FROM apishopee_ads_campaign_data;
    CREATE VIEW own_outer AS SELECT campaign_id, roas_target * 2 AS twice FROM own_inner WHERE ad_type = 'auto';
    COMMENT ON VIEW own_outer IS 'for the dashboard';
    GRANT SELECT ON own_inner TO columns_reader WITH GRANT OPTION;
    GRANT SELECT (twice) ON own_outer TO columns_reader;
    ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO columns_public;";

/// Rows as real platforms send them.
fn sent() -> ([CampaignRow; 1], [CampaignDay; 1]) {
    let row = CampaignRow {
        ad_type: Some("gms".to_owned()),
        name: Some("a name of more than twenty characters".to_owned()),
        status: Some("a new word".to_owned()),
        roas_target: Some(1_000.0),
        campaign_budget: Some(9_999_999_999.0),
        start_time: Some(4_102_444_800),
        ..campaign(1, "x")
    };
    let measures = Measures {
        direct_order: Some(1 << 31),
        expense: -0.35,
        broad_item_sold: None,
        ..Measures::default()
    };
    let performance_date = "2026-10-01".parse().unwrap_or_default();
    ([row], [CampaignDay { campaign_id: 1, performance_date, measures }])
}

const IN: Written = Written { fenced: true, written: 1, unchanged: 0 };

#[tokio::test]
async fn what_the_platform_sends_fits_old_tables_and_ours() -> Result<()> {
    for old in [true, false] {
        let database = Database::empty(Via::Direct).await?;
        if old {
            database.sql(NARROW).await?;
        }
        database.migrate().await?;
        shop(&database, SHOP).await?;
        begun(&database, 1).await?;
        let (rows, days) = sent();
        assert_eq!(campaigns(&database.db, &fence(1, 1), &rows, &[]).await?, IN);
        assert_eq!(performance(&database.db, &fence(1, 1), &days, &[]).await?, IN);
        let stored = "SELECT ad_type, status, roas_target::float8, campaign_budget::float8, start_time FROM apishopee_ads_campaign_data";
        assert_eq!(database.sql(stored).await?, "gms|a new word|1000|9999999999|4102444800");
        let stored = "SELECT direct_order, expense::float8, broad_item_sold, roas::float8 FROM apishopee_ads_performance_daily";
        assert_eq!(database.sql(stored).await?, "2147483648|-0.35||0");
        database.remove().await?;
    }
    Ok(())
}

/// A view that uses a column that gets wider is as it was, whatever default privileges say.
#[tokio::test]
async fn views_on_wider_columns_keep_owner_options_and_grants() -> Result<()> {
    let database = Database::empty(Via::Direct).await?;
    database.sql(NARROW).await?;
    let picture = "SELECT c.relname, pg_get_userbyid(c.relowner), c.reloptions, obj_description(c.oid), pg_get_viewdef(c.oid),
          (SELECT string_agg(g.grantee::regrole || g.privilege_type || g.is_grantable, ',' ORDER BY g.grantee, g.privilege_type)
            FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) g),
          (SELECT string_agg(a.attname || a.attacl::text, ',') FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL)
        FROM pg_class c WHERE c.relname LIKE 'own\\_%' AND c.relkind = 'v' ORDER BY 1";
    let before = database.sql(picture).await?;
    assert!(
        before.contains("security_invoker=true") && before.contains("columns_readerSELECTtrue"),
        "{before}"
    );
    database.migrate().await?;
    // Only the cast of a word of limited length is gone.
    let plain = |text: String| text.replace("(ad_type)::text", "ad_type").replace("ad_type::text", "ad_type");
    assert_eq!(plain(database.sql(picture).await?), plain(before));
    assert_eq!(database.sql("SELECT count(*) FROM own_outer").await?, "0");
    database.remove().await
}

/// A column that something else holds on to stays as it is, and its row is refused as a row.
#[tokio::test]
async fn a_row_that_does_not_fit_is_refused_as_one() -> Result<()> {
    let database = Database::empty(Via::Direct).await?;
    database.sql(NARROW).await?;
    let policy = "CREATE POLICY few ON apishopee_ads_performance_daily USING (direct_order < 100)";
    database.sql(policy).await?;
    database.migrate().await?;
    shop(&database, SHOP).await?;
    begun(&database, 1).await?;
    let days = sent().1;
    let error = performance(&database.db, &fence(1, 1), &days, &[]).await.err();
    assert!(error.as_ref().is_some_and(store::DbError::is_of_a_row), "{error:?}");
    // The columns beside it are wider all the same.
    let [mut day] = days;
    day.measures.direct_order = Some(1);
    assert_eq!(performance(&database.db, &fence(1, 1), &[day], &[]).await?, IN);
    database.remove().await
}

/// What is compared is what would be stored: a third decimal makes no difference, and no lock.
#[tokio::test]
async fn a_third_decimal_is_no_change() -> Result<()> {
    each_way(async |database| {
        shop(database, SHOP).await.ok();
        begun(database, 1).await?;
        let row =
            CampaignRow { campaign_budget: Some(30.104), roas_target: Some(1.000_000_4), ..campaign(1, "x") };
        let measures = Measures { expense: 1.234, broad_gmv: Some(9.999), ..Measures::default() };
        let performance_date = "2026-10-01".parse().unwrap_or_default();
        let days = [CampaignDay { campaign_id: 1, performance_date, measures }];
        let rows = [row];
        assert_eq!(campaigns(&database.db, &fence(1, 1), &rows, &[]).await?, IN);
        assert_eq!(performance(&database.db, &fence(1, 1), &days, &[]).await?, IN);
        let system = "SELECT c.ctid, c.xmin, c.xmax, d.ctid, d.xmin, d.xmax
            FROM apishopee_ads_campaign_data c, apishopee_ads_performance_daily d";
        let before = database.sql(system).await?;
        let same = Written { fenced: true, written: 0, unchanged: 1 };
        assert_eq!(campaigns(&database.db, &fence(1, 2), &rows, &[]).await?, same);
        assert_eq!(performance(&database.db, &fence(1, 2), &days, &[]).await?, same);
        assert_eq!(database.sql(system).await?, before, "a row was written or locked");
        Ok(())
    })
    .await
}
