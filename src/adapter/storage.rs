//! An object's SQLite storage: documents by name, a run's ids in pages, its chunks one per row.
//!
//! Everything that an event changed is written in one transaction, or nothing.

use super::now_ms;
use js_sys::Function;
use serde::{Deserialize, de::DeserializeOwned};
use sync_core::{Shop, ShopChanges, ShopId, ShopRateLimiter};
use sync_flow::error::FlowError;
use sync_flow::host::Storage;
use wasm_bindgen::{JsCast, JsValue, closure::ScopedClosure, prelude::wasm_bindgen};
use worker::{Result, SqlStorageValue};

/// The older tables (`header`, `page`, `chunk`) contained runs that this release cannot read; the stuck clean-up finds
/// such a run and fails it with the reason.
const SCHEMA: &str = "
    DROP TABLE IF EXISTS header; DROP TABLE IF EXISTS page; DROP TABLE IF EXISTS chunk;
    CREATE TABLE IF NOT EXISTS document (name TEXT PRIMARY KEY, body TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS plan_page (number INTEGER PRIMARY KEY, ids TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS run_chunk (name TEXT PRIMARY KEY, body TEXT NOT NULL);";
/// The name of the document with the run's header.
const HEADER: &str = "header";
/// The name of the document with the shop's bucket.
const PACE: &str = "pace";

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

/// The storage of one object.
pub struct SqliteStorage(worker::Storage);

impl SqliteStorage {
    /// Creates the tables.
    ///
    /// # Errors
    /// The platform refuses.
    pub fn open(storage: worker::Storage) -> std::result::Result<Self, FlowError> {
        storage
            .sql()
            .exec(SCHEMA, None)
            .map_err(|error| FlowError::Platform(format!("the object has no storage: {error}")))?;
        Ok(Self(storage))
    }

    fn read(&self, sql: &str, values: Option<Vec<SqlStorageValue>>) -> Result<Vec<String>> {
        let rows: Vec<Row> = self.0.sql().exec(sql, values)?.to_array()?;
        Ok(rows.into_iter().map(|row| row.body).collect())
    }

    fn document(&self, name: &str) -> Result<Option<String>> {
        let sql = "SELECT body FROM document WHERE name = ?";
        Ok(self.read(sql, Some(vec![SqlStorageValue::String(name.to_owned())]))?.pop())
    }

    fn put_document(&self, name: &str, body: String) -> Result<()> {
        let values = vec![SqlStorageValue::String(name.to_owned()), SqlStorageValue::String(body)];
        self.0.sql().exec("INSERT OR REPLACE INTO document (name, body) VALUES (?, ?)", values).map(drop)
    }

    fn load(&self, shop_id: ShopId) -> Result<Shop> {
        let header = self.document(HEADER)?.map(|body| read(&body)).transpose()?;
        let pace: Option<ShopRateLimiter> = self.document(PACE)?.map(|body| read(&body)).transpose()?;
        let mut plan: Vec<i64> = Vec::new();
        for page in self.read("SELECT ids AS body FROM plan_page ORDER BY number", None)? {
            plan.extend(read::<Vec<i64>>(&page)?);
        }
        let chunks = self.read("SELECT body FROM run_chunk", None)?;
        let chunks = chunks.iter().map(|body| read(body)).collect::<Result<_>>()?;
        Ok(Shop::restore(shop_id, pace.unwrap_or_default(), header, plan, chunks))
    }

    fn write(&self, shop: &Shop, changes: &ShopChanges) -> Result<()> {
        let sql = self.0.sql();
        if changes.limiter {
            self.put_document(PACE, serde_json::to_string(&shop.limiter)?)?;
        }
        if changes.new_run {
            sql.exec("DELETE FROM plan_page", None)?;
            sql.exec("DELETE FROM run_chunk", None)?;
        }
        let Some(run) = &shop.run else { return Ok(()) };
        if changes.header {
            self.put_document(HEADER, serde_json::to_string(&run.header)?)?;
        }
        for (page, ids) in &changes.pages {
            let number = SqlStorageValue::try_from_i64(i64::from(*page))?;
            let values = vec![number, SqlStorageValue::String(serde_json::to_string(ids)?)];
            sql.exec("INSERT OR REPLACE INTO plan_page (number, ids) VALUES (?, ?)", values)?;
        }
        for key in &changes.chunks {
            let Some(chunk) = run.chunks.get(key) else { continue };
            let body = SqlStorageValue::String(serde_json::to_string(chunk)?);
            let values = vec![SqlStorageValue::String(key.to_string()), body];
            sql.exec("INSERT OR REPLACE INTO run_chunk (name, body) VALUES (?, ?)", values)?;
        }
        Ok(())
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    compact::json::from_str(text).map_err(|error| worker::Error::from(error.to_string()))
}

impl Storage for SqliteStorage {
    fn load_shop(&self, shop_id: ShopId) -> std::result::Result<Shop, FlowError> {
        self.load(shop_id)
            .map_err(|error| FlowError::Platform(format!("the shop's state cannot be read: {error}")))
    }

    fn save_shop(&self, shop: &Shop, changes: &ShopChanges) -> std::result::Result<(), FlowError> {
        let mut work = || self.write(shop, changes).map_err(JsValue::from);
        let closure = ScopedClosure::borrow_mut(&mut work);
        let raw = self.0.as_raw();
        let done =
            raw.unchecked_ref::<TransactionalStorage>().transaction_sync(closure.as_ref().unchecked_ref());
        done.map(drop).map_err(|error| {
            FlowError::Platform(format!("the shop's state cannot be written: {}", worker::Error::from(error)))
        })
    }

    fn record(&self, name: &str) -> std::result::Result<Option<String>, FlowError> {
        self.document(name).map_err(FlowError::platform)
    }

    fn put_record(&self, name: &str, body: &str) -> std::result::Result<(), FlowError> {
        self.put_document(name, body.to_owned()).map_err(FlowError::platform)
    }

    async fn set_alarm(&self, at_ms: i64) -> std::result::Result<(), FlowError> {
        let in_ms = at_ms.saturating_sub(now_ms()).max(1);
        self.0.set_alarm(in_ms).await.map_err(FlowError::platform)
    }
}
