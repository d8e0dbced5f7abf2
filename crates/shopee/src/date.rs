//! Dates in Shopee's format, and the wait of a `Retry-After` header.

use crate::limits::RETRY_AFTER_S_MAX;
use chrono::{DateTime, Datelike, NaiveDate};

/// `DD-MM-YYYY` (Shopee: `start_date`, `end_date`, `performance_date`).
pub(crate) fn format(date: NaiveDate) -> String {
    // Not by a pattern: chrono's patterns bring in tables of Unicode.
    format!("{:02}-{:02}-{:04}", date.day(), date.month(), date.year())
}

/// Reads exactly `DD-MM-YYYY`: two digits, two digits, four digits.
pub(crate) fn parse(text: &str) -> Option<NaiveDate> {
    let digits = |range: std::ops::Range<usize>| {
        let part = text.get(range)?;
        part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u32>().ok()).flatten()
    };
    let separated = text.get(2..3)? == "-" && text.get(5..6)? == "-" && text.len() == 10;
    let year = i32::try_from(digits(6..10)?).ok()?;
    separated.then(|| NaiveDate::from_ymd_opt(year, digits(3..5)?, digits(0..2)?)).flatten()
}

/// Seconds to wait, from either form that HTTP allows: seconds or a date. `None` if it is neither.
pub(crate) fn retry_after_s(header: &str, now_unix_ms: i64) -> Option<u32> {
    let header = header.trim();
    let seconds = if !header.is_empty() && header.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit are a very long wait, not a mistake.
        header.parse::<i64>().unwrap_or(i64::MAX)
    } else {
        let until_ms = DateTime::parse_from_rfc2822(header).ok()?.timestamp_millis();
        // Rounded up: one second early is still refused.
        until_ms.saturating_sub(now_unix_ms).max(0).saturating_add(999) / 1_000
    };
    u32::try_from(seconds.min(i64::from(RETRY_AFTER_S_MAX))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_strict() {
        let date = NaiveDate::from_ymd_opt(2026, 10, 3).expect("a day");
        assert_eq!(format(date), "03-10-2026");
        assert_eq!(parse("03-10-2026"), Some(date));
        for wrong in [
            "3-10-2026",
            "2026-10-03",
            "03/10/2026",
            "31-02-2026",
            "03-10-20265",
            " 03-10-2026",
            "+3-10-2026",
            "",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(parse("0é-10-2026"), None);
    }

    #[test]
    fn retry_after_takes_seconds_and_moments() {
        let now = 1_445_412_480_000; // Wed, 21 Oct 2015 07:28:00 GMT
        for (header, expected) in [
            ("12", Some(12)),
            (" 0 ", Some(0)),
            ("99999", Some(RETRY_AFTER_S_MAX)),
            ("99999999999999999999999", Some(RETRY_AFTER_S_MAX)),
            ("Wed, 21 Oct 2015 07:28:30 GMT", Some(30)),
            ("Wed, 21 Oct 2015 07:00:00 GMT", Some(0)),
            ("Thu, 22 Oct 2015 07:28:00 GMT", Some(RETRY_AFTER_S_MAX)),
            ("-5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after_s(header, now), expected, "{header:?}");
        }
        assert_eq!(retry_after_s("Wed, 21 Oct 2015 07:28:30 GMT", now + 1), Some(30), "rounded up");
    }
}
