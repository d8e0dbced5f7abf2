//! Budget schedules of an older installation: what is read in another way is named before the switch, with the rewrite.

use crate::adopt::incumbent;
use anyhow::{Context, Result};
use xtask::adopt::{check, take_over};

const TITLE: &str = "Budget schedules";

/// As the older page's table is, with a log whose lines have a schedule that exists.
const OLDER: &str = "
    DELETE FROM apishopee_scheduled_ads_budget;
    ALTER TABLE apishopee_scheduled_ads_budget ADD COLUMN minute_start INTEGER DEFAULT 0,
      ADD COLUMN minute_end INTEGER DEFAULT 0, ADD COLUMN days_of_week INTEGER[], ADD COLUMN specific_dates TEXT[],
      ADD COLUMN is_active BOOLEAN DEFAULT true;
    CREATE TABLE apishopee_ads_budget_logs (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), shop_id BIGINT,
      campaign_id BIGINT, schedule_id UUID REFERENCES apishopee_scheduled_ads_budget (id));
    INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, hour_start, minute_start, hour_end, minute_end, budget,
      days_of_week, specific_dates, is_active) VALUES
      (532963124, 1, 10, 0, 11, 0, 50, NULL, NULL, true),
      (532963124, 1, 10, 30, 11, 30, 60, NULL, NULL, true),
      (532963124, 1, 23, 30, 24, 30, 50, NULL, NULL, true),
      (532963124, 2, 8, 0, 10, 0, 50, '{}', '{}', true),
      (532963124, 3, 8, 0, 12, 0, 50, NULL, NULL, true),
      (532963124, 3, 9, 0, 10, 0, 50, NULL, NULL, true),
      (532963124, 4, 8, 0, 10, 0, 0, NULL, NULL, true),
      (532963124, 5, 22, 0, 6, 0, 50, NULL, NULL, true),
      (532963124, 6, 22, 0, 6, 0, 0, '{}', '{}', false)";

#[tokio::test]
async fn schedules_that_are_read_in_another_way_are_named_with_the_rewrite() -> Result<()> {
    let (database, folder) = incumbent().await?;
    assert!(check(&database.url()?).await?.section(TITLE).contains("all are read as they are written"));
    database.sql(OLDER).await?;
    let report = check(&database.url()?).await?;
    assert_eq!(report.blockers(), 0, "{report}");
    let found = report.section(TITLE);
    for expected in [
        "! apishopee_ads_budget_logs_schedule_id_fkey of apishopee_ads_budget_logs: FOREIGN KEY (schedule_id)",
        "! active schedules with days_of_week = '{}': 1;",
        "! active schedules with specific_dates = '{}': 1;",
        "! active schedules that end after 24:00: 1;",
        "! pairs of cells that meet for half an hour: 1;",
        "! pairs of schedules that are open at the same time: 1;",
        "budget: 0 is no budget",
        "hour_end: the end 06:00 is not after the start 22:00",
    ] {
        assert!(found.contains(expected), "{expected}\n{found}");
    }
    // The statements that it gives do what they say.
    let statements = found.lines().map(str::trim).filter(|line| line.ends_with(';') && !line.contains(": "));
    let statements: Vec<&str> = statements.collect();
    assert_eq!(statements.len(), 5, "{statements:#?}");
    for sql in statements {
        database.sql(sql).await?;
    }
    let times = "SELECT string_agg(hour_start || ':' || minute_start || '-' || hour_end || ':' || minute_end, ' ' ORDER BY hour_start,
        minute_start) FROM apishopee_scheduled_ads_budget WHERE campaign_id = 1";
    assert_eq!(database.sql(times).await?, "10:0-10:30 10:30-11:30 23:30-24:0");
    let left = check(&database.url()?).await?.section(TITLE);
    assert_eq!(
        left.matches('!').count(),
        3,
        "an overlap, a budget of 0 and a night are left to people: {left}"
    );

    let adopted = take_over(&database.url()?, &folder.path().join("way-back.sql")).await?;
    assert!(!adopted.applied.is_empty(), "{}", adopted.report);
    database.sql("UPDATE apishopee_scheduled_ads_budget SET unlimited = true WHERE budget = 0").await?;
    let left = check(&database.url()?).await?;
    assert!(!left.section(TITLE).contains("0 is no budget"), "{left}");
    let own = left.section("Of the installation's own, and staying");
    assert!(!own.contains("trigger"), "ours are no triggers of its own: {own}");
    let noted = database.sql("SELECT count(*) FROM apishopee_ads_budget_changes").await?;
    assert!(noted.parse::<i64>().context("a number")? > 0);
    database.remove().await
}
