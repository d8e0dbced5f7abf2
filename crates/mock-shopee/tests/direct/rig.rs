//! A platform under a clock of the test's own, and a caller that signs.

use hmac::{Hmac, KeyInit, Mac};
use mock_shopee::{Behaviour, Config, NewShop, Platform, SimReply};
use serde_json::Value;
use sha2::Sha256;

pub const PARTNER: u64 = 2_001_234;
pub const KEY: &str = "mock_partner_key";
pub const SHOP: u64 = 987_654;
pub const BALANCE: &str = "ads/get_total_balance";
pub const SETTINGS: &str = "ads/get_product_level_campaign_setting_info";
pub const REFRESH: &str = "auth/access_token/get";
/// 9 October 2025, 08:53:20 UTC.
pub const START_MS: i64 = 1_760_000_000_000;

pub struct Rig {
    pub platform: Platform,
    pub now_ms: i64,
}

pub fn new_shop(id: u64, campaigns: u32) -> NewShop {
    NewShop {
        name: "Loja".into(),
        region: "BR".into(),
        campaigns,
        seed: 7,
        access_token: format!("access-{id}"),
        refresh_token: Some(format!("refresh-{id}")),
        expires_in_s: None,
        linked: None,
    }
}

impl Rig {
    /// With two shops.
    pub fn with_campaigns(campaigns: u32) -> Self {
        let config = Config { partner_id: PARTNER, partner_key: KEY.into(), ..Config::default() };
        let platform = Platform::new(config, 1);
        for id in [SHOP, 5] {
            platform.put_shop(START_MS, id, new_shop(id, campaigns)).unwrap();
        }
        Self { platform, now_ms: START_MS }
    }

    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        let mut behaviour = self.platform.behaviour();
        change(&mut behaviour);
        self.platform.set_behaviour(behaviour).unwrap();
    }

    fn signed(&self, endpoint: &str, access: &str, more: &str) -> String {
        let (path, now) = (format!("/api/v2/{endpoint}"), self.now_ms / 1_000);
        let mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
        let base = format!("{PARTNER}{path}{now}{access}");
        let sign = hex::encode(mac.chain_update(base).finalize().into_bytes());
        format!("{path}?partner_id={PARTNER}&timestamp={now}&sign={sign}{more}")
    }

    /// The signed path and query of a shop's call; `more` starts with `&` or is empty.
    pub fn url(&self, shop: u64, token: &str, endpoint: &str, more: &str) -> String {
        let more = format!("&access_token={token}&shop_id={shop}{more}");
        self.signed(endpoint, &format!("{token}{shop}"), &more)
    }

    /// A call of a shop with a token.
    pub fn get_with(&self, shop: u64, token: &str, endpoint: &str, more: &str) -> SimReply {
        self.platform.serve_at(self.now_ms, "GET", &self.url(shop, token, endpoint, more), b"")
    }

    /// The error code of a call with the shop's first token.
    pub fn get(&self, shop: u64) -> String {
        error(&self.get_with(shop, &format!("access-{shop}"), BALANCE, ""))
    }

    pub fn post(&self, endpoint: &str, body: &Value) -> SimReply {
        let url = self.signed(endpoint, "", "");
        self.platform.serve_at(self.now_ms, "POST", &url, body.to_string().as_bytes())
    }
}

pub fn json(reply: &SimReply) -> Value {
    serde_json::from_slice(&reply.body).unwrap_or_default()
}

pub fn error(reply: &SimReply) -> String {
    json(reply)["error"].as_str().map_or_else(|| format!("status {}", reply.status), str::to_owned)
}
