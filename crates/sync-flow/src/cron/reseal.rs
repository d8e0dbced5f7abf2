//! Seals again what a rotated key has sealed, and seals what is not sealed, so that an old key can be dropped. Tokens
//! are sealed again when they are refreshed, and only by their custody; the other sealed values are the partner keys of
//! shops' own apps, and the addresses and secrets of sinks.

use crate::error::FlowError;
use crate::{
    host::{Host, Level},
    token_encryption::{self, Keyring, Place},
};
use compact::json;
use serde_json::Value;
use store::{
    Db,
    shops::partner_keys::{self, PartnerKey},
    sinks,
};
use sync_core::{RESEAL_PAGE, RESEAL_PAGES_MAX};

/// Seals what is left. A key that cannot be opened is logged, and the rest continues.
pub async fn run(db: &impl Db, host: &impl Host) -> Result<Value, FlowError> {
    let Some(keyring) = host.config()?.keyring else { return Ok(Value::Null) };
    let prefix = keyring.prefix();
    let (mut after, mut sealed) = (i64::MIN, 0);
    for _ in 0..RESEAL_PAGES_MAX {
        let page = partner_keys::others(db, &prefix, after, RESEAL_PAGE).await?;
        let Some(last) = page.last().map(|key| key.shop_id) else { break };
        after = last;
        for stored in page {
            match anew(host, &keyring, &stored) {
                Ok(new) => {
                    sealed += u32::from(partner_keys::reseal(db, &stored, &new).await?);
                }
                Err(error) => {
                    host.log(Level::Warn, "reseal", json!({ "shop": stored.shop_id, "error": error }));
                }
            }
        }
    }
    let left = partner_keys::under_others(db, &prefix).await?;
    let (sinks, sinks_left) = reseal_sinks(db, host, &keyring).await?;
    Ok(
        json!({ "partner_keys": sealed, "shops_under_other_keys": left, "sinks": sinks, "sinks_under_other_keys": sinks_left }),
    )
}

/// How many were sealed again, and how many were not.
async fn reseal_sinks(db: &impl Db, host: &impl Host, keyring: &Keyring) -> Result<(u32, u32), FlowError> {
    let (mut sealed, mut left) = (0, 0);
    for stored in sinks::under_others(db, &keyring.prefix()).await? {
        let place = Place::Sink(&stored.id);
        let new = token_encryption::open(Some(keyring), place, &stored.sealed)
            .and_then(|plain| keyring.seal(place, &plain, |bytes| host.random_bytes(bytes)));
        match new {
            Ok(new) if sinks::reseal(db, &stored, &new).await? => sealed += 1,
            // Somebody has just changed it, and sealed it anew.
            Ok(_) => {}
            Err(error) => {
                left += 1;
                host.log(Level::Warn, "reseal", json!({ "sink": stored.id, "error": error }));
            }
        }
    }
    Ok((sealed, left))
}

fn anew(host: &impl Host, keyring: &Keyring, stored: &PartnerKey) -> Result<String, FlowError> {
    let place = Place::Shop(stored.shop_id, "partner_key");
    let plain = token_encryption::open(Some(keyring), place, stored.partner_key.trim())?;
    keyring.seal(place, &plain, |bytes| host.random_bytes(bytes))
}
