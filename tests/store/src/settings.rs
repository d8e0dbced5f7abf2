//! The table of settings, held against the columns and CHECKs of the database.

use crate::setup::{Database, Via};
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use sync_core::settings::{Scope, SettingType, SettingValue, TABLE};

/// The columns that are no settings.
const OTHERS: [&str; 1] = ["shop_id"];

/// `name|type` of each column.
const COLUMNS: &str = "
    SELECT column_name || '|' || data_type FROM information_schema.columns
    WHERE table_name = 'apishopee_ads_sync_settings'";

/// Values that a setting refuses and takes, by the row: those at the ends of its range and next to them.
fn ends(setting: &sync_core::settings::Setting) -> Option<([f64; 2], [f64; 2])> {
    match (setting.range)() {
        (SettingValue::Integer(min), SettingValue::Integer(max)) => {
            let (min, max) = (min as f64, max as f64);
            Some(([min, max], [min - 1.0, max + 1.0]))
        }
        (SettingValue::Number(min), SettingValue::Number(max)) => {
            Some(([min, max], [min - 0.001, max + 0.001]))
        }
        _ => None,
    }
}

async fn stores(database: &Database, shop_id: i64, name: &str, value: &str) -> Result<bool> {
    let session = database.session().await?;
    let sql = format!(
        "INSERT INTO apishopee_ads_sync_settings (shop_id, {name}) VALUES ({shop_id}, {value})
         ON CONFLICT (shop_id) DO UPDATE SET {name} = EXCLUDED.{name}"
    );
    match session.batch_execute(&sql).await {
        Ok(()) => Ok(true),
        Err(error) if error.code().is_some_and(|code| code.code() == "23514") => Ok(false),
        Err(error) => Err(error).context(sql),
    }
}

#[tokio::test]
async fn the_table_of_settings_is_the_databases() -> Result<()> {
    let database = Database::migrated(Via::Direct).await?;
    let columns = database.sql(COLUMNS).await?;
    let columns: BTreeMap<&str, &str> = columns.lines().filter_map(|line| line.split_once('|')).collect();
    let named: BTreeSet<&str> = columns.keys().copied().filter(|name| !OTHERS.contains(name)).collect();
    assert_eq!(named, TABLE.iter().map(|setting| setting.name).collect());
    for setting in TABLE {
        let kind = match setting.kind {
            SettingType::Integer => "integer",
            SettingType::Number => "numeric",
            SettingType::Boolean => "boolean",
        };
        assert_eq!(columns.get(setting.name), Some(&kind), "{}", setting.name);
    }
    database.remove().await
}

#[tokio::test]
async fn the_database_takes_what_the_program_takes_and_nothing_else() -> Result<()> {
    let database = Database::migrated(Via::Direct).await?;
    for setting in TABLE {
        let name = setting.name;
        if let Some((taken, refused)) = ends(setting) {
            for value in taken {
                assert!(stores(&database, 0, name, &value.to_string()).await?, "{name} = {value}");
            }
            for value in refused {
                assert!(!stores(&database, 0, name, &value.to_string()).await?, "{name} = {value}");
            }
        }
        let (min, _) = (setting.range)();
        let is_of_shops = stores(&database, 5, name, &min.to_string()).await?;
        assert_eq!(is_of_shops, setting.scope == Scope::Shop, "{name} of a shop");
    }
    database.remove().await
}
