//! The reader against serde_json: the same values, and errors that say the same.

use compact::{
    SortedMap,
    json::{self, Kind, Raw},
};
use proptest::{collection, prelude::*};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{borrow::Cow, collections::BTreeMap, fmt::Debug};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Sample {
    id: i64,
    small: u8,
    share: f64,
    is_active: bool,
    name: String,
    letter: char,
    maybe: Option<i32>,
    #[serde(default)]
    list: Vec<u32>,
    pair: (i32, String),
    triple: Triple,
    wrapped: Wrapped,
    nothing: (),
    by_id: BTreeMap<i64, Word>,
    by_word: SortedMap<Word, u32>,
    shape: Shape,
    any: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Triple(u8, i16, u64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Wrapped(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    One,
    TwoThree,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Point,
    Circle(f64),
    Line(i32, i32),
    Box { width: u32, height: Option<u32> },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    known: Option<i32>,
    #[serde(default)]
    inner: Vec<Inner>,
    word: Option<Word>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Inner {
    needed: i32,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Borrowing<'a> {
    #[serde(borrow)]
    plain: Cow<'a, str>,
    #[serde(borrow)]
    raw: Raw<'a>,
}

fn same<T: DeserializeOwned + PartialEq + Debug>(text: &str) {
    match (json::from_str::<T>(text), serde_json::from_str::<T>(text)) {
        (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs, "{text}"),
        (Err(ours), Err(theirs)) => {
            assert_eq!(ours.kind() == Kind::Data, theirs.is_data(), "{text}: {ours} and {theirs}");
            let place = format!(" at line {} column {}", theirs.line(), theirs.column());
            let said = theirs.to_string();
            if theirs.is_data() {
                assert_eq!(ours.message(), said.strip_suffix(&place).unwrap_or(&said), "{text}");
            }
        }
        (ours, theirs) => panic!("{text}: {ours:?} and {theirs:?}"),
    }
}

fn sample() -> impl Strategy<Value = Sample> {
    let words = prop_oneof![Just(Word::One), Just(Word::TwoThree)];
    let shape = prop_oneof![
        Just(Shape::Point),
        any::<i32>().prop_map(|n| Shape::Circle(f64::from(n) / 8.0)),
        any::<(i32, i32)>().prop_map(|(a, b)| Shape::Line(a, b)),
        any::<(u32, Option<u32>)>().prop_map(|(width, height)| Shape::Box { width, height }),
    ];
    let numbers = (any::<i64>(), any::<u8>(), any::<i32>(), any::<bool>(), any::<Option<i32>>());
    let texts = (any::<String>(), any::<char>(), any::<String>());
    let lists =
        (collection::vec(any::<u32>(), 0..4), collection::btree_map(any::<i64>(), words.clone(), 0..4));
    let maps = (collection::btree_map(words, any::<u32>(), 0..3), shape, any::<(u8, i16, u64)>());
    (numbers, texts, lists, maps).prop_map(
        |(
            (id, small, share, is_active, maybe),
            (name, letter, text),
            (list, by_id),
            (by_word, shape, triple),
        )| Sample {
            id,
            small,
            share: f64::from(share) / 1000.0,
            is_active,
            any: serde_json::json!([{ &name: id, "b": [maybe, is_active] }, &text]),
            wrapped: Wrapped(name.clone()),
            name,
            letter,
            maybe,
            list,
            pair: (share, text),
            triple: Triple(triple.0, triple.1, triple.2),
            nothing: (),
            by_id,
            by_word: by_word.into_iter().collect(),
            shape,
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read(sample in sample(), is_pretty: bool) {
        let text = if is_pretty { serde_json::to_string_pretty(&sample) } else { serde_json::to_string(&sample) };
        let text = text.unwrap();
        prop_assert_eq!(json::from_str::<Sample>(&text).unwrap(), sample);
        same::<Value>(&text);
    }

    #[test]
    fn what_is_damaged_is_refused_alike(sample in sample(), at: prop::sample::Index, with in r#"[\[\]{}",:0-9a-z\\ -]{0,2}"#) {
        let mut text = serde_json::to_string(&sample).unwrap();
        let at = at.index(text.len());
        if text.is_char_boundary(at) && text.is_char_boundary(at + 1) {
            text.replace_range(at..=at, &with);
            let (ours, theirs) = (json::from_str::<Sample>(&text), serde_json::from_str::<Sample>(&text));
            prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{}: {:?} and {:?}", text, ours, theirs);
            prop_assert_eq!(json::from_str::<Value>(&text).is_ok(), serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
        }
    }

    #[test]
    fn any_text_is_refused_or_read_alike(text in r#"[\[\]{}",:0-9truefalsn.eE+\\ -]{0,12}"#) {
        same::<Value>(&text);
    }
}

#[test]
fn errors_say_what_serde_json_says() {
    for text in [
        r#"{"known":"x"}"#,
        r#"{"known":1.5}"#,
        r#"{"known":99999999999}"#,
        r#"{"known":true}"#,
        r#"{"known":[]}"#,
        r#"{"inner":{}}"#,
        r#"{"inner":[{}]}"#,
        r#"{"inner":[{"needed":null}]}"#,
        r#"{"known":1,"known":2}"#,
        r#"{"word":"three"}"#,
        r#"{"word":{"three":1}}"#,
        r#"{"size":5}"#,
        "7",
        "null",
        r#"{"known":1,}"#,
        r#"{"known":"#,
        "{known:1}",
        r#"{"known":01}"#,
        r#"{"known":1}}"#,
        "",
        "{",
        "[]x",
    ] {
        if text != "[]x" {
            same::<Strict>(text);
        }
        same::<Value>(text);
    }
    for text in [
        r#"{"line":[1]}"#,
        r#"{"line":[1,2]}"#,
        r#""line""#,
        r#"{"point":null}"#,
        r#"{"point":1}"#,
        r#""circle""#,
    ] {
        assert_eq!(
            json::from_str::<Shape>(text).is_ok(),
            serde_json::from_str::<Shape>(text).is_ok(),
            "{text}"
        );
    }
}

#[test]
fn errors_know_their_path_and_place() {
    let error = json::from_str::<Strict>("{\"known\":1,\n \"inner\":[{\"needed\":1},{\"needed\":\"x\"}]}")
        .unwrap_err();
    assert_eq!((error.path().as_str(), error.line()), ("inner[1].needed", 2));
    assert!(error.to_string().ends_with(&format!("at line 2 column {}", error.column())), "{error}");
    for (text, path) in [
        (r#"{"size":5}"#, "size"),
        (r#"{"inner":[{}]}"#, "inner[0]"),
        ("[]", ""),
        (r#"{"word":"x"}"#, "word"),
    ] {
        assert_eq!(json::from_str::<Strict>(text).unwrap_err().path(), path, "{text}");
    }
}

#[test]
fn a_number_in_the_place_of_a_word_is_json() {
    assert!(serde_json::from_str::<Word>("7").unwrap_err().is_syntax());
    assert_eq!(json::from_str::<Word>("7").unwrap_err().kind(), Kind::Data);
}

#[test]
fn a_struct_is_an_object_only() {
    assert!(serde_json::from_str::<Inner>("[1]").is_ok());
    assert_eq!(json::from_str::<Inner>("[1]").unwrap_err().kind(), Kind::Data);
}

#[test]
fn texts_are_borrowed_where_they_can_be() {
    let text = r#"{"plain":"abc", "raw" : {"a": [1, "]\"" ]} }"#;
    let read: Borrowing<'_> = json::from_str(text).unwrap();
    assert!(matches!(read.plain, Cow::Borrowed("abc")));
    assert_eq!(read.raw.get(), r#"{"a": [1, "]\"" ]}"#);
}

#[test]
fn escapes_are_undone_and_damaged_ones_refused() {
    for text in [
        r#""\"\\\/\b\f\n\r\t""#,
        r#""\u00e9\ud83d\ude00x""#,
        r#""\ud83d""#,
        r#""\ud83dx""#,
        r#""\ud83d\u0041""#,
        r#""\ude00""#,
        r#""\u12""#,
        r#""\u12g4""#,
        r#""\u+123""#,
        r#""\x""#,
        "\"\u{1}\"",
        "\"\u{7f}é\"",
        r#""\"#,
        r#""\u00e"é"#,
    ] {
        same::<String>(text);
        same::<Value>(text);
    }
}

#[test]
fn deep_nesting_is_refused() {
    for depth in [100, 127, 128, 200_000] {
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(
            json::from_str::<Value>(&text).is_ok(),
            serde_json::from_str::<Value>(&text).is_ok(),
            "{depth}"
        );
        assert_eq!(json::from_str::<Raw<'_>>(&text).is_ok(), depth < 128, "{depth}");
    }
}
