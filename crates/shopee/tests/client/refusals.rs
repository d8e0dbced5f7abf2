//! Answers that are refusals, broken, truncated, too large or not Shopee's at all.

use crate::fake_platform::{answer, run, shop};
use shopee::limits::BODY_BYTES_MAX;
use shopee::{ApiError, ErrorClass, HttpResponse, Secret, TransportError};

type Sent = Result<HttpResponse, TransportError>;

/// The error of a call without ids.
fn balance_error(sent: Sent) -> ApiError {
    run(sent, async |client| client.total_balance(&shop()).await).0.expect_err("an error")
}

/// The error of a call with ids.
fn settings_error(sent: Sent, ids: &[i64]) -> ApiError {
    run(sent, async |client| client.campaign_settings(&shop(), ids).await).0.expect_err("an error")
}

#[test]
fn a_refusal_says_everything_that_is_known() {
    let body = r#"{"error":"invalid_acceess_token","message":"Invalid access_token, please have a check.","request_id":"r-9"}"#;
    let error = balance_error(answer(403, body));
    assert_eq!((error.class, error.status), (ErrorClass::RefreshToken, Some(403)));
    assert_eq!(
        (error.endpoint.name(), error.code.as_str()),
        ("ads.get_total_balance", "invalid_acceess_token")
    );
    assert_eq!(error.request_id.as_deref(), Some("r-9"));
    assert!(error.message.contains("please have a check") && error.message.contains("Refresh"), "{error}");
    assert!(error.detail.contains("status 403") && error.detail.contains("invalid_acceess_token"));
}

