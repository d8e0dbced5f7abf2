//! Budget schedules: read, stored and deleted with their rows in the audit log.

use crate::{
    samples::{SHOP, shop},
    setup::{Database, at_one_moment, each_way},
};
use anyhow::{Context, Result};
use serde_json::json;
use store::schedules::{self, Admission, Put, ScheduleRow};

pub const NOBODY: &str = "0190a3c4-9d3f-7cde-8b11-000000000000";
pub const ACTOR: &str = "operator:12345678";

/// A schedule's id that ends with this number.
pub fn id(number: i32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// A schedule of campaign 7 for every day, from `hour` for an hour.
pub fn row(number: i32, hour: i32) -> ScheduleRow {
    ScheduleRow {
        id: id(number),
        shop_id: SHOP,
        campaign_id: 7,
        campaign_name: Some("Seven".to_owned()),
        ad_type: Some("auto".to_owned()),
        hour_start: hour,
        minute_start: 0,
        hour_end: hour + 1,
        minute_end: 0,
        budget: Some("45.50".to_owned()),
        days_of_week: None,
        specific_dates: None,
        is_active: true,
        restore: true,
        unlimited: false,
        created_by: Some(ACTOR.to_owned()),
        created_at_ms: None,
        updated_at_ms: None,
    }
}

/// Two campaigns of the shop, 7 and 8, and one of another shop, 9.
pub async fn campaigns(database: &Database) -> Result<()> {
    shop(database, SHOP).await?;
    shop(database, 5).await?;
    database
        .sql(&format!(
            "INSERT INTO apishopee_ads_campaign_data (shop_id, campaign_id, ad_type, name, status, vanished_at) VALUES
             ({SHOP}, 7, 'auto', 'Seven', 'ongoing', NULL), ({SHOP}, 8, 'manual', 'Eight', 'ended', now()),
             (5, 9, 'auto', 'Nine', 'ongoing', NULL)"
        ))
        .await?;
    Ok(())
}

pub async fn admission(database: &Database, campaigns: &[i64]) -> Result<Admission> {
    schedules::admission(&database.db, SHOP, campaigns, &[]).await?.context("the shop is known")
}

/// Stores rows of campaigns as they are now.
pub async fn stored(database: &Database, campaigns: &[i64], rows: &[ScheduleRow]) -> Result<()> {
    let print = admission(database, campaigns).await?.print;
    let put = schedules::put(&database.db, SHOP, campaigns, &print, rows, ACTOR).await?;
    anyhow::ensure!(put == Put::Stored, "{put:?}");
    Ok(())
}

const AUDIT: &str = "SELECT action, actor, shop_id, subject, before ->> 'budget', after ->> 'budget'
    FROM apishopee_ads_audit_log ORDER BY at, subject";

#[tokio::test]
async fn what_schedules_are_held_against_is_read_at_once() -> Result<()> {
    at_one_moment(async |database| {
        campaigns(database).await?;
        assert_eq!(schedules::admission(&database.db, 404, &[7], &[]).await?, None);
        stored(database, &[7], &[row(1, 8)]).await?;
        database
            .sql(&format!("INSERT INTO apishopee_ads_budget_rules (shop_id, floor) VALUES ({SHOP}, 12)"))
            .await?;
        let found = schedules::admission(&database.db, SHOP, &[7, 8, 9, 10], &[&id(1), NOBODY])
            .await?
            .context("shop")?;
        assert_eq!((found.region.as_str(), found.of_shop, found.elsewhere), ("BR", 1, vec![9]));
        assert_eq!(found.rules.pointer("/shop/floor"), Some(&json!("12.00")));
        let seen: Vec<_> = found.campaigns.iter().map(|c| (c.campaign_id, c.is_gone)).collect();
        assert_eq!(seen, [(7, false), (8, true)]);
        assert_eq!(found.schedules, found.made);
        let local = database.sql("SELECT (now() AT TIME ZONE 'America/Sao_Paulo')::date").await?;
        assert_eq!(found.local.date().to_string(), local);
        // A schedule is found by its id whichever campaigns are asked for, and one of another shop is not.
        let made = schedules::admission(&database.db, SHOP, &[8], &[&id(1)]).await?.context("shop")?;
        assert_eq!((made.schedules.len(), made.made.len()), (0, 1));
        let other = schedules::admission(&database.db, 5, &[9], &[&id(1)]).await?.context("shop")?;
        assert_eq!((other.made.len(), other.elsewhere.len()), (0, 0));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_schedule_is_made_changed_and_deleted_with_its_traces() -> Result<()> {
    each_way(async |database| {
        campaigns(database).await?;
        let new = ScheduleRow { specific_dates: Some(vec!["2026-03-01".to_owned()]), ..row(1, 8) };
        stored(database, &[7], std::slice::from_ref(&new)).await?;
        let made = schedules::get(&database.db, &id(1)).await?.context("schedule")?;
        assert_eq!((made.campaign_id, made.hour_start, made.hour_end, made.minute_end), (7, 8, 9, 0));
        assert_eq!((made.budget.as_deref(), &made.days_of_week), (Some("45.50"), &None));
        assert_eq!(made.specific_dates, Some(vec!["2026-03-01".to_owned()]));
        assert_eq!((made.is_active, made.restore, made.created_by.as_deref()), (true, true, Some(ACTOR)));
        assert!(made.created_at_ms.is_some() && made.created_at_ms == made.updated_at_ms);

        let changed = ScheduleRow {
            budget: Some("9999999999999.99".to_owned()),
            days_of_week: Some(vec![0, 6]),
            specific_dates: None,
            is_active: false,
            unlimited: true,
            created_by: Some("somebody else".to_owned()),
            ..row(1, 10)
        };
        stored(database, &[7], &[changed]).await?;
        let found = schedules::get(&database.db, &id(1)).await?.context("schedule")?;
        assert_eq!((found.budget.as_deref(), found.hour_start), (Some("9999999999999.99"), 10));
        assert_eq!((found.days_of_week.as_deref(), &found.specific_dates), (Some([0, 6].as_slice()), &None));
        assert_eq!((made.unlimited, found.unlimited), (false, true));
        assert_eq!((found.is_active, found.created_by.as_deref()), (false, Some(ACTOR)));
        assert_eq!(found.created_at_ms, made.created_at_ms);

        assert!(schedules::delete(&database.db, &id(1), ACTOR).await?);
        for unknown in [id(1).as_str(), NOBODY, "no uuid"] {
            assert!(!schedules::delete(&database.db, unknown, ACTOR).await?);
            assert_eq!(schedules::get(&database.db, unknown).await?, None);
        }
        let line = |action: &str, before: &str, after: &str| {
            format!("budget_schedule.{action}|{ACTOR}|{SHOP}|{}|{before}|{after}", id(1))
        };
        let lines = [
            line("create", "", "45.50"),
            line("update", "45.50", "9999999999999.99"),
            line("delete", "9999999999999.99", ""),
        ];
        assert_eq!(database.sql(AUDIT).await?, lines.join("\n"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn many_are_stored_or_none() -> Result<()> {
    each_way(async |database| {
        campaigns(database).await?;
        let rows: Vec<_> = (0..20).map(|hour| row(hour, hour)).collect();
        stored(database, &[7], &rows).await?;
        let count = "SELECT count(*), (SELECT count(*) FROM apishopee_ads_audit_log) FROM apishopee_scheduled_ads_budget";
        assert_eq!(database.sql(count).await?, "20|20");
        // The last one starts when one that exists does.
        let print = admission(database, &[7]).await?.print;
        let rows = [row(30, 21), row(31, 22), row(32, 5)];
        let put = schedules::put(&database.db, SHOP, &[7], &print, &rows, ACTOR).await?;
        assert_eq!((put, database.sql(count).await?.as_str()), (Put::Changed, "20|20"));
        // A schedule of another campaign is not changed by its id.
        let print = admission(database, &[8]).await?.print;
        let other = ScheduleRow { campaign_id: 8, ..row(3, 8) };
        let put = schedules::put(&database.db, SHOP, &[8], &print, &[other], ACTOR).await?;
        assert_eq!((put, database.sql(count).await?.as_str()), (Put::Changed, "20|20"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn lists_go_by_campaign_and_never_split_one() -> Result<()> {
    each_way(async |database| {
        campaigns(database).await?;
        stored(database, &[7], &[row(1, 9), row(2, 8), ScheduleRow { is_active: false, ..row(3, 7) }])
            .await?;
        stored(database, &[8], &[ScheduleRow { campaign_id: 8, ..row(4, 8) }]).await?;
        let ids = async |campaign, active, after, limit| {
            let found = schedules::list(&database.db, SHOP, campaign, active, after, limit).await?;
            anyhow::Ok(found.iter().map(|row| row.id[35..].to_owned()).collect::<Vec<_>>().join(""))
        };
        assert_eq!(ids(None, None, None, 10).await?, "3214");
        assert_eq!(ids(None, None, None, 1).await?, "321");
        assert_eq!(ids(None, None, Some(7), 1).await?, "4");
        assert_eq!(ids(None, Some(true), None, 10).await?, "214");
        assert_eq!(ids(Some(7), Some(false), None, 10).await?, "3");
        assert_eq!(schedules::list(&database.db, 5, None, None, None, 10).await?, []);

        assert_eq!(schedules::preview(&database.db, 404, None, None, 10).await?, None);
        let shown = schedules::preview(&database.db, SHOP, None, None, 1).await?.context("shop")?;
        assert_eq!(shown.region, "BR");
        let [first] = shown.campaigns.as_slice() else { anyhow::bail!("{shown:?}") };
        assert_eq!((first.campaign_id, first.campaign_name.as_deref()), (7, Some("Seven")));
        assert_eq!(first.schedules.iter().map(|row| row.hour_start).collect::<Vec<_>>(), [8, 9]);
        let shown = schedules::preview(&database.db, SHOP, None, Some(7), 10).await?.context("shop")?;
        assert_eq!(shown.campaigns.iter().map(|c| c.campaign_id).collect::<Vec<_>>(), [8]);
        let shown = schedules::preview(&database.db, SHOP, Some(9), None, 10).await?.context("shop")?;
        assert_eq!(shown.campaigns, []);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_was_written_by_hand_can_be_read() -> Result<()> {
    each_way(async |database| {
        campaigns(database).await?;
        database
            .sql(&format!(
                "INSERT INTO apishopee_scheduled_ads_budget (shop_id, campaign_id, hour_start, hour_end, days_of_week,
                   specific_dates, is_active, created_at) VALUES
                 ({SHOP}, 7, 22, 3, '{{}}', '{{}}', NULL, NULL), ({SHOP}, 7, 23, 0, '{{NULL,9}}', '{{NULL,x}}', true, now())"
            ))
            .await?;
        let found = schedules::list(&database.db, SHOP, None, None, None, 10).await?;
        let [first, second] = found.as_slice() else { anyhow::bail!("{found:?}") };
        assert_eq!((&first.days_of_week, first.specific_dates.as_deref()), (&None, Some([].as_slice())));
        assert_eq!((first.is_active, first.created_at_ms, &first.budget), (false, None, &None));
        assert_eq!(second.days_of_week, Some(vec![9]));
        assert_eq!(second.specific_dates, Some(vec!["x".to_owned()]));

        // It can be switched off, and nothing else in it changes.
        let rest = "SELECT to_jsonb(b) - 'is_active' - 'updated_at' FROM apishopee_scheduled_ads_budget b WHERE hour_start = 23";
        let before = database.sql(rest).await?;
        assert!(schedules::deactivate(&database.db, &second.id, ACTOR).await?);
        assert_eq!(database.sql(rest).await?, before);
        assert!(!schedules::get(&database.db, &second.id).await?.context("schedule")?.is_active);
        let audited = "SELECT actor, action, before ->> 'is_active', after ->> 'is_active' FROM apishopee_ads_audit_log";
        assert_eq!(database.sql(audited).await?, format!("{ACTOR}|budget_schedule.update|true|false"));
        for unknown in [NOBODY, "no uuid"] {
            assert!(!schedules::deactivate(&database.db, unknown, ACTOR).await?);
        }
        Ok(())
    })
    .await
}
