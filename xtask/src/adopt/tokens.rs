//! Tokens in plain text become sealed ones, as the Worker seals them, and back.
//!
//! A row is written only in the place of what was read, so that a pair which somebody has refreshed meanwhile is never
//! lost; it is read again instead. Nothing is written before everything that is sealed already could be opened.

use super::{
    ask,
    contract::SEALED,
    guard,
    token_rows::{Rewritten, Row, pass},
};
use anyhow::{Context, Result, anyhow, bail};
use rand::Rng;
use store::Postgres;
use sync_flow::token_encryption::{self, Keyring, Place};

/// Times that rows which have changed meanwhile are read again.
const PASSES: u32 = 3;

/// The keys in the text of `TOKEN_KEYS`.
///
/// # Errors
/// It is not set, or wrong. Repeats no key.
pub(super) fn keyring(keys: Option<&str>) -> Result<Keyring> {
    let keys = keys.filter(|keys| !keys.trim().is_empty());
    let keys =
        keys.context("set TOKEN_KEYS, with which tokens are sealed, to what the Worker has as its secret")?;
    Keyring::parse(keys).map_err(|message| anyhow!(message))
}

/// Seals every token and key that is in plain text. `keys`: the text of `TOKEN_KEYS`.
///
/// # Errors
/// `TOKEN_KEYS` is missing, wrong, or not what others are sealed with; old cron jobs are active; the Worker is at work.
pub async fn seal_tokens(url: &str, keys: Option<&str>) -> Result<Rewritten> {
    let keyring = keyring(keys)?;
    let db = ask::connect(url).await?;
    guard::migrated(&db).await?;
    guard::jobs_off(&db).await?;
    rewrite(&db, &keyring, |place, text| {
        // The Worker takes a plain text without the white space around it, and a sealed one as it is.
        let plain = text.trim();
        if plain.is_empty() || plain.starts_with(token_encryption::PREFIX) {
            return Ok(text.to_owned());
        }
        keyring.seal(place, plain, |bytes| rand::rng().fill_bytes(bytes))
    })
    .await
}

/// Opens every token and key that is sealed, for the way back. `keys`: the text of `TOKEN_KEYS`.
///
/// # Errors
/// `TOKEN_KEYS` is missing, wrong, or not what they are sealed with; the Worker is at work.
pub async fn unseal_tokens(url: &str, keys: Option<&str>) -> Result<Rewritten> {
    let keyring = keyring(keys)?;
    let db = ask::connect(url).await?;
    guard::migrated(&db).await?;
    rewrite(&db, &keyring, |place, text| token_encryption::open(Some(&keyring), place, text)).await
}

async fn rewrite(
    db: &Postgres,
    keyring: &Keyring,
    change: impl Fn(Place, &str) -> Result<String, String>,
) -> Result<Rewritten> {
    guard::worker_idle(db).await?;
    let opens = |place, text: &str| token_encryption::open(Some(keyring), place, text);
    pass(db, |row| each(row, opens).map(|_| row.clone())).await?;
    let mut all = Rewritten::default();
    for _ in 0..PASSES {
        let (done, missed) = pass(db, |row| each(row, &change)).await?;
        all.shops += done.shops;
        all.texts += done.texts;
        if missed == 0 {
            return Ok(all);
        }
    }
    bail!(
        "tokens change all the time: something else is still at work in this database; stop it and repeat this"
    )
}

fn each(row: &Row, change: impl Fn(Place, &str) -> Result<String, String>) -> Result<Row> {
    let mut new = row.clone();
    for (text, column) in new.texts.iter_mut().zip(SEALED) {
        let place = Place { shop_id: row.shop_id, column };
        *text = text
            .as_deref()
            .map(|text| change(place, text))
            .transpose()
            .map_err(|message| anyhow!(message))?;
    }
    Ok(new)
}
