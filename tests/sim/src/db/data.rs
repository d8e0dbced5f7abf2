//! The tables that a sync fills, behind the fence.

use super::{Model, Values};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use std::collections::{BTreeMap, BTreeSet};

/// The key of a row of figures: shop, campaign (0: the whole shop), day, hour (−1: the whole day).
pub type FigureKey = (i64, i64, NaiveDate, i64);

/// A row of data: what it holds, and how old its answer is.
#[derive(Clone, Debug)]
pub struct Row<T> {
    /// The run that wrote it last.
    pub generation: i64,
    /// When its answer was asked for, unix milliseconds.
    pub fetched_at_ms: i64,
    /// What it holds.
    pub value: T,
    /// Since when the platform no longer knows it, unix milliseconds.
    pub vanished_at_ms: Option<i64>,
}

/// A campaign's settings.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[expect(missing_docs, reason = "the columns")]
pub struct Campaign {
    pub ad_type: Option<String>,
    pub name: Option<String>,
    pub status: Option<String>,
    pub campaign_placement: Option<String>,
    pub bidding_method: Option<String>,
    #[serde(deserialize_with = "hundredths")]
    pub campaign_budget: Option<i64>,
    pub start_time: Option<i64>,
    pub end_time: Option<i64>,
    pub item_count: Option<i64>,
    #[serde(deserialize_with = "ten_thousandths")]
    pub roas_target: Option<i64>,
    pub raw_data: Value,
}

impl Campaign {
    /// It counts among the ongoing ones.
    #[must_use]
    pub fn is_ongoing(&self) -> bool {
        self.status.as_deref() == Some("ongoing")
    }
}

/// The figures of a day or an hour; money in hundredths, as the columns keep it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the columns")]
pub struct Figures {
    pub impression: Option<i64>,
    pub clicks: Option<i64>,
    pub expense: i64,
    pub direct_order: Option<i64>,
    pub direct_gmv: Option<i64>,
    pub broad_order: Option<i64>,
    pub broad_gmv: Option<i64>,
    pub direct_item_sold: Option<i64>,
    pub broad_item_sold: Option<i64>,
}

impl Figures {
    /// What is not told is as it was.
    fn over(self, old: Option<Self>) -> Self {
        let Some(old) = old else { return self };
        Self {
            impression: self.impression.or(old.impression),
            clicks: self.clicks.or(old.clicks),
            expense: self.expense,
            direct_order: self.direct_order.or(old.direct_order),
            direct_gmv: self.direct_gmv.or(old.direct_gmv),
            broad_order: self.broad_order.or(old.broad_order),
            broad_gmv: self.broad_gmv.or(old.broad_gmv),
            direct_item_sold: self.direct_item_sold.or(old.direct_item_sold),
            broad_item_sold: self.broad_item_sold.or(old.broad_item_sold),
        }
    }

    /// Something is told, and it is not zero.
    fn is_something(&self) -> bool {
        let counts = [self.impression, self.clicks, self.direct_order, self.broad_order];
        let others = [self.direct_gmv, self.broad_gmv, self.direct_item_sold, self.broad_item_sold];
        self.expense != 0 || counts.iter().chain(&others).flatten().any(|n| *n != 0)
    }
}

/// A shop's balance; money in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Balance {
    #[serde(deserialize_with = "cents")]
    pub balance: i64,
    pub data_timestamp: i64,
}

fn scaled(value: f64, scale: f64) -> i64 {
    (value * scale).round() as i64
}

fn cents<'de, D: serde::Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    Ok(scaled(f64::deserialize(from)?, 100.0))
}

fn hundredths<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(Option::<f64>::deserialize(from)?.map(|value| scaled(value, 100.0)))
}

fn ten_thousandths<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(Option::<f64>::deserialize(from)?.map(|value| scaled(value, 10_000.0)))
}

#[derive(Deserialize)]
struct Fence {
    shop_id: i64,
    generation: i64,
    fetched_at_ms: i64,
    touch: bool,
    stage: String,
    chunk_index: i64,
    finish: bool,
}

