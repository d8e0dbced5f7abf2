//! Faults of each kind, and which calls they hit.

use crate::caller::{BALANCE, DAILY, PARTNER, Rig, SETTINGS, SHOP, joined};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

async fn raw(rig: &Rig) -> reqwest::Result<reqwest::Response> {
    let path = Rig::signed(SHOP, BALANCE, "access-987654", "");
    rig.request(Method::GET, &path).send().await
}

#[tokio::test]
async fn status_error_and_html() {
    let rig = Rig::with_campaigns(1).await;
    rig.fault(json!({"kind": "status", "status": 503, "times": 1})).await;
    rig.fault(json!({"kind": "error", "code": "error_server", "message": "Try later.", "times": 1})).await;
    rig.fault(json!({"kind": "error", "code": "error_inner", "status": 500, "times": 1})).await;
    rig.fault(json!({"kind": "html", "times": 1})).await;
    let status = rig.get(BALANCE, "").await;
    assert_eq!((status.status, status.text.as_str()), (503, ""));
    let error = rig.get(BALANCE, "").await;
    assert_eq!(
        (error.status, error.error(), &error.json["message"]),
        (200, "error_server", &json!("Try later."))
    );
    let inner = rig.get(BALANCE, "").await;
    assert_eq!((inner.status, inner.error()), (500, "error_inner"));
    let html = rig.get(BALANCE, "").await;
    assert_eq!((html.status, html.json.is_null(), html.text.starts_with("<html>")), (502, true, true));
    assert_eq!(rig.get(BALANCE, "").await.error(), "");
}

#[tokio::test]
async fn a_redirect_keeps_path_and_query() {
    let rig = Rig::with_campaigns(1).await;
    rig.fault(json!({"kind": "status", "status": 307, "location": "http://elsewhere.test:1"})).await;
    let path = Rig::signed(SHOP, BALANCE, "access-987654", "");
    let answer = Rig::send(rig.request(Method::GET, &path)).await;
    assert_eq!(answer.status, 307);
    assert_eq!(answer.location, Some(format!("http://elsewhere.test:1{path}")));
}

