//! Budget schedules that the Worker reads differently from the incumbent, or rejects, each kind with SQL that makes the
//! intended meaning explicit.

use super::{catalog::Catalog, query, report::Section};
use anyhow::Result;
use serde::Deserialize;
use std::collections::BTreeMap;
use store::Postgres;
use sync_core::budget::{Schedule, ScheduleRow, gives_way, overlap};

const TABLE: &str = "apishopee_scheduled_ads_budget";
const LOGS: &str = "apishopee_ads_budget_logs";

#[derive(Deserialize)]
struct Stored {
    row: ScheduleRow,
    /// `days_of_week` is an empty list.
    empty_days: bool,
    /// `specific_dates` is an empty list.
    empty_dates: bool,
}

/// Active rows as the Worker reads them; through JSON, since an installation may lack some of the columns.
const ROWS: &str = "
    SELECT jsonb_build_object('empty_days', coalesce(j -> 'days_of_week' = '[]', false),
      'empty_dates', coalesce(j -> 'specific_dates' = '[]', false),
      'row', jsonb_build_object('id', coalesce(j ->> 'id', ''), 'shop_id', b.shop_id, 'campaign_id', b.campaign_id,
        'hour_start', coalesce((j ->> 'hour_start')::integer, 0), 'minute_start', coalesce((j ->> 'minute_start')::integer, 0),
        'hour_end', coalesce((j ->> 'hour_end')::integer, 24), 'minute_end', coalesce((j ->> 'minute_end')::integer, 0),
        'budget', j ->> 'budget', 'is_active', true, 'unlimited', coalesce((j ->> 'unlimited')::boolean, false),
        'days_of_week', (SELECT jsonb_agg(day) FROM jsonb_array_elements(CASE jsonb_typeof(j -> 'days_of_week')
          WHEN 'array' THEN j -> 'days_of_week' ELSE '[]' END) AS d (day) WHERE day <> 'null'),
        'specific_dates', CASE jsonb_typeof(j -> 'specific_dates') WHEN 'array' THEN coalesce(
          (SELECT jsonb_agg(date) FROM jsonb_array_elements(j -> 'specific_dates') AS d (date) WHERE date <> 'null'), '[]')
          END))::text
    FROM apishopee_scheduled_ads_budget b CROSS JOIN LATERAL to_jsonb(b) AS j
    WHERE coalesce((j ->> 'is_active')::boolean, true)
    ORDER BY b.shop_id, b.campaign_id LIMIT 100000";

const FOREIGN_KEYS: &str = "
    SELECT jsonb_build_array(k.conname, pg_get_constraintdef(k.oid))::text
    FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attname = 'schedule_id'
    WHERE k.contype = 'f' AND k.conrelid = to_regclass('apishopee_ads_budget_logs') AND a.attnum = ANY (k.conkey)
    ORDER BY k.conname COLLATE \"C\"";

pub(super) async fn check(db: &Postgres, catalog: &Catalog) -> Result<Section> {
    let mut section = Section::new("Budget schedules");
    if catalog.has(LOGS) {
        for (name, text) in query::rows::<(String, String)>(db, FOREIGN_KEYS, &[]).await? {
            section.warn(
                format!(
                    "{name} of {LOGS}: {text}; the lines of a schedule that is deleted lose it, or go with it"
                ),
                format!("ALTER TABLE {LOGS} DROP CONSTRAINT {name};"),
            );
        }
    }
    let known = |column| catalog.column(TABLE, column).is_some();
    if known("shop_id") && known("campaign_id") {
        let rows: Vec<Stored> = query::rows(db, ROWS, &[]).await?;
        check_empty_lists(&rows, &mut section);
        check_rows(&rows, &mut section);
    }
    if section.findings.is_empty() {
        section.info("all are read as they are written");
    }
    Ok(section)
}

