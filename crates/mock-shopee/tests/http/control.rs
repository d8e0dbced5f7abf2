//! The control API itself: bad input, the record of calls, reset, and stopping.

use crate::caller::{BALANCE, KEY, LIST, PARTNER, Rig, SETTINGS, SHOP, ids_of, joined};
use mock_shopee::{Config, Server};
use reqwest::Method;
use serde_json::{Value, json};

async fn refused(rig: &Rig, method: Method, path: &str, body: Value, field: &str) {
    let (status, answer) = rig.control(method, path, &body).await;
    assert_eq!(status, 400, "{path} {body}: {answer}");
    assert!(answer["error"].is_string());
    assert!(answer["message"].as_str().unwrap().contains(field), "{field}: {answer}");
}

#[tokio::test]
async fn bad_input_is_named() {
    let rig = Rig::with_campaigns(1).await;
    let shop = json!({"name": "", "region": "BR", "campaigns": 1, "seed": 1, "access_token": "a"});
    let with = |name: &str, value: Value| {
        let mut shop = shop.clone();
        shop[name] = value;
        shop
    };
    for (name, value) in [
        ("region", json!("XX")),
        ("campaigns", json!(200_001)),
        ("campaigns", json!("1")),
        ("seed", json!(-1)),
        ("access_token", json!("")),
        ("unknown", json!(1)),
    ] {
        refused(&rig, Method::PUT, "shops/9", with(name, value), name).await;
    }
    refused(&rig, Method::PUT, "shops/x", shop.clone(), "id").await;
    refused(&rig, Method::PUT, "shops/9", json!({}), "name").await;
    for (change, field) in [
        (json!({"page_limit_max": 0}), "page_limit_max"),
        (json!({"rate": {"per_shop": 0}}), "rate.per_shop"),
        (json!({"rate": {"per_week": 1}}), "per_week"),
        (json!({"shop_refusal": "total_403"}), "shop_refusal"),
        (json!({"app_refusal": "shop_429"}), "app_refusal"),
        (json!({"rate_limit_style": "empty_429"}), "rate_limit_style"),
        (json!({"lock": {"after_refusals": 0}}), "lock.after_refusals"),
        (json!({"lock": {"seconds": 0}}), "lock.seconds"),
        (json!({"latency_ms": {"mean": 1, "jitter": 2}}), "latency_ms.jitter"),
        (json!({"clock_ms": -1}), "clock_ms"),
        (json!({"unknown": 1}), "unknown"),
    ] {
        refused(&rig, Method::PUT, "behaviour", change, field).await;
    }
    for (fault, field) in [
        (json!({"kind": "status"}), "status"),
        (json!({"kind": "apply_then_status"}), "status"),
        (json!({"kind": "error"}), "code"),
        (json!({"kind": "none"}), "kind"),
        (json!({"kind": "drop", "probability": 2}), "probability"),
        (json!({"kind": "drop", "times": 0}), "times"),
        (json!({"kind": "drop", "times": 1, "probability": 0.5}), "times"),
        (json!({"kind": "drop", "match": {"endpoint": "ads/none"}}), "match.endpoint"),
        (json!({"kind": "drop", "match": {"campaign": 1}}), "match"),
    ] {
        refused(&rig, Method::POST, "faults", fault, field).await;
    }
    for (question, field) in [
        ("kind=none", "kind"),
        ("", "kind"),
        ("kind=daily", "from"),
        ("kind=daily&from=2026-01-02&to=2026-01-01", "to"),
    ] {
        let path = format!("shops/{SHOP}/truth?{question}");
        refused(&rig, Method::GET, &path, Value::Null, field).await;
    }
    refused(&rig, Method::POST, "codes", json!({"shops": []}), "shops").await;
    for consent in [
        json!({}),
        json!({"refuse": false}),
        json!({"shop_id": SHOP, "refuse": true}),
        json!({"main_account_id": 1}),
        json!({"main_account_id": 1, "shop_id": SHOP}),
    ] {
        refused(&rig, Method::PUT, "consent", consent, "shop_id alone").await;
    }
    refused(&rig, Method::PUT, "consent", json!({"main_account_id": 1, "shops": []}), "shops").await;
    refused(&rig, Method::PUT, "consent", json!({"shop_id": 9}), "there is no shop 9").await;
    refused(&rig, Method::GET, "calls?since=x", Value::Null, "since").await;
    assert_eq!(rig.control(Method::GET, "shops/9", &Value::Null).await.0, 404);
    assert_eq!(rig.control(Method::GET, "none", &Value::Null).await.0, 404);
}

#[tokio::test]
async fn behaviour_changes_in_part() {
    let rig = Rig::empty().await;
    rig.behave(json!({"rate": {"per_shop": 3, "burst": 5}})).await;
    rig.behave(json!({"rate": {"per_shop": null}, "page_limit_max": 10})).await;
    let (_, shown) = rig.control(Method::GET, "behaviour", &Value::Null).await;
    assert_eq!(shown["rate"], json!({"per_shop": null, "per_app": null, "per_day": null, "burst": 5}));
    assert_eq!(shown["page_limit_max"], 10);
    assert_eq!(shown["old_access_token_survives_refresh"], true);
}

/// A list, settings, a refused token and a connection that is cut; and the ids of the campaigns.
async fn called_four_times() -> (Rig, Vec<i64>) {
    let rig = Rig::with_campaigns(2).await;
    let ids = ids_of(&rig.get(LIST, "").await.rows("campaign_list"));
    rig.get(SETTINGS, &format!("&info_type_list=1&campaign_id_list={}", joined(&ids))).await;
    rig.get_with_token("unknown").await;
    rig.fault(json!({"kind": "drop"})).await;
    let path = Rig::signed(SHOP, BALANCE, "access-987654", "");
    assert!(rig.request(Method::GET, &path).send().await.is_err());
    (rig, ids)
}

