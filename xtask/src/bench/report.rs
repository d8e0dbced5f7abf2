//! Figures and tables, made from raw results.

use super::{
    contender::Contender,
    figure::{self, Bar, Figure},
    growth::{self, Point},
    machine::Machine,
    race::{Lap, Race},
    results::Results,
    statistics::Spread,
    stopwatch::OTHERS_MAX,
};
use std::fmt::Write;

/// A figure with all its values.
pub struct Measured {
    /// What is expected of it.
    pub bar: &'static Bar,
    /// One value a round.
    pub spread: Spread,
}

impl Measured {
    fn new(bar: &'static Bar, values: &[f64]) -> Option<Self> {
        Spread::of(values).map(|spread| Self { bar, spread })
    }

    /// The figure: the median.
    #[must_use]
    pub fn figure(&self) -> Figure {
        self.bar.figure(self.spread.median)
    }
}

/// All figures that the results give, in the order of the table.
#[must_use]
pub fn figures(results: &Results) -> Vec<Measured> {
    let mut found = Vec::new();
    let mut add = |bar: &'static Bar, values: &[f64]| found.extend(Measured::new(bar, values));
    if let Some(race) = results.race.as_ref().map(|record| &record.runs) {
        let seconds = |above, below| race.ratios(above, below, |lap| Some(lap.seconds));
        add(&figure::GRAPHILE, &seconds(Contender::Graphile, Contender::Ours));
        add(&figure::PG_BOSS, &seconds(Contender::PgBoss, Contender::Ours));
        add(&figure::POOL, &seconds(Contender::Ours, Contender::Pool));
        add(&figure::INCUMBENT, &seconds(Contender::Incumbent, Contender::Ours));
        add(&figure::CPU, &race.ratios(Contender::Ours, Contender::Today, Lap::workerd_ms_a_chunk));
    }
    if let Some(record) = &results.rate18 {
        add(&figure::RATE, &record.runs.iter().map(super::rate18::RateRun::ratio).collect::<Vec<_>>());
    }
    if let Some(record) = &results.watched {
        add(&figure::WATCHED, &record.runs.iter().map(super::watched::WatchedRun::ratio).collect::<Vec<_>>());
    }
    if let Some(record) = &results.lists {
        let ratios = |of: fn(&super::lists::ListsRun) -> f64| record.runs.iter().map(of).collect::<Vec<_>>();
        add(&figure::SHOPS_PAGE, &ratios(super::lists::ListsRun::shops_ratio));
        add(&figure::RUNS_PAGE, &ratios(super::lists::ListsRun::runs_ratio));
        add(&figure::NOT_MODIFIED, &ratios(super::lists::ListsRun::not_modified_ratio));
    }
    if let Some(record) = &results.fleet {
        add(
            &figure::FLEET,
            &record.runs.iter().filter_map(super::fleet::FleetRun::ratio).collect::<Vec<_>>(),
        );
    }
    if let Some(record) = &results.upsert {
        add(&figure::UPSERT, &record.runs.iter().map(super::upsert::UpsertRun::ratio).collect::<Vec<_>>());
    }
    if let Some(record) = &results.resync {
        add(&figure::RESYNC_ROWS, &record.runs.iter().map(|run| run.rows as f64).collect::<Vec<_>>());
        let wal = record.runs.iter().map(super::resync::ResyncRun::wal_bytes_a_campaign);
        add(&figure::RESYNC_WAL, &wal.collect::<Vec<_>>());
    }
    if let Some(record) = &results.growth {
        let largest = record.runs.iter().map(|run| run.campaigns).max();
        let of_largest = record.runs.iter().filter(|run| Some(run.campaigns) == largest);
        add(&figure::MEMORY, &of_largest.map(|run| run.memory_bytes as f64 / 1e6).collect::<Vec<_>>());
        if let Some((time, memory)) = growth::exponents(&growth::by_campaigns(&record.runs)) {
            add(&figure::GROWTH_TIME, &[time]);
            add(&figure::GROWTH_MEMORY, &[memory]);
        }
    }
    if let Some(record) = &results.growth_shops
        && let Some((time, memory)) = growth::exponents(&growth::by_shops(&record.runs))
    {
        add(&figure::GROWTH_SHOPS_TIME, &[time]);
        add(&figure::GROWTH_SHOPS_MEMORY, &[memory]);
    }
    if let Some(record) = &results.bundle {
        add(&figure::BUNDLE, &[record.runs as f64 / 1e3]);
    }
    found
}

