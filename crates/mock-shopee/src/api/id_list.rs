//! v2.ads.get_product_level_campaign_id_list

use super::refusal::Refusal;
use super::request::Request;
use super::{Answer, account};
use crate::data::campaign;
use crate::state::behaviour::{Behaviour, EmptyList, Shift};
use crate::state::campaigns::Campaigns;
use crate::state::{Platform, World};
use serde::Serialize;
use std::sync::Arc;

/// One page of ids, in order of creation, which is not promised to the caller.
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
    let asked = Asked { ad_type, offset, limit: limit.min(behaviour.page_limit_max) };
    Answer::new(&asked.of(&campaigns, &behaviour, shop), "")
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

struct Asked<'a> {
    ad_type: Option<&'a str>,
    offset: u64,
    limit: u64,
}

impl Asked<'_> {
    fn of(&self, campaigns: &Campaigns, behaviour: &Behaviour, shop: u64) -> Page {
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
            .map(|(campaign_id, ad_type)| Row { campaign_id: *campaign_id, ad_type })
            .collect();
        Page {
            shop_id: shop,
            region: key.region.code,
            has_next_page: end < total || behaviour.id_list_endless,
            campaign_list: match behaviour.empty_campaign_list {
                EmptyList::Missing if list.is_empty() => None,
                EmptyList::Null if list.is_empty() => Some(None),
                _ => Some(Some(list)),
            },
        }
    }
}

#[derive(Serialize)]
struct Page {
    shop_id: u64,
    region: &'static str,
    has_next_page: bool,
    /// May be missing, and may be null.
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign_list: Option<Option<Vec<Row>>>,
}

#[derive(Serialize)]
struct Row {
    campaign_id: i64,
    ad_type: &'static str,
}
