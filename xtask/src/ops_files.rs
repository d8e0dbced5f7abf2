//! Checks of the files of `ops/`, which are made for others' programs: the alert rules and the dashboard.

use crate::{paths, step};
use anyhow::{Context, Result, ensure};
use api::metrics::{METRICS, Metric, PREFIX};
use serde_json::Value;
use std::{collections::BTreeSet, fs, process::Command};

const RULES: &str = "ops/prometheus/rules.yml";
const DASHBOARD: &str = "ops/grafana/dashboard.json";
/// Labels that Prometheus adds, and that of buckets.
const COMMON_LABELS: [&str; 3] = ["job", "instance", "le"];

/// A metric that an expression or a text names, and the labels in the braces behind it.
#[derive(Debug, PartialEq, Eq)]
struct Named<'a> {
    name: &'a str,
    labels: Vec<&'a str>,
}

fn is_part_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// Everything that begins with the prefix of our metrics.
fn named(text: &str) -> Vec<Named<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(PREFIX) {
        let token = &rest[start..];
        let end = token.find(|letter| !is_part_of_name(letter)).unwrap_or(token.len());
        let (name, behind) = token.split_at(end);
        let (labels, behind) = match behind.strip_prefix('{') {
            Some(inside) => matchers(inside),
            None => (Vec::new(), behind),
        };
        found.push(Named { name, labels });
        rest = behind;
    }
    found
}

/// The labels up to the closing brace, and what follows. A value may hold anything but a quotation mark.
fn matchers(mut rest: &str) -> (Vec<&str>, &str) {
    let mut labels = Vec::new();
    while let Some(end) = rest.find(['"', '}']) {
        let (before, behind) = (&rest[..end], &rest[end + 1..]);
        if rest[end..].starts_with('}') {
            return (labels, behind);
        }
        labels.push(before.trim_matches(|letter| !is_part_of_name(letter)));
        rest = behind.split_once('"').map_or("", |(_, behind)| behind);
    }
    (labels, rest)
}

/// The metric of a series, which for a histogram has a suffix.
fn metric_of(series: &str) -> Option<&'static Metric> {
    let name = series.strip_prefix(PREFIX)?;
    METRICS.iter().find(|metric| {
        let suffix = name.strip_prefix(metric.name);
        let expected: &[&str] = if metric.bounds.is_empty() { &[""] } else { &["_bucket", "_sum", "_count"] };
        suffix.is_some_and(|suffix| expected.contains(&suffix))
    })
}

/// Checks that a text names only metrics and labels that exist; the metrics.
fn check(text: &str) -> Result<BTreeSet<&'static str>> {
    let metrics = named(text).into_iter().map(|Named { name, labels }| {
        let metric = metric_of(name).with_context(|| format!("there is no metric {name}"))?;
        let is_known = |label: &&&str| metric.labels.contains(label) || COMMON_LABELS.contains(label);
        let unknown = labels.iter().find(|label| !is_known(label));
        ensure!(unknown.is_none(), "{name} has no label {unknown:?}");
        Ok(metric.name)
    });
    metrics.collect()
}

fn read(file: &str) -> String {
    fs::read_to_string(paths::root().join(file)).unwrap()
}

fn expressions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("expr").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| expressions(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| expressions(value, found)),
        _ => {}
    }
}

#[test]
fn names_and_labels_are_found_in_expressions() {
    let expression = format!(
        "sum by (le) ({PREFIX}a_bucket{{job=\"$job\", kind!~\"x}}{{,=y\"}}) / {PREFIX}b > 1 unless {PREFIX}c{{}} # {PREFIX}d"
    );
    let found = named(&expression);
    let found: Vec<_> = found.iter().map(|named| (&named.name[PREFIX.len()..], &named.labels[..])).collect();
    assert_eq!(found, [("a_bucket", &["job", "kind"][..]), ("b", &[]), ("c", &[]), ("d", &[])]);
}

#[test]
fn what_does_not_exist_is_found() {
    for (text, problem) in [
        ("apishopee_ads_nothing > 0", "no metric apishopee_ads_nothing"),
        ("apishopee_ads_queue_jobs_total", "no metric"),
        ("apishopee_ads_queue_jobs_bucket", "no metric"),
        ("apishopee_ads_run_duration_24h_seconds", "no metric"),
        ("apishopee_ads_queue_jobs{state=\"pending\"}", "no label Some(\"state\")"),
    ] {
        let told = check(text).unwrap_err().to_string();
        assert!(told.contains(problem), "{told}");
    }
    let right = "apishopee_ads_queue_jobs{job=\"a\",kind=\"b\"} + apishopee_ads_run_duration_24h_seconds_sum";
    assert_eq!(check(right).unwrap(), BTreeSet::from(["queue_jobs", "run_duration_24h_seconds"]));
}

#[test]
fn the_rules_name_what_exists_and_say_what_to_do() {
    let rules = read(RULES);
    check(&rules).unwrap();
    let count = |word: &str| rules.lines().filter(|line| line.trim_start().starts_with(word)).count();
    assert!(count("- alert: ") > 10);
    for word in ["summary: ", "action: ", "labels: { severity: "] {
        assert_eq!(count(word), count("- alert: "), "{word}");
    }
}

#[test]
fn the_dashboard_shows_every_metric_and_nothing_else() {
    let mut found = Vec::new();
    expressions(&serde_json::from_str(&read(DASHBOARD)).unwrap(), &mut found);
    let shown: BTreeSet<&str> = found.iter().flat_map(|expression| check(expression).unwrap()).collect();
    let all: BTreeSet<&str> = METRICS.iter().map(|metric| metric.name).collect();
    assert_eq!(shown, all);
}

/// The rules' own tests are in a file beside them.
#[test]
fn promtool_finds_the_rules_right_and_their_tests_pass() {
    let Some(promtool) = paths::find_program("promtool") else {
        eprintln!(
            "skipped: promtool check rules, because promtool is not installed (Debian: apt-get install prometheus)"
        );
        return;
    };
    for (verb, file) in [("check", RULES), ("test", "ops/prometheus/rules.test.yml")] {
        step::run(Command::new(&promtool).args([verb, "rules"]).arg(paths::root().join(file))).unwrap();
    }
}
