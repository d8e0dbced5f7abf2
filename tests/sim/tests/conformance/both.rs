//! Model and server side by side.

use crate::server::Server;
use anyhow::{Result, ensure};
use serde_json::Value;
use sim::db::Model;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};
use store::{Db, DbError, Param, Statement};

/// Every row that the model has too. Times are unix milliseconds.
const DUMP: &str = "
    SELECT jsonb_build_array('queue', jsonb_build_object('id', CASE WHEN is_chunk THEN NULL ELSE id END,
      'shop_id', shop_id, 'priority', priority, 'sync_type', sync_type, 'sync_params', sync_params, 'status', status,
      'retry_count', retry_count, 'max_retries', max_retries, 'scheduled_at_ms', ads_unix_ms(scheduled_at),
      'started_at_ms', ads_unix_ms(started_at), 'completed_at_ms', ads_unix_ms(completed_at),
      'error_message', error_message, 'created_at_ms', ads_unix_ms(created_at), 'chunk_index', chunk_index,
      'chunk_size', chunk_size, 'is_chunk', is_chunk, 'trigger', trigger, 'generation', generation, 'stage', stage,
      'attempt', attempt, 'claimed_until_ms', ads_unix_ms(claimed_until), 'result', result))::text
      FROM apishopee_ads_sync_queue
    UNION ALL SELECT jsonb_build_array('progress', (to_jsonb(p) - 'last_chunk_at' - 'started_at' - 'completed_at'
      - 'created_at' - 'updated_at' - 'waiting_until' - 'chunk_counts') || jsonb_build_object(
      'waiting_until_ms', ads_unix_ms(waiting_until), 'started_at_ms', ads_unix_ms(started_at),
      'last_chunk_at_ms', ads_unix_ms(last_chunk_at), 'completed_at_ms', ads_unix_ms(completed_at),
      'updated_at_ms', CASE WHEN sync_stage LIKE 'syncing%' THEN ads_unix_ms(updated_at) END))::text
      FROM apishopee_ads_sync_progress p
    UNION ALL SELECT jsonb_build_array('status', (to_jsonb(s) - 'id' - 'last_sync_at' - 'created_at' - 'updated_at')
      || jsonb_build_object('last_sync_at_ms', ads_unix_ms(last_sync_at)))::text
      FROM apishopee_ads_sync_status s
    UNION ALL SELECT jsonb_build_array('runs', (to_jsonb(r) - 'started_at' - 'ended_at') || jsonb_build_object(
      'started_at_ms', ads_unix_ms(started_at), 'ended_at_ms', ads_unix_ms(ended_at)))::text
      FROM apishopee_ads_sync_runs r
    UNION ALL SELECT jsonb_build_array('shops', jsonb_build_object('shop_id', shop_id, 'shop_name', shop_name,
      'region', region, 'partner_id', partner_id, 'access_token', coalesce(access_token, ''),
      'refresh_token', coalesce(refresh_token, ''), 'token_expires_at_ms', ads_unix_ms(token_expires_at),
      'authorized_until_ms', ads_unix_ms(authorized_until), 'consented_at_ms', ads_unix_ms(consented_at), 'info_at_ms', ads_unix_ms(info_at),
      'token_state', token_state, 'token_error', token_error))::text
      FROM apishopee_shops
    UNION ALL SELECT jsonb_build_array('campaigns', (to_jsonb(c) - 'id' - 'synced_at' - 'cached_at' - 'fetched_at'
      - 'vanished_at' - 'status_since') || jsonb_build_object('fetched_at_ms', ads_unix_ms(fetched_at),
      'vanished_at_ms', ads_unix_ms(vanished_at), 'status_since_ms', ads_unix_ms(status_since)))::text
      FROM apishopee_ads_campaign_data c
    UNION ALL SELECT jsonb_build_array('performance', jsonb_build_object('shop_id', shop_id, 'campaign_id', campaign_id,
      'date', performance_date, 'hour', hour, 'impression', impression, 'clicks', clicks, 'expense', expense,
      'direct_order', direct_order, 'direct_gmv', direct_gmv, 'broad_order', broad_order, 'broad_gmv', broad_gmv,
      'direct_item_sold', direct_item_sold, 'broad_item_sold', broad_item_sold, 'generation', generation,
      'fetched_at_ms', ads_unix_ms(fetched_at)))::text
      FROM (
        SELECT shop_id, campaign_id, performance_date, -1 AS hour, impression, clicks, expense, direct_order, direct_gmv,
          broad_order, broad_gmv, direct_item_sold, broad_item_sold, generation, fetched_at FROM apishopee_ads_performance_daily
        UNION ALL SELECT shop_id, campaign_id, performance_date, hour, impression, clicks, expense, direct_order, direct_gmv,
          broad_order, broad_gmv, direct_item_sold, broad_item_sold, generation, fetched_at FROM apishopee_ads_performance_hourly
        UNION ALL SELECT shop_id, 0, performance_date, -1, impression, clicks, expense, direct_order, direct_gmv,
          broad_order, broad_gmv, direct_item_sold, broad_item_sold, generation, fetched_at
          FROM apishopee_ads_shop_performance_daily
        UNION ALL SELECT shop_id, 0, performance_date, hour, impression, clicks, expense, direct_order, direct_gmv,
          broad_order, broad_gmv, direct_item_sold, broad_item_sold, generation, fetched_at
          FROM apishopee_ads_shop_performance_hourly) f
    UNION ALL SELECT jsonb_build_array('balances', (to_jsonb(b) - 'fetched_at')
      || jsonb_build_object('fetched_at_ms', ads_unix_ms(fetched_at)))::text FROM apishopee_ads_shop_balance b
    UNION ALL SELECT jsonb_build_array('alerts', (to_jsonb(a) - 'id' - 'first_seen_at' - 'last_seen_at' - 'resolved_at'
      - 'acknowledged_at' - 'acknowledged_by' - 'muted_until')
      || jsonb_build_object('first_seen_at_ms', ads_unix_ms(first_seen_at), 'last_seen_at_ms', ads_unix_ms(last_seen_at),
      'resolved_at_ms', ads_unix_ms(resolved_at)))::text FROM apishopee_ads_alerts a
    UNION ALL SELECT jsonb_build_array('letters', (to_jsonb(l) - 'received_at' - 'replayed_at') || jsonb_build_object(
      'received_at_ms', ads_unix_ms(received_at), 'replayed_at_ms', ads_unix_ms(replayed_at)))::text
      FROM apishopee_ads_dead_letters l
    UNION ALL SELECT jsonb_build_array('drift', (to_jsonb(d) - 'id' - 'at')
      || jsonb_build_object('at_ms', ads_unix_ms(at)))::text FROM apishopee_ads_api_drift d
    UNION ALL SELECT jsonb_build_array('audits', (to_jsonb(u) - 'id' - 'at')
      || jsonb_build_object('at_ms', ads_unix_ms(at)))::text FROM apishopee_ads_audit_log u
    UNION ALL SELECT jsonb_build_array('schedules', to_jsonb(b) - 'ad_type' - 'created_at' - 'updated_at')::text
      FROM apishopee_scheduled_ads_budget b
    UNION ALL SELECT jsonb_build_array('rules', to_jsonb(r) - 'updated_at' - 'updated_by' - 'version')::text
      FROM apishopee_ads_budget_rules r
    UNION ALL SELECT jsonb_build_array('changes', to_jsonb(n) - 'at')::text FROM apishopee_ads_budget_changes n
    UNION ALL SELECT jsonb_build_array('states', (to_jsonb(t) - 'updated_at') || jsonb_build_object(
      'has_write', write IS NOT NULL, 'updated_at_ms', ads_unix_ms(updated_at)))::text FROM apishopee_ads_budget_state t
    UNION ALL SELECT jsonb_build_array('leases', (to_jsonb(l) - 'lease_until' - 'looked_at')
      || jsonb_build_object('lease_until_ms', ads_unix_ms(lease_until), 'looked_at_ms', ads_unix_ms(looked_at)))::text FROM apishopee_ads_budget_leases l
    UNION ALL SELECT jsonb_build_array('logs', (to_jsonb(l) - 'id' - 'executed_at')
      || jsonb_build_object('executed_at_ms', ads_unix_ms(executed_at)))::text FROM apishopee_ads_budget_logs l
    UNION ALL SELECT jsonb_build_array('budget_limits', (to_jsonb(m) - 'fetched_at')
      || jsonb_build_object('fetched_at_ms', ads_unix_ms(fetched_at)))::text FROM apishopee_ads_budget_limits m";

