//! Getting and refreshing tokens.

use crate::fake_platform::{answer, run};
use shopee::{ApiError, ErrorClass, Grantee, Method, Secret, TokenPair, TransportError};

const PAIR: &str = r#"{"error":"","message":"","request_id":"r","access_token":"new-access","refresh_token":"new-refresh",
    "expire_in":14400,"shop_id_list":[11,"12",{}],"merchant_id_list":[]}"#;

fn refresh(status: u16, body: &str) -> Result<TokenPair, ApiError> {
    run(answer(status, body), async |client| client.token_refresh(&Secret::new("old-refresh"), 987_654).await)
        .0
}

#[test]
fn turns_a_code_into_tokens() {
    let (pair, asked) =
        run(answer(200, PAIR), async |client| client.token_get("the-code", Grantee::MainAccount(77)).await);
    let pair = pair.expect("a pair");
    assert_eq!((pair.access_token.expose(), pair.refresh_token.expose()), ("new-access", "new-refresh"));
    assert_eq!((pair.expires_in_s, pair.shop_ids, pair.malformed_shop_ids), (14_400, vec![11, 12], 1));
    let request = &asked[0];
    assert_eq!(request.method, Method::Post);
    assert!(request.url.starts_with(
        "https://platform.test/api/v2/auth/token/get?partner_id=2001234&timestamp=1700000000&sign="
    ));
    assert!(!request.url.contains("access_token=") && !request.url.contains("shop_id"));
    let body: serde_json::Value =
        serde_json::from_str(request.body.as_deref().expect("a body")).expect("JSON");
    assert_eq!(body, serde_json::json!({"code": "the-code", "partner_id": 2_001_234, "main_account_id": 77}));
}

#[test]
fn a_shops_code_names_the_shop() {
    let body = PAIR.replace(r#"[11,"12",{}]"#, "[]");
    let (pair, asked) =
        run(answer(200, body), async |client| client.token_get("the-code", Grantee::Shop(987_654)).await);
    assert_eq!(pair.expect("a pair").shop_ids, [987_654]);
    assert!(asked[0].body.as_deref().is_some_and(|body| body.contains(r#""shop_id":987654"#)));
}

#[test]
fn a_main_account_names_each_of_its_shops_once() {
    for (list, shops, malformed) in [
        ("[12,11,\"12\",987654]", vec![11, 12, 987_654], 0),
        ("[]", vec![], 0),
        ("null", vec![], 0),
        ("{}", vec![], 1),
    ] {
        let body = PAIR.replace(r#"[11,"12",{}]"#, list);
        let (pair, _) = run(answer(200, body), async |client| {
            client.token_get("the-code", Grantee::MainAccount(77)).await
        });
        let pair = pair.expect("a pair");
        assert_eq!((pair.shop_ids, pair.malformed_shop_ids), (shops, malformed), "{list}");
    }
}

#[test]
fn refreshes() {
    let body = r#"{"error":"","partner_id":2001234,"shop_id":987654,"access_token":"a2","refresh_token":"r2","expire_in":14400}"#;
    let (pair, asked) = run(answer(200, body), async |client| {
        client.token_refresh(&Secret::new("old-refresh"), 987_654).await
    });
    let pair = pair.expect("a pair");
    assert_eq!(
        (pair.access_token.expose(), pair.shop_ids, pair.malformed_shop_ids),
        ("a2", vec![987_654], 0)
    );
    assert!(asked[0].url.contains("/api/v2/auth/access_token/get?"));
    let body: serde_json::Value =
        serde_json::from_str(asked[0].body.as_deref().expect("a body")).expect("JSON");
    let expected =
        serde_json::json!({"refresh_token": "old-refresh", "partner_id": 2_001_234, "shop_id": 987_654});
    assert_eq!(body, expected);
}

#[test]
fn a_side_field_does_not_lose_the_new_pair() {
    for (given, life) in [
        ("14400", 14_400),
        ("1767001812", 14_400),
        ("\"x\"", 14_400),
        ("null", 14_400),
        ("-1", 14_400),
        ("60", 60),
    ] {
        let body = PAIR.replace("14400", given).replace(r#"[11,"12",{}]"#, "7");
        let pair = refresh(200, &body).expect(given);
        assert_eq!(
            (pair.expires_in_s, pair.shop_ids, pair.malformed_shop_ids),
            (life, vec![987_654], 1),
            "{given}"
        );
    }
}

#[test]
fn refusals_ask_for_consent() {
    for (status, body) in [
        (200, r#"{"error":"error_auth","message":"Invalid refresh_token.","request_id":"r"}"#),
        (
            403,
            r#"{"error":"refresh_token_expired","message":"Your refresh_token expired.","request_id":"r"}"#,
        ),
        (200, r#"{"error":"common.shop_access_expired","message":""}"#),
    ] {
        let error = refresh(status, body).expect_err(body);
        assert_eq!(error.class, ErrorClass::Reconsent, "{body}");
    }
}

#[test]
fn a_lost_answer_is_an_unknown_outcome() {
    let truncated = &PAIR[..PAIR.len() - 30];
    for (status, body) in [
        (200, truncated),
        (200, ""),
        (200, "<html>busy</html>"),
        (502, "<html>bad gateway</html>"),
        (200, r#"{"error":"","access_token":"new-access"}"#),
        (200, r#"{"error":"","access_token":"new-access","refresh_token":""}"#),
        (200, r#"{"error":"error_server","message":"Something wrong. Please try later."}"#),
    ] {
        let error = refresh(status, body).expect_err(body);
        assert_eq!(error.class, ErrorClass::UnknownOutcome, "{body}");
        assert!(!format!("{error:?}").contains("new-access"), "an authorization answer is never repeated");
    }
    for lost in [TransportError::Timeout, TransportError::Network("reset".into()), TransportError::TooLarge] {
        let (result, _) =
            run(Err(lost), async |client| client.token_refresh(&Secret::new("old-refresh"), 1).await);
        assert_eq!(result.expect_err("no answer").class, ErrorClass::UnknownOutcome);
    }
}
