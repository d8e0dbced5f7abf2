//! `GET /metrics`: the list of all metrics, and the page in the text format 0.0.4 of Prometheus.

mod render;
mod table;

pub use render::render;
pub use table::{CHUNK_SECONDS, METRICS, RUN_SECONDS};

/// What every metric's name begins with.
pub const PREFIX: &str = "apishopee_ads_";
/// The page's type of content.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A metric. There are no counters: what is counted are rows, which are deleted one day, so a sum of all would go backwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name without [`PREFIX`].
    pub name: &'static str,
    /// Its labels, in the order of a sample's values.
    pub labels: &'static [&'static str],
    /// The upper bounds of its buckets; none: it is a gauge.
    pub bounds: &'static [&'static str],
    /// What it says, in one sentence.
    pub help: &'static str,
}

/// A value of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The metric's name without [`PREFIX`].
    pub name: String,
    /// The values of its labels.
    pub labels: Vec<String>,
    /// The value; of a histogram, the sum of what was observed.
    pub value: f64,
    /// Of a histogram: how many observations are at most each bound.
    pub buckets: Vec<i64>,
}

impl Sample {
    /// A value of a gauge.
    #[must_use]
    pub fn gauge(name: &str, labels: &[&str], value: f64) -> Self {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        Self { name: name.to_owned(), labels, value, buckets: Vec::new() }
    }
}
