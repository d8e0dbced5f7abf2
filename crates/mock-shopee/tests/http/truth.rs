//! What the control API calls the truth is what the endpoints answer, in two regions.

use crate::caller::{Call, Mock, TOKEN, days_before, dmy, today};
use chrono::NaiveDate;
use chrono_tz::{America::Sao_Paulo, Asia::Ho_Chi_Minh, Tz};
use serde_json::{Map, Value, json};

const SHOPS: [(u64, &str, Tz); 2] = [(100_001, "BR", Sao_Paulo), (100_002, "VN", Ho_Chi_Minh)];

/// Where a field of the truth stands in an answer of a campaign's, or else the shop's, performance.
const NAMES: [(&str, &str, &str); 9] = [
    ("impression", "impression", "impression"),
    ("clicks", "clicks", "clicks"),
    ("expense", "expense", "expense"),
    ("direct_order", "direct_order", "direct_order"),
    ("direct_gmv", "direct_gmv", "direct_gmv"),
    ("broad_order", "broad_order", "broad_order"),
    ("broad_gmv", "broad_gmv", "broad_gmv"),
    ("direct_item_sold", "direct_order_amount", "direct_item_sold"),
    ("broad_item_sold", "broad_order_amount", "broad_item_sold"),
];

/// Two shops; the clock of their figures stands, so that both questions see the same.
async fn shops() -> Mock {
    let mock = Mock::empty().await;
    for (shop, region, _) in SHOPS {
        mock.put_shop(shop, json!({ "region": region, "campaigns": 130 })).await;
    }
    mock.behaviour(json!({ "data_as_of_ms": crate::caller::now_s() * 1_000 })).await;
    // Both shops have the same token, and only the last one's is good: give the first its own.
    mock.put_shop(SHOPS[0].0, json!({ "region": "BR", "campaigns": 130, "access_token": "first" })).await;
    mock
}

fn of(shop: u64, path: &str) -> Call {
    Call::new(path)
        .with("shop_id", shop)
        .with("access_token", if shop == SHOPS[0].0 { "first" } else { TOKEN })
}

async fn ids(mock: &Mock, shop: u64) -> Vec<i64> {
    let reply = mock.call(of(shop, "ads/get_product_level_campaign_id_list")).await;
    crate::caller::ids_of(reply.response())
}

/// A row of the truth, from a row of an answer.
fn translated(row: &Value, campaign: Option<&Value>) -> Value {
    let mut truth = Map::new();
    for (name, of_campaign, of_shop) in NAMES {
        let answered = &row[if campaign.is_some() { of_campaign } else { of_shop }];
        truth.insert(name.into(), json!(answered.as_f64().expect("a number")));
    }
    let number = |name: &str| truth[name].as_f64().unwrap_or_default();
    let quotient = |part: f64, whole: f64| if whole == 0.0 { 0.0 } else { part / whole };
    let (ctr, roas) =
        (quotient(number("clicks"), number("impression")), quotient(number("broad_gmv"), number("expense")));
    let acos = quotient(number("expense"), number("broad_gmv")) * 100.0;
    truth.extend([("ctr".into(), json!(ctr)), ("roas".into(), json!(roas)), ("acos".into(), json!(acos))]);
    let date = row["date"].as_str().expect("a date");
    let date = NaiveDate::parse_from_str(date, "%d-%m-%Y").expect("DD-MM-YYYY");
    truth.insert("performance_date".into(), json!(date));
    for (name, value) in [("campaign_id", campaign), ("hour", row.get("hour"))] {
        if let Some(value) = value {
            truth.insert(name.into(), value.clone());
        }
    }
    truth.into()
}

/// Same rows in the same order, same keys, same values but for the last digits of quotients.
fn assert_same(expected: &[Value], found: &[Value], what: &str) {
    assert_eq!(expected.len(), found.len(), "{what}");
    for (expected, found) in expected.iter().zip(found) {
        let (expected, found) = (expected.as_object().expect("a row"), found.as_object().expect("a row"));
        assert!(expected.keys().eq(found.keys()), "{what}: {expected:?} {found:?}");
        for (name, value) in expected {
            let same = match (value.as_f64(), found[name].as_f64()) {
                (Some(left), Some(right)) => (left - right).abs() <= 1e-9 * left.abs().max(1.0),
                _ => *value == found[name],
            };
            assert!(same, "{what}: {name} of {expected:?} {found:?}");
        }
    }
}

fn by_campaign(campaigns: &[Value]) -> Vec<Value> {
    let rows = |campaign: &Value| {
        let rows = campaign["metrics_list"].as_array().expect("a list");
        rows.iter().map(|row| translated(row, Some(&campaign["campaign_id"]))).collect::<Vec<_>>()
    };
    campaigns.iter().flat_map(rows).collect()
}

