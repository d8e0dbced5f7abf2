//! The stored tokens of all shops: read in bounded pages, written with compare-and-set.

use super::{expected_schema::SEALED_COLUMNS, query};
use anyhow::Result;
use serde::Deserialize;
use store::{Param, Postgres};

/// Shops read per query.
const BATCH: i64 = 100;

/// A shop's stored values, in the order of [`SEALED_COLUMNS`]. No `Debug`: they are secret.
#[derive(Clone, PartialEq, Deserialize)]
pub(super) struct Row {
    pub shop_id: i64,
    pub texts: [Option<String>; SEALED_COLUMNS.len()],
}

const READ: &str = "
    SELECT jsonb_build_object('shop_id', shop_id,
      'texts', jsonb_build_array(access_token, refresh_token, partner_key))::text
    FROM apishopee_shops WHERE shop_id > $1 ORDER BY shop_id LIMIT $2";

const WRITE: &str = "
    WITH written AS (
      UPDATE apishopee_shops SET access_token = $5, refresh_token = $6, partner_key = $7
      WHERE shop_id = $1 AND access_token IS NOT DISTINCT FROM $2 AND refresh_token IS NOT DISTINCT FROM $3
        AND partner_key IS NOT DISTINCT FROM $4
      RETURNING 1
    )
    SELECT to_jsonb(EXISTS (SELECT FROM written))::text";

/// What was rewritten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// Shops whose row has changed.
    pub shops: u64,
    /// Tokens and keys rewritten in those rows.
    pub texts: u64,
}

/// Rewrites all shops once; returns what was written, and how many rows another session had changed meanwhile.
pub(super) async fn rewrite_all(
    db: &Postgres,
    change: impl Fn(&Row) -> Result<Row>,
) -> Result<(Rewritten, u64)> {
    let (mut done, mut conflicts, mut after) = (Rewritten::default(), 0, i64::MIN);
    loop {
        let rows: Vec<Row> = query::rows(db, READ, &[Param::I64(after), Param::I64(BATCH)]).await?;
        let Some(last) = rows.last() else { return Ok((done, conflicts)) };
        after = last.shop_id;
        for old in &rows {
            let new = change(old)?;
            let texts = old.texts.iter().zip(&new.texts).filter(|(old, new)| old != new).count();
            if texts == 0 {
                continue;
            }
            if write(db, old, &new).await? {
                done.shops += 1;
                done.texts += u64::try_from(texts)?;
            } else {
                conflicts += 1;
            }
        }
    }
}

async fn write(db: &Postgres, old: &Row, new: &Row) -> Result<bool> {
    let mut values = vec![Param::I64(old.shop_id)];
    values.extend(old.texts.iter().chain(&new.texts).map(|text| Param::OptText(text.as_deref())));
    query::one(db, WRITE, &values).await
}
