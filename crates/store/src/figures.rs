//! The figures of a shop or of a campaign, by day or by hour.

use crate::{Db, DbError, Param, Statement, decode::first};
use api::figures::Figures;

/// Whose figures, of which days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// A campaign's; the shop's own if absent.
    pub campaign_id: Option<i64>,
    /// By hour, not by day.
    pub hourly: bool,
    /// First day, `YYYY-MM-DD`; six days before the last one if absent.
    pub from: Option<String>,
    /// Last day; the shop's today if absent.
    pub to: Option<String>,
}

const READ: Statement = Statement { name: "figures.read", sql: include_str!("sql/figures_read.sql") };

/// Figures in the order of time; `None` if the shop is unknown. The days must be days, `from` not after `to`.
///
/// # Errors
/// What the database reports.
pub async fn read(db: &impl Db, shop_id: i64, span: &Span) -> Result<Option<Figures>, DbError> {
    let values = [
        Param::I64(shop_id),
        Param::OptI64(span.campaign_id),
        Param::Bool(span.hourly),
        Param::OptText(span.from.as_deref()),
        Param::OptText(span.to.as_deref()),
    ];
    first(db, &READ, &values).await
}
