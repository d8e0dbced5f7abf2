//! Explains errors in a JSON body to people; the parser's own texts are for programmers.

use super::problem::Problem;
use compact::json::{Error, Kind};

/// The problem for an error.
pub fn of(error: &Error) -> Problem {
    let (path, said) = (error.path(), error.message());
    if error.kind() == Kind::Syntax {
        return Problem::body(format!("the body is no JSON: {error}"));
    }
    if let Some((field, _)) = said.strip_prefix("missing field `").and_then(|rest| rest.split_once('`')) {
        return Problem::field(within(&path, field), "is required");
    }
    if let Some((field, _)) = said.strip_prefix("duplicate field `").and_then(|rest| rest.split_once('`')) {
        return Problem::field(within(&path, field), "is there twice");
    }
    let reason = in_words(said);
    if path.is_empty() { Problem::body(format!("the body {reason}")) } else { Problem::field(path, reason) }
}

fn within(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

fn in_words(said: &str) -> String {
    if let Some(rest) = said.strip_prefix("unknown field `") {
        return match rest.split_once("`, expected ") {
            Some((_, known)) => format!("is not known; known are {}", listed(known)),
            None => "is not known; there are no fields here".to_owned(),
        };
    }
    if let Some((_, known)) =
        said.strip_prefix("unknown variant `").and_then(|rest| rest.split_once("`, expected "))
    {
        return format!("must be one of {}", listed(known));
    }
    match said.rsplit_once(", expected ") {
        Some((_, kind)) => format!("must be {}", kind_in_words(kind)),
        None => "is not as it must be".to_owned(),
    }
}

/// The names in ``one of `a`, `b` `` and `` `a` or `b` `` without the backticks.
fn listed(known: &str) -> String {
    let names: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
    names.join(", ")
}

fn kind_in_words(kind: &str) -> String {
    let whole = |min: i128, max: i128| format!("a whole number from {min} to {max}");
    match kind {
        "i8" => whole(i8::MIN.into(), i8::MAX.into()),
        "i16" => whole(i16::MIN.into(), i16::MAX.into()),
        "i32" => whole(i32::MIN.into(), i32::MAX.into()),
        "i64" => "a whole number".to_owned(),
        "u8" => whole(0, u8::MAX.into()),
        "u16" => whole(0, u16::MAX.into()),
        "u32" => whole(0, u32::MAX.into()),
        "u64" | "usize" => "a whole number, 0 or more".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" | "a borrowed string" | "a character" => "a text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "unit" | "null" => "null".to_owned(),
        _ if kind == "a map" || kind.starts_with("struct ") => "a JSON object".to_owned(),
        _ => "of another kind".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::Value;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Sample {
        whole: Option<i32>,
        unsigned: Option<u32>,
        large: Option<i64>,
        number: Option<f64>,
        flag: Option<bool>,
        text: Option<String>,
        list: Option<Vec<i32>>,
        inner: Option<Inner>,
        either: Option<Either>,
        any: Option<Value>,
        word: Option<Word>,
        pair: Option<Pair>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Inner {
        needed: i32,
    }

    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    #[expect(dead_code, reason = "only read")]
    enum Either {
        Number(i64),
        Inner(Inner),
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        One,
        Two,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Pair(i32, i32);

    fn problem(text: &str) -> (Option<String>, String) {
        let error = compact::json::from_str::<Sample>(text).unwrap_err();
        let problem = super::of(&error);
        (problem.field, problem.detail)
    }

    #[test]
    fn what_is_wrong_is_told_in_words() {
        let whole = "must be a whole number from -2147483648 to 2147483647";
        for (text, field, detail) in [
            (r#"{"whole":"high"}"#, "whole", whole),
            (r#"{"whole":99999999999}"#, "whole", whole),
            (r#"{"whole":1.5}"#, "whole", whole),
            (r#"{"unsigned":-1}"#, "unsigned", "must be a whole number from 0 to 4294967295"),
            (r#"{"large":"x, expected y"}"#, "large", "must be a whole number"),
            (r#"{"number":[]}"#, "number", "must be a number"),
            (r#"{"flag":1}"#, "flag", "must be true or false"),
            (r#"{"text":1}"#, "text", "must be a text"),
            (r#"{"list":{}}"#, "list", "must be a list"),
            (r#"{"list":[1,"a"]}"#, "list[1]", whole),
            (r#"{"inner":5}"#, "inner", "must be a JSON object"),
            (r#"{"inner":{}}"#, "inner.needed", "is required"),
            (r#"{"inner":{"needed":null}}"#, "inner.needed", whole),
            (r#"{"whole":1,"whole":2}"#, "whole", "is there twice"),
            (r#"{"word":"three"}"#, "word", "must be one of one, two"),
        ] {
            assert_eq!(problem(text), (Some(field.to_owned()), detail.to_owned()), "{text}");
        }
        let (field, detail) = problem(r#"{"size":5}"#);
        assert_eq!(field.as_deref(), Some("size"));
        assert!(detail.starts_with("is not known; known are whole, unsigned, large"), "{detail}");
    }

    #[test]
    fn nothing_of_the_parsers_own_words_is_shown() {
        for text in [
            r#"{"either":"x"}"#,
            r#"{"pair":[1]}"#,
            r#"{"pair":7}"#,
            r#"{"any":1,"list":[[1]]}"#,
            r#"{"inner":[]}"#,
            "[]",
            "7",
        ] {
            let (field, detail) = problem(text);
            for word in ["i32", "i64", "struct", "expected", "untagged", "variant", "invalid", "tuple"] {
                assert!(!detail.contains(word), "{text}: {detail}");
            }
            assert!(field.as_ref().is_none_or(|field| !field.is_empty()), "{text}: {field:?}");
        }
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        for text in ["{\"whole\":1,}", "{\"whole\":", "{whole:1}", "{\"whole\":01}"] {
            let (field, detail) = problem(text);
            assert!(
                field.is_none() && detail.contains("no JSON") && detail.contains("line 1 column"),
                "{detail}"
            );
        }
    }
}
