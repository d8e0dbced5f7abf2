//! A call as it came.

use super::endpoint::{Endpoint, PREFIX};
use super::refusal::Refusal;
use crate::limits::IDS_PER_CALL_MAX;
use axum::body::Bytes;
use axum::extract::Query;
use axum::http::{Method, Uri};
use serde_json::Value;

/// Verb, path, parameters and body of a call.
pub struct Request {
    /// The verb.
    pub method: Method,
    /// The path, which is signed.
    pub path: String,
    query: Vec<(String, String)>,
    body: Bytes,
}

impl Request {
    /// Takes a call apart. A query that cannot be read counts as empty.
    pub fn new(method: Method, uri: &Uri, body: Bytes) -> Self {
        let query = Query::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default();
        Self { method, path: uri.path().to_owned(), query, body }
    }

    /// The endpoint that is meant.
    pub fn endpoint(&self) -> Option<Endpoint> {
        Endpoint::of(&self.path)
    }

    /// The path as it is recorded.
    pub fn name(&self) -> &str {
        self.path.strip_prefix(PREFIX).unwrap_or(&self.path)
    }

    /// A parameter of the query, if it is there and not empty. Repeating one is an error: lists are one text.
    pub fn optional(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut found = self.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let first = found.next();
        if found.next().is_some() {
            return Err(Refusal::parameter(&format!("{name} is given more than once")));
        }
        Ok(first.filter(|value| !value.is_empty()))
    }

    /// A parameter that the endpoint cannot do without.
    pub fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.optional(name)?.ok_or_else(|| Refusal::parameter(&format!("{name} is required")))
    }

    /// A whole number, not negative.
    pub fn count(&self, name: &str, default: u64) -> Result<u64, Refusal> {
        let Some(text) = self.optional(name)? else { return Ok(default) };
        text.parse().map_err(|_| Refusal::parameter(&format!("{name} should be an integer, 0 or more")))
    }

    /// `campaign_id_list`: 1 to 100 ids, each once.
    pub fn campaign_ids(&self) -> Result<Vec<i64>, Refusal> {
        let mut ids = Vec::new();
        for text in self.required("campaign_id_list")?.split(',') {
            let id = text.trim().parse::<i64>().ok().filter(|id| *id > 0);
            let id =
                id.ok_or_else(|| Refusal::parameter("campaign_id_list holds something that is no id"))?;
            if !ids.contains(&id) {
                ids.push(id);
            }
            if ids.len() > IDS_PER_CALL_MAX {
                return Err(Refusal::parameter("campaign_id_list holds more than 100 ids"));
            }
        }
        Ok(ids)
    }

    /// The campaigns that the call names, as far as they can be read.
    pub fn named_ids(&self) -> Vec<i64> {
        let list = self.query.iter().find(|(key, _)| key == "campaign_id_list");
        list.map_or("", |(_, text)| text)
            .split(',')
            .filter_map(|id| id.trim().parse().ok())
            .take(1_000)
            .collect()
    }

    /// The shop that the call names, in its query or its body.
    pub fn shop(&self) -> Option<u64> {
        let in_query = self.query.iter().find(|(key, _)| key == "shop_id");
        in_query
            .and_then(|(_, shop)| shop.parse().ok())
            .or_else(|| self.json().ok()?.get("shop_id")?.as_u64())
    }

    /// The body, which must be JSON.
    pub fn json(&self) -> Result<Value, Refusal> {
        serde_json::from_slice(&self.body).map_err(|_| Refusal::parameter("the body is not JSON"))
    }
}
