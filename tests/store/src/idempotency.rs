//! Keys that belong to one request.

use crate::setup::each_way;
use anyhow::Result;
use store::idempotency::{Binding, bind, release};

const KEY: &str = "00000000-0000-4000-8000-000000000001";
const ANOTHER: &str = "00000000-0000-4000-8000-000000000002";

#[tokio::test]
async fn a_key_is_bound_to_what_it_was_sent_with_first() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        for (key, request, binding) in [
            (KEY, "one", Binding::New),
            (KEY, "one", Binding::Same),
            (KEY, "two", Binding::Other),
            (KEY, "one", Binding::Same),
            (ANOTHER, "two", Binding::New),
        ] {
            assert_eq!(bind(db, key, request).await?, binding, "{key} {request}");
        }
        release(db, KEY, "two").await?;
        assert_eq!(bind(db, KEY, "two").await?, Binding::Other, "it was not bound to that");
        release(db, KEY, "one").await?;
        assert_eq!(bind(db, KEY, "two").await?, Binding::New);
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
        assert_eq!(bind(db, KEY, "two").await?, Binding::Other, "nobody else has come");
        bind(db, ANOTHER, "one").await?;
        assert_eq!(bind(db, KEY, "two").await?, Binding::New);
        Ok(())
    })
    .await
}
