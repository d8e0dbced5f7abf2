//! Merge-compares two sorted streams of rows.

use super::rows::{Entry, Rows};
use anyhow::Result;
use std::{cmp::Ordering, fmt};

/// Differences shown per table.
const SHOWN: usize = 5;

/// A differing row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The shop.
    pub shop_id: i64,
    /// The campaign; 0 in tables without campaigns.
    pub campaign_id: i64,
    /// The hour; 0 in tables without hours.
    pub hour: i64,
    /// The difference.
    pub what: String,
}

/// The comparison of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The table.
    pub table: &'static str,
    /// Rows in the installation.
    pub old: u64,
    /// Rows in the copy.
    pub new: u64,
    /// Rows that exist only in the installation.
    pub only_old: u64,
    /// Rows that exist only in the copy.
    pub only_new: u64,
    /// Rows with other values.
    pub changed: u64,
    /// Shops with a differing row.
    pub shops: u64,
    /// The first differences.
    pub first: Vec<Difference>,
}

impl Tally {
    pub(super) fn new(table: &'static str) -> Self {
        Self { table, old: 0, new: 0, only_old: 0, only_new: 0, changed: 0, shops: 0, first: Vec::new() }
    }

    /// The number of differing rows.
    #[must_use]
    pub fn differing(&self) -> u64 {
        self.only_old + self.only_new + self.changed
    }

    fn note(&mut self, shop_id: i64, (campaign_id, hour): (i64, i64), what: impl FnOnce() -> String) {
        if self.first.len() < SHOWN {
            self.first.push(Difference { shop_id, campaign_id, hour, what: what() });
        }
    }
}

/// Counts the differences of one shop.
pub(super) async fn merge(
    mut old: Rows,
    mut new: Rows,
    shop: i64,
    columns: &[&str],
    tally: &mut Tally,
) -> Result<()> {
    let before = tally.differing();
    let (mut left, mut right) = (old.next().await?, new.next().await?);
    loop {
        let order = match (&left, &right) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => left.key.cmp(&right.key),
        };
        let theirs = if order.is_le() { left.take() } else { None };
        let ours = if order.is_ge() { right.take() } else { None };
        count(theirs.as_ref(), ours.as_ref(), shop, columns, tally);
        if theirs.is_some() {
            left = old.next().await?;
        }
        if ours.is_some() {
            right = new.next().await?;
        }
    }
    tally.shops += u64::from(tally.differing() > before);
    Ok(())
}

fn count(old: Option<&Entry>, new: Option<&Entry>, shop: i64, columns: &[&str], tally: &mut Tally) {
    tally.old += u64::from(old.is_some());
    tally.new += u64::from(new.is_some());
    match (old, new) {
        (Some(old), Some(new)) if old.values != new.values => {
            tally.changed += 1;
            tally.note(shop, old.key, || changes(old, new, columns));
        }
        (Some(old), None) => {
            tally.only_old += 1;
            tally.note(shop, old.key, || "the installation alone has it".to_owned());
        }
        (None, Some(new)) => {
            tally.only_new += 1;
            tally.note(shop, new.key, || "the copy alone has it".to_owned());
        }
        _ => {}
    }
}

fn changes(old: &Entry, new: &Entry, columns: &[&str]) -> String {
    let pairs = columns.iter().zip(old.values.iter().zip(&new.values));
    let changed = pairs.filter(|(_, (old, new))| old != new);
    changed.map(|(name, (old, new))| format!("{name} {old} → {new}")).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, old, new, only_old, only_new, changed, shops, first } = self;
        write!(f, "{table}: {old} rows against {new}")?;
        if self.differing() == 0 {
            return write!(f, ", equal");
        }
        write!(f, "; {only_old} missing, {only_new} more, {changed} with other values, in {shops} shops")?;
        for Difference { shop_id, campaign_id, hour, what } in first {
            write!(f, "\n  shop {shop_id}")?;
            if *campaign_id != 0 {
                write!(f, " campaign {campaign_id}")?;
            }
            if table.ends_with("_hourly") {
                write!(f, " hour {hour}")?;
            }
            write!(f, ": {what}")?;
        }
        Ok(())
    }
}
