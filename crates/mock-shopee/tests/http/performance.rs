//! The figures: sums, containers, and campaigns without any.

use crate::caller::{DAILY, HOURLY, Rig, SHOP, SHOP_DAILY, SHOP_HOURLY, joined};
use crate::dates::today;
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const COUNTERS: [&str; 9] = [
    "impression",
    "clicks",
    "expense",
    "direct_order",
    "direct_gmv",
    "broad_order",
    "broad_gmv",
    "direct_order_amount",
    "broad_order_amount",
];

fn yesterday() -> NaiveDate {
    today() - Days::new(1)
}

fn of_day(date: NaiveDate) -> String {
    let date = date.format("%d-%m-%Y");
    format!("&start_date={date}&end_date={date}&performance_date={date}")
}

/// Counters in hundredths, so that sums are exact.
fn counters(row: &Value, names: &[&str]) -> Vec<i64> {
    names.iter().map(|name| (row[name].as_f64().unwrap() * 100.0).round() as i64).collect()
}

fn add(sum: &mut Vec<i64>, more: &[i64]) {
    sum.resize(more.len(), 0);
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}

async fn campaigns(rig: &Rig, endpoint: &str, query: &str) -> Vec<Value> {
    let ids = rig.all_ids(SHOP, 100).await;
    let reply = rig.get(endpoint, &format!("{query}&campaign_id_list={}", joined(&ids))).await;
    reply.rows("campaign_list")
}

fn sums(rows: &[Value]) -> BTreeMap<i64, Vec<i64>> {
    let mut sums = BTreeMap::<i64, Vec<i64>>::new();
    for campaign in rows {
        for row in campaign["metrics_list"].as_array().unwrap() {
            add(
                sums.entry(campaign["campaign_id"].as_i64().unwrap()).or_default(),
                &counters(row, &COUNTERS),
            );
        }
    }
    sums
}

#[tokio::test]
async fn hours_sum_to_days() {
    let rig = Rig::with_campaigns(100).await;
    for date in [yesterday(), today()] {
        let days = sums(&campaigns(&rig, DAILY, &of_day(date)).await);
        let hours = sums(&campaigns(&rig, HOURLY, &of_day(date)).await);
        assert_eq!(days, hours);
        assert!(date == today() || days.len() > 20, "{}", days.len());
    }
}

/// The counters of the whole shop on a day, the same by day and by hour.
async fn shop_day(rig: &Rig, date: NaiveDate) -> Vec<i64> {
    let names = COUNTERS.map(|name| match name {
        "direct_order_amount" => "direct_item_sold",
        "broad_order_amount" => "broad_item_sold",
        name => name,
    });
    let query = of_day(date);
    let rows = rig.get(SHOP_DAILY, &query).await.response().as_array().unwrap().clone();
    assert_eq!(rows.len(), 1);
    let hours = rig.get(SHOP_HOURLY, &query).await.response().as_array().unwrap().clone();
    assert_eq!(hours.len(), 24);
    let mut sum = Vec::new();
    hours.iter().for_each(|hour| add(&mut sum, &counters(hour, &names)));
    assert_eq!(sum, counters(&rows[0], &names));
    sum
}

/// What the campaign endpoints do not show is all that the same shop has without campaigns.
#[tokio::test]
async fn the_shop_has_all_campaigns_and_more() {
    let (rig, without) = (Rig::with_campaigns(100).await, Rig::with_campaigns(0).await);
    for back in 1..6 {
        let date = today() - Days::new(back);
        let mut parts = shop_day(&without, date).await;
        for sum in sums(&campaigns(&rig, DAILY, &of_day(date)).await).values() {
            add(&mut parts, sum);
        }
        assert_eq!(shop_day(&rig, date).await, parts, "{date}");
    }
}

#[tokio::test]
async fn a_shop_without_campaigns_has_rows_too() {
    let rig = Rig::with_campaigns(0).await;
    let (mut with, mut without) = (0, 0);
    // As far back as may be asked for: a month may pass without a day that has no traffic.
    for window in 0..5 {
        let to = yesterday() - Days::new(window * 30);
        let (from, to) = ((to - Days::new(29)).format("%d-%m-%Y"), to.format("%d-%m-%Y"));
        let query = format!("&start_date={from}&end_date={to}");
        let rows = rig.get(SHOP_DAILY, &query).await.response().as_array().unwrap().clone();
        assert_eq!(rows.len(), 30);
        let empty = rows.iter().filter(|row| row["impression"] == 0).count();
        (with, without) = (with + 30 - empty, without + empty);
    }
    assert!(with > 0 && without > 0, "{with} {without}");
}

#[tokio::test]
async fn only_begun_hours_of_today_are_there() {
    let rig = Rig::with_campaigns(30).await;
    let noon = yesterday().and_hms_opt(12, 0, 0).unwrap().and_local_timezone(chrono_tz::America::Sao_Paulo);
    rig.behave(json!({"data_as_of_ms": noon.unwrap().timestamp_millis() + 1})).await;
    let rows = rig.get(SHOP_HOURLY, &of_day(yesterday())).await.response().clone();
    let hours: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["hour"].as_u64().unwrap()).collect();
    assert_eq!(hours, (0..=12).collect::<Vec<_>>());
    let (day, sum) = (
        campaigns(&rig, DAILY, &of_day(yesterday())).await,
        campaigns(&rig, HOURLY, &of_day(yesterday())).await,
    );
    assert_eq!(sums(&day), sums(&sum));
    assert!(rig.get(SHOP_HOURLY, &of_day(today())).await.response().as_array().unwrap().is_empty());
}

