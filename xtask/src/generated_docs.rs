//! The parts of the documentation that are written from the code's own lists: settings, alerts and metrics.

use anyhow::{Context, Result};
use api::metrics::{METRICS, PREFIX};
use std::fmt::Write as _;
use store::alert_kind::{AlertKind, Scope as AlertScope};
use sync_core::settings::{Scope, Setting, SettingValue, TABLE};

/// A part of a page, between the lines `<!-- name: begin -->` and `<!-- name: end -->`.
pub struct Part {
    /// The page, relative to the checkout.
    pub page: &'static str,
    name: &'static str,
    text: fn() -> String,
}

/// All parts.
pub const PARTS: [Part; 3] = [
    Part { page: "docs/settings.md", name: "settings", text: settings },
    Part { page: "docs/operations.md", name: "alerts", text: alerts },
    Part { page: "docs/metrics.md", name: "metrics", text: metrics },
];

impl Part {
    /// The page with this part as the code has it.
    ///
    /// # Errors
    /// The page lacks one of the two marks.
    pub fn apply(&self, page: &str) -> Result<String> {
        let (begin, end) = (format!("<!-- {}: begin -->", self.name), format!("<!-- {}: end -->", self.name));
        let missing = || format!("{} has no {begin} and {end}", self.page);
        let (before, rest) = page.split_once(&begin).with_context(missing)?;
        let (_, after) = rest.split_once(&end).with_context(missing)?;
        Ok(format!("{before}{begin}\n\n{}\n{end}{after}", (self.text)()))
    }
}

fn settings() -> String {
    let mut text = String::new();
    for setting in TABLE {
        if !setting.group.is_empty() {
            let space = if text.is_empty() { "" } else { "\n" };
            let _ = writeln!(
                text,
                "{space}{}:\n\n| setting | default | range | of | |\n|---|---|---|---|---|",
                setting.group
            );
        }
        let scope = if setting.scope == Scope::Shop { "shop" } else { "deployment" };
        let (default, range) = (shown((setting.default)()), range(setting));
        let _ = writeln!(text, "| `{}` | {default} | {range} | {scope} | {} |", setting.name, setting.doc);
    }
    text
}

fn range(setting: &Setting) -> String {
    match (setting.range)() {
        (SettingValue::Boolean(_), _) => String::new(),
        (min, max) => format!("{} to {} {}", shown(min), shown(max), setting.unit),
    }
}

/// A value with its thousands apart.
fn shown(value: SettingValue) -> String {
    let whole = match value {
        SettingValue::Integer(value) => value,
        SettingValue::Number(value) if value.fract() == 0.0 => value as i64,
        other => return other.to_string(),
    };
    let digits = whole.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    groups.join(",")
}

fn alerts() -> String {
    let scopes = [
        (AlertScope::Sync, "Of a shop's syncs"),
        (AlertScope::Consent, "Of tokens and consents"),
        (AlertScope::Deployment, "Of the deployment (these have no `shop_id`; the text names the app)"),
        (AlertScope::Budget, "Of budgets, each for one shop"),
    ];
    let tables = scopes.map(|(scope, title)| {
        let mut table = format!(
            "{title}:\n\n| kind | severity | what it means | what resolves it |\n|---|---|---|---|\n"
        );
        for kind in AlertKind::ALL.iter().filter(|kind| kind.scope() == scope) {
            let other = kind.other_severity();
            let comma = if other.is_empty() { "" } else { "; " };
            let severity = format!("{}{comma}{other}", kind.severity().as_str());
            let _ = writeln!(
                table,
                "| `{}` | {severity} | {} | {} |",
                kind.as_str(),
                kind.meaning(),
                kind.resolved_by()
            );
        }
        table
    });
    tables.join("\n")
}

fn metrics() -> String {
    let mut table = "| name | type | labels | meaning |\n|---|---|---|---|\n".to_owned();
    for metric in METRICS {
        let kind = match metric.bounds {
            [] => "gauge".to_owned(),
            bounds => format!("histogram: {}", bounds.join(", ")),
        };
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let _ = writeln!(
            table,
            "| `{PREFIX}{}` | {kind} | {} | {} |",
            metric.name,
            labels.join(", "),
            metric.help
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths;
    use std::{env, fs};

    /// With `UPDATE_SNAPSHOTS=1` the pages are written anew.
    #[test]
    fn generated_parts_of_the_documentation_are_as_the_code_says() {
        for part in &PARTS {
            let path = paths::root().join(part.page);
            let page = fs::read_to_string(&path).unwrap();
            let expected = part.apply(&page).unwrap();
            if env::var_os("UPDATE_SNAPSHOTS").is_some() {
                fs::write(&path, &expected).unwrap();
            } else {
                assert!(
                    page == expected,
                    "{} is not as the code says: run this test with UPDATE_SNAPSHOTS=1",
                    part.page
                );
            }
        }
    }

    #[test]
    fn the_runbook_says_what_to_do_about_each_alert() {
        let page = fs::read_to_string(paths::root().join("docs/runbook.md")).unwrap();
        for kind in AlertKind::ALL {
            assert!(page.contains(&format!("`{}`", kind.as_str())), "{}", kind.as_str());
        }
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!(shown(SettingValue::Integer(1_234_567)), "1,234,567");
        assert_eq!([100, 1_000].map(|value| shown(SettingValue::Integer(value))), ["100", "1,000"]);
        assert_eq!(shown(SettingValue::Number(0.1)), "0.1");
    }
}
