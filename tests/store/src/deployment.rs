//! A deployment at one moment, with the real flow and the real database, whose keys can be changed.

use crate::setup::Database;
use serde_json::{Value, json};
use shopee::{Access, HttpRequest, HttpResponse, Secret, TransportError, sign};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};
use store::Postgres;
use sync_core::{AppId, BudgetMessage, ChunkMessage, PermitReply, Shop, ShopChanges, ShopId, StartMessage};
use sync_flow::error::FlowError;
use sync_flow::{
    commands::{AppCommand, Command, TokenReply},
    config::Config,
    host::{Host, HttpPost, Level, Point, Storage},
    object::ShopSyncObject,
    queues::Queue,
    token_encryption::Keyring,
};

pub const NOW_MS: i64 = 1_790_000_000_000;
pub const PARTNER_ID: i64 = 2_001_234;

/// What a shop's tokens and key are, before and after a refresh.
pub fn plain(what: &str, shop_id: i64, number: u32) -> String {
    format!("plain-{what}-{shop_id}-{number}")
}

/// The platform under the flow. Shopee takes each shop's first refresh token, signed with the shop's own key.
pub struct Deployment<'a> {
    pub database: &'a Database,
    pub keys: RefCell<String>,
    /// What was logged and stored beside the database.
    pub said: RefCell<String>,
    /// Refreshes that Shopee was asked for.
    pub refreshes: Cell<u32>,
    records: RefCell<BTreeMap<String, String>>,
    nonces: Cell<u8>,
}

impl<'a> Deployment<'a> {
    pub fn new(database: &'a Database, keys: &str) -> Self {
        Self {
            database,
            keys: RefCell::new(keys.to_owned()),
            said: RefCell::default(),
            refreshes: Cell::new(0),
            records: RefCell::default(),
            nonces: Cell::new(0),
        }
    }

    /// Asks a fresh object of a shop's for a token.
    pub async fn token(&self, shop_id: i64) -> Result<TokenReply, FlowError> {
        let command = Command::Token { refused: None, slot_ms: None };
        let shop = OfShop { deployment: self, shop_id };
        let reply = ShopSyncObject::default().execute(self, &shop, ShopId(shop_id), command).await?;
        serde_json::from_value(reply).map_err(Into::into)
    }

    fn say(&self, text: &str) {
        let mut said = self.said.borrow_mut();
        said.push_str(text);
        said.push('\n');
    }
}

/// The parameter of a query.
fn value<'u>(url: &'u str, name: &str) -> Option<&'u str> {
    let (_, query) = url.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

impl Host for Deployment<'_> {
    type Db = Postgres;

    fn now_ms(&self) -> i64 {
        NOW_MS
    }

    fn random(&self) -> f64 {
        0.5
    }

    fn random_bytes(&self, bytes: &mut [u8]) {
        self.nonces.set(self.nonces.get() + 1);
        bytes.fill(self.nonces.get());
    }

    async fn sleep_ms(&self, _: i64) {}

    async fn db(&self) -> Result<Postgres, FlowError> {
        self.database.another().await.map_err(|error| FlowError::Platform(format!("{error:#}")))
    }

    async fn fetch(&self, request: HttpRequest, _: u32) -> Result<HttpResponse, TransportError> {
        self.refreshes.set(self.refreshes.get() + 1);
        let body: Value =
            request.body.as_deref().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
        let shop_id = body["shop_id"].as_i64().unwrap_or_default();
        let at = value(&request.url, "timestamp").and_then(|at| at.parse().ok()).unwrap_or_default();
        let base = Access::Public.base_string(PARTNER_ID, request.endpoint.path(), at);
        let signed = sign(&Secret::new(plain("key", shop_id, 1)), base.expose());
        let answer = if value(&request.url, "sign") != Some(signed.as_str()) {
            json!({ "error": "error_sign", "message": "Wrong sign." })
        } else if body["refresh_token"] != plain("refresh", shop_id, 1) {
            json!({ "error": "error_auth", "message": "Invalid refresh_token." })
        } else {
            json!({ "error": "", "access_token": plain("access", shop_id, 2),
                "refresh_token": plain("refresh", shop_id, 2), "expire_in": 14_400, "shop_id": shop_id })
        };
        Ok(HttpResponse { status: 200, retry_after: None, body: answer.to_string().into_bytes() })
    }

    async fn post(&self, _: &HttpPost, _: u32) -> Result<HttpResponse, TransportError> {
        Err(TransportError::Network("there are no sinks here".to_owned()))
    }

    async fn ask_shop(&self, _: ShopId, command: &Command) -> Result<String, FlowError> {
        match command {
            Command::Permit { .. } => {
                serde_json::to_string(&PermitReply::Go { at_ms: NOW_MS }).map_err(Into::into)
            }
            _ => Err(FlowError::platform("nothing else is asked")),
        }
    }

    async fn ask_governor(&self, _: AppId, _: ShopId, _: &AppCommand) -> Result<String, FlowError> {
        Err(FlowError::platform("nobody throttles"))
    }

    async fn send_start(&self, _: &[StartMessage]) -> Result<(), FlowError> {
        Ok(())
    }

    async fn send_chunks(&self, _: &[ChunkMessage]) -> Result<(), FlowError> {
        Ok(())
    }

    async fn send_budgets(&self, _: &[BudgetMessage]) -> Result<(), FlowError> {
        Ok(())
    }

    async fn send_raw(&self, _: Queue, _: &str) -> Result<(), FlowError> {
        Ok(())
    }

    fn log(&self, level: Level, event: &str, fields: Value) {
        self.say(&format!("{level:?} {event} {fields}"));
    }

    fn point(&self, _: &Point<'_>) {}

    fn config(&self) -> Result<Config, FlowError> {
        let base_url = "https://platform.test".to_owned();
        Ok(Config { base_url, keyring: Some(Keyring::parse(&self.keys.borrow())?), ..Config::default() })
    }

    fn memory_bytes(&self) -> usize {
        0
    }
}

/// What a shop's object stores.
struct OfShop<'d, 'a> {
    deployment: &'d Deployment<'a>,
    shop_id: i64,
}

impl Storage for OfShop<'_, '_> {
    fn load_shop(&self, shop_id: ShopId) -> Result<Shop, FlowError> {
        Ok(Shop::new(shop_id))
    }

    fn save_shop(&self, _: &Shop, _: &ShopChanges) -> Result<(), FlowError> {
        Ok(())
    }

    fn record(&self, name: &str) -> Result<Option<String>, FlowError> {
        Ok(self.deployment.records.borrow().get(&format!("{} {name}", self.shop_id)).cloned())
    }

    fn put_record(&self, name: &str, body: &str) -> Result<(), FlowError> {
        self.deployment.say(body);
        self.deployment.records.borrow_mut().insert(format!("{} {name}", self.shop_id), body.to_owned());
        Ok(())
    }

    async fn set_alarm(&self, _: i64) -> Result<(), FlowError> {
        Ok(())
    }
}
