//! Random schedules, of the kind that is admitted.

use super::{Watched, definition::Slots};
use crate::{
    db::budgets::Schedule as Row,
    world::{DAY_MS, World},
};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use mock_shopee::{CampaignChange, CampaignEdit, NewShop};
use rand::{Rng, rngs::StdRng};
use std::rc::Rc;
use sync_core::budget::{Schedule, ScheduleRow, admit};

/// Days of a world.
const DAYS: i64 = 30;

pub fn pick(rng: &mut StdRng, of: u64) -> u64 {
    rng.next_u64() % of
}

fn one<T: Copy>(rng: &mut StdRng, of: &[T]) -> T {
    of[pick(rng, of.len() as u64) as usize]
}

/// Puts a shop into its region, with campaigns that have schedules.
pub fn shop(world: &Rc<World>, rng: &mut StdRng, shop: i64, (region, zone): (&'static str, Tz)) {
    let n = shop - 1_001;
    let expires_ms =
        world.db.borrow().shops[&shop].token_expires_at_ms.unwrap_or(world.start_ms) - world.start_ms;
    let new = NewShop {
        name: "a shop".to_owned(),
        region: region.to_owned(),
        campaigns: world.case.campaigns,
        seed: world.case.seed,
        access_token: format!("access{n}"),
        refresh_token: Some(format!("refresh{n}")),
        expires_in_s: u32::try_from(expires_ms / 1_000).ok(),
        linked: None,
    };
    world.platform.put_shop(world.start_ms, shop.unsigned_abs(), new).expect("a shop like any other");
    let unit = match region {
        "VN" => 100_000,
        "CL" => 1_500,
        _ => 50,
    };
    let now = DateTime::<Utc>::from_timestamp_millis(world.start_ms).expect("a time");
    let local = now.with_timezone(&zone).naive_local();
    let ids = world.platform.campaign_ids(shop.unsigned_abs()).expect("the shop is there");
    let mut change = Vec::new();
    let mut all = Vec::new();
    for id in ids {
        let first = unit * (100 + pick(rng, 900) as i64);
        change.push(CampaignChange {
            campaign_id: id,
            name: None,
            budget: Some(first as f64 / 100.0),
            status: Some(one(rng, &["ongoing", "ongoing", "paused"]).to_owned()),
        });
        let mut of_campaign = Vec::new();
        for _ in 0..1 + pick(rng, 8) {
            let row = row(rng, (shop, id), unit, local);
            let schedule = Schedule::parse(&row).expect("a row without a fault");
            if admit(&schedule, &all, local).is_ok() {
                all.push(schedule.clone());
                of_campaign.push(schedule);
                world.with_db(|db| db.budgets.schedules.insert(row.id.clone(), stored(&row)));
            }
        }
        let slots = Slots::of(&of_campaign, local.date(), DAYS + 1);
        world.budgets.borrow_mut().campaigns.insert((shop, id), Watched { zone, first, slots });
    }
    let edit = CampaignEdit { add: 0, delete: Vec::new(), change };
    let now_ms = world.now_ms.get();
    world.platform.edit_campaigns(now_ms, shop.unsigned_abs(), edit).expect("budgets that the fake takes");
    world.with_db(|db| {
        if let Some(row) = db.shops.get_mut(&shop) {
            row.region = Some(region.to_owned());
        }
    });
}

fn row(rng: &mut StdRng, (shop_id, campaign_id): (i64, i64), unit: i64, local: NaiveDateTime) -> ScheduleRow {
    let start = (pick(rng, 24) * 60 + one(rng, &[0, 0, 30, 30, 1, 7, 29, 59])) as i32;
    let length = one(rng, &[2, 5, 20, 30, 60, 90, 240, 600, 1_440]);
    let end = (start + length).min(1_440);
    let days = |rng: &mut StdRng| -> Vec<i32> { (0..7).filter(|_| pick(rng, 2) == 0).collect() };
    let date = |rng: &mut StdRng| {
        (local.date() + TimeDelta::days(1 + pick(rng, DAYS as u64 - 1) as i64)).to_string()
    };
    let (mut days_of_week, mut specific_dates) = (None, None);
    match pick(rng, 3) {
        0 => days_of_week = Some(days(rng)).filter(|days| !days.is_empty()),
        1 => specific_dates = Some((0..1 + pick(rng, 8)).map(|_| date(rng)).collect()),
        _ => {}
    }
    let hundredths = unit * (100 + pick(rng, 900) as i64);
    ScheduleRow {
        id: format!("{:08x}-0000-4000-8000-{:012x}", rng.next_u64() as u32, rng.next_u64() >> 16),
        shop_id,
        campaign_id,
        hour_start: start / 60,
        minute_start: start % 60,
        hour_end: end / 60,
        minute_end: end % 60,
        budget: Some(format!("{}.{:02}", hundredths / 100, hundredths % 100)),
        days_of_week,
        specific_dates,
        is_active: Some(true),
        restore: pick(rng, 2) == 0,
    }
}

fn stored(row: &ScheduleRow) -> Row {
    let budget = row.budget.as_deref().map(super::definition::hundredths);
    Row {
        shop_id: row.shop_id,
        campaign_id: row.campaign_id,
        campaign_name: None,
        hour_start: row.hour_start.into(),
        minute_start: row.minute_start.into(),
        hour_end: row.hour_end.into(),
        minute_end: row.minute_end.into(),
        budget,
        days_of_week: row
            .days_of_week
            .as_ref()
            .map(|days| days.iter().map(|day| Some(i64::from(*day))).collect()),
        specific_dates: row.specific_dates.as_ref().map(|dates| dates.iter().cloned().map(Some).collect()),
        is_active: row.is_active,
        restore: row.restore,
        created_by: None,
    }
}

const _: () = assert!(DAYS * DAY_MS == super::FAULTS_MS + super::HEALING_MS + super::STRICT_MS);
