//! Whatever comes back, the client answers: a result, or an error with a class and a text.

use crate::fake_platform::{FakeClient, answer, run, shop};
use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use shopee::{AdType, ApiError, Grantee};

const FIXTURES: [&str; 5] = [
    include_str!("fixtures/id_page.json"),
    include_str!("fixtures/settings.json"),
    include_str!("fixtures/campaign_daily.json"),
    include_str!("fixtures/shop_hourly.json"),
    include_str!("fixtures/shop_info.json"),
];

/// Reads the body as the answer of every endpoint.
fn read_as_everything(status: u16, body: &[u8]) {
    let day = NaiveDate::from_ymd_opt(2026, 10, 1).expect("a day");
    let method = async |client: FakeClient<'_>| {
        let shop = &shop();
        let outcomes: [Option<ApiError>; 9] = [
            client.campaign_ids(shop, 0, 100).await.err(),
            client.campaign_settings(shop, &[1]).await.err(),
            client.campaign_daily_performance(shop, &[1], day, day).await.err(),
            client.campaign_hourly_performance(shop, &[1], day).await.err(),
            client.shop_hourly_performance(shop, day).await.err(),
            client.total_balance(shop).await.err(),
            client.shop_info(shop).await.err(),
            client.change_budget(shop, AdType::Manual, 1, 20.0, "r").await.err(),
            client.token_get("code", Grantee::Shop(1)).await.err(),
        ];
        outcomes
    };
    for error in run(answer(status, body), method).0.into_iter().flatten() {
        assert!(error.message.len() > error.endpoint.name().len() && error.status == Some(status));
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof!["-?[0-9]{1,20}(\\.[0-9]{1,3})?", "[0-9]{2}-[0-9]{2}-[0-9]{4}", "\\PC{0,12}"]
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any_name(), inner), 0..6)
                .prop_map(|fields| Value::from(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Names that the client looks for, so that it gets deep into the answer.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "error", "message", "response", "campaign_list", "campaign_id", "common_info", "campaign_duration", "warning",
    "metrics_list", "date", "hour", "clicks", "request_id", "item_id_list", "auto_bidding_info", "access_token",
    "refresh_token", "expire_in", "shop_id_list", "total_balance",
];

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![4 => prop::sample::select(NAMES).prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

/// Replaces one value of the tree, after `skip` others (counted from the leaves up), and says whether it did.
fn replace(value: &mut Value, skip: &mut usize, with: &Value) -> bool {
    let replaced_inside = match value {
        Value::Array(values) => values.iter_mut().any(|value| replace(value, skip, with)),
        Value::Object(fields) => fields.values_mut().any(|value| replace(value, skip, with)),
        _ => false,
    };
    if replaced_inside {
        return true;
    }
    match skip.checked_sub(1) {
        Some(left) => {
            *skip = left;
            false
        }
        None => {
            *value = with.clone();
            true
        }
    }
}

proptest! {
    #[test]
    fn any_bytes(status in 100u16..600, body in prop::collection::vec(any::<u8>(), 0..200)) {
        read_as_everything(status, &body);
    }

    #[test]
    fn any_document(status in 200u16..204, document in any_json()) {
        read_as_everything(status, document.to_string().as_bytes());
        read_as_everything(status, json!({"error": "", "response": document}).to_string().as_bytes());
    }

    #[test]
    fn good_answers_with_one_value_replaced(fixture in 0usize..5, mut place in 0usize..90, with in any_json()) {
        let mut document: Value = serde_json::from_str(FIXTURES[fixture]).expect("JSON");
        replace(&mut document, &mut place, &with);
        read_as_everything(200, document.to_string().as_bytes());
    }

    #[test]
    fn good_answers_cut_short(fixture in 0usize..5, length in 0usize..2_000) {
        let body = FIXTURES[fixture].as_bytes();
        read_as_everything(200, &body[..length.min(body.len())]);
    }
}

#[test]
fn deeply_nested_answers() {
    for opening in ["[", "{\"response\":", "{\"response\":{\"campaign_list\":["] {
        read_as_everything(200, opening.repeat(200_000).as_bytes());
    }
    let nested = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    read_as_everything(200, format!(r#"{{"error":"","response":{nested}}}"#).as_bytes());
    read_as_everything(
        200,
        format!(r#"{{"error":"","response":{{"campaign_list":[{nested}]}}}}"#).as_bytes(),
    );
    read_as_everything(
        200,
        format!(r#"{{"error":"","response":{{"campaign_list":[{{"campaign_id":{nested}}}]}}}}"#).as_bytes(),
    );
}
