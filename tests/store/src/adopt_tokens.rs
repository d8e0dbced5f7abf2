//! Sealing the tokens of an older installation, and opening them again.

use crate::{
    adopt::{CRON, incumbent},
    setup::Database,
};
use anyhow::Result;
use sync_flow::token_encryption::{self, Keyring, Place};
use xtask::adopt::{Rewritten, check, seal_tokens, take_over, unseal_tokens};

const KEYS: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_KEYS: &str = "k2:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
const TOKENS: &str =
    "SELECT shop_id, access_token, refresh_token, partner_key FROM apishopee_shops ORDER BY 1";

async fn adopted() -> Result<Database> {
    let (database, folder) = incumbent().await?;
    take_over(&database.url()?, &folder.path().join("way-back.sql")).await?;
    database
        .sql("UPDATE apishopee_shops SET partner_id = 5, partner_key = 'key-1' WHERE shop_id = 532963124")
        .await?;
    Ok(database)
}

#[tokio::test]
async fn tokens_are_sealed_and_open_to_the_same_text() -> Result<()> {
    let database = adopted().await?;
    let url = database.url()?;
    // More shops than are read at a time; white space around a token, which the Worker takes no notice of.
    database
        .sql(
            "INSERT INTO apishopee_shops (shop_id, access_token, refresh_token)
             SELECT 1000 + i, E' access-' || i || E'\\n', '' FROM generate_series(1, 250) AS i",
        )
        .await?;
    let before = database.sql(TOKENS).await?;
    assert_eq!(seal_tokens(&url, Some(KEYS)).await?, Rewritten { shops: 252, texts: 255 });
    let sealed = database.sql(TOKENS).await?;
    assert!(!sealed.contains("token-1") && !sealed.contains("key-1") && !sealed.contains("access-"));
    let ring = Keyring::parse(KEYS).map_err(anyhow::Error::msg)?;
    for (column, plain) in
        [("access_token", "token-1"), ("refresh_token", "refresh-1"), ("partner_key", "key-1")]
    {
        let stored =
            database.sql(&format!("SELECT {column} FROM apishopee_shops WHERE shop_id = 532963124")).await?;
        let place = Place::Shop(532963124, column);
        assert_eq!(token_encryption::open(Some(&ring), place, &stored).map_err(anyhow::Error::msg)?, plain);
    }
    let shops = check(&url).await?.section("Shops");
    assert!(shops.contains("access_token: 0 in plain text, 252 sealed"), "{shops}");
    // Again: nothing changes.
    assert_eq!(seal_tokens(&url, Some(KEYS)).await?, Rewritten::default());
    assert_eq!(database.sql(TOKENS).await?, sealed);
    assert_eq!(unseal_tokens(&url, Some(KEYS)).await?, Rewritten { shops: 252, texts: 255 });
    let bare = before.replace("| access", "|access").replace("\n||", "||");
    assert_eq!(database.sql(TOKENS).await?, bare);
    assert_eq!(unseal_tokens(&url, Some(KEYS)).await?, Rewritten::default());
    database.remove().await
}

#[tokio::test]
async fn keys_that_are_missing_or_wrong_are_told_and_nothing_is_written() -> Result<()> {
    let database = adopted().await?;
    let url = database.url()?;
    let plain = database.sql(TOKENS).await?;
    for keys in [None, Some(""), Some("hush"), Some("k1:hush")] {
        for error in
            [seal_tokens(&url, keys).await.unwrap_err(), unseal_tokens(&url, keys).await.unwrap_err()]
        {
            let error = format!("{error:#}");
            assert!(error.contains("TOKEN_KEYS") && !error.contains("hush"), "{error}");
        }
    }
    assert_eq!(database.sql(TOKENS).await?, plain);
    // One shop is sealed with the key that is then lost; the others stay as they are.
    seal_tokens(&url, Some(KEYS)).await?;
    database.sql("UPDATE apishopee_shops SET access_token = 'fresh' WHERE shop_id = 23426918").await?;
    let mixed = database.sql(TOKENS).await?;
    for error in [
        seal_tokens(&url, Some(OTHER_KEYS)).await.unwrap_err(),
        unseal_tokens(&url, Some(OTHER_KEYS)).await.unwrap_err(),
    ] {
        assert!(error.to_string().contains("TOKEN_KEYS has no key of its id"), "{error:#}");
    }
    assert_eq!(database.sql(TOKENS).await?, mixed);
    // A new key in front of the old one seals what is plain, and opens everything.
    assert_eq!(seal_tokens(&url, Some(&format!("{OTHER_KEYS},{KEYS}"))).await?.texts, 1);
    database.remove().await
}

#[tokio::test]
async fn tokens_are_not_sealed_while_the_incumbent_or_the_worker_is_at_work() -> Result<()> {
    let database = adopted().await?;
    let url = database.url()?;
    database.sql(CRON).await?;
    let plain = database.sql(TOKENS).await?;
    let error = seal_tokens(&url, Some(KEYS)).await.unwrap_err().to_string();
    assert!(error.contains("SELECT cron.alter_job(job_id := 3, active := false);"), "{error}");
    database.sql("UPDATE cron.job SET active = false").await?;
    database
        .sql(
            "UPDATE apishopee_ads_sync_progress SET generation = 1, run_kind = 'realtime', updated_at = now()
             WHERE shop_id = 532963124",
        )
        .await?;
    for error in
        [seal_tokens(&url, Some(KEYS)).await.unwrap_err(), unseal_tokens(&url, Some(KEYS)).await.unwrap_err()]
    {
        assert!(error.to_string().contains("shops that the Worker is syncing: 1"), "{error:#}");
    }
    assert_eq!(database.sql(TOKENS).await?, plain);
    // A run whose Worker is gone holds nothing up.
    database.sql("UPDATE apishopee_ads_sync_progress SET updated_at = now() - interval '1 hour'").await?;
    assert_eq!(seal_tokens(&url, Some(KEYS)).await?.shops, 2);
    database.remove().await
}

#[tokio::test]
async fn a_pair_that_is_refreshed_meanwhile_is_not_lost() -> Result<()> {
    let database = adopted().await?;
    let holder = database.session().await?;
    crate::setup::run(&holder, "BEGIN").await?;
    let refresh = "UPDATE apishopee_shops SET access_token = 'token-9', refresh_token = 'refresh-9'
        WHERE shop_id = 532963124";
    crate::setup::run(&holder, refresh).await?;
    // Sealing has read the old pair, and waits with its write for the one that refreshes.
    let url = database.url()?;
    let done = database.while_locked(&holder, "COMMIT", seal_tokens(&url, Some(KEYS))).await??;
    assert_eq!(done.shops, 2);
    unseal_tokens(&url, Some(KEYS)).await?;
    assert!(database.sql(TOKENS).await?.contains("532963124|token-9|refresh-9|key-1"));
    database.remove().await
}

#[tokio::test]
async fn before_the_migrations_nothing_is_sealed() -> Result<()> {
    let (database, _folder) = incumbent().await?;
    let error = seal_tokens(&database.url()?, Some(KEYS)).await.unwrap_err().to_string();
    assert!(error.contains("apply the migrations first"), "{error}");
    database.remove().await
}
