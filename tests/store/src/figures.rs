//! Figures as the platform sends them, in each of the tables that hold some: finer than a column is, and large.

use crate::{
    samples::{begun, fence},
    setup::{Database, Via},
};
use anyhow::{Context, Result};
use chrono::NaiveDate;
use store::{
    fence::{Fence, Written},
    write_performance::{
        Balance, CampaignDay, CampaignHour, Measures, ShopDay, ShopHour, performance, shop_performance,
    },
};

/// The tables as an older installation may have them: counters of four bytes, ratios below a thousand, amounts finer than ours.
const NARROW: &str = "
    CREATE TABLE apishopee_ads_performance_daily (
      id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
      shop_id BIGINT NOT NULL, campaign_id BIGINT NOT NULL, performance_date DATE NOT NULL,
      impression INTEGER, clicks INTEGER, ctr DECIMAL(10,4), expense DECIMAL(10,4),
      direct_order INTEGER, direct_gmv DECIMAL(12,3), broad_order INTEGER, broad_gmv DECIMAL(12,3),
      direct_item_sold SMALLINT, broad_item_sold SMALLINT, roas DECIMAL(5,2), acos DECIMAL(5,2),
      UNIQUE (shop_id, campaign_id, performance_date));
    CREATE TABLE apishopee_ads_performance_hourly (LIKE apishopee_ads_performance_daily INCLUDING DEFAULTS);
    ALTER TABLE apishopee_ads_performance_hourly ADD PRIMARY KEY (id),
      ADD COLUMN hour INTEGER NOT NULL, ADD UNIQUE (shop_id, campaign_id, performance_date, hour);
    CREATE TABLE apishopee_ads_shop_performance_daily (LIKE apishopee_ads_performance_daily INCLUDING DEFAULTS);
    ALTER TABLE apishopee_ads_shop_performance_daily ADD PRIMARY KEY (id), DROP COLUMN campaign_id,
      ADD UNIQUE (shop_id, performance_date);
    CREATE TABLE apishopee_ads_shop_performance_hourly (LIKE apishopee_ads_shop_performance_daily INCLUDING DEFAULTS);
    ALTER TABLE apishopee_ads_shop_performance_hourly ADD PRIMARY KEY (id),
      ADD COLUMN hour INTEGER NOT NULL, ADD UNIQUE (shop_id, performance_date, hour)";

const TABLES: [&str; 4] = [
    "apishopee_ads_performance_daily",
    "apishopee_ads_performance_hourly",
    "apishopee_ads_shop_performance_daily",
    "apishopee_ads_shop_performance_hourly",
];

/// Runs a test with our own tables and with old ones, directly and through the pooler, with a run under way.
async fn each_kind_of_tables(test: impl AsyncFn(&Database) -> Result<()>) -> Result<()> {
    for (via, is_old) in
        [(Via::Direct, false), (Via::Direct, true), (Via::Pooler, false), (Via::Pooler, true)]
    {
        let database = Database::empty(via).await?;
        if is_old {
            database.sql(NARROW).await?;
        }
        database.migrate().await?;
        begun(&database, 1).await?;
        test(&database).await.with_context(|| format!("{via:?}, old tables: {is_old}"))?;
        database.remove().await?;
    }
    Ok(())
}

/// Writes the same figures as a campaign's day and hour and as the shop's; answers what was written of both.
async fn write(
    database: &Database,
    fetched_at_ms: i64,
    measures: &Measures,
    balance: f64,
) -> Result<[Written; 2]> {
    let performance_date: NaiveDate = "2026-10-01".parse()?;
    let measures = || measures.clone();
    let day = CampaignDay { campaign_id: 1, performance_date, measures: measures() };
    let hour = CampaignHour { campaign_id: 1, performance_date, hour: 23, measures: measures() };
    let fence = fence(1, fetched_at_ms);
    let campaigns = performance(&database.db, &fence, &[day], &[hour]).await?;
    let totals = Fence { stage: "shop_totals", ..fence };
    let day = ShopDay { performance_date, measures: measures() };
    let hour = ShopHour { performance_date, hour: 23, measures: measures() };
    let balance = Balance { balance, data_timestamp: 1_790_000_000 };
    let shop = shop_performance(&database.db, &totals, &[day], &[hour], Some(&balance)).await?;
    Ok([campaigns, shop])
}

