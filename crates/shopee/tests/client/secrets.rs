//! No token, key or signature in anything that may be printed.

use crate::fake_platform::{ACCESS_TOKEN, PARTNER_KEY, answer, run, shop};
use shopee::{HttpRequest, HttpResponse, Secret, TransportError};
use std::fmt::Debug;

fn signature(request: &HttpRequest) -> String {
    let sign = request.url.split('&').find_map(|pair| pair.strip_prefix("sign="));
    sign.expect("a signature").to_owned()
}

fn assert_clean(printed: &dyn Debug, secrets: &[&str]) {
    let text = format!("{printed:?} {printed:#?}");
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

/// What a careless proxy or platform may say: all it knows about the request.
fn echo(request: &HttpRequest) -> String {
    let body = request.body.as_deref().unwrap_or_default().replace('"', "'");
    format!("{} {body} {PARTNER_KEY}", request.url)
}

#[test]
fn an_error_that_repeats_the_request_is_masked() {
    let (_, asked) = run(answer(200, ""), async |client| client.total_balance(&shop()).await);
    let (said, sign) = (echo(&asked[0]), signature(&asked[0]));
    let secrets = [ACCESS_TOKEN, PARTNER_KEY, &sign];
    assert!(secrets.iter().all(|secret| said.contains(secret)), "the test says what must not be seen");
    for sent in [
        Err(TransportError::Network(said.clone())),
        answer(502, said.clone()),
        answer(200, format!(r#"{{"error":"{said}","message":"{said}","request_id":"{said}"}}"#)),
        answer(200, format!(r#"{{"error":"","response":"{said}"}}"#)),
    ] {
        let (read, asked) = run(sent, async |client| client.total_balance(&shop()).await);
        let error = read.expect_err("an error");
        assert_clean(&error, &secrets);
        assert!(!error.to_string().contains(ACCESS_TOKEN));
        assert_clean(&asked, &secrets);
    }
}

#[test]
fn a_malformed_row_that_repeats_the_token_is_masked() {
    let body = format!(
        r#"{{"error":"","warning":"{ACCESS_TOKEN}","response":{{"campaign_list":[{{"campaign_id":"{ACCESS_TOKEN}"}}]}}}}"#
    );
    let (read, _) = run(answer(200, body), async |client| client.campaign_settings(&shop(), &[1]).await);
    let read = read.expect("settings");
    assert_eq!(read.malformed.len(), 1);
    assert_clean(&read, &[ACCESS_TOKEN]);
}

#[test]
fn authorization_calls_are_masked() {
    let pair = r#"{"access_token":"new-access","refresh_token":"new-refresh"}"#;
    for sent in
        [answer(200, pair), answer(200, &pair[..50]), answer(200, r#"{"error":"x","message":"old-refresh"}"#)]
    {
        let (read, asked) =
            run(sent, async |client| client.token_refresh(&Secret::new("old-refresh"), 1).await);
        let sign = signature(&asked[0]);
        let secrets = ["old-refresh", "new-access", "new-refresh", PARTNER_KEY, &sign];
        assert_clean(&read, &secrets);
        assert_clean(&asked, &secrets);
    }
}

#[test]
fn parts_of_the_client_print_masked() {
    assert_clean(&shop(), &[ACCESS_TOKEN]);
    let response = HttpResponse { status: 200, retry_after: None, body: b"new-access".to_vec() };
    assert_clean(&response, &["new-access", "110, 101"]);
}
