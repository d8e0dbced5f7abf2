//! Which shops' progress has changed since somebody looked.

use crate::{Db, DbError, Param, Statement, decode::one};
use api::live::FleetShop;
use serde::Deserialize;

/// What has changed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Changed {
    /// The version now: a number that rises.
    pub version: String,
    /// The shops whose progress has changed, by id; `None` if there are more than were asked for, or if the version is none
    /// of this database, or a very old one.
    pub shops: Option<Vec<FleetShop>>,
}

const CHANGED: Statement = Statement { name: "fleet.changed", sql: include_str!("sql/fleet_changed.sql") };

/// The shops whose progress has changed since a version, at most `limit`. Some may have been told before. `since` consists of
/// digits.
///
/// # Errors
/// What the database reports.
pub async fn changed(db: &impl Db, since: Option<&str>, limit: i32) -> Result<Changed, DbError> {
    one(db, &CHANGED, &[Param::OptText(since), Param::I64(limit.into())]).await
}
