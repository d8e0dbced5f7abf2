//! The world: virtual time, tasks, queues, objects, schedules. One seed decides everything.

use crate::{
    budgets,
    case::Case,
    cost::Cost,
    custody,
    db::Model,
    ending::SETTLE_MS,
    faults::Fault,
    invariants, operators, permits,
    queues::CRONS,
    standing,
    storage::Disk,
    tally::Tally,
    tasks::{Owner, Slot, Tasks},
    unanswered,
};
use mock_shopee::Platform;
use rand::{Rng, rngs::StdRng};
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};
use sync_flow::error::FlowError;
use sync_flow::{
    config::Config,
    host::Level,
    object::{GovernorObject, ShopSyncObject},
};

/// When the world begins: 2026-02-28 16:10 UTC, ten minutes after the shops' midnight. Their figures stay as of then, so
/// that a day has few hours: figures are what costs time here.
pub(crate) const START_MS: i64 = 1_772_295_000_000;
/// Steps of one run: it loops if it takes more.
const STEPS_MAX: u64 = 1_500_000;
pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// An object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// `ShopSync` of a shop.
    Shop(i64),
    /// `AppGovernor` of an app.
    App(i64),
}

#[derive(Clone)]
pub(crate) enum Mind {
    Shop(Rc<ShopSyncObject>),
    App(Rc<GovernorObject>),
}

pub(crate) struct Object {
    pub(crate) life: u64,
    pub(crate) mind: Mind,
    pub(crate) disk: Rc<Disk>,
    pub(crate) alarm: Option<(i64, u64)>,
    /// The alarm's handler, while it runs.
    pub(crate) ringing: Option<u64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) queue: &'static str,
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) deliveries: u32,
}

pub(crate) enum Event {
    /// Something that a task waits for is there.
    Ready(u64),
    Alarm(Name, u64),
    Deliver(Message),
    Batch(&'static str),
    Cron(usize, i64),
    Operator,
    /// A statement that its caller has given up.
    Late(unanswered::Late),
    /// In months of budgets: people, the weather, a sync, a minute that has passed.
    Person,
    Weather,
    Sync,
    Glance,
}

/// A call to an object that has not been answered.
pub(crate) struct Open {
    pub(crate) life: u64,
    pub(crate) caller: u64,
    pub(crate) reply: Slot<Result<String, FlowError>>,
}

/// See the module.
pub struct World {
    pub case: Case,
    pub rng: RefCell<StdRng>,
    pub now_ms: Cell<i64>,
    /// When it began, unix milliseconds.
    pub start_ms: i64,
    pub config: Config,
    pub platform: Platform,
    pub db: RefCell<Model>,
    pub tally: RefCell<Tally>,
    pub memory: RefCell<invariants::Memory>,
    pub tokens: RefCell<custody::Tokens>,
    pub permits: RefCell<permits::Memory>,
    pub standing: RefCell<standing::Memory>,
    pub budgets: RefCell<budgets::Memory>,
    /// Messages that must be found among the dead letters at the end.
    pub dead: RefCell<BTreeSet<String>>,
    /// Most calls a second of the app and of a shop.
    pub rates: Cell<(f64, f64)>,
    pub counters: RefCell<BTreeMap<(i64, i64), i64>>,
    pub completed_by_index: RefCell<BTreeSet<(i64, i64)>>,
    pub(crate) events: RefCell<BTreeMap<(i64, u64, u64), Event>>,
    pub(crate) sequence: Cell<u64>,
    pub(crate) tasks: Tasks,
    pub(crate) current: Cell<u64>,
    pub(crate) objects: RefCell<BTreeMap<Name, Object>>,
    pub(crate) open: RefCell<Vec<Open>>,
    pub(crate) waiting: RefCell<BTreeMap<&'static str, Vec<Message>>>,
    pub(crate) in_hand: RefCell<BTreeMap<u64, Vec<Message>>>,
    pub(crate) faults_on: Cell<bool>,
    /// When Postgres is away: from and until, unix milliseconds.
    pub(crate) away_ms: Cell<(i64, i64)>,
    /// In front of Postgres there is a pooler that takes connections also while it is away.
    pub(crate) pooled: Cell<bool>,
    /// A run was left paused.
    pub(crate) paused: Cell<bool>,
    /// When the last syncs began, unix milliseconds, after all else was over.
    pub(crate) synced_again_ms: Cell<Option<i64>>,
    pub(crate) violation: RefCell<Option<String>>,
    pub(crate) cost: Cell<Cost>,
    /// How long the platform takes for an answer, beside the network, in milliseconds.
    pub(crate) answer_ms: Cell<i64>,
    pub(crate) trace: bool,
}

impl World {
    /// Runs the case to its end.
    pub fn run(self: Rc<Self>) -> Result<Tally, String> {
        self.trouble_shopee();
        for (index, (_, minutes)) in CRONS.iter().enumerate() {
            let at_ms = self.start_ms + minutes * MINUTE_MS;
            self.at(at_ms, Event::Cron(index, at_ms));
        }
        for _ in 0..4 + self.pick(24) {
            let at_ms = self.start_ms + i64::from(self.pick(self.case.minutes * 60_000));
            self.at(at_ms, Event::Operator);
        }
        self.at(self.start_ms, Event::Operator);
        if self.case.faults.contains(Fault::PostgresAway) {
            let from_ms = self.start_ms + i64::from(self.pick(self.case.minutes * 60_000));
            self.away_ms.set((from_ms, from_ms + i64::from(self.pick(12 * 60_000))));
        }
        let healed_ms = self.start_ms + i64::from(self.case.minutes) * MINUTE_MS;
        let result = self.turn(healed_ms);
        self.end();
        let mut tally = self.tally.take();
        tally.virtual_ms = u64::try_from(self.now_ms.get() - self.start_ms).unwrap_or(0);
        for run in self.db.borrow().runs.values() {
            let end =
                ["running", "completed", "failed", "cancelled"].into_iter().find(|end| *end == run.status);
            *tally.runs.entry(end.unwrap_or("other")).or_default() += 1;
        }
        result.map(|()| tally)
    }

