//! Rate limits, in every style.

use crate::caller::{BALANCE, Rig};
use serde_json::json;

/// So slow that no bucket fills again during a test.
const SLOW: f64 = 0.000_1;

#[tokio::test]
async fn five_styles() {
    let cases = [
        ("empty429", 429, "(none)"),
        ("shop429", 429, "ads_rate_limit_shop_api"),
        ("total403", 403, "ads_rate_limit_total_api"),
        ("shop200", 200, "ads.rate_limit.exceed_shop_api"),
        ("daily_limit", 200, "error_limit"),
    ];
    let rig = Rig::with_campaigns(1).await;
    for (style, status, code) in cases {
        rig.behave(json!({"rate": {"per_shop": null}})).await;
        rig.behave(
            json!({"rate": {"per_shop": SLOW, "burst": 2}, "rate_limit_style": style, "retry_after_s": 12}),
        )
        .await;
        for _ in 0..2 {
            assert_eq!(rig.get(BALANCE, "").await.error(), "");
        }
        let refused = rig.get(BALANCE, "").await;
        assert_eq!((refused.status, refused.error()), (status, code), "{style}");
        assert_eq!(refused.text.is_empty(), style == "empty429");
        assert_eq!(refused.retry_after.as_deref() == Some("12"), status == 429);
    }
}

#[tokio::test]
async fn shops_have_buckets_of_their_own_and_share_the_apps() {
    let rig = Rig::with_campaigns(1).await;
    rig.shop(5, "VN", 1).await;
    rig.behave(json!({"rate": {"per_shop": SLOW, "burst": 1}})).await;
    assert_eq!(rig.get(BALANCE, "").await.status, 200);
    assert_eq!(rig.get(BALANCE, "").await.status, 429);
    assert_eq!(rig.get_for(5, BALANCE, "").await.status, 200);
    rig.behave(json!({"rate": {"per_shop": null, "per_app": SLOW}})).await;
    assert_eq!(rig.get(BALANCE, "").await.status, 200);
    assert_eq!(rig.get_for(5, BALANCE, "").await.status, 429);
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
    let mut refused = 0;
    assert_eq!(rig.get(BALANCE, "").await.status, 200);
    while rig.get(BALANCE, "").await.status == 429 {
        refused += 1;
    }
    assert!(refused > 0);
}
