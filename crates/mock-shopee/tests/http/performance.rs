//! Figures of campaigns and of the shop: dates, fields, and sums that must agree.

use crate::caller::{Call, Mock, SHOP, days_before, dmy, joined, today};
use chrono_tz::America::Sao_Paulo;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const DAILY: &str = "ads/get_product_campaign_daily_performance";
const HOURLY: &str = "ads/get_product_campaign_hourly_performance";
const SHOP_DAILY: &str = "ads/get_all_cpc_ads_daily_performance";
const SHOP_HOURLY: &str = "ads/get_all_cpc_ads_hourly_performance";

const COUNTERS: [&str; 9] = [
    "impression",
    "clicks",
    "expense",
    "broad_order",
    "broad_order_amount",
    "broad_gmv",
    "direct_order",
    "direct_order_amount",
    "direct_gmv",
];

fn window(path: &str, from: u64, to: u64) -> Call {
    let now = today(Sao_Paulo);
    Call::new(path)
        .with("start_date", dmy(days_before(now, from)))
        .with("end_date", dmy(days_before(now, to)))
}

fn day(path: &str, ago: u64) -> Call {
    Call::new(path).with("performance_date", dmy(days_before(today(Sao_Paulo), ago)))
}

fn float(row: &Value, name: &str) -> f64 {
    row[name].as_f64().unwrap_or_else(|| panic!("{name} of {row}"))
}

/// In hundredths, so that sums are exact.
fn hundredths(row: &Value, name: &str) -> i64 {
    (float(row, name) * 100.0).round() as i64
}

fn rows(campaign: &Value) -> &Vec<Value> {
    campaign["metrics_list"].as_array().expect("a list")
}

#[tokio::test]
async fn hours_add_up_to_the_day() {
    let mock = Mock::with_campaigns(200).await;
    let ids = mock.ids().await;
    let days = mock.for_all(&window(DAILY, 3, 3), &ids).await;
    let hours = mock.for_all(&day(HOURLY, 3), &ids).await;
    let mut with_traffic = 0;
    for (day, hours) in days.iter().zip(&hours) {
        assert_eq!(day["campaign_id"], hours["campaign_id"]);
        assert_eq!(rows(day).is_empty(), rows(hours).is_empty(), "{day} {hours}");
        for day in rows(day) {
            with_traffic += 1;
            for name in COUNTERS {
                let sum: i64 = rows(hours).iter().map(|hour| hundredths(hour, name)).sum();
                assert_eq!(hundredths(day, name), sum, "{name}");
            }
        }
    }
    assert!((20..180).contains(&with_traffic), "{with_traffic} of 200 campaigns have traffic");
}

#[tokio::test]
async fn derived_fields_follow_from_the_counters() {
    let mock = Mock::with_campaigns(100).await;
    let campaigns = mock.for_all(&window(DAILY, 20, 1), &mock.ids().await).await;
    let mut seen = 0;
    for row in campaigns.iter().flat_map(rows) {
        seen += 1;
        let quotient = |part: &str, whole: &str, digits: f64| {
            let whole = float(row, whole);
            if whole == 0.0 { 0.0 } else { (float(row, part) / whole * digits).round() / digits }
        };
        for (name, part, whole, digits) in [
            ("ctr", "clicks", "impression", 1e4),
            ("cr", "broad_order", "clicks", 1e4),
            ("direct_cr", "direct_order", "clicks", 1e4),
            ("broad_cir", "expense", "broad_gmv", 1e4),
            ("direct_cir", "expense", "direct_gmv", 1e4),
            ("broad_roi", "broad_gmv", "expense", 1e2),
            ("direct_roi", "direct_gmv", "expense", 1e2),
            ("cpc", "expense", "broad_order", 1e2),
            ("cpdc", "expense", "direct_order", 1e2),
        ] {
            // One unit of the last digit: a quotient half way between two may be rounded either way.
            assert!(
                (float(row, name) - quotient(part, whole, digits)).abs() <= 1.01 / digits,
                "{name} of {row}"
            );
        }
        assert!(float(row, "broad_gmv") >= float(row, "direct_gmv") && float(row, "direct_gmv") >= 0.0);
        assert!(
            row["impression"].is_i64()
                && row["broad_order_amount"].is_i64()
                && row.get("broad_item_sold").is_none()
        );
    }
    assert!(seen > 100, "{seen} rows");
}

