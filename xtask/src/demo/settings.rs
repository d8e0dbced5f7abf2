//! Settings of the local stack: the deployment's row of `apishopee_ads_sync_settings`, as an operator would write it.

use anyhow::Result;
use tokio_postgres::Client;

/// Raises the call rates unless they are set already: the fake Shopee does not have the real platform's limits.
///
/// # Errors
/// Postgres rejects the statement.
pub async fn rates(database: &Client) -> Result<()> {
    let update = "UPDATE apishopee_ads_sync_settings SET app_calls_per_second = coalesce(app_calls_per_second, 500), \
                  shop_calls_per_second = coalesce(shop_calls_per_second, 500) WHERE shop_id = 0";
    database.execute(update, &[]).await?;
    Ok(())
}

/// Sets values for the whole deployment. Names and values are never external input.
///
/// # Errors
/// Postgres rejects a value.
pub async fn set(database: &Client, values: &[(&'static str, u32)]) -> Result<()> {
    for (name, value) in values {
        let update = format!("UPDATE apishopee_ads_sync_settings SET {name} = {value} WHERE shop_id = 0");
        database.execute(&update, &[]).await?;
    }
    Ok(())
}
