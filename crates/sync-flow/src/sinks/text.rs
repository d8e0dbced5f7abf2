//! A message as people read it: a title and a text.

use super::words::{self, Language};
use compact::json;
use serde_json::Value;
use std::fmt::Write;
use store::{alert_kind::AlertKind, sinks::messages::Due};

/// Longest text, in characters: Telegram takes 4,096 with the title.
const TEXT_CHARS_MAX: usize = 3_800;
/// Alerts whose lines a message has.
const LINES_MAX: i32 = 20;

/// The title, one line.
#[must_use]
pub fn title(due: &Due) -> String {
    let language = Language::named(&due.language);
    let kind = due.kind.as_deref().unwrap_or_default();
    let known = AlertKind::ALL.iter().find(|known| known.as_str() == kind);
    let alert = known.map_or(kind, |known| language.of(words::title(*known)));
    let mut title = match due.what.as_str() {
        "test" => return language.of(words::TEST).to_owned(),
        "digest" => return language.of(words::DIGEST).to_owned(),
        "end" => format!("{}: {alert}", language.of(words::OVER)),
        what => {
            let severity = language.of(words::severity(due.severity.as_deref().unwrap_or_default()));
            let again =
                if what == "reminder" { format!(" ({})", language.of(words::STILL)) } else { String::new() };
            format!("{severity}{again}: {alert}")
        }
    };
    if due.alerts > 1 {
        let _ = write!(title, " – {} {}", due.alerts, language.of(words::SHOPS));
    }
    title
}

/// The text under the title; empty if there is nothing more to say.
#[must_use]
pub fn text(due: &Due) -> String {
    let language = Language::named(&due.language);
    if due.what == "digest" {
        return digest(&due.content, language);
    }
    let mut text: String = due.lines.as_deref().unwrap_or_default().chars().take(TEXT_CHARS_MAX).collect();
    if due.alerts > LINES_MAX {
        let _ = write!(text, "\n+ {} {}", due.alerts - LINES_MAX, language.of(words::MORE));
    }
    text
}

fn digest(content: &str, language: Language) -> String {
    let content: Value = json::from_str(content).unwrap_or_default();
    let mut text = String::new();
    for (name, label) in words::NUMBERS {
        let _ = writeln!(text, "{}: {}", language.of(label), content[name]);
    }
    let regions = content["regions"].as_array().map_or(&[][..], Vec::as_slice);
    for region in regions {
        let (name, spend, budget) =
            (region["region"].as_str().unwrap_or_default(), &region["spend"], &region["budget"]);
        let (spent, budgets) = (language.of(words::SPEND), language.of(words::BUDGETS));
        let _ = writeln!(text, "{spent} {name}: {spend} ({budgets}: {budget})");
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::tests::due;

    #[test]
    fn a_title_says_how_bad_it_is_and_how_many_shops_it_meets() {
        let begin = Due { alerts: 20, ..due("slack") };
        assert_eq!(title(&begin), "Critical: A seller must authorize again – 20 shops");
        let end = Due { what: "end".to_owned(), language: "vi".to_owned(), ..due("slack") };
        assert_eq!(title(&end), "Đã hết: Người bán cần cấp quyền lại");
        let reminder =
            Due { what: "reminder".to_owned(), kind: Some("of_tomorrow".to_owned()), ..due("slack") };
        assert_eq!(title(&reminder), "Critical (Still): of_tomorrow");
    }

    #[test]
    fn what_is_not_listed_is_counted_and_the_rest_is_cut() {
        let many = Due { alerts: 23, lines: Some("ỹ".repeat(9_000)), ..due("slack") };
        let text = text(&many);
        assert!(text.chars().count() < 3_900 && text.ends_with("\n+ 3 more"), "{}", text.len());
    }

    #[test]
    fn a_digest_has_a_line_a_number_and_a_region() {
        let content = r#"{"shops":3,"fresh":2,"stale":1,"unauthorized":0,"runs_completed":9,"runs_failed":1,
            "alerts_open":4,"dead_letters":0,"regions":[{"region":"VN","spend":1234000.50,"budget":2000000}]}"#;
        let digest = Due { what: "digest".to_owned(), content: content.to_owned(), ..due("slack") };
        let text = text(&digest);
        assert_eq!(text.lines().count(), 9, "{text}");
        assert!(text.starts_with("Shops: 3\nwith fresh data: 2\n"), "{text}");
        assert!(text.ends_with("Spend yesterday VN: 1234000.5 (daily budgets: 2000000)"), "{text}");
    }
}
