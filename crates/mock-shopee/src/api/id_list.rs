//! v2.ads.get_product_level_campaign_id_list

use super::refusal::Refusal;
use super::request::Request;
use super::{Answer, account};
use crate::data::campaign;
use crate::state::behaviour::{Behaviour, EmptyList, Shift};
use crate::state::campaigns::Campaigns;
use crate::state::{Platform, World};
use serde_json::{Value, json};
use std::sync::Arc;

/// One page of ids. The order is that of making, and nothing promises it to the caller.
pub fn answer(platform: &Platform, request: &Request<'_>, shop: u64) -> Result<Answer, Refusal> {
    let mut world = platform.world();
    if !world.behaviour.ignore_page_no && request.optional("page_no")?.is_some() {
        return Err(Refusal::parameter("page_no is unknown"));
    }
    let ad_type = match request.optional("ad_type")? {
        None | Some("all") => None,
        Some(kind @ ("auto" | "manual")) => Some(kind),
        Some(_) => return Err(Refusal::parameter("ad_type should be all, auto or manual")),
    };
    let offset = request.count("offset", 0)?;
    let limit = request.count("limit", world.behaviour.page_limit_max)?;
    if limit == 0 {
        return Err(Refusal::parameter("limit should be 1 or more"));
    }
    if offset > 0 {
        shift(&mut world, shop);
    }
    let behaviour = world.behaviour.clone();
    let campaigns = account::campaigns(&world, shop)?;
    drop(world);
    let asked = Page { ad_type, offset, limit: limit.min(behaviour.page_limit_max) };
    Ok(asked.of(&campaigns, &behaviour, shop).into())
}

fn shift(world: &mut World, shop: u64) {
    let kind = world.behaviour.id_list_shift;
    if let Some(shop) = world.shops.get_mut(&shop) {
        match kind {
            Shift::Off => {}
            Shift::Drop => Arc::make_mut(&mut shop.campaigns).delete_first(),
            Shift::Insert => Arc::make_mut(&mut shop.campaigns).add_in_front(),
        }
    }
}

struct Page<'a> {
    ad_type: Option<&'a str>,
    offset: u64,
    limit: u64,
}

impl Page<'_> {
    fn of(&self, campaigns: &Campaigns, behaviour: &Behaviour, shop: u64) -> Value {
        let key = &campaigns.key;
        let rows: Vec<_> = campaigns
            .listed()
            .iter()
            .map(|id| (*id, campaign::ad_type(key, *id)))
            .filter(|(_, kind)| self.ad_type.is_none_or(|wanted| *kind == wanted))
            .collect();
        // With duplicates, page k starts k rows early: each boundary repeats one row and none is lost.
        let early = if behaviour.id_list_duplicates { self.offset / self.limit } else { 0 };
        let total = rows.len() as u64;
        let start = self.offset.saturating_sub(early).min(total);
        let end = start.saturating_add(self.limit).min(total);
        let list: Vec<_> = rows[start as usize..end as usize]
            .iter()
            .map(|(id, kind)| json!({"campaign_id": id, "ad_type": kind}))
            .collect();
        let mut page = json!({
            "shop_id": shop,
            "region": key.region.code,
            "has_next_page": end < total || behaviour.id_list_endless,
        });
        match behaviour.empty_campaign_list {
            EmptyList::Missing if list.is_empty() => {}
            EmptyList::Null if list.is_empty() => page["campaign_list"] = Value::Null,
            _ => page["campaign_list"] = list.into(),
        }
        page
    }
}
