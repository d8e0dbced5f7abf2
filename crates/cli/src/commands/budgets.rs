//! `apishopee budgets`

use crate::{
    arguments::BudgetsCommand,
    client::part,
    failure::Failure,
    output::{self, Column, Format, moment, text},
    session::Session,
};
use api::budget::{
    csv::{Line, Lines},
    preview::{Preview, PreviewHour},
    rules::Rules,
    run::{BudgetLog, BudgetResult, RunBudgets, StopBudgets},
    schedule::Schedule,
};
use serde_json::{Value, json};
use std::{
    fs,
    io::{self, Read},
    path::Path,
};

/// Largest file, in bytes: what the server takes.
const FILE_BYTES_MAX: u64 = 64 * 1024;

pub fn run(session: &Session, command: BudgetsCommand) -> Result<(), Failure> {
    let Session { client, format } = session;
    match command {
        BudgetsCommand::List { shop, campaign, limit } => {
            let query = [("campaign_id", campaign.map(|id| id.to_string()))];
            let items = client.list(&format!("/v1/shops/{shop}/budget-schedules"), &query, limit)?;
            output::rows(*format, &items, &schedule_columns())
        }
        BudgetsCommand::Csv { shop, file, dry_run, yes } => csv(session, shop, &file, dry_run, yes),
        BudgetsCommand::Delete { id, dry_run, yes } => delete(session, &id, dry_run, yes),
        BudgetsCommand::Preview { shop, campaign, days } => preview(session, shop, campaign, days),
        BudgetsCommand::Run { shop, dry_run, yes } => run_now(session, shop, dry_run, yes),
        BudgetsCommand::Logs { shop, limit } => {
            let items = client.list(&format!("/v1/shops/{shop}/budget-logs"), &[], limit)?;
            output::rows(*format, &items, &log_columns())
        }
        BudgetsCommand::Rules => {
            output::rows(*format, &client.list("/v1/budget-rules", &[], usize::MAX)?, &rule_columns())
        }
        BudgetsCommand::Stop { shop, dry_run, yes } => stop(session, shop, dry_run, yes),
    }
}

fn clock(hour: i32, minute: i32) -> String {
    format!("{hour:02}:{minute:02}")
}

fn amount(schedule: &Schedule) -> String {
    if schedule.unlimited { "unlimited".to_owned() } else { text(schedule.budget.as_ref()) }
}

fn days(schedule: &Schedule) -> String {
    const NAMES: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    match (&schedule.specific_dates, &schedule.days_of_week) {
        (Some(dates), _) => dates.join(" "),
        (None, Some(days)) => {
            let name = |day: &i32| usize::try_from(*day).ok().and_then(|day| NAMES.get(day).copied());
            days.iter().filter_map(name).collect::<Vec<_>>().join(" ")
        }
        (None, None) => "every day".to_owned(),
    }
}

fn schedule_columns() -> [Column<Schedule>; 8] {
    [
        Column("id", |row| row.id.clone()),
        Column("campaign", |row| row.campaign_id.to_string()),
        Column("from", |row| clock(row.hour_start, row.minute_start)),
        Column("to", |row| clock(row.hour_end, row.minute_end)),
        Column("budget", amount),
        Column("days", days),
        Column("active", |row| if row.is_active { "yes".to_owned() } else { "no".to_owned() }),
        Column("problem", |row| {
            row.problem
                .as_ref()
                .map(|problem| format!("{}: {}", problem.field, problem.reason))
                .unwrap_or_default()
        }),
    ]
}

fn csv(session: &Session, shop: i64, file: &Path, dry_run: bool, yes: bool) -> Result<(), Failure> {
    let wrong = |error: io::Error| Failure::usage(format!("{}: {error}", file.display()));
    let mut content = String::new();
    let source: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(fs::File::open(file).map_err(wrong)?)
    };
    source.take(FILE_BYTES_MAX + 1).read_to_string(&mut content).map_err(wrong)?;
    if content.len() as u64 > FILE_BYTES_MAX {
        return Err(Failure::usage(format!(
            "{}: has more than {FILE_BYTES_MAX} bytes; split it",
            file.display()
        )));
    }
    let path = format!("/v1/shops/{shop}/budget-schedules/csv");
    let post =
        |dry_run: &str| session.client.post_text::<Value>(&format!("{path}{dry_run}"), "text/csv", &content);
    // What would become of the lines is known before anybody is asked.
    let tried = post("?dry_run=true").inspect_err(|refused| show_refused(session, &refused.lines))?;
    let lines = tried["lines"].as_array().cloned().unwrap_or_default();
    if dry_run {
        return show_lines(session, tried, &lines);
    }
    output::confirm(&format!("make {} schedules for shop {shop}", lines.len()), yes)?;
    let made = post("")?;
    let lines = made["lines"].as_array().cloned().unwrap_or_default();
    show_lines(session, made, &lines)
}

/// The refusal itself is shown after them.
fn show_refused(session: &Session, lines: &[Line]) {
    let lines: Vec<Value> = lines.iter().filter_map(|line| serde_json::to_value(line).ok()).collect();
    if !lines.is_empty() {
        // What cannot be shown here is shown by the refusal.
        drop(output::rows(session.format, &lines, &line_columns()));
    }
}

fn show_lines(session: &Session, answer: Value, lines: &[Value]) -> Result<(), Failure> {
    if session.format == Format::Json {
        return output::one(session.format, answer, |_: &Lines| String::new());
    }
    output::rows(session.format, lines, &line_columns())
}

