//! `apishopee_ads_campaign_changes`: what has changed in campaigns' settings. A trigger writes it.

use crate::{Db, DbError, Param, Statement, decode::many};
use api::campaign::Change;

const LIST: Statement = Statement {
    name: "changes.list",
    sql: "-- changes.list
        SELECT jsonb_build_object('id', c.id, 'campaign_id', c.campaign_id, 'field', c.field, 'old_value', c.old_value,
          'new_value', c.new_value, 'at_ms', ads_unix_ms(c.at), 'generation', c.generation)::text
        FROM apishopee_ads_campaign_changes c
        WHERE c.shop_id = $1 AND ($2 IS NULL OR c.campaign_id = $2) AND c.id < coalesce($3, 9223372036854775807)
        ORDER BY c.id DESC LIMIT $4",
};

/// Up to `limit` changes of a shop's campaigns, or of one, newest first, before `before_id` if given.
///
/// # Errors
/// What the database reports.
pub async fn list(
    db: &impl Db,
    shop_id: i64,
    campaign_id: Option<i64>,
    before_id: Option<i64>,
    limit: i32,
) -> Result<Vec<Change>, DbError> {
    let values =
        [Param::I64(shop_id), Param::OptI64(campaign_id), Param::OptI64(before_id), Param::I64(limit.into())];
    many(db, &LIST, &values).await
}
