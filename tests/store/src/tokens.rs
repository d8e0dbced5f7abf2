//! Tokens of shops.

use crate::{
    samples::{SHOP, shop},
    setup::{Database, each_way},
};
use anyhow::{Context, Result};
use store::{
    queue,
    shops::{self, Consent, mark_reconsent, partner_keys, store_pair, upsert_consent},
};

const TOKENS: &str =
    "SELECT access_token, refresh_token, extract(epoch FROM token_expires_at)::bigint, token_state,
    token_error FROM apishopee_shops ORDER BY shop_id";

/// A shop whose refresh token is `r1`.
async fn with_pair(database: &Database) -> Result<()> {
    shop(database, SHOP).await?;
    database.sql("UPDATE apishopee_shops SET access_token = 'a1', refresh_token = 'r1'").await?;
    Ok(())
}

fn consent() -> Consent {
    Consent {
        shop_id: SHOP,
        shop_name: Some("Pet house".to_owned()),
        region: Some("BR".to_owned()),
        partner_id: 2_001_234,
        access_token: "secret-a".to_owned(),
        refresh_token: "secret-r".to_owned(),
        expires_at_ms: 1_767_323_045_000,
        authorized_until_ms: Some(1_798_859_045_000),
        consented_at_ms: 1_767_308_645_000,
    }
}