#[tokio::test]
async fn campaigns_have_days_without_traffic_and_dead_ones_no_traffic_at_all() {
    let mock = Mock::with_campaigns(300).await;
    let ids = mock.ids().await;
    let settings = Call::new("ads/get_product_level_campaign_setting_info").with("info_type_list", 1);
    let settings = mock.for_all(&settings, &ids).await;
    let campaigns = mock.for_all(&window(DAILY, 30, 1), &ids).await;
    let mut days = BTreeMap::<&str, Vec<usize>>::new();
    for (setting, campaign) in settings.iter().zip(&campaigns) {
        let status = setting["common_info"]["campaign_status"].as_str().expect("a text");
        days.entry(status).or_default().push(rows(campaign).len());
    }
    for dead in ["ended", "scheduled", "deleted", "closed"] {
        assert!(days[dead].iter().all(|days| *days == 0), "{dead}: {:?}", days[dead]);
    }
    assert!(days["paused"].contains(&0));
    assert!(days["ongoing"].iter().all(|days| (10..=30).contains(days)), "{:?}", days["ongoing"]);
    assert!(days["ongoing"].iter().any(|days| *days < 30));
}

#[tokio::test]
async fn the_shop_is_all_campaigns_and_something_more() {
    let mock = Mock::with_campaigns(150).await;
    let campaigns = mock.for_all(&window(DAILY, 4, 2), &mock.ids().await).await;
    let reply = mock.call(window(SHOP_DAILY, 4, 2)).await;
    let shop = reply.response().as_array().expect("a bare list");
    assert_eq!(shop.len(), 3);
    let mut more = 0;
    for day in shop {
        let of_day = || campaigns.iter().flat_map(rows).filter(|row| row["date"] == day["date"]);
        for (name, of_shop) in [
            ("impression", "impression"),
            ("clicks", "clicks"),
            ("expense", "expense"),
            ("broad_order", "broad_order"),
            ("broad_order_amount", "broad_item_sold"),
            ("direct_order_amount", "direct_item_sold"),
            ("broad_gmv", "broad_gmv"),
        ] {
            let sum: i64 = of_day().map(|row| hundredths(row, name)).sum();
            let extra = hundredths(day, of_shop) - sum;
            assert!(sum > 0 && extra >= 0, "{name}: campaigns {sum}, shop {day}");
            more += extra;
        }
        for name in
            ["direct_roas", "broad_roas", "cost_per_conversion", "direct_conversions", "broad_conversions"]
        {
            assert!(day[name].is_number() && day.get("broad_roi").is_none(), "{name} of {day}");
        }
    }
    assert!(more > 0);
}

#[tokio::test]
async fn an_idle_shop_still_has_a_row_for_every_day_and_hour() {
    let mock = Mock::with_campaigns(0).await;
    assert_eq!(mock.call(window(SHOP_DAILY, 30, 1)).await.response().as_array().map(Vec::len), Some(30));
    let reply = mock.call(day(SHOP_HOURLY, 1)).await;
    let hours: Vec<_> =
        reply.response().as_array().expect("a list").iter().map(|row| row["hour"].clone()).collect();
    assert_eq!(hours, (0..24).map(|hour| json!(hour)).collect::<Vec<_>>());
}

#[tokio::test]
async fn dates_are_checked() {
    let mock = Mock::with_campaigns(1).await;
    let ids = joined(&mock.ids().await);
    let tomorrow = dmy(today(Sao_Paulo) + chrono::Days::new(1));
    let code = |rule: &str| format!("ads.performance.error_{rule}");
    for path in [DAILY, SHOP_DAILY] {
        let windows = [
            (window(path, 29, 0), String::new()),
            (window(path, 0, 0), String::new()),
            (window(path, 30, 0), code("date_range_too_long")),
            (window(path, 1, 2), code("start_later_than_end")),
            (window(path, 200, 190), code("date_too_old")),
            (window(path, 3, 0).with("end_date", &tomorrow), code("date_in_future")),
            (window(path, 3, 0).with("start_date", "2026-01-01"), "error_param".to_owned()),
            (window(path, 3, 0).with("start_date", "1-1-2026"), "error_param".to_owned()),
            (window(path, 3, 0).with("end_date", "31-02-2026"), "error_param".to_owned()),
            (window(path, 3, 0).without("end_date"), "error_param".to_owned()),
        ];
        for (number, (call, expected)) in windows.into_iter().enumerate() {
            let reply = mock.call(call.with("campaign_id_list", &ids)).await;
            assert_eq!((reply.status, reply.error()), (200, expected.as_str()), "{path} {number}");
        }
    }
    for (path, old) in [(HOURLY, String::new()), (SHOP_HOURLY, code("date_too_old"))] {
        let days = [
            (day(path, 0), String::new()),
            (day(path, 200), old),
            (day(path, 0).with("performance_date", &tomorrow), code("date_in_future")),
            (Call::new(path), "error_param".to_owned()),
        ];
        for (number, (call, expected)) in days.into_iter().enumerate() {
            let reply = mock.call(call.with("campaign_id_list", &ids)).await;
            assert_eq!(reply.error(), expected, "{path} {number}");
        }
    }
    mock.behaviour(json!({ "strict_same_dates": true })).await;
    assert_eq!(mock.call(window(SHOP_DAILY, 1, 1)).await.error(), code("same_start_end_dates"));
}

