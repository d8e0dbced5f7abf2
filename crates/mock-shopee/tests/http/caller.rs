//! A caller that signs, and nothing more.

use hmac::{Hmac, KeyInit, Mac};
use mock_shopee::{Config, Server};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::LazyLock;

pub const PARTNER: u64 = 2_001_234;
pub const KEY: &str = "mock_partner_key";
pub const SHOP: u64 = 987_654;
pub const LIST: &str = "ads/get_product_level_campaign_id_list";
pub const SETTINGS: &str = "ads/get_product_level_campaign_setting_info";
pub const DAILY: &str = "ads/get_product_campaign_daily_performance";
pub const HOURLY: &str = "ads/get_product_campaign_hourly_performance";
pub const SHOP_DAILY: &str = "ads/get_all_cpc_ads_daily_performance";
pub const SHOP_HOURLY: &str = "ads/get_all_cpc_ads_hourly_performance";
pub const EDIT_MANUAL: &str = "ads/edit_manual_product_ads";
pub const EDIT_AUTO: &str = "ads/edit_auto_product_ads";
pub const BALANCE: &str = "ads/get_total_balance";

/// Where the platform's clock stands, in unix milliseconds: 9 October 2025, 08:53:20 UTC, unless `TEST_CLOCK_MS` says
/// otherwise. `cargo xtask test` tries other moments too.
static CLOCK_MS: LazyLock<i64> = LazyLock::new(|| match std::env::var("TEST_CLOCK_MS") {
    Ok(moment) => moment.parse().expect("TEST_CLOCK_MS is no number"),
    Err(_) => 1_760_000_000_000,
});

/// A running fake, and a way to call it.
pub struct Rig {
    server: Server,
    http: reqwest::Client,
}

/// An answer; `json` is null where the body is none.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub retry_after: Option<String>,
    pub location: Option<String>,
    pub text: String,
    pub json: Value,
}

impl Reply {
    /// The platform's error code.
    pub fn error(&self) -> &str {
        self.json["error"].as_str().unwrap_or("(none)")
    }

    /// The data of an answer without error.
    pub fn response(&self) -> &Value {
        assert_eq!((self.status, self.error()), (200, ""), "{}", self.text);
        assert_eq!(self.json["request_id"].as_str().map(str::len), Some(32));
        &self.json["response"]
    }

    pub fn rows(&self, field: &str) -> Vec<Value> {
        self.response()[field].as_array().cloned().unwrap_or_default()
    }
}

/// Where the platform's clock stands, in unix milliseconds.
pub fn now_ms() -> i64 {
    *CLOCK_MS
}

/// The same in unix seconds.
pub fn now_s() -> u64 {
    now_ms().unsigned_abs() / 1_000
}

pub fn sign(key: &str, base: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    hex::encode(mac.chain_update(base).finalize().into_bytes())
}

impl Rig {
    pub async fn empty() -> Self {
        let clock_ms = Some(now_ms());
        let config = Config { partner_id: PARTNER, partner_key: KEY.into(), clock_ms, ..Config::default() };
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { server: Server::start(config).await.unwrap(), http }
    }

    /// With one shop in Brazil.
    pub async fn with_campaigns(count: u32) -> Self {
        let rig = Self::empty().await;
        rig.shop(SHOP, "BR", count).await;
        rig
    }

