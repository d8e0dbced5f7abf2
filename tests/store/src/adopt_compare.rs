//! The day side by side: the installation, and a copy that the Worker writes to.

use crate::{
    adopt::{CRON, incumbent},
    setup::Database,
};
use anyhow::{Context, Result};
use chrono::NaiveDate;
use xtask::adopt::{compare, copy_tokens, take_over};

/// The installation, and a copy of it that has been taken over.
async fn side_by_side() -> Result<(Database, Database)> {
    let ((old, _), (new, folder)) = (incumbent().await?, incumbent().await?);
    take_over(&new.url()?, &folder.path().join("way-back.sql")).await?;
    Ok((old, new))
}

fn day() -> Result<NaiveDate> {
    NaiveDate::from_ymd_opt(2026, 1, 1).context("a day")
}

#[tokio::test]
async fn equal_databases_are_equal() -> Result<()> {
    let (old, new) = side_by_side().await?;
    // Wider columns, zeros for nothing, and ratios of their own make no difference.
    new.sql("UPDATE apishopee_ads_performance_daily SET roas = 2, clicks = NULL, broad_order = 0").await?;
    let comparison = compare(&old.url()?, &new.url()?, day()?).await?;
    assert!(comparison.is_equal(), "{comparison}");
    let text = comparison.to_string();
    for expected in [
        "apishopee_ads_campaign_data: 335 rows against 335, equal",
        "apishopee_ads_performance_daily: 50 rows against 50, equal",
        "not compared: campaign_placement, bidding_method, start_time, end_time, item_count, roas_target of",
        "not compared: apishopee_ads_performance_hourly, which the installation does not have",
        "385 rows of 3 shops: all equal",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    // Another day has no rows.
    let other = compare(&old.url()?, &new.url()?, day()?.succ_opt().context("a day")?).await?;
    assert!(
        other.to_string().contains("apishopee_ads_performance_daily: 0 rows against 0, equal"),
        "{other}"
    );
    old.remove().await?;
    new.remove().await
}

#[tokio::test]
async fn what_differs_is_counted_and_shown() -> Result<()> {
    let (old, new) = side_by_side().await?;
    old.sql("DELETE FROM apishopee_ads_campaign_data WHERE campaign_id = 4000000335").await?;
    new.sql(
        "UPDATE apishopee_ads_campaign_data SET campaign_budget = 7.5, name = 'Bird house' WHERE campaign_id = 4000000002;
         DELETE FROM apishopee_ads_performance_daily WHERE campaign_id IN (4000000001, 4000000050);
         UPDATE apishopee_ads_performance_daily SET impression = impression + 1 WHERE campaign_id > 4000000040",
    )
    .await?;
    let comparison = compare(&old.url()?, &new.url()?, day()?).await?;
    assert!(!comparison.is_equal());
    let text = comparison.to_string();
    for expected in [
        "apishopee_ads_campaign_data: 334 rows against 335; 0 missing, 1 more, 1 with other values, in 1 shops",
        "  shop 532963124 campaign 4000000002: name Campaign 2 → Bird house, campaign_budget 2 → 7.5",
        "  shop 532963124 campaign 4000000335: the copy alone has it",
        "apishopee_ads_performance_daily: 50 rows against 48; 2 missing, 0 more, 9 with other values, in 1 shops",
        "  shop 532963124 campaign 4000000001: the installation alone has it",
        "  shop 532963124 campaign 4000000041: impression 41 → 42",
        "13 differ",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    assert_eq!(comparison.tables.iter().map(|tally| tally.first.len()).max(), Some(5));
    old.remove().await?;
    new.remove().await
}

#[tokio::test]
async fn the_copy_gets_access_tokens_and_never_a_refresh_token() -> Result<()> {
    let (old, new) = side_by_side().await?;
    let refused = "UPDATE apishopee_shops SET token_state = 'reconsent', token_error = 'expired'";
    new.sql(refused).await?;
    old.sql("UPDATE apishopee_shops SET access_token = 'token-7' WHERE shop_id = 23426918").await?;
    let before = old.sql("SELECT * FROM apishopee_shops ORDER BY 1").await?;
    assert_eq!(copy_tokens(&old.url()?, &new.url()?).await?, 1);
    // One token is new; the other was refused as it is.
    let tokens = "SELECT shop_id, access_token, refresh_token, token_state FROM apishopee_shops ORDER BY 1 DESC LIMIT 2";
    assert_eq!(new.sql(tokens).await?, "532963124|token-1||reconsent\n23426918|token-7||ok");
    assert_eq!(copy_tokens(&old.url()?, &new.url()?).await?, 0);
    let switch = "SELECT enabled FROM apishopee_ads_budget_rules WHERE shop_id = 0 AND region = ''";
    assert_eq!(new.sql(switch).await?, "f", "two schedulers would write the same budgets");
    assert_eq!(old.sql("SELECT * FROM apishopee_shops ORDER BY 1").await?, before);
    old.remove().await?;
    new.remove().await
}

#[tokio::test]
async fn the_installation_cannot_be_taken_for_the_copy() -> Result<()> {
    let (old, new) = side_by_side().await?;
    let before = old.sql("SELECT * FROM apishopee_shops ORDER BY 1").await?;
    let swapped = format!("{:#}", copy_tokens(&new.url()?, &old.url()?).await.unwrap_err());
    assert!(swapped.contains("this one has been taken over"), "{swapped}");
    let ((other, _), wanted) = (incumbent().await?, "apply the migrations first");
    let unfit = format!("{:#}", copy_tokens(&old.url()?, &other.url()?).await.unwrap_err());
    assert!(unfit.contains(wanted), "{unfit}");
    other.remove().await?;
    for url in [old.url()?, new.url()?] {
        for error in
            [copy_tokens(&url, &url).await.unwrap_err(), compare(&url, &url, day()?).await.unwrap_err()]
        {
            assert!(error.to_string().contains("the same database"), "{error:#}");
        }
    }
    new.sql(CRON).await?;
    let active = format!("{:#}", copy_tokens(&old.url()?, &new.url()?).await.unwrap_err());
    assert!(active.contains("old cron jobs are active"), "{active}");
    assert_eq!(old.sql("SELECT * FROM apishopee_shops ORDER BY 1").await?, before);
    old.remove().await?;
    new.remove().await
}
