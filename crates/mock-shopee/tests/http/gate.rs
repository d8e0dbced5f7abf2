//! The checks before a call is looked at: code, status and order.

use crate::caller::{BALANCE, KEY, PARTNER, Rig, SHOP, now_s, sign};
use reqwest::Method;
use serde_json::json;

/// A call whose parts can be spoiled one by one.
struct Attempt {
    method: Method,
    endpoint: &'static str,
    partner: String,
    timestamp: String,
    key: &'static str,
    token: &'static str,
    shop: String,
    left_out: &'static str,
}

impl Attempt {
    fn good() -> Self {
        Self {
            method: Method::GET,
            endpoint: BALANCE,
            partner: PARTNER.to_string(),
            timestamp: now_s().to_string(),
            key: KEY,
            token: "access-987654",
            shop: SHOP.to_string(),
            left_out: "",
        }
    }

    /// Status, code and message.
    async fn outcome(&self, rig: &Rig) -> (u16, String, String) {
        let path = format!("/api/v2/{}", self.endpoint);
        let base = format!("{}{path}{}{}{}", self.partner, self.timestamp, self.token, self.shop);
        let query: Vec<_> = [
            ("partner_id", self.partner.clone()),
            ("timestamp", self.timestamp.clone()),
            ("sign", sign(self.key, &base)),
            ("access_token", self.token.to_owned()),
            ("shop_id", self.shop.clone()),
        ]
        .into_iter()
        .filter(|(name, _)| *name != self.left_out)
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
        let path = format!("{path}?{}", query.join("&"));
        let reply = Rig::send(rig.request(self.method.clone(), &path)).await;
        let message = reply.json["message"].as_str().unwrap_or("(none)").to_owned();
        (reply.status, reply.error().to_owned(), message)
    }
}

async fn unlink(rig: &Rig) {
    let shop = json!({"name": "", "region": "BR", "campaigns": 1, "seed": 1,
        "access_token": "access-987654", "linked": false});
    assert_eq!(rig.control(Method::PUT, "shops/987654", &shop).await.0, 200);
}

#[tokio::test]
async fn a_good_call_passes() {
    let rig = Rig::with_campaigns(1).await;
    assert_eq!(Attempt::good().outcome(&rig).await, (200, String::new(), String::new()));
}

#[tokio::test]
async fn each_parameter_is_needed() {
    let rig = Rig::with_campaigns(1).await;
    for name in ["partner_id", "timestamp", "sign", "access_token", "shop_id"] {
        let (status, code, message) = Attempt { left_out: name, ..Attempt::good() }.outcome(&rig).await;
        assert_eq!((status, code.as_str()), (200, "error_param"));
        assert!(message.contains(name), "{message}");
    }
}

#[tokio::test]
async fn numbers_must_be_numbers() {
    let rig = Rig::with_campaigns(1).await;
    for bad in ["x", "-1", "4294967296"] {
        for attempt in [
            Attempt { partner: bad.into(), ..Attempt::good() },
            Attempt { timestamp: bad.into(), ..Attempt::good() },
            Attempt { shop: bad.into(), ..Attempt::good() },
        ] {
            let (_, code, message) = attempt.outcome(&rig).await;
            assert_eq!(code, "error_param");
            assert!(message.ends_with("should be an integer between 0 and 4294967295."), "{message}");
        }
    }
}

#[tokio::test]
async fn time_must_be_near() {
    let rig = Rig::with_campaigns(1).await;
    for (offset, code) in [(-301, "error_param"), (-300, ""), (300, ""), (301, "error_param")] {
        let timestamp = now_s().saturating_add_signed(offset).to_string();
        let (_, found, message) = Attempt { timestamp, ..Attempt::good() }.outcome(&rig).await;
        assert_eq!(found, code, "{offset}: {message}");
        assert_eq!(message == "Timestamp is expired.", !code.is_empty());
    }
}

/// Each step mends the first fault of a call that has them all, so every check is seen to come before the next.
#[tokio::test]
async fn checks_come_in_order() {
    let rig = Rig::with_campaigns(1).await;
    let mut attempt = Attempt {
        method: Method::POST,
        partner: "1".into(),
        timestamp: "1700000000".into(),
        key: "wrong",
        token: "unknown",
        left_out: "shop_id",
        ..Attempt::good()
    };
    let mut seen = Vec::new();
    let mut step = async |attempt: &Attempt| {
        let (status, code, message) = attempt.outcome(&rig).await;
        seen.push((status, code, message.chars().take(12).collect::<String>()));
    };
    step(&attempt).await;
    attempt.left_out = "";
    step(&attempt).await;
    attempt.timestamp = now_s().to_string();
    step(&attempt).await;
    attempt.partner = PARTNER.to_string();
    step(&attempt).await;
    attempt.key = KEY;
    step(&attempt).await;
    unlink(&rig).await;
    attempt.token = "access-987654";
    step(&attempt).await;
    rig.shop(SHOP, "BR", 1).await;
    step(&attempt).await;
    attempt.endpoint = "ads/get_nothing";
    step(&attempt).await;
    let expected = [
        (200, "error_param", "There is no "),
        (200, "error_param", "Timestamp is"),
        (200, "invalid_partner_id", "Invalid part"),
        (403, "error_sign", "Wrong sign."),
        (403, "invalid_acceess_token", "Invalid acce"),
        (200, "shop_no_linked", "Partner and "),
        (200, "ads.api.http_method_not_allowed", "Only the sup"),
        (404, "error_not_found", "(none)"),
    ];
    let expected = expected.map(|(status, code, start)| (status, code.to_owned(), start.to_owned()));
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn tokens_are_bound_to_their_shop_and_end() {
    let rig = Rig::with_campaigns(1).await;
    rig.shop(5, "VN", 1).await;
    let other = Attempt { token: "access-5", ..Attempt::good() }.outcome(&rig).await;
    assert_eq!((other.0, other.1.as_str()), (403, "invalid_acceess_token"));
    let shop = json!({"name": "", "region": "BR", "campaigns": 1, "seed": 1,
        "access_token": "access-987654", "expires_in_s": 0});
    assert_eq!(rig.control(Method::PUT, "shops/987654", &shop).await.0, 200);
    assert_eq!(Attempt::good().outcome(&rig).await.1, "invalid_acceess_token");
}

#[tokio::test]
async fn public_calls_are_signed_without_a_shop() {
    let rig = Rig::with_campaigns(1).await;
    let path = "/api/v2/auth/access_token/get";
    let now = now_s();
    let url = |sign: String| format!("{path}?partner_id={PARTNER}&timestamp={now}&sign={sign}");
    let wrong = sign(KEY, &format!("{PARTNER}{path}{now}access-987654{SHOP}"));
    let reply = Rig::send(rig.request(Method::POST, &url(wrong))).await;
    assert_eq!((reply.status, reply.error()), (403, "error_sign"));
    let right = sign(KEY, &format!("{PARTNER}{path}{now}"));
    let reply = Rig::send(rig.request(Method::GET, &url(right))).await;
    assert_eq!(reply.error(), "ads.api.http_method_not_allowed");
}
