//! A world without faults, in which a test says what happens and when.

mod requests;

use crate::{
    case::{Case, Place},
    cost::Cost,
    db::{FigureKey, Figures},
    faults::{Fault, Faults},
    host::SimHost,
    tasks::Owner,
    truth,
    world::{Message, World},
};
use chrono::NaiveDate;
use mock_shopee::{Behaviour, Call, CampaignEdit, TruthKind};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// Its only shop.
const SHOP: i64 = 1_001;
/// Events of one run: it loops if there are more.
const EVENTS_MAX: usize = 1_000_000;

/// A world with one shop.
pub struct Calm {
    world: Rc<World>,
}

impl Drop for Calm {
    fn drop(&mut self) {
        self.world.end();
    }
}

impl Calm {
    /// A shop with so many campaigns.
    #[must_use]
    pub fn new(place: &Place, campaigns: u32) -> Self {
        Self::fleet(place, 1, campaigns)
    }

    /// So many shops, the first with so many campaigns, the others with as many at most.
    #[must_use]
    pub fn fleet(place: &Place, shops: u32, campaigns: u32) -> Self {
        let case = Case { seed: 1, shops, campaigns, minutes: 0, faults: Faults::none(), variant: None };
        let world = World::at_place(&case, place, false);
        world.faults_on.set(false);
        Self { world }
    }

    /// Sets something of the whole deployment. The rate of the app must not be more than it was.
    pub fn set(&self, setting: &str, value: impl Into<Value>) {
        self.world.with_db(|db| db.deployment[setting] = value.into());
    }

    /// The ids of the shops.
    #[must_use]
    pub fn shops(&self) -> Vec<i64> {
        self.world.shops()
    }

    /// A row of a schedule in the queue, due since a time.
    pub fn due(&self, shop: i64, sync_type: &str, since_ms: i64) {
        self.world.with_db(|db| {
            let id = db.insert_job(shop, sync_type, json!({}), Some("cron"));
            let job = db.jobs.get_mut(&id).expect("it was inserted");
            (job.priority, job.scheduled_at_ms) = (0, since_ms);
        });
    }

    /// The rows of the queue.
    #[must_use]
    pub fn jobs(&self) -> Vec<crate::db::Job> {
        self.world.db.borrow().jobs.values().cloned().collect()
    }

    /// Postgres goes away for a time, beginning now.
    pub fn leave_postgres(&self, ms: i64) {
        self.world.away_ms.set((self.now_ms(), self.now_ms() + ms));
    }

    /// From now on a pooler takes connections, also while Postgres is away.
    pub fn put_a_pooler_in_front(&self) {
        self.world.pooled.set(true);
    }

    /// How often somebody has found Postgres away.
    #[must_use]
    pub fn refused_by_postgres(&self) -> u64 {
        self.world.tally.borrow().faults.get(&Fault::PostgresAway).copied().unwrap_or(0)
    }

    /// The rows of chunks: stage, index and status.
    #[must_use]
    pub fn chunk_rows(&self) -> Vec<(String, i64, String)> {
        let db = self.world.db.borrow();
        db.chunks
            .iter()
            .map(|((_, _, stage, index), row)| (stage.clone(), *index, row.status.clone()))
            .collect()
    }

    /// The queues of the dead letters, with their bodies.
    #[must_use]
    pub fn letters(&self) -> Vec<(String, String)> {
        let db = self.world.db.borrow();
        db.letters.values().map(|letter| (letter.queue.clone(), letter.body.clone())).collect()
    }

    /// The only row in line is claimed, as by a tick that dies then. The answer is its id.
    #[must_use]
    pub fn claim_without_message(&self) -> String {
        self.world.with_db(|db| {
            let now_ms = db.now_ms;
            let job = db.jobs.values_mut().next().expect("a row");
            job.status = "processing".to_owned();
            (job.started_at_ms, job.claimed_until_ms) = (Some(now_ms), Some(now_ms + 900_000));
            job.id.clone()
        })
    }

