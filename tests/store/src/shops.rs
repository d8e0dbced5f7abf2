//! Shops and settings.

use crate::{
    samples::{SHOP, begun, shop},
    setup::{at_one_moment, each_way},
};
use anyhow::{Context, Result};
use store::{settings, shops};
use sync_core::{Settings, SettingsOverride};

#[tokio::test]
async fn a_shop_is_loaded_with_its_calendar_and_settings() -> Result<()> {
    at_one_moment(async |database| {
        assert_eq!(shops::load(&database.db, SHOP).await?, None);
        database
            .sql(&format!(
                "INSERT INTO apishopee_shops (shop_id, shop_name, region, access_token, partner_id, partner_key, token_expires_at)
                 VALUES ({SHOP}, 'Pet house', ' br', 'secret-token', 2001234, 'secret-key', '2026-01-02 03:04:05.678+00');
                 UPDATE apishopee_ads_sync_settings SET chunk_size = 50, lease_seconds = 90, queue_batch = 7;
                 INSERT INTO apishopee_ads_sync_settings (shop_id, chunk_size) VALUES ({SHOP}, 150)"
            ))
            .await?;
        let row = shops::load(&database.db, SHOP).await?.context("shop")?;
        assert_eq!(row.token_expires_at_ms, Some(1_767_323_045_678));
        assert_eq!(row.time_zone, "America/Sao_Paulo");
        let today = database.sql("SELECT (now() AT TIME ZONE 'America/Sao_Paulo')::date").await?;
        assert_eq!(row.today.to_string(), today);
        assert_eq!(row.generation_floor, 0);
        let found = row.settings.resolve()?;
        assert_eq!((found.chunk_size, found.lease_seconds, found.max_attempts), (150, 90, 5));
        assert_eq!(row.access_token.as_deref(), Some("secret-token"));
        let debug = format!("{row:?}");
        assert!(!debug.contains("secret"), "{debug}");
        assert_eq!(settings::deployment(&database.db).await?.queue_batch, Some(7));
        database.sql("DELETE FROM apishopee_ads_sync_settings").await?;
        assert_eq!(settings::deployment(&database.db).await?, SettingsOverride::default());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_end_of_a_consent_is_told_before_it_comes() -> Result<()> {
    at_one_moment(async |database| {
        for (shop_id, ends_in) in [(1, "15 days"), (2, "13 days"), (3, "2 days"), (4, "-1 day")] {
            shop(database, shop_id).await?;
            let until = format!("now() + interval '{ends_in}'");
            database
                .sql(&format!(
                    "UPDATE apishopee_shops SET authorized_until = {until} WHERE shop_id = {shop_id}"
                ))
                .await?;
        }
        let alerts = "SELECT shop_id, severity FROM apishopee_ads_alerts
            WHERE kind = 'consent_ends' AND resolved_at IS NULL ORDER BY 1";
        for _ in 0..2 {
            assert_eq!(shops::watch_consents(&database.db).await?, 3);
            assert_eq!(database.sql(alerts).await?, "2|warning\n3|critical\n4|critical");
        }
        assert!(shops::load(&database.db, 2).await?.context("shop")?.info_is_old);
        let until_ms = Some(4_102_444_800_000);
        for shop_id in [2, 3, 4] {
            assert!(shops::learn(&database.db, shop_id, "Pet house", "BR", until_ms).await?);
        }
        assert_eq!(shops::watch_consents(&database.db).await?, 0);
        assert_eq!(database.sql(alerts).await?, "");
        let row = shops::load(&database.db, 2).await?.context("shop")?;
        assert!(!row.info_is_old && row.region.as_deref() == Some("BR"));
        assert!(!shops::learn(&database.db, 99, "nobody", "BR", None).await?);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_pace_of_a_shop_is_its_own_and_that_of_the_app_is_not() -> Result<()> {
    each_way(async |database| {
        shop(database, SHOP).await?;
        shop(database, 7).await?;
        database
            .sql(&format!(
                "UPDATE apishopee_ads_sync_settings SET dynamic_chunks = true, shop_calls_per_second = 2.5,
                   app_calls_per_second = 5, breaker_seconds = 300, queued_seconds = 60;
                 INSERT INTO apishopee_ads_sync_settings (shop_id, dynamic_chunks, shop_calls_per_second)
                 VALUES ({SHOP}, false, 0.125)"
            ))
            .await?;
        let deployment = SettingsOverride {
            dynamic_chunks: Some(true),
            shop_calls_per_second: Some(2.5),
            app_calls_per_second: Some(5.0),
            breaker_seconds: Some(300),
            queued_seconds: Some(60),
            ..SettingsOverride::default()
        };
        assert_eq!(settings::deployment(&database.db).await?, deployment);
        let other = shops::load(&database.db, 7).await?.context("shop")?.settings;
        assert_eq!(other.resolve()?, Settings::resolve(&deployment)?);
        let own = shops::load(&database.db, SHOP).await?.context("shop")?.settings;
        let expected = SettingsOverride {
            dynamic_chunks: Some(false),
            shop_calls_per_second: Some(0.125),
            ..deployment
        };
        assert_eq!(own.resolve()?, Settings::resolve(&expected)?);
        assert_eq!(settings::layers(&database.db, SHOP).await?.context("shop")?, own);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn settings_out_of_range_are_refused() -> Result<()> {
    each_way(async |database| {
        for (column, values) in [
            ("chunk_size", ["0", "151"]),
            ("direct_threshold", ["-1", "100001"]),
            ("window_chunks", ["0", "51"]),
            ("list_page_size", ["0", "5001"]),
            ("lease_seconds", ["4", "601"]),
            ("max_attempts", ["0", "21"]),
            ("queue_batch", ["0", "501"]),
            ("shop_calls_per_second", ["0.009", "1000.001"]),
            ("app_calls_per_second", ["0", "'NaN'"]),
            ("breaker_seconds", ["0", "3601"]),
            ("queued_seconds", ["4", "3601"]),
        ] {
            for value in values {
                let update =
                    format!("UPDATE apishopee_ads_sync_settings SET {column} = {value} WHERE shop_id = 0");
                assert!(database.refusal(&update).await?.contains(column));
            }
        }
        for column in ["queue_batch", "app_calls_per_second", "breaker_seconds"] {
            let of_a_shop =
                format!("INSERT INTO apishopee_ads_sync_settings (shop_id, {column}) VALUES (5, 5)");
            let refused = database.refusal(&of_a_shop).await?;
            assert!(refused.contains(&format!("{column}_is_of_the_deployment")), "{refused}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn shops_are_listed_in_pages_without_secrets() -> Result<()> {
    each_way(async |database| {
        for id in [1, 2, SHOP] {
            shop(database, id).await?;
        }
        database.sql("UPDATE apishopee_shops SET access_token = NULL WHERE shop_id = 1").await?;
        begun(database, 3).await?;
        let page = shops::list(&database.db, 0, 2).await?;
        assert_eq!(
            page.iter().map(|shop| (shop.shop_id, shop.has_token)).collect::<Vec<_>>(),
            [(1, false), (2, true)]
        );
        let page = shops::list(&database.db, 2, 2).await?;
        assert_eq!(page.len(), 1);
        let summary = shops::summary(&database.db, SHOP).await?.context("shop")?;
        assert_eq!(summary, page[0]);
        let progress = summary.progress.as_ref().context("progress")?;
        assert_eq!((progress.generation, progress.sync_stage.as_str()), (3, "syncing_campaigns"));
        assert!(
            progress.started_at_ms.is_some()
                && summary.sync.as_ref().is_some_and(|s| s.is_syncing == Some(true))
        );
        assert!(!serde_json::to_string(&summary)?.contains("token-"));
        assert_eq!(shops::summary(&database.db, 3).await?, None);
        assert!(shops::summary(&database.db, 2).await?.context("shop")?.progress.is_none());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn every_market_has_a_zone_that_postgres_knows() -> Result<()> {
    each_way(async |database| {
        let known = "SELECT count(*) FROM unnest(string_to_array('SG,MY,TH,VN,PH,ID,TW,MX,CL,CO,PL,BR', ',')) AS region
            JOIN pg_timezone_names ON name = ads_region_time_zone(region)";
        assert_eq!(database.sql(known).await?, "12");
        let others = "SELECT ads_region_time_zone('XX'), ads_region_time_zone(NULL), ads_region_time_zone('pl')";
        assert_eq!(database.sql(others).await?, "Asia/Singapore|Asia/Singapore|Europe/Warsaw");
        Ok(())
    })
    .await
}
