//! Writing performance and the balance behind the fence.

use crate::{
    samples::{SHOP, begun, fence},
    setup::each_way,
};
use anyhow::Result;
use chrono::NaiveDate;
use store::{
    fence::{Fence, Written},
    write_performance::{
        Balance, CampaignDay, CampaignHour, Measures, ShopDay, ShopHour, performance, shop_performance,
    },
};

fn measures() -> Measures {
    Measures {
        impression: Some(12_000),
        clicks: Some(420),
        expense: 84.5,
        direct_order: Some(10),
        direct_gmv: Some(480.0),
        broad_order: Some(13),
        broad_gmv: Some(611.0),
        direct_item_sold: Some(11),
        broad_item_sold: Some(15),
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

fn hours(clicks: i64) -> Vec<CampaignHour> {
    (0..24)
        .map(|hour| CampaignHour {
            campaign_id: 1,
            performance_date: day("2026-10-02"),
            hour,
            measures: Measures { clicks: Some(clicks), ..measures() },
        })
        .collect()
}

#[tokio::test]
async fn ratios_are_derived_and_no_divisor_of_zero_fails() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        let daily = [
            CampaignDay { campaign_id: 1, performance_date: day("2026-10-01"), measures: measures() },
            CampaignDay {
                campaign_id: 1,
                performance_date: day("2026-10-02"),
                measures: Measures { direct_order: Some(1), ..Measures::default() },
            },
            CampaignDay {
                campaign_id: 2,
                performance_date: day("2026-10-02"),
                measures: Measures { expense: 0.01, broad_gmv: Some(9_999_999_999_999.0), ..Measures::default() },
            },
            CampaignDay {
                campaign_id: 3,
                performance_date: day("2026-10-02"),
                measures: Measures { expense: 9_999_999_999_999.0, broad_gmv: Some(0.01), ..Measures::default() },
            },
        ];
        let written = performance(&database.db, &fence(1, 1), &daily, &hours(420)).await?;
        assert_eq!(written, Written { fenced: true, written: 28, unchanged: 0 });
        let rows = "SELECT campaign_id, performance_date, ctr, expense, roas, acos FROM apishopee_ads_performance_daily
            ORDER BY 1, 2";
        assert_eq!(
            database.sql(rows).await?,
            "1|2026-10-01|0.035000|84.50|7.230769|13.829787\n\
             1|2026-10-02|0.000000|0.00|0.000000|0.000000\n\
             2|2026-10-02|0.000000|0.01|999999999999900.000000|0.000000\n\
             3|2026-10-02|0.000000|9999999999999.00|0.000000|99999999999990000.000000"
        );
        let counters = "SELECT shop_id, impression, clicks, direct_order, direct_gmv, broad_order, broad_gmv, direct_item_sold,
            broad_item_sold FROM apishopee_ads_performance_daily WHERE performance_date = '2026-10-01'";
        assert_eq!(database.sql(counters).await?, format!("{SHOP}|12000|420|10|480.00|13|611.00|11|15"));
        let hours = "SELECT count(*), min(hour), max(hour), sum(clicks) FROM apishopee_ads_performance_hourly";
        assert_eq!(database.sql(hours).await?, "24|0|23|10080");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn zeros_are_written_only_over_figures() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        let days = |clicks: [i64; 2]| {
            let day = |(campaign_id, clicks)| CampaignDay {
                campaign_id,
                performance_date: day("2026-10-02"),
                measures: Measures { clicks: Some(clicks), ..Measures::default() },
            };
            [day((1, clicks[0])), day((2, clicks[1]))]
        };
        let mut zero_hours = hours(0);
        zero_hours.iter_mut().for_each(|hour| hour.measures = Measures::default());
        let first = performance(&database.db, &fence(1, 10), &days([0, 3]), &zero_hours).await?;
        assert_eq!(first, Written { fenced: true, written: 1, unchanged: 25 });
        performance(&database.db, &fence(1, 20), &[], &hours(5)[..2]).await?;
        let second = performance(&database.db, &fence(1, 30), &days([0, 0]), &zero_hours).await?;
        assert_eq!(second, Written { fenced: true, written: 3, unchanged: 23 });
        let rows = "SELECT campaign_id, NULL AS hour, clicks FROM apishopee_ads_performance_daily UNION ALL
            SELECT campaign_id, hour, clicks FROM apishopee_ads_performance_hourly ORDER BY 1, 2";
        assert_eq!(database.sql(rows).await?, "1|0|0\n1|1|0\n2||0");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn only_changed_rows_of_the_owning_run_are_written() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        performance(&database.db, &fence(1, 10), &[], &hours(1)).await?;
        let versions =
            "SELECT string_agg(xmin || ctid::text, ',' ORDER BY hour) FROM apishopee_ads_performance_hourly";
        let first = database.sql(versions).await?;
        let mut same = hours(1);
        let again = performance(&database.db, &fence(1, 20), &[], &same).await?;
        assert_eq!((again.written, again.unchanged), (0, 24));
        assert_eq!(database.sql(versions).await?, first);
        same[5].measures.clicks = Some(2);
        let one = performance(&database.db, &fence(1, 30), &[], &same).await?;
        assert_eq!((one.written, one.unchanged), (1, 23));
        let stale = performance(&database.db, &fence(1, 5), &[], &hours(7)).await?;
        assert_eq!((stale.written, stale.unchanged), (0, 24));
        let touched = performance(&database.db, &Fence { touch: true, ..fence(1, 40) }, &[], &same).await?;
        assert_eq!((touched.written, touched.unchanged), (24, 0));
        begun(database, 2).await?;
        let fenced_off = performance(&database.db, &fence(1, 50), &[], &hours(9)).await?;
        assert_eq!(fenced_off, Written { fenced: false, written: 0, unchanged: 0 });
        assert_eq!(database.sql("SELECT sum(clicks) FROM apishopee_ads_performance_hourly").await?, "25");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_shops_totals_and_balance_are_written_together() -> Result<()> {
    each_way(async |database| {
        begun(database, 1).await?;
        let daily = [ShopDay { performance_date: day("2026-10-01"), measures: measures() }];
        let hourly = [ShopHour { performance_date: day("2026-10-01"), hour: 23, measures: measures() }];
        let balance = Balance { balance: 532.17, data_timestamp: 1_759_500_000 };
        let totals = Fence { stage: "shop_totals", ..fence(1, 10) };
        let written = shop_performance(&database.db, &totals, &daily, &hourly, Some(&balance)).await?;
        assert_eq!(written, Written { fenced: true, written: 3, unchanged: 0 });
        let again = shop_performance(&database.db, &totals, &daily, &hourly, Some(&balance)).await?;
        assert_eq!(again, Written { fenced: true, written: 0, unchanged: 3 });
        let stale = Balance { balance: 1.0, data_timestamp: 1 };
        let older = Fence { touch: true, ..fence(1, 9) };
        assert_eq!(shop_performance(&database.db, &older, &[], &[], Some(&stale)).await?.written, 0);
        assert_eq!(shop_performance(&database.db, &totals, &[], &[], None).await?.unchanged, 0);
        let rows = "SELECT balance::text, data_timestamp::text FROM apishopee_ads_shop_balance UNION ALL
            SELECT roas::text, performance_date::text FROM apishopee_ads_shop_performance_daily UNION ALL
            SELECT acos::text, hour::text FROM apishopee_ads_shop_performance_hourly";
        assert_eq!(database.sql(rows).await?, "532.17|1759500000\n7.230769|2026-10-01\n13.829787|23");
        begun(database, 2).await?;
        assert!(!shop_performance(&database.db, &totals, &daily, &hourly, Some(&stale)).await?.fenced);
        Ok(())
    })
    .await
}
