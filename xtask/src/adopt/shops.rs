//! Shops: how many tokens are encrypted, and whose time zone is unknown. No token is printed or even read.

use super::{catalog::Catalog, query, report::Section};
use anyhow::Result;
use serde::Deserialize;
use store::{Param, Postgres};
use sync_flow::token_encryption;

#[derive(Deserialize)]
struct Shops {
    all: i64,
    access: TokenCounts,
    refresh: TokenCounts,
    key: TokenCounts,
    /// Shops with no token at all.
    without_token: i64,
    without_region: Sample,
    unknown_region: Sample,
}

#[derive(Deserialize)]
struct TokenCounts {
    plain: i64,
    sealed: i64,
}

#[derive(Deserialize)]
struct Sample {
    count: i64,
    /// The first few shop ids.
    ids: Vec<i64>,
}

/// Through JSON, since an installation may lack some of the columns.
const SHOPS: &str = "
    WITH shops AS (
      SELECT s.shop_id, coalesce(trim(j ->> 'access_token'), '') AS access,
        coalesce(trim(j ->> 'refresh_token'), '') AS refresh, coalesce(trim(j ->> 'partner_key'), '') AS key,
        coalesce(upper(trim(j ->> 'region')), '') AS region
      FROM apishopee_shops s CROSS JOIN LATERAL to_jsonb(s) AS j
    ), listed AS (
      SELECT *, region <> '' AND region NOT IN ('SG', 'MY', 'TH', 'VN', 'PH', 'ID', 'TW', 'MX', 'CL', 'CO', 'PL', 'BR')
        AS unknown
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
      'without_region', jsonb_build_object('count', count(*) FILTER (WHERE region = ''), 'ids',
        coalesce((array_agg(shop_id ORDER BY shop_id) FILTER (WHERE region = ''))[1:5], '{}')),
      'unknown_region', jsonb_build_object('count', count(*) FILTER (WHERE unknown), 'ids',
        coalesce((array_agg(shop_id ORDER BY shop_id) FILTER (WHERE unknown))[1:5], '{}')))::text
    FROM listed";

pub(super) async fn check(db: &Postgres, catalog: &Catalog) -> Result<Section> {
    let mut section = Section::new("Shops");
    if catalog.column("apishopee_shops", "shop_id").is_none() {
        section.info("there are none");
        return Ok(section);
    }
    let shops: Shops = query::one(db, SHOPS, &[Param::Text(token_encryption::PREFIX)]).await?;
    section
        .info(format!("shops: {}; without any token, and so not synced: {}", shops.all, shops.without_token));
    for (name, stored) in
        [("access_token", &shops.access), ("refresh_token", &shops.refresh), ("partner_key", &shops.key)]
    {
        if stored.plain + stored.sealed > 0 {
            section.info(format!("{name}: {} in plain text, {} sealed", stored.plain, stored.sealed));
        }
    }
    check_region(
        &shops.without_region,
        "no region, so days are counted as Singapore's, and no budgets are written",
        &mut section,
    );
    check_region(
        &shops.unknown_region,
        "a region that is not known, so days are counted as Singapore's, and no budgets are written",
        &mut section,
    );
    Ok(section)
}

fn check_region(sample: &Sample, what: &str, section: &mut Section) {
    let Some(first) = sample.ids.first() else { return };
    let ids = sample.ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let more = if sample.count > 5 { ", …" } else { "" };
    section.warn(
        format!("{what}: {}, shop {ids}{more}", sample.count),
        format!("UPDATE apishopee_shops SET region = 'VN' WHERE shop_id = {first};"),
    );
}
