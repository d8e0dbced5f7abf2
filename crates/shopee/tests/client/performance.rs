//! Reading performance.

use crate::fake_platform::{answer, own_query, run, shop};
use chrono::NaiveDate;
use shopee::{ApiError, CampaignPerformance, ErrorClass, ShopPerformance};

const DAILY: &str = include_str!("fixtures/campaign_daily.json");
const SHOP_HOURLY: &str = include_str!("fixtures/shop_hourly.json");

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 10, day).expect("a day of October")
}

fn campaigns(body: &str) -> Result<CampaignPerformance, ApiError> {
    let ids = [101, 102];
    run(answer(200, body), async |client| {
        client.campaign_daily_performance(&shop(), &ids, day(1), day(3)).await
    })
    .0
}

fn shop_hours(body: &str) -> Result<ShopPerformance, ApiError> {
    run(answer(200, body), async |client| client.shop_hourly_performance(&shop(), day(2)).await).0
}

#[test]
fn reads_campaigns_by_day() {
    let (read, asked) = run(answer(200, DAILY), async |client| {
        client.campaign_daily_performance(&shop(), &[101, 102], day(1), day(30)).await
    });
    assert_eq!(
        own_query(&asked[0]),
        ["start_date=01-10-2026", "end_date=30-10-2026", "campaign_id_list=101,102"]
    );
    let read = read.expect("performance");
    assert_eq!((read.malformed, read.warning), (vec![], None));
    let [row] = read.rows.as_slice() else { panic!("one row") };
    let m = &row.metrics;
    assert_eq!((row.campaign_id, m.date, m.hour), (101, day(1), None));
    assert_eq!((m.impression, m.clicks, m.expense), (Some(900), Some(40), 10.25));
    assert_eq!((m.direct_order, m.direct_gmv, m.direct_item_sold), (Some(4), Some(60.0), Some(5)));
    assert_eq!((m.broad_order, m.broad_gmv, m.broad_item_sold), (Some(6), Some(77.7), Some(9)));
}

#[test]
fn reads_campaigns_by_hour() {
    let body = DAILY.replace("\"date\": \"01-10-2026\",", "\"date\": \"01-10-2026\", \"hour\": 7,");
    let (read, asked) = run(answer(200, body), async |client| {
        client.campaign_hourly_performance(&shop(), &[101], day(1)).await
    });
    assert_eq!(own_query(&asked[0]), ["performance_date=01-10-2026", "campaign_id_list=101"]);
    assert_eq!(read.expect("performance").rows[0].metrics.hour, Some(7));
}