const EMPTY: &str = "
    TRUNCATE apishopee_ads_sync_queue, apishopee_ads_sync_progress, apishopee_ads_sync_status, apishopee_ads_sync_runs,
      apishopee_ads_sync_settings, apishopee_shops, apishopee_ads_api_drift, apishopee_ads_campaign_data,
      apishopee_ads_performance_daily, apishopee_ads_performance_hourly, apishopee_ads_shop_performance_daily, apishopee_ads_shop_performance_hourly,
      apishopee_ads_shop_balance, apishopee_ads_alerts, apishopee_ads_dead_letters, apishopee_ads_audit_log,
      apishopee_scheduled_ads_budget, apishopee_ads_budget_rules, apishopee_ads_budget_state, apishopee_ads_budget_leases,
      apishopee_ads_budget_logs, apishopee_ads_budget_limits, apishopee_ads_budget_changes;
    INSERT INTO apishopee_ads_sync_settings (shop_id) VALUES (0)";

/// Runs every statement on both, and compares the answers.
pub struct Both<'a> {
    pub model: RefCell<Model>,
    pub server: &'a Server,
    now_ms: Cell<i64>,
    difference: RefCell<Option<String>>,
    /// The statements that were run.
    pub seen: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Both<'a> {
    /// Two empty databases at a time, unix milliseconds.
    pub async fn new(server: &'a Server, start_ms: i64) -> Result<Self> {
        server.batch(EMPTY).await?;
        let both = Self {
            model: RefCell::default(),
            server,
            now_ms: Cell::new(start_ms),
            difference: RefCell::default(),
            seen: RefCell::default(),
        };
        both.advance(0).await?;
        Ok(both)
    }

    pub fn now_ms(&self) -> i64 {
        self.now_ms.get()
    }

    /// Time passes.
    pub async fn advance(&self, ms: i64) -> Result<()> {
        self.now_ms.set(self.now_ms.get() + ms);
        self.model.borrow_mut().now_ms = self.now_ms.get();
        self.server.batch(&format!("SET sim.now_ms = '{}'", self.now_ms.get())).await?;
        Ok(())
    }

    /// SQL of an operator, and what it does in the model.
    pub async fn by_hand<R>(&self, sql: &str, model: impl FnOnce(&mut Model) -> R) -> Result<R> {
        self.server.batch(sql).await?;
        Ok(model(&mut self.model.borrow_mut()))
    }

    /// Fails where an answer was another, or a row is.
    pub async fn compare(&self) -> Result<()> {
        if let Some(difference) = self.difference.take() {
            anyhow::bail!(difference);
        }
        self.model.borrow_mut().violation = None;
        self.name_rows().await?;
        let mut theirs = Vec::new();
        for row in self.server.sql(DUMP).await? {
            theirs.push(plain(&serde_json::from_str(&row)?));
        }
        let model = self.model.borrow();
        let mut ours: Vec<String> =
            model.dump().into_iter().map(|(table, row)| plain(&serde_json::json!([table, row]))).collect();
        theirs.sort_unstable();
        ours.sort_unstable();
        let lacking: Vec<&String> = theirs.iter().filter(|row| !ours.contains(row)).collect();
        let odd: Vec<&String> = ours.iter().filter(|row| !theirs.contains(row)).collect();
        ensure!(
            lacking.is_empty() && odd.is_empty() && ours.len() == theirs.len(),
            "rows differ; Postgres has\n{lacking:#?}\nthe model has\n{odd:#?}"
        );
        Ok(())
    }

    /// Rows that the server has named itself get the names that the model gave them.
    async fn name_rows(&self) -> Result<()> {
        let jobs = "SELECT id::text || ' ' || shop_id || ' ' || sync_type || ' ' || priority || ' ' || ads_unix_ms(created_at)
            FROM apishopee_ads_sync_queue WHERE is_chunk IS NOT TRUE";
        let letters = "SELECT id::text || ' ' || message_id FROM apishopee_ads_dead_letters";
        let (jobs, letters) = (self.server.sql(jobs).await?, self.server.sql(letters).await?);
        let mut renames = Vec::new();
        {
            let model = self.model.borrow();
            let known: Vec<&str> = jobs.iter().filter_map(|row| Some(row.split_once(' ')?.0)).collect();
            let mut unnamed: Vec<_> =
                model.jobs.values().filter(|job| !known.contains(&job.id.as_str())).collect();
            for row in &jobs {
                let Some((id, key)) = row.split_once(' ').filter(|(id, _)| !model.jobs.contains_key(*id))
                else {
                    continue;
                };
                let place = unnamed.iter().position(|job| {
                    key == format!("{} {} {} {}", job.shop_id, job.sync_type, job.priority, job.created_at_ms)
                });
                if let Some(place) = place {
                    let to = &unnamed.swap_remove(place).id;
                    renames
                        .push(format!("UPDATE apishopee_ads_sync_queue SET id = '{to}' WHERE id = '{id}'"));
                }
            }
            for row in &letters {
                let Some((id, message)) = row.split_once(' ') else { continue };
                if let Some(letter) = model.letters.get(message).filter(|letter| letter.id != id) {
                    let to = &letter.id;
                    renames
                        .push(format!("UPDATE apishopee_ads_dead_letters SET id = '{to}' WHERE id = '{id}'"));
                }
            }
        }
        self.server.batch(&renames.join(";")).await?;
        Ok(())
    }
}

