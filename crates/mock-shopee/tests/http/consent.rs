//! The consent pages, as a browser sees them.

use crate::caller::{KEY, PARTNER, Reply, Rig, SHOP, now_s, sign};
use reqwest::Method;
use serde_json::{Value, json};

/// `https://ads.example/back?a=1&b=x y`, percent-encoded.
const BACK: &str = "https%3A%2F%2Fads.example%2Fback%3Fa%3D1%26b%3Dx%20y";
/// The same as it comes back.
const BACK_BEGINS: &str = "https://ads.example/back?a=1&b=x%20y&";

fn signed_link(key: &str, timestamp: u64) -> String {
    let path = "/api/v2/shop/auth_partner";
    let sign = sign(key, &format!("{PARTNER}{path}{timestamp}"));
    format!("{path}?partner_id={PARTNER}&timestamp={timestamp}&sign={sign}&redirect={BACK}")
}

fn unsigned_link() -> String {
    format!(
        "/auth?partner_id={PARTNER}&auth_type=seller&redirect_uri={BACK}&response_type=code&state=s%261%20%C3%A9"
    )
}

async fn visit(rig: &Rig, link: &str) -> Reply {
    Rig::send(rig.request(Method::GET, link)).await
}

async fn log_in(rig: &Rig, seller: Value) {
    let (status, answer) = rig.control(Method::PUT, "consent", &seller).await;
    assert_eq!(status, 204, "{answer}");
}

/// What was added to the redirect's query, without the code itself, and the code.
fn came_back(reply: &Reply) -> (Vec<String>, String) {
    assert_eq!(reply.status, 302, "{}", reply.text);
    let more = reply.location.as_deref().unwrap().strip_prefix(BACK_BEGINS).unwrap();
    let (code, rest): (Vec<&str>, Vec<&str>) = more.split('&').partition(|pair| pair.starts_with("code="));
    (rest.into_iter().map(str::to_owned).collect(), code.concat().replace("code=", ""))
}

#[tokio::test]
async fn a_shop_consents_over_either_link() {
    let rig = Rig::with_campaigns(1).await;
    log_in(&rig, json!({"shop_id": SHOP})).await;
    for (link, more) in [
        (signed_link(KEY, now_s()), vec!["shop_id=987654"]),
        (unsigned_link(), vec!["shop_id=987654", "state=s%261+%C3%A9"]),
    ] {
        let (rest, code) = came_back(&visit(&rig, &link).await);
        assert_eq!(rest, more);
        let body = json!({"code": code, "partner_id": PARTNER, "shop_id": SHOP});
        assert_eq!(rig.auth("token/get", &body).await.error(), "");
        assert_eq!(rig.auth("token/get", &body).await.error(), "error_auth", "a code is good once");
    }
    assert_eq!(rig.calls().await.len(), 4, "pages are no calls");
}

#[tokio::test]
async fn a_main_account_consents_for_its_shops() {
    let rig = Rig::with_campaigns(1).await;
    rig.shop(5, "VN", 1).await;
    log_in(&rig, json!({"main_account_id": 77, "shops": [5, SHOP]})).await;
    let (rest, code) = came_back(&visit(&rig, &signed_link(KEY, now_s())).await);
    assert_eq!(rest, ["main_account_id=77"]);
    let body = json!({"code": code, "partner_id": PARTNER, "main_account_id": 77});
    assert_eq!(rig.auth("token/get", &body).await.json["shop_id_list"], json!([5, SHOP]));
}

#[tokio::test]
async fn a_seller_may_refuse() {
    let rig = Rig::with_campaigns(1).await;
    log_in(&rig, json!({"refuse": true})).await;
    let signed = came_back(&visit(&rig, &signed_link(KEY, now_s())).await);
    assert_eq!(signed, (vec!["error=access_denied".to_owned()], String::new()));
    let (rest, code) = came_back(&visit(&rig, &unsigned_link()).await);
    assert_eq!((rest, code.as_str()), (vec!["error=access_denied".into(), "state=s%261+%C3%A9".into()], ""));
}

#[tokio::test]
async fn nobody_is_logged_in_at_first() {
    let rig = Rig::with_campaigns(1).await;
    for _ in 0..2 {
        for link in [signed_link(KEY, now_s()), unsigned_link()] {
            let reply = visit(&rig, &link).await;
            assert_eq!((reply.status, reply.error()), (409, "nobody_logged_in"));
            assert!(reply.text.contains("/_mock/consent"));
        }
        log_in(&rig, json!({"shop_id": SHOP})).await;
        assert_eq!(visit(&rig, &unsigned_link()).await.status, 302);
        assert_eq!(rig.control(Method::DELETE, "consent", &Value::Null).await.0, 204);
    }
}

#[tokio::test]
async fn a_bad_link_is_refused() {
    let rig = Rig::with_campaigns(1).await;
    log_in(&rig, json!({"shop_id": SHOP})).await;
    let (signed, unsigned) = (signed_link(KEY, now_s()), unsigned_link());
    let partner = PARTNER.to_string();
    for (link, about) in [
        (signed_link("wrong", now_s()), "sign"),
        (signed_link(KEY, now_s() - 301), "expired"),
        (signed.replace(&partner, "5"), "partner_id"),
        (signed.replace("partner_id", "partner"), "partner_id"),
        (signed.replace("timestamp", "time"), "timestamp"),
        (signed.replace("redirect", "redirect_uri"), "redirect"),
        (signed.replace("https%3A%2F%2F", "javascript%3A"), "redirect"),
        (signed.replace("https%3A%2F%2Fads", "https%3A%2F%2F%2Fads"), "redirect"),
        (unsigned.replace(&partner, "5"), "partner_id"),
        (unsigned.replace("seller", "buyer"), "auth_type"),
        (unsigned.replace("response_type=code", "response_type=token"), "response_type"),
        (unsigned.replace("redirect_uri", "redirect"), "redirect_uri"),
        (unsigned.replace("state=", "status="), "state"),
    ] {
        let reply = visit(&rig, &link).await;
        assert_eq!((reply.status, reply.error(), &reply.location), (403, "error_auth", &None), "{link}");
        assert!(reply.json["message"].as_str().unwrap().contains(about), "{about}: {}", reply.text);
    }
    let posted = Rig::send(rig.request(Method::POST, &unsigned)).await;
    assert_ne!(posted.status, 302);
}
