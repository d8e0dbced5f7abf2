//! Schedules as lines of CSV (RFC 4180).

use crate::http::problem::Problem;
use csv_core::{ReadRecordResult, ReaderBuilder};
use sync_flow::schedules::{
    patch::{SchedulePatch, campaign_id},
    rejection::{ALLOWED_VALUES, ScheduleRejection},
};

/// Most lines of schedules in one body.
pub const LINES_MAX: usize = 1_000;
/// The columns by name; the first ones are required.
const COLUMNS: [&str; 11] = [
    "campaign_id",
    "hour_start",
    "hour_end",
    "budget",
    "minute_start",
    "minute_end",
    "days_of_week",
    "specific_dates",
    "restore",
    "unlimited",
    "is_active",
];
/// The number of required columns.
const REQUIRED: usize = 4;

/// One non-empty line.
#[derive(Debug, PartialEq)]
pub struct Line {
    /// Its number in the text, from 1.
    pub number: usize,
    /// The campaign, if it can be read.
    pub campaign_id: Option<i64>,
    /// The schedule that the line describes.
    pub patch: Result<SchedulePatch, ScheduleRejection>,
}

struct Record {
    number: usize,
    cells: Vec<String>,
}

/// Reads the lines after the header.
pub fn read(text: &str) -> Result<Vec<Line>, Problem> {
    let mut records = records(text).into_iter();
    let header = records.next().ok_or_else(|| Problem::body("there is no header line"))?;
    let columns = columns(&header.cells)?;
    let records: Vec<Record> = records.collect();
    if records.is_empty() {
        return Err(Problem::body("there is no line after the header"));
    }
    if records.len() > LINES_MAX {
        return Err(Problem::body(format!("{} lines; allowed are at most {LINES_MAX}", records.len())));
    }
    let decimal = if has_semicolons(text) { ',' } else { '.' };
    Ok(records.iter().map(|record| line(record, &columns, decimal)).collect())
}

/// Whether semicolons separate the cells, as in spreadsheets with decimal commas. No column's name contains either.
fn has_semicolons(text: &str) -> bool {
    let header = text.trim_start_matches(['\u{feff}', '\r', '\n']).lines().next().unwrap_or_default();
    header.contains(';') && !header.contains(',')
}

fn records(text: &str) -> Vec<Record> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = ReaderBuilder::new().delimiter(if has_semicolons(text) { b';' } else { b',' }).build();
    let (mut cells, mut ends) = (vec![0; text.len() + 1], vec![0; text.len() + 1]);
    let (mut rest, mut number, mut found) = (text.as_bytes(), 1, Vec::new());
    loop {
        let ends_of_lines = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (skipped, after) = rest.split_at(ends_of_lines);
        number += count_lines(skipped);
        let (mut filled, mut count) = (0, 0);
        rest = after;
        let start = number;
        loop {
            let (to, to_ends) = (cells.get_mut(filled..), ends.get_mut(count..));
            let (result, read, written, ended) =
                reader.read_record(rest, to.unwrap_or_default(), to_ends.unwrap_or_default());
            number += count_lines(rest.get(..read).unwrap_or_default());
            (rest, filled, count) = (rest.get(read..).unwrap_or_default(), filled + written, count + ended);
            match result {
                // The text has ended: the next call decides what becomes of the record.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record => break,
                // The buffers have room for the whole text.
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull | ReadRecordResult::End => {
                    return found;
                }
            }
        }
        let mut from = 0;
        let cells = ends.get(..count).unwrap_or_default().iter().map(|end| {
            let cell = cells.get(from..*end).unwrap_or_default();
            from = *end;
            String::from_utf8_lossy(cell).trim().to_owned()
        });
        found.push(Record { number: start, cells: cells.collect() });
    }
}

fn count_lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

/// The index of each column in [`COLUMNS`].
fn columns(header: &[String]) -> Result<[Option<usize>; COLUMNS.len()], Problem> {
    let refused = |field: &str, rule, reason: &str| Problem::field(field, reason).by_rule(rule);
    for (place, name) in header.iter().enumerate() {
        if !COLUMNS.contains(&name.as_str()) {
            let name: String = name.chars().take(60).collect();
            let reason = format!("is no column; allowed are {}", COLUMNS.join(", "));
            return Err(refused(&name, "unknown_column", &reason));
        }
        if header.iter().take(place).any(|other| other == name) {
            return Err(refused(name, "unknown_column", "is there twice"));
        }
    }
    let columns = COLUMNS.map(|name| header.iter().position(|other| other == name));
    match COLUMNS.iter().zip(&columns).take(REQUIRED).find(|(_, place)| place.is_none()) {
        Some((name, _)) => Err(refused(name, "required", "the header has no such column")),
        None => Ok(columns),
    }
}

fn line(record: &Record, columns: &[Option<usize>; COLUMNS.len()], decimal: char) -> Line {
    let cell = |name: &str| {
        let place =
            COLUMNS.iter().position(|column| *column == name).and_then(|column| *columns.get(column)?);
        let cell = place.and_then(|place| record.cells.get(place)).map(String::as_str);
        cell.filter(|cell| !cell.is_empty())
    };
    let campaign = cell("campaign_id").map(campaign_id);
    let known = campaign.as_ref().and_then(|id| id.as_ref().ok()).copied();
    let width = columns.iter().flatten().count();
    let patch = if record.cells.len() == width {
        campaign
            .unwrap_or_else(|| Err(ScheduleRejection::malformed("campaign_id", "required", "is required")))
            .and_then(|id| Ok(SchedulePatch { campaign_id: Some(id), ..patch(&cell, decimal)? }))
    } else {
        let reason = format!("{} cells; the header has {width}", record.cells.len());
        Err(ScheduleRejection::malformed("line", "columns", reason))
    };
    Line { number: record.number, campaign_id: known, patch }
}

fn patch<'a>(
    cell: &impl Fn(&str) -> Option<&'a str>,
    decimal: char,
) -> Result<SchedulePatch, ScheduleRejection> {
    let whole = |name| cell(name).map(|text| number(name, text)).transpose();
    let flag = |name| cell(name).map(|text| truth(name, text)).transpose();
    let days =
        cell("days_of_week").map(|text| items(text).map(|item| number("days_of_week", item)).collect());
    Ok(SchedulePatch {
        campaign_id: None,
        campaign_name: None,
        ad_type: None,
        hour_start: whole("hour_start")?,
        minute_start: whole("minute_start")?,
        hour_end: whole("hour_end")?,
        minute_end: whole("minute_end")?,
        // A point may then separate thousands, which makes the amount invalid.
        budget: cell("budget").map(|text| text.replace(decimal, ".")),
        days_of_week: days.transpose()?.map(Some),
        specific_dates: cell("specific_dates").map(|text| Some(items(text).map(str::to_owned).collect())),
        restore: flag("restore")?,
        unlimited: flag("unlimited")?,
        is_active: flag("is_active")?,
    })
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ';']).filter(|item| !item.is_empty())
}

fn number(field: &str, text: &str) -> Result<i32, ScheduleRejection> {
    let reason = || format!("'{}' is no whole number", text.chars().take(60).collect::<String>());
    text.parse().map_err(|_| ScheduleRejection::malformed(field, ALLOWED_VALUES, reason()))
}

fn truth(field: &str, text: &str) -> Result<bool, ScheduleRejection> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(ScheduleRejection::malformed(field, ALLOWED_VALUES, "must be true or false")),
    }
}

#[cfg(test)]
#[path = "csv_tests.rs"]
mod tests;
