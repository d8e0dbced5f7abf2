//! Which dates are accepted. All dates are the shop's own.

use crate::caller::{DAILY, HOURLY, Rig, SHOP, SHOP_DAILY, SHOP_HOURLY, now_s};
use chrono::{DateTime, Days, Months, NaiveDate};
use chrono_tz::America::Sao_Paulo;
use serde_json::json;

pub fn today() -> NaiveDate {
    DateTime::from_timestamp(now_s() as i64, 0).unwrap().with_timezone(&Sao_Paulo).date_naive()
}

fn before(days: u64) -> NaiveDate {
    today() - Days::new(days)
}

fn window(from: NaiveDate, to: NaiveDate) -> String {
    format!("&start_date={}&end_date={}", from.format("%d-%m-%Y"), to.format("%d-%m-%Y"))
}

/// The same rules for campaigns and the whole shop.
async fn both(rig: &Rig, query: &str) -> String {
    let id = rig.all_ids(SHOP, 1).await[0];
    let shop = rig.get(SHOP_DAILY, query).await.error().to_owned();
    let campaign = rig.get(DAILY, &format!("{query}&campaign_id_list={id}")).await.error().to_owned();
    assert_eq!(shop, campaign);
    shop.trim_start_matches("ads.performance.error_").to_owned()
}

#[tokio::test]
async fn windows() {
    let rig = Rig::with_campaigns(1).await;
    let oldest = today() - Months::new(6);
    let too_old = oldest - Days::new(1);
    let cases = [
        (window(before(29), today()), ""),
        (window(before(30), today()), "date_range_too_long"),
        (window(before(3), before(3)), ""),
        (window(before(1), before(2)), "start_later_than_end"),
        (window(today(), today() + Days::new(1)), "date_in_future"),
        (window(oldest, oldest), ""),
        (window(too_old, oldest), "date_too_old"),
        ("&start_date=2026-10-01&end_date=2026-10-02".into(), "error_param"),
        ("&start_date=1-10-2026&end_date=2-10-2026".into(), "error_param"),
        ("&start_date=31-02-2026&end_date=01-03-2026".into(), "error_param"),
        ("&start_date=01-10-2026".into(), "error_param"),
    ];
    for (query, rule) in cases {
        assert_eq!(both(&rig, &query).await, rule, "{query}");
    }
    rig.behave(json!({"strict_same_dates": true})).await;
    assert_eq!(both(&rig, &window(before(3), before(3))).await, "same_start_end_dates");
}

#[tokio::test]
async fn single_days() {
    let rig = Rig::with_campaigns(1).await;
    let id = rig.all_ids(SHOP, 1).await[0];
    let day =
        |date: NaiveDate| format!("&campaign_id_list={id}&performance_date={}", date.format("%d-%m-%Y"));
    let old = day(today() - Months::new(6) - Days::new(1));
    let ahead = day(today() + Days::new(1));
    assert_eq!(rig.get(SHOP_HOURLY, &old).await.error(), "ads.performance.error_date_too_old");
    // No age limit is documented for the hours of campaigns.
    assert_eq!(rig.get(HOURLY, &old).await.error(), "");
    for endpoint in [SHOP_HOURLY, HOURLY] {
        assert_eq!(rig.get(endpoint, &ahead).await.error(), "ads.performance.error_date_in_future");
        assert_eq!(rig.get(endpoint, "").await.error(), "error_param");
    }
}
