//! A shop's campaigns with what they have spent.

use crate::{Db, DbError, Param, Statement, decode::first};
use api::campaign::Campaigns;

/// Which campaigns, of which days, in which order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Part of the name, or the id.
    pub search: Option<String>,
    /// With this status.
    pub status: Option<String>,
    /// First day, `YYYY-MM-DD`; six days before the last one if absent.
    pub from: Option<String>,
    /// Last day; the shop's today if absent.
    pub to: Option<String>,
    /// By what they are ordered: a name of [`CAMPAIGN_SORTS`](api::filter::CAMPAIGN_SORTS).
    pub sort: String,
    /// Smallest first.
    pub ascending: bool,
    /// After this one: its [`sort key`](api::campaign::Campaign::sort_key) and its id.
    pub after: Option<(String, i64)>,
}

const LIST: Statement = Statement { name: "campaigns.list", sql: include_str!("sql/campaigns_list.sql") };

/// A page of a shop's campaigns; `None` if the shop is unknown. The days must be days, `from` not after `to`.
///
/// # Errors
/// What the database reports.
pub async fn list(
    db: &impl Db,
    shop_id: i64,
    filter: &Filter,
    limit: i32,
) -> Result<Option<Campaigns>, DbError> {
    let (key, id) = filter.after.as_ref().map_or((None, None), |(key, id)| (Some(key.as_str()), Some(*id)));
    let values = [
        Param::I64(shop_id),
        Param::OptText(filter.search.as_deref()),
        Param::OptText(filter.status.as_deref()),
        Param::OptText(filter.from.as_deref()),
        Param::OptText(filter.to.as_deref()),
        Param::Text(&filter.sort),
        Param::Bool(filter.ascending),
        Param::OptText(key),
        Param::OptI64(id),
        Param::I64(limit.into()),
    ];
    first(db, &LIST, &values).await
}