#[tokio::test]
async fn connections_break() {
    let rig = Rig::with_campaigns(1).await;
    rig.fault(json!({"kind": "drop", "times": 1})).await;
    let dropped = raw(&rig).await.unwrap_err();
    assert!(!dropped.is_timeout() && dropped.status().is_none(), "{dropped}");
    rig.fault(json!({"kind": "truncated", "times": 1})).await;
    let half = raw(&rig).await.unwrap();
    assert_eq!(half.status(), 200);
    assert!(half.content_length().unwrap() > 0);
    assert!(half.text().await.is_err());
    assert_eq!(raw(&rig).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_held_call_times_out() {
    let rig = Rig::with_campaigns(1).await;
    rig.fault(json!({"kind": "timeout", "times": 1})).await;
    let path = Rig::signed(SHOP, BALANCE, "access-987654", "");
    let request = rig.request(Method::GET, &path).timeout(Duration::from_millis(200));
    assert!(request.send().await.unwrap_err().is_timeout());
    rig.fault(json!({"kind": "timeout", "hold_ms": 1, "times": 1})).await;
    assert!(!raw(&rig).await.unwrap_err().is_timeout());
}

async fn refresh(rig: &Rig, body: &Value) -> reqwest::Result<String> {
    let (path, now) = ("/api/v2/auth/access_token/get", crate::caller::now_s());
    let sign = crate::caller::sign(crate::caller::KEY, &format!("{PARTNER}{path}{now}"));
    let url = format!("{path}?partner_id={PARTNER}&timestamp={now}&sign={sign}");
    rig.request(Method::POST, &url).json(body).send().await?.error_for_status()?.text().await
}

#[tokio::test]
async fn a_call_may_be_served_without_an_answer() {
    let rig = Rig::with_campaigns(1).await;
    let body = json!({"refresh_token": "refresh-987654", "partner_id": PARTNER, "shop_id": SHOP});
    // Nothing is done where the call only hangs, is dropped, or is refused.
    for kind in ["timeout", "drop", "html", "status"] {
        rig.fault(json!({"kind": kind, "hold_ms": 1, "status": 502, "times": 1})).await;
        assert!(refresh(&rig, &body).await.is_err(), "{kind}");
    }
    for kind in ["apply_then_timeout", "truncated", "apply_then_status"] {
        rig.shop(SHOP, "BR", 1).await;
        let fault = json!({"kind": kind, "hold_ms": 1, "status": 504, "times": 1,
            "match": {"endpoint": "access_token/get", "shop": SHOP}});
        rig.fault(fault).await;
        assert!(refresh(&rig, &body).await.is_err(), "{kind}");
        assert_eq!(rig.auth("access_token/get", &body).await.error(), "error_auth", "{kind}");
    }
}

#[tokio::test]
async fn a_status_may_follow_what_was_done() {
    let rig = Rig::with_campaigns(1).await;
    rig.fault(json!({"kind": "apply_then_status", "status": 504, "times": 1})).await;
    let reply = rig.get(BALANCE, "").await;
    assert_eq!((reply.status, reply.text.as_str()), (504, ""));
    assert_eq!(rig.calls().await[0]["status"], 504);
}

#[tokio::test]
async fn faults_hit_what_they_match() {
    let rig = Rig::with_campaigns(3).await;
    rig.shop(5, "VN", 1).await;
    let ids = rig.all_ids(SHOP, 10).await;
    let setting = async |ids: &[i64]| {
        let query = format!("&info_type_list=1&campaign_id_list={}", joined(ids));
        rig.get(SETTINGS, &query).await.error().to_owned()
    };
    rig.fault(json!({"kind": "error", "code": "by_id", "match": {"endpoint": SETTINGS, "ids": [ids[1]]}}))
        .await;
    rig.fault(json!({"kind": "error", "code": "by_shop", "match": {"shop": 5}})).await;
    rig.fault(json!({"kind": "error", "code": "by_name", "match": {"endpoint": "get_total_balance"}})).await;
    assert_eq!(setting(&ids).await, "by_id");
    assert_eq!(setting(&ids[..1]).await, "");
    assert_eq!(rig.get_for(5, BALANCE, "").await.error(), "by_shop");
    assert_eq!(rig.get(BALANCE, "").await.error(), "by_name");
    assert_eq!(rig.get(DAILY, "").await.error(), "error_param");
    let (_, list) = rig.control(Method::GET, "faults", &Value::Null).await;
    let hits: Vec<_> = list.as_array().unwrap().iter().map(|fault| fault["hits"].clone()).collect();
    assert_eq!(hits, [1, 1, 1]);
    assert_eq!(rig.control(Method::DELETE, "faults", &Value::Null).await.0, 204);
    assert_eq!(setting(&ids).await, "");
}

#[tokio::test]
async fn chance_hits_some() {
    let rig = Rig::with_campaigns(1).await;
    rig.fault(json!({"kind": "status", "status": 500, "probability": 0.5})).await;
    let mut hits = 0;
    for _ in 0..60 {
        hits += u32::from(rig.get(BALANCE, "").await.status == 500);
    }
    assert!((10..50).contains(&hits), "{hits}");
}

#[tokio::test]
async fn answers_drift_from_the_documentation() {
    let rig = Rig::with_campaigns(3).await;
    let ids = rig.all_ids(SHOP, 3).await;
    let query = format!("&info_type_list=1&campaign_id_list={}", joined(&ids));
    let fault = json!({ "match": { "endpoint": "get_product_level_campaign_setting_info", "ids": [ids[1]] },
                        "kind": "drift", "beside": "campaign_budget", "field": "campaign_budget", "value": "much" });
    rig.fault(fault).await;
    let rows = rig.get(SETTINGS, &query).await.rows("campaign_list");
    let odd: Vec<_> = rows.iter().filter(|row| row["common_info"]["campaign_budget"] == "much").collect();
    assert_eq!(odd.len(), 1);
    assert_eq!(odd[0]["campaign_id"], ids[1]);
    rig.control(Method::DELETE, "faults", &Value::Null).await;
    rig.fault(json!({ "kind": "drift", "beside": "campaign_id", "field": "common_info" })).await;
    let rows = rig.get(SETTINGS, &query).await.rows("campaign_list");
    assert!(rows.len() == 3 && rows.iter().all(|row| row.get("common_info").is_none()));
    let (status, answer) =
        rig.control(Method::POST, "faults", &json!({ "kind": "drift", "field": "x" })).await;
    assert!(status == 400 && answer.to_string().contains("beside"), "{status} {answer}");
}

#[tokio::test]
async fn an_answer_leaves_a_campaign_out_and_may_warn_of_it() {
    let rig = Rig::with_campaigns(3).await;
    let ids = rig.all_ids(SHOP, 3).await;
    let query = format!("&info_type_list=1&campaign_id_list={}", joined(&ids));
    let fault = |more: Value| {
        let mut fault = json!({ "kind": "leave_out", "times": 1,
                                "match": { "endpoint": "get_product_level_campaign_setting_info", "ids": [ids[1]] } });
        fault.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fault
    };
    for (more, warning) in [(json!({}), None), (json!({ "message": "Some failed." }), Some("Some failed."))] {
        rig.fault(fault(more)).await;
        let answer = rig.get(SETTINGS, &query).await;
        let left: Vec<_> =
            answer.rows("campaign_list").iter().map(|row| row["campaign_id"].clone()).collect();
        assert_eq!(left, [ids[0], ids[2]]);
        assert!(answer.error().is_empty(), "{}", answer.json);
        let told = answer.json["warning"].as_str().filter(|text| !text.is_empty());
        assert_eq!(told, warning);
    }
    assert_eq!(rig.get(SETTINGS, &query).await.rows("campaign_list").len(), 3);
}
