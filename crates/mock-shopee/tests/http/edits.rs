//! The edit endpoints: whose campaigns, of which kind, and how often.

use crate::caller::{EDIT_AUTO, EDIT_MANUAL, Reply, Rig, SETTINGS, SHOP};
use reqwest::Method;
use serde_json::{Value, json};

pub async fn post(rig: &Rig, endpoint: &str, body: &Value) -> Reply {
    Rig::send(rig.post_for(SHOP, endpoint, body)).await
}

/// A campaign of a kind, in a status.
pub async fn campaign(rig: &Rig, shop: u64, kind: &str, status: &str) -> i64 {
    let rows = rig.truth(shop, "campaigns").await;
    let id = rows.iter().find(|row| row["ad_type"] == kind).unwrap()["campaign_id"].as_i64().unwrap();
    set(rig, shop, json!({"campaign_id": id, "status": status, "budget": 77})).await;
    id
}

pub async fn set(rig: &Rig, shop: u64, change: Value) {
    let path = format!("shops/{shop}/campaigns");
    assert_eq!(rig.control(Method::POST, &path, &json!({"change": [change]})).await.0, 200);
}

pub fn budget(id: i64, reference_id: &str, budget: impl Into<Value>) -> Value {
    json!({"reference_id": reference_id, "campaign_id": id, "edit_action": "change_budget", "budget": budget.into()})
}

/// Budget and status as the platform shows them.
pub async fn shown(rig: &Rig, id: i64) -> (f64, String) {
    let rows = rig.get(SETTINGS, &format!("&info_type_list=1&campaign_id_list={id}")).await;
    let common = rows.rows("campaign_list")[0]["common_info"].clone();
    (common["campaign_budget"].as_f64().unwrap(), common["campaign_status"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn each_endpoint_edits_campaigns_of_its_kind() {
    let rig = Rig::with_campaigns(40).await;
    let manual = campaign(&rig, SHOP, "manual", "ongoing").await;
    let auto = campaign(&rig, SHOP, "auto", "ongoing").await;
    for (endpoint, good, bad, code) in [
        (EDIT_MANUAL, manual, auto, "ads.shop.campaign_not_match"),
        (EDIT_AUTO, auto, manual, "ads.campaign.not_auto_product"),
    ] {
        let reply = post(&rig, endpoint, &budget(good, endpoint, 45.5)).await;
        assert_eq!(reply.response(), &json!([{"campaign_id": good}]));
        assert_eq!(shown(&rig, good).await, (45.5, "ongoing".into()));
        let reply = post(&rig, endpoint, &budget(bad, "other", 45.5)).await;
        assert_eq!((reply.status, reply.error()), (200, code));
    }
    let truth = rig.truth(SHOP, "campaigns").await;
    let rows: Vec<_> = truth.iter().filter(|row| row["campaign_budget"] == 45.5).collect();
    assert_eq!(rows.len(), 2);
}

#[tokio::test]
async fn the_answer_may_be_an_object() {
    let rig = Rig::with_campaigns(9).await;
    let id = campaign(&rig, SHOP, "manual", "ongoing").await;
    rig.behave(json!({"edit_container": "object"})).await;
    assert_eq!(post(&rig, EDIT_MANUAL, &budget(id, "r", 0)).await.response(), &json!({"campaign_id": id}));
    assert_eq!(shown(&rig, id).await.0, 0.0);
}

#[tokio::test]
async fn foreign_campaigns_are_refused() {
    let rig = Rig::with_campaigns(9).await;
    rig.shop(5, "VN", 9).await;
    let foreign = campaign(&rig, 5, "manual", "ongoing").await;
    for id in [foreign, 1, 0, -1] {
        let reply = post(&rig, EDIT_MANUAL, &budget(id, "r", 45.5)).await;
        assert_eq!(reply.error(), "ads.shop.campaign_not_match", "{id}");
    }
}

#[tokio::test]
async fn a_reference_id_is_good_for_one_success_of_a_shop() {
    let rig = Rig::with_campaigns(9).await;
    rig.shop(5, "BR", 9).await;
    let id = campaign(&rig, SHOP, "manual", "ongoing").await;
    // A refused edit does not use it up.
    assert_ne!(post(&rig, EDIT_MANUAL, &budget(id, "r", 1)).await.error(), "");
    assert_eq!(post(&rig, EDIT_MANUAL, &budget(id, "r", 45.5)).await.error(), "");
    let again = post(&rig, EDIT_MANUAL, &budget(id, "r", 50)).await;
    assert_eq!(again.error(), "error_param");
    assert_eq!(again.json["message"], "Wrong parameters, detail: duplicate reference_id.");
    assert_eq!(shown(&rig, id).await.0, 45.5);
    let other = campaign(&rig, 5, "manual", "ongoing").await;
    let body = budget(other, "r", 50);
    assert_eq!(Rig::send(rig.post_for(5, EDIT_MANUAL, &body)).await.error(), "");
}

#[tokio::test]
async fn the_smallest_budget_can_be_asked_for() {
    let rig = Rig::with_campaigns(1).await;
    rig.shop(5, "VN", 1).await;
    let endpoint = "ads/get_create_product_ad_budget_suggestion";
    let query = "&reference_id=x&product_selection=manual&campaign_placement=all&bidding_method=auto";
    for (shop, recommended, least) in [(SHOP, 25, 10), (5, 250_000, 100_000)] {
        let reply = rig.get_for(shop, endpoint, query).await;
        let expected = json!({"recommended_budget": recommended, "min_budget": least,
            "max_budget": 9_999_999_999_i64});
        assert_eq!(reply.response()["budget"], expected);
    }
    for wrong in [query.replace("=all", "=none"), query.replace("&reference_id=x", "")] {
        assert_eq!(rig.get(endpoint, &wrong).await.error(), "error_param");
    }
}
