//! Campaigns that change while a client reads them.

use crate::caller::{DAILY, LIST, Rig, SETTINGS, SHOP, SHOP_DAILY, ids_of};
use crate::dates::today;
use chrono::Days;
use reqwest::Method;
use serde_json::{Value, json};

async fn edit(rig: &Rig, edit: Value) -> Value {
    let (status, answer) = rig.control(Method::POST, "shops/987654/campaigns", &edit).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

#[tokio::test]
async fn in_the_middle_of_a_listing() {
    let rig = Rig::with_campaigns(40).await;
    let first = ids_of(&rig.get(LIST, "&offset=0&limit=20").await.rows("campaign_list"));
    let added = edit(&rig, json!({"add": 3, "delete": [first[0]]})).await;
    let second = ids_of(&rig.get(LIST, "&offset=20&limit=20").await.rows("campaign_list"));
    let third = rig.get(LIST, "&offset=40&limit=20").await;
    // One row slipped into the first page unseen; the new ones are at the end.
    let truth = ids_of(&rig.truth(SHOP, "campaigns").await);
    assert_eq!(second, truth[20..40]);
    assert_eq!(first[1..], truth[..19]);
    assert_eq!(ids_of(&third.rows("campaign_list")), truth[40..]);
    assert_eq!(added["added"], json!(truth[39..]));
    assert_eq!(added["campaigns"], 42);
}

#[tokio::test]
async fn deleted_ones_are_foreign_and_still_count_for_the_shop() {
    let rig = Rig::with_campaigns(40).await;
    let ids = rig.all_ids(SHOP, 100).await;
    let date = (today() - Days::new(2)).format("%d-%m-%Y").to_string();
    let window = format!("&start_date={date}&end_date={date}");
    let before = rig.get(SHOP_DAILY, &window).await.response().clone();
    edit(&rig, json!({"delete": ids[..20]})).await;
    let setting = format!("&info_type_list=1&campaign_id_list={}", ids[0]);
    assert_eq!(rig.get(SETTINGS, &setting).await.error(), "ads.shop.campaign_not_match");
    let figures = format!("{window}&campaign_id_list={}", ids[0]);
    assert_eq!(rig.get(DAILY, &figures).await.error(), "ads.shop.campaign_not_match");
    assert_eq!(rig.get(SHOP_DAILY, &window).await.response(), &before);
    assert_eq!(rig.truth(SHOP, "campaigns").await.len(), 20);
}

#[tokio::test]
async fn name_budget_and_status() {
    let rig = Rig::with_campaigns(2).await;
    let ids = rig.all_ids(SHOP, 10).await;
    let change = json!([{"campaign_id": ids[0], "name": "N \"1\"", "budget": 12.34, "status": "closed"}]);
    edit(&rig, json!({"change": change})).await;
    edit(&rig, json!({"change": [{"campaign_id": ids[0], "budget": 7}]})).await;
    let setting = format!("&info_type_list=1&campaign_id_list={}", ids[0]);
    let common = rig.get(SETTINGS, &setting).await.rows("campaign_list")[0]["common_info"].clone();
    assert_eq!((&common["ad_name"], &common["campaign_budget"]), (&json!("N \"1\""), &json!(7)));
    assert_eq!(common["campaign_status"], "closed");
    let truth = &rig.truth(SHOP, "campaigns").await[0];
    assert_eq!((&truth["name"], &truth["campaign_budget"]), (&json!("N \"1\""), &json!(7.0)));
}

#[tokio::test]
async fn all_or_nothing() {
    let rig = Rig::with_campaigns(2).await;
    let ids = rig.all_ids(SHOP, 10).await;
    for (wrong, field) in [
        (json!({"delete": [ids[0], 1]}), "delete"),
        (json!({"add": 1, "change": [{"campaign_id": 1}]}), "change.campaign_id"),
        (json!({"change": [{"campaign_id": ids[0], "status": "gone"}]}), "change.status"),
        (json!({"change": [{"campaign_id": ids[0], "budget": -1}]}), "change.budget"),
        (json!({"add": 200_000}), "add"),
        (json!({"remove": [1]}), "remove"),
    ] {
        let (status, answer) = rig.control(Method::POST, "shops/987654/campaigns", &wrong).await;
        assert_eq!(status, 400, "{answer}");
        assert!(answer["message"].as_str().unwrap().contains(field), "{answer}");
    }
    assert_eq!(rig.all_ids(SHOP, 10).await, ids);
}
