//! Links that ask a seller's consent.

use crate::setup::each_way;
use anyhow::Result;
use serde_json::{Value, json};
use store::{
    audit,
    consents::{self, Link},
};

fn link<'a>(nonce: &'a str, until_ms: i64) -> Link<'a> {
    Link { nonce, actor: "operator:0a1b", shop_id: Some(78), until_ms }
}

const LATER_MS: i64 = 4_000_000_000_000;

#[tokio::test]
async fn a_link_works_for_one_code_and_once() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        consents::add(db, link("first", LATER_MS)).await?;
        // After an unknown outcome it is sent once more.
        consents::add(db, link("first", LATER_MS)).await?;
        consents::add(db, link("over", 1_000_000_000_000)).await?;
        assert_eq!(consents::take(db, "never", "a").await?, None);
        assert_eq!(consents::take(db, "over", "a").await?, None);
        let asked = Some("operator:0a1b".to_owned());
        assert_eq!(consents::take(db, "first", "a").await?, asked);
        assert_eq!(consents::take(db, "first", "a").await?, asked, "the seller's browser may ask again");
        assert_eq!(consents::take(db, "first", "b").await?, None, "another code");
        assert!(consents::use_up(db, "first", &[78, 79], &json!({ "main_account_id": 7 })).await?);
        assert!(!consents::use_up(db, "first", &[78, 79], &Value::Null).await?);
        assert_eq!(consents::take(db, "first", "a").await?, None, "used up");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn who_has_asked_for_a_consent_and_who_has_given_it_is_audited() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        consents::add(db, link("first", LATER_MS)).await?;
        // After an unknown outcome it is sent once more, and audited once.
        consents::add(db, link("first", LATER_MS)).await?;
        consents::add(db, link("over", 1_000_000_000_000)).await?;
        consents::take(db, "first", "a").await?;
        consents::use_up(db, "first", &[78, 79], &json!({ "main_account_id": 7 })).await?;
        consents::use_up(db, "first", &[78, 79], &Value::Null).await?;
        let entries = audit::list(db, &audit::Filter::default(), None, 100).await?;
        let mut entries: Vec<_> = entries
            .iter()
            .map(|row| {
                (row.action.as_str(), row.actor.as_str(), row.shop_id, row.subject.as_deref(), &row.after)
            })
            .collect();
        entries.sort_by_key(|row| (row.0, row.2, row.3));
        let (of, account) = ("operator:0a1b", json!({ "main_account_id": 7 }));
        let expected = [
            ("consent.adopt", of, Some(78), Some("first"), &account),
            ("consent.adopt", of, Some(79), Some("first"), &account),
            ("consent.start", of, Some(78), Some("first"), &Value::Null),
            ("consent.start", of, Some(78), Some("over"), &Value::Null),
        ];
        assert_eq!(entries, expected);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_link_that_ended_long_ago_is_forgotten_when_another_is_made() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        consents::add(db, link("first", LATER_MS)).await?;
        consents::add(db, link("over", 1_000_000_000_000)).await?;
        consents::add(db, link("second", LATER_MS)).await?;
        assert_eq!(
            database.sql("SELECT nonce FROM apishopee_ads_consent_links ORDER BY 1").await?,
            "first\nsecond"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn of_two_codes_at_once_one_is_taken() -> Result<()> {
    each_way(async |database| {
        consents::add(&database.db, link("both", LATER_MS)).await?;
        let holder = database.session().await?;
        holder.batch_execute("BEGIN; UPDATE apishopee_ads_consent_links SET code_hash = 'a'").await?;
        let second = consents::take(&database.db, "both", "b");
        assert_eq!(database.while_locked(&holder, "COMMIT", second).await??, None);
        Ok(())
    })
    .await
}
