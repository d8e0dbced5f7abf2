//! `apishopee_ads_sync_queue`: jobs.

use super::{Model, Shop, Values};
use serde_json::{Value, json};

/// A job's row.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns")]
pub struct Job {
    pub id: String,
    pub shop_id: i64,
    pub sync_type: String,
    pub sync_params: Value,
    pub priority: i64,
    pub chunk_size: Option<i64>,
    pub status: String,
    pub retry_count: i64,
    pub max_retries: i64,
    pub created_at_ms: i64,
    pub scheduled_at_ms: i64,
    pub started_at_ms: Option<i64>,
    pub completed_at_ms: Option<i64>,
    pub claimed_until_ms: Option<i64>,
    pub trigger: Option<String>,
    pub generation: Option<i64>,
    pub error_message: Option<String>,
    pub result: Value,
}

impl Job {
    fn row(&self) -> String {
        json!({
            "id": self.id, "shop_id": self.shop_id, "sync_type": self.sync_type, "sync_params": self.sync_params,
            "priority": self.priority, "chunk_size": self.chunk_size, "status": self.status,
            "retry_count": self.retry_count, "max_retries": self.max_retries, "created_at_ms": self.created_at_ms,
            "trigger": self.trigger.as_deref().unwrap_or("sql"), "generation": self.generation,
            "error_message": self.error_message, "result": self.result,
        })
        .to_string()
    }

    /// Not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.status.as_str(), "pending" | "processing")
    }

    /// Ends it as failed.
    pub(super) fn fail(&mut self, now_ms: i64, reason: &str) {
        (self.status, self.claimed_until_ms) = ("failed".to_owned(), None);
        (self.completed_at_ms, self.error_message) = (Some(now_ms), Some(reason.to_owned()));
    }
}

impl Model {
    /// Inserts a row as an operator would.
    pub fn insert_job(
        &mut self,
        shop_id: i64,
        sync_type: &str,
        params: Value,
        trigger: Option<&str>,
    ) -> String {
        let id = self.fresh_id();
        self.insert_job_as(id, shop_id, sync_type, params, trigger)
    }

    /// The same, with the row's id.
    pub fn insert_job_as(
        &mut self,
        id: String,
        shop_id: i64,
        sync_type: &str,
        params: Value,
        trigger: Option<&str>,
    ) -> String {
        let job = Job {
            id: id.clone(),
            shop_id,
            sync_type: sync_type.to_owned(),
            sync_params: params,
            priority: 10,
            chunk_size: None,
            status: "pending".to_owned(),
            retry_count: 0,
            max_retries: 3,
            created_at_ms: self.now_ms,
            scheduled_at_ms: self.now_ms,
            started_at_ms: None,
            completed_at_ms: None,
            claimed_until_ms: None,
            trigger: trigger.map(str::to_owned),
            generation: None,
            error_message: None,
            result: Value::Null,
        };
        self.jobs.insert(id.clone(), job);
        id
    }

    /// The run of this shop and generation owns the progress row and is at work.
    pub(super) fn is_syncing(&self, shop_id: i64, generation: Option<i64>) -> bool {
        self.progress.get(&shop_id).is_some_and(|p| Some(p.generation) == generation && p.is_syncing())
    }

    pub(super) fn claim_due(&mut self, v: &Values<'_>) -> Vec<String> {
        let (limit, seconds, now_ms) = (v.long(0), v.long(1), self.now_ms);
        let mut due: Vec<(i64, i64, i64, String)> = self
            .jobs
            .values()
            .filter(|job| match job.status.as_str() {
                "pending" => job.scheduled_at_ms <= now_ms,
                "processing" => {
                    job.claimed_until_ms.is_some_and(|until| until < now_ms)
                        && job.retry_count < job.max_retries
                        && !self.is_syncing(job.shop_id, job.generation)
                }
                _ => false,
            })
            .map(|job| (-job.priority, job.scheduled_at_ms, job.created_at_ms, job.id.clone()))
            .collect();
        due.sort();
        due.truncate(usize::try_from(limit).unwrap_or(0));
        let claim = |id: &String| {
            let job = self.jobs.get_mut(id).expect("it was found");
            job.retry_count += i64::from(job.status == "processing");
            job.status = "processing".to_owned();
            (job.started_at_ms, job.completed_at_ms, job.error_message) = (Some(now_ms), None, None);
            job.claimed_until_ms = Some(now_ms + seconds * 1_000);
            job.row()
        };
        due.iter().map(|(.., id)| id).map(claim).collect()
    }

