//! Compares stored rows with expected ones.

use super::tables::Table;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The number of correct and incorrect rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Equal to the expected row.
    pub right: u64,
    /// Different, missing or unexpected.
    pub wrong: u64,
}

/// Columns computed from others.
const RATIOS: [&str; 3] = ["ctr", "roas", "acos"];

/// Compares a table's stored rows with the expected ones.
pub(super) fn compare<'a>(
    table: &Table,
    expected: impl Iterator<Item = &'a Map<String, Value>>,
    stored: impl Iterator<Item = Value>,
) -> Rows {
    let mut stored: BTreeMap<String, Map<String, Value>> =
        stored.filter_map(|row| row.as_object().cloned()).map(|row| (key(table, &row), row)).collect();
    let mut rows = Rows::default();
    for expected in expected {
        let found = stored.remove(&key(table, expected));
        let is_right = found.as_ref().is_some_and(|found| {
            expected.iter().all(|(column, value)| {
                found.get(column).is_some_and(|stored| is_equal(column, value, stored))
            })
        });
        if is_right {
            rows.right += 1;
            continue;
        }
        if rows.wrong == 0 {
            eprintln!("{}: expected {expected:?}, found {found:?}", table.name);
        }
        rows.wrong += 1;
    }
    if let Some(surplus) = stored.values().next() {
        eprintln!("{}: unexpected {surplus:?}", table.name);
    }
    rows.wrong += stored.len() as u64;
    rows
}

/// A row's key as text.
pub(super) fn key(table: &Table, row: &Map<String, Value>) -> String {
    table
        .key
        .iter()
        .map(|column| row.get(*column).map(ToString::to_string).unwrap_or_default() + "/")
        .collect()
}

/// Values must be equal; ratios are computed by both sides and stored with six digits, so they may differ slightly.
fn is_equal(column: &str, expected: &Value, stored: &Value) -> bool {
    let tolerance = if RATIOS.contains(&column) { 1e-6 } else { 0.0 };
    match (expected.as_f64(), stored.as_f64()) {
        (Some(expected), Some(stored)) => (expected - stored).abs() <= tolerance * expected.abs().max(1.0),
        _ => expected == stored,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tables::TABLES, *};
    use serde_json::json;

    #[test]
    fn missing_different_and_surplus_rows_are_wrong() {
        let row = |id: i64, name: &str| json!({ "campaign_id": id, "name": name, "synced_at": "x" });
        let truth: Vec<Value> = [(1, "a"), (2, "b"), (3, "c")]
            .iter()
            .map(|(id, name)| json!({ "campaign_id": id, "name": name }))
            .collect();
        let stored = [row(1, "a"), row(2, "x"), row(9, "z")];
        let truth = truth.iter().filter_map(Value::as_object);
        assert_eq!(compare(&TABLES[0], truth, stored.into_iter()), Rows { right: 1, wrong: 3 });
    }

    #[test]
    fn only_ratios_have_a_tolerance() {
        assert!(is_equal("ctr", &json!(0.0353571428), &json!(0.035357)));
        assert!(!is_equal("ctr", &json!(0.5), &json!(0.5001)));
        assert!(!is_equal("impression", &json!(123_456), &json!(123_457)));
        assert!(!is_equal("expense", &json!(20_000.01), &json!(20_000.02)));
        assert!(is_equal("expense", &json!(7), &json!(7.0)));
        assert!(!is_equal("roas_target", &Value::Null, &json!(0)));
    }
}
