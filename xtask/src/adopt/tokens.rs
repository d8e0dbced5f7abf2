//! Encrypts plain-text tokens as the Worker does, and decrypts them again.
//!
//! Rows are written with compare-and-set, so a token pair that was refreshed concurrently is never lost; such a row is read
//! again. Nothing is written before all values that are already encrypted have been decrypted successfully.

use super::{
    expected_schema::SEALED_COLUMNS,
    preconditions, query,
    token_rows::{Rewritten, Row, rewrite_all},
};
use anyhow::{Context, Result, anyhow, bail};
use rand::Rng;
use store::Postgres;
use sync_flow::error::FlowError;
use sync_flow::token_encryption::{self, Keyring, Place};

/// Attempts to rewrite rows that change concurrently.
const PASSES: u32 = 3;

/// Parses the value of `TOKEN_KEYS`.
///
/// # Errors
/// It is missing or invalid. The message contains no key.
pub(super) fn keyring(keys: Option<&str>) -> Result<Keyring> {
    let keys = keys.filter(|keys| !keys.trim().is_empty());
    let keys =
        keys.context("set TOKEN_KEYS, with which tokens are sealed, to what the Worker has as its secret")?;
    Keyring::parse(keys).map_err(|message| anyhow!(message))
}

/// Encrypts every plain-text token and key. `keys`: the value of `TOKEN_KEYS`.
///
/// # Errors
/// `TOKEN_KEYS` is missing, invalid, or lacks the key of an encrypted value; old cron jobs are active; the Worker is syncing.
pub async fn seal_tokens(url: &str, keys: Option<&str>) -> Result<Rewritten> {
    let keyring = keyring(keys)?;
    let db = query::connect(url).await?;
    preconditions::migrated(&db).await?;
    preconditions::cron_jobs_inactive(&db).await?;
    rewrite(&db, &keyring, |place, text| {
        // The Worker trims plain-text tokens, and uses encrypted values as they are.
        let plain = text.trim();
        if plain.is_empty() || plain.starts_with(token_encryption::PREFIX) {
            return Ok(text.to_owned());
        }
        keyring.seal(place, plain, |bytes| rand::rng().fill_bytes(bytes))
    })
    .await
}

/// Decrypts every encrypted token and key, to roll back. `keys`: the value of `TOKEN_KEYS`.
///
/// # Errors
/// `TOKEN_KEYS` is missing, invalid, or lacks the key of an encrypted value; the Worker is syncing.
pub async fn unseal_tokens(url: &str, keys: Option<&str>) -> Result<Rewritten> {
    let keyring = keyring(keys)?;
    let db = query::connect(url).await?;
    preconditions::migrated(&db).await?;
    rewrite(&db, &keyring, |place, text| token_encryption::open(Some(&keyring), place, text)).await
}

async fn rewrite(
    db: &Postgres,
    keyring: &Keyring,
    change: impl Fn(Place<'static>, &str) -> Result<String, FlowError>,
) -> Result<Rewritten> {
    preconditions::worker_idle(db).await?;
    let decrypt = |place, text: &str| token_encryption::open(Some(keyring), place, text);
    rewrite_all(db, |row| map_values(row, decrypt).map(|_| row.clone())).await?;
    let mut all = Rewritten::default();
    for _ in 0..PASSES {
        let (done, conflicts) = rewrite_all(db, |row| map_values(row, &change)).await?;
        all.shops += done.shops;
        all.texts += done.texts;
        if conflicts == 0 {
            return Ok(all);
        }
    }
    bail!(
        "tokens change all the time: something else is still at work in this database; stop it and repeat this"
    )
}

fn map_values(row: &Row, change: impl Fn(Place<'static>, &str) -> Result<String, FlowError>) -> Result<Row> {
    let mut new = row.clone();
    for (text, column) in new.texts.iter_mut().zip(SEALED_COLUMNS) {
        let place = Place::Shop(row.shop_id, column);
        *text = text
            .as_deref()
            .map(|text| change(place, text))
            .transpose()
            .map_err(|message| anyhow!(message))?;
    }
    Ok(new)
}
