//! Schedules that are stored at the same time: what was not seen is not passed over.

use crate::{
    samples::SHOP,
    schedules::{ACTOR, admission, campaigns, id, row, stored},
    setup::{each_way, run},
};
use anyhow::{Result, ensure};
use store::schedules::{self, Put, ScheduleRow};

const COUNT: &str = "SELECT count(*) FROM apishopee_scheduled_ads_budget";

#[tokio::test]
async fn of_two_that_saw_the_same_one_is_stored() -> Result<()> {
    each_way(async |database| {
        campaigns(database).await?;
        let other = database.another().await?;
        for round in 0..20 {
            database.sql("DELETE FROM apishopee_scheduled_ads_budget").await?;
            let print = admission(database, &[7]).await?.print;
            // They overlap, and their starts differ: no key of the table would refuse the second.
            let (one, two) = ([row(1, 8)], [ScheduleRow { minute_start: 30, ..row(2, 8) }]);
            let puts = tokio::join!(
                schedules::put(&database.db, SHOP, &[7], &print, &one, ACTOR),
                schedules::put(&other, SHOP, &[7], &print, &two, ACTOR),
            );
            let puts = [puts.0?, puts.1?];
            ensure!(puts.iter().filter(|put| **put == Put::Stored).count() == 1, "round {round}: {puts:?}");
            assert_eq!(database.sql(COUNT).await?, "1");
        }
        let audited = "SELECT count(*) FROM apishopee_ads_audit_log WHERE action = 'budget_schedule.create'";
        assert_eq!(database.sql(audited).await?, "20");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn one_that_waits_sees_what_it_has_waited_for() -> Result<()> {
    each_way(async |database| {
        campaigns(database).await?;
        let print = admission(database, &[7]).await?.print;
        // Somebody stores a schedule by the same function and has not committed yet.
        let holder = database.session().await?;
        let put = format!(
            "BEGIN; SELECT ads_put_budget_schedules({SHOP}, '{{7}}', '{print}', '[{{\"id\": \"{}\", \"campaign_id\": 7,
              \"hour_start\": 8, \"minute_start\": 15, \"hour_end\": 9, \"minute_end\": 0, \"restore\": false}}]', 'ann')",
            id(9)
        );
        run(&holder, &put).await?;
        // The statement waits for a row, and its own snapshot is older than the commit.
        let rows = [row(1, 8)];
        let waiting = schedules::put(&database.db, SHOP, &[7], &print, &rows, ACTOR);
        assert_eq!(database.while_locked(&holder, "COMMIT", waiting).await??, Put::Changed);
        assert_eq!(database.sql(COUNT).await?, "1");
        stored(database, &[7], &[row(1, 10)]).await?;
        assert_eq!(database.sql(COUNT).await?, "2");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_change_meets_no_other_change_and_no_deletion() -> Result<()> {
    each_way(async |database| {
        campaigns(database).await?;
        stored(database, &[7], &[row(1, 8)]).await?;
        let print = admission(database, &[7]).await?.print;
        let changed = [ScheduleRow { budget: Some("50.00".to_owned()), ..row(1, 8) }];
        // An operator's SQL between the read and the write.
        database.sql("UPDATE apishopee_scheduled_ads_budget SET budget = 60").await?;
        let put = schedules::put(&database.db, SHOP, &[7], &print, &changed, ACTOR).await?;
        assert_eq!(put, Put::Changed);
        let print = admission(database, &[7]).await?.print;
        let holder = database.session().await?;
        run(&holder, "BEGIN; DELETE FROM apishopee_scheduled_ads_budget").await?;
        let put = schedules::put(&database.db, SHOP, &[7], &print, &changed, ACTOR);
        assert_eq!(database.while_locked(&holder, "COMMIT", put).await??, Put::Changed);
        assert_eq!(database.sql(COUNT).await?, "0", "a deleted schedule does not come back");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn other_shops_and_campaigns_are_not_held_up_for_nothing() -> Result<()> {
    each_way(async |database| {
        campaigns(database).await?;
        let print = admission(database, &[8]).await?.print;
        stored(database, &[7], &[row(1, 8)]).await?;
        let other = [ScheduleRow { campaign_id: 8, ..row(2, 8) }];
        let put = schedules::put(&database.db, SHOP, &[8], &print, &other, ACTOR).await?;
        assert_eq!(put, Put::Stored, "what another campaign has says nothing about this one");
        Ok(())
    })
    .await
}