fn check_empty_lists(rows: &[Stored], section: &mut Section) {
    let count = |is_empty: fn(&Stored) -> bool| rows.iter().filter(|stored| is_empty(stored)).count();
    for (column, count) in [
        ("days_of_week", count(|stored| stored.empty_days)),
        ("specific_dates", count(|stored| stored.empty_dates)),
    ] {
        if count > 0 {
            section.warn(
                format!("active schedules with {column} = '{{}}': {count}; an empty list is no day, and every day is NULL"),
                format!("UPDATE {TABLE} SET {column} = NULL WHERE {column} = '{{}}';"),
            );
        }
    }
}

fn check_rows(rows: &[Stored], section: &mut Section) {
    let past_midnight =
        rows.iter().filter(|stored| stored.row.hour_end == 24 && stored.row.minute_end > 0).count();
    if past_midnight > 0 {
        section.warn(
            format!("active schedules that end after 24:00: {past_midnight}; they are read as until 24:00"),
            format!("UPDATE {TABLE} SET minute_end = 0 WHERE hour_end = 24 AND minute_end > 0;"),
        );
    }
    let mut unusable: BTreeMap<&str, (u64, String)> = BTreeMap::new();
    let mut campaigns: BTreeMap<(i64, i64), Vec<Schedule>> = BTreeMap::new();
    for Stored { row, .. } in rows {
        match Schedule::parse(row) {
            Ok(schedule) => campaigns.entry((row.shop_id, row.campaign_id)).or_default().push(schedule),
            Err(error) => {
                unusable.entry(error.field).or_insert_with(|| (0, format!("{}: {error}", row.id))).0 += 1;
            }
        }
    }
    check_overlaps(&campaigns, section);
    for (field, (count, first)) in unusable {
        let remedy = match field {
            "budget" => format!(
                "where no limit is meant, after the migrations: UPDATE {TABLE} SET unlimited = true WHERE budget = 0; \
                 and a rule with allow_unlimited"
            ),
            _ => {
                format!("mend them, or switch them off: UPDATE {TABLE} SET is_active = false WHERE id = '…';")
            }
        };
        section.warn(format!("active schedules that give no budget: {count}; {first}"), remedy);
    }
}

fn check_overlaps(campaigns: &BTreeMap<(i64, i64), Vec<Schedule>>, section: &mut Section) {
    let (mut shortened, mut ambiguous, mut first) = (0_u64, 0_u64, String::new());
    for schedules in campaigns.values() {
        for (index, one) in schedules.iter().enumerate() {
            for other in schedules.iter().skip(index + 1) {
                match overlap(one, other, chrono::NaiveDate::MIN) {
                    None => {}
                    Some(_) if gives_way(one, other) || gives_way(other, one) => shortened += 1,
                    Some(overlap) => {
                        ambiguous += 1;
                        if first.is_empty() {
                            first = format!("{}: {overlap}", one.id());
                        }
                    }
                }
            }
        }
    }
    if shortened > 0 {
        section.warn(
            format!("pairs of cells that meet for half an hour: {shortened}; the earlier one ends where the later begins"),
            SHORTEN_SQL,
        );
    }
    if ambiguous > 0 {
        section.warn(
            format!("pairs of schedules that are open at the same time: {ambiguous}; {first}"),
            "a date counts before a day of the week, then the later start; change or delete one of each",
        );
    }
}

const SHORTEN_SQL: &str = "UPDATE apishopee_scheduled_ads_budget a SET hour_end = b.hour_start, minute_end = b.minute_start \
    FROM apishopee_scheduled_ads_budget b WHERE (a.shop_id, a.campaign_id) = (b.shop_id, b.campaign_id) \
    AND (a.days_of_week, a.specific_dates) IS NOT DISTINCT FROM (b.days_of_week, b.specific_dates) \
    AND a.hour_start * 60 + a.minute_start < b.hour_start * 60 + b.minute_start \
    AND a.hour_end * 60 + a.minute_end - b.hour_start * 60 - b.minute_start BETWEEN 1 AND 30;";