#[tokio::test]
async fn campaigns_without_traffic_appear_in_three_ways() {
    let rig = Rig::with_campaigns(100).await;
    let empty = |rows: &[Value]| rows.iter().filter(|row| row["metrics_list"] == json!([])).count();
    let listed = campaigns(&rig, DAILY, &of_day(yesterday())).await;
    let without = empty(&listed);
    assert_eq!(listed.len(), 100);
    assert!((10..80).contains(&without), "{without}");
    rig.behave(json!({"no_traffic": "omit"})).await;
    let omitted = campaigns(&rig, DAILY, &of_day(yesterday())).await;
    assert_eq!((omitted.len(), empty(&omitted)), (100 - without, 0));
    rig.behave(json!({"no_traffic": "zero_rows"})).await;
    let zeros = campaigns(&rig, HOURLY, &of_day(yesterday())).await;
    assert!(zeros.iter().all(|row| row["metrics_list"].as_array().unwrap().len() == 24));
    assert_eq!(zeros.len(), 100);
}

#[tokio::test]
async fn container_and_warning() {
    let rig = Rig::with_campaigns(1).await;
    let id = rig.all_ids(SHOP, 1).await[0];
    let query = format!("{}&campaign_id_list={id}", of_day(yesterday()));
    assert!(rig.get(DAILY, &query).await.response().is_object());
    rig.behave(json!({"performance_container": "array"})).await;
    for endpoint in [DAILY, HOURLY] {
        let reply = rig.get(endpoint, &query).await;
        assert_eq!(reply.response()[0]["campaign_list"][0]["campaign_id"], id);
        assert_eq!(reply.json["warning"], "");
    }
}

#[tokio::test]
async fn a_partial_answer_has_campaigns_as_they_are_of_zeros_and_none() {
    let rig = Rig::with_campaigns(100).await;
    for endpoint in [DAILY, HOURLY] {
        let whole = sums(&campaigns(&rig, endpoint, &of_day(yesterday())).await);
        rig.behave(json!({"partial_warning": true})).await;
        let part = sums(&campaigns(&rig, endpoint, &of_day(yesterday())).await);
        rig.behave(json!({"partial_warning": false})).await;
        let shown: Vec<_> = whole.iter().filter_map(|(id, sums)| Some((sums, part.get(id)?))).collect();
        let zeros = shown.iter().filter(|(_, part)| part.iter().all(|sum| *sum == 0)).count();
        let same = shown.iter().filter(|(whole, part)| whole == part).count();
        let missing = whole.keys().filter(|id| !part.contains_key(id)).count();
        assert!(zeros > 0 && same > 0 && missing > 0, "{zeros} {same} {missing}");
    }
    rig.behave(json!({"partial_warning": true})).await;
    let reply =
        rig.get(SHOP_DAILY, &format!("&start_date={0}&end_date={0}", yesterday().format("%d-%m-%Y"))).await;
    assert_eq!((&reply.json["warning"], &reply.response()[0]["impression"]), (&json!("partial"), &json!(0)));
}

#[tokio::test]
async fn ratios_are_fractions_and_costs_of_conversions() {
    let rig = Rig::with_campaigns(100).await;
    let rows = campaigns(&rig, DAILY, &of_day(yesterday())).await;
    let row = rows.iter().flat_map(|row| row["metrics_list"].as_array().unwrap().clone());
    let row = row.max_by_key(|row| row["direct_order"].as_i64().unwrap()).unwrap();
    let number = |name: &str| row[name].as_f64().unwrap();
    let near = |name: &str, wanted: f64, step: f64| {
        assert!((number(name) - wanted).abs() <= step, "{name}: {} {wanted}", number(name));
    };
    near("ctr", number("clicks") / number("impression"), 0.0001);
    near("cr", number("broad_order") / number("clicks"), 0.0001);
    near("direct_cr", number("direct_order") / number("clicks"), 0.0001);
    near("broad_cir", number("expense") / number("broad_gmv"), 0.0001);
    near("broad_roi", number("broad_gmv") / number("expense"), 0.01);
    near("direct_roi", number("direct_gmv") / number("expense"), 0.01);
    near("cpc", number("expense") / number("broad_order"), 0.01);
    near("cpdc", number("expense") / number("direct_order"), 0.01);
    assert!(number("direct_order") > 0.0);
}

#[tokio::test]
async fn the_last_week_is_restated_and_older_days_are_not() {
    let rig = Rig::with_campaigns(100).await;
    let (recent, old) = (of_day(today() - Days::new(5)), of_day(today() - Days::new(7)));
    let before = (sums(&campaigns(&rig, DAILY, &recent).await), sums(&campaigns(&rig, DAILY, &old).await));
    rig.behave(json!({"restatement": 1})).await;
    let after = (sums(&campaigns(&rig, DAILY, &recent).await), sums(&campaigns(&rig, DAILY, &old).await));
    assert_eq!(before.1, after.1);
    assert_ne!(before.0, after.0);
    let orders = |sums: &BTreeMap<i64, Vec<i64>>| sums.values().map(|sums| sums[5]).sum::<i64>();
    assert!(orders(&after.0) > orders(&before.0));
    rig.behave(json!({"restatement": 1, "restatement_days": 3})).await;
    assert_eq!(sums(&campaigns(&rig, DAILY, &recent).await), before.0, "only three days are restated");
}
