//! Guard rails: replaced as a row, stopped by a switch, audited.

use crate::{
    samples::{SHOP, shop},
    setup::each_way,
};
use anyhow::{Context, Result};
use serde_json::json;
use store::budget_rules::{self, Rules};

fn region(region: &str) -> Rules {
    Rules { region: region.to_owned(), ..Rules::default() }
}

fn unstamped(rules: &Rules) -> Rules {
    Rules { updated_at_ms: None, updated_by: None, ..rules.clone() }
}

#[tokio::test]
async fn rules_are_replaced_as_a_row_and_the_log_has_both() -> Result<()> {
    each_way(async |database| {
        let first = Rules {
            floor: Some("10.00".to_owned()),
            ceiling: Some("500.00".to_owned()),
            change_percent_tick: Some(50),
            ..region("BR")
        };
        let stored = budget_rules::put(&database.db, &first, "ann").await?;
        assert_eq!((unstamped(&stored), stored.updated_by.as_deref()), (first.clone(), Some("ann")));
        assert!(stored.updated_at_ms.is_some());
        let second =
            Rules { shop_daily_total: Some("900.50".to_owned()), dry_run: Some(true), ..region("BR") };
        assert_eq!(unstamped(&budget_rules::put(&database.db, &second, "bob").await?), second);
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
async fn the_switch_leaves_the_other_rules() -> Result<()> {
    each_way(async |database| {
        shop(database, SHOP).await?;
        let own =
            Rules { shop_id: SHOP, ceiling: Some("80.00".to_owned()), enabled: Some(true), ..region("") };
        budget_rules::put(&database.db, &own, "ann").await?;
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
            budget_rules::put(&database.db, &Rules { shop_id, ..region(of) }, "ann").await?;
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