fn line_columns() -> [Column<Line>; 5] {
    [
        Column("line", |line| line.line.to_string()),
        Column("campaign", |line| text(line.campaign_id.as_ref())),
        Column("verdict", |line| line.status.clone()),
        Column("field", |line| text(line.field.as_ref())),
        Column("why", |line| text(line.reason.as_ref())),
    ]
}

fn delete(session: &Session, id: &str, dry_run: bool, yes: bool) -> Result<(), Failure> {
    let path = format!("/v1/budget-schedules/{}", part(id));
    let schedule: Value = session.client.get(&path, &[])?;
    let words = |row: &Schedule| {
        let (from, to) = (clock(row.hour_start, row.minute_start), clock(row.hour_end, row.minute_end));
        format!("{} for campaign {} from {from} to {to}, {}", amount(row), row.campaign_id, days(row))
    };
    if dry_run {
        return output::one(session.format, schedule, |row: &Schedule| {
            format!("would delete: {}", words(row))
        });
    }
    let known: Schedule = output::typed(schedule)?;
    output::confirm(&format!("delete the schedule: {}", words(&known)), yes)?;
    let done: Value = session.client.delete(&path, &json!({}))?;
    output::one(session.format, done, |_: &Value| format!("deleted: {}", words(&known)))
}

fn preview(session: &Session, shop: i64, campaign: Option<i64>, days: u32) -> Result<(), Failure> {
    let query = [("campaign_id", campaign.map(|id| id.to_string())), ("days", Some(days.to_string()))];
    let answer: Value = session.client.get(&format!("/v1/shops/{shop}/budget-preview"), &query)?;
    output::one(session.format, answer, |preview: &Preview| {
        let mut lines = vec![format!("the shop's clock: {}", preview.local_time)];
        for campaign in &preview.items {
            lines.push(format!(
                "campaign {} {}",
                campaign.campaign_id,
                text(campaign.campaign_name.as_ref())
            ));
            for date in &campaign.dates {
                // Hours that follow one another in one slot are one line.
                let mut slots: Vec<(String, String, &PreviewHour)> = Vec::new();
                for hour in &date.hours {
                    match slots.last_mut() {
                        Some((_, end, slot))
                            if *end == hour.start && slot.schedule_id == hour.schedule_id =>
                        {
                            end.clone_from(&hour.end);
                        }
                        _ => slots.push((hour.start.clone(), hour.end.clone(), hour)),
                    }
                }
                for (start, end, hour) in slots {
                    let budget = if hour.unlimited { "unlimited" } else { &hour.budget };
                    lines.push(format!("  {} {start} to {end}  {budget}", date.date));
                }
            }
            for bad in &campaign.unusable {
                lines.push(format!(
                    "  schedule {} cannot be used: {}: {}",
                    bad.schedule_id, bad.field, bad.reason
                ));
            }
        }
        lines.join("\n")
    })
}

fn run_now(session: &Session, shop: i64, dry_run: bool, yes: bool) -> Result<(), Failure> {
    if !dry_run {
        output::confirm(&format!("write the budgets of shop {shop} that are due, at Shopee"), yes)?;
    }
    let request = RunBudgets { dry_run, schedule_id: None, minutes: None };
    let answer: Value = session.client.post(&format!("/v1/shops/{shop}/budgets/run"), &request)?;
    if session.format == Format::Json {
        output::line(&answer.to_string());
        return Ok(());
    }
    let columns: [Column<BudgetResult>; 5] = [
        Column("campaign", |row| row.campaign_id.to_string()),
        Column("old", |row| text(row.old_budget.as_ref())),
        Column("new", |row| row.new_budget.clone()),
        Column("status", |row| row.status.clone()),
        Column("why", |row| text(row.reason.as_ref())),
    ];
    output::rows(session.format, answer["results"].as_array().map_or(&[], Vec::as_slice), &columns)
}

fn log_columns() -> [Column<BudgetLog>; 6] {
    [
        Column("at", |row| moment(Some(row.executed_at_ms))),
        Column("campaign", |row| row.campaign_id.to_string()),
        Column("old", |row| text(row.old_budget.as_ref())),
        Column("new", |row| text(row.new_budget.as_ref())),
        Column("status", |row| row.status.clone()),
        Column("why", |row| text(row.error_message.as_ref())),
    ]
}

fn rule_columns() -> [Column<Rules>; 6] {
    [
        Column("of", |row| match (row.shop_id, row.region.as_str()) {
            (0, "") => "the deployment".to_owned(),
            (0, region) => format!("region {region}"),
            (shop, _) => format!("shop {shop}"),
        }),
        Column("floor", |row| text(row.floor.as_ref())),
        Column("ceiling", |row| text(row.ceiling.as_ref())),
        Column("shop a day", |row| text(row.shop_daily_total.as_ref())),
        Column("enabled", |row| text(row.enabled.as_ref())),
        Column("dry run", |row| text(row.dry_run.as_ref())),
    ]
}

fn stop(session: &Session, shop: Option<i64>, dry_run: bool, yes: bool) -> Result<(), Failure> {
    let what = shop.map_or_else(|| "all shops".to_owned(), |shop| format!("shop {shop}"));
    if dry_run {
        let would = json!({ "dry_run": true, "shop_id": shop });
        let words = format!("would stop writing budgets of {what}, until an admin enables them again");
        return output::one(session.format, would, |_: &Value| words.clone());
    }
    output::confirm(&format!("stop writing budgets of {what}"), yes)?;
    let stopped: Value = session.client.post("/v1/budget-rules/stop", &StopBudgets { shop_id: shop })?;
    output::one(session.format, stopped, |_: &Rules| format!("budgets of {what} are not written any more"))
}