    /// Tasks hold the world, and the world holds the tasks: nothing of it would ever be freed.
    pub(crate) fn end(&self) {
        for owner in self.tasks.owners() {
            self.tasks.kill_owned(owner);
        }
        self.events.borrow_mut().clear();
        self.objects.borrow_mut().clear();
    }

    pub(crate) fn turn(self: &Rc<Self>, healed_ms: i64) -> Result<(), String> {
        loop {
            let Some(((at_ms, ..), event)) = self.events.borrow_mut().pop_first() else {
                return Err("7: nothing will ever happen again".to_owned());
            };
            self.now_ms.set(at_ms.max(self.now_ms.get()));
            if self.faults_on.get() && self.now_ms.get() >= healed_ms {
                self.heal();
            }
            self.tally.borrow_mut().steps += 1;
            let at_rest = matches!(event, Event::Cron(..)) && !self.faults_on.get() && self.is_quiet();
            self.happen(event);
            self.strike_at_random();
            if let Some(what) = self.violation.take() {
                return Err(what);
            }
            if at_rest && self.is_over() {
                return self.last_checks();
            }
            if self.tally.borrow().steps > STEPS_MAX {
                return Err("7: the world goes round and round".to_owned());
            }
            // The sync after all is over has the same time once more.
            let from_ms = self.synced_again_ms.get().unwrap_or(healed_ms);
            if self.now_ms.get() > from_ms + SETTLE_MS && self.now_ms.get() > from_ms + self.settle_ms() {
                return Err(format!("7: not everything has come to an end: {}", self.open_work()));
            }
        }
    }

    pub(crate) fn happen(self: &Rc<Self>, event: Event) {
        match event {
            Event::Ready(task) => self.poll(task),
            Event::Alarm(name, number) => self.ring(name, number),
            Event::Deliver(message) => {
                let queue = message.queue;
                self.waiting.borrow_mut().entry(queue).or_default().push(message);
                self.later(self.pick(3).into(), Event::Batch(queue));
            }
            Event::Batch(queue) => self.deliver(queue),
            Event::Late(late) => late.execute(self),
            Event::Cron(index, at_ms) => self.cron(index, at_ms),
            // Those that know them handle them.
            Event::Person | Event::Weather | Event::Sync | Event::Glance => {}
            Event::Operator => {
                if self.faults_on.get() {
                    operators::act(self);
                }
            }
        }
    }

    /// A number below `of`.
    pub fn pick(&self, of: u32) -> u32 {
        (self.rng.borrow_mut().next_u64() % u64::from(of.max(1))) as u32
    }

