//! Access tokens for the day side by side. A refresh token is good for one use, so only the incumbent may have it: the
//! copy that the Worker writes to gets access tokens alone, again and again, as they change.

use super::{ask, guard};
use anyhow::{Context, Result};
use serde::Deserialize;
use store::Param;

/// Shops read at a time.
const BATCH: i64 = 100;

/// No `Debug`: the token is secret.
#[derive(Deserialize)]
struct Shop {
    shop_id: i64,
    access_token: Option<String>,
}

const FORGET: &str = "
    WITH forgotten AS (
      UPDATE apishopee_shops SET refresh_token = NULL WHERE refresh_token IS NOT NULL RETURNING 1
    )
    SELECT to_jsonb(count(*))::text FROM forgotten";

const READ: &str = "
    SELECT jsonb_build_object('shop_id', shop_id, 'access_token', access_token)::text
    FROM apishopee_shops WHERE shop_id > $1 ORDER BY shop_id LIMIT $2";

/// A token that was refused stays refused; another one is tried.
const WRITE: &str = "
    WITH written AS (
      UPDATE apishopee_shops
      SET access_token = $2, token_expires_at = NULL, token_state = 'ok', token_error = NULL
      WHERE shop_id = $1 AND access_token IS DISTINCT FROM $2
      RETURNING 1
    )
    SELECT to_jsonb(count(*))::text FROM written";

/// The incumbent goes on writing budgets, so the copy's Worker must not.
const NO_BUDGETS: &str = "
    INSERT INTO apishopee_ads_budget_rules AS r (enabled, updated_by) VALUES (false, 'adopt --copy-tokens')
    ON CONFLICT (shop_id, region) DO UPDATE SET enabled = false, updated_at = now(), updated_by = EXCLUDED.updated_by
    RETURNING to_jsonb(r.enabled)::text";

/// Copies the access tokens of the installation to the copy, deletes the copy's refresh tokens, and sets the copy's kill
/// switch, before it can call for the first time: two schedulers must not write the same budgets. Answers with how many
/// shops have got another token.
///
/// # Errors
/// Both are one database; the installation is migrated; the copy is not, or has old cron jobs that are active.
pub async fn copy_tokens(old_url: &str, new_url: &str) -> Result<i64> {
    let old = ask::connect_to_look(old_url).await?;
    let new = ask::connect(new_url).await.context("--with")?;
    guard::two_databases(&old, &new).await?;
    // Whoever has mixed the two up is stopped here, also after the switch.
    guard::incumbents(&old).await?;
    guard::migrated(&new).await.context("--with")?;
    guard::jobs_off(&new).await.context("--with")?;
    let _enabled: bool = ask::one(&new, NO_BUDGETS, &[]).await?;
    let _forgotten: i64 = ask::one(&new, FORGET, &[]).await?;
    let (mut copied, mut after) = (0_i64, i64::MIN);
    loop {
        let shops: Vec<Shop> = ask::rows(&old, READ, &[Param::I64(after), Param::I64(BATCH)]).await?;
        let Some(last) = shops.last() else { return Ok(copied) };
        after = last.shop_id;
        for shop in &shops {
            let values = [Param::I64(shop.shop_id), Param::OptText(shop.access_token.as_deref())];
            copied = copied.saturating_add(ask::one::<i64>(&new, WRITE, &values).await?);
        }
    }
}
