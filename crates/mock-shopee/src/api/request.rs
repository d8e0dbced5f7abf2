//! A received call.

use super::refusal::Refusal;
use crate::endpoint::{Endpoint, PREFIX};
use crate::limits::IDS_PER_CALL_MAX;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::borrow::Cow;

/// Method, path, parameters, body and time of a call.
pub struct Request<'a> {
    /// Unix milliseconds. The whole call is served at this time.
    pub now_ms: i64,
    /// The method, in upper case.
    pub method: &'a str,
    /// The path, which is signed.
    pub path: &'a str,
    /// The path with its query, as received.
    pub path_and_query: &'a str,
    query: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    body: &'a [u8],
}

impl<'a> Request<'a> {
    /// Parses a call.
    pub fn new(now_ms: i64, method: &'a str, path_and_query: &'a str, body: &'a [u8]) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let query = form_urlencoded::parse(query.as_bytes()).collect();
        Self { now_ms, method, path, path_and_query, query, body }
    }

    /// When it was received, in unix seconds.
    pub fn now_s(&self) -> i64 {
        self.now_ms.div_euclid(1_000)
    }

    /// The called endpoint.
    pub fn endpoint(&self) -> Option<Endpoint> {
        Endpoint::of(self.path)
    }

    /// The path as it is recorded.
    pub fn name(&self) -> &'a str {
        self.path.strip_prefix(PREFIX).unwrap_or(self.path)
    }

    /// A query parameter, if present and not empty. A repeated one is an error: lists are one text.
    pub fn optional(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut found = self.query.iter().filter(|(key, _)| key == name).map(|(_, value)| &**value);
        let first = found.next();
        if found.next().is_some() {
            return Err(Refusal::parameter(&format!("{name} is given more than once")));
        }
        Ok(first.filter(|value| !value.is_empty()))
    }

    /// A required parameter.
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

    /// The campaigns that the call names in its query, or the one in its body, as far as they can be read.
    pub fn named_ids(&self) -> Vec<i64> {
        match self.query.iter().find(|(key, _)| key == "campaign_id_list") {
            Some((_, list)) => list.split(',').filter_map(|id| id.trim().parse().ok()).take(1_000).collect(),
            None => {
                let body = self.json().ok();
                body.and_then(|body| body.get("campaign_id")?.as_i64()).into_iter().collect()
            }
        }
    }

    /// The shop that the call names, in its query or its body.
    pub fn shop(&self) -> Option<u64> {
        let in_query = self.query.iter().find(|(key, _)| key == "shop_id");
        in_query
            .and_then(|(_, shop)| shop.parse().ok())
            .or_else(|| self.json().ok()?.get("shop_id")?.as_u64())
    }

    /// The body, which must be JSON of this shape. Other fields are ignored.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_slice(self.body).map_err(|error| Refusal::parameter(&error.to_string()))
    }

    /// The body, which must be JSON.
    pub fn json(&self) -> Result<Value, Refusal> {
        serde_json::from_slice(self.body).map_err(|_| Refusal::parameter("the body is not JSON"))
    }
}