    /// A message whose last delivery fails: it comes to the queue of dead letters.
    pub fn last_delivery(&self, queue: &'static str, body: &str) {
        let deliveries = sync_core::REDELIVERIES;
        let message = Message { queue, id: "the last one".to_owned(), body: body.to_owned(), deliveries };
        self.world.again(message, false);
    }

    /// All messages are handled.
    ///
    /// # Errors
    /// The first violation.
    pub fn settle_messages(&self) -> Result<(), String> {
        while self.world.has_messages() || self.world.tasks.count() > 0 {
            self.step()?;
        }
        Ok(())
    }

    /// A schedule ticks.
    pub fn tick(&self, expression: &'static str) {
        let host = SimHost { world: Rc::clone(&self.world) };
        self.world.start(Owner::Consumer, expression, async move {
            let inner = Rc::clone(&host.world);
            if let Err(error) = sync_flow::cron::run(&host, expression).await {
                inner.note(sync_flow::host::Level::Error, "tick_failed", &json!({ "error": error }));
            }
        });
    }

    /// Campaigns without figures, which cost only a test's time.
    pub fn without_figures(&self) {
        self.behave(|behaviour| behaviour.data_as_of_ms = Some(self.now_ms() - 20 * 86_400_000));
    }

    /// Everything that is under way comes to its end.
    ///
    /// # Errors
    /// The first violation, or it does not.
    pub fn settle(&self) -> Result<(), String> {
        for _ in 0..EVENTS_MAX {
            if self.world.is_quiet() {
                return Ok(());
            }
            self.step()?;
        }
        Err("it goes round and round".to_owned())
    }

