//! What the control API calls the truth is what the endpoints answer.

use crate::caller::{BALANCE, DAILY, HOURLY, Rig, SETTINGS, SHOP_DAILY, SHOP_HOURLY, joined, now_s};
use chrono::{DateTime, Days, NaiveDate};
use serde_json::{Map, Value, json};

/// West and east of Greenwich, and where clocks change at midnight.
const SHOPS: [(u64, &str, chrono_tz::Tz); 3] = [
    (101, "BR", chrono_tz::America::Sao_Paulo),
    (202, "VN", chrono_tz::Asia::Ho_Chi_Minh),
    (303, "CL", chrono_tz::America::Santiago),
];

struct Window {
    from: NaiveDate,
    to: NaiveDate,
}

impl Window {
    /// Eight days up to the shop's today.
    fn of(zone: chrono_tz::Tz, now_s: u64) -> Self {
        let to = DateTime::from_timestamp(now_s as i64, 0).unwrap().with_timezone(&zone).date_naive();
        Self { from: to - Days::new(7), to }
    }

    fn asked(&self) -> String {
        format!("&start_date={}&end_date={}", self.from.format("%d-%m-%Y"), self.to.format("%d-%m-%Y"))
    }

    fn truth(&self, kind: &str) -> String {
        format!("{kind}&from={}&to={}", self.from, self.to)
    }

    fn hours_asked(&self) -> [String; 2] {
        [self.from, self.to].map(|day| format!("&performance_date={}", day.format("%d-%m-%Y")))
    }
}

/// Shops with 130 campaigns, and the moment.
async fn rig() -> (Rig, u64) {
    let rig = Rig::empty().await;
    let now = now_s();
    for (id, region, _) in SHOPS {
        rig.shop(id, region, 130).await;
    }
    (rig, now)
}

/// One answered row in the words of the truth.
fn stored(row: &Value, campaign: Option<&Value>) -> Value {
    let number = |names: [&str; 2]| {
        let found = names.iter().find_map(|name| row.get(*name)).unwrap();
        found.as_f64().unwrap()
    };
    let one = |name: &'static str| number([name, name]);
    let share = |part: f64, whole: f64| if whole == 0.0 { 0.0 } else { part / whole };
    let date = NaiveDate::parse_from_str(row["date"].as_str().unwrap(), "%d-%m-%Y").unwrap();
    let mut stored = Map::new();
    for name in ["impression", "clicks", "expense", "direct_order", "direct_gmv", "broad_order", "broad_gmv"]
    {
        stored.insert(name.into(), one(name).into());
    }
    stored.insert("direct_item_sold".into(), number(["direct_item_sold", "direct_order_amount"]).into());
    stored.insert("broad_item_sold".into(), number(["broad_item_sold", "broad_order_amount"]).into());
    stored.insert("ctr".into(), share(one("clicks"), one("impression")).into());
    stored.insert("roas".into(), share(one("broad_gmv"), one("expense")).into());
    stored.insert("acos".into(), (share(one("expense"), one("broad_gmv")) * 100.0).into());
    stored.insert("performance_date".into(), date.to_string().into());
    for (name, value) in [("campaign_id", campaign), ("hour", row.get("hour"))] {
        if let Some(value) = value {
            stored.insert(name.into(), value.clone());
        }
    }
    Value::Object(stored)
}

/// Numbers as fractions to nine digits, so that only real differences count; rows in one order.
fn comparable(rows: impl IntoIterator<Item = Value>) -> Vec<String> {
    let mut rows: Vec<_> = rows
        .into_iter()
        .map(|mut row| {
            for value in row.as_object_mut().unwrap().values_mut() {
                if let Some(number) = value.as_f64() {
                    *value = format!("{number:.9}").into();
                }
            }
            row.to_string()
        })
        .collect();
    rows.sort();
    rows
}

fn campaign_rows(answer: Vec<Value>) -> Vec<Value> {
    let rows = answer.iter().flat_map(|campaign| {
        let rows = campaign["metrics_list"].as_array().unwrap().iter();
        rows.map(|row| stored(row, Some(&campaign["campaign_id"])))
    });
    rows.collect()
}

