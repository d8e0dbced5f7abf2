//! What the checks know of tokens: which were spent, and which are safe in storage.

use crate::world::World;
use serde_json::Value;
use shopee::HttpRequest;
use std::{collections::BTreeSet, rc::Rc};
use sync_flow::token_encryption::{self, Place};

/// What is remembered.
#[derive(Default)]
pub struct Tokens {
    /// Refresh tokens whose exchange was answered.
    spent: BTreeSet<String>,
    /// Access tokens that were stored before they were used.
    safe: BTreeSet<String>,
    /// Access tokens that the platform has revoked.
    revoked: BTreeSet<String>,
}

fn opened(world: &World, shop_id: i64, column: &'static str, sealed: &str) -> Option<String> {
    token_encryption::open(world.config.keyring.as_ref(), Place::Shop(shop_id, column), sealed).ok()
}

impl Tokens {
    /// What stands in the shops' rows from the beginning is safe there.
    pub fn with(safe: impl Iterator<Item = String>) -> Self {
        Self { safe: safe.collect(), ..Self::default() }
    }
}

/// An object has written its custody's document.
pub fn kept(world: &Rc<World>, shop: i64, body: &str) {
    let Ok(record) = serde_json::from_str::<Value>(body) else { return };
    let Some(sealed) = record.pointer("/pair/access").and_then(Value::as_str).filter(|text| !text.is_empty())
    else {
        return;
    };
    match opened(world, shop, "access_token", sealed) {
        Some(token) => drop(world.tokens.borrow_mut().safe.insert(token)),
        None => world.broken(format!("8: shop {shop}'s custody holds a token that nobody can open")),
    }
}

/// A call is about to be made.
pub fn call(world: &Rc<World>, request: &HttpRequest) {
    let mut wrong = None;
    {
        let tokens = world.tokens.borrow();
        if let Some(token) = refresh_token(request)
            && tokens.spent.contains(&token)
        {
            wrong = Some(format!("8: refresh token {token} was used again after it had been exchanged"));
        }
        let access = crate::invariants::value(&request.url, "access_token");
        let shop = crate::invariants::value(&request.url, "shop_id").and_then(|id| id.parse::<i64>().ok());
        if let (Some(access), Some(shop)) = (access, shop)
            && !tokens.safe.contains(access)
        {
            wrong = Some(format!("8: shop {shop} calls with a token that was stored nowhere"));
        }
    }
    if let Some(what) = wrong {
        world.broken(what);
    }
}

/// An answer has arrived.
pub fn answered(world: &Rc<World>, request: &HttpRequest, status: u16, body: &[u8]) {
    if let Some(token) = refresh_token(request)
        && status == 200
        && String::from_utf8_lossy(body).contains("access_token")
    {
        world.tokens.borrow_mut().spent.insert(token);
    }
}

/// Whether the platform has revoked the token of this call; `strikes`: it does so now.
pub fn is_revoked(world: &Rc<World>, request: &HttpRequest, strikes: bool) -> bool {
    let Some(token) = crate::invariants::value(&request.url, "access_token") else { return false };
    let mut tokens = world.tokens.borrow_mut();
    if strikes {
        tokens.revoked.insert(token.to_owned());
    }
    tokens.revoked.contains(token)
}

fn field(request: &HttpRequest, name: &str) -> Option<Value> {
    let body: Value = serde_json::from_str(request.body.as_ref()?).ok()?;
    body.get(name).cloned()
}

fn shop_of(request: &HttpRequest) -> Option<i64> {
    field(request, "shop_id")?.as_i64()
}

/// The token with its shop: a main account's is good once for each of its shops.
fn refresh_token(request: &HttpRequest) -> Option<String> {
    let token = field(request, "refresh_token")?.as_str()?.to_owned();
    Some(format!("{}/{token}", shop_of(request)?))
}
