//! Paging through the ids, and every way in which the list is known to misbehave.

use crate::caller::{Call, Mock, SHOP, ids_of};
use serde_json::{Value, json};
use std::collections::HashSet;

const PATH: &str = "ads/get_product_level_campaign_id_list";

fn page(offset: usize, limit: usize) -> Call {
    Call::new(PATH).with("ad_type", "all").with("offset", offset).with("limit", limit)
}

/// Pages to the end, as clients do; no further than `most` pages.
async fn walk(mock: &Mock, limit: usize, most: usize) -> Vec<Vec<i64>> {
    let mut pages: Vec<Vec<i64>> = Vec::new();
    while pages.len() < most {
        let offset = pages.iter().map(Vec::len).sum();
        let reply = mock.call(page(offset, limit)).await;
        pages.push(ids_of(reply.response()));
        if reply.response()["has_next_page"] == false {
            break;
        }
    }
    pages
}

#[tokio::test]
async fn pages_join_to_the_whole_list() {
    let mock = Mock::with_campaigns(250).await;
    let all = mock.ids().await;
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 250);
    assert!(all.iter().any(|id| *id > 1 << 31) && all.iter().any(|id| *id < 1 << 31));
    let pages = walk(&mock, 100, 9).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [100, 100, 50]);
    assert_eq!(pages.concat(), all);
    let reply = mock.call(page(0, 1)).await;
    assert_eq!((&reply.response()["shop_id"], &reply.response()["region"]), (&json!(SHOP), &json!("BR")));
}

#[tokio::test]
async fn a_page_that_ends_with_the_list_is_the_last() {
    let mock = Mock::with_campaigns(200).await;
    assert_eq!(walk(&mock, 100, 9).await.len(), 2);
    let beyond = mock.call(page(200, 100)).await;
    assert_eq!(beyond.response()["campaign_list"], json!([]));
    assert_eq!(beyond.response()["has_next_page"], false);
}

#[tokio::test]
async fn ad_types_divide_the_list() {
    let mock = Mock::with_campaigns(100).await;
    let mut parts = Vec::new();
    for kind in ["auto", "manual"] {
        let reply = mock.call(Call::new(PATH).with("ad_type", kind)).await;
        let rows = reply.response()["campaign_list"].as_array().expect("a list").clone();
        assert!(!rows.is_empty() && rows.iter().all(|row| row["ad_type"] == kind));
        parts.extend(ids_of(reply.response()));
    }
    let (parts, all): (HashSet<_>, HashSet<_>) =
        (parts.into_iter().collect(), mock.ids().await.into_iter().collect());
    assert_eq!(parts, all);
    assert_eq!(mock.call(Call::new(PATH).with("ad_type", "other")).await.error(), "error_param");
}

#[tokio::test]
async fn wrong_paging_is_refused_and_unknown_paging_ignored() {
    let mock = Mock::with_campaigns(3).await;
    for (name, value) in [("offset", "-1"), ("offset", "x"), ("limit", "0"), ("limit", "x")] {
        assert_eq!(
            mock.call(Call::new(PATH).with(name, value)).await.error(),
            "error_param",
            "{name}={value}"
        );
    }
    let paged = Call::new(PATH).with("page_no", 2).with("page_size", 1);
    assert_eq!(ids_of(mock.call(paged.clone()).await.response()).len(), 3);
    mock.behaviour(json!({ "ignore_page_no": false })).await;
    assert_eq!(mock.call(paged).await.error(), "error_param");
}

#[tokio::test]
async fn large_limits_are_cut_down() {
    let mock = Mock::with_campaigns(30).await;
    mock.behaviour(json!({ "page_limit_max": 10 })).await;
    let reply = mock.call(page(0, 5_000)).await;
    assert_eq!(ids_of(reply.response()).len(), 10);
    assert_eq!(reply.response()["has_next_page"], true);
    assert_eq!(walk(&mock, 5_000, 9).await.len(), 3);
}

#[tokio::test]
async fn duplicates_repeat_rows_and_lose_none() {
    let mock = Mock::with_campaigns(30).await;
    let all = mock.ids().await;
    mock.behaviour(json!({ "id_list_duplicates": true })).await;
    let pages = walk(&mock, 10, 9).await;
    assert_eq!(pages[0].last(), pages[1].first());
    let rows = pages.concat();
    assert!(rows.len() > all.len());
    assert_eq!(rows.iter().collect::<HashSet<_>>(), all.iter().collect());
}

#[tokio::test]
async fn a_list_that_drops_rows_hides_one_at_each_page() {
    let mock = Mock::with_campaigns(30).await;
    let all = mock.ids().await;
    mock.behaviour(json!({ "id_list_shift": "drop" })).await;
    let pages = walk(&mock, 10, 9).await;
    assert_eq!(pages[0], all[..10]);
    assert_eq!(pages[1], all[11..21], "the row before slipped to the page that was read already");
}

#[tokio::test]
async fn a_list_that_grows_in_front_shows_rows_twice() {
    let mock = Mock::with_campaigns(30).await;
    let all = mock.ids().await;
    mock.behaviour(json!({ "id_list_shift": "insert" })).await;
    let pages = walk(&mock, 10, 9).await;
    assert_eq!(pages[1][0], all[9]);
    let seen: HashSet<_> = pages.concat().into_iter().collect();
    assert!(all.iter().all(|id| seen.contains(id)));
}

#[tokio::test]
async fn an_endless_list_goes_on_with_empty_pages() {
    let mock = Mock::with_campaigns(10).await;
    mock.behaviour(json!({ "id_list_endless": true })).await;
    let pages = walk(&mock, 10, 5).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [10, 0, 0, 0, 0]);
}

#[tokio::test]
async fn an_empty_list_has_three_spellings() {
    let mock = Mock::with_campaigns(0).await;
    for (spelling, shown) in [("array", Some(json!([]))), ("null", Some(Value::Null)), ("missing", None)] {
        mock.behaviour(json!({ "empty_campaign_list": spelling })).await;
        let reply = mock.call(page(0, 10)).await;
        assert_eq!(reply.response().get("campaign_list"), shown.as_ref(), "{spelling}");
        assert_eq!(reply.response()["has_next_page"], false);
    }
}
