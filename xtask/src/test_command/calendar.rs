//! Runs the tests that depend on the clock at critical points of the calendar. Manually, for any other time:
//! `TEST_CLOCK_MS=<unix milliseconds> cargo test -p mock-shopee --test http`.

use super::{
    at_once::Job,
    programs::{Program, Programs},
};
use crate::{
    setup::Tools,
    stack::{self, FakeClock, Reaper, pooler::Pooler, postgres::Postgres},
    step,
};
use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};

/// Times in UTC at which all of these tests run.
const TIMES: [&str; 5] = [
    // One second before the new year in UTC.
    "2026-12-31T23:59:59Z",
    // The end of a leap day in Brazil.
    "2028-03-01T02:59:59Z",
    // Chile's repeated hour, and its skipped midnight.
    "2027-04-04T03:30:00Z",
    "2027-09-05T04:00:00Z",
    // A day of the month that did not exist six months earlier.
    "2027-10-31T03:00:00Z",
];
/// Further times for the fake platform only, since the stack takes long to start.
const MORE_TIMES: [&str; 5] = [
    // One second before the new year in Vietnam and in Brazil.
    "2026-12-31T16:59:59Z",
    "2027-01-01T02:59:59Z",
    // The end of February in Brazil, and of a leap day in Singapore, whose time zone the day quota uses.
    "2027-03-01T02:59:59Z",
    "2028-02-29T15:59:59Z",
    // Another day of the month that did not exist six months earlier.
    "2027-08-31T12:00:00Z",
];
/// How far ahead of a time the stack's clock is set: roughly its start-up time.
const START_UP: TimeDelta = TimeDelta::seconds(12);
/// End-to-end tests that depend on the date: suite and filter.
const STACK_TESTS: [(&str, &str); 2] = [("truth", "days::"), ("budgets", "slots::")];
/// Times shortly before a day ends, which it does during the tests against Postgres.
const MIDNIGHTS: [&str; 2] = ["2028-02-29T23:59:58Z", "2028-03-01T02:59:58Z"];
/// Filters of the tests that depend on Postgres' clock.
const POSTGRES_TESTS: [&str; 4] = ["cadence::", "retention::", "shops::a_shop", "schedules::what"];

/// Runs the tests of the fake platform, which set its clock, at each time.
///
/// # Errors
/// A test fails.
pub fn fake_platform(programs: &Programs) -> Result<()> {
    let program = programs.find("crates/mock-shopee", "http")?;
    TIMES.iter().chain(&MORE_TIMES).try_for_each(|time| {
        let time_utc: DateTime<Utc> = time.parse()?;
        let mut command = program.command();
        command.env("TEST_CLOCK_MS", time_utc.timestamp_millis().to_string());
        step::step(&format!("the fake platform at {time}"), || step::run(&mut command)).map(drop)
    })
}

/// Runs the tests that depend on Postgres' clock at the end of a day. Returns `None` without libfaketime.
///
/// # Errors
/// A server does not start, or a test fails.
pub async fn postgres(tools: &Tools, programs: &Programs) -> Result<Option<()>> {
    let store_tests = programs.find("tests/store", "store_tests")?;
    let folder = stack::folder()?;
    let Some(clock) = FakeClock::find(folder.path())? else { return Ok(None) };
    let reaper = Reaper::start(folder.path())?;
    let postgres = Postgres::start_with(folder.path(), &reaper, Some(clock.clone())).await?;
    let program = tools.pgbouncer.as_ref().context("pgbouncer is missing")?;
    let pooler = Pooler::start(program, folder.path(), &postgres, &reaper).await?;
    let tested = MIDNIGHTS.iter().try_for_each(|time| {
        let mut command = store_tests.command();
        command
            .args(POSTGRES_TESTS)
            .env("TEST_DATABASE_URL", postgres.url("postgres"))
            .env("TEST_PGBOUNCER_URL", pooler.url("postgres"));
        clock.set(time.parse()?)?;
        step::step(&format!("the store at {time}"), || step::run(&mut command)).map(drop)
    });
    pooler.stop().await;
    postgres.stop().await;
    tested.map(Some)
}

/// The tests of the whole stack that depend on the date, at each time, all of whose components use the same fake clock.
/// `None` without libfaketime. Manually, for any test: `TEST_MOMENT=2028-02-29T23:59:50Z cargo test -p e2e --test truth`.
///
/// # Errors
/// There is no such test.
pub fn whole_stack(e2e: &[Program]) -> Result<Option<Vec<Job>>> {
    let folder = stack::folder()?;
    if FakeClock::find(folder.path())?.is_none() {
        return Ok(None);
    }
    let mut jobs = Vec::new();
    for time in TIMES {
        let start: DateTime<Utc> = time.parse::<DateTime<Utc>>()? - START_UP;
        for (suite, tests) in STACK_TESTS {
            let program = e2e.iter().find(|program| program.target == suite);
            let mut command = program.with_context(|| format!("there is no suite {suite}"))?.command();
            command.arg(tests).env("TEST_MOMENT", start.to_rfc3339());
            jobs.push((format!("{suite} of the stack at {time}"), command));
        }
    }
    Ok(Some(jobs))
}