/// A number with as many digits as can be told apart.
fn shown(value: f64) -> String {
    if value.abs() >= 100.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

fn range(spread: &Spread) -> String {
    match spread.count {
        0 | 1 => String::new(),
        count => format!("{}–{} ({count})", shown(spread.min), shown(spread.max)),
    }
}

/// The table of figures, in Markdown.
#[must_use]
pub fn figure_table(measured: &[Measured]) -> String {
    let mut text =
        "| figure | median | spread (rounds) | bar | aim | |\n|---|---|---|---|---|---|\n".to_owned();
    for Measured { bar, spread } in measured {
        let [expected, hoped] = bar.expected();
        let (median, verdict) = (shown(spread.median), bar.verdict(spread.median));
        let _ = writeln!(
            text,
            "| {} | {median} | {} | {expected} | {hoped} | {verdict} |",
            bar.name,
            range(spread)
        );
    }
    text
}

/// The table of the race, in Markdown.
#[must_use]
pub fn race_table(race: &Race) -> String {
    let mut text = "| contender | time s | spread (rounds) | in plain pool's | least time s | calls | in flight at most \
                    | CPU s | workerd ms a chunk | rows |\n|---|---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for contender in Contender::ALL {
        let laps: Vec<&Lap> = race.of(contender).collect();
        let median = |value: &dyn Fn(&Lap) -> Option<f64>| {
            let values: Vec<f64> = laps.iter().filter_map(|lap| value(lap)).collect();
            Spread::of(&values).map_or_else(String::new, |spread| shown(spread.median))
        };
        let seconds: Vec<f64> = laps.iter().map(|lap| lap.seconds).collect();
        let Some(spread) = Spread::of(&seconds) else { continue };
        let in_pools = race.ratios(contender, Contender::Pool, |lap| Some(lap.seconds));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            contender.name(),
            shown(spread.median),
            range(&spread),
            Spread::of(&in_pools).map_or_else(String::new, |spread| shown(spread.median)),
            median(&|lap| Some(lap.calls.floor_seconds())),
            laps.iter().map(|lap| lap.calls.count).max().unwrap_or(0),
            laps.iter().map(|lap| lap.calls.in_flight_max).max().unwrap_or(0),
            median(&|lap| lap.cpu.map(|cpu| cpu.all)),
            median(&|lap| lap.workerd_ms_a_chunk().filter(|ms| *ms > 0.0)),
            laps.iter().map(|lap| lap.rows_right).min().unwrap_or(0),
        );
    }
    text += &phase_table(race);
    let disturbed = race.laps.iter().filter(|lap| lap.others.is_some_and(|cores| cores > OTHERS_MAX)).count();
    if disturbed > 0 {
        let laps = race.laps.len();
        let _ = writeln!(
            text,
            "\nThe machine was not idle: something else disturbed {disturbed} of {laps} laps."
        );
    }
    for (name, reason) in &race.failed {
        let reason = reason.lines().next().unwrap_or_default();
        let _ = writeln!(text, "\n{name} could not be measured: {reason}");
    }
    text
}

