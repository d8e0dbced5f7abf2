//! The settings of campaigns.

use crate::caller::{DAILY, HOURLY, Rig, SETTINGS, SHOP, ids_of, joined};
use serde_json::{Value, json};
use std::collections::HashSet;

async fn rows(rig: &Rig, blocks: &str, ids: &[i64]) -> Vec<Value> {
    let query = format!("&info_type_list={blocks}&campaign_id_list={}", joined(ids));
    rig.get(SETTINGS, &query).await.rows("campaign_list")
}

#[tokio::test]
async fn blocks_appear_where_asked_for_and_applicable() {
    let rig = Rig::with_campaigns(100).await;
    let ids = rig.all_ids(SHOP, 100).await;
    for row in rows(&rig, "1,2,3,4", &ids).await {
        let common = &row["common_info"];
        let (kind, bidding) =
            (common["ad_type"].as_str().unwrap(), common["bidding_method"].as_str().unwrap());
        assert_eq!(row.get("manual_bidding_info").is_some(), bidding == "manual", "{row}");
        assert_eq!(row.get("auto_bidding_info").is_some(), kind == "manual" && bidding == "auto", "{row}");
        assert_eq!(row.get("auto_product_ads_info").is_some(), kind == "auto", "{row}");
        assert!(kind == "auto" || common["item_id_list"].as_array().unwrap().len() == 1);
    }
    for row in rows(&rig, "3", &ids).await {
        assert!(row.get("common_info").is_none() && row.get("manual_bidding_info").is_none(), "{row}");
    }
}

#[tokio::test]
async fn campaigns_are_of_every_sort() {
    let rig = Rig::with_campaigns(400).await;
    let truth = rig.truth(SHOP, "campaigns").await;
    let values = |field: &str| truth.iter().map(|row| row[field].to_string()).collect::<HashSet<_>>();
    assert_eq!(values("status").len(), 6);
    assert_eq!(values("campaign_placement").len(), 3);
    assert_eq!(values("bidding_method").len(), 2);
    assert_eq!(values("ad_type").len(), 2);
    assert!(values("campaign_budget").contains("0.0") && values("end_time").contains("0"));
    assert!(values("roas_target").is_superset(&HashSet::from(["null".into(), "0.0".into()])));
    assert!(values("item_count").is_superset(&HashSet::from(["0".into(), "1".into(), "6".into()])));
    let names = values("name");
    for special in ['"', '\'', '\\', '猫', '☕'] {
        assert!(names.iter().any(|name| name.contains(special)), "{special}");
    }
}

#[tokio::test]
async fn at_most_a_hundred_ids() {
    let rig = Rig::with_campaigns(101).await;
    let ids = rig.all_ids(SHOP, 500).await;
    assert_eq!(rows(&rig, "1", &ids[..100]).await.len(), 100);
    let more = format!("&campaign_id_list={}", joined(&ids));
    let today = crate::dates::today().format("%d-%m-%Y");
    let dates = &format!("&start_date={today}&end_date={today}&performance_date={today}");
    for (endpoint, query) in [(SETTINGS, "&info_type_list=1"), (DAILY, dates), (HOURLY, dates)] {
        let reply = rig.get(endpoint, &format!("{query}{more}")).await;
        assert_eq!((reply.status, reply.error()), (200, "error_param"), "{endpoint}");
    }
}

#[tokio::test]
async fn lists_are_checked() {
    let rig = Rig::with_campaigns(3).await;
    let id = rig.all_ids(SHOP, 10).await[0];
    for wrong in [
        format!("&campaign_id_list={id}"),
        "&info_type_list=1".to_owned(),
        format!("&info_type_list=1&campaign_id_list={id},x"),
        format!("&info_type_list=5&campaign_id_list={id}"),
        format!("&info_type_list=1&info_type_list=2&campaign_id_list={id}"),
        format!("&info_type_list=1&campaign_id_list={id}&campaign_id_list={id}"),
    ] {
        assert_eq!(rig.get(SETTINGS, &wrong).await.error(), "error_param", "{wrong}");
    }
}

#[tokio::test]
async fn foreign_ids_refuse_the_call_or_are_left_out() {
    let rig = Rig::with_campaigns(3).await;
    rig.shop(5, "BR", 3).await;
    let mut ids = rig.all_ids(SHOP, 10).await;
    ids.push(rig.all_ids(5, 10).await[0]);
    let query = format!("&info_type_list=1&campaign_id_list={}", joined(&ids));
    assert_eq!(rig.get(SETTINGS, &query).await.error(), "ads.shop.campaign_not_match");
    rig.behave(json!({"unknown_id": "omit"})).await;
    assert_eq!(ids_of(&rows(&rig, "1", &ids).await), ids[..3]);
}
