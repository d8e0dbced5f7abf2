//! Guard rails: replaced as a row, stopped by a switch, audited.

use crate::{
    samples::{SHOP, shop},
    setup::{Database, each_way},
};
use anyhow::{Context, Result};
use api::budget::rules::Rules;
use serde_json::json;
use store::budget_rules;

fn region(region: &str) -> Rules {
    Rules { region: region.to_owned(), ..Rules::default() }
}

fn unstamped(rules: &Rules) -> Rules {
    Rules { updated_at_ms: None, updated_by: None, version: 0, ..rules.clone() }
}

/// Puts a row whatever is there, as the next to look would.
async fn put(database: &Database, rules: &Rules, actor: &str) -> Result<Rules> {
    let there = "SELECT coalesce(max(version), 0) FROM apishopee_ads_budget_rules";
    let of_row = format!("{there} WHERE shop_id = {} AND region = '{}'", rules.shop_id, rules.region);
    let version = database.sql(&of_row).await?.parse()?;
    budget_rules::put(&database.db, rules, Some(&[version]), actor).await?.context("it has this version")
}

#[tokio::test]
async fn rules_are_replaced_as_a_row_and_the_log_has_both() -> Result<()> {
    each_way(async |database| {
        let first = Rules {
            floor: Some("10.00".to_owned()),
            ceiling: Some("500.00".to_owned()),
            change_percent_tick: Some(50),
            allow_unlimited: Some(true),
            restore_over_hands: Some(true),
            ..region("BR")
        };
        let stored = put(database, &first, "ann").await?;
        assert_eq!((unstamped(&stored), stored.updated_by.as_deref()), (first.clone(), Some("ann")));
        assert!(stored.updated_at_ms.is_some());
        let second =
            Rules { shop_daily_total: Some("900.50".to_owned()), dry_run: Some(true), ..region("BR") };
        assert_eq!(unstamped(&put(database, &second, "bob").await?), second);
        let log = "SELECT actor, action, shop_id, subject, before ->> 'floor', after ->> 'shop_daily_total'
            FROM apishopee_ads_audit_log ORDER BY at";
        assert_eq!(
            database.sql(log).await?,
            "ann|budget_rules.put||BR||\nbob|budget_rules.put||BR|10.00|900.50"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_switch_that_is_not_named_stays_as_it_is() -> Result<()> {
    each_way(async |database| {
        shop(database, SHOP).await?;
        for (shop_id, of) in [(SHOP, ""), (0, "BR"), (0, "")] {
            let row = Rules { shop_id, change_percent_day: Some(40), ..region(of) };
            let stopped = Rules { enabled: Some(false), dry_run: Some(true), ..row.clone() };
            put(database, &stopped, "ann").await?;
            let kept = put(database, &row, "bob").await?;
            assert_eq!((kept.enabled, kept.dry_run), (Some(false), Some(true)), "{shop_id} {of}");
            let released = Rules { enabled: Some(true), dry_run: Some(false), ..row };
            let released = put(database, &released, "bob").await?;
            assert_eq!((released.enabled, released.dry_run), (Some(true), Some(false)), "{shop_id} {of}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_row_is_put_only_as_it_was_seen() -> Result<()> {
    each_way(async |database| {
        let db = &database.db;
        let row = |percent| Rules { change_percent_day: Some(percent), ..region("BR") };
        assert_eq!(budget_rules::put(db, &row(1), None, "ann").await?, None, "there is none yet");
        assert_eq!(budget_rules::put(db, &row(1), Some(&[]), "ann").await?, None);
        let first = budget_rules::put(db, &row(1), Some(&[0]), "ann").await?.context("made")?;
        assert_eq!(budget_rules::put(db, &row(2), Some(&[0]), "bob").await?, None, "there is one by now");
        let second =
            budget_rules::put(db, &row(2), Some(&[5, first.version]), "ann").await?.context("seen")?;
        assert!(second.version > first.version);
        assert_eq!(budget_rules::put(db, &row(3), Some(&[first.version]), "bob").await?, None);
        // Operators in SQL and the kill switch count as well.
        database.sql("UPDATE apishopee_ads_budget_rules SET enabled = false").await?;
        assert_eq!(budget_rules::put(db, &row(3), Some(&[second.version]), "bob").await?, None);
        let seen = budget_rules::of_region(db, "BR").await?.context("row")?;
        assert_eq!((seen.change_percent_day, seen.enabled), (Some(2), Some(false)));
        let third = budget_rules::put(db, &row(3), Some(&[seen.version]), "bob").await?.context("seen")?;
        assert!(budget_rules::put(db, &row(4), None, "bob").await?.is_some(), "whatever it is");
        // A row that is made anew is another one.
        database.sql("DELETE FROM apishopee_ads_budget_rules").await?;
        assert_eq!(budget_rules::of_region(db, "BR").await?, None);
        let anew = budget_rules::put(db, &row(5), Some(&[0]), "ann").await?.context("made")?;
        assert!(![first.version, second.version, third.version].contains(&anew.version));
        let audited = "SELECT count(*) FROM apishopee_ads_audit_log";
        assert_eq!(database.sql(audited).await?, "5", "what was not stored is not told");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn of_two_admins_at_the_same_time_the_second_is_told() -> Result<()> {
    each_way(async |database| {
        let of = |percent| Rules { change_percent_day: Some(percent), ..region("BR") };
        let other = database.another().await?;
        let (mine, theirs) = (of(1), of(2));
        let (a, b) = tokio::join!(
            budget_rules::put(&database.db, &mine, Some(&[0]), "ann"),
            budget_rules::put(&other, &theirs, Some(&[0]), "bob")
        );
        let (a, b) = (a?, b?);
        assert!(a.is_some() != b.is_some(), "{a:?} {b:?}");
        let version = a.or(b).context("one was stored")?.version;
        // The second waits for the first one's lock, and then sees what that has made of the row.
        let holder = database.session().await?;
        holder.batch_execute("BEGIN; UPDATE apishopee_ads_budget_rules SET change_percent_day = 7").await?;
        let put = budget_rules::put(&database.db, &theirs, Some(std::slice::from_ref(&version)), "bob");
        assert_eq!(database.while_locked(&holder, "COMMIT", put).await??, None);
        assert_eq!(database.sql("SELECT change_percent_day FROM apishopee_ads_budget_rules").await?, "7");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn no_limit_is_allowed_by_the_nearest_row_that_says_so() -> Result<()> {
    each_way(async |database| {
        shop(database, SHOP).await?;
        database
            .sql(&format!(
                "INSERT INTO apishopee_ads_budget_limits (shop_id, min_budget, max_budget) VALUES ({SHOP}, 10, 900)"
            ))
            .await?;
        let held = async || {
            let found = budget_rules::in_force(&database.db, SHOP).await?.context("shop")?;
            let of = |field: &str| found.rules.pointer(field).cloned().unwrap_or_default();
            anyhow::Ok((of("/deployment/allow_unlimited"), of("/shop/allow_unlimited"), found.version))
        };
        assert_eq!(held().await?, (json!(null), json!(null), 0));
        put(database, &Rules { allow_unlimited: Some(true), ..region("") }, "ann").await?;
        assert_eq!(held().await?.0, json!(true));
        put(database, &Rules { allow_unlimited: Some(false), ..region("BR") }, "ann").await?;
        assert_eq!(held().await?.0, json!(false));
        let own =
            put(database, &Rules { shop_id: SHOP, allow_unlimited: Some(true), ..region("") }, "ann").await?;
        assert_eq!(held().await?, (json!(false), json!(true), own.version));
        let found = budget_rules::in_force(&database.db, SHOP).await?.context("shop")?;
        let of = |field: &str| found.rules.pointer(field).cloned().unwrap_or_default();
        let shopees = (of("/deployment/floor"), of("/deployment/ceiling"), of("/deployment/largest"));
        assert_eq!(shopees, (json!("10.00"), json!(null), json!("900.00")));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_switch_leaves_the_other_rules() -> Result<()> {
    each_way(async |database| {
        shop(database, SHOP).await?;
        let own =
            Rules { shop_id: SHOP, ceiling: Some("80.00".to_owned()), enabled: Some(true), ..region("") };
        put(database, &own, "ann").await?;
        for shop_id in [SHOP, 0, 0] {
            let stopped = budget_rules::stop(&database.db, shop_id, "eve").await?;
            assert_eq!((stopped.shop_id, stopped.enabled), (shop_id, Some(false)));
        }
        let found = budget_rules::in_force(&database.db, SHOP).await?.context("shop")?;
        assert_eq!(found.region, "BR");
        assert_eq!(found.rules.pointer("/deployment/enabled"), Some(&json!(false)));
        assert_eq!(found.rules.pointer("/shop/enabled"), Some(&json!(false)));
        assert_eq!(found.rules.pointer("/shop/ceiling"), Some(&json!("80.00")));
        assert_eq!(budget_rules::in_force(&database.db, 404).await?, None);
        let log = "SELECT shop_id, before ->> 'enabled', after ->> 'enabled' FROM apishopee_ads_audit_log
            WHERE action = 'budget_rules.stop' ORDER BY at";
        assert_eq!(database.sql(log).await?, format!("{SHOP}|true|false\n||false\n|false|false"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn rules_are_listed_the_deployments_first() -> Result<()> {
    each_way(async |database| {
        for (shop_id, of) in [(9, ""), (0, "VN"), (7, ""), (0, ""), (0, "BR")] {
            put(database, &Rules { shop_id, ..region(of) }, "ann").await?;
        }
        let names = async |after, limit| {
            let found = budget_rules::list(&database.db, after, limit).await?;
            let names = found.iter().map(|rules| format!("{}{}", rules.shop_id, rules.region));
            anyhow::Ok(names.collect::<Vec<_>>().join(" "))
        };
        assert_eq!(names(None, 1).await?, "0 0BR 0VN");
        assert_eq!(names(Some(0), 1).await?, "7");
        assert_eq!(names(Some(7), 10).await?, "9");
        Ok(())
    })
    .await
}
