//! Numbers as Shopee sends them: integers with a fraction of zero, floats without one, numbers in strings.

use compact::json::{self, Raw};
use std::borrow::Cow;

/// An integer, if the value is exactly one.
pub(super) fn whole(raw: Raw<'_>) -> Option<i64> {
    let text = number_text(raw)?;
    if text.contains(['e', 'E']) {
        // Beyond this, floats cannot represent every integer.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let float = finite(&text)?;
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
        return (float.fract() == 0.0 && float.abs() < EXACT).then_some(float as i64);
    }
    let (digits, fraction) = text.split_once('.').unwrap_or((&text, ""));
    fraction.bytes().all(|digit| digit == b'0').then(|| digits.parse().ok()).flatten()
}

/// A finite number. Minus zero becomes zero.
pub(super) fn decimal(raw: Raw<'_>) -> Option<f64> {
    finite(&number_text(raw)?).map(|float| float + 0.0)
}

fn finite(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|float| float.is_finite())
}

/// The text of a number, from a JSON number or a string with nothing else.
fn number_text(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    let is_number = |text: &str| text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    if !raw.get().starts_with('"') {
        return Some(Cow::Borrowed(raw.get())).filter(|text| is_number(text));
    }
    let text = raw.read::<String>().ok()?.trim().to_owned();
    // JSON's own grammar: it has no "NaN", "inf", "+1", ".5" or "1_000".
    (is_number(&text) && json::from_str::<Raw<'_>>(&text).is_ok()).then_some(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Raw<'_> {
        json::from_str(json).expect("JSON")
    }

    #[test]
    fn integers_are_exact() {
        for (json, expected) in [
            ("30", 30),
            ("-7", -7),
            ("30.0", 30),
            ("\"30\"", 30),
            ("\" 30.00 \"", 30),
            ("3e2", 300),
            ("-0", 0),
            ("9223372036854775807", i64::MAX),
            ("9007199254740993.0", 9_007_199_254_740_993),
        ] {
            assert_eq!(whole(raw(json)), Some(expected), "{json}");
        }
        for json in [
            "30.5",
            "30.00000000000000000001",
            "9223372036854775808",
            "1e300",
            "9.5e0",
            "\"\"",
            "\"1,000\"",
            "\"0x1F\"",
            "\"+1\"",
            "\"1 2\"",
            "true",
            "null",
            "[1]",
            "{}",
        ] {
            assert_eq!(whole(raw(json)), None, "{json}");
        }
    }

    #[test]
    fn decimals_are_finite() {
        for (json, expected) in
            [("84.5", 84.5), ("30", 30.0), ("\"0.1\"", 0.1), ("1.0E7", 1e7), ("0.1383", 0.1383)]
        {
            assert_eq!(decimal(raw(json)), Some(expected), "{json}");
        }
        assert!(decimal(raw("-0.0")).is_some_and(f64::is_sign_positive));
        for json in ["\"NaN\"", "\"inf\"", "1e999", "\"-Infinity\"", "\".5\"", "\"5.\"", "false", "[]"] {
            assert_eq!(decimal(raw(json)), None, "{json}");
        }
    }
}
