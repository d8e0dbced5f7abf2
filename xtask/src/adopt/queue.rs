//! Queue rows that are not in a final state, and what happens to them after the take-over.

use super::{catalog::Catalog, query, report::Section};
use anyhow::Result;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use store::Postgres;
use sync_core::Kind;

/// A group of rows with the same properties.
#[derive(Deserialize)]
struct RowGroup {
    count: i64,
    /// The shop exists.
    shop: bool,
    kind: String,
    params: Value,
    status: String,
    chunk: bool,
}

/// Groups of unfinished rows; the limit bounds the number of distinct parameters.
const QUEUE: &str = "
    SELECT jsonb_build_object('count', count(*), 'shop', shop, 'kind', kind, 'params', params, 'status', status,
      'chunk', chunk)::text
    FROM (
      SELECT EXISTS (SELECT FROM apishopee_shops s WHERE s.shop_id = q.shop_id) AS shop,
        coalesce(j ->> 'sync_type', '') AS kind, j -> 'sync_params' AS params, coalesce(j ->> 'status', '') AS status,
        coalesce(j ->> 'is_chunk' = 'true', false) AS chunk
      FROM apishopee_ads_sync_queue q CROSS JOIN LATERAL to_jsonb(q) AS j
    ) AS open
    WHERE status NOT IN ('completed', 'failed')
    GROUP BY shop, kind, params, status, chunk ORDER BY status, chunk, kind, params, shop LIMIT 10000";

const RECENT: &str = "
    SELECT to_jsonb(count(*))::text FROM apishopee_ads_sync_queue q CROSS JOIN LATERAL to_jsonb(q) AS j
    WHERE j ->> 'status' = 'processing' AND (j ->> 'started_at')::timestamptz > now() - interval '5 minutes'";

pub(super) async fn check(db: &Postgres, catalog: &Catalog) -> Result<Section> {
    let mut section = Section::new("Rows of the queue that have not ended");
    let known = |table| catalog.column(table, "shop_id").is_some();
    if !known("apishopee_ads_sync_queue") || !known("apishopee_shops") {
        section.info("there are none");
        return Ok(section);
    }
    let mut outcomes: BTreeMap<Outcome, i64> = BTreeMap::new();
    for rows in query::rows::<RowGroup>(db, QUEUE, &[]).await? {
        let count = outcomes.entry(outcome(&rows)).or_default();
        *count = count.saturating_add(rows.count);
    }
    for (Outcome { needs_attention, text, remedy }, count) in outcomes {
        match needs_attention {
            true => section.warn(format!("{count}: {text}"), remedy),
            false => section.info(format!("{count}: {text}")),
        }
    }
    let recent: i64 = query::one(db, RECENT, &[]).await?;
    if recent > 0 {
        section.warn(format!("{recent} were begun in the last 5 minutes"), "let them end before the switch");
    }
    if section.findings.is_empty() {
        section.info("there are none");
    }
    Ok(section)
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Outcome {
    needs_attention: bool,
    text: String,
    remedy: &'static str,
}

fn outcome(rows: &RowGroup) -> Outcome {
    let rejection = if rows.shop {
        Kind::parse(&rows.kind, &rows.params).err().map(|error| error.to_string())
    } else {
        Some("shop_id: the shop is unknown".to_owned())
    };
    let (needs_attention, text, remedy) = match (rows.status.as_str(), rows.chunk, rejection) {
        ("pending" | "processing", true, _) => (
            false,
            "chunks of the incumbent's runs: failed after 30 minutes, nothing takes them".to_owned(),
            "",
        ),
        ("pending", false, None) => (false, "pending jobs: run when they are due".to_owned(), ""),
        ("pending", false, Some(reason)) => (true, format!("pending jobs that end failed: {reason}"), ""),
        ("processing", false, None) => {
            let text = "jobs in work: go back in line 30 minutes after they were begun";
            (false, text.to_owned(), "")
        }
        ("processing", false, Some(reason)) => {
            let text =
                "jobs in work that go back in line 30 minutes after they were begun, and then end failed";
            (true, format!("{text}: {reason}"), "")
        }
        (status, ..) => (
            true,
            format!(
                "rows with the status '{}', which nothing reads: they stay as they are",
                truncated(status)
            ),
            "set status = 'pending' where they are to run, else delete them",
        ),
    };
    Outcome { needs_attention, text, remedy }
}

fn truncated(text: &str) -> String {
    text.chars().take(30).collect()
}