fn assert_same(answered: Vec<Value>, truth: Vec<Value>, least: usize) {
    assert!(truth.len() >= least, "{}", truth.len());
    let (answered, truth) = (comparable(answered), comparable(truth));
    let differing = answered.iter().zip(&truth).find(|(answered, truth)| answered != truth);
    assert_eq!((differing, answered.len()), (None, truth.len()));
}

#[tokio::test]
async fn campaigns() {
    let (rig, _) = rig().await;
    for (shop, ..) in SHOPS {
        let mut answered = Vec::new();
        for ids in rig.all_ids(shop, 100).await.chunks(100) {
            let query = format!("&info_type_list=1,2,3,4&campaign_id_list={}", joined(ids));
            answered.extend(rig.get_for(shop, SETTINGS, &query).await.rows("campaign_list"));
        }
        let answered = answered.iter().map(|row| {
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
                "item_count": common["item_id_list"].as_array().unwrap().len(),
                "roas_target": row["auto_bidding_info"]["roas_target"],
            })
        });
        assert_same(answered.collect(), rig.truth(shop, "campaigns").await, 130);
    }
}

#[tokio::test]
async fn campaign_figures() {
    let (rig, now) = rig().await;
    for (shop, _, zone) in SHOPS {
        let window = Window::of(zone, now);
        let (mut days, mut hours) = (Vec::new(), Vec::new());
        for ids in rig.all_ids(shop, 100).await.chunks(100) {
            let ids = format!("&campaign_id_list={}", joined(ids));
            let answer = rig.get_for(shop, DAILY, &format!("{}{ids}", window.asked())).await;
            days.extend(campaign_rows(answer.rows("campaign_list")));
            for day in window.hours_asked() {
                let answer = rig.get_for(shop, HOURLY, &format!("{day}{ids}")).await;
                hours.extend(campaign_rows(answer.rows("campaign_list")));
            }
        }
        assert_same(days, rig.truth(shop, &window.truth("daily")).await, 200);
        let mut truth = rig.truth(shop, &format!("hourly&from={0}&to={0}", window.from)).await;
        truth.extend(rig.truth(shop, &format!("hourly&from={0}&to={0}", window.to)).await);
        assert_same(hours, truth, 500);
    }
}

#[tokio::test]
async fn shop_figures_and_balance() {
    let (rig, now) = rig().await;
    for (shop, _, zone) in SHOPS {
        let window = Window::of(zone, now);
        let rows = |answer: &Value| -> Vec<Value> {
            answer.as_array().unwrap().iter().map(|row| stored(row, None)).collect()
        };
        let days = rows(rig.get_for(shop, SHOP_DAILY, &window.asked()).await.response());
        assert_same(days, rig.truth(shop, &window.truth("shop_daily")).await, 8);
        let (mut hours, mut truth) = (Vec::new(), Vec::new());
        for (asked, day) in window.hours_asked().iter().zip([window.from, window.to]) {
            hours.extend(rows(rig.get_for(shop, SHOP_HOURLY, asked).await.response()));
            truth.extend(rig.truth(shop, &format!("shop_hourly&from={day}&to={day}")).await);
        }
        // A whole day, which may be an hour short, and the first hour of another.
        assert_same(hours, truth, 24);
        let balance = rig.get_for(shop, BALANCE, "").await.response().clone();
        assert_eq!(balance["data_timestamp"], now);
        let truth = rig.truth(shop, "balance").await;
        assert_eq!(balance["total_balance"].as_f64(), truth[0]["balance"].as_f64());
    }
}

#[tokio::test]
async fn it_follows_from_the_seed_alone() {
    let (first, now) = rig().await;
    let (second, _) = rig().await;
    let window = Window::of(SHOPS[0].2, now);
    for kind in ["campaigns".to_owned(), window.truth("daily")] {
        assert_eq!(first.truth(101, &kind).await, second.truth(101, &kind).await);
        assert_ne!(first.truth(101, &kind).await, first.truth(202, &kind).await);
    }
}

#[tokio::test]
async fn an_empty_truth_is_an_empty_array() {
    let rig = Rig::with_campaigns(0).await;
    assert!(rig.truth(crate::caller::SHOP, "campaigns").await.is_empty());
}