    pub(super) fn insert_claimed(&mut self, v: &Values<'_>) -> Vec<String> {
        let id = v.opt_text(0).map_or_else(|| self.fresh_id(), str::to_owned);
        if !self.jobs.contains_key(&id) {
            self.insert_job_as(id.clone(), v.long(1), v.text(2), v.json(3), Some(v.text(6)));
            let now_ms = self.now_ms;
            let job = self.jobs.get_mut(&id).expect("it was inserted");
            (job.priority, job.chunk_size) = (v.long(4), v.opt_long(5));
            (job.status, job.started_at_ms) = ("processing".to_owned(), Some(now_ms));
            job.claimed_until_ms = Some(now_ms + v.long(7) * 1_000);
        }
        vec![self.jobs[&id].row()]
    }

    pub(super) fn job(&self, v: &Values<'_>) -> Vec<String> {
        self.jobs.get(v.text(0)).map(Job::row).into_iter().collect()
    }

    pub(super) fn fail_job(&mut self, v: &Values<'_>) -> Value {
        let now_ms = self.now_ms;
        let Some(job) = self.jobs.get_mut(v.text(0)).filter(|job| job.is_open()) else { return 0.into() };
        job.fail(now_ms, v.text(1));
        1.into()
    }

    pub(super) fn release_job(&mut self, v: &Values<'_>) -> Value {
        let now_ms = self.now_ms;
        let job = self.jobs.get_mut(v.text(0)).filter(|job| job.status == "processing");
        let Some(job) = job else { return 0.into() };
        (job.status, job.claimed_until_ms, job.started_at_ms) = ("pending".to_owned(), None, None);
        job.scheduled_at_ms = now_ms + v.long(1) * 1_000;
        job.error_message = Some(v.text(2).to_owned());
        1.into()
    }

    pub(super) fn enqueue_all(&mut self, v: &Values<'_>) -> Value {
        let kind = v.text(0).to_owned();
        let busy = |job: &Job| kind == "realtime" || job.sync_type == kind;
        let shops = self.syncable(busy, |_, _| true);
        self.enqueue(&shops, &kind, v.long(1), v.opt_text(2))
    }

    pub(super) fn enqueue_due(&mut self, v: &Values<'_>) -> Value {
        let shops = self.syncable(|_| true, |id, shop| self.is_due(id, shop));
        self.enqueue(&shops, "realtime", 0, v.opt_text(0))
    }

    /// The shops with a token of use that are wanted, and have no open job that keeps them.
    fn syncable(&self, keeps: impl Fn(&Job) -> bool, wanted: impl Fn(i64, &Shop) -> bool) -> Vec<i64> {
        let busy = |id: i64| self.jobs.values().any(|job| job.shop_id == id && job.is_open() && keeps(job));
        let token = |shop: &Shop| !shop.access_token.is_empty() || !shop.refresh_token.is_empty();
        let shops = self.shops.iter().filter(|(id, shop)| {
            token(shop) && shop.token_state == "ok" && !busy(**id) && wanted(**id, shop)
        });
        shops.map(|(id, _)| *id).collect()
    }

    fn enqueue(&mut self, shops: &[i64], kind: &str, priority: i64, trigger: Option<&str>) -> Value {
        for shop in shops {
            let id = self.insert_job(*shop, kind, json!({}), trigger);
            self.jobs.get_mut(&id).expect("it was inserted").priority = priority;
        }
        shops.len().into()
    }
}
