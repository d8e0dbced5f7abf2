//! `apishopee_shops`, with the settings.

use super::{Model, Values};
use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};
use sync_core::settings;

/// A shop's row, with its settings.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns; an empty text stands for NULL too")]
pub struct Shop {
    pub shop_name: Option<String>,
    pub region: Option<String>,
    pub partner_id: Option<i64>,
    pub access_token: String,
    pub refresh_token: String,
    pub token_expires_at_ms: Option<i64>,
    pub authorized_until_ms: Option<i64>,
    pub consented_at_ms: Option<i64>,
    pub info_at_ms: Option<i64>,
    pub token_state: String,
    pub token_error: Option<String>,
    pub settings: Value,
}

impl Default for Shop {
    fn default() -> Self {
        Self {
            shop_name: None,
            region: None,
            partner_id: None,
            access_token: String::new(),
            refresh_token: String::new(),
            token_expires_at_ms: None,
            authorized_until_ms: None,
            consented_at_ms: None,
            info_at_ms: None,
            token_state: "ok".to_owned(),
            token_error: None,
            settings: Value::Null,
        }
    }
}

/// NULL and the empty text are the same.
fn text(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// As `ads_region_time_zone`.
pub(super) fn time_zone(region: Option<&str>) -> Tz {
    match region.unwrap_or("").trim().to_uppercase().as_str() {
        "MY" => Tz::Asia__Kuala_Lumpur,
        "TH" => Tz::Asia__Bangkok,
        "VN" => Tz::Asia__Ho_Chi_Minh,
        "PH" => Tz::Asia__Manila,
        "ID" => Tz::Asia__Jakarta,
        "TW" => Tz::Asia__Taipei,
        "MX" => Tz::America__Mexico_City,
        "CL" => Tz::America__Santiago,
        "CO" => Tz::America__Bogota,
        "PL" => Tz::Europe__Warsaw,
        "BR" => Tz::America__Sao_Paulo,
        _ => Tz::Asia__Singapore,
    }
}

/// What the zone's clock shows.
pub(super) fn local(now_ms: i64, zone: Tz) -> NaiveDateTime {
    DateTime::<Utc>::from_timestamp_millis(now_ms).expect("a time").with_timezone(&zone).naive_local()
}

fn date(now_ms: i64, zone: Tz) -> NaiveDate {
    local(now_ms, zone).date()
}

/// When the zone's day began. Of a midnight that comes twice Postgres takes the second; one that is left out it counts
/// with the clock as it was before.
pub(super) fn midnight_ms(now_ms: i64, zone: Tz) -> i64 {
    let midnight = date(now_ms, zone).and_time(NaiveTime::MIN);
    let earlier = TimeDelta::hours(6);
    let at = match zone.from_local_datetime(&midnight) {
        LocalResult::Single(at) | LocalResult::Ambiguous(_, at) => at,
        LocalResult::None => {
            zone.from_local_datetime(&(midnight - earlier)).latest().expect("a time") + earlier
        }
    };
    at.timestamp_millis()
}

impl Model {
    pub(super) fn settings_deployment(&self) -> Value {
        let names = settings::TABLE.iter().map(|setting| setting.name);
        let mut row: Map<String, Value> = names.map(|name| (name.to_owned(), Value::Null)).collect();
        row.insert("shop_id".to_owned(), 0.into());
        row.extend(self.deployment.as_object().cloned().unwrap_or_default());
        Value::Object(row)
    }

    fn settings_of(&self, shop: &Shop) -> Value {
        let set = |row: &Value| -> Map<String, Value> {
            let columns = row.as_object().cloned().unwrap_or_default();
            columns.into_iter().filter(|(_, value)| !value.is_null()).collect()
        };
        json!({ "deployment": set(&self.deployment), "shop": set(&shop.settings) })
    }

    /// As `ads_enqueue_due_syncs` and `v_ads_freshness` say.
    pub(super) fn due_ms(&self, shop_id: i64, shop: &Shop) -> i64 {
        let minutes = |name: &str, default: i64| {
            let set = |value: &Value| value.get(name).and_then(Value::as_i64);
            set(&shop.settings).or_else(|| set(&self.deployment)).unwrap_or(default)
        };
        let runs = self.runs.range((shop_id, 0)..=(shop_id, i64::MAX)).rev().map(|(_, run)| run);
        let mut realtime = runs.filter(|run| run.kind == "realtime").peekable();
        let Some(last) = realtime.peek().copied() else { return self.now_ms };
        let yesterday = date(self.now_ms, time_zone(shop.region.as_deref())) - chrono::Days::new(1);
        let mut figures =
            self.performance.range((shop_id, 0, yesterday, -1)..(shop_id, 1, NaiveDate::MIN, -1));
        let spends = !realtime.any(|run| run.status == "completed")
            || figures.any(|((_, _, _, hour), row)| *hour == -1 && row.value.expense > 0);
        let busy = minutes("sync_minutes", 15);
        let idle = minutes("idle_sync_minutes", 120).max(busy);
        let cadence = if spends || last.status == "failed" { busy } else { idle };
        last.started_at_ms + cadence * 60_000
    }

    pub(super) fn shops_load(&self, v: &Values<'_>) -> Vec<String> {
        let shop_id = v.long(0);
        let Some(shop) = self.shops.get(&shop_id) else { return Vec::new() };
        let zone = time_zone(shop.region.as_deref());
        let newest = self.runs.range((shop_id, 0)..=(shop_id, i64::MAX)).next_back().map(|((_, g), _)| *g);
        let floor = [
            self.progress.get(&shop_id).map(|progress| progress.generation),
            self.status.get(&shop_id).map(|status| status.generation),
            newest,
        ];
        let row = json!({
            "shop_id": shop_id, "shop_name": shop.shop_name, "region": shop.region,
            "access_token": text(&shop.access_token), "refresh_token": text(&shop.refresh_token),
            "partner_id": shop.partner_id, "partner_key": null,
            "token_expires_at_ms": shop.token_expires_at_ms, "is_disabled": false, "token_state": shop.token_state,
            "token_error": shop.token_error,
            "info_is_old": shop.info_at_ms.is_none_or(|at| at < self.now_ms - 86_400_000), "today": date(self.now_ms, zone), "time_zone": zone.name(),
            "generation_floor": floor.into_iter().flatten().max().unwrap_or(0).max(0),
            "settings": self.settings_of(shop),
        });
        vec![row.to_string()]
    }

    /// What the flow reads of a shop's summary: whether there is progress, and where it stands.
    pub(super) fn shops_list(&self, v: &Values<'_>) -> Vec<String> {
        let only = v.opt_long(1).expect("the simulation asks for one shop");
        let Some(shop) = self.shops.get(&only) else { return Vec::new() };
        let progress = self.progress.get(&only).map(|p| {
            json!({ "generation": p.generation, "run_kind": p.run_kind, "sync_stage": p.sync_stage,
                    "current_chunk": p.current_chunk, "total_chunks": p.total_chunks, "progress_percent": 0.0,
                    "synced_campaigns": p.synced_campaigns, "total_campaigns": p.total_campaigns,
                    "failed_chunks": p.failed_chunks, "error_message": p.error_message,
                    "waiting_reason": p.waiting_reason, "waiting_until_ms": p.waiting_until_ms,
                    "started_at_ms": p.started_at_ms, "last_chunk_at_ms": p.last_chunk_at_ms,
                    "completed_at_ms": p.completed_at_ms, "is_complete": p.is_complete })
        });
        let row = json!({ "shop_id": only, "shop_name": shop.shop_name, "region": shop.region,
                          "disabled_at_ms": null, "has_token": !shop.access_token.is_empty(), "token_state": shop.token_state,
                          "progress": progress, "sync": null, "balance": null, "freshness": null });
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

    pub(super) fn upsert_consent(&mut self, v: &Values<'_>) -> Value {
        let shop = self.shops.entry(v.long(0)).or_default();
        if shop.consented_at_ms.is_some_and(|at_ms| at_ms >= v.long(8)) {
            return true.into();
        }
        shop.consented_at_ms = Some(v.long(8));
        shop.shop_name = v.opt_text(1).map(str::to_owned).or(shop.shop_name.take());
        shop.region = v.opt_text(2).map(str::to_owned).or(shop.region.take());
        shop.partner_id = Some(v.long(3));
        (shop.access_token, shop.refresh_token) = (v.text(4).to_owned(), v.text(5).to_owned());
        (shop.token_expires_at_ms, shop.authorized_until_ms) = (Some(v.long(6)), v.opt_long(7));
        shop.info_at_ms = None;
        (shop.token_state, shop.token_error) = ("ok".to_owned(), None);
        true.into()
    }

    pub(super) fn learn(&mut self, v: &Values<'_>) -> Value {
        let now_ms = self.now_ms;
        let Some(shop) = self.shops.get_mut(&v.long(0)) else { return false.into() };
        (shop.shop_name, shop.region) = (Some(v.text(1).to_owned()), Some(v.text(2).to_owned()));
        shop.authorized_until_ms = v.opt_long(3).or(shop.authorized_until_ms);
        shop.info_at_ms = Some(now_ms);
        true.into()
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
