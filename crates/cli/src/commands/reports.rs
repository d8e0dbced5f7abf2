//! `apishopee campaigns`, `calls`, `audit` and `drift`

use crate::{
    failure::Failure,
    output::{self, Column, moment, text},
    session::Session,
};
use api::{
    audit::AuditLogEntry,
    campaign::Campaign,
    drift::KnownDrift,
    report::{CallsOfDay, Items},
};
use serde_json::Value;

pub fn campaigns(session: &Session, shop: i64, search: Option<String>, limit: usize) -> Result<(), Failure> {
    let items = session.client.list(&format!("/v1/shops/{shop}/campaigns"), &[("search", search)], limit)?;
    let columns: [Column<Campaign>; 8] = [
        Column("campaign", |row| row.campaign_id.to_string()),
        Column("name", |row| text(row.name.as_ref())),
        Column("status", |row| text(row.status.as_ref())),
        Column("budget", |row| text(row.budget.as_ref())),
        Column("spent", |row| row.expense.clone()),
        Column("sales", |row| row.gmv.clone()),
        Column("ROAS", |row| text(row.roas.as_ref())),
        Column("orders", |row| row.orders.to_string()),
    ];
    output::rows(session.format, &items, &columns)
}

pub fn calls(session: &Session, shop: Option<i64>) -> Result<(), Failure> {
    let days: Items<Value> =
        session.client.get("/v1/calls", &[("shop_id", shop.map(|shop| shop.to_string()))])?;
    let columns: [Column<CallsOfDay>; 5] = [
        Column("day", |row| row.quota_day.clone()),
        Column("shop", |row| row.shop_id.to_string()),
        Column("kind", |row| row.kind.clone()),
        Column("runs", |row| row.runs.to_string()),
        Column("calls", |row| row.calls.to_string()),
    ];
    output::rows(session.format, &days.items, &columns)
}

pub fn audit(
    session: &Session,
    shop: Option<i64>,
    action: Option<String>,
    limit: usize,
) -> Result<(), Failure> {
    let query = [("shop_id", shop.map(|shop| shop.to_string())), ("action", action)];
    let items = session.client.list("/v1/audit-log", &query, limit)?;
    let columns: [Column<AuditLogEntry>; 5] = [
        Column("at", |row| moment(Some(row.at_ms))),
        Column("who", |row| row.actor.clone()),
        Column("did", |row| row.action.clone()),
        Column("shop", |row| text(row.shop_id.as_ref())),
        Column("subject", |row| text(row.subject.as_ref())),
    ];
    output::rows(session.format, &items, &columns)
}

pub fn drift(session: &Session) -> Result<(), Failure> {
    let items = session.client.list("/v1/drift", &[], usize::MAX)?;
    let columns: [Column<KnownDrift>; 5] = [
        Column("seen", |row| moment(Some(row.at_ms))),
        Column("endpoint", |row| row.endpoint.clone()),
        Column("field", |row| row.field.clone()),
        Column("problem", |row| row.problem.clone()),
        Column("sample", |row| row.sample.clone()),
    ];
    output::rows(session.format, &items, &columns)
}
