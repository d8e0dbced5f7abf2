//! What is remembered of edits, when reads show them, and what goes wrong between caller and platform.

use crate::caller::{EDIT_AUTO, EDIT_MANUAL, Rig, SHOP};
use crate::edits::{budget, campaign, post, shown};
use reqwest::Method;
use serde_json::{Value, json};

async fn edits(rig: &Rig) -> Vec<Value> {
    let (status, edits) = rig.control(Method::GET, &format!("shops/{SHOP}/edits"), &Value::Null).await;
    assert_eq!(status, 200, "{edits}");
    edits.as_array().unwrap().clone()
}

#[tokio::test]
async fn accepted_edits_are_remembered() {
    let rig = Rig::with_campaigns(40).await;
    let manual = campaign(&rig, SHOP, "manual", "ongoing").await;
    let auto = campaign(&rig, SHOP, "auto", "ongoing").await;
    assert_eq!(edits(&rig).await, Vec::<Value>::new());
    post(&rig, EDIT_MANUAL, &budget(manual, "a", 45.5)).await;
    post(&rig, EDIT_MANUAL, &budget(manual, "a", 50)).await;
    post(&rig, EDIT_MANUAL, &budget(manual, "b", 1)).await;
    let pause = json!({"reference_id": "c", "campaign_id": auto, "edit_action": "pause"});
    post(&rig, EDIT_AUTO, &pause).await;
    let mut edits = edits(&rig).await;
    for edit in &mut edits {
        assert!(edit.as_object_mut().unwrap().remove("at_ms").unwrap().as_i64().unwrap() > 0);
    }
    let (seventy_seven, changed) =
        (json!({"budget": 77.0, "status": "ongoing"}), json!({"budget": 45.5, "status": "ongoing"}));
    let expected = [
        json!({"shop": SHOP, "campaign_id": manual, "endpoint": EDIT_MANUAL, "action": "change_budget",
            "reference_id": "a", "old": seventy_seven, "new": changed}),
        json!({"shop": SHOP, "campaign_id": auto, "endpoint": EDIT_AUTO, "action": "pause",
            "reference_id": "c", "old": seventy_seven, "new": {"budget": 77.0, "status": "paused"}}),
    ];
    assert_eq!(edits, expected);
}

#[tokio::test]
async fn a_new_shop_has_no_edits_and_a_missing_one_is_not_found() {
    let rig = Rig::with_campaigns(9).await;
    let id = campaign(&rig, SHOP, "manual", "ongoing").await;
    post(&rig, EDIT_MANUAL, &budget(id, "a", 45.5)).await;
    assert_eq!(edits(&rig).await.len(), 1);
    rig.shop(SHOP, "BR", 9).await;
    assert_eq!(edits(&rig).await.len(), 0);
    let id = campaign(&rig, SHOP, "manual", "ongoing").await;
    assert_eq!(post(&rig, EDIT_MANUAL, &budget(id, "a", 45.5)).await.error(), "");
    assert_eq!(rig.control(Method::GET, "shops/9/edits", &Value::Null).await.0, 404);
    assert_eq!(rig.control(Method::GET, "shops/x/edits", &Value::Null).await.0, 400);
}

#[tokio::test]
async fn reads_may_lag_behind() {
    let rig = Rig::with_campaigns(9).await;
    let id = campaign(&rig, SHOP, "manual", "ongoing").await;
    let (status, answer) =
        rig.control(Method::PUT, "behaviour", &json!({"read_after_write_lag_ms": 600_001})).await;
    assert_eq!((status, answer["message"].to_string().contains("read_after_write_lag_ms")), (400, true));
    rig.behave(json!({"read_after_write_lag_ms": 600_000})).await;
    post(&rig, EDIT_MANUAL, &budget(id, "a", 45.5)).await;
    assert_eq!(shown(&rig, id).await.0, 77.0);
    let truth = rig.truth(SHOP, "campaigns").await;
    let row = truth.iter().find(|row| row["campaign_id"] == id).unwrap();
    assert_eq!(row["campaign_budget"], 45.5);
    assert_eq!(edits(&rig).await[0]["new"]["budget"], 45.5);
}

#[tokio::test]
async fn an_edit_that_gets_no_answer_was_done_or_not() {
    let rig = Rig::with_campaigns(9).await;
    let id = campaign(&rig, SHOP, "manual", "ongoing").await;
    for (number, (kind, done)) in [
        ("status", false),
        ("timeout", false),
        ("drop", false),
        ("html", false),
        ("apply_then_status", true),
        ("apply_then_timeout", true),
        ("truncated", true),
    ]
    .into_iter()
    .enumerate()
    {
        rig.fault(json!({"kind": kind, "status": 502, "hold_ms": 1, "times": 1,
            "match": {"endpoint": "edit_manual_product_ads", "ids": [id]}}))
            .await;
        let wanted = 100.0 + number as f64;
        let body = budget(id, kind, wanted);
        let answer = rig.post_for(SHOP, EDIT_MANUAL, &body).send().await;
        let read = match answer.and_then(reqwest::Response::error_for_status) {
            Ok(response) => response.text().await.is_ok(),
            Err(_) => false,
        };
        assert!(!read, "{kind}");
        assert_eq!(shown(&rig, id).await.0 == wanted, done, "{kind}");
        assert_eq!(edits(&rig).await.iter().any(|edit| edit["reference_id"] == kind), done, "{kind}");
        // The reference id is used up by what was done, and by nothing else.
        let code = if done { "error_param" } else { "" };
        assert_eq!(post(&rig, EDIT_MANUAL, &body).await.error(), code, "{kind}");
    }
}

#[tokio::test]
async fn calls_count_and_name_their_campaign() {
    let rig = Rig::with_campaigns(9).await;
    let id = campaign(&rig, SHOP, "manual", "ongoing").await;
    rig.behave(json!({"rate": {"per_shop": 0.001, "burst": 1}})).await;
    assert_eq!(post(&rig, EDIT_MANUAL, &budget(id, "a", 45.5)).await.error(), "");
    let refused = post(&rig, EDIT_MANUAL, &budget(id, "b", 50)).await;
    assert_eq!((refused.status, refused.error()), (429, "ads_rate_limit_shop_api"));
    let calls = rig.calls().await;
    assert_eq!((&calls[0]["endpoint"], &calls[0]["ids"]), (&json!(EDIT_MANUAL), &json!([id])));
    assert_eq!(calls[1]["refused_by"], "shop");
    assert_eq!(edits(&rig).await.len(), 1);
}
