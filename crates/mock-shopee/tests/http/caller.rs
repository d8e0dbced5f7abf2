//! A server of its own for each test, and a caller that signs.

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use hmac::{Hmac, KeyInit, Mac};
use mock_shopee::{Config, Server};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

pub const PARTNER: u64 = 2_001_234;
pub const KEY: &str = "test_partner_key_0123456789abcdef";
pub const SHOP: u64 = 987_654;
pub const TOKEN: &str = "acc_token_abc";

/// One call: the default is a correct one, and a test spoils what it is about.
#[derive(Clone)]
pub struct Call {
    pub method: reqwest::Method,
    pub path: String,
    /// In the order in which they are sent. The signature comes last.
    pub params: Vec<(&'static str, String)>,
    /// What is signed; the right text if `None`.
    pub base: Option<String>,
    pub body: Option<Value>,
}

impl Call {
    pub fn new(path: &str) -> Self {
        let params = vec![
            ("partner_id", PARTNER.to_string()),
            ("timestamp", now_s().to_string()),
            ("access_token", TOKEN.to_owned()),
            ("shop_id", SHOP.to_string()),
        ];
        let path = format!("/api/v2/{path}");
        Self { method: reqwest::Method::GET, path, params, base: None, body: None }
    }

    pub fn public(path: &str, body: Value) -> Self {
        Self { method: reqwest::Method::POST, body: Some(body), ..Self::new(path) }
            .without("access_token")
            .without("shop_id")
    }

    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        match self.params.iter_mut().find(|(each, _)| *each == name) {
            Some((_, old)) => *old = value.to_string(),
            None => self.params.push((name, value.to_string())),
        }
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.params.retain(|(each, _)| *each != name);
        self
    }

    fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(each, _)| *each == name).map_or("", |(_, value)| value)
    }

    fn query(&self) -> String {
        let parts = [self.param("partner_id"), &self.path, self.param("timestamp")];
        let base = parts.concat() + self.param("access_token") + self.param("shop_id");
        let mut pairs: Vec<_> = self.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if self.param("sign").is_empty() {
            pairs.push(format!("sign={}", sign(KEY, self.base.as_ref().unwrap_or(&base))));
        }
        pairs.join("&")
    }
}

pub fn sign(key: &str, base: &str) -> String {
    let mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).expect("any key will do");
    hex::encode(mac.chain_update(base).finalize().into_bytes())
}

pub struct Reply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    /// Null where it is not JSON.
    pub body: Value,
}

impl Reply {
    pub fn error(&self) -> &str {
        self.body["error"].as_str().unwrap_or("(no error)")
    }

    /// Status, code and message.
    pub fn refusal(&self) -> (u16, &str, &str) {
        (self.status, self.error(), self.body["message"].as_str().unwrap_or_default())
    }

    /// The `response` of a call that went well.
    pub fn response(&self) -> &Value {
        assert_eq!((self.status, self.error()), (200, ""), "{}", self.text);
        &self.body["response"]
    }
}

pub struct Mock {
    pub server: Server,
    pub http: reqwest::Client,
}

impl Mock {
    /// Without shops.
    pub async fn empty() -> Self {
        let config = Config { partner_id: PARTNER, partner_key: KEY.to_owned(), ..Config::default() };
        let server = Server::start(config).await.expect("the server starts");
        Self { server, http: reqwest::Client::new() }
    }

    /// With one shop in Brazil.
    pub async fn with_campaigns(count: u32) -> Self {
        let mock = Self::empty().await;
        mock.put_shop(SHOP, json!({ "campaigns": count })).await;
        mock
    }

    pub async fn put_shop(&self, shop: u64, changes: Value) {
        let mut body =
            json!({ "name": "Loja \"X\"", "region": "BR", "campaigns": 0, "seed": 7, "access_token": TOKEN });
        body.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
        self.control("PUT", &format!("/_mock/shops/{shop}"), body).await;
    }

    pub async fn behaviour(&self, body: Value) {
        self.control("PUT", "/_mock/behaviour", body).await;
    }

    /// A control call that must go well.
    pub async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let reply = self.try_control(method, path, &body).await;
        assert!((200..300).contains(&reply.status), "{method} {path}: {} {}", reply.status, reply.text);
        reply.body
    }

    pub async fn try_control(&self, method: &str, path: &str, body: &Value) -> Reply {
        let method = method.parse().expect("a verb");
        let mut request = self.http.request(method, format!("{}{path}", self.server.url()));
        if !body.is_null() {
            request = request.json(body);
        }
        read(request.send().await.expect("the control API answers")).await
    }

    pub async fn call(&self, call: Call) -> Reply {
        self.try_call(call).await.expect("the platform answers")
    }

    /// An error is a connection without a whole answer.
    pub async fn try_call(&self, call: Call) -> reqwest::Result<Reply> {
        let url = format!("{}{}?{}", self.server.url(), call.path, call.query());
        let mut request = self.http.request(call.method, url);
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await?;
        Ok(Reply { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text })
    }

    pub async fn truth(&self, shop: u64, kind: &str, from: NaiveDate, to: NaiveDate) -> Vec<Value> {
        let path = format!("/_mock/shops/{shop}/truth?kind={kind}&from={from}&to={to}");
        self.control("GET", &path, Value::Null).await.as_array().expect("a list").clone()
    }

    /// Every campaign of the shop, in the order of the list.
    pub async fn ids(&self) -> Vec<i64> {
        let reply = self.call(Call::new("ads/get_product_level_campaign_id_list")).await;
        ids_of(reply.response())
    }

    /// Calls a campaign endpoint for any number of ids, and joins the lists.
    pub async fn for_all(&self, call: &Call, ids: &[i64]) -> Vec<Value> {
        let mut rows = Vec::new();
        for chunk in ids.chunks(100) {
            let reply = self.call(call.clone().with("campaign_id_list", joined(chunk))).await;
            rows.extend(reply.response()["campaign_list"].as_array().expect("a list").clone());
        }
        rows
    }
}

async fn read(answer: reqwest::Response) -> Reply {
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await.expect("a whole answer");
    Reply { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text }
}

pub fn ids_of(page: &Value) -> Vec<i64> {
    let rows = page["campaign_list"].as_array().expect("a list");
    rows.iter().map(|row| row["campaign_id"].as_i64().expect("a number")).collect()
}

pub fn joined(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

pub fn now_s() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs().cast_signed()
}

/// The date in a zone, now.
pub fn today(zone: Tz) -> NaiveDate {
    DateTime::from_timestamp(now_s(), 0).expect("a moment").with_timezone(&zone).date_naive()
}

/// A date as the platform writes it.
pub fn dmy(date: NaiveDate) -> String {
    date.format("%d-%m-%Y").to_string()
}

pub fn days_before(date: NaiveDate, days: u64) -> NaiveDate {
    date - chrono::Days::new(days)
}
