//! Messages that could not be worked on.

use crate::setup::each_way;
use anyhow::{Context, Result};
use store::dead_letters;

const NOBODY: &str = "0190a3c4-9d3f-7cde-8b11-000000000000";

#[tokio::test]
async fn a_dead_letter_is_kept_once() -> Result<()> {
    each_way(async |database| {
        for reason in ["no JSON", "again"] {
            dead_letters::insert(&database.db, "chunks", "m-1", "{\"a\":\0", reason).await?;
        }
        let letters = dead_letters::list(&database.db, None, 10).await?;
        let [letter] = letters.as_slice() else { anyhow::bail!("{letters:?}") };
        assert_eq!((letter.queue.as_str(), letter.message_id.as_str()), ("chunks", "m-1"));
        assert_eq!((letter.body.as_str(), letter.reason.as_str()), ("{\"a\":\u{fffd}", "no JSON"));
        assert_eq!((letter.replayed_at_ms, &letter.replayed_by), (None, &None));
        assert_eq!(dead_letters::get(&database.db, &letter.id).await?.as_ref(), Some(letter));
        for unknown in [NOBODY, "no uuid", ""] {
            assert_eq!(dead_letters::get(&database.db, unknown).await?, None);
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_dead_letter_is_replayed_by_one() -> Result<()> {
    each_way(async |database| {
        dead_letters::insert(&database.db, "chunks", "m-1", "{}", "no JSON").await?;
        dead_letters::insert(&database.db, "chunks", "m-2", "{}", "no JSON").await?;
        let id = database.sql("SELECT id FROM apishopee_ads_dead_letters WHERE message_id = 'm-1'").await?;
        let other = database.another().await?;
        let (one, two) = tokio::join!(
            dead_letters::mark_replayed(&database.db, &id, "ann"),
            dead_letters::mark_replayed(&other, &id, "bob"),
        );
        let by = match (one?, two?) {
            (true, false) => "ann",
            (false, true) => "bob",
            both => anyhow::bail!("{both:?}"),
        };
        let letter = dead_letters::get(&database.db, &id).await?.context("letter")?;
        assert_eq!(letter.replayed_by.as_deref(), Some(by));
        assert!(letter.replayed_at_ms >= Some(letter.received_at_ms));

        dead_letters::unmark_replayed(&database.db, &id).await?;
        let letter = dead_letters::get(&database.db, &id).await?.context("letter")?;
        assert_eq!((letter.replayed_at_ms, letter.replayed_by), (None, None));
        assert!(dead_letters::mark_replayed(&database.db, &id, "eve").await?);
        let marked =
            "SELECT message_id, replayed_by FROM apishopee_ads_dead_letters WHERE replayed_at IS NOT NULL";
        assert_eq!(database.sql(marked).await?, "m-1|eve");
        for unknown in [NOBODY, "no uuid"] {
            assert!(!dead_letters::mark_replayed(&database.db, unknown, "eve").await?);
            dead_letters::unmark_replayed(&database.db, unknown).await?;
        }
        Ok(())
    })
    .await
}