#[tokio::test]
async fn campaign_ids_are_checked() {
    let mock = Mock::with_campaigns(101).await;
    let ids = mock.ids().await;
    for call in [window(DAILY, 2, 1), day(HOURLY, 1)] {
        assert_eq!(mock.call(call.clone()).await.error(), "error_param");
        assert_eq!(
            mock.call(call.clone().with("campaign_id_list", joined(&ids))).await.error(),
            "error_param"
        );
        let foreign = mock.call(call.with("campaign_id_list", 5)).await;
        assert_eq!(foreign.error(), "ads.shop.campaign_not_match");
    }
}

#[tokio::test]
async fn today_ends_with_the_hour_that_figures_reach() {
    let mock = Mock::with_campaigns(100).await;
    let day_before = days_before(today(Sao_Paulo), 1);
    // 09:30 of that day in Brazil, which is three hours behind UTC.
    let as_of = day_before.and_hms_opt(12, 30, 0).expect("a time").and_utc().timestamp_millis();
    mock.behaviour(json!({ "data_as_of_ms": as_of })).await;
    let reply = mock.call(day(SHOP_HOURLY, 1)).await;
    assert_eq!(reply.response().as_array().map(Vec::len), Some(10));
    assert_eq!(mock.call(day(SHOP_HOURLY, 0)).await.response(), &json!([]));
    assert_eq!(mock.call(window(SHOP_DAILY, 2, 0)).await.response().as_array().map(Vec::len), Some(2));
    let hours = mock.for_all(&day(HOURLY, 1), &mock.ids().await).await;
    let last = hours.iter().flat_map(rows).filter_map(|row| row["hour"].as_i64()).max();
    assert_eq!(last, Some(9));
}

#[tokio::test]
async fn late_orders_change_the_last_seven_days_only() {
    let mock = Mock::with_campaigns(50).await;
    let orders = async || {
        let reply = mock.call(window(SHOP_DAILY, 20, 1)).await;
        let rows = reply.response().as_array().expect("a list").clone();
        rows.iter().map(|row| row["broad_order"].as_i64().expect("a number")).collect::<Vec<_>>()
    };
    let before = orders().await;
    mock.behaviour(json!({ "restatement": 1 })).await;
    let after = orders().await;
    // Days 20 to 7 before today, then 6 to 1.
    assert_eq!(before[..14], after[..14]);
    assert!(before[14..].iter().zip(&after[14..]).all(|(before, after)| before < after));
}

#[tokio::test]
async fn idle_campaigns_have_three_spellings_and_the_answer_two() {
    let mock = Mock::with_campaigns(60).await;
    let ids = mock.ids().await;
    let call = window(DAILY, 5, 1).with("campaign_id_list", joined(&ids));
    let list = async || {
        mock.call(call.clone()).await.response()["campaign_list"].as_array().expect("a list").clone()
    };
    let lengths = |list: &[Value]| list.iter().map(|campaign| rows(campaign).len()).collect::<Vec<_>>();
    let normal = list().await;
    assert_eq!((normal.len(), lengths(&normal).contains(&0)), (60, true));
    mock.behaviour(json!({ "no_traffic": "omit" })).await;
    let omitted = list().await;
    assert!(omitted.len() < 60 && !lengths(&omitted).contains(&0));
    mock.behaviour(json!({ "no_traffic": "zero_rows" })).await;
    assert_eq!(lengths(&list().await), vec![5; 60]);
    mock.behaviour(json!({ "no_traffic": "empty_list", "performance_container": "array" })).await;
    let reply = mock.call(call.clone()).await;
    assert_eq!(reply.response()[0]["campaign_list"], json!(normal));
    assert_eq!((&reply.response()[0]["shop_id"], &reply.body["warning"]), (&json!(SHOP), &json!("")));
    mock.behaviour(json!({ "partial_warning": true })).await;
    assert_eq!(mock.call(call.clone()).await.body["warning"], "partial");
}
