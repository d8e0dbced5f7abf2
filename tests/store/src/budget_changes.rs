//! NotedChanges of schedules and rules are noted, whoever makes them, until the shops were asked to be looked at.

use crate::{
    samples::{SHOP, shop},
    schedules::{ACTOR, campaigns, id, row, stored},
    setup::{Database, each_way},
};
use anyhow::{Context, Result};
use api::budget::rules::Rules;
use store::{
    budget_changes::{self, NotedChanges},
    budget_rules,
    budgets::{self, Due},
    schedules::{self, ScheduleRow},
};

/// The shops of which a change is noted; then there is none.
async fn noted(database: &Database) -> Result<Vec<i64>> {
    let NotedChanges { ids, shops } = budget_changes::noted(&database.db, 100).await?;
    budget_changes::forget(&database.db, &ids).await?;
    assert_eq!(budget_changes::noted(&database.db, 100).await?, NotedChanges::default());
    Ok(shops)
}

#[tokio::test]
async fn every_change_is_noted_whoever_makes_it() -> Result<()> {
    each_way(async |database| {
        campaigns(database).await?;
        assert_eq!(noted(database).await?, [0_i64; 0]);
        stored(database, &[7], &[row(1, 8), row(2, 9)]).await?;
        assert_eq!(noted(database).await?, [SHOP], "made over HTTP");
        stored(database, &[7], &[ScheduleRow { budget: Some("60".to_owned()), ..row(1, 8) }]).await?;
        assert_eq!(noted(database).await?, [SHOP], "changed");
        assert!(schedules::deactivate(&database.db, &id(1), ACTOR).await?);
        assert_eq!(noted(database).await?, [SHOP], "switched off");
        assert!(schedules::delete(&database.db, &id(2), ACTOR).await?);
        assert_eq!(noted(database).await?, [SHOP], "deleted");
        for (sql, shops) in [
            ("UPDATE apishopee_scheduled_ads_budget SET is_active = true", vec![SHOP]),
            ("UPDATE apishopee_scheduled_ads_budget SET is_active = true", vec![]),
            ("UPDATE apishopee_scheduled_ads_budget SET shop_id = 5", vec![5, SHOP]),
            (
                "INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id) VALUES (5, 9), (5, 10)",
                vec![5],
            ),
            ("DELETE FROM apishopee_scheduled_ads_budget", vec![5]),
            ("INSERT INTO apishopee_ads_budget_rules (shop_id, ceiling) VALUES (5, 60)", vec![5]),
            ("UPDATE apishopee_ads_budget_rules SET ceiling = 70", vec![5]),
            ("DELETE FROM apishopee_ads_budget_rules", vec![5]),
            ("INSERT INTO apishopee_ads_budget_rules (region, dry_run) VALUES ('BR', true)", vec![0]),
        ] {
            database.sql(sql).await?;
            let mut found = noted(database).await?;
            found.sort_unstable();
            let mut shops = shops;
            shops.sort_unstable();
            assert_eq!(found, shops, "{sql}");
        }
        budget_rules::stop(&database.db, SHOP, ACTOR).await?;
        let rules = Rules { enabled: Some(true), ..Rules::default() };
        budget_rules::put(&database.db, &rules, Some(&[0]), ACTOR).await?.context("put")?;
        assert_eq!(noted(database).await?, [0, SHOP]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn only_what_was_told_is_forgotten_and_nobody_waits() -> Result<()> {
    each_way(async |database| {
        campaigns(database).await?;
        let insert = |shop: i64| {
            format!("INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id) VALUES ({shop}, 1)")
        };
        // An operator takes time to commit.
        let operator = database.session().await?;
        operator.batch_execute(&format!("BEGIN; {}", insert(5))).await?;
        database.without_waiting(stored(database, &[7], &[row(1, 8)])).await??;
        let changes = budget_changes::noted(&database.db, 100).await?;
        assert_eq!(changes.shops, [SHOP]);
        operator.batch_execute("COMMIT").await?;
        budget_changes::forget(&database.db, &changes.ids).await?;
        assert_eq!(noted(database).await?, [5], "it has the smaller id, and is told all the same");
        for shop in [7, 8, 9] {
            database.sql(&insert(shop)).await?;
        }
        assert_eq!(budget_changes::noted(&database.db, 2).await?.shops, [7, 8]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn whoever_may_write_schedules_need_not_know_of_it() -> Result<()> {
    each_way(async |database| {
        shop(database, SHOP).await?;
        let role = format!("page_of_{}", database.name);
        let sql = format!(
            "CREATE ROLE {role}; GRANT INSERT ON apishopee_scheduled_ads_budget TO {role};
             SET ROLE {role}; INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id) VALUES ({SHOP}, 7);
             RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}"
        );
        database.session().await?.batch_execute(&sql).await?;
        assert_eq!(noted(database).await?, [SHOP]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_shops_that_are_asked_for_are_told_with_their_times() -> Result<()> {
    each_way(async |database| {
        campaigns(database).await?;
        stored(database, &[7], &[row(1, 8)]).await?;
        database
            .sql("INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, hour_end) VALUES (5, 9, 12)")
            .await?;
        let due = async |shops| {
            let due = budgets::due(&database.db, 86_399, shops).await?;
            anyhow::Ok(due.into_iter().map(|Due { shop_id, after_seconds }| (shop_id, after_seconds.len())))
        };
        assert_eq!(due(None).await?.collect::<Vec<_>>(), [(5, 2), (SHOP, 2)]);
        assert_eq!(due(Some(&[SHOP])).await?.collect::<Vec<_>>(), [(SHOP, 2)]);
        assert_eq!(due(Some(&[SHOP, 404, 5])).await?.count(), 2);
        assert_eq!(due(Some(&[])).await?.count(), 0);
        // The older page's last cell ends with the day.
        database.sql("UPDATE apishopee_scheduled_ads_budget SET hour_start = 23, minute_start = 30, hour_end = 24, minute_end = 30").await?;
        let edges = budgets::due(&database.db, 86_399, Some(&[5])).await?;
        let edges = edges.first().context("it is due")?.after_seconds.clone();
        let [first, second] = edges[..] else { anyhow::bail!("{edges:?}") };
        assert!([1_800, 86_400 - 1_800].contains(&(second - first)), "{edges:?}");
        Ok(())
    })
    .await
}
