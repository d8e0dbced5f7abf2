//! The result table and its JSON form.

use super::{Rows, RunRow, seed::Shop};
use crate::table::aligned;
use serde_json::{Value, json};

/// Runs with more campaigns than this are chunked.
const DIRECT_THRESHOLD: u32 = 200;
/// Campaigns per chunk.
const CHUNK_SIZE: u32 = 100;

/// One shop's line.
pub struct Line {
    /// The shop.
    pub shop: Shop,
    /// How its run was started.
    pub started_by: &'static str,
    /// The run.
    pub run: RunRow,
    /// The comparison of its rows.
    pub rows: Rows,
}

impl Line {
    fn figure(&self, name: &str) -> i64 {
        self.run.receipt.get(name).and_then(Value::as_i64).unwrap_or(-1)
    }

    /// Violated expectations.
    pub fn problems(&self, chunk_ms_max: i64) -> Vec<String> {
        let mut problems = Vec::new();
        let mut expect = |holds: bool, what: String| {
            if !holds {
                problems.push(format!("shop {}: {what}", self.shop.id));
            }
        };
        let chunks = i64::from(self.shop.campaigns.div_ceil(CHUNK_SIZE));
        expect(self.run.status == "completed", format!("the run is {}", self.run.status));
        expect(self.rows.wrong == 0 && self.rows.right > 0, format!("{} rows are wrong", self.rows.wrong));
        expect(
            self.figure("planned") == i64::from(self.shop.campaigns),
            "not every campaign was planned".to_owned(),
        );
        expect(
            self.figure("chunks") == chunks,
            format!("{} chunks instead of {chunks}", self.figure("chunks")),
        );
        let slowest = self.figure("slowest_chunk_ms");
        expect((0..chunk_ms_max).contains(&slowest), format!("the slowest chunk took {slowest} ms"));
        let rows = |stage: &str| self.run.chunk_rows.get(stage).copied().unwrap_or(0);
        let (fetched, left_out) = (self.figure("performance_accounted"), self.figure("performance_left_out"));
        expect(
            fetched > 0 && fetched + left_out == i64::from(self.shop.campaigns),
            format!("performance of {fetched} campaigns, {left_out} left out"),
        );
        let chunked = |chunks: i64| if self.shop.campaigns > DIRECT_THRESHOLD { chunks } else { 0 };
        let performance_chunks = (fetched + i64::from(CHUNK_SIZE) - 1) / i64::from(CHUNK_SIZE);
        for (stage, chunks) in [("campaigns", chunks), ("performance", performance_chunks)] {
            let expected = chunked(chunks);
            expect(
                rows(stage) == expected,
                format!("{} rows of {stage} chunks instead of {expected}", rows(stage)),
            );
        }
        problems
    }

    /// The line with its receipt.
    pub fn as_json(&self) -> Value {
        json!({
            "shop_id": self.shop.id, "campaigns": self.shop.campaigns, "started_by": self.started_by,
            "status": self.run.status, "rows_right": self.rows.right, "rows_wrong": self.rows.wrong,
            "receipt": self.run.receipt,
        })
    }
}

/// The table.
pub fn table(lines: &[Line]) -> String {
    let head = [
        "shop",
        "campaigns",
        "by",
        "mode",
        "chunks",
        "calls",
        "retries",
        "slowest ms",
        "time s",
        "rows right",
        "wrong",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(lines.iter().map(|line| {
        let mode = line.run.receipt.get("mode").and_then(Value::as_str).unwrap_or("?");
        [
            line.shop.id.to_string(),
            line.shop.campaigns.to_string(),
            line.started_by.to_owned(),
            mode.to_owned(),
            line.figure("chunks").to_string(),
            line.figure("calls").to_string(),
            line.figure("retries").to_string(),
            line.figure("slowest_chunk_ms").to_string(),
            format!("{:.1}", line.figure("duration_ms") as f64 / 1_000.0),
            line.rows.right.to_string(),
            line.rows.wrong.to_string(),
        ]
        .to_vec()
    }));
    aligned(&rows)
}
