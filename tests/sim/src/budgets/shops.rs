//! Shops in their regions, with campaigns as a sync has read them and the schedules that people begin with.

use super::{
    judge::ShopView,
    people::{self, unit},
    rows,
    shop_changes::Way,
    watch::Watched,
};
use crate::{
    db::{Campaign, DataRow},
    world::World,
};
use chrono_tz::Tz;
use mock_shopee::{CampaignChange, CampaignEdit, NewShop, Question, TruthKind};
use std::rc::Rc;

/// Puts a shop into its region.
pub fn equip(world: &Rc<World>, shop: i64, (region, zone): (&'static str, Tz)) {
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
    world.budgets.borrow_mut().shops.insert(shop, ShopView::new(region, zone));
    world.with_db(|db| {
        if let Some(row) = db.shops.get_mut(&shop) {
            row.region = Some(region.to_owned());
        }
        // Before the world began everything was right.
        db.budgets.leases.entry(shop).or_default().looked_at_ms = Some(db.now_ms);
    });
    let ids = world.platform.campaign_ids(shop.unsigned_abs()).expect("the shop is there");
    let unit = unit(world, shop);
    let mut change = Vec::new();
    for id in &ids {
        let first = rows::amount(world, unit);
        let status = ["ongoing", "ongoing", "ongoing", "paused"][world.pick(4) as usize];
        change.push(CampaignChange {
            campaign_id: *id,
            name: None,
            budget: Some(first as f64 / 100.0),
            status: Some(status.to_owned()),
        });
        world.budgets.borrow_mut().campaigns.insert((shop, *id), Watched::new(first, status, world.start_ms));
    }
    let edit = CampaignEdit { change, ..CampaignEdit::default() };
    world
        .platform
        .edit_campaigns(world.start_ms, shop.unsigned_abs(), edit)
        .expect("budgets that the fake takes");
    sync(world, shop);
    for id in ids {
        for _ in 0..1 + world.pick(5) {
            people::make(world, (shop, id), Way::Sql);
        }
    }
}

/// A sync reads the shop's campaigns.
pub fn sync(world: &World, shop: i64) {
    let question = Question { kind: TruthKind::Campaigns, from: None, to: None };
    let now_ms = world.now_ms.get();
    let truth = world.platform.truth(now_ms, shop.unsigned_abs(), question).expect("the shop is there");
    let mut memory = world.budgets.borrow_mut();
    for row in truth {
        let id = row["campaign_id"].as_i64().expect("an id");
        if let Some(watched) = memory.campaigns.get_mut(&(shop, id)) {
            (watched.least, watched.was_off) = (watched.value, watched.status != "ongoing");
            let value = Campaign {
                ad_type: row["ad_type"].as_str().map(str::to_owned),
                name: Some("a campaign".to_owned()),
                status: Some(watched.status.clone()),
                campaign_placement: None,
                bidding_method: None,
                campaign_budget: Some(watched.value),
                start_time: None,
                end_time: None,
                item_count: None,
                roas_target: None,
                raw_data: serde_json::Value::Null,
            };
            let read = DataRow { generation: 1, fetched_at_ms: now_ms, value, vanished_at_ms: None };
            world.with_db(|db| db.campaigns.insert((shop, id), read));
        }
    }
}
