//! The figures of `GET /metrics`, read from the rows that are there: one statement, whose work is bounded by the number of shops and
//! by what was done within the last day.

use crate::{Db, DbError, Param, Statement, decode::one};
use api::metrics::{CHUNK_SECONDS, RUN_SECONDS, Sample};
use sync_core::WaitReason;

/// Most shops that get series of their own.
pub const SHOPS_MAX: i32 = 500;
/// Most apps that shops may bring along.
pub const APPS_MAX: i32 = 8;

/// What the page shows of Postgres.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// By name and labels.
    pub samples: Vec<Sample>,
    /// Partner apps of shops, the first [`APPS_MAX`].
    pub apps: Vec<i64>,
}

/// A sample as it comes: name, labels, value, buckets. As arrays, because they have no keys: there are hundreds of them.
type Row = (String, Vec<String>, f64, Vec<i64>);

const READ: Statement = Statement { name: "metrics.read", sql: include_str!("sql/metrics_read.sql") };

/// Reads the figures.
///
/// # Errors
/// What the database reports.
pub async fn read(db: &impl Db) -> Result<Figures, DbError> {
    let (mut texts, mut names) = (String::new(), String::new());
    for reason in WaitReason::all() {
        append(&mut texts, reason.text(), '|');
        append(&mut names, reason.as_str(), '|');
    }
    let (mut runs, mut chunks) = (String::new(), String::new());
    RUN_SECONDS.iter().for_each(|bound| append(&mut runs, bound, ','));
    CHUNK_SECONDS.iter().for_each(|bound| append(&mut chunks, bound, ','));
    let values = [
        Param::I64(SHOPS_MAX.into()),
        Param::Text(&texts),
        Param::Text(&names),
        Param::Text(&runs),
        Param::Text(&chunks),
        Param::I64(APPS_MAX.into()),
    ];
    let (rows, apps): (Vec<Row>, Vec<i64>) = one(db, &READ, &values).await?;
    let mut samples = Vec::with_capacity(rows.len());
    for (name, labels, value, buckets) in rows {
        samples.push(Sample { name, labels, value, buckets });
    }
    Ok(Figures { samples, apps })
}

fn append(list: &mut String, item: &str, separator: char) {
    if !list.is_empty() {
        list.push(separator);
    }
    list.push_str(item);
}
