//! How the shops and the platform are made, and what troubles the platform.

use crate::{
    case::{Case, Place, Variant},
    custody,
    db::{Model, Shop as ShopRow},
    faults::Fault,
    invariants, operators,
    tasks::Tasks,
    world::{DAY_MS, World},
};
use mock_shopee::{Behaviour, CampaignEdit, Config as PlatformConfig, NewShop, Platform, RateLimits};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use sync_flow::{config::Config, token_encryption::Keyring};

impl World {
    /// A world before its first step.
    pub fn new(case: &Case, trace: bool) -> Rc<Self> {
        Self::at_place(case, &Place::default(), trace)
    }

    /// The same, elsewhere or at another time.
    pub fn at_place(case: &Case, place: &Place, trace: bool) -> Rc<Self> {
        let start_ms = place.start_ms;
        let mut rng = StdRng::seed_from_u64(case.seed);
        let mut pick = |of: u64| rng.next_u64() % of;
        let rates = ([3.0, 10.0, 50.0, 200.0][pick(4) as usize], [2.0, 5.0, 50.0][pick(3) as usize]);
        let platform = Platform::new(PlatformConfig::default(), case.seed);
        let key = shopee::Secret::new(PlatformConfig::default().partner_key);
        let partner = shopee::Partner { id: PlatformConfig::default().partner_id as i64, key };
        let keyring = Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").ok();
        let mut db = Model::default();
        db.now_ms = start_ms;
        db.deployment = json!({ "app_calls_per_second": rates.0, "breaker_seconds": 60 });
        // With one place or two, even few shops stand in line.
        if case.seed.is_multiple_of(3) {
            db.deployment["queue_batch"] = (1 + case.seed % 2).into();
        }
        for n in 0..case.shops {
            let shop_id = 1_001 + i64::from(n);
            let campaigns = if n == 0 { case.campaigns } else { pick(u64::from(case.campaigns) + 1) as u32 };
            let expires_in_s = if case.faults.contains(Fault::TokenExpires) { 1_200 } else { 14_400 };
            platform
                .put_shop(
                    start_ms,
                    shop_id as u64,
                    NewShop {
                        name: "a shop".to_owned(),
                        region: place.region.to_owned(),
                        campaigns,
                        seed: case.seed,
                        access_token: format!("access{n}"),
                        refresh_token: Some(format!("refresh{n}")),
                        expires_in_s: Some(expires_in_s),
                        linked: None,
                    },
                )
                .expect("a shop like any other");
            let mut of = |choices: &[Option<u32>]| choices[pick(choices.len() as u64) as usize];
            let settings = json!({
                "chunk_size": of(&[None, Some(3), Some(8), Some(60)]),
                "dynamic_chunks": of(&[None, Some(1)]).is_some(),
                "direct_threshold": of(&[None, Some(0), Some(0), Some(20)]),
                "window_chunks": of(&[Some(1), Some(2), Some(4), Some(6)]),
                "list_page_size": of(&[None, Some(7)]),
                "lease_seconds": of(&[None, Some(20)]),
                "max_attempts": of(&[Some(1), Some(2), Some(4), Some(6)]),
                "queued_seconds": of(&[None, Some(10)]),
                "shop_calls_per_second": rates.1,
            });
            db.shops.insert(
                shop_id,
                ShopRow {
                    region: Some(place.region.to_owned()),
                    access_token: format!("access{n}"),
                    refresh_token: format!("refresh{n}"),
                    token_expires_at_ms: Some(start_ms + i64::from(expires_in_s) * 1_000),
                    settings,
                    ..ShopRow::default()
                },
            );
        }
        let tokens = custody::Tokens::with(db.shops.values().map(|shop| shop.access_token.clone()));
        db.no_fence = case.variant == Some(Variant::NoFence);
        db.budgets.no_fence = case.variant == Some(Variant::NoBudgetFence);
        Rc::new(Self {
            case: case.clone(),
            rng: RefCell::new(rng),
            now_ms: Cell::new(start_ms),
            start_ms,
            config: Config { partner: Some(partner), keyring, ..Config::default() },
            platform,
            db: RefCell::new(db),
            tally: RefCell::default(),
            memory: RefCell::default(),
            tokens: RefCell::new(tokens),
            permits: RefCell::default(),
            standing: RefCell::default(),
            budgets: RefCell::default(),
            dead: RefCell::default(),
            rates: Cell::new(rates),
            counters: RefCell::default(),
            completed_by_index: RefCell::default(),
            events: RefCell::default(),
            sequence: Cell::new(0),
            tasks: Tasks::default(),
            current: Cell::new(0),
            objects: RefCell::default(),
            open: RefCell::default(),
            waiting: RefCell::default(),
            in_hand: RefCell::default(),
            faults_on: Cell::new(true),
            away_ms: Cell::default(),
            pooled: Cell::default(),
            synced_again_ms: Cell::new(None),
            paused: Cell::new(false),
            violation: RefCell::default(),
            answer_ms: Cell::default(),
            cost: Cell::default(),
            trace,
        })
    }

