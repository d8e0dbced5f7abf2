//! The typed way to a shop's object. Also owns how objects are named: by the shop's id in decimal.

use crate::durable::command::{Command, Envelope};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sync_core::{
    Begin, BeginReply, ChunkKey, ClaimReply, CommitReply, Failure, Generation, ListedPage, ListingLease,
    Outcome, PageReply, ShopId,
};
use worker::{Env, Method, Request, RequestInit};

/// One shop's object.
pub struct ShopObject<'a> {
    env: &'a Env,
    shop_id: ShopId,
}

impl<'a> ShopObject<'a> {
    /// The object of a shop.
    pub fn new(env: &'a Env, shop_id: ShopId) -> Self {
        Self { env, shop_id }
    }

    pub async fn begin(&self, request: Begin) -> Result<BeginReply, String> {
        self.ask(Command::Begin { request }).await
    }

    pub async fn claim_listing(&self, generation: Generation) -> Result<Option<ListingLease>, String> {
        self.ask(Command::ClaimListing { generation }).await
    }

    pub async fn page(
        &self,
        generation: Generation,
        attempt: u32,
        page: ListedPage,
    ) -> Result<PageReply, String> {
        self.ask(Command::Page { generation, attempt, page }).await
    }

    pub async fn listing_failed(
        &self,
        generation: Generation,
        attempt: u32,
        failure: Failure,
    ) -> Result<(), String> {
        self.ask(Command::ListingFailed { generation, attempt, failure }).await
    }

    pub async fn claim(
        &self,
        generation: Generation,
        key: ChunkKey,
        attempt: u32,
    ) -> Result<ClaimReply, String> {
        self.ask(Command::Claim { generation, key, attempt }).await
    }

    pub async fn commit(
        &self,
        generation: Generation,
        key: ChunkKey,
        attempt: u32,
        outcome: Outcome,
    ) -> Result<CommitReply, String> {
        self.ask(Command::Commit { generation, key, attempt, outcome }).await
    }

    pub async fn cancel(&self, generation: Generation, reason: String) -> Result<bool, String> {
        self.ask(Command::Cancel { generation, reason }).await
    }

    pub async fn wake(&self) -> Result<Value, String> {
        self.ask(Command::Wake).await
    }

    pub async fn view(&self) -> Result<Value, String> {
        self.ask(Command::View).await
    }

    async fn ask<R: DeserializeOwned>(&self, command: Command) -> Result<R, String> {
        let envelope = Envelope { shop_id: self.shop_id, command };
        let body = to_text(&envelope)?;
        let wrong = |error: worker::Error| format!("the shop's object did not answer: {error}");
        let stub = self
            .env
            .durable_object("SHOP_SYNC")
            .and_then(|namespace| namespace.get_by_name(&self.shop_id.0.to_string()))
            .map_err(wrong)?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(body.into()));
        let request = Request::new_with_init("https://shop-sync/", &init).map_err(wrong)?;
        let mut response = stub.fetch_with_request(request).await.map_err(wrong)?;
        let text = response.text().await.map_err(wrong)?;
        if response.status_code() != 200 {
            return Err(format!("the shop's object answered {}: {text}", response.status_code()));
        }
        serde_json::from_str(&text).map_err(|error| format!("the shop's object gave an odd answer: {error}"))
    }
}

fn to_text(value: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(value).map_err(|error| error.to_string())
}
