//! Codes and tokens are for one use.

use crate::caller::{PARTNER, Rig, SHOP};
use reqwest::Method;
use serde_json::{Value, json};

async fn code(rig: &Rig, consent: Value) -> Value {
    let (status, answer) = rig.control(Method::POST, "codes", &consent).await;
    assert_eq!(status, 200, "{answer}");
    answer["code"].clone()
}

fn refresh_body(token: &Value, shop: u64) -> Value {
    json!({"refresh_token": token, "partner_id": PARTNER, "shop_id": shop})
}

#[tokio::test]
async fn a_code_is_good_once() {
    let rig = Rig::with_campaigns(1).await;
    let body =
        json!({"code": code(&rig, json!({"shops": [SHOP]})).await, "partner_id": PARTNER, "shop_id": SHOP});
    let other = json!({"code": body["code"], "partner_id": PARTNER, "shop_id": 1});
    assert_eq!(rig.auth("token/get", &other).await.error(), "error_auth");
    let first = rig.auth("token/get", &body).await;
    assert_eq!((first.error(), &first.json["expire_in"]), ("", &json!(14_400)));
    assert!(first.json.get("response").is_none());
    let access = first.json["access_token"].as_str().unwrap();
    assert_eq!(rig.get_with_token(access).await.error(), "");
    let again = rig.auth("token/get", &body).await;
    assert_eq!((again.error(), &again.json["message"]), ("error_auth", &json!("Invalid code")));
}

#[tokio::test]
async fn a_refresh_token_is_good_once() {
    let rig = Rig::with_campaigns(1).await;
    let first = rig.auth("access_token/get", &refresh_body(&json!("refresh-987654"), SHOP)).await;
    assert_eq!((first.error(), &first.json["shop_id"]), ("", &json!(SHOP)));
    let again = rig.auth("access_token/get", &refresh_body(&json!("refresh-987654"), SHOP)).await;
    assert_eq!((again.error(), &again.json["message"]), ("error_auth", &json!("Invalid refresh_token.")));
    assert_eq!(rig.get_with_token(first.json["access_token"].as_str().unwrap()).await.error(), "");
    // The one before lives on, and the chain goes on.
    assert_eq!(rig.get_with_token("access-987654").await.error(), "");
    rig.behave(json!({"old_access_token_survives_refresh": false})).await;
    let next = rig.auth("access_token/get", &refresh_body(&first.json["refresh_token"], SHOP)).await;
    assert_eq!(rig.get_with_token(next.json["access_token"].as_str().unwrap()).await.error(), "");
    assert_eq!(rig.get_with_token("access-987654").await.error(), "invalid_acceess_token");
}

#[tokio::test]
async fn a_main_account_consents_for_all_its_shops() {
    let rig = Rig::with_campaigns(1).await;
    rig.shop(5, "VN", 1).await;
    let code = code(&rig, json!({"shops": [SHOP, 5], "main_account_id": 77})).await;
    let body = json!({"code": code, "partner_id": PARTNER, "main_account_id": 77});
    let pair = rig.auth("token/get", &body).await.json;
    assert_eq!(pair["shop_id_list"], json!([5, SHOP]));
    // Its access token is no shop's; its refresh token is good once for each.
    let access = pair["access_token"].as_str().unwrap();
    assert_eq!(rig.get_with_token(access).await.error(), "invalid_acceess_token");
    for (shop, error) in [(SHOP, ""), (5, ""), (SHOP, "error_auth"), (6, "error_auth")] {
        let reply = rig.auth("access_token/get", &refresh_body(&pair["refresh_token"], shop)).await;
        assert_eq!(reply.error(), error, "{shop}");
    }
}

#[tokio::test]
async fn bodies_are_checked() {
    let rig = Rig::with_campaigns(1).await;
    let good = refresh_body(&json!("refresh-987654"), SHOP);
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    for wrong in [
        json!([]),
        with("partner_id", json!(1)),
        with("partner_id", json!(PARTNER.to_string())),
        with("refresh_token", json!("")),
        with("shop_id", json!(null)),
        with("merchant_id", json!(1)),
    ] {
        assert_eq!(rig.auth("access_token/get", &wrong).await.error(), "error_param", "{wrong}");
    }
    let both = json!({"code": "c", "partner_id": PARTNER, "shop_id": 1, "main_account_id": 2});
    assert_eq!(rig.auth("token/get", &both).await.error(), "error_param");
    assert_eq!(rig.auth("access_token/get", &good).await.error(), "");
}

#[tokio::test]
async fn of_two_refreshes_at_once_one_wins() {
    let rig = Rig::with_campaigns(1).await;
    let body = refresh_body(&json!("refresh-987654"), SHOP);
    let (left, right) =
        tokio::join!(rig.auth("access_token/get", &body), rig.auth("access_token/get", &body));
    let mut codes = [left.error(), right.error()];
    codes.sort_unstable();
    assert_eq!(codes, ["", "error_auth"]);
}