fn written(campaigns: i64, shop: i64) -> [Written; 2] {
    [
        Written { fenced: true, written: campaigns, unchanged: 2 - campaigns },
        Written { fenced: true, written: shop, unchanged: 3 - shop },
    ]
}

/// Where the rows of figures are and who has written or locked them last.
async fn rows(database: &Database) -> Result<String> {
    let mut found = String::new();
    for table in TABLES {
        let row = database.sql(&format!("SELECT ctid, xmin, xmax FROM {table}")).await?;
        found.push_str(&format!("{table} {row}\n"));
    }
    Ok(found)
}

#[tokio::test]
async fn decimals_that_no_column_keeps_are_no_change_in_any_table() -> Result<()> {
    each_kind_of_tables(async |database| {
        for (round, fraction) in (0_i64..).zip([0.234, 0.235, 0.995, 0.005, 0.123_456_789, 1.0 / 3.0]) {
            let measures = Measures {
                impression: Some(9_999),
                clicks: Some(7),
                expense: 10.0 + fraction,
                direct_gmv: Some(fraction),
                broad_order: Some(3),
                broad_gmv: Some(70.0 + fraction),
                ..Measures::default()
            };
            let at_ms = 10 * round + 10;
            write(database, at_ms, &measures, 500.0 + fraction).await?;
            let before = rows(database).await?;
            assert_eq!(
                write(database, at_ms + 1, &measures, 500.0 + fraction).await?,
                written(0, 0),
                "{fraction}"
            );
            assert_eq!(rows(database).await?, before, "{fraction}: a row was written or locked");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_cent_is_a_change_in_every_table() -> Result<()> {
    each_kind_of_tables(async |database| {
        let of = |expense| Measures { expense, clicks: Some(1), ..Measures::default() };
        assert_eq!(write(database, 1, &of(1.234), 5.0).await?, written(2, 3));
        assert_eq!(write(database, 2, &of(1.244), 5.01).await?, written(2, 3));
        for table in TABLES {
            let stored = format!("SELECT round(expense, 2) FROM {table}");
            assert_eq!(database.sql(&stored).await?, "1.24", "{table}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn large_figures_are_stored_in_every_table() -> Result<()> {
    each_kind_of_tables(async |database| {
        // More than four bytes hold, more than ten thousand millions, and a thousand times what was spent.
        let measures = Measures {
            impression: Some(1 << 40),
            clicks: Some((1 << 31) + 1),
            expense: 9_876_543_210.25,
            direct_order: Some(1 << 31),
            direct_gmv: Some(9_999_999_999_999.0),
            broad_order: Some(1 << 32),
            broad_gmv: Some(9_876_543_210_250.0),
            direct_item_sold: Some((1 << 31) + 2),
            broad_item_sold: Some(1 << 33),
        };
        assert_eq!(write(database, 1, &measures, 12_345_678_901.25).await?, written(2, 3));
        for table in TABLES {
            let stored = format!(
                "SELECT impression, clicks, expense::float8, direct_order, direct_gmv::float8, broad_order,
                   broad_gmv::float8, direct_item_sold, broad_item_sold, roas::float8, acos::float8 FROM {table}"
            );
            assert_eq!(
                database.sql(&stored).await?,
                "1099511627776|2147483649|9876543210.25|2147483648|9999999999999|4294967296|9876543210250|2147483650|\
                 8589934592|1000|0.1",
                "{table}"
            );
        }
        let dearer = Measures { expense: 12_345_678_901.25, broad_gmv: None, ..measures };
        assert_eq!(write(database, 2, &dearer, 12_345_678_901.25).await?, written(2, 2));
        assert_eq!(write(database, 3, &dearer, 12_345_678_901.25).await?, written(0, 0));
        for table in TABLES {
            let stored = format!("SELECT expense::float8 FROM {table}");
            assert_eq!(database.sql(&stored).await?, "12345678901.25", "{table}");
        }
        let balance = "SELECT balance FROM apishopee_ads_shop_balance";
        assert_eq!(database.sql(balance).await?, "12345678901.25");
        Ok(())
    })
    .await
}
