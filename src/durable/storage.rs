//! A shop's state in the object's SQLite: the header as one value, ids a page, chunks a row.
//!
//! Everything an event changed is written in one transaction, or nothing.

use js_sys::Function;
use serde::Deserialize;
use sync_core::{Changes, Shop, ShopId};
use wasm_bindgen::{JsCast, JsValue, closure::ScopedClosure, prelude::wasm_bindgen};
use worker::{Result, SqlStorageValue, Storage};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS header (id INTEGER PRIMARY KEY CHECK (id = 0), body TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS page (number INTEGER PRIMARY KEY, ids TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS chunk (position INTEGER PRIMARY KEY, body TEXT NOT NULL);";

#[wasm_bindgen]
extern "C" {
    type TransactionalStorage;
    #[wasm_bindgen(method, structural, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &TransactionalStorage,
        work: &Function,
    ) -> std::result::Result<JsValue, JsValue>;
}

#[derive(Deserialize)]
struct Row {
    body: String,
}

/// Makes the tables.
pub fn prepare(storage: &Storage) -> Result<()> {
    storage.sql().exec(SCHEMA, None).map(drop)
}

/// Reads the shop's state.
pub fn load(storage: &Storage, shop_id: ShopId) -> Result<Shop> {
    let read = |sql: &str| -> Result<Vec<Row>> { storage.sql().exec(sql, None)?.to_array() };
    let Some(header) = read("SELECT body FROM header")?.pop() else { return Ok(Shop::new(shop_id)) };
    let mut plan: Vec<i64> = Vec::new();
    for page in read("SELECT ids AS body FROM page ORDER BY number")? {
        plan.extend(serde_json::from_str::<Vec<i64>>(&page.body)?);
    }
    let chunks = read("SELECT body FROM chunk ORDER BY position")?;
    let chunks =
        chunks.iter().map(|row| serde_json::from_str(&row.body)).collect::<serde_json::Result<Vec<_>>>()?;
    Ok(Shop::restore(shop_id, serde_json::from_str(&header.body)?, plan, chunks))
}

/// Writes what an event changed.
pub fn save(storage: &Storage, shop: &Shop, changes: &Changes) -> Result<()> {
    if !changes.header && !changes.new_run && changes.page.is_none() && changes.chunks.is_empty() {
        return Ok(());
    }
    let mut work = || write(storage, shop, changes).map_err(JsValue::from);
    let closure = ScopedClosure::borrow_mut(&mut work);
    storage
        .as_raw()
        .unchecked_ref::<TransactionalStorage>()
        .transaction_sync(closure.as_ref().unchecked_ref())
        .map(drop)
        .map_err(worker::Error::from)
}

fn write(storage: &Storage, shop: &Shop, changes: &Changes) -> Result<()> {
    let sql = storage.sql();
    if changes.new_run {
        sql.exec("DELETE FROM page", None)?;
        sql.exec("DELETE FROM chunk", None)?;
    }
    let Some(run) = &shop.run else { return Ok(()) };
    let text = |text: String| SqlStorageValue::String(text);
    let number = |n: u64| SqlStorageValue::try_from_i64(i64::try_from(n).unwrap_or(i64::MAX));
    if changes.header {
        let body = serde_json::to_string(&run.header)?;
        sql.exec("INSERT OR REPLACE INTO header (id, body) VALUES (0, ?)", vec![text(body)])?;
    }
    if let Some((page, ids)) = &changes.page {
        let values = vec![number(u64::from(*page))?, text(serde_json::to_string(ids)?)];
        sql.exec("INSERT OR REPLACE INTO page (number, ids) VALUES (?, ?)", values)?;
    }
    for position in &changes.chunks {
        let Some(chunk) = run.chunks.get(*position) else { continue };
        let values = vec![number(*position as u64)?, text(serde_json::to_string(chunk)?)];
        sql.exec("INSERT OR REPLACE INTO chunk (position, body) VALUES (?, ?)", values)?;
    }
    Ok(())
}
