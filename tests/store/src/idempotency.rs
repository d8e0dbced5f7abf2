//! Keys that belong to one request.

use crate::setup::each_way;
use anyhow::Result;
use store::idempotency::bind;

const KEY: &str = "00000000-0000-4000-8000-000000000001";
const ANOTHER: &str = "00000000-0000-4000-8000-000000000002";

#[tokio::test]
async fn a_key_is_bound_to_what_it_was_sent_with_first() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        for (key, request, is_bound) in [
            (KEY, "one", true),
            (KEY, "one", true),
            (KEY, "two", false),
            (KEY, "one", true),
            (ANOTHER, "two", true),
        ] {
            assert_eq!(bind(db, key, request).await?, is_bound, "{key} {request}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_week_when_another_comes() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        bind(db, KEY, "one").await?;
        database.sql("UPDATE apishopee_ads_idempotency_keys SET made_at = now() - interval '8 days'").await?;
        assert!(!bind(db, KEY, "two").await?, "nobody else has come");
        bind(db, ANOTHER, "one").await?;
        assert!(bind(db, KEY, "two").await?);
        Ok(())
    })
    .await
}
