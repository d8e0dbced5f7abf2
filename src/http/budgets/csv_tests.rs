use super::*;
use crate::http::problem::More;

const HEADER: &str = "campaign_id,hour_start,hour_end,budget";

fn lines(text: &str) -> Vec<Line> {
    read(text).unwrap()
}

fn refused(text: &str) -> (String, String) {
    let problem = read(text).unwrap_err();
    let rule = match problem.more.as_deref() {
        Some(More::Rule(rule)) => (*rule).to_owned(),
        _ => String::new(),
    };
    (problem.field.unwrap_or(problem.detail), rule)
}

fn why(line: &Line) -> (&str, &'static str) {
    let refused = line.patch.as_ref().unwrap_err();
    (refused.field.as_str(), refused.rule)
}

#[test]
fn every_column_is_read_in_any_order() {
    let text = "is_active,budget,campaign_id,hour_end,minute_end,hour_start,minute_start,days_of_week,specific_dates,restore\r\n\
        false,\"45.50\",7,10,30,8,15,1;2 3,\"2026-03-01;2026-03-02\",TRUE\r\n";
    let expected = SchedulePatch {
        campaign_id: Some(7),
        hour_start: Some(8),
        minute_start: Some(15),
        hour_end: Some(10),
        minute_end: Some(30),
        budget: Some("45.50".to_owned()),
        days_of_week: Some(Some(vec![1, 2, 3])),
        specific_dates: Some(Some(vec!["2026-03-01".to_owned(), "2026-03-02".to_owned()])),
        restore: Some(true),
        is_active: Some(false),
        ..SchedulePatch::default()
    };
    assert_eq!(lines(text), [Line { number: 2, campaign_id: Some(7), patch: Ok(expected) }]);
}

#[test]
fn semicolons_and_decimal_commas_are_read() {
    for (amount, read) in [("45,50", "45.50"), ("45", "45"), ("45.5", "45.5"), ("1.234,50", "1.234.50")] {
        let text = format!(
            "\u{feff}campaign_id;hour_start;hour_end;budget;days_of_week\r\n7;8;9;{amount};\"1;2\"\r\n8;8;9;3;1 2\r\n"
        );
        let lines = lines(&text);
        let first = lines[0].patch.as_ref().unwrap();
        assert_eq!((lines[0].campaign_id, first.budget.as_deref()), (Some(7), Some(read)));
        assert_eq!((lines.len(), &first.days_of_week), (2, &Some(Some(vec![1, 2]))));
    }
    // Between commas, a quoted comma is not a decimal comma: it may separate thousands.
    let lines = lines(&format!("{HEADER}\n7,8,9,\"1,234\"\n"));
    assert_eq!(lines[0].patch.as_ref().unwrap().budget.as_deref(), Some("1,234"));
    assert_eq!(refused("campaign_id;hour_start,hour_end;budget\n").1, "unknown_column");
}

#[test]
fn empty_cells_say_nothing_and_lines_keep_their_numbers() {
    for end in ["\n", "\r\n"] {
        let text = [
            "\u{feff}campaign_id, hour_start ,hour_end,budget,days_of_week",
            "7,8,9,1,",
            "",
            "\"8\",8,9,2,\"1",
            "2\"",
            "9,8,9,3,",
        ]
        .join(end);
        for text in [text.clone(), text + end] {
            let lines = lines(&text.replace("\"1\r\n2\"", "\"1\n2\""));
            let seen: Vec<_> = lines.iter().map(|line| (line.number, line.campaign_id)).collect();
            assert_eq!(seen, [(2, Some(7)), (4, Some(8)), (6, Some(9))]);
            assert_eq!(lines[0].patch.as_ref().unwrap().days_of_week, None);
            assert_eq!(why(&lines[1]), ("days_of_week", ALLOWED_VALUES));
        }
    }
}

#[test]
fn a_line_that_cannot_be_read_says_why() {
    for (line, field, rule) in [
        ("7,8,9", "line", "columns"),
        ("7,8,9,1,2", "line", "columns"),
        ("7,8,9,\"1", "budget", ""),
        (",8,9,1", "campaign_id", "required"),
        ("-7,8,9,1", "campaign_id", ALLOWED_VALUES),
        ("x,8,9,1", "campaign_id", ALLOWED_VALUES),
        ("7,eight,9,1", "hour_start", ALLOWED_VALUES),
        ("7,8,9.5,1", "hour_end", ALLOWED_VALUES),
        ("\"7,8,9,1", "line", "columns"),
    ] {
        let lines = lines(&format!("{HEADER}\n{line}\n"));
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        if rule.is_empty() {
            assert!(line.patch.is_ok(), "an amount is judged where all amounts are: {field}");
        } else {
            assert_eq!(why(line), (field, rule));
        }
    }
}

#[test]
fn a_text_that_is_no_table_is_refused() {
    let named = |field: &str, rule: &str| (field.to_owned(), rule.to_owned());
    assert_eq!(refused("campaign_id,hour_start,hour_end\n7,8,9\n"), named("budget", "required"));
    assert_eq!(refused("campaign_id,hours\n7,8\n"), named("hours", "unknown_column"));
    assert_eq!(refused(&format!("{HEADER},budget\n")), named("budget", "unknown_column"));
    assert_eq!(refused("").1, "");
    assert_eq!(refused(&format!("{HEADER}\n")).1, "");
    let most = "7,8,9,1\n".repeat(LINES_MAX);
    assert_eq!(lines(&format!("{HEADER}\n{most}")).len(), LINES_MAX);
    assert!(refused(&format!("{HEADER}\n{most}7,8,9,1\n")).0.contains("at most"));
}
