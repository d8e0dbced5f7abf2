//! The side-by-side day: compares the incumbent's rows with those that the Worker has written to a copy.
//!
//! Both databases are streamed shop by shop, sorted by key, so memory use does not depend on their size.

mod merge;
mod rows;
mod table;

use super::{catalog::Catalog, preconditions, query};
use anyhow::{Context, Result};
use chrono::NaiveDate;
use std::fmt;
use store::Postgres;
use table::{TABLES, Table};

pub use merge::{Difference, Tally};

/// The result of a comparison.
#[derive(Debug)]
pub struct Comparison {
    /// Shops in either database.
    pub shops: usize,
    /// By table.
    pub tables: Vec<Tally>,
    /// What could not be compared, and why.
    pub left_out: Vec<String>,
}

const SHOPS: &str = "SELECT to_jsonb(shop_id)::text FROM apishopee_shops ORDER BY shop_id";

/// Compares the settings of all campaigns, and one day's performance.
///
/// # Errors
/// Both URLs are the same database, or one of them does not respond.
pub async fn compare(old_url: &str, new_url: &str, day: NaiveDate) -> Result<Comparison> {
    let old = query::connect_read_only(old_url).await?;
    let new = query::connect_read_only(new_url).await.context("--with")?;
    preconditions::distinct_databases(&old, &new).await?;
    let (old_catalog, new_catalog) = (Catalog::read(&old).await?, Catalog::read(&new).await?);
    let mut shops: Vec<i64> = query::rows(&old, SHOPS, &[]).await?;
    shops.extend(query::rows::<i64>(&new, SHOPS, &[]).await.context("--with")?);
    shops.sort_unstable();
    shops.dedup();
    let mut comparison = Comparison { shops: shops.len(), tables: Vec::new(), left_out: Vec::new() };
    for table in &TABLES {
        match table.common(&old_catalog, &new_catalog) {
            Ok((columns, missing)) => {
                comparison.left_out.extend(missing);
                comparison.tables.push(compare_table(&old, &new, table, &columns, &shops, day).await?);
            }
            Err(missing) => comparison.left_out.push(missing),
        }
    }
    Ok(comparison)
}

async fn compare_table(
    old: &Postgres,
    new: &Postgres,
    table: &Table,
    columns: &[&'static str],
    shops: &[i64],
    day: NaiveDate,
) -> Result<Tally> {
    let sql = table.select(columns);
    let day = table.by_day.then(|| day.to_string());
    let mut tally = Tally::new(table.name);
    for &shop in shops {
        let (ours, theirs) = tokio::try_join!(
            rows::read(&new.0, &sql, shop, day.as_deref()),
            rows::read(&old.0, &sql, shop, day.as_deref())
        )?;
        merge::merge(theirs, ours, shop, columns, &mut tally).await?;
    }
    Ok(tally)
}

impl Comparison {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.tables.iter().all(|table| table.differing() == 0)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for tally in &self.tables {
            writeln!(f, "{tally}")?;
        }
        for text in &self.left_out {
            writeln!(f, "not compared: {text}")?;
        }
        let differing: u64 = self.tables.iter().map(Tally::differing).sum();
        let compared: u64 = self.tables.iter().map(|tally| tally.old.max(tally.new)).sum();
        match differing {
            0 => write!(f, "{compared} rows of {} shops: all equal", self.shops),
            _ => write!(f, "{compared} rows of {} shops: {differing} differ", self.shops),
        }
    }
}
