//! Changing a budget: what is sent, and what is not.

use crate::fake_platform::{ACCESS_TOKEN, answer, own_query, run, shop};
use serde_json::{Value, json};
use shopee::limits::REFERENCE_ID_BYTES_MAX;
use shopee::{AdType, ApiError, ErrorClass, HttpRequest, HttpResponse, Method, TransportError};

pub type Sent = Result<HttpResponse, TransportError>;

pub const DONE: &str =
    r#"{"error":"","message":"","warning":"","request_id":"r","response":[{"campaign_id":101}]}"#;

pub fn change(sent: Sent, ad_type: AdType, budget: f64) -> (Result<(), ApiError>, Vec<HttpRequest>) {
    run(sent, async |client| client.change_budget(&shop(), ad_type, 101, budget, "ref-1").await)
}

fn body(request: &HttpRequest) -> Value {
    serde_json::from_str(request.body.as_deref().expect("a body")).expect("JSON")
}

#[test]
fn each_kind_has_its_endpoint() {
    for (word, path) in [("auto", "edit_auto_product_ads"), ("manual", "edit_manual_product_ads")] {
        let ad_type = AdType::of(word).expect(word);
        let (done, asked) = change(answer(200, DONE), ad_type, 45.5);
        assert_eq!((done, asked.len()), (Ok(()), 1));
        let request = &asked[0];
        assert_eq!(request.method, Method::Post);
        let start =
            format!("https://platform.test/api/v2/ads/{path}?partner_id=2001234&timestamp=1700000000");
        assert!(request.url.starts_with(&start), "{}", request.url);
        assert!(request.url.contains(&format!("&access_token={ACCESS_TOKEN}&shop_id=987654")));
        assert!(own_query(request).is_empty(), "what is wanted stands in the body");
        let expected = json!({"reference_id": "ref-1", "campaign_id": 101, "edit_action": "change_budget",
            "budget": 45.5});
        assert_eq!(body(request), expected);
    }
    assert_eq!((AdType::of(""), AdType::of("Auto"), AdType::of("all")), (None, None, None));
}

#[test]
fn budgets_are_written_as_they_are_meant() {
    for (budget, text) in [
        (0.0, "0"),
        (-0.0, "0"),
        (10.0, "10"),
        (0.01, "0.01"),
        (1234.56, "1234.56"),
        (0.1 + 0.2, ""),
        (100_000.0, "100000"),
        (9_999_999_999.99, "9999999999.99"),
        (9_999_999_999_999.99, "9999999999999.99"),
    ] {
        let (done, asked) = change(answer(200, DONE), AdType::Manual, budget);
        if text.is_empty() {
            assert!(done.is_err() && asked.is_empty(), "{budget}");
        } else {
            assert_eq!(done, Ok(()), "{budget}");
            assert_eq!(body(&asked[0])["budget"].to_string(), text);
        }
    }
}

#[test]
fn what_can_only_be_refused_is_not_sent() {
    let long = "r".repeat(REFERENCE_ID_BYTES_MAX + 1);
    for (id, budget, reference_id, named) in [
        (0, 45.5, "ref-1", "campaign_id"),
        (-1, 45.5, "ref-1", "campaign_id"),
        (101, -0.01, "ref-1", "budget"),
        (101, f64::NAN, "ref-1", "budget"),
        (101, f64::INFINITY, "ref-1", "budget"),
        (101, 1e13, "ref-1", "budget"),
        (101, 45.505, "ref-1", "two decimals"),
        (101, 0.001, "ref-1", "two decimals"),
        (101, 45.5, "", "reference_id"),
        (101, 45.5, " ", "reference_id"),
        (101, 45.5, long.as_str(), "reference_id"),
    ] {
        let (done, asked) = run(answer(200, DONE), async |client| {
            client.change_budget(&shop(), AdType::Auto, id, budget, reference_id).await
        });
        let error = done.expect_err("refused here");
        assert_eq!((error.class, error.status), (ErrorClass::FatalConfiguration, None));
        assert!(error.message.contains(named) && asked.is_empty(), "{}", error.message);
        assert!(error.message.contains("ads.edit_auto_product_ads was not called"), "{}", error.message);
    }
    let longest = &long[1..];
    let (done, _) = run(answer(200, DONE), async |client| {
        client.change_budget(&shop(), AdType::Auto, i64::MAX, 45.5, longest).await
    });
    assert_eq!(done, Ok(()));
}