#[tokio::test]
async fn a_pair_replaces_the_one_it_was_made_from_and_no_other() -> Result<()> {
    each_way(async |database| {
        assert!(!store_pair(&database.db, SHOP, Some("r1"), "a2", "r2", 5_000).await?, "no such shop");
        with_pair(database).await?;
        database.sql("UPDATE apishopee_shops SET token_state = 'reconsent', token_error = 'refused'").await?;
        for _ in 0..2 {
            assert!(
                store_pair(&database.db, SHOP, Some("r1"), "a2", "r2", 5_000).await?,
                "also when repeated"
            );
            assert_eq!(database.sql(TOKENS).await?, "a2|r2|5|ok|");
        }
        // Whoever still holds the first pair comes too late, with whatever he got for it.
        for expected in [Some("r1"), Some(""), None] {
            assert!(!store_pair(&database.db, SHOP, expected, "a9", "r9", 9_000).await?, "{expected:?}");
        }
        assert!(store_pair(&database.db, SHOP, Some("r2"), "a3", "r3", i64::MAX).await?);
        assert_eq!(database.sql(TOKENS).await?, "a3|r3|253402300799|ok|");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_pair_is_stored_where_there_was_none() -> Result<()> {
    each_way(async |database| {
        for none in ["NULL", "''"] {
            database.sql("DELETE FROM apishopee_shops").await?;
            with_pair(database).await?;
            database.sql(&format!("UPDATE apishopee_shops SET refresh_token = {none}")).await?;
            assert_eq!(shops::load(&database.db, SHOP).await?.context("shop")?.refresh_token, None);
            assert!(!store_pair(&database.db, SHOP, Some("r1"), "a2", "r2", 5_000).await?);
            assert!(store_pair(&database.db, SHOP, None, "a2", "r2", 5_000).await?);
            assert_eq!(database.sql(TOKENS).await?, "a2|r2|5|ok|");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn of_two_pairs_for_one_token_the_first_stays() -> Result<()> {
    each_way(async |database| {
        with_pair(database).await?;
        let other = database.another().await?;
        let (one, two) = tokio::join!(
            store_pair(&database.db, SHOP, Some("r1"), "a2", "r2", 1_000),
            store_pair(&other, SHOP, Some("r1"), "a3", "r3", 1_000),
        );
        let stored = match (one?, two?) {
            (true, false) => "a2|r2|1|ok|",
            (false, true) => "a3|r3|1|ok|",
            both => anyhow::bail!("{both:?}"),
        };
        assert_eq!(database.sql(TOKENS).await?, stored);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_refusal_of_another_token_does_not_stop_the_shop() -> Result<()> {
    each_way(async |database| {
        with_pair(database).await?;
        assert!(!mark_reconsent(&database.db, SHOP, Some("r0"), "an old refusal").await?);
        assert!(!mark_reconsent(&database.db, SHOP, None, "an old refusal").await?);
        assert!(!mark_reconsent(&database.db, 8, None, "no such shop").await?);
        assert_eq!(shops::load(&database.db, SHOP).await?.context("shop")?.token_state, "ok");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_shop_whose_token_is_refused_stops() -> Result<()> {
    each_way(async |database| {
        with_pair(database).await?;
        shop(database, 7).await?;
        assert!(mark_reconsent(&database.db, SHOP, Some("r1"), "Invalid refresh_token.\0").await?);
        let row = shops::load(&database.db, SHOP).await?.context("shop")?;
        assert_eq!(
            (row.token_state.as_str(), row.token_error.as_deref()),
            ("reconsent", Some("Invalid refresh_token.\u{fffd}"))
        );
        let summary = shops::summary(&database.db, SHOP).await?.context("shop")?;
        assert_eq!((summary.has_token, summary.token_state.as_str()), (true, "reconsent"));
        assert_eq!(queue::enqueue_all(&database.db, "realtime", 0, Some("cron")).await?, 1);
        assert_eq!(database.sql("SELECT shop_id FROM apishopee_ads_sync_queue").await?, "7");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_shop_goes_on_with_the_token_of_a_new_consent() -> Result<()> {
    each_way(async |database| {
        with_pair(database).await?;
        assert!(mark_reconsent(&database.db, SHOP, Some("r1"), "Invalid refresh_token.").await?);
        upsert_consent(&database.db, &consent()).await?;
        assert!(!mark_reconsent(&database.db, SHOP, Some("r1"), "that of the old token").await?);
        let row = shops::load(&database.db, SHOP).await?.context("shop")?;
        assert_eq!((row.token_state.as_str(), row.token_error), ("ok", None));
        assert_eq!(queue::enqueue_all(&database.db, "realtime", 0, Some("cron")).await?, 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_shop_without_a_refresh_token_stops_too() -> Result<()> {
    each_way(async |database| {
        shop(database, 7).await?;
        assert!(mark_reconsent(&database.db, 7, None, "no refresh token").await?);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_token_has_a_state_of_the_list() -> Result<()> {
    each_way(async |database| {
        shop(database, 7).await?;
        let state = "UPDATE apishopee_shops SET token_state = 'lost'";
        assert!(database.refusal(state).await?.contains("token_state"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_consent_makes_the_shop_or_renews_it() -> Result<()> {
    each_way(async |database| {
        upsert_consent(&database.db, &consent()).await?;
        let row = "SELECT shop_id, shop_name, region, partner_id, partner_key, access_token, refresh_token,
            ads_unix_ms(token_expires_at), ads_unix_ms(authorized_until), token_state FROM apishopee_shops";
        assert_eq!(
            database.sql(row).await?,
            format!("{SHOP}|Pet house|BR|2001234||secret-a|secret-r|1767323045000|1798859045000|ok")
        );
        database.sql("UPDATE apishopee_shops SET partner_key = 'its own', shop_name = 'Renamed'").await?;
        let renewed = Consent {
            shop_name: None,
            region: None,
            partner_id: 5,
            access_token: "a2".to_owned(),
            refresh_token: "r2".to_owned(),
            expires_at_ms: 0,
            authorized_until_ms: None,
            consented_at_ms: consent().consented_at_ms + 1,
            ..consent()
        };
        for _ in 0..2 {
            upsert_consent(&database.db, &renewed).await?;
            assert_eq!(database.sql(row).await?, format!("{SHOP}|Renamed|BR|5|its own|a2|r2|0||ok"));
        }
        // A copy that arrives when the pair has been refreshed, and one of an older consent.
        assert!(store_pair(&database.db, SHOP, Some("r2"), "a3", "r3", 7).await?);
        for late in [&renewed, &consent()] {
            upsert_consent(&database.db, late).await?;
            assert_eq!(database.sql(row).await?, format!("{SHOP}|Renamed|BR|5|its own|a3|r3|7||ok"));
        }
        let last = Consent { authorized_until_ms: Some(i64::MAX), consented_at_ms: i64::MAX, ..consent() };
        upsert_consent(&database.db, &last).await?;
        assert_eq!(
            database.sql("SELECT shop_name, authorized_until FROM apishopee_shops").await?,
            "Pet house|9999-12-31 23:59:59+00"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn tokens_are_shown_nowhere() -> Result<()> {
    each_way(async |database| {
        upsert_consent(&database.db, &consent()).await?;
        let row = shops::load(&database.db, SHOP).await?.context("shop")?;
        assert_eq!(row.refresh_token.as_deref(), Some("secret-r"));
        let summary = shops::summary(&database.db, SHOP).await?.context("shop")?;
        for text in [format!("{row:?}"), format!("{:?}", consent()), serde_json::to_string(&summary)?] {
            assert!(!text.contains("secret"), "{text}");
        }
        // A refusal of the database says what is wrong, and not with what.
        database.sql("DELETE FROM apishopee_shops; ALTER TABLE apishopee_shops ADD CHECK (length(access_token) < 3)").await?;
        let error = upsert_consent(&database.db, &consent()).await.err().context("not refused")?;
        assert!(!error.to_string().contains("secret") && !format!("{error:?}").contains("secret"), "{error:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_partner_key_that_another_key_has_sealed_is_found_and_replaced_as_it_was_read() -> Result<()> {
    each_way(async |database| {
        for id in SHOP..SHOP + 4 {
            shop(database, id).await?;
        }
        let keys = format!(
            "UPDATE apishopee_shops SET access_token = 'enc.b.t', refresh_token = NULL,
               partner_key = (ARRAY['enc.a.1', 'enc.b.2', 'plain', ' '])[1 + (shop_id - {SHOP})::int]"
        );
        database.sql(&keys).await?;
        let others = partner_keys::others(&database.db, "enc.b.", i64::MIN, 10).await?;
        let found: Vec<_> = others.iter().map(|key| (key.shop_id, key.partner_key.as_str())).collect();
        assert_eq!(found, [(SHOP, "enc.a.1"), (SHOP + 2, "plain")]);
        assert_eq!(partner_keys::others(&database.db, "enc.b.", SHOP, 10).await?, others[1..]);
        assert_eq!(partner_keys::under_others(&database.db, "enc.b.").await?, 2);
        assert!(partner_keys::reseal(&database.db, &others[0], "enc.b.1").await?);
        assert!(!partner_keys::reseal(&database.db, &others[0], "enc.b.9").await?, "it was replaced since");
        database
            .sql("UPDATE apishopee_shops SET refresh_token = 'plain' WHERE partner_key = 'enc.b.2'")
            .await?;
        assert_eq!(partner_keys::under_others(&database.db, "enc.b.").await?, 2, "a token counts too");
        Ok(())
    })
    .await
}
