//! `apishopee_ads_sync_queue`: jobs.

use super::{Model, Shop, Values};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

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
    fn row(&self) -> Value {
        json!({
            "id": self.id, "shop_id": self.shop_id, "sync_type": self.sync_type, "sync_params": self.sync_params,
            "priority": self.priority, "chunk_size": self.chunk_size, "status": self.status,
            "retry_count": self.retry_count, "max_retries": self.max_retries, "created_at_ms": self.created_at_ms,
            "trigger": self.trigger.as_deref().unwrap_or("sql"), "generation": self.generation,
            "error_message": self.error_message, "result": self.result,
        })
    }

    /// Not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.status.as_str(), "pending" | "processing")
    }

    fn is_backfill(&self) -> bool {
        self.sync_type != "realtime"
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

    pub(super) fn claim_due(&mut self, v: &Values<'_>) -> Value {
        let (limit, seconds, now_ms) = (v.long(0), v.long(1), self.now_ms);
        let (due, waiting) = self.seated(v.long(2), &v.json::<Vec<String>>(3));
        let claim = |id: &String| {
            let job = self.jobs.get_mut(id).expect("it was found");
            job.retry_count += i64::from(job.status == "processing");
            job.status = "processing".to_owned();
            (job.started_at_ms, job.completed_at_ms, job.error_message) = (Some(now_ms), None, None);
            job.claimed_until_ms = Some(now_ms + seconds * 1_000);
            job.row()
        };
        let jobs: Vec<Value> = due.iter().take(usize::try_from(limit).unwrap_or(0)).map(claim).collect();
        json!({ "waiting": waiting - jobs.len(), "jobs": jobs })
    }

    /// Those in line that find a place, in turn, and how many stand in line.
    fn seated(&self, places: i64, own_waits: &[String]) -> (Vec<String>, usize) {
        let mut line: Vec<&Job> = self.jobs.values().filter(|job| self.is_in_line(job)).collect();
        line.sort_by_key(|job| self.turn(job));
        let work: Vec<&Job> = self
            .jobs
            .values()
            .filter(|job| {
                job.status == "processing" && job.claimed_until_ms.is_some_and(|until| until >= self.now_ms)
            })
            .collect();
        let synced: BTreeSet<i64> =
            work.iter().filter(|job| !job.is_backfill()).map(|job| job.shop_id).collect();
        let waits =
            |shop: i64| work.iter().any(|job| job.shop_id == shop && self.waits_for_its_own(job, own_waits));
        line.retain(|job| !(job.is_backfill() && synced.contains(&job.shop_id) && waits(job.shop_id)));
        let waiting = line.len();
        let mut before = synced.clone();
        line.retain(|job| {
            let follows = job.is_backfill() && before.contains(&job.shop_id);
            before.extend((!job.is_backfill()).then_some(job.shop_id));
            !follows
        });
        // By app: the shops at work, and those of them that only backfill.
        let mut taken: BTreeMap<Option<i64>, (i64, i64)> = BTreeMap::new();
        for shop in work.iter().map(|job| job.shop_id).collect::<BTreeSet<_>>() {
            if !waits(shop) {
                let places = taken.entry(self.app(shop)).or_default();
                *places = (places.0 + 1, places.1 + i64::from(!synced.contains(&shop)));
            }
        }
        let mut seated = Vec::new();
        for job in line {
            let taken = taken.entry(self.app(job.shop_id)).or_default();
            if job.is_backfill() && taken.1 >= (places / 2).max(1) {
                continue;
            }
            *taken = (taken.0 + 1, taken.1 + i64::from(job.is_backfill()));
            if taken.0 <= places {
                seated.push(job.id.clone());
            }
        }
        (seated, waiting)
    }

    fn is_in_line(&self, job: &Job) -> bool {
        match job.status.as_str() {
            "pending" => job.scheduled_at_ms <= self.now_ms,
            "processing" => {
                job.claimed_until_ms.is_some_and(|until| until < self.now_ms)
                    && job.retry_count < job.max_retries
                    && !self.is_syncing(job.shop_id, job.generation)
            }
            _ => false,
        }
    }

    fn turn(&self, job: &Job) -> impl Ord {
        let gives_way = job.is_backfill() && job.created_at_ms > self.now_ms - 6 * 3_600_000;
        let by_cron = job.trigger.as_deref() == Some("cron");
        (-job.priority, by_cron, gives_way, job.scheduled_at_ms, job.created_at_ms, job.id.clone())
    }

    fn app(&self, shop_id: i64) -> Option<i64> {
        self.shops.get(&shop_id).and_then(|shop| shop.partner_id)
    }

    fn waits_for_its_own(&self, job: &Job, own_waits: &[String]) -> bool {
        self.progress.get(&job.shop_id).is_some_and(|p| {
            Some(p.generation) == job.generation
                && p.waiting_until_ms.is_some_and(|until| until > self.now_ms)
                && p.waiting_reason.as_ref().is_some_and(|reason| own_waits.contains(reason))
        })
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
        vec![self.jobs[&id].row().to_string()]
    }

    pub(super) fn job(&self, v: &Values<'_>) -> Vec<String> {
        self.jobs.get(v.text(0)).map(|job| job.row().to_string()).into_iter().collect()
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

    pub(super) fn claim_job(&mut self, v: &Values<'_>) -> Value {
        let now_ms = self.now_ms;
        let Some(job) = self.jobs.get_mut(v.text(0)).filter(|job| job.is_open()) else { return 0.into() };
        job.status = "processing".to_owned();
        (job.started_at_ms, job.completed_at_ms, job.error_message) = (Some(now_ms), None, None);
        job.claimed_until_ms = Some(now_ms + v.long(1) * 1_000);
        1.into()
    }

    /// The message of a claim is a dead letter.
    pub(super) fn free_claim(&mut self, id: &str, asked_at_ms: i64, reason: &str) {
        let now_ms = self.now_ms;
        let is_syncing = self.jobs.get(id).is_some_and(|job| self.is_syncing(job.shop_id, job.generation));
        let job = self.jobs.get_mut(id).filter(|job| {
            job.status == "processing"
                && job.retry_count < job.max_retries
                && job.started_at_ms.is_some_and(|started_ms| started_ms <= asked_at_ms + 60_000)
        });
        let Some(job) = job.filter(|_| !is_syncing) else { return };
        (job.status, job.claimed_until_ms, job.started_at_ms) = ("pending".to_owned(), None, None);
        job.scheduled_at_ms = job.scheduled_at_ms.min(now_ms);
        job.retry_count += 1;
        job.error_message = Some(reason.to_owned());
    }

    pub(super) fn enqueue_all(&mut self, v: &Values<'_>) -> Value {
        let kind = v.text(0).to_owned();
        let shops = self.syncable(&kind, |_, _| Some(self.now_ms));
        self.enqueue(&shops, &kind, v.long(1), v.opt_text(2))
    }

    pub(super) fn enqueue_due(&mut self, v: &Values<'_>) -> Value {
        let shops = self.syncable("realtime", |id, shop| {
            let due_ms = self.due_ms(id, shop);
            (due_ms <= self.now_ms + 450_000).then_some(due_ms.min(self.now_ms))
        });
        self.enqueue(&shops, "realtime", 0, v.opt_text(0))
    }

    /// The shops with a token of use that have no open job of this kind and are wanted, with the time for which.
    fn syncable(&self, kind: &str, wanted: impl Fn(i64, &Shop) -> Option<i64>) -> Vec<(i64, i64)> {
        let busy = |id: i64| {
            self.jobs.values().any(|job| job.shop_id == id && job.is_open() && job.sync_type == kind)
        };
        let token = |shop: &Shop| !shop.access_token.is_empty() || !shop.refresh_token.is_empty();
        let shops =
            self.shops.iter().filter(|(id, shop)| token(shop) && shop.token_state == "ok" && !busy(**id));
        shops.filter_map(|(id, shop)| Some((*id, wanted(*id, shop)?))).collect()
    }

    fn enqueue(&mut self, shops: &[(i64, i64)], kind: &str, priority: i64, trigger: Option<&str>) -> Value {
        for (shop, at_ms) in shops {
            let id = self.insert_job(*shop, kind, json!({}), trigger);
            let job = self.jobs.get_mut(&id).expect("it was inserted");
            (job.priority, job.scheduled_at_ms) = (priority, *at_ms);
        }
        shops.len().into()
    }
}