#[tokio::test]
async fn settings() {
    let mock = shops().await;
    for (shop, _, zone) in SHOPS {
        let call = of(shop, "ads/get_product_level_campaign_setting_info").with("info_type_list", "1,3");
        let answered = mock.for_all(&call, &ids(&mock, shop).await).await;
        let expected: Vec<_> = answered
            .iter()
            .map(|row| {
                let common = &row["common_info"];
                json!({
                    "campaign_id": row["campaign_id"],
                    "ad_type": common["ad_type"],
                    "name": common["ad_name"],
                    "status": common["campaign_status"],
                    "campaign_placement": common["campaign_placement"],
                    "bidding_method": common["bidding_method"],
                    "campaign_budget": common["campaign_budget"],
                    "start_time": common["campaign_duration"]["start_time"],
                    "end_time": common["campaign_duration"]["end_time"],
                    "item_count": common["item_id_list"].as_array().map(Vec::len),
                    "roas_target": row["auto_bidding_info"]["roas_target"],
                })
            })
            .collect();
        let day = today(zone);
        assert_eq!(expected.len(), 130);
        assert_same(&expected, &mock.truth(shop, "campaigns", day, day).await, "campaigns");
    }
}

#[tokio::test]
async fn days_and_hours_of_campaigns() {
    let mock = shops().await;
    for (shop, _, zone) in SHOPS {
        let (from, to) = (days_before(today(zone), 8), today(zone));
        let ids = ids(&mock, shop).await;
        let call = of(shop, "ads/get_product_campaign_daily_performance");
        let call = call.with("start_date", dmy(from)).with("end_date", dmy(to));
        let expected = by_campaign(&mock.for_all(&call, &ids).await);
        assert!(expected.len() > 130);
        assert_same(&expected, &mock.truth(shop, "daily", from, to).await, "daily");
        let mut seen = 0;
        for day in [to, days_before(to, 1)] {
            let call =
                of(shop, "ads/get_product_campaign_hourly_performance").with("performance_date", dmy(day));
            let expected = by_campaign(&mock.for_all(&call, &ids).await);
            seen += expected.len();
            assert_same(&expected, &mock.truth(shop, "hourly", day, day).await, "hourly");
        }
        assert!(seen > 130);
    }
}

#[tokio::test]
async fn days_hours_and_balance_of_the_shop() {
    let mock = shops().await;
    for (shop, _, zone) in SHOPS {
        let (from, to) = (days_before(today(zone), 8), today(zone));
        let call = of(shop, "ads/get_all_cpc_ads_daily_performance");
        let reply = mock.call(call.with("start_date", dmy(from)).with("end_date", dmy(to))).await;
        let rows = |reply: &crate::caller::Reply| {
            let rows = reply.response().as_array().expect("a list").clone();
            rows.iter().map(|row| translated(row, None)).collect::<Vec<_>>()
        };
        assert_eq!(rows(&reply).len(), 9);
        assert_same(&rows(&reply), &mock.truth(shop, "shop_daily", from, to).await, "shop_daily");
        let call = of(shop, "ads/get_all_cpc_ads_hourly_performance");
        for day in [days_before(to, 1), to] {
            let reply = mock.call(call.clone().with("performance_date", dmy(day))).await;
            assert_same(&rows(&reply), &mock.truth(shop, "shop_hourly", day, day).await, "shop_hourly");
        }
        let balance = mock.call(of(shop, "ads/get_total_balance")).await;
        let expected = json!({ "total_balance": balance.response()["total_balance"] });
        assert_same(&[expected], &mock.truth(shop, "balance", to, to).await, "balance");
    }
}

#[tokio::test]
async fn the_day_is_the_shops_own() {
    let mock = shops().await;
    // 20:00 UTC: still the same day in Brazil, 03:00 of the next in Viet Nam.
    let day = days_before(today(Sao_Paulo), 3);
    let as_of = day.and_hms_opt(20, 0, 0).expect("a time").and_utc().timestamp_millis();
    mock.behaviour(json!({ "data_as_of_ms": as_of })).await;
    let next = day + chrono::Days::new(1);
    for (shop, days, hours) in [(SHOPS[0].0, 1, 0), (SHOPS[1].0, 2, 4)] {
        assert_eq!(mock.truth(shop, "shop_daily", day, next).await.len(), days);
        assert_eq!(mock.truth(shop, "shop_hourly", next, next).await.len(), hours);
    }
}

#[tokio::test]
async fn no_campaigns_is_an_empty_list() {
    let mock = Mock::with_campaigns(0).await;
    let day = today(Sao_Paulo);
    for kind in ["campaigns", "daily", "hourly"] {
        assert_eq!(mock.truth(crate::caller::SHOP, kind, day, day).await, Vec::<Value>::new(), "{kind}");
    }
}
