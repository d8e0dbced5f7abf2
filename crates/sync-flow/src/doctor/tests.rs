//! Each check, by what was found.

use super::{Clock, Facts, Gap, Tokens, examine};
use crate::{config::Config, error::FlowError, token_encryption::Keyring};
use api::{
    app::{App, Hold},
    doctor::{Doctor, Status},
};
use serde_json::json;
use store::{
    DbError,
    cron_ticks::CronTick,
    doctor::{Backlog, Server, Shops, Work},
    health::{Schema, VERSION},
};

const NOW_MS: i64 = 1_796_083_200_000;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// The schedules as docs/operations.md names them.
const SCHEDULES: [&str; 7] = [
    "ads-sync-queue-processor-chunked",
    "ads-sync-stuck-cleanup",
    "ads-sync-job",
    "ads-backfill-job",
    "ads-budget-scheduler",
    "ads-sync-queue-cleanup",
    "ads-alert-sinks",
];

fn config() -> Config {
    let keyring = Keyring::parse("k2:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
    Config { base_url: "https://shopee".to_owned(), keyring: Some(keyring), ..Config::default() }
}

fn ticked(cron: &str, ago_ms: i64) -> CronTick {
    CronTick { cron: cron.to_owned(), last_at_ms: Some(NOW_MS - ago_ms), ..CronTick::default() }
}

fn app(hold: Option<Hold>, governor: serde_json::Value) -> App {
    App { app: 5, hold, governor }
}

/// Everything is as it should be.
fn well() -> Facts {
    let same = Clock::compared(NOW_MS, NOW_MS + 20, NOW_MS, 1_000);
    Facts {
        now_ms: NOW_MS,
        config: Ok(config()),
        tokens: Tokens { admins: 1, others: 2, unreadable: 0 },
        crashes: false,
        missing_bindings: Vec::new(),
        server: Ok(Server {
            version: "17.2".to_owned(),
            number: 170_002,
            encoding: "UTF8".to_owned(),
            ..Server::default()
        }),
        schema: Ok(Schema { version: VERSION, missing: Vec::new() }),
        work: Ok(Work {
            now_ms: NOW_MS,
            ticks: SCHEDULES.map(|cron| ticked(cron, MINUTE_MS)).to_vec(),
            shop: Some(7),
            key_ids: vec!["k2".to_owned()],
            ..Work::default()
        }),
        postgres_clock: Ok(same),
        shopee_clock: Ok(same),
        governors: vec![(5, Ok(app(None, json!({ "closed": {} }))))],
        shop: Some(Ok(())),
    }
}

fn work(change: impl FnOnce(&mut Work)) -> Facts {
    let mut facts = well();
    change(facts.work.as_mut().unwrap());
    facts
}

fn server(change: impl FnOnce(&mut Server)) -> Facts {
    let mut facts = well();
    change(facts.server.as_mut().unwrap());
    facts
}

fn with(change: impl FnOnce(&mut Facts)) -> Facts {
    let mut facts = well();
    change(&mut facts);
    facts
}

/// The checks that are not ok.
fn not_ok(doctor: &Doctor) -> Vec<(&str, Status)> {
    let not_ok = doctor.checks.iter().filter(|check| check.status != Status::Ok);
    not_ok.map(|check| (check.name.as_str(), check.status)).collect()
}

fn shops(count: i64) -> Shops {
    Shops { count, first: (1..=count.min(5)).collect() }
}

#[test]
fn all_is_well() {
    let doctor = examine(&well());
    assert_eq!(not_ok(&doctor), []);
    assert_eq!((doctor.status, doctor.checked_at_ms), (Status::Ok, NOW_MS));
    assert!(doctor.checks.iter().all(|check| check.todo.is_none() && !check.found.is_empty()));
}

/// Exactly this check turns, says what was seen, and what to do.
#[track_caller]
fn turns(facts: &Facts, name: &str, status: Status, word: &str) {
    let doctor = examine(facts);
    assert_eq!(not_ok(&doctor), [(name, status)], "{doctor:?}");
    let check = doctor.checks.iter().find(|check| check.name == name).unwrap();
    assert!(check.found.contains(word), "{check:?}");
    assert!(check.todo.as_ref().is_some_and(|todo| !todo.is_empty()), "{check:?}");
    let overall = if status == Status::Failure { Status::Failure } else { Status::Warning };
    assert_eq!(doctor.status, overall);
}

#[test]
fn the_deployment() {
    use Status::{Failure, Warning};
    turns(&with(|f| f.crashes = true), "configuration", Warning, "TEST_CRASH");
    let open = with(|f| f.config.as_mut().unwrap().sinks.open = true);
    turns(&open, "configuration", Warning, "TEST_OPEN_SINKS");
    let no_app = work(|work| work.without_app = 3);
    turns(&no_app, "configuration", Failure, "3 shops");
    for (admins, unreadable, status) in [(0, 0, Failure), (0, 2, Failure), (1, 1, Warning)] {
        let tokens = Tokens { admins, others: 1, unreadable };
        turns(&with(|f| f.tokens = tokens), "api_tokens", status, "admins");
    }
    let no_keys = with(|f| f.config = Ok(Config { keyring: None, ..config() }));
    turns(&no_keys, "token_keys", Failure, "TOKEN_KEYS");
    let lost = work(|work| work.key_ids = vec!["k1".to_owned(), "k2".to_owned()]);
    turns(&lost, "token_keys", Failure, "gone: k1");
    turns(&with(|f| f.missing_bindings = vec!["BUDGET_QUEUE"]), "bindings", Failure, "BUDGET_QUEUE");
    let silent = || Gap::Silent("did not answer within 3000 ms".to_owned());
    turns(&with(|f| f.shop = Some(Err(silent()))), "shop_object", Failure, "3000 ms");
    let doctor = examine(&with(|f| f.governors = vec![(5, Err(silent()))]));
    assert_eq!(not_ok(&doctor), [("app_governor", Failure), ("quota", Status::Unknown)]);
    let unread = with(|f| f.config = Err(FlowError::Configuration("SHOPEE_BASE_URL is not set".to_owned())));
    let doctor = examine(&unread);
    assert_eq!(not_ok(&doctor), [("configuration", Failure), ("token_keys", Status::Unknown)]);
    assert_eq!(doctor.status, Failure);
}

#[test]
fn the_database() {
    use Status::{Failure, Warning};
    turns(&server(|server| server.number = 120_020), "database", Failure, "17.2");
    turns(&server(|server| server.encoding = "SQL_ASCII".to_owned()), "database", Failure, "SQL_ASCII");
    turns(&server(|server| server.is_standby = true), "database", Failure, "standby");
    let forbidden = vec!["apishopee_ads_alerts".to_owned()];
    turns(&server(|server| server.forbidden = forbidden), "rights", Failure, "apishopee_ads_alerts");
    let without = vec!["MX".to_owned()];
    turns(&server(|server| server.regions_without_zone = without), "time_zones", Failure, "MX");
    turns(&server(|server| server.zones_are_old = true), "time_zones", Failure, "2023");
    for (version, status) in [(VERSION - 1, Failure), (VERSION + 1, Warning)] {
        let schema = Schema { version, missing: Vec::new() };
        turns(&with(|f| f.schema = Ok(schema)), "migrations", status, &version.to_string());
    }
    let schema = Schema { version: VERSION, missing: vec!["apishopee_ads_alerts".to_owned()] };
    turns(&with(|f| f.schema = Ok(schema)), "migrations", Failure, "apishopee_ads_alerts");
}

#[test]
fn a_database_that_does_not_answer_leaves_what_needs_it_unknown() {
    let silent = with(|f| {
        f.server = Err(Gap::Silent("Postgres did not take the connection within 2000 ms".to_owned()));
        f.schema = Err(Gap::not_asked());
        f.work = Err(Gap::not_asked());
        f.postgres_clock = Err(Gap::not_asked());
        f.shop = None;
    });
    let doctor = examine(&silent);
    assert_eq!(doctor.status, Status::Failure);
    let failures: Vec<_> =
        not_ok(&doctor).into_iter().filter(|(_, status)| *status == Status::Failure).collect();
    assert_eq!(failures, [("database", Status::Failure)]);
    let ok: Vec<_> = doctor.checks.iter().filter(|check| check.status == Status::Ok).collect();
    let names: Vec<_> = ok.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(names, ["configuration", "api_tokens", "bindings", "app_governor", "clock_shopee", "quota"]);
    assert_eq!(doctor.checks.len(), examine(&well()).checks.len(), "the list is whole");
}

#[test]
fn a_database_without_migrations_is_told_what_to_do() {
    let missing = DbError { code: Some("42P01".to_owned()), ..DbError::new("relation does not exist") };
    let empty = with(|f| {
        f.server = Err(missing.clone().into());
        f.schema = Err(missing.clone().into());
        f.work = Err(FlowError::Database(missing).into());
        f.postgres_clock = Err(Gap::NotMigrated);
        f.shop = None;
    });
    let doctor = examine(&empty);
    let failures: Vec<_> =
        not_ok(&doctor).into_iter().filter(|(_, status)| *status == Status::Failure).collect();
    assert_eq!(failures, [("migrations", Status::Failure)]);
    let unknown = doctor.checks.iter().filter(|check| check.status == Status::Unknown);
    let told = |todo: &Option<String>| todo.as_ref().is_some_and(|todo| todo.contains("cargo xtask migrate"));
    for check in unknown {
        assert!(told(&check.todo), "{check:?}");
    }
}

#[test]
fn clocks_are_judged_by_what_is_certain() {
    use Status::{Failure, Ok as Fine, Warning};
    // We ask at 0 and are answered a second later; they cut off to a second.
    for (theirs_ms, status) in [
        (0, Fine),
        (-60_000 - 1_000, Fine),
        (-60_000 - 1_001, Warning),
        (-240_000 - 1_000, Warning),
        (-240_000 - 1_001, Failure),
        (1_000 + 60_000, Fine),
        (1_000 + 60_001, Warning),
        (1_000 + 240_000, Warning),
        (1_000 + 240_001, Failure),
    ] {
        let clock = Clock::compared(0, 1_000, theirs_ms, 1_000);
        for name in ["clock_postgres", "clock_shopee"] {
            let facts = with(|f| match name {
                "clock_postgres" => f.postgres_clock = Ok(clock),
                _ => f.shopee_clock = Ok(clock),
            });
            match status {
                Fine => assert_eq!(not_ok(&examine(&facts)), [], "{theirs_ms}"),
                _ => turns(&facts, name, status, if theirs_ms < 0 { "ahead" } else { "behind" }),
            }
        }
    }
    let silent = with(|f| f.shopee_clock = Err(Gap::Silent("no answer in time".to_owned())));
    turns(&silent, "clock_shopee", Status::Unknown, "in time");
}

#[test]
fn a_schedule_is_late_after_two_periods_and_five_minutes() {
    for (cron, minutes) in [
        ("ads-sync-queue-processor-chunked", 15),
        ("ads-sync-stuck-cleanup", 25),
        ("ads-sync-job", 35),
        ("ads-backfill-job", 2 * 24 * 60 + 5),
        ("ads-budget-scheduler", 65),
        ("ads-sync-queue-cleanup", 2 * 24 * 60 + 5),
        ("ads-alert-sinks", 2 + 5),
    ] {
        let ticked_ago = |ms: i64| {
            work(|work| *work.ticks.iter_mut().find(|tick| tick.cron == cron).unwrap() = ticked(cron, ms))
        };
        assert_eq!(not_ok(&examine(&ticked_ago(minutes * MINUTE_MS - 1))), [], "{cron}");
        turns(&ticked_ago(minutes * MINUTE_MS), "schedules", Status::Failure, cron);
    }
}

#[test]
fn a_schedule_may_have_failed_or_be_new() {
    let first = |change: fn(&mut CronTick)| work(|work| change(&mut work.ticks[0]));
    let failed = |at_ms: i64| {
        work(|work| {
            work.ticks[0].last_error = Some("Postgres is away".to_owned());
            work.ticks[0].last_error_at_ms = Some(at_ms);
        })
    };
    turns(&failed(NOW_MS), "schedules", Status::Warning, "Postgres is away");
    assert_eq!(not_ok(&examine(&failed(NOW_MS - HOUR_MS))), [], "the next tick has made up for it");
    let new = first(|tick| (tick.last_at_ms, tick.watched_since_ms) = (None, NOW_MS - 14 * MINUTE_MS));
    assert_eq!(not_ok(&examine(&new)), []);
    let never = first(|tick| (tick.last_at_ms, tick.watched_since_ms) = (None, NOW_MS - 15 * MINUTE_MS));
    turns(&never, "schedules", Status::Failure, "ads-sync-queue-processor-chunked");
    turns(&work(|work| drop(work.ticks.remove(2))), "schedules", Status::Failure, "ads-sync-job");
}

#[test]
fn consumers_are_judged_by_what_moves() {
    use Status::{Failure, Warning};
    let dead = Backlog { waiting: 2, moves: false };
    let slow = Backlog { waiting: 2, moves: true };
    turns(&work(|work| work.start = dead), "queue_consumers", Failure, "ads-sync-start (2 wait)");
    turns(&work(|work| work.chunk = dead), "queue_consumers", Failure, "ads-sync-chunk");
    turns(&work(|work| work.budget = dead), "queue_consumers", Failure, "ads-budget");
    turns(&work(|work| work.chunk = slow), "queue_consumers", Warning, "ads-sync-chunk");
    let idle = Backlog { waiting: 0, moves: false };
    assert_eq!(not_ok(&examine(&work(|work| work.start = idle))), []);
    let held = with(|f| {
        f.work.as_mut().unwrap().chunk = dead;
        let hold = Hold { until_ms: NOW_MS + 5_000, reason: json!("app_throttled") };
        f.governors[0].1 = Ok(app(Some(hold), json!({})));
    });
    assert_eq!(not_ok(&examine(&held)), [("quota", Failure), ("queue_consumers", Warning)]);
}

#[test]
fn tokens_consents_quota_and_what_waits_for_a_person() {
    use Status::{Failure, Warning};
    turns(&work(|work| work.tokenless = shops(2)), "tokens", Warning, "2 shops (1, 2)");
    turns(&work(|work| work.reconsent = shops(6)), "tokens", Failure, "6 shops (1, 2, 3, 4, 5, …)");
    turns(&work(|work| work.ending = shops(1)), "consents", Warning, "1 shops (1)");
    turns(&work(|work| work.ended = shops(1)), "consents", Failure, "1 shops (1)");
    let letters = |matter| work(|work| (work.letters, work.letters_matter) = (2, matter));
    turns(&letters(true), "dead_letters", Warning, "2 ");
    assert_eq!(not_ok(&examine(&letters(false))), [], "what they asked for has ended");
    let critical = work(|work| (work.critical, work.critical_count) = (vec!["reconsent".to_owned()], 3));
    turns(&critical, "alerts", Failure, "3 critical alerts are open: reconsent");
    let governor = |hold, state| with(|f| f.governors[0].1 = Ok(app(hold, state)));
    let hold = Hold { until_ms: NOW_MS + 90_000, reason: json!("daily_quota") };
    turns(&governor(Some(hold), json!({})), "quota", Failure, "90 s: \"daily_quota\"");
    let closed = |until_ms: i64| governor(None, json!({ "closed": { "id_list": { "until_ms": until_ms } } }));
    turns(&closed(NOW_MS + 1), "quota", Warning, "id_list");
    assert_eq!(not_ok(&examine(&closed(NOW_MS))), []);
}