    pub async fn shop(&self, id: u64, region: &str, campaigns: u32) {
        let shop = json!({
            "name": "Loja", "region": region, "campaigns": campaigns, "seed": 7,
            "access_token": format!("access-{id}"), "refresh_token": format!("refresh-{id}"),
        });
        let (status, answer) = self.control(Method::PUT, &format!("shops/{id}"), &shop).await;
        assert_eq!(status, 200, "{answer}");
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url())
    }

    pub fn request(&self, method: Method, path_and_query: &str) -> RequestBuilder {
        self.http.request(method, self.url(path_and_query))
    }

    pub async fn send(request: RequestBuilder) -> Reply {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let header =
            |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (retry_after, location) = (header("retry-after"), header("location"));
        let text = response.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Reply { status, retry_after, location, text, json }
    }

    /// The signed path and query of a shop's call.
    pub fn signed(shop: u64, endpoint: &str, token: &str, more: &str) -> String {
        let (path, now) = (format!("/api/v2/{endpoint}"), now_s());
        let sign = sign(KEY, &format!("{PARTNER}{path}{now}{token}{shop}"));
        format!(
            "{path}?partner_id={PARTNER}&timestamp={now}&sign={sign}&access_token={token}&shop_id={shop}{more}"
        )
    }

    /// Calls with the shop's first token; `more` starts with `&` or is empty.
    pub async fn get_for(&self, shop: u64, endpoint: &str, more: &str) -> Reply {
        let path = Self::signed(shop, endpoint, &format!("access-{shop}"), more);
        Self::send(self.request(Method::GET, &path)).await
    }

    pub async fn get(&self, endpoint: &str, more: &str) -> Reply {
        self.get_for(SHOP, endpoint, more).await
    }

    /// A call with a body, with the shop's first token.
    pub fn post_for(&self, shop: u64, endpoint: &str, body: &Value) -> RequestBuilder {
        let path = Self::signed(shop, endpoint, &format!("access-{shop}"), "");
        self.request(Method::POST, &path).json(body)
    }

    pub async fn get_with_token(&self, token: &str) -> Reply {
        Self::send(self.request(Method::GET, &Self::signed(SHOP, BALANCE, token, ""))).await
    }

    /// A public call.
    pub async fn auth(&self, endpoint: &str, body: &Value) -> Reply {
        let (path, now) = (format!("/api/v2/auth/{endpoint}"), now_s());
        let sign = sign(KEY, &format!("{PARTNER}{path}{now}"));
        let path = format!("{path}?partner_id={PARTNER}&timestamp={now}&sign={sign}");
        Self::send(self.request(Method::POST, &path).json(body)).await
    }

    /// A call of the control API: status and JSON.
    pub async fn control(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let reply = Self::send(self.request(method, &format!("/_mock/{path}")).json(body)).await;
        (reply.status, reply.json)
    }

    pub async fn behave(&self, change: Value) {
        let (status, answer) = self.control(Method::PUT, "behaviour", &change).await;
        assert_eq!(status, 200, "{answer}");
    }

    pub async fn fault(&self, fault: Value) {
        let (status, answer) = self.control(Method::POST, "faults", &fault).await;
        assert_eq!(status, 201, "{answer}");
    }

    pub async fn calls(&self) -> Vec<Value> {
        let (_, calls) = self.control(Method::GET, "calls", &Value::Null).await;
        calls.as_array().unwrap().clone()
    }

    pub async fn truth(&self, shop: u64, question: &str) -> Vec<Value> {
        let path = format!("shops/{shop}/truth?kind={question}");
        let (status, rows) = self.control(Method::GET, &path, &Value::Null).await;
        assert_eq!(status, 200, "{rows}");
        rows.as_array().unwrap().clone()
    }

    /// All ids of a shop, paged as a careful client does.
    pub async fn all_ids(&self, shop: u64, limit: usize) -> Vec<i64> {
        let mut ids: Vec<i64> = Vec::new();
        let mut offset = 0;
        loop {
            let page = self.get_for(shop, LIST, &format!("&offset={offset}&limit={limit}")).await;
            let rows = page.rows("campaign_list");
            offset += rows.len();
            for row in &rows {
                let id = row["campaign_id"].as_i64().unwrap();
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            if rows.is_empty() || page.response()["has_next_page"] != true {
                return ids;
            }
        }
    }
}

pub fn joined(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

pub fn ids_of(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|row| row["campaign_id"].as_i64().unwrap()).collect()
}
