//! Shops that share the calls of an app, each with as many consumers as it may have, and calls that take their time.

use std::collections::BTreeMap;
use sync_core::*;

/// One answer of the platform, in milliseconds.
const CALL_MS: i64 = 300;
/// One question to the shop's object, and the governor's part of it, in milliseconds.
const HOP_MS: i64 = 40;
/// Then all have come, unix milliseconds.
const SETTLED_MS: i64 = 100_000;

struct Consumer {
    shop: usize,
    precedence: Precedence,
    /// What it does next, unix milliseconds.
    at_ms: i64,
    made: u32,
    /// When its chunk's first call was made, unix milliseconds.
    began_ms: i64,
    reserved_ms: Option<i64>,
    /// A call is to be made.
    goes: bool,
}

struct Fleet {
    governor: Governor,
    shops: Vec<Shop>,
    consumers: Vec<Consumer>,
    rate_limits: RateLimits,
    /// Calls of a chunk.
    calls: u32,
    /// When each shop called.
    called: BTreeMap<usize, Vec<i64>>,
    /// The longest time between the first and the last call of a chunk, in milliseconds.
    longest_ms: i64,
}

impl Fleet {
    fn new(app_calls_per_second: f64, calls: u32) -> Self {
        let shop_calls_per_second = app_calls_per_second;
        let rate_limits =
            RateLimits { app: AppId(1), shop_calls_per_second, app_calls_per_second, breaker_seconds: 300 };
        let called = BTreeMap::new();
        Self {
            governor: Governor::default(),
            shops: Vec::new(),
            consumers: Vec::new(),
            rate_limits,
            calls,
            called,
            longest_ms: 0,
        }
    }

    /// A shop begins to call for its run, without an end.
    fn join(&mut self, at_ms: i64, consumers: u32) {
        self.join_as(Precedence::Run, at_ms, consumers);
    }

    fn join_as(&mut self, precedence: Precedence, at_ms: i64, consumers: u32) {
        let shop = self.shops.len();
        self.shops.push(Shop::new(ShopId(shop as i64)));
        let consumer =
            |_| Consumer { shop, precedence, at_ms, made: 0, began_ms: 0, reserved_ms: None, goes: false };
        self.consumers.extend((0..consumers).map(consumer));
    }

    fn run(&mut self, until_ms: i64) {
        loop {
            let next = (0..self.consumers.len()).min_by_key(|place| self.consumers[*place].at_ms);
            let place = next.expect("somebody calls");
            if self.consumers[place].at_ms >= until_ms {
                return;
            }
            self.step(place);
        }
    }

    fn step(&mut self, place: usize) {
        let consumer = &mut self.consumers[place];
        let now_ms = consumer.at_ms;
        if consumer.goes {
            self.called.entry(consumer.shop).or_default().push(now_ms);
            consumer.goes = false;
            consumer.began_ms = if consumer.made == 0 { now_ms } else { consumer.began_ms };
            // Those who come first do not know yet how many will come.
            if consumer.began_ms > SETTLED_MS {
                self.longest_ms = self.longest_ms.max(now_ms - consumer.began_ms);
            }
            consumer.made = (consumer.made + 1) % self.calls;
            consumer.at_ms += CALL_MS;
            return;
        }
        let request = PermitRequest {
            generation: None,
            attempt: None,
            wanted: self.calls - consumer.made,
            answered: consumer.made,
            rate_limits: self.rate_limits,
            reserved_ms: consumer.reserved_ms.take(),
            endpoint: None,
            precedence: consumer.precedence,
        };
        let event = Event { now_ms, random: 0.5 };
        let shop = &mut self.shops[consumer.shop];
        for _ in 0..3 {
            match shop.permit(event, &request) {
                PermitReply::Ask { ask } => {
                    let reply = self.governor.ask(event, shop.shop_id, &ask);
                    shop.granted(event, ask.precedence, &reply);
                }
                PermitReply::Go { at_ms } => {
                    consumer.goes = true;
                    consumer.at_ms = at_ms.max(now_ms + HOP_MS);
                    return;
                }
                PermitReply::Wait { hold, reserved_ms } => {
                    consumer.reserved_ms = reserved_ms;
                    consumer.at_ms = hold.until_ms.max(now_ms + HOP_MS);
                    return;
                }
                PermitReply::Stale => unreachable!("no run is meant"),
            }
        }
        consumer.at_ms += 2_000;
    }

