//! What is refused before a call is looked at, how, and what comes first.

use crate::caller::{Call, KEY, Mock, PARTNER, SHOP, TOKEN, now_s, sign};
use serde_json::json;

const BALANCE: &str = "ads/get_total_balance";

/// Computed with another implementation of HMAC-SHA256.
#[test]
fn the_signer_of_these_tests_signs_as_the_platform_does() {
    let access = "acc_token_abc";
    let vectors = [
        (
            "/api/v2/auth/token/get",
            String::new(),
            "14c499be133a5bd0867c9eabc00bc43e84a14246b356705dccab8babc4989adb",
        ),
        (
            "/api/v2/ads/get_total_balance",
            format!("{access}987654"),
            "decfe8432f9c1e89ee7755334c764ca34adc70d7789cea50ff8cf3fab0e2333d",
        ),
        (
            "/api/v2/ads/edit_manual_product_ads",
            format!("{access}987654"),
            "305a28f7159a94437f04c2013c14be1eb12e2b1499d846f2d62c303b9cce4f5b",
        ),
        (
            "/api/v2/merchant/get_merchant_info",
            format!("{access}55501"),
            "edfd84233ba778687b73d32e41c6acb70fea78898c3795f2a32fbd5c031c658a",
        ),
    ];
    for (path, rest, signature) in vectors {
        assert_eq!(sign(KEY, &format!("2001234{path}1700000000{rest}")), signature, "{path}");
    }
}

#[tokio::test]
async fn a_correct_call_is_served_and_each_missing_parameter_refused() {
    let mock = Mock::with_campaigns(0).await;
    let balance = mock.call(Call::new(BALANCE)).await;
    assert!(balance.response()["total_balance"].is_number() && balance.response()["data_timestamp"].is_i64());
    assert!(balance.body["request_id"].as_str().is_some_and(|id| !id.is_empty()));
    for (name, message) in [
        ("partner_id", "There is no partner_id in query."),
        ("timestamp", "no timestamp"),
        ("access_token", "There is no access_token in query."),
        ("shop_id", "There is no shop_id in query."),
    ] {
        let reply = mock.call(Call::new(BALANCE).without(name)).await;
        assert_eq!(reply.refusal(), (200, "error_param", message), "{name}");
    }
    let unsigned = format!(
        "{}/api/v2/{BALANCE}?partner_id={PARTNER}&timestamp={}&access_token={TOKEN}&shop_id={SHOP}",
        mock.server.url(),
        now_s()
    );
    let text = mock.http.get(unsigned).send().await.expect("an answer").text().await.expect("a body");
    assert!(text.contains("There is no sign in query."), "{text}");
}

/// Each step has all the later faults too, and none of the earlier ones.
#[tokio::test]
async fn the_first_fault_in_the_order_of_checks_decides() {
    let mock = Mock::with_campaigns(0).await;
    mock.put_shop(SHOP + 1, json!({ "linked": false, "access_token": "unlinked" })).await;
    let worst = Call::new("ads/no_such_endpoint")
        .without("sign")
        .with("timestamp", now_s() - 400)
        .with("partner_id", PARTNER + 1)
        .with("shop_id", SHOP + 1)
        .with("access_token", "wrong");
    let worst = Call { base: Some("something else".into()), method: reqwest::Method::POST, ..worst };
    let steps = [
        (worst.clone().without("shop_id"), 200, "error_param", "There is no shop_id in query."),
        (worst.clone(), 200, "error_param", "Timestamp is expired."),
        (worst.clone().with("timestamp", now_s() + 400), 200, "error_param", "Timestamp is expired."),
    ];
    let worst = worst.with("timestamp", now_s());
    let unknown = worst.clone();
    let worst = worst.with("partner_id", PARTNER);
    let unsigned = worst.clone();
    let worst = Call { base: None, ..worst };
    let bad_token = worst.clone();
    let worst = worst.with("access_token", "unlinked");
    let unlinked = worst.clone();
    let linked = worst.with("access_token", TOKEN).with("shop_id", SHOP);
    let wrong_verb = Call { path: format!("/api/v2/{BALANCE}"), ..linked.clone() };
    let later = [
        (unknown, 200, "invalid_partner_id", "Invalid partner_id, please have a check."),
        (unsigned, 403, "error_sign", "Wrong sign."),
        (bad_token, 403, "invalid_acceess_token", "Invalid access_token, please have a check."),
        (unlinked, 200, "shop_no_linked", "Partner and shop has no linked."),
    ];
    for (call, status, code, message) in steps.into_iter().chain(later) {
        assert_eq!(mock.call(call).await.refusal(), (status, code, message));
    }
    assert_eq!(mock.call(wrong_verb).await.error(), "ads.api.http_method_not_allowed");
    let lost = mock.call(linked).await;
    assert_eq!((lost.status, lost.text.as_str()), (404, r#"{"error":"error_not_found"}"#));
}

#[tokio::test]
async fn the_time_may_be_off_by_less_than_five_minutes_either_way() {
    let mock = Mock::with_campaigns(0).await;
    for offset in [-290, 290] {
        assert_eq!(mock.call(Call::new(BALANCE).with("timestamp", now_s() + offset)).await.error(), "");
    }
    for offset in [-310, 310] {
        let reply = mock.call(Call::new(BALANCE).with("timestamp", now_s() + offset)).await;
        assert_eq!(reply.refusal(), (200, "error_param", "Timestamp is expired."));
    }
}

#[tokio::test]
async fn numbers_must_fit_32_bits() {
    let mock = Mock::with_campaigns(0).await;
    for (name, shown) in [("partner_id", "Partner_id"), ("timestamp", "Timestamp"), ("shop_id", "shop_id")] {
        for value in ["abc", "-1", "4294967296"] {
            let reply = mock.call(Call::new(BALANCE).with(name, value)).await;
            assert_eq!(reply.error(), "error_param");
            assert!(reply.text.contains(&format!("{shown} is invalid")), "{}", reply.text);
        }
    }
}

#[tokio::test]
async fn a_token_serves_its_own_shop_alone() {
    let mock = Mock::with_campaigns(0).await;
    mock.put_shop(SHOP + 1, json!({ "access_token": "other" })).await;
    let call = Call::new(BALANCE).with("access_token", "other");
    assert_eq!(mock.call(call.clone()).await.refusal().1, "invalid_acceess_token");
    assert_eq!(mock.call(call.with("shop_id", SHOP + 1)).await.error(), "");
}

#[tokio::test]
async fn shop_info_stands_at_the_top() {
    let mock = Mock::with_campaigns(0).await;
    let info = mock.call(Call::new("shop/get_shop_info")).await.body;
    assert_eq!((&info["shop_name"], &info["region"]), (&json!("Loja \"X\""), &json!("BR")));
    assert_eq!((&info["status"], &info["error"]), (&json!("NORMAL"), &json!("")));
    assert!(info.get("response").is_none() && info.get("shop_id").is_none());
}
