//! Tokens live by the clock of the calls.

use crate::rig::{PARTNER, REFRESH, Rig, SHOP, error, json};
use mock_shopee::{Consent, Fault, FaultKind, Seller};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn refresh_body(token: &Value, shop: u64) -> Value {
    json!({"refresh_token": token, "partner_id": PARTNER, "shop_id": shop})
}

#[test]
fn access_tokens_end() {
    let mut rig = Rig::with_campaigns(1);
    rig.now_ms += 14_399_999;
    assert_eq!(rig.get(SHOP), "");
    rig.now_ms += 1;
    assert_eq!(rig.get(SHOP), "invalid_acceess_token");
    let pair = json(&rig.post(REFRESH, &refresh_body(&json!("refresh-987654"), SHOP)));
    assert_eq!((&pair["error"], &pair["expire_in"]), (&json!(""), &json!(14_400)));
    let token = pair["access_token"].as_str().unwrap();
    assert_eq!(error(&rig.get_with(SHOP, token, crate::rig::BALANCE, "")), "");
}

#[test]
fn refresh_tokens_end_after_30_days() {
    let mut rig = Rig::with_campaigns(1);
    rig.now_ms += 30 * 86_400_000;
    let late = rig.post(REFRESH, &refresh_body(&json!("refresh-987654"), SHOP));
    assert_eq!(error(&late), "refresh_token_expired");
}

#[test]
fn a_main_accounts_refresh_token_is_spent_once_for_each_shop() {
    let mut rig = Rig::with_campaigns(1);
    let consent = Consent { main_account_id: Some(77), shops: BTreeSet::from([5, SHOP]) };
    rig.platform.set_seller(Some(Seller::Agrees(consent))).unwrap();
    let link = format!(
        "/auth?partner_id={PARTNER}&auth_type=seller&redirect_uri=http%3A%2F%2Fw.test%2Fcallback&response_type=code\
         &state=s"
    );
    let reply = rig.platform.serve_at(rig.now_ms, "GET", &link, b"");
    let location = reply.location.unwrap();
    let code = location.strip_prefix("http://w.test/callback?code=").unwrap().split('&').next().unwrap();
    let body = json!({"code": code, "partner_id": PARTNER, "main_account_id": 77});
    rig.now_ms += 599_000;
    let pair = json(&rig.post("auth/token/get", &body));
    assert_eq!(pair["shop_id_list"], json!([5, SHOP]), "{pair}");
    let token = &pair["refresh_token"];
    for (shop, code) in [(5, ""), (5, "error_auth"), (SHOP, ""), (SHOP, "error_auth")] {
        assert_eq!(error(&rig.post(REFRESH, &refresh_body(token, shop))), code, "{shop}");
    }
}

#[test]
fn a_lost_answer_has_spent_the_token() {
    let rig = Rig::with_campaigns(1);
    let fault = Fault { status: Some(504), times: Some(1), ..Fault::new(FaultKind::ApplyThenStatus) };
    rig.platform.add_fault(fault).unwrap();
    let body = refresh_body(&json!("refresh-987654"), SHOP);
    let lost = rig.post(REFRESH, &body);
    assert_eq!((lost.status, lost.body.as_slice()), (504, &b""[..]));
    assert_eq!(error(&rig.post(REFRESH, &body)), "error_auth");
}