    /// Calls of each shop within the ten seconds after a moment.
    fn within(&self, from_ms: i64) -> Vec<usize> {
        let in_time = |at_ms: &&i64| (from_ms..from_ms + 10_000).contains(*at_ms);
        self.called.values().map(|calls| calls.iter().filter(in_time).count()).collect()
    }
}

#[test]
fn equal_shops_have_equal_parts_of_any_ten_seconds() {
    for (first, second, calls) in [(5, 5, 2), (5, 5, 1), (10, 4, 2), (5, 5, 7), (50, 50, 2)] {
        equal_parts(Precedence::Run, first, second, calls);
    }
    equal_parts(Precedence::First, 2, 2, 1);
}

fn equal_parts(precedence: Precedence, first: u32, second: u32, calls: u32) {
    {
        let mut fleet = Fleet::new(4.0, calls);
        fleet.join_as(precedence, 0, first);
        fleet.run(30_000);
        assert!(fleet.within(20_000)[0] >= 39, "one alone has everything: {:?}", fleet.within(20_000));
        fleet.join_as(precedence, 30_000, second);
        fleet.run(120_000);
        for from_ms in (30_000..105_000).step_by(50) {
            let counts = fleet.within(from_ms);
            let all = counts.iter().sum::<usize>();
            assert!((39..=41).contains(&all), "no slot is lost: {counts:?} from {from_ms}");
            let fair = counts.iter().all(|count| count * 20 >= all * 9 && count * 20 <= all * 11);
            assert!(
                fair,
                "{counts:?} from {from_ms}, with {first} and {second} consumers, {calls} calls a chunk"
            );
        }
    }
}

#[test]
fn calls_that_come_first_pass_those_of_runs_that_wait() {
    let mut fleet = Fleet::new(3.0, 4);
    for _ in 0..50 {
        fleet.join(0, 1);
    }
    fleet.run(SETTLED_MS);
    fleet.join_as(Precedence::First, SETTLED_MS, 2);
    fleet.join_as(Precedence::First, SETTLED_MS, 2);
    fleet.run(2 * SETTLED_MS);
    let run_calls = fleet.called[&0].len();
    for shop in [50, 51] {
        let calls = &fleet.called[&shop];
        let mut last_ms = SETTLED_MS;
        for at_ms in calls {
            assert!(at_ms - last_ms <= SLOT_NEAR_MS + 1_000, "nobody books nearer than that: {calls:?}");
            last_ms = *at_ms;
        }
        assert!(
            calls.len() > 4 * run_calls,
            "{} calls, and {run_calls} of a run in twice the time",
            calls.len()
        );
    }
    let all = fleet.within(150_000).iter().sum::<usize>();
    assert!((29..=31).contains(&all), "no slot is lost: {all}");
}

#[test]
fn many_shops_share_a_fast_app() {
    let mut fleet = Fleet::new(50.0, 3);
    for shop in 0..5 {
        fleet.join(shop * 2_000, 60);
    }
    fleet.run(60_000);
    for from_ms in (10_000..45_000).step_by(250) {
        let counts = fleet.within(from_ms);
        let all = counts.iter().sum::<usize>();
        assert!((490..=505).contains(&all), "no slot is lost: {counts:?} from {from_ms}");
        assert!(counts.iter().all(|count| (90..=110).contains(count)), "{counts:?} from {from_ms}");
    }
}

#[test]
fn the_calls_of_a_chunk_come_in_time_where_many_shops_share_few() {
    let mut fleet = Fleet::new(3.0, 4);
    for _ in 0..200 {
        fleet.join(0, 1);
    }
    // 3,900 calls, of each shop 19 or 20, give or take a chunk.
    fleet.run(1_300_000);
    assert!(fleet.longest_ms < WORKING_PATIENCE_MS, "{} ms for one chunk", fleet.longest_ms);
    let mut counts: Vec<usize> = fleet.called.values().map(Vec::len).collect();
    counts.sort_unstable();
    let fair = counts.len() == 200 && counts.iter().all(|count| (16..=24).contains(count));
    assert!(fair, "{counts:?}");
}