impl Fence {
    /// Writes a row unless a newer one is there, or the same. True if it was written.
    fn put<K: Ord, T: PartialEq>(&self, table: &mut BTreeMap<K, Row<T>>, key: K, value: T) -> bool {
        let row = Row {
            generation: self.generation,
            fetched_at_ms: self.fetched_at_ms,
            value,
            vanished_at_ms: None,
        };
        match table.get(&key) {
            Some(old) if (old.generation, old.fetched_at_ms) > (row.generation, row.fetched_at_ms) => false,
            Some(old) if !self.touch && old.vanished_at_ms.is_none() && old.value == row.value => false,
            _ => {
                table.insert(key, row);
                true
            }
        }
    }
}

#[derive(Deserialize)]
struct Listed {
    first: i64,
    last: i64,
    ids: Vec<i64>,
}

#[derive(Deserialize)]
struct CampaignKey {
    campaign_id: i64,
}

fn whole(field: Option<&str>) -> Option<i64> {
    field.map(|field| field.parse().expect("an integer"))
}

/// In hundredths.
fn amount(field: Option<&str>) -> Option<i64> {
    field.map(|field| scaled(field.parse().expect("a number"), 100.0))
}

/// Reads the text of an array of rows of figures, each with its campaign, day and hour.
fn figure_rows(text: &str, of_campaigns: bool, has_hours: bool) -> Vec<((i64, NaiveDate, i64), Figures)> {
    let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).expect("an array");
    let rows = inner.split("\",\"").filter(|row| !row.is_empty());
    rows.map(|row| {
        let row = row.trim_matches('"').strip_prefix('(').and_then(|row| row.strip_suffix(')'));
        let mut fields =
            row.expect("a row").split(',').map(|field| Some(field).filter(|field| !field.is_empty()));
        let mut next = || fields.next().expect("a row has all fields");
        let campaign = if of_campaigns { whole(next()).expect("a campaign") } else { 0 };
        let day = next().and_then(|day| day.parse().ok()).expect("a day");
        let hour = if has_hours { whole(next()).expect("an hour") } else { -1 };
        let figures = Figures {
            impression: whole(next()),
            clicks: whole(next()),
            expense: amount(next()).expect("an expense"),
            direct_order: whole(next()),
            direct_gmv: amount(next()),
            broad_order: whole(next()),
            broad_gmv: amount(next()),
            direct_item_sold: whole(next()),
            broad_item_sold: whole(next()),
        };
        assert!(fields.next().is_none(), "a row has more fields: {text}");
        ((campaign, day, hour), figures)
    })
    .collect()
}

fn answer(fenced: bool, written: usize, given: usize) -> Value {
    let unchanged = if fenced { given - written } else { 0 };
    json!({ "fenced": fenced, "written": written, "unchanged": unchanged })
}

fn with_since(answer: Value, since: &[(i64, i64)]) -> Value {
    json!({ "rows": answer, "status_since_ms": since })
}

fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> T {
    serde_json::from_str(raw.get()).expect("a row that store has written")
}

fn list(text: &str) -> Vec<&RawValue> {
    serde_json::from_str(text).expect("a list that store has written")
}

impl Model {
    fn fence(&self, v: &Values<'_>) -> (Fence, bool) {
        let fence: Fence = v.json(0);
        let held = self.no_fence || self.is_syncing(fence.shop_id, Some(fence.generation));
        (fence, held)
    }

    fn finish(&mut self, fence: &Fence) {
        let key = (fence.shop_id, fence.generation, fence.stage.clone(), fence.chunk_index);
        if !self.is_syncing(fence.shop_id, Some(fence.generation)) {
            self.broken(format!("3: shop {} was written after its run was stopped", fence.shop_id));
        }
        if fence.finish {
            self.complete_row(&key);
        }
        self.finished.insert(key);
    }

