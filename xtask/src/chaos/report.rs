//! The result table and its JSON form.

use super::result::RoundResult;
use crate::table::aligned;
use serde_json::{Value, json};

/// A line of the table: all runs with one fault.
#[derive(Clone, Debug)]
pub struct Line {
    name: String,
    runs: Vec<RoundResult>,
}

impl Line {
    /// A line without runs.
    #[must_use]
    pub fn new(name: String) -> Self {
        Self { name, runs: Vec::new() }
    }

    /// Adds a run.
    pub fn add(&mut self, run: RoundResult) {
        self.runs.push(run);
    }

    /// The problems of all runs.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let of = |run: &RoundResult| {
            let (name, shop) = (self.name.clone(), run.shop.id);
            run.problems.clone().into_iter().map(move |problem| format!("{name}, shop {shop}: {problem}"))
        };
        self.runs.iter().flat_map(of).collect()
    }

    fn sum(&self, figure: impl Fn(&RoundResult) -> u64) -> u64 {
        self.runs.iter().map(figure).sum()
    }

    fn cells(&self) -> Vec<String> {
        let recovered = |run: &RoundResult| u64::from(run.status == "completed" || run.completed_by_retry);
        let waits: Vec<u64> =
            self.runs.iter().flat_map(|run| &run.injected).map(|fault| fault.recovered_ms).collect();
        let mean = waits.iter().sum::<u64>().checked_div(waits.len() as u64);
        let seconds = |ms: Option<u64>| ms.map_or("-".to_owned(), |ms| format!("{:.1}", ms as f64 / 1_000.0));
        let longest_run = self.runs.iter().map(|run| run.duration_ms).max();
        vec![
            self.name.clone(),
            self.runs.len().to_string(),
            waits.len().to_string(),
            self.sum(recovered).to_string(),
            self.sum(|run| u64::from(run.completed_by_retry)).to_string(),
            self.sum(|run| run.rows.right).to_string(),
            self.sum(|run| run.rows.wrong).to_string(),
            self.sum(|run| run.duplicate_rows + run.duplicate_calls).to_string(),
            seconds(mean),
            seconds(waits.iter().max().copied()),
            seconds(longest_run),
        ]
    }
}

/// The table. "To recover" and "longest" are the mean and maximum time from the end of a fault to the next completed chunk.
#[must_use]
pub fn table(lines: &[Line]) -> String {
    let head = [
        "fault",
        "runs",
        "faults",
        "recovered",
        "by retry",
        "rows right",
        "rows wrong",
        "duplicates",
        "to recover s",
        "longest s",
        "longest run s",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(lines.iter().map(Line::cells));
    aligned(&rows)
}

/// All details of each run.
pub fn as_json(lines: &[Line]) -> Value {
    let fault = |fault: &super::result::Injected| {
        json!({ "fault": fault.injection.fault.name(), "at": fault.injection.at, "what": fault.what,
                "recovered_ms": fault.recovered_ms })
    };
    let run = |run: &RoundResult| {
        json!({
            "shop_id": run.shop.id, "campaigns": run.shop.campaigns, "status": run.status, "healed": run.completed_by_retry,
            "duration_ms": run.duration_ms, "rows_right": run.rows.right, "rows_wrong": run.rows.wrong,
            "duplicate_rows": run.duplicate_rows, "duplicate_calls": run.duplicate_calls,
            "faults": run.injected.iter().map(fault).collect::<Vec<_>>(), "problems": run.problems,
        })
    };
    let line =
        |line: &Line| json!({ "fault": line.name, "runs": line.runs.iter().map(run).collect::<Vec<_>>() });
    json!({ "faults": lines.iter().map(line).collect::<Vec<_>>() })
}
