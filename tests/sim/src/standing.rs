//! What a listing must find: the campaigns that were there when it began and are still there when its plan is frozen.

use crate::{invariants::value, world::World};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};
use sync_core::{Phase, Shop};

/// By shop and generation: the campaigns when the first page was asked for; none once the plan was checked.
pub type Memory = BTreeMap<(i64, i64), Option<BTreeSet<i64>>>;

/// A page of a listing is about to be served.
pub fn asked(world: &Rc<World>, url: &str) {
    if !url.contains("get_product_level_campaign_id_list") || value(url, "offset") != Some("0") {
        return;
    }
    let Some(shop) = value(url, "shop_id").and_then(|id| id.parse::<i64>().ok()) else { return };
    let stored = world.stored(shop);
    let Some(run) = stored.as_ref().and_then(|shop| shop.run.as_ref()) else { return };
    let ids = || Some(world.platform.campaign_ids(shop.unsigned_abs()).ok()?.into_iter().collect());
    world.standing.borrow_mut().entry((shop, run.header.generation.0)).or_insert_with(ids);
}

/// A shop's state was stored.
pub fn stored(world: &Rc<World>, shop: &Shop) {
    let Some(run) = shop.run.as_ref().filter(|run| run.header.phase == Phase::Campaigns) else { return };
    let (id, generation) = (shop.shop_id.0, run.header.generation.0);
    let mut standing = world.standing.borrow_mut();
    let Some(before) = standing.get_mut(&(id, generation)).and_then(Option::take) else { return };
    let plan: BTreeSet<i64> = run.plan.iter().copied().collect();
    let now = world.platform.campaign_ids(id.unsigned_abs()).unwrap_or_default();
    if let Some(missed) = now.iter().find(|campaign| before.contains(campaign) && !plan.contains(campaign)) {
        world.broken(format!("2: campaign {missed} was there throughout and is not in the plan; shop {id}, generation {generation}"));
    }
}
