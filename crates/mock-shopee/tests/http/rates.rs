//! Rate limits over HTTP, in every style. What depends on time is tested without a server.

use crate::caller::{BALANCE, PARTNER, Rig, SHOP, now_ms};
use serde_json::{Value, json};

/// Calls a second. The clock stands still, so no bucket fills again during a test.
const RATE: f64 = 1.0;

/// Calls until two have passed and one is refused; the answer to that one must be this.
async fn assert_refused(rig: &Rig, limit: &str, style: Value, status: u16, code: &str) {
    rig.behave(json!({"rate": {"per_shop": null, "per_app": null}})).await;
    rig.behave(style.clone()).await;
    rig.behave(json!({"rate": {limit: RATE, "burst": 2}, "retry_after_s": 12})).await;
    for _ in 0..2 {
        assert_eq!(rig.get(BALANCE, "").await.error(), "", "{style}");
    }
    let refused = rig.get(BALANCE, "").await;
    assert_eq!((refused.status, refused.error()), (status, code), "{style}");
    assert_eq!(refused.text.is_empty(), code == "(none)", "{style}");
    assert_eq!(refused.retry_after.as_deref() == Some("12"), status == 429, "{style}");
}

#[tokio::test]
async fn each_limit_refuses_in_its_style() {
    let rig = Rig::with_campaigns(1).await;
    for (style, status, code) in [
        ("empty_429", 429, "(none)"),
        ("shop_429", 429, "ads_rate_limit_shop_api"),
        ("shop_200", 200, "ads.rate_limit.exceed_shop_api"),
    ] {
        assert_refused(&rig, "per_shop", json!({"shop_refusal": style}), status, code).await;
    }
    for (style, status, code) in [
        ("empty_429", 429, "(none)"),
        ("total_403", 403, "ads_rate_limit_total_api"),
        ("partner_200", 200, "ads.rate_limit.exceed_partner_api"),
    ] {
        assert_refused(&rig, "per_app", json!({"app_refusal": style}), status, code).await;
    }
    let (_, shown) = rig.control(reqwest::Method::POST, "reset", &Value::Null).await;
    assert!(shown.is_null());
    let (_, shown) = rig.control(reqwest::Method::GET, "behaviour", &Value::Null).await;
    assert_eq!((&shown["shop_refusal"], &shown["app_refusal"]), (&json!("shop_429"), &json!("total_403")));
    assert_eq!(shown["lock"], json!({"after_refusals": null, "seconds": 300}));
}

#[tokio::test]
async fn shops_have_buckets_of_their_own_and_share_the_apps() {
    let rig = Rig::with_campaigns(1).await;
    rig.shop(5, "VN", 1).await;
    rig.behave(json!({"rate": {"per_shop": RATE, "burst": 1}})).await;
    assert_eq!(rig.get(BALANCE, "").await.status, 200);
    assert_eq!(rig.get(BALANCE, "").await.status, 429);
    assert_eq!(rig.get_for(5, BALANCE, "").await.status, 200);
    rig.behave(json!({"rate": {"per_shop": null, "per_app": RATE}})).await;
    assert_eq!(rig.get(BALANCE, "").await.status, 200);
    assert_eq!(rig.get_for(5, BALANCE, "").await.status, 403);
}

#[tokio::test]
async fn authorization_calls_count_for_the_app_alone() {
    let rig = Rig::with_campaigns(1).await;
    let body = json!({"refresh_token": "wrong", "partner_id": PARTNER, "shop_id": SHOP});
    rig.behave(json!({"rate": {"per_shop": RATE, "burst": 1}})).await;
    for _ in 0..3 {
        assert_eq!(rig.auth("access_token/get", &body).await.error(), "error_auth");
    }
    rig.behave(json!({"rate": {"per_shop": null, "per_app": RATE}})).await;
    assert_eq!(rig.auth("access_token/get", &body).await.error(), "error_auth");
    assert_eq!(rig.get(BALANCE, "").await.error(), "ads_rate_limit_total_api");
    assert_eq!(rig.auth("token/get", &body).await.error(), "ads_rate_limit_total_api");
}

#[tokio::test]
async fn calls_say_what_refused_them() {
    let rig = Rig::with_campaigns(1).await;
    let refused_by = async |behaviour: Value| {
        rig.behave(behaviour).await;
        let mut last = json!("(no call)");
        for _ in 0..2 {
            rig.get(BALANCE, "").await;
            last = rig.calls().await.last().unwrap()["refused_by"].clone();
        }
        last
    };
    assert_eq!(refused_by(json!({})).await, Value::Null);
    assert_eq!(refused_by(json!({"rate": {"per_shop": RATE, "burst": 1}})).await, "shop");
    assert_eq!(refused_by(json!({"rate": {"per_app": RATE}})).await, "app");
    assert_eq!(refused_by(json!({"rate": {"per_day": 1}})).await, "day");
    let locked = json!({"rate": {"per_day": null}, "lock": {"after_refusals": 1}});
    assert_eq!(refused_by(locked).await, "app");
    assert_eq!(refused_by(json!({})).await, "lock");
    // A changed lock is open.
    assert_eq!(
        refused_by(json!({"lock": {"after_refusals": null}, "rate": {"per_app": null}})).await,
        "shop"
    );
}

#[tokio::test]
async fn the_day_has_a_quota() {
    let rig = Rig::with_campaigns(1).await;
    rig.behave(json!({"rate": {"per_day": 2}})).await;
    for _ in 0..2 {
        assert_eq!(rig.get(BALANCE, "").await.error(), "");
    }
    assert_eq!(rig.get(BALANCE, "").await.error(), "error_limit");
}

#[tokio::test]
async fn a_bucket_fills_again() {
    let rig = Rig::with_campaigns(1).await;
    rig.behave(json!({"rate": {"per_shop": 20.0, "burst": 1}})).await;
    for (later_ms, status) in [(0, 200), (0, 429), (49, 429), (50, 200), (50, 429)] {
        rig.behave(json!({"clock_ms": now_ms() + later_ms})).await;
        assert_eq!(rig.get(BALANCE, "").await.status, status, "{later_ms}");
    }
}
