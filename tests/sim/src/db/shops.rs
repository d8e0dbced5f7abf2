//! `apishopee_shops`.

use super::{Model, Values};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// A shop's row, with its settings.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the columns")]
pub struct Shop {
    pub access_token: String,
    pub refresh_token: String,
    pub token_expires_at_ms: Option<i64>,
    pub token_state: String,
    pub token_error: Option<String>,
    pub settings: Value,
}

/// NULL and the empty text are the same.
fn text(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

impl Model {
    pub(super) fn shops_load(&self, v: &Values<'_>) -> Vec<String> {
        let shop_id = v.long(0);
        let Some(shop) = self.shops.get(&shop_id) else { return Vec::new() };
        let today =
            DateTime::<Utc>::from_timestamp_millis(self.now_ms + 8 * 3_600_000).expect("a time").date_naive();
        let newest = self.runs.range((shop_id, 0)..=(shop_id, i64::MAX)).next_back().map(|((_, g), _)| *g);
        let floor = [
            self.progress.get(&shop_id).map(|progress| progress.generation),
            self.status.get(&shop_id).copied(),
            newest,
        ];
        let row = json!({
            "shop_id": shop_id, "shop_name": "a shop", "region": "SG", "access_token": text(&shop.access_token),
            "refresh_token": text(&shop.refresh_token), "partner_id": null, "partner_key": null,
            "token_expires_at_ms": shop.token_expires_at_ms, "token_state": shop.token_state,
            "token_error": shop.token_error, "today": today, "time_zone": "Asia/Singapore",
            "generation_floor": floor.into_iter().flatten().max().unwrap_or(0), "settings": shop.settings,
        });
        vec![row.to_string()]
    }

    pub(super) fn shops_list(&self, v: &Values<'_>) -> Vec<String> {
        let only = v.opt_long(1).expect("the simulation asks for one shop");
        let Some(shop) = self.shops.get(&only) else { return Vec::new() };
        let progress = self.progress.get(&only).map(|p| {
            json!({ "generation": p.generation, "run_kind": null, "sync_stage": p.sync_stage,
                    "current_chunk": p.current_chunk, "total_chunks": p.total_chunks, "progress_percent": 0.0,
                    "synced_campaigns": p.synced_campaigns, "total_campaigns": p.total_campaigns,
                    "failed_chunks": null, "error_message": null, "waiting_reason": null, "waiting_until_ms": null,
                    "started_at_ms": null, "last_chunk_at_ms": null, "completed_at_ms": null, "is_complete": null })
        });
        let row = json!({ "shop_id": only, "shop_name": null, "region": null, "has_token": true,
                          "token_state": shop.token_state, "progress": progress, "sync": null });
        vec![row.to_string()]
    }

    pub(super) fn store_pair(&mut self, v: &Values<'_>) -> Value {
        let (expected, access, refresh) = (v.opt_text(1).and_then(text), v.text(2), v.text(3));
        let Some(shop) = self.shops.get_mut(&v.long(0)) else { return false.into() };
        let held = text(&shop.refresh_token) == expected || shop.refresh_token == refresh;
        if held {
            (shop.access_token, shop.refresh_token) = (access.to_owned(), refresh.to_owned());
            (shop.token_state, shop.token_error) = ("ok".to_owned(), None);
            shop.token_expires_at_ms = Some(v.long(4));
        }
        held.into()
    }

    pub(super) fn mark_reconsent(&mut self, v: &Values<'_>) -> Value {
        let Some(shop) = self.shops.get_mut(&v.long(0)) else { return false.into() };
        let held = text(&shop.refresh_token) == v.opt_text(1).and_then(text);
        if held {
            shop.token_state = "reconsent".to_owned();
            shop.token_error = Some(v.text(2).to_owned());
        }
        held.into()
    }
}
