//! How campaigns are set, which ids may be asked for, and what happens when they change.

use crate::caller::{Call, Mock, SHOP, ids_of, joined};
use serde_json::{Value, json};
use std::collections::HashSet;

const SETTINGS: &str = "ads/get_product_level_campaign_setting_info";

fn settings(blocks: &str, ids: &[i64]) -> Call {
    Call::new(SETTINGS).with("info_type_list", blocks).with("campaign_id_list", joined(ids))
}

fn texts(rows: &[Value], name: &str) -> HashSet<String> {
    rows.iter().map(|row| row["common_info"][name].as_str().expect("a text").to_owned()).collect()
}

fn set(values: &[&str]) -> HashSet<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

#[tokio::test]
async fn campaigns_are_as_various_as_real_ones() {
    let mock = Mock::with_campaigns(600).await;
    let ids = mock.ids().await;
    let rows = mock.for_all(&settings("1,2,3,4", &[1]), &ids).await;
    assert_eq!(rows.len(), 600);
    assert!(texts(&rows, "campaign_status").is_superset(&set(&["ongoing", "paused", "ended", "scheduled"])));
    assert_eq!(texts(&rows, "campaign_placement"), set(&["search", "discovery", "all"]));
    assert_eq!(texts(&rows, "bidding_method"), set(&["auto", "manual"]));
    let names = texts(&rows, "ad_name");
    assert!(names.iter().any(|name| !name.is_ascii()) && names.iter().any(|name| name.contains(['"', '\''])));
    for row in &rows {
        check(row);
    }
    let budget = |row: &Value| row["common_info"]["campaign_budget"].as_f64().expect("a number");
    assert!(rows.iter().any(|row| budget(row) == 0.0) && rows.iter().any(|row| budget(row) > 0.0));
    let targets: Vec<_> =
        rows.iter().filter_map(|row| row["auto_bidding_info"]["roas_target"].as_f64()).collect();
    assert!(targets.contains(&0.0) && targets.iter().any(|target| *target > 0.0));
}

/// What holds for every campaign.
fn check(row: &Value) {
    let common = &row["common_info"];
    let items = common["item_id_list"].as_array().expect("a list");
    assert!(items.iter().all(Value::is_i64), "{row}");
    if common["ad_type"] == "manual" {
        assert_eq!(items.len(), 1, "{row}");
        assert!(row.get("auto_product_ads_info").is_none(), "{row}");
    }
    assert_eq!(row.get("manual_bidding_info").is_some(), common["bidding_method"] == "manual", "{row}");
    if common["bidding_method"] == "manual" {
        assert!(row.get("auto_bidding_info").is_none(), "{row}");
    }
    let duration = &common["campaign_duration"];
    assert!(duration["start_time"].as_i64() > Some(0) && duration["end_time"].is_i64(), "{row}");
}

#[tokio::test]
async fn blocks_come_only_where_asked_for() {
    let mock = Mock::with_campaigns(100).await;
    let ids = mock.ids().await;
    let names = ["common_info", "manual_bidding_info", "auto_bidding_info", "auto_product_ads_info"];
    for (place, wanted) in names.iter().enumerate() {
        let reply = mock.call(settings(&(place + 1).to_string(), &ids)).await;
        let rows = reply.response()["campaign_list"].as_array().expect("a list");
        assert!(rows.iter().any(|row| row.get(*wanted).is_some()), "{wanted}");
        for other in names.iter().filter(|name| *name != wanted) {
            assert!(rows.iter().all(|row| row.get(*other).is_none()), "{other} with {wanted}");
        }
    }
    for wrong in ["", "5", "1,x"] {
        assert_eq!(mock.call(settings(wrong, &ids)).await.error(), "error_param", "'{wrong}'");
    }
    assert_eq!(mock.call(settings("1", &ids).without("info_type_list")).await.error(), "error_param");
}

#[tokio::test]
async fn ids_are_limited_and_must_be_numbers() {
    let mock = Mock::with_campaigns(101).await;
    let ids = mock.ids().await;
    assert_eq!(mock.call(settings("1", &ids)).await.error(), "error_param");
    assert_eq!(mock.call(settings("1", &ids[..100])).await.error(), "");
    for wrong in ["", "x", "1,", "-5"] {
        assert_eq!(
            mock.call(settings("1", &ids).with("campaign_id_list", wrong)).await.error(),
            "error_param",
            "'{wrong}'"
        );
    }
    // A list is one text: repeated parameters are not joined.
    let mut twice = settings("1", &ids[..1]);
    twice.params.push(("campaign_id_list", ids[1].to_string()));
    assert_eq!(mock.call(twice).await.error(), "error_param");
}

#[tokio::test]
async fn an_unknown_id_spoils_the_call_or_is_left_out() {
    let mock = Mock::with_campaigns(3).await;
    let ids = mock.ids().await;
    let call = settings("1", &[ids[0], 5, ids[1]]);
    assert_eq!(mock.call(call.clone()).await.error(), "ads.shop.campaign_not_match");
    mock.behaviour(json!({ "unknown_id": "omit" })).await;
    assert_eq!(ids_of(mock.call(call).await.response()), ids[..2]);
}

#[tokio::test]
async fn another_shop_has_other_campaigns() {
    let mock = Mock::with_campaigns(3).await;
    mock.put_shop(SHOP + 1, json!({ "campaigns": 3, "access_token": "other" })).await;
    let foreign = mock.ids().await;
    let call = settings("1", &foreign).with("shop_id", SHOP + 1).with("access_token", "other");
    assert_eq!(mock.call(call).await.error(), "ads.shop.campaign_not_match");
}

#[tokio::test]
async fn the_seed_decides_and_nothing_else() {
    let (first, second) = (Mock::with_campaigns(50).await, Mock::with_campaigns(50).await);
    let ids = first.ids().await;
    assert_eq!(ids, second.ids().await);
    let call = settings("1,2,3,4", &ids);
    assert_eq!(first.call(call.clone()).await.response(), second.call(call).await.response());
    second.put_shop(SHOP, json!({ "campaigns": 50, "seed": 8 })).await;
    assert_ne!(ids, second.ids().await);
}

#[tokio::test]
async fn campaigns_change_between_two_pages() {
    let mock = Mock::with_campaigns(20).await;
    let list = |offset: usize| {
        Call::new("ads/get_product_level_campaign_id_list").with("offset", offset).with("limit", 10)
    };
    let first = ids_of(mock.call(list(0)).await.response());
    let change =
        json!({ "campaign_id": first[1], "name": "Ночь \"1\"", "budget": 12.34, "status": "paused" });
    let path = format!("/_mock/shops/{SHOP}/campaigns");
    let edit = json!({ "add": 2, "delete": [first[0]], "change": [change] });
    let added = mock.control("POST", &path, edit).await["added"].clone();
    let second = mock.call(list(10)).await;
    let second = ids_of(second.response());
    assert_eq!(json!(second[second.len() - 1]), added[0], "one row slipped away, and the new ones are last");
    assert_eq!(ids_of(mock.call(list(20)).await.response()).len(), 1);
    assert_eq!(mock.call(settings("1", &first)).await.error(), "ads.shop.campaign_not_match");
    let reply = mock.call(settings("1", &first[1..2])).await;
    let common = &reply.response()["campaign_list"][0]["common_info"];
    assert_eq!((&common["ad_name"], &common["campaign_status"]), (&json!("Ночь \"1\""), &json!("paused")));
    assert_eq!(common["campaign_budget"], 12.34);
}
