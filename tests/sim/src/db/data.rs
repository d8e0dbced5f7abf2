//! The tables that a sync fills, behind the fence.

use super::{Model, Values};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use std::collections::BTreeMap;

/// A row of data: what it holds, and how old its answer is.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The run that wrote it last.
    pub generation: i64,
    /// When its answer was asked for, unix milliseconds.
    pub fetched_at_ms: i64,
    /// What it holds.
    pub value: String,
    /// The platform no longer knows it.
    pub vanished: bool,
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
    fn put<K: Ord>(&self, table: &mut BTreeMap<K, Row>, key: K, value: String) -> bool {
        let row =
            Row { generation: self.generation, fetched_at_ms: self.fetched_at_ms, value, vanished: false };
        match table.get(&key) {
            Some(old) if (old.generation, old.fetched_at_ms) > (row.generation, row.fetched_at_ms) => false,
            Some(old) if !self.touch && !old.vanished && old.value == row.value => false,
            _ => {
                table.insert(key, row);
                true
            }
        }
    }
}

/// What names a row of figures.
#[derive(Deserialize)]
struct Key {
    #[serde(default)]
    campaign_id: i64,
    performance_date: String,
    hour: Option<i64>,
}

fn answer(fenced: bool, written: usize, given: usize) -> Value {
    let unchanged = if fenced { given - written } else { 0 };
    json!({ "fenced": fenced, "written": written, "unchanged": unchanged })
}

impl Model {
    fn fence(&self, v: &Values<'_>) -> (Fence, bool) {
        let fence: Fence = v.json(0);
        let held = self.no_fence || self.is_syncing(fence.shop_id, Some(fence.generation));
        (fence, held)
    }

    fn finish(&mut self, fence: &Fence) {
        let key = (fence.shop_id, fence.generation, fence.stage.clone(), fence.chunk_index);
        let honest = self.is_syncing(fence.shop_id, Some(fence.generation));
        if !honest {
            self.broken(format!("3: shop {} was written after its run was stopped", fence.shop_id));
        }
        if fence.finish
            && let Some(row) = self.chunks.get_mut(&key)
        {
            *row = "completed".to_owned();
        }
        self.finished.insert(key);
    }

    pub(super) fn write_campaigns(&mut self, v: &Values<'_>) -> Value {
        let (fence, held) = self.fence(v);
        let rows: BTreeMap<i64, Value> = by_id(v.json(1));
        let vanished: Vec<i64> = v.json(2);
        if !held {
            return answer(false, 0, 0);
        }
        let mut written = 0;
        for (id, row) in &rows {
            written += usize::from(fence.put(&mut self.campaigns, (fence.shop_id, *id), row.to_string()));
            self.accounted.insert((fence.shop_id, fence.generation, *id));
        }
        for id in vanished.into_iter().filter(|id| !rows.contains_key(id)) {
            self.accounted.insert((fence.shop_id, fence.generation, id));
            if let Some(old) = self.campaigns.get_mut(&(fence.shop_id, id))
                && (old.generation, old.fetched_at_ms) <= (fence.generation, fence.fetched_at_ms)
            {
                (old.vanished, old.generation) = (true, fence.generation);
                old.fetched_at_ms = fence.fetched_at_ms;
            }
        }
        self.finish(&fence);
        answer(true, written, rows.len())
    }

    /// Days and hours, of campaigns or of the whole shop.
    pub(super) fn write_figures(&mut self, v: &Values<'_>) -> Value {
        let (fence, held) = self.fence(v);
        if !held {
            return answer(false, 0, 0);
        }
        let (mut written, mut given) = (0, 0);
        for rows in [v.text(1), v.text(2)] {
            let rows: Vec<&RawValue> = serde_json::from_str(rows).expect("a list that store has written");
            given += rows.len();
            for row in rows {
                let key: Key = serde_json::from_str(row.get()).expect("a row that store has written");
                let key = (fence.shop_id, key.campaign_id, key.performance_date, key.hour.unwrap_or(-1));
                written += usize::from(fence.put(&mut self.performance, key, row.get().to_owned()));
            }
        }
        self.finish(&fence);
        answer(true, written, given)
    }
}

fn by_id(rows: Vec<Value>) -> BTreeMap<i64, Value> {
    rows.into_iter().filter_map(|row| Some((row.get("campaign_id")?.as_i64()?, row))).collect()
}
