//! Settings of the local stack: the deployment's row of `apishopee_ads_sync_settings`, as an operator would write it.

use anyhow::Result;
use tokio_postgres::Client;

/// Lifts the pace of calls, unless somebody has set one already: the fake Shopee's limits are what a stack sets it, not
/// what the real platform has.
///
/// # Errors
/// Postgres refuses.
pub async fn rates(database: &Client) -> Result<()> {
    let update = "UPDATE apishopee_ads_sync_settings SET app_calls_per_second = coalesce(app_calls_per_second, 500), \
                  shop_calls_per_second = coalesce(shop_calls_per_second, 500) WHERE shop_id = 0";
    database.execute(update, &[]).await?;
    Ok(())
}

/// Sets values of the whole deployment. Names and values are of this program, never from outside.
///
/// # Errors
/// Postgres refuses, also a value out of its range.
pub async fn set(database: &Client, values: &[(&'static str, u32)]) -> Result<()> {
    for (name, value) in values {
        let update = format!("UPDATE apishopee_ads_sync_settings SET {name} = {value} WHERE shop_id = 0");
        database.execute(&update, &[]).await?;
    }
    Ok(())
}
