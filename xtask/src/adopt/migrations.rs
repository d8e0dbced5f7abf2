//! The pending migrations.

use super::{query, report::Section};
use crate::migrate;
use anyhow::Result;
use serde::Deserialize;
use store::Postgres;

#[derive(Deserialize)]
struct Applied {
    version: i32,
    name: String,
    checksum: String,
}

const HAS_HISTORY: &str = "SELECT to_jsonb(to_regclass('refinery_schema_history') IS NOT NULL)::text";
const HISTORY: &str = "
    SELECT jsonb_build_object('version', version, 'name', name, 'checksum', checksum)::text
    FROM refinery_schema_history ORDER BY version";

/// Reports them; also returns their versions.
pub(super) async fn check(db: &Postgres) -> Result<(Section, Vec<i32>)> {
    let mut section = Section::new("Migrations");
    let applied: Vec<Applied> = match query::one(db, HAS_HISTORY, &[]).await? {
        true => query::rows(db, HISTORY, &[]).await?,
        false => Vec::new(),
    };
    let all = migrate::all()?;
    let foreign = applied.iter().filter(|old| {
        !all.iter().any(|new| new.version() == old.version && new.checksum().to_string() == old.checksum)
    });
    for migration in foreign {
        section.block(
            format!(
                "V{}__{} has been applied, and is not the one of this release",
                migration.version, migration.name
            ),
            "use the release that has it, or a newer one",
        );
    }
    let pending: Vec<_> =
        all.iter().filter(|new| !applied.iter().any(|old| old.version == new.version())).collect();
    match pending.as_slice() {
        [] => section.info("all applied"),
        [only] => section.info(format!("to be applied: {only}")),
        [first, .., last] => section.info(format!("to be applied: {}, {first} to {last}", pending.len())),
    }
    Ok((section, pending.iter().map(|migration| migration.version()).collect()))
}