    /// The time, unix milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.world.now_ms.get()
    }

    /// Changes how the platform behaves.
    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        let mut behaviour = self.world.platform.behaviour();
        change(&mut behaviour);
        self.world.platform.set_behaviour(behaviour).expect("ranges that the fake takes");
    }

    /// So many calls a second are allowed, of the app as of the shop.
    pub fn allow(&self, calls_per_second: f64) {
        self.set("app_calls_per_second", calls_per_second);
        self.world.rates.set((calls_per_second, calls_per_second));
    }

    /// From now on the platform takes so long for an answer.
    pub fn answer_after(&self, ms: i64) {
        self.world.answer_ms.set(ms);
    }

    /// What the platform would have billed until now.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.world.cost.get()
    }

    /// Something is to go wrong.
    pub fn trouble(&self, fault: mock_shopee::Fault) {
        self.world.platform.add_fault(fault).expect("a fault that the fake takes");
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.world.platform.clear_faults();
    }

    /// The campaigns that the platform has.
    #[must_use]
    pub fn ids(&self) -> Vec<i64> {
        self.world.platform.campaign_ids(SHOP as u64).expect("the shop")
    }

    /// Sellers delete campaigns and make new ones.
    pub fn edit(&self, delete: &[i64], add: u32) {
        self.change(CampaignEdit { add, delete: delete.to_vec(), ..CampaignEdit::default() });
    }

    /// Sellers bring campaigns back.
    pub fn restore(&self, ids: &[i64]) {
        self.change(CampaignEdit { restore: ids.to_vec(), ..CampaignEdit::default() });
    }

    fn change(&self, edit: CampaignEdit) {
        self.world
            .platform
            .edit_campaigns(self.now_ms(), SHOP as u64, edit)
            .expect("an edit that the fake takes");
    }

    /// Campaigns that are stored and have not vanished, then those that have.
    #[must_use]
    pub fn campaigns(&self) -> (Vec<i64>, Vec<i64>) {
        let db = self.world.db.borrow();
        let rows =
            |gone: bool| db.campaigns.iter().filter(move |(_, row)| row.vanished_at_ms.is_some() == gone);
        (rows(false).map(|(key, _)| key.1).collect(), rows(true).map(|(key, _)| key.1).collect())
    }

    /// The status of each campaign that is stored.
    #[must_use]
    pub fn statuses(&self) -> BTreeMap<i64, String> {
        let db = self.world.db.borrow();
        let status =
            |row: &crate::db::DataRow<crate::db::Campaign>| row.value.status.clone().unwrap_or_default();
        db.campaigns.iter().map(|(key, row)| (key.1, status(row))).collect()
    }

    /// How many campaigns the shop's row says to be ongoing.
    #[must_use]
    pub fn ongoing(&self) -> i64 {
        self.world.db.borrow().status.get(&SHOP).map_or(0, |status| status.ongoing_campaigns)
    }

    /// The kinds of the alerts that are open.
    #[must_use]
    pub fn alerts(&self) -> Vec<String> {
        let db = self.world.db.borrow();
        let open = db.alerts.iter().filter(|alert| alert.resolved_at_ms.is_none());
        open.map(|alert| alert.kind.clone()).collect()
    }

    /// What is known of answers that are not as documented: endpoint and field.
    #[must_use]
    pub fn drift(&self) -> Vec<String> {
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let db = self.world.db.borrow();
        db.drift.iter().map(|row| format!("{} {}", text(row, "endpoint"), text(row, "field"))).collect()
    }

    /// The shop's row.
    #[must_use]
    pub fn shop(&self) -> crate::db::Shop {
        self.world.db.borrow().shops.get(&SHOP).cloned().unwrap_or_default()
    }

    /// The shop's row is as after a consent: without what only the platform can tell.
    pub fn forget_info(&self) {
        self.world.with_db(|db| {
            let shop = db.shops.get_mut(&SHOP).expect("the shop");
            (shop.shop_name, shop.region, shop.authorized_until_ms, shop.info_at_ms) =
                (None, None, None, None);
        });
    }

    /// Time passes.
    ///
    /// # Errors
    /// The first violation.
    pub fn wait_until(&self, at_ms: i64) -> Result<(), String> {
        while self.world.events.borrow().first_key_value().is_some_and(|((next_ms, ..), _)| *next_ms <= at_ms)
        {
            self.step()?;
        }
        self.world.now_ms.set(at_ms);
        Ok(())
    }

    /// The rows of figures that are stored; campaign 0 is the whole shop, hour −1 the whole day.
    #[must_use]
    pub fn stored(&self) -> BTreeMap<FigureKey, Figures> {
        self.world.db.borrow().performance.iter().map(|(key, row)| (*key, row.value)).collect()
    }

    /// The rows that the platform's figures of these days come to.
    ///
    /// # Errors
    /// The fake refuses.
    pub fn truth(
        &self,
        daily: &BTreeSet<NaiveDate>,
        hourly: &BTreeSet<NaiveDate>,
    ) -> Result<BTreeMap<FigureKey, Figures>, String> {
        let mut rows = BTreeMap::new();
        let daily = daily.iter().flat_map(|day| [(TruthKind::Daily, *day), (TruthKind::ShopDaily, *day)]);
        let hourly = hourly.iter().flat_map(|day| [(TruthKind::Hourly, *day), (TruthKind::ShopHourly, *day)]);
        for (kind, day) in daily.chain(hourly) {
            rows.extend(truth::told(&self.world, SHOP, kind, Some((day, day)))?);
        }
        Ok(rows)
    }

    /// The calls that the platform has served.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.world.platform.calls(0, None)
    }

    fn step(&self) -> Result<(), String> {
        let next = self.world.events.borrow_mut().pop_first();
        let ((at_ms, ..), event) = next.ok_or("nothing will ever happen again")?;
        self.world.now_ms.set(at_ms.max(self.now_ms()));
        self.world.happen(event);
        self.world.violation.take().map_or(Ok(()), Err)
    }
}