#[tokio::test]
async fn calls_are_recorded_with_their_outcome() {
    let (rig, ids) = called_four_times().await;
    let calls = rig.calls().await;
    let shown: Vec<_> = calls
        .iter()
        .map(|call| {
            (call["n"].clone(), call["endpoint"].clone(), call["status"].clone(), call["error"].clone())
        })
        .collect();
    let expected = [
        (json!(1), json!(LIST), json!(200), json!("")),
        (json!(2), json!(SETTINGS), json!(200), json!("")),
        (json!(3), json!(BALANCE), json!(403), json!("invalid_acceess_token")),
        (json!(4), json!(BALANCE), json!(null), json!("drop")),
    ];
    assert_eq!(shown, expected);
    assert_eq!((&calls[1]["ids"], &calls[1]["shop"]), (&json!(ids), &json!(SHOP)));
    assert_eq!((&calls[1]["in_flight"], calls[1]["duration_ms"].is_u64()), (&json!(1), true));
}

#[tokio::test]
async fn recorded_calls_are_filtered_by_number_and_shop() {
    let (rig, _) = called_four_times().await;
    let (_, later) = rig.control(Method::GET, "calls?since=2&shop=987654", &Value::Null).await;
    assert_eq!(later.as_array().unwrap().len(), 2);
    let (_, none) = rig.control(Method::GET, "calls?shop=1", &Value::Null).await;
    assert_eq!(none, json!([]));
}

#[tokio::test]
async fn recorded_calls_can_be_deleted() {
    let (rig, _) = called_four_times().await;
    assert_eq!(rig.control(Method::DELETE, "calls", &Value::Null).await.0, 204);
    assert!(rig.calls().await.is_empty());
}

#[tokio::test]
async fn calls_in_flight_are_counted() {
    let rig = Rig::with_campaigns(1).await;
    rig.fault(json!({"kind": "timeout", "times": 3})).await;
    let path = Rig::signed(SHOP, BALANCE, "access-987654", "");
    let held: Vec<_> = (0..3).map(|_| tokio::spawn(rig.request(Method::GET, &path).send())).collect();
    while rig.calls().await.len() < 3 {
        tokio::task::yield_now().await;
    }
    rig.get_with_token("access-987654").await;
    let calls = rig.calls().await;
    let counts: Vec<_> = calls.iter().map(|call| call["in_flight"].as_u64().unwrap()).collect();
    assert_eq!(counts, [1, 2, 3, 4]);
    assert!(calls[0]["status"].is_null() && calls[0]["duration_ms"].is_null());
    held.iter().for_each(tokio::task::JoinHandle::abort);
    // A caller that leaves ends its call.
    while rig.calls().await[..3].iter().any(|call| call["duration_ms"].is_null()) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn reset_forgets_everything() {
    let rig = Rig::with_campaigns(1).await;
    rig.behave(json!({"page_limit_max": 3})).await;
    rig.fault(json!({"kind": "drop"})).await;
    rig.get_with_token("unknown").await;
    assert_eq!(rig.control(Method::POST, "reset", &Value::Null).await.0, 204);
    assert_eq!(rig.control(Method::GET, "shops/987654", &Value::Null).await.0, 404);
    assert_eq!(rig.control(Method::GET, "faults", &Value::Null).await.1, json!([]));
    assert_eq!(rig.control(Method::GET, "behaviour", &Value::Null).await.1["page_limit_max"], 5_000);
    assert!(rig.calls().await.is_empty());
    assert_eq!(rig.get(BALANCE, "").await.error(), "invalid_acceess_token");
}

#[tokio::test]
async fn shops_are_shown_without_secrets() {
    let rig = Rig::with_campaigns(3).await;
    let (_, shop) = rig.control(Method::GET, "shops/987654", &Value::Null).await;
    let shown =
        json!({"id": SHOP, "name": "Loja", "region": "BR", "campaigns": 3, "seed": 7, "linked": true});
    assert_eq!(shop, shown);
    let info = rig.get("shop/get_shop_info", "").await.json;
    assert_eq!(
        (&info["shop_name"], &info["region"], &info["error"]),
        (&json!("Loja"), &json!("BR"), &json!(""))
    );
    assert!(info.get("response").is_none() && info.get("shop_id").is_none());
    assert!(!format!("{:?}", Config { partner_key: KEY.into(), ..Config::default() }).contains(KEY));
}

#[tokio::test]
async fn a_stopped_server_is_gone() {
    let start = async |port| {
        let config = Config { port, partner_id: PARTNER, partner_key: KEY.into(), ..Config::default() };
        Server::start(config).await
    };
    let server = start(0).await.unwrap();
    let url = format!("{}/_mock/behaviour", server.url());
    let port = server.url().rsplit(':').next().unwrap().parse().unwrap();
    assert_eq!(reqwest::get(&url).await.unwrap().status(), 200);
    let taken = start(port).await.unwrap_err();
    assert!(taken.to_string().contains(&port.to_string()), "{taken}");
    server.stop().await;
    assert!(reqwest::get(&url).await.is_err());
    let wrong = Server::start(Config { partner_key: String::new(), ..Config::default() }).await.unwrap_err();
    assert!(wrong.to_string().contains("partner_key"));
    let wrong = Server::start(Config { clock_ms: Some(-1), ..Config::default() }).await.unwrap_err();
    assert!(wrong.to_string().contains("clock_ms"));
}
