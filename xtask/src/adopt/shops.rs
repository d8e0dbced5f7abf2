//! Shops: their tokens, sealed or not, and their time zones. No token is printed, and none leaves the server here.

use super::{ask, catalog::Catalog, report::Section};
use anyhow::Result;
use serde::Deserialize;
use store::{Param, Postgres};
use sync_flow::token_encryption;

#[derive(Deserialize)]
struct Shops {
    all: i64,
    access: Stored,
    refresh: Stored,
    key: Stored,
    /// Shops with no token at all.
    without_token: i64,
    without_region: Listed,
    strange_region: Listed,
}

#[derive(Deserialize)]
struct Stored {
    plain: i64,
    sealed: i64,
}

#[derive(Deserialize)]
struct Listed {
    count: i64,
    /// The first of them.
    some: Vec<i64>,
}

/// Through JSON, as an installation may lack some of the columns.
const SHOPS: &str = "
    WITH shops AS (
      SELECT s.shop_id, coalesce(trim(j ->> 'access_token'), '') AS access,
        coalesce(trim(j ->> 'refresh_token'), '') AS refresh, coalesce(trim(j ->> 'partner_key'), '') AS key,
        coalesce(upper(trim(j ->> 'region')), '') AS region
      FROM apishopee_shops s CROSS JOIN LATERAL to_jsonb(s) AS j
    ), listed AS (
      SELECT *, region <> '' AND region NOT IN ('SG', 'MY', 'TH', 'VN', 'PH', 'ID', 'TW', 'MX', 'CL', 'CO', 'PL', 'BR')
        AS strange
      FROM shops
    )
    SELECT jsonb_build_object('all', count(*),
      'access', jsonb_build_object('plain', count(*) FILTER (WHERE access <> '' AND NOT starts_with(access, $1)),
        'sealed', count(*) FILTER (WHERE starts_with(access, $1))),
      'refresh', jsonb_build_object('plain', count(*) FILTER (WHERE refresh <> '' AND NOT starts_with(refresh, $1)),
        'sealed', count(*) FILTER (WHERE starts_with(refresh, $1))),
      'key', jsonb_build_object('plain', count(*) FILTER (WHERE key <> '' AND NOT starts_with(key, $1)),
        'sealed', count(*) FILTER (WHERE starts_with(key, $1))),
      'without_token', count(*) FILTER (WHERE access = '' AND refresh = ''),
      'without_region', jsonb_build_object('count', count(*) FILTER (WHERE region = ''), 'some',
        coalesce((array_agg(shop_id ORDER BY shop_id) FILTER (WHERE region = ''))[1:5], '{}')),
      'strange_region', jsonb_build_object('count', count(*) FILTER (WHERE strange), 'some',
        coalesce((array_agg(shop_id ORDER BY shop_id) FILTER (WHERE strange))[1:5], '{}')))::text
    FROM listed";

pub(super) async fn check(db: &Postgres, catalog: &Catalog) -> Result<Section> {
    let mut section = Section::new("Shops");
    if catalog.column("apishopee_shops", "shop_id").is_none() {
        section.fact("there are none");
        return Ok(section);
    }
    let shops: Shops = ask::one(db, SHOPS, &[Param::Text(token_encryption::PREFIX)]).await?;
    section
        .fact(format!("shops: {}; without any token, and so not synced: {}", shops.all, shops.without_token));
    for (name, stored) in
        [("access_token", &shops.access), ("refresh_token", &shops.refresh), ("partner_key", &shops.key)]
    {
        if stored.plain + stored.sealed > 0 {
            section.fact(format!("{name}: {} in plain text, {} sealed", stored.plain, stored.sealed));
        }
    }
    zones(
        &shops.without_region,
        "no region, so days are counted as Singapore's, and no budgets are written",
        &mut section,
    );
    zones(
        &shops.strange_region,
        "a region that is not known, so days are counted as Singapore's, and no budgets are written",
        &mut section,
    );
    Ok(section)
}

fn zones(listed: &Listed, what: &str, section: &mut Section) {
    let Some(first) = listed.some.first() else { return };
    let some = listed.some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let more = if listed.count > 5 { ", …" } else { "" };
    section.mind(
        format!("{what}: {}, shop {some}{more}", listed.count),
        format!("UPDATE apishopee_shops SET region = 'VN' WHERE shop_id = {first};"),
    );
}
