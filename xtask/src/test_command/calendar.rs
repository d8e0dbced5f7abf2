//! The tests that look at a clock, at moments of the calendar that break careless code. All days of a year by hand:
//! `TEST_CLOCK_MS=<unix milliseconds> cargo test -p mock-shopee --test http`.

use crate::{
    paths,
    setup::Tools,
    stack::{self, MovedClock, Reaper, pooler::Pooler, postgres::Postgres},
    step,
};
use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use std::process::Command;

/// UTC, and what begins or ends in them: moments at which everything is run.
const MOMENTS: [&str; 5] = [
    // A second before UTC's year begins.
    "2026-12-31T23:59:59Z",
    // A leap day in Brazil.
    "2028-03-01T02:59:59Z",
    // Chile's hour that comes twice, and its midnight that is left out.
    "2027-04-04T03:30:00Z",
    "2027-09-05T04:00:00Z",
    // A day whose day of the month there was not six months before.
    "2027-10-31T03:00:00Z",
];
/// More of them, at which the stack is not run, since it takes its time to start.
const MORE_MOMENTS: [&str; 5] = [
    // Vietnam's year and Brazil's, a second before they begin.
    "2026-12-31T16:59:59Z",
    "2027-01-01T02:59:59Z",
    // The last day of February, in Brazil, and a leap day in Singapore, where the quota's day ends.
    "2027-03-01T02:59:59Z",
    "2028-02-29T15:59:59Z",
    // Another day whose day of the month there was not six months before.
    "2027-08-31T12:00:00Z",
];
/// How long before a moment the clock of a stack is set: about as long as it takes to start.
const START: TimeDelta = TimeDelta::seconds(12);
/// Tests of the stack in which days count.
const ON_THE_STACK: [(&str, &str); 2] = [("truth", "days::"), ("budgets", "slots::")];
/// Those at which a day ends for tests against Postgres, in which it passes.
const MIDNIGHTS: [&str; 2] = ["2028-02-29T23:59:58Z", "2028-03-01T02:59:58Z"];
/// Tests against Postgres that compare with its clock.
const BY_POSTGRES: [&str; 4] = ["cadence::", "retention::", "shops::a_shop", "schedules::what"];

/// Runs the tests of the fake platform, whose clock they set, at each moment.
///
/// # Errors
/// A test fails.
pub fn fake_platform() -> Result<()> {
    MOMENTS.iter().chain(&MORE_MOMENTS).try_for_each(|moment| {
        let at: DateTime<Utc> = moment.parse()?;
        let mut command = cargo("mock-shopee");
        command.args(["--test", "http"]).env("TEST_CLOCK_MS", at.timestamp_millis().to_string());
        step::step(&format!("the fake platform at {moment}"), || step::run(&mut command)).map(drop)
    })
}

/// Runs the tests that compare with the clock of Postgres, while days end. Answers with nothing where that clock cannot be
/// moved.
///
/// # Errors
/// A server does not start, or a test fails.
pub async fn postgres(tools: &Tools) -> Result<Option<()>> {
    let folder = stack::folder()?;
    let Some(clock) = MovedClock::find(folder.path())? else { return Ok(None) };
    let reaper = Reaper::start(folder.path())?;
    let postgres = Postgres::start_with(folder.path(), &reaper, Some(clock.clone())).await?;
    let program = tools.pgbouncer.as_ref().context("pgbouncer is missing")?;
    let pooler = Pooler::start(program, folder.path(), &postgres, &reaper).await?;
    let tested = MIDNIGHTS.iter().try_for_each(|moment| {
        let mut command = cargo("store-tests");
        command
            .arg("--lib")
            .arg("--")
            .args(BY_POSTGRES)
            .env("TEST_DATABASE_URL", postgres.url("postgres"))
            .env("TEST_PGBOUNCER_URL", pooler.url("postgres"));
        clock.set(moment.parse()?)?;
        step::step(&format!("the store at {moment}"), || step::run(&mut command)).map(drop)
    });
    pooler.stop().await;
    postgres.stop().await;
    tested.map(Some)
}

/// Runs tests of the whole stack, whose parts all have the same other clock, at some of the moments. Answers with nothing where the
/// clock of Postgres cannot be moved. Any test by hand: `TEST_MOMENT=2028-02-29T23:59:50Z cargo test -p e2e --test truth`.
///
/// # Errors
/// A test fails.
pub fn whole_stack() -> Result<Option<()>> {
    let folder = stack::folder()?;
    if MovedClock::find(folder.path())?.is_none() {
        return Ok(None);
    }
    let tested = MOMENTS.iter().try_for_each(|moment| {
        let before: DateTime<Utc> = moment.parse::<DateTime<Utc>>()? - START;
        ON_THE_STACK.iter().try_for_each(|(suite, tests)| {
            let mut command = cargo("e2e");
            command.args(["--test", suite, "--", tests]).env("TEST_MOMENT", before.to_rfc3339());
            step::step(&format!("the stack at {moment}: {suite}"), || step::run(&mut command)).map(drop)
        })
    });
    tested.map(Some)
}

fn cargo(package: &str) -> Command {
    let mut command = Command::new("cargo");
    command.args(["test", "-p", package]).current_dir(paths::root());
    command
}
