//! Changing a budget: whether it was changed.

use crate::edits::{DONE, Sent, change};
use crate::fake_platform::answer;
use shopee::limits::BODY_BYTES_MAX;
use shopee::{AdType, ApiError, ErrorClass, TransportError};

fn failed(sent: Sent) -> ApiError {
    change(sent, AdType::Manual, 45.5).0.expect_err("an error")
}

#[test]
fn success_is_that_there_is_no_error() {
    for text in [
        DONE,
        r#"{"error":"","response":{"campaign_id":101}}"#,
        r#"{"error":"","response":[]}"#,
        r#"{"error":"","response":null}"#,
        r#"{"error":"-","message":"-"}"#,
        r#"{"error":null}"#,
        r#"{"request_id":"r"}"#,
        r#"{"response":[{"campaign_id":101}]}"#,
    ] {
        assert_eq!(change(answer(200, text), AdType::Manual, 45.5).0, Ok(()), "{text}");
    }
}

#[test]
fn a_lost_answer_is_an_unknown_outcome() {
    let huge = answer(200, vec![b' '; BODY_BYTES_MAX + 1]);
    let half = answer(200, &DONE[..DONE.len() - 9]);
    let server = answer(200, r#"{"error":"error_server","message":"Something wrong. Please try later."}"#);
    let used = r#"{"error":"error_param","message":"Wrong parameters, detail: duplicate reference_id."}"#;
    for sent in [
        Err(TransportError::Timeout),
        Err(TransportError::Network("connection reset".into())),
        Err(TransportError::TooLarge),
        huge,
        half,
        server,
        answer(200, used),
        answer(500, ""),
        answer(502, "<html>bad gateway</html>"),
        answer(503, DONE),
        answer(500, r#"{"message":"block by gateway"}"#),
        answer(200, ""),
        answer(200, "<html>busy</html>"),
        answer(200, "[]"),
        answer(200, "{}"),
        answer(204, ""),
    ] {
        let error = failed(sent.clone());
        assert_eq!(error.class, ErrorClass::UnknownOutcome, "{sent:?}");
        assert!(error.message.contains("find out before it is sent again"), "{error}");
    }
}

#[test]
fn a_redirect_is_no_success_whatever_its_body_claims() {
    let only_id = r#"{"request_id":"r","response":{"campaign_id":101}}"#;
    for status in [300, 301, 302, 303, 304, 307, 308] {
        for (ad_type, name) in
            [(AdType::Auto, "ads.edit_auto_product_ads"), (AdType::Manual, "ads.edit_manual_product_ads")]
        {
            for body in [DONE, only_id, r#"{"error":"-","message":"-"}"#, ""] {
                let (done, asked) = change(answer(status, body), ad_type, 45.5);
                let error = done.expect_err("an error");
                // Who answered may have passed the edit on: it is read back.
                assert_eq!((error.class, error.status), (ErrorClass::UnknownOutcome, Some(status)), "{body}");
                assert_eq!((error.endpoint.name(), error.code.as_str()), (name, ""));
                let said = format!("HTTP status {status}: a redirect, which is not followed");
                assert!(error.message.contains(&said) && error.detail.contains(&said), "{error}");
                assert!(error.message.contains("find out before it is sent again"), "{error}");
                assert_eq!(asked.len(), 1, "nothing was followed or repeated");
            }
        }
    }
}

#[test]
fn a_refusal_says_that_nothing_was_changed() {
    for (status, text, class) in [
        (
            200,
            r#"{"error":"ads.campaign.error_daily_budget_range","message":"The budget set is invalid."}"#,
            ErrorClass::Quarantine,
        ),
        (
            200,
            r#"{"error":"ads.shop.campaign_not_match","message":"Invalid campaign ID for this shop."}"#,
            ErrorClass::Quarantine,
        ),
        (200, r#"{"error":"ads.edit.invalid_action"}"#, ErrorClass::Quarantine),
        (200, r#"{"error":"error_param","message":"Wrong parameters."}"#, ErrorClass::Quarantine),
        (403, r#"{"error":"invalid_acceess_token"}"#, ErrorClass::RefreshToken),
        (429, "", ErrorClass::PauseShop),
        (429, r#"{"error":"ads_rate_limit_shop_api"}"#, ErrorClass::PauseShop),
        (403, r#"{"error":"ads_rate_limit_total_api"}"#, ErrorClass::PauseApp),
        (200, r#"{"error":"error_limit","message":"daily API call limit"}"#, ErrorClass::PauseUntilQuotaDay),
        (200, r#"{"error":"ads_deprecated"}"#, ErrorClass::FatalConfiguration),
        (404, r#"{"error":"error_not_found"}"#, ErrorClass::FatalConfiguration),
    ] {
        let error = failed(answer(status, text));
        assert_eq!((error.class, error.status), (class, Some(status)), "{text}");
        assert_eq!(error.endpoint.name(), "ads.edit_manual_product_ads");
    }
    let error = failed(answer(
        200,
        r#"{"error":"ads.campaign.error_daily_budget_range","message":"The budget set is invalid.","request_id":"r-9"}"#,
    ));
    assert!(
        error.message.contains("The budget set is invalid.") && error.message.contains("Nothing was changed"),
        "{error}"
    );
    assert_eq!(error.request_id.as_deref(), Some("r-9"));
}