    /// True so many times of 1,000.
    pub fn chance(&self, per_mille: u32) -> bool {
        self.pick(1_000) < per_mille
    }

    /// Whether a fault strikes now.
    pub fn strikes(&self, fault: Fault) -> bool {
        let hit = self.faults_on.get() && self.case.faults.contains(fault) && self.chance(fault.per_mille());
        if hit {
            *self.tally.borrow_mut().faults.entry(fault).or_default() += 1;
        }
        hit
    }

    /// Whether Postgres is away now.
    pub fn is_away(&self) -> bool {
        let (from_ms, until_ms) = self.away_ms.get();
        let away = (from_ms..until_ms).contains(&self.now_ms.get());
        if away {
            *self.tally.borrow_mut().faults.entry(Fault::PostgresAway).or_default() += 1;
        }
        away
    }

    /// Something that must not be.
    pub fn broken(&self, what: String) {
        self.violation.borrow_mut().get_or_insert(what);
    }

    /// A log line of the flow.
    pub fn note(&self, level: Level, event: &str, fields: &Value) {
        if self.trace {
            println!("{} {level:?} {event} {fields}", self.now_ms.get() - self.start_ms);
        }
    }

    pub(crate) fn at(&self, at_ms: i64, event: Event) {
        self.sequence.set(self.sequence.get() + 1);
        // What is due at the same time happens in any order.
        let tie = self.rng.borrow_mut().next_u64();
        self.events.borrow_mut().insert((at_ms, tie, self.sequence.get()), event);
    }

    pub(crate) fn later(&self, in_ms: i64, event: Event) {
        self.at(self.now_ms.get() + in_ms.max(0), event);
    }

    /// A step over the network.
    pub async fn hop(&self) {
        let slow = self.faults_on.get() && self.chance(10);
        self.pause(i64::from(if slow { self.pick(200) } else { self.pick(8) })).await;
    }

    /// Waits.
    pub async fn pause(&self, ms: i64) {
        let until_ms = self.now_ms.get() + ms;
        let mut armed = false;
        std::future::poll_fn(|context| {
            if armed && self.now_ms.get() >= until_ms {
                return std::task::Poll::Ready(());
            }
            if !std::mem::replace(&mut armed, true) {
                self.at(until_ms, Event::Ready(self.current.get()));
            }
            self.tasks.waits(self.current.get(), context.waker());
            std::task::Poll::Pending
        })
        .await;
    }

    /// Starts a task.
    pub fn start(
        self: &Rc<Self>,
        owner: Owner,
        what: &'static str,
        work: impl Future<Output = ()> + 'static,
    ) -> u64 {
        let id = self.tasks.spawn(owner, what, work);
        self.later(0, Event::Ready(id));
        id
    }

    pub(crate) fn poll(&self, task: u64) {
        let before = self.current.replace(task);
        self.tasks.poll(task);
        self.current.set(before);
    }

    pub(crate) fn strike_at_random(self: &Rc<Self>) {
        if self.strikes(Fault::KillConsumer) {
            let consumers = self.tasks.consumers();
            if !consumers.is_empty() {
                self.kill_consumer(consumers[self.pick(consumers.len() as u32) as usize]);
            }
        }
        if self.strikes(Fault::EvictObject) {
            let names: Vec<Name> = self.objects.borrow().keys().copied().collect();
            if !names.is_empty() {
                self.evict(names[self.pick(names.len() as u32) as usize]);
            }
        }
    }

    pub(crate) fn kill_consumer(&self, task: u64) {
        self.tasks.kill(task);
        let messages = self.in_hand.borrow_mut().remove(&task).unwrap_or_default();
        for message in messages {
            self.again(message, true);
        }
    }

    /// The shops' ids.
    pub fn shops(&self) -> Vec<i64> {
        self.db.borrow().shops.keys().copied().collect()
    }

    /// One of them.
    pub fn any_shop(&self) -> i64 {
        let shops = self.shops();
        shops[self.pick(shops.len() as u32) as usize]
    }

    /// An operator's statement.
    pub fn with_db<R>(&self, work: impl FnOnce(&mut Model) -> R) -> R {
        let mut db = self.db.borrow_mut();
        db.now_ms = self.now_ms.get();
        work(&mut db)
    }

    /// An operator's row in the queue.
    pub fn insert_job(&self, shop: i64) -> String {
        self.with_db(|db| db.insert_job(shop, "realtime", json!({}), None))
    }
}