    pub(super) fn write_campaigns(&mut self, v: &Values<'_>) -> Value {
        let (fence, held) = self.fence(v);
        if !held {
            return with_since(answer(false, 0, 0), &[]);
        }
        let rows = list(v.text(1)).into_iter().map(|raw| (read::<CampaignKey>(raw).campaign_id, raw));
        let rows: BTreeMap<i64, &RawValue> = rows.collect();
        let mut written = 0;
        let mut since = Vec::new();
        for (id, raw) in &rows {
            let (key, campaign) = ((fence.shop_id, *id), read::<Campaign>(raw));
            let is_ongoing = campaign.is_ongoing();
            let same = self
                .campaigns
                .get(&key)
                .is_some_and(|old| old.vanished_at_ms.is_none() && old.value.status == campaign.status);
            if fence.put(&mut self.campaigns, key, campaign) {
                written += 1;
                if !same {
                    self.status_since_ms.insert(key, fence.fetched_at_ms);
                }
            }
            since.extend(self.status_since_ms.get(&key).filter(|_| !is_ongoing).map(|at| (*id, *at)));
            self.accounted.insert((fence.shop_id, fence.generation, *id));
        }
        let now_ms = self.now_ms;
        let vanished: Vec<i64> = v.json(2);
        self.accounted.extend(vanished.iter().map(|id| (fence.shop_id, fence.generation, *id)));
        let listed: Option<Listed> = v.json(3);
        let unlisted = listed.iter().flat_map(|listed| {
            let span = (fence.shop_id, listed.first)..=(fence.shop_id, listed.last);
            let rows = self.campaigns.range(span).filter(|(_, row)| row.vanished_at_ms.is_none());
            rows.map(|(key, _)| key.1).filter(|id| !listed.ids.contains(id))
        });
        let gone: BTreeSet<i64> = unlisted.chain(vanished).collect();
        for id in gone.into_iter().filter(|id| !rows.contains_key(id)) {
            if let Some(old) = self.campaigns.get_mut(&(fence.shop_id, id))
                && (old.generation, old.fetched_at_ms) <= (fence.generation, fence.fetched_at_ms)
            {
                if old.value.status.as_deref() != Some("deleted") {
                    old.value.status = Some("deleted".to_owned());
                    self.status_since_ms.insert((fence.shop_id, id), fence.fetched_at_ms);
                }
                old.vanished_at_ms = old.vanished_at_ms.or(Some(now_ms));
                (old.generation, old.fetched_at_ms) = (fence.generation, fence.fetched_at_ms);
            }
        }
        self.finish(&fence);
        with_since(answer(true, written, rows.len()), &since)
    }

    pub(super) fn emptied(&mut self, v: &Values<'_>) -> Value {
        let (shop, generation, now_ms) = (v.long(0), v.long(1), self.now_ms);
        if !self.is_syncing(shop, Some(generation)) {
            return 0.into();
        }
        let Some(status) = self.status.get_mut(&shop) else { return 0.into() };
        let is_believed = *status.listed_empty.get_or_insert(generation) < generation;
        let rows = self.campaigns.range_mut((shop, i64::MIN)..=(shop, i64::MAX));
        let mut kept = 0;
        for (key, row) in rows.filter(|(_, row)| row.vanished_at_ms.is_none()) {
            if !is_believed {
                kept += 1;
            } else if row.generation <= generation {
                if row.value.status.as_deref() != Some("deleted") {
                    row.value.status = Some("deleted".to_owned());
                    self.status_since_ms.insert(*key, now_ms);
                }
                (row.vanished_at_ms, row.generation) = (Some(now_ms), generation);
            }
        }
        kept.into()
    }

    /// Days and hours, of campaigns or of the whole shop, with its balance.
    pub(super) fn write_figures(&mut self, v: &Values<'_>) -> Value {
        let (fence, held) = self.fence(v);
        if !held {
            return answer(false, 0, 0);
        }
        let (mut written, mut given) = (0, 0);
        for (text, has_hours) in [(v.text(1), false), (v.text(2), true)] {
            let rows = figure_rows(text, v.0.len() == 3, has_hours).into_iter();
            let rows =
                rows.map(|((campaign, day, hour), figures)| ((fence.shop_id, campaign, day, hour), figures));
            let rows: BTreeMap<FigureKey, Figures> = rows.collect();
            given += rows.len();
            for (key, figures) in rows {
                let old = self.performance.get(&key).map(|row| row.value);
                let figures = figures.over(old);
                // A campaign without traffic gets no row; one that is there falls to zero.
                let told = key.1 == 0 || figures.is_something() || old.is_some();
                written += usize::from(told && fence.put(&mut self.performance, key, figures));
            }
        }
        if v.0.len() > 3
            && let Some(balance) = v.json::<Option<Balance>>(3)
        {
            given += 1;
            written += usize::from(fence.put(&mut self.balances, fence.shop_id, balance));
        }
        self.finish(&fence);
        answer(true, written, given)
    }
}