/// Where the time goes, in Markdown.
fn phase_table(race: &Race) -> String {
    let mut text = "\n| contender | to the first call s | listing s | calls in flight after it, of five | after the last call s |\n\
                    |---|---|---|---|---|\n"
        .to_owned();
    for contender in Contender::ALL {
        let laps: Vec<&Lap> = race.of(contender).collect();
        let median = |value: &dyn Fn(&Lap) -> f64| {
            let values: Vec<f64> = laps.iter().map(|lap| value(lap)).collect();
            Spread::of(&values).map(|spread| shown(spread.median))
        };
        let phase = |place: usize| median(&|lap| lap.phases()[place]);
        let mean = median(&|lap| lap.calls.in_flight_mean);
        if let (Some(first), Some(list), Some(mean), Some(last)) = (phase(0), phase(1), mean, phase(2)) {
            let _ = writeln!(text, "| {} | {first} | {list} | {mean} | {last} |", contender.name());
        }
    }
    text
}

/// A table of growth, in Markdown.
#[must_use]
pub fn growth_table(what: &str, points: &[Point]) -> String {
    let mut text = format!("| {what} | time s | memory MB |\n|---|---|---|\n");
    for (size, seconds, megabytes) in points {
        let _ = writeln!(text, "| {size} | {} | {} |", shown(*seconds), shown(*megabytes));
    }
    text
}

/// A machine in one line, and its programs in another.
#[must_use]
pub fn machine(machine: &Machine) -> String {
    let Machine { cores, processor, memory_mib, kernel, versions } = machine;
    let versions: Vec<String> = versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    format!("{cores} cores ({processor}), {memory_mib} MiB, {kernel}.\n{}.\n", versions.join(" · "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{calls::Calls, results::Record, upsert::UpsertRun};

    #[test]
    fn numbers_have_three_digits_or_more() {
        let texts = [0.0, 1.234, 12.34, 123.4, 1234.5].map(shown);
        assert_eq!(texts, ["0.00", "1.23", "12.3", "123", "1234"]);
    }

    fn race() -> Race {
        let lap = |contender: Contender, round, seconds| Lap {
            contender: contender.name().to_owned(),
            round,
            started_ms: 1_000,
            seconds,
            calls: Calls { count: 313, served_seconds: 50.0, in_flight_max: 5, ..Calls::default() },
            cpu: None,
            others: None,
            chunks: 200,
            rows_right: 100,
        };
        let laps = vec![
            lap(Contender::Pool, 1, 10.0),
            lap(Contender::Ours, 1, 11.0),
            lap(Contender::Pool, 2, 10.0),
            lap(Contender::Ours, 2, 9.0),
        ];
        Race { campaigns: 10_000, laps, failed: vec![("workflows".to_owned(), "no\nmore".to_owned())] }
    }

    #[test]
    fn the_race_is_shown_by_contender() {
        let table = race_table(&race());
        assert!(
            table.contains("| ours | 10.0 | 9.00–11.0 (2) | 1.00 | 10.0 | 313 | 5 |  |  | 100 |"),
            "{table}"
        );
        assert!(table.ends_with("workflows could not be measured: no\n") && !table.contains("pg-boss"));
    }

    #[test]
    fn figures_are_medians_of_what_was_measured() {
        let upsert =
            [0.4, 0.6, 0.5].map(|copy_seconds| UpsertRun { rows: 1, ours_seconds: 1.0, copy_seconds });
        let results = Results {
            race: Some(Record::new(race(), false, None)),
            upsert: Some(Record::new(upsert.to_vec(), false, None)),
            ..Results::default()
        };
        let found: Vec<Figure> = figures(&results).iter().map(Measured::figure).collect();
        let expected = [figure::POOL.figure(1.0), figure::UPSERT.figure(0.5)];
        assert_eq!(found, expected);
        let table = figure_table(&figures(&results));
        assert!(
            table.contains("| ours ÷ plain pool | 1.00 | 0.90–1.10 (2) | ≤ 1 | ≤ 0.9 | bar |"),
            "{table}"
        );
    }
}