#[test]
fn the_documented_list_and_the_live_object_read_the_same() {
    let mut as_list: serde_json::Value = serde_json::from_str(DAILY).expect("JSON");
    as_list["response"] = serde_json::json!([as_list["response"]]);
    let as_list = as_list.to_string();
    assert_eq!(campaigns(&as_list), campaigns(DAILY));
    assert_eq!(campaigns(r#"{"error":"","response":[]}"#).map(|read| read.rows), Ok(vec![]));
}

#[test]
fn no_traffic_has_several_shapes() {
    for response in [
        r#"{"campaign_list":[]}"#,
        r#"{"campaign_list":null}"#,
        "{}",
        "null",
        r#"{"campaign_list":[{"campaign_id":101,"metrics_list":[]},{"campaign_id":102,"metrics_list":null}]}"#,
        r#"{"campaign_list":[{"campaign_id":101}]}"#,
    ] {
        let read = campaigns(&format!(r#"{{"error":"","response":{response}}}"#)).expect(response);
        assert!(read.rows.is_empty() && read.malformed.is_empty(), "{response}");
    }
    assert_eq!(shop_hours(r#"{"request_id":"r"}"#).map(|read| read.rows), Ok(vec![]));
    let stranger = shop_hours(r#"{"hello":"world"}"#).expect_err("not Shopee's envelope");
    assert_eq!(stranger.class, ErrorClass::Retry);
}

#[test]
fn reads_the_shop() {
    let read = shop_hours(SHOP_HOURLY).expect("performance");
    let [quiet, busy] = read.rows.as_slice() else { panic!("two rows") };
    assert_eq!((quiet.hour, quiet.impression, quiet.expense), (Some(0), Some(0), 0.0));
    assert_eq!((busy.hour, busy.direct_item_sold, busy.broad_item_sold), (Some(23), Some(3), Some(4)));
    let (daily, asked) = run(answer(200, SHOP_HOURLY), async |client| {
        client.shop_daily_performance(&shop(), day(2), day(2)).await
    });
    assert_eq!(own_query(&asked[0]), ["start_date=02-10-2026", "end_date=02-10-2026"]);
    assert!(daily.expect("performance").rows.iter().all(|row| row.hour.is_none()));
}

#[test]
fn one_bad_row_does_not_spoil_the_others() {
    for (from, to, field) in [
        ("\"clicks\": 15", "\"clicks\": -1", "clicks"),
        ("\"clicks\": 15", "\"clicks\": 1.5", "clicks"),
        ("\"clicks\": 15", "\"clicks\": \"NaN\"", "clicks"),
        ("\"expense\": 3.44", "\"expense\": \"NaN\"", "expense"),
        ("\"expense\": 3.44,", "", "expense"),
        ("\"expense\": 3.44", "\"expense\": 1e400", "expense"),
        ("\"hour\": 23", "\"hour\": 24", "hour"),
        ("\"hour\": 23,", "", "hour"),
        ("\"date\": \"02-10-2026\", \"hour\": 23", "\"date\": \"2026-10-02\", \"hour\": 23", "date"),
        ("\"broad_item_sold\": 4", "\"broad_item_sold\": []", "broad_item_sold"),
    ] {
        let body = SHOP_HOURLY.replacen(from, to, 1);
        assert_ne!(body, SHOP_HOURLY, "{from}");
        let read = shop_hours(&body).expect(to);
        assert_eq!((read.rows.len(), read.malformed.len()), (1, 1), "{to}");
        assert_eq!(read.malformed[0].field, field, "{to}");
    }
}

/// A measure that a row lacks is unknown, and the day the one asked for; the rest is used, and what is lacking is named.
#[test]
fn a_row_is_used_without_what_it_does_not_tell() {
    let missing = |read: &ShopPerformance| -> Vec<String> {
        let fields = read.unknown.iter().filter(|field| field.is_missing);
        fields.map(|field| field.field.clone()).collect()
    };
    for (from, field) in [("\"broad_item_sold\": 4,", "broad_item_sold"), ("\"clicks\": 15,", "clicks")] {
        let body = SHOP_HOURLY.replacen(from, "", 1);
        assert_ne!(body, SHOP_HOURLY, "{from}");
        let (read, whole) = (shop_hours(&body).expect(from), shop_hours(SHOP_HOURLY).expect("the whole"));
        assert_eq!((read.rows.len(), read.malformed.len()), (2, 0), "{from}");
        assert_eq!(missing(&read), [field]);
        let sums = |read: &ShopPerformance| read.rows.iter().map(|row| row.expense).sum::<f64>();
        assert_eq!(sums(&read), sums(&whole));
        assert!(read.rows.iter().any(|row| row.broad_item_sold.is_none() || row.clicks.is_none()));
    }
    let body = SHOP_HOURLY.replace("\"date\": \"02-10-2026\", ", "");
    let (read, whole) = (shop_hours(&body).expect("no dates"), shop_hours(SHOP_HOURLY).expect("the whole"));
    assert_eq!((&read.rows, missing(&read)), (&whole.rows, vec!["date".to_owned()]));
}

#[test]
fn corrections_make_money_and_orders_negative() {
    let body = SHOP_HOURLY.replacen("\"expense\": 3.44", "\"expense\": -0.35", 1);
    assert_ne!(body, SHOP_HOURLY);
    let read = shop_hours(&body).expect("a correction");
    assert_eq!((read.rows.len(), read.malformed.len()), (2, 0));
    assert!(read.rows.iter().any(|row| row.expense == -0.35));
}

#[test]
fn bad_rows_of_campaigns_name_the_campaign() {
    let read = campaigns(&DAILY.replace("\"clicks\": 40", "\"clicks\": \"?\"")).expect("performance");
    assert_eq!(
        (read.malformed[0].campaign_id, read.malformed[0].field.as_str()),
        (Some(101), "metrics_list.clicks")
    );
    let body = DAILY
        .replace("\"campaign_id\": 102", "\"id\": 102")
        .replace("\"campaign_id\": 101", "\"campaign_id\": 0");
    let read = campaigns(&body).expect("performance");
    let fields: Vec<_> = read.malformed.iter().map(|row| (row.campaign_id, row.field.as_str())).collect();
    assert_eq!(fields, [(None, "campaign_id"), (None, "campaign_id")]);
    let read = campaigns(&DAILY.replace("\"metrics_list\": []", "\"metrics_list\": 5")).expect("performance");
    assert_eq!((read.rows.len(), read.malformed[0].campaign_id), (1, Some(102)));
    assert_eq!(read.malformed[0].field, "metrics_list");
}

#[test]
fn content_of_another_shape_is_an_error_of_the_call() {
    for response in ["5", "\"x\"", r#"{"campaign_list":{}}"#, "[5]"] {
        let error = campaigns(&format!(r#"{{"response":{response}}}"#)).expect_err(response);
        assert_eq!(error.class, ErrorClass::Retry, "{response}");
    }
    assert!(shop_hours(r#"{"response":{"a":1}}"#).is_err());
}

#[test]
fn windows_that_can_only_be_refused_are_not_asked_for() {
    for (from, to) in [(day(1), day(31)), (day(2), day(1)), (NaiveDate::MIN, NaiveDate::MAX)] {
        let (result, asked) = run(answer(200, SHOP_HOURLY), async |client| {
            client.shop_daily_performance(&shop(), from, to).await
        });
        let error = result.expect_err("refused here");
        assert_eq!((error.class, asked.len()), (ErrorClass::FatalConfiguration, 0));
        assert!(error.message.contains("allowed are 1 to 30"), "{}", error.message);
    }
}

#[test]
fn fields_that_nobody_knows_are_told_once() {
    assert_eq!(campaigns(DAILY).expect("performance").unknown, []);
    assert_eq!(shop_hours(SHOP_HOURLY).expect("performance").unknown, []);
    let read =
        campaigns(&DAILY.replace("\"clicks\":", "\"reach\": [1, 2], \"clicks\":")).expect("performance");
    assert_eq!((read.unknown.len(), read.malformed.len()), (1, 0));
    assert_eq!((read.unknown[0].field.as_str(), read.unknown[0].sample.as_str()), ("reach", "[1, 2]"));
    let many: String = (0..100).map(|n| format!("\"field{n}\": 1,")).collect();
    let read =
        shop_hours(&SHOP_HOURLY.replace("\"clicks\":", &format!("{many} \"clicks\":"))).expect("performance");
    assert_eq!(read.unknown.len(), shopee::limits::UNKNOWN_FIELDS_MAX);
}
