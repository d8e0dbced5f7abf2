//! The queues, their consumers, and the schedules.

use crate::{
    faults::Fault,
    host::SimHost,
    tasks::Owner,
    world::{Event, MINUTE_MS, Message, World},
};
use futures_util::future::join_all;
use std::rc::Rc;
use sync_core::{BATCH_MESSAGES_MAX, REDELIVERIES};
use sync_flow::{
    consumer::{self, Disposition},
    cron,
    invocation::Invocation,
    queues::Source,
};

/// The wait after a consumer has died (`retry_delay` in wrangler.toml), in milliseconds.
const RETRY_DELAY_MS: i64 = 10_000;
/// The schedules, in minutes of the day; the last two fill the queue and are left out while the world settles.
pub const CRONS: [(&str, i64); 5] = [
    ("*/5 * * * *", 5),
    ("*/10 * * * *", 10),
    ("0,30 * * * *", 30),
    ("*/15 * * * *", 15),
    ("0 19 * * *", 24 * 60),
];

impl World {
    /// Puts a message into a queue; the answer is its id.
    pub fn enqueue(&self, queue: &'static str, body: &str) -> String {
        self.enqueue_after(queue, body, 0)
    }

    /// The same, to be delivered after a time.
    pub fn enqueue_after(&self, queue: &'static str, body: &str, delay_ms: i64) -> String {
        self.bill(|cost| cost.queue_operations += 1);
        let message =
            Message { queue, id: format!("m{}", self.fresh_life()), body: body.to_owned(), deliveries: 0 };
        let late_ms = if self.strikes(Fault::LateMessage) { self.pick(400_000) } else { 20 + self.pick(80) };
        let id = message.id.clone();
        self.later(delay_ms + i64::from(late_ms), Event::Deliver(message));
        id
    }

    /// A message that its consumer has not acknowledged: it died, or it has said so.
    pub(crate) fn again(&self, mut message: Message, died: bool) {
        message.deliveries += 1;
        let source = Source::named(message.queue).expect("a queue of ours");
        let wait_s = source.retry_seconds(message.deliveries);
        let in_ms = if died { RETRY_DELAY_MS } else { i64::from(wait_s) * 1_000 };
        // Where few deliveries are allowed for, dead letters are no rarity.
        let most = if self.case.seed.is_multiple_of(4) { 3 } else { REDELIVERIES };
        if message.deliveries > most
            && let Source::Live(queue) = source
        {
            (message.queue, message.deliveries) = (queue.dead_letter_queue(), 0);
            self.dead.borrow_mut().insert(message.id.clone());
        }
        self.later(in_ms, Event::Deliver(message));
    }

    pub(crate) fn deliver(self: &Rc<Self>, queue: &'static str) {
        let batch: Vec<Message> = {
            let mut waiting = self.waiting.borrow_mut();
            let Some(messages) = waiting.get_mut(queue).filter(|messages| !messages.is_empty()) else {
                return;
            };
            let take = messages.len().min(1 + self.pick(BATCH_MESSAGES_MAX as u32) as usize);
            (0..take).map(|_| messages.swap_remove(self.pick(messages.len() as u32) as usize)).collect()
        };
        self.bill(|cost| {
            cost.invocations += 1;
            cost.queue_operations += batch.len() as u64;
        });
        self.later(1, Event::Batch(queue));
        let (inner, messages) = (Rc::clone(self), batch.clone());
        let id = self.tasks.next_id();
        self.in_hand.borrow_mut().insert(id, batch);
        self.start(Owner::Consumer, queue, async move {
            let host = SimHost { world: Rc::clone(&inner) };
            match Invocation::open(&host).await {
                Ok(invocation) => {
                    let handled = messages.into_iter().map(|message| {
                        let (inner, invocation) = (&inner, &invocation);
                        async move {
                            let verdict =
                                consumer::handle(invocation, message.queue, &message.id, Some(&message.body))
                                    .await;
                            inner.settle(id, &message, &verdict);
                        }
                    });
                    join_all(handled).await;
                }
                Err(error) => {
                    for message in messages {
                        inner.settle(id, &message, &Disposition::Retry(error.to_string()));
                    }
                }
            }
            inner.in_hand.borrow_mut().remove(&id);
        });
    }

    pub(crate) fn settle(&self, task: u64, message: &Message, verdict: &Disposition) {
        if let Some(messages) = self.in_hand.borrow_mut().get_mut(&task) {
            messages.retain(|held| held.id != message.id);
        }
        let lost = self.strikes(Fault::LostAcknowledgement);
        if matches!(verdict, Disposition::Retry(_)) || lost {
            self.again(message.clone(), false);
        } else {
            self.bill(|cost| cost.queue_operations += 1);
        }
    }

    pub(crate) fn cron(self: &Rc<Self>, index: usize, at_ms: i64) {
        let (expression, minutes) = CRONS[index];
        let next_ms = at_ms + minutes * MINUTE_MS;
        self.at(next_ms, Event::Cron(index, next_ms));
        let fills = index >= 3;
        if self.strikes(Fault::SkippedCron) || (fills && !self.faults_on.get()) {
            return;
        }
        let times = 1 + u32::from(self.strikes(Fault::DoubledCron));
        for _ in 0..times {
            let host = SimHost { world: Rc::clone(self) };
            self.start(Owner::Consumer, expression, async move {
                // A tick that fails is reported by the platform; the next one makes up for it.
                drop(cron::run(&host, expression).await);
            });
        }
    }
}