#[test]
fn json_counts_at_every_status_and_the_status_where_there_is_none() {
    for (status, body, class) in [
        (200, r#"{"error":"error_limit","message":"daily API call limit"}"#, ErrorClass::PauseUntilQuotaDay),
        (500, r#"{"error":"error_sign","message":"Wrong sign."}"#, ErrorClass::FatalConfiguration),
        (404, r#"{"error":"error_not_found"}"#, ErrorClass::FatalConfiguration),
        (429, "", ErrorClass::PauseShop),
        (429, "<html>slow down</html>", ErrorClass::PauseShop),
        (429, r#"{"error":"ads_rate_limit_shop_api"}"#, ErrorClass::PauseShop),
        (403, r#"{"error":"ads_rate_limit_total_api"}"#, ErrorClass::PauseApp),
        (403, "", ErrorClass::PauseApp),
        (403, "<html>forbidden</html>", ErrorClass::PauseApp),
        (200, r#"{"error":"ads.rate_limit.exceed_shop_api"}"#, ErrorClass::PauseShop),
        (200, r#"{"error":"ads.rate_limit.exceed_partner_api"}"#, ErrorClass::PauseApp),
        (500, r#"{"message":"block by gateway due to invalid cid"}"#, ErrorClass::Retry),
        (503, r#"{"error":"","response":{"total_balance":1,"data_timestamp":1}}"#, ErrorClass::Retry),
        (200, "", ErrorClass::Retry),
        (200, "<!doctype html><title>hello</title>", ErrorClass::Retry),
        (502, "<html>bad gateway</html>", ErrorClass::Retry),
        (200, r#"{"error":"","response":{"total_bal"#, ErrorClass::Retry),
        (200, "[]", ErrorClass::Retry),
        (200, "null", ErrorClass::Retry),
        (200, r#"{"error":{"code":5}}"#, ErrorClass::Retry),
        (200, r#"{"error":12345}"#, ErrorClass::Retry),
        (404, "<html>not found</html>", ErrorClass::FatalConfiguration),
        (302, "", ErrorClass::Retry),
    ] {
        let error = balance_error(answer(status, body));
        assert_eq!(error.class, class, "{status} {body}");
        assert!(error.message.len() > 20 && error.status == Some(status));
    }
    let unreadable = balance_error(answer(200, b"\xff\xfe{\"error\":\"\"}".to_vec()));
    assert_eq!(unreadable.class, ErrorClass::Retry);
}

#[test]
fn a_redirect_is_told_with_its_status() {
    for status in [301, 302, 303, 307, 308] {
        for body in ["", r#"{"error":"","response":{"total_balance":1,"data_timestamp":1}}"#] {
            let error = balance_error(answer(status, body));
            assert_eq!(error.class, ErrorClass::Retry);
            let said = format!("HTTP status {status}: a redirect, which is not followed");
            assert!(error.message.contains(&said) && error.detail.contains(&said), "{error}");
        }
    }
}

#[test]
fn no_read_takes_a_redirects_body_for_its_answer() {
    let day = "2026-10-01".parse().expect("a day");
    for status in [302, 307] {
        let sent = |body: &str| answer(status, body);
        let (page, settings) =
            (include_str!("fixtures/id_page.json"), include_str!("fixtures/settings.json"));
        let (daily, hourly) =
            (include_str!("fixtures/campaign_daily.json"), include_str!("fixtures/shop_hourly.json"));
        let pair =
            r#"{"error":"","access_token":"a2","refresh_token":"r2","expire_in":14400,"shop_id":987654}"#;
        for (error, class) in [
            (run(sent(page), async |c| c.campaign_ids(&shop(), 0, 100).await.err()).0, ErrorClass::Retry),
            (
                run(sent(settings), async |c| c.campaign_settings(&shop(), &[101, 102]).await.err()).0,
                ErrorClass::Retry,
            ),
            (
                run(sent(daily), async |c| {
                    c.campaign_daily_performance(&shop(), &[101], day, day).await.err()
                })
                .0,
                ErrorClass::Retry,
            ),
            (
                run(sent(hourly), async |c| c.shop_hourly_performance(&shop(), day).await.err()).0,
                ErrorClass::Retry,
            ),
            (
                run(sent(include_str!("fixtures/shop_info.json")), async |c| {
                    c.shop_info(&shop()).await.err()
                })
                .0,
                ErrorClass::Retry,
            ),
            // The token may be spent.
            (
                run(sent(pair), async |c| c.token_refresh(&Secret::new("r1"), 987_654).await.err()).0,
                ErrorClass::UnknownOutcome,
            ),
        ] {
            let error = error.expect("an error");
            let said = format!("HTTP status {status}: a redirect, which is not followed");
            assert_eq!((error.class, error.status), (class, Some(status)), "{error}");
            assert!(error.message.contains(&said) && error.detail.contains(&said), "{error}");
        }
    }
}

#[test]
fn success_has_several_spellings() {
    for error in [r#""error":"","#, r#""error":null,"#, r#""error":"-","#, ""] {
        let body = format!(r#"{{{error}"message":"-","response":{{"total_balance":1,"data_timestamp":1}}}}"#);
        for body in [body.clone(), format!("\u{feff}{body}\r\n")] {
            let (read, _) = run(answer(200, body), async |client| client.total_balance(&shop()).await);
            assert_eq!(read.map(|balance| balance.total), Ok(1.0), "{error}");
        }
    }
}

#[test]
fn an_unknown_code_is_shown() {
    for status in [200, 400, 403, 500] {
        let error = balance_error(answer(status, r#"{"error":"ads.brand_new","message":"what?"}"#));
        assert_eq!((error.class, error.code.as_str()), (ErrorClass::Retry, "ads.brand_new"));
        assert!(error.message.contains("ads.brand_new: what?"), "{error}");
    }
}

#[test]
fn a_refused_id_is_quarantined_only_where_there_are_ids() {
    let body = r#"{"error":"ads.shop.campaign_not_match","message":"Invalid campaign ID for this shop."}"#;
    assert_eq!(settings_error(answer(200, body), &[1, 2]).class, ErrorClass::Quarantine);
    assert_eq!(settings_error(answer(200, body), &[1]).class, ErrorClass::Quarantine);
    assert_eq!(balance_error(answer(200, body)).class, ErrorClass::FatalConfiguration);
}

#[test]
fn lost_calls() {
    assert_eq!(balance_error(Err(TransportError::Timeout)).class, ErrorClass::Retry);
    let error = balance_error(Err(TransportError::Network("connection reset".into())));
    assert_eq!((error.class, error.status), (ErrorClass::Retry, None));
    assert!(error.message.contains("connection reset"), "{error}");
}

#[test]
fn an_answer_that_is_too_large_asks_for_fewer_ids() {
    let huge = || answer(200, vec![b' '; BODY_BYTES_MAX + 1]);
    assert_eq!(settings_error(huge(), &[1, 2]).class, ErrorClass::Quarantine);
    assert_eq!(settings_error(Err(TransportError::TooLarge), &[1, 2]).class, ErrorClass::Quarantine);
    assert_eq!(balance_error(huge()).class, ErrorClass::FatalConfiguration);
}

#[test]
fn the_wait_that_is_asked_for_is_passed_on() {
    let sent =
        |header: &str| Ok(HttpResponse { status: 429, retry_after: Some(header.into()), body: Vec::new() });
    assert_eq!(balance_error(sent("12")).retry_after_s, Some(12));
    assert_eq!(balance_error(sent("Tue, 14 Nov 2023 22:13:50 GMT")).retry_after_s, Some(30));
    assert_eq!(balance_error(sent("later")).retry_after_s, None);
}