    pub(crate) fn trouble_shopee(&self) {
        let faults = &self.case.faults;
        let throttles = faults.contains(Fault::ShopeeThrottles);
        let rate = RateLimits {
            per_app: throttles.then(|| self.rates.get().0 * [0.3, 0.8, 2.0][self.pick(3) as usize]),
            per_shop: throttles.then(|| self.rates.get().1 * [0.3, 0.8, 2.0][self.pick(3) as usize]),
            per_day: faults.contains(Fault::ShopeeDayQuota).then(|| 20 + u64::from(self.pick(300))),
            burst: None,
        };
        let styles = [mock_shopee::AppRefusal::Total403, mock_shopee::AppRefusal::Partner200];
        let behaviour = Behaviour {
            rate,
            app_refusal: styles[self.pick(2) as usize],
            // Without figures in most worlds: a week of hours is a lot to read.
            data_as_of_ms: Some(if self.chance(750) { self.start_ms - 20 * DAY_MS } else { self.start_ms }),
            ..self.platform.behaviour()
        };
        self.platform.set_behaviour(behaviour).expect("ranges that the fake takes");
        if faults.contains(Fault::ShopeeBadId) {
            for shop in self.shops() {
                let ids = self.platform.campaign_ids(shop as u64).expect("the shop is there");
                let bad: Vec<i64> = ids.iter().copied().filter(|_| self.chance(10)).take(3).collect();
                if bad.is_empty() {
                    continue;
                }
                let mut fault = mock_shopee::Fault::new(mock_shopee::FaultKind::Error);
                fault.matches.shop = Some(shop as u64);
                fault.matches.ids = Some(bad);
                (fault.status, fault.code) = (Some(200), Some("ads.shop.campaign_not_match".to_owned()));
                self.platform.add_fault(fault).expect("a fault that the fake takes");
            }
        }
    }

    /// Campaigns come and go while they are listed.
    pub fn move_listing(&self, url: &str) {
        if !url.contains("campaign_id_list") || !url.contains("get_product_level_campaign_id_list") {
            return;
        }
        let Some(shop) = invariants::value(url, "shop_id").and_then(|id| id.parse::<u64>().ok()) else {
            return;
        };
        let ids = self.platform.campaign_ids(shop).expect("the shop is there");
        let delete =
            if ids.is_empty() { Vec::new() } else { vec![ids[self.pick(ids.len() as u32) as usize]] };
        let edit = CampaignEdit { add: 1, delete, ..CampaignEdit::default() };
        drop(self.platform.edit_campaigns(self.now_ms.get(), shop, edit));
    }

    /// Faults are over: everything must come to its end now.
    pub(crate) fn heal(self: &Rc<Self>) {
        self.faults_on.set(false);
        self.away_ms.take();
        self.platform.clear_faults();
        let lock = mock_shopee::Lock { after_refusals: None, seconds: 90 };
        let behaviour = Behaviour { rate: RateLimits::default(), lock, ..self.platform.behaviour() };
        self.platform.set_behaviour(behaviour).expect("ranges that the fake takes");
        // Most of what is paused goes on; the rest lives as long as a run may.
        for shop in self.shops() {
            if self.chance(900) {
                operators::resume(self, shop);
            }
        }
    }
}
