//! Paging through the ids, and everything that may go wrong with it.

use crate::caller::{LIST, Rig, SETTINGS, SHOP, ids_of};
use serde_json::{Value, json};
use std::collections::HashSet;

async fn page(rig: &Rig, offset: usize, limit: usize) -> Value {
    rig.get(LIST, &format!("&offset={offset}&limit={limit}")).await.response().clone()
}

fn ids(page: &Value) -> Vec<i64> {
    ids_of(page["campaign_list"].as_array().unwrap())
}

async fn truth_ids(rig: &Rig) -> Vec<i64> {
    ids_of(&rig.truth(SHOP, "campaigns").await)
}

#[tokio::test]
async fn pages_join_to_the_whole_list() {
    let rig = Rig::with_campaigns(250).await;
    let first = page(&rig, 0, 100).await;
    assert_eq!((&first["shop_id"], &first["region"]), (&json!(SHOP), &json!("BR")));
    assert_eq!(first["has_next_page"], true);
    let last = page(&rig, 200, 100).await;
    assert_eq!((ids(&last).len(), &last["has_next_page"]), (50, &json!(false)));
    assert_eq!(page(&rig, 150, 100).await["has_next_page"], false);
    let all = rig.all_ids(SHOP, 100).await;
    assert_eq!(all, truth_ids(&rig).await);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 250);
    let wide = all.iter().filter(|id| **id > i64::from(u32::MAX)).count();
    assert!((50..200).contains(&wide), "{wide}");
    let past = page(&rig, 900, 100).await;
    assert_eq!((&past["campaign_list"], &past["has_next_page"]), (&json!([]), &json!(false)));
}

#[tokio::test]
async fn ad_types_can_be_chosen() {
    let rig = Rig::with_campaigns(200).await;
    let mut counts = Vec::new();
    for kind in ["auto", "manual"] {
        let rows = rig.get(LIST, &format!("&ad_type={kind}")).await.rows("campaign_list");
        assert!(rows.iter().all(|row| row["ad_type"] == kind));
        counts.push(rows.len());
    }
    assert!(counts[0] > 0 && counts[1] > counts[0], "{counts:?}");
    assert_eq!(counts[0] + counts[1], 200);
    for wrong in ["&ad_type=none", "&offset=-1", "&limit=x", "&limit=0", "&limit=1&limit=2"] {
        assert_eq!(rig.get(LIST, wrong).await.error(), "error_param", "{wrong}");
    }
}

#[tokio::test]
async fn long_pages_are_cut() {
    let rig = Rig::with_campaigns(120).await;
    rig.behave(json!({"page_limit_max": 50})).await;
    let cut = page(&rig, 0, 100).await;
    assert_eq!((ids(&cut).len(), &cut["has_next_page"]), (50, &json!(true)));
    assert_eq!(rig.all_ids(SHOP, 100).await.len(), 120);
}

#[tokio::test]
async fn duplicates_repeat_a_row_at_each_boundary_and_lose_none() {
    let rig = Rig::with_campaigns(95).await;
    rig.behave(json!({"id_list_duplicates": true})).await;
    let pages = [page(&rig, 0, 30).await, page(&rig, 30, 30).await, page(&rig, 60, 30).await];
    assert_eq!(ids(&pages[0]).last(), ids(&pages[1]).first());
    assert_eq!(ids(&pages[1]).last(), ids(&pages[2]).first());
    assert_eq!(rig.all_ids(SHOP, 30).await, truth_ids(&rig).await);
}

#[tokio::test]
async fn a_dropped_row_makes_another_slip_away() {
    let rig = Rig::with_campaigns(60).await;
    let before = truth_ids(&rig).await;
    rig.behave(json!({"id_list_shift": "drop"})).await;
    let seen = rig.all_ids(SHOP, 30).await;
    // The first row is gone since, and the one that moved into its page was not seen.
    assert_eq!(seen.len(), 59);
    assert!(!seen.contains(&before[30]));
    assert_eq!(truth_ids(&rig).await, before[1..]);
    let reply = rig.get(SETTINGS, &format!("&info_type_list=1&campaign_id_list={}", before[0])).await;
    assert_eq!(reply.error(), "ads.shop.campaign_not_match");
}

#[tokio::test]
async fn an_inserted_row_makes_another_appear_twice() {
    let rig = Rig::with_campaigns(60).await;
    let before = truth_ids(&rig).await;
    rig.behave(json!({"id_list_shift": "insert"})).await;
    let first = page(&rig, 0, 30).await;
    let second = page(&rig, 30, 30).await;
    assert_eq!(ids(&first), before[..30]);
    assert_eq!(ids(&second), before[29..59]);
    assert_eq!(truth_ids(&rig).await.len(), 61);
}

#[tokio::test]
async fn the_end_may_be_hidden_and_empty_pages_differ() {
    let rig = Rig::with_campaigns(10).await;
    rig.behave(json!({"id_list_endless": true, "empty_campaign_list": "null"})).await;
    let end = page(&rig, 10, 10).await;
    assert_eq!((&end["has_next_page"], end.get("campaign_list")), (&json!(true), Some(&Value::Null)));
    assert_eq!(rig.all_ids(SHOP, 10).await.len(), 10);
    rig.behave(json!({"empty_campaign_list": "missing"})).await;
    assert_eq!(page(&rig, 10, 10).await.get("campaign_list"), None);
}

#[tokio::test]
async fn page_no_is_ignored_or_refused() {
    let rig = Rig::with_campaigns(10).await;
    let second = rig.get(LIST, "&limit=5&page_no=2").await;
    assert_eq!(ids(second.response()), ids(&page(&rig, 0, 5).await));
    rig.behave(json!({"ignore_page_no": false})).await;
    assert_eq!(rig.get(LIST, "&limit=5&page_no=2").await.error(), "error_param");
}