impl Db for Both<'_> {
    async fn rows(&self, statement: &Statement, params: &[Param<'_>]) -> Result<Vec<String>, DbError> {
        self.seen.borrow_mut().insert(statement.name);
        let ours = self.model.borrow_mut().execute(statement, params);
        let theirs = self.server.db.rows(statement, params).await?;
        let unnamed =
            statement.name == "queue.insert_claimed" && params.first() == Some(&Param::OptText(None));
        let read = |rows: &[String]| -> Vec<String> {
            let values = rows.iter().map(|row| {
                let mut value: Value = serde_json::from_str(row).expect("JSON");
                if let Some(fields) = value.as_object_mut() {
                    // Times stand beside as milliseconds; a name of the server's own is not the model's.
                    fields.retain(|name, _| !(name.ends_with("_at") || unnamed && name == "id"));
                }
                plain(&value)
            });
            values.collect()
        };
        let (our, their) = (read(&ours), read(&theirs));
        // Of a summary the model gives what the flow reads.
        if our != their && statement.name != "shops.list" {
            let text = format!("{} answers\n{their:#?}\nthe model\n{our:#?}", statement.name);
            self.difference.borrow_mut().get_or_insert(text);
        }
        Ok(ours)
    }
}

/// A text that is the same for the same JSON: 2, 2.0 and 2.00 are one number.
fn plain(value: &Value) -> String {
    fn same(value: &Value) -> Value {
        match value {
            Value::Number(number) => {
                number.as_f64().map_or(Value::Null, |n| ((n * 1e6).round() / 1e6).into())
            }
            Value::Array(items) => items.iter().map(same).collect(),
            Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), same(value))).collect(),
            other => other.clone(),
        }
    }
    same(value).to_string()
}
