//! Copies access tokens for the side-by-side day. A refresh token can be used once, so only the incumbent may hold it: the
//! Worker's copy of the database gets the access tokens only, repeatedly, as they change.

use super::{preconditions, query};
use anyhow::{Context, Result};
use serde::Deserialize;
use store::Param;

/// Shops read per query.
const BATCH: i64 = 100;

/// No `Debug`: the token is secret.
#[derive(Deserialize)]
struct Shop {
    shop_id: i64,
    access_token: Option<String>,
}

const DELETE_REFRESH_TOKENS: &str = "
    WITH deleted AS (
      UPDATE apishopee_shops SET refresh_token = NULL WHERE refresh_token IS NOT NULL RETURNING 1
    )
    SELECT to_jsonb(count(*))::text FROM deleted";

const READ: &str = "
    SELECT jsonb_build_object('shop_id', shop_id, 'access_token', access_token)::text
    FROM apishopee_shops WHERE shop_id > $1 ORDER BY shop_id LIMIT $2";

/// A rejected token stays rejected; only a different one resets the state.
const WRITE: &str = "
    WITH written AS (
      UPDATE apishopee_shops
      SET access_token = $2, token_expires_at = NULL, token_state = 'ok', token_error = NULL
      WHERE shop_id = $1 AND access_token IS DISTINCT FROM $2
      RETURNING 1
    )
    SELECT to_jsonb(count(*))::text FROM written";

/// The incumbent still writes budgets, so the copy's Worker must not.
const DISABLE_BUDGETS: &str = "
    INSERT INTO apishopee_ads_budget_rules AS r (enabled, updated_by) VALUES (false, 'adopt --copy-tokens')
    ON CONFLICT (shop_id, region) DO UPDATE SET enabled = false, updated_at = now(), updated_by = EXCLUDED.updated_by
    RETURNING to_jsonb(r.enabled)::text";

/// Copies the installation's access tokens to the copy, deletes the copy's refresh tokens, and first disables budget
/// writes in the copy: two schedulers must not write the same budgets. Returns the number of shops whose token changed.
///
/// # Errors
/// Both URLs are the same database; the installation is already migrated; the copy is not, or has active old cron jobs.
pub async fn copy_tokens(old_url: &str, new_url: &str) -> Result<i64> {
    let old = query::connect_read_only(old_url).await?;
    let new = query::connect(new_url).await.context("--with")?;
    preconditions::distinct_databases(&old, &new).await?;
    // Catches swapped URLs, even after the switch-over.
    preconditions::never_migrated(&old).await?;
    preconditions::migrated(&new).await.context("--with")?;
    preconditions::cron_jobs_inactive(&new).await.context("--with")?;
    let _enabled: bool = query::one(&new, DISABLE_BUDGETS, &[]).await?;
    let _deleted: i64 = query::one(&new, DELETE_REFRESH_TOKENS, &[]).await?;
    let (mut copied, mut after) = (0_i64, i64::MIN);
    loop {
        let shops: Vec<Shop> = query::rows(&old, READ, &[Param::I64(after), Param::I64(BATCH)]).await?;
        let Some(last) = shops.last() else { return Ok(copied) };
        after = last.shop_id;
        for shop in &shops {
            let values = [Param::I64(shop.shop_id), Param::OptText(shop.access_token.as_deref())];
            copied = copied.saturating_add(query::one::<i64>(&new, WRITE, &values).await?);
        }
    }
}
