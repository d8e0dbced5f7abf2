//! The text format: <https://prometheus.io/docs/instrumenting/exposition_formats/>. The usual crates hold counters of their own
//! between two looks; here every figure is read anew, so nothing of them would be used but these lines.

use super::{METRICS, Metric, PREFIX, Sample};

/// The page: the metrics in the order of the list, each with its samples. A metric without samples is left out.
#[must_use]
pub fn render(samples: &[Sample]) -> String {
    let mut page = String::new();
    for metric in METRICS {
        let mut is_first = true;
        for sample in samples {
            if sample.name == metric.name {
                if is_first {
                    head(&mut page, metric);
                    is_first = false;
                }
                lines(&mut page, metric, sample);
            }
        }
    }
    page
}

fn head(page: &mut String, metric: &Metric) {
    let kind = if metric.bounds.is_empty() { "gauge" } else { "histogram" };
    put(page, &["# HELP ", PREFIX, metric.name, " "]);
    escape(page, metric.help, false);
    put(page, &["\n# TYPE ", PREFIX, metric.name, " ", kind, "\n"]);
}

fn lines(page: &mut String, metric: &Metric, sample: &Sample) {
    let value = sample.value.to_string();
    if metric.bounds.is_empty() {
        return line(page, metric, sample, ("", ""), &value);
    }
    let mut count = String::new();
    for (bound, observed) in metric.bounds.iter().zip(&sample.buckets) {
        count = observed.to_string();
        line(page, metric, sample, ("_bucket", bound), &count);
    }
    line(page, metric, sample, ("_sum", ""), &value);
    line(page, metric, sample, ("_count", ""), &count);
}

/// A line of a series; the name's suffix and the bound are empty where there is none.
fn line(page: &mut String, metric: &Metric, sample: &Sample, (suffix, bound): (&str, &str), value: &str) {
    put(page, &[PREFIX, metric.name, suffix]);
    let mut between = "{";
    for (name, text) in metric.labels.iter().zip(&sample.labels) {
        put(page, &[between, name, "=\""]);
        escape(page, text, true);
        page.push('"');
        between = ",";
    }
    if !bound.is_empty() {
        put(page, &[between, "le=\"", bound, "\""]);
        between = ",";
    }
    let end = if between == "{" { " " } else { "} " };
    put(page, &[end, value, "\n"]);
}

fn put(page: &mut String, parts: &[&str]) {
    for part in parts {
        page.push_str(part);
    }
}

fn escape(page: &mut String, text: &str, is_quoted: bool) {
    for letter in text.chars() {
        match letter {
            '\\' => page.push_str("\\\\"),
            '\n' => page.push_str("\\n"),
            '"' if is_quoted => page.push_str("\\\""),
            _ => page.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gauge_is_a_line_for_each_sample() {
        let samples = [
            Sample::gauge("queue_jobs", &["realtime", "pending"], 3.0),
            Sample::gauge("queue_oldest_due_age_seconds", &[], 12.5),
            Sample::gauge("queue_jobs", &["other", "pending"], 0.0),
            Sample::gauge("nothing_like_it", &[], 1.0),
        ];
        let page = render(&samples);
        let lines: Vec<&str> = page.lines().filter(|line| !line.starts_with("# HELP ")).collect();
        assert_eq!(
            lines,
            [
                "# TYPE apishopee_ads_queue_jobs gauge",
                r#"apishopee_ads_queue_jobs{kind="realtime",status="pending"} 3"#,
                r#"apishopee_ads_queue_jobs{kind="other",status="pending"} 0"#,
                "# TYPE apishopee_ads_queue_oldest_due_age_seconds gauge",
                "apishopee_ads_queue_oldest_due_age_seconds 12.5",
            ]
        );
        assert!(page.starts_with("# HELP apishopee_ads_queue_jobs ") && page.ends_with('\n'), "{page}");
    }

    #[test]
    fn a_label_may_hold_anything() {
        for (value, written) in [
            ("a\"b", r#"a\"b"#),
            ("a\\b", r"a\\b"),
            ("a\nb", r"a\nb"),
            ("\\n\"", r#"\\n\""#),
            ("{}=,# é€", "{}=,# é€"),
            ("", ""),
        ] {
            let page = render(&[Sample::gauge("dead_letters", &[value], 1.0)]);
            let line = page.lines().last().unwrap_or_default();
            assert_eq!(line, format!("apishopee_ads_dead_letters{{queue=\"{written}\"}} 1"));
            assert_eq!(page.lines().count(), 3, "{page}");
        }
    }

    #[test]
    fn a_histogram_has_a_line_for_each_bound_its_sum_and_its_count() {
        let metric = METRICS.iter().find(|metric| metric.name == "chunk_duration_1h_seconds").unwrap();
        assert_eq!(metric.bounds, ["0.5", "1", "2", "5", "10", "20", "60", "+Inf"]);
        let buckets = vec![0, 2, 2, 3, 3, 3, 3, 4];
        let sample = Sample { buckets, ..Sample::gauge(metric.name, &["campaigns"], 77.25) };
        let page = render(&[sample]);
        let name = "apishopee_ads_chunk_duration_1h_seconds";
        let bucket =
            |bound: &str, count: u8| format!("{name}_bucket{{stage=\"campaigns\",le=\"{bound}\"}} {count}");
        let expected = [
            format!("# TYPE {name} histogram"),
            bucket("0.5", 0),
            bucket("1", 2),
            bucket("2", 2),
            bucket("5", 3),
            bucket("10", 3),
            bucket("20", 3),
            bucket("60", 3),
            bucket("+Inf", 4),
            format!("{name}_sum{{stage=\"campaigns\"}} 77.25"),
            format!("{name}_count{{stage=\"campaigns\"}} 4"),
        ];
        assert_eq!(page.lines().skip(1).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn nothing_is_an_empty_page() {
        assert_eq!(render(&[]), "");
    }
}
