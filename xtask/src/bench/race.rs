//! The race: every contender does the same job, in turns.

use super::{
    calls::Calls,
    contender::{Contender, Kind},
    cpu::Cpu,
    node_program,
    rig::{Days, LATENCY, Rig, Site},
    stopwatch::Taken,
    sync_worker::SyncWorker,
    workflows,
};
use crate::{demo::seed::Shop, paths};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The name of the database from which the sites of this checkout are copied.
pub const TEMPLATE: &str = "template_ours";
/// The same of the older commit.
pub const TEMPLATE_TODAY: &str = "template_today";
/// The shop of the race.
const SHOP: i64 = 90_010_000;
/// Campaigns in a chunk.
const CHUNK: u32 = 100;

/// One contender in one round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lap {
    /// Its name.
    pub contender: String,
    /// From 1.
    pub round: u32,
    /// When it began, in unix milliseconds.
    pub started_ms: i64,
    /// By the wall clock.
    pub seconds: f64,
    /// What the fake has seen.
    pub calls: Calls,
    /// CPU time of its processes.
    pub cpu: Option<Cpu>,
    /// Cores that were busy with something else, on average.
    pub others: Option<f64>,
    /// Chunks of both stages, the same for all.
    pub chunks: u32,
    /// Rows that are as they should be.
    pub rows_right: u64,
}

/// What came of the race.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Race {
    /// Campaigns of the shop.
    pub campaigns: u32,
    /// Every lap, in the order in which they were run.
    pub laps: Vec<Lap>,
    /// Contenders that could not be measured, with the reason.
    pub failed: Vec<(String, String)>,
}

/// What the race needs.
pub struct Plan {
    /// Who takes part, in the order of a round.
    pub contenders: Vec<Contender>,
    /// How many rounds.
    pub rounds: u32,
    /// Campaigns of the shop.
    pub campaigns: u32,
    /// The checkout of the older commit, if it takes part.
    pub today: Option<PathBuf>,
}

/// Runs all rounds, and calls `after_lap` with what there is after each lap. A peer that fails is left out from then on; what fails of ours is an error.
///
/// # Errors
/// One of our own Workers fails, or has written a wrong row.
pub async fn run(rig: &Rig, plan: &Plan, after_lap: impl Fn(&Race) -> Result<()>) -> Result<Race> {
    let mut race = Race { campaigns: plan.campaigns, ..Race::default() };
    for round in 1..=plan.rounds {
        for contender in &plan.contenders {
            let has_failed = race.failed.iter().any(|(name, _)| name == contender.name());
            if has_failed || (round > 1 && contender.is_measured_once()) {
                continue;
            }
            eprint!("  round {round}: {} …", contender.name());
            match lap(rig, plan, *contender, round).await {
                Ok(lap) => {
                    eprintln!(
                        " {:.2} s, {} calls, {} rows right",
                        lap.seconds, lap.calls.count, lap.rows_right
                    );
                    race.laps.push(lap);
                    after_lap(&race)?;
                }
                Err(error) if matches!(contender.kind(), Kind::Node(_) | Kind::Workflows) => {
                    eprintln!(" failed: {error:#}");
                    race.failed.push((contender.name().to_owned(), format!("{error:#}")));
                }
                Err(error) => return Err(error.context(contender.name())),
            }
        }
    }
    Ok(race)
}

async fn lap(rig: &Rig, plan: &Plan, contender: Contender, round: u32) -> Result<Lap> {
    let template = if contender == Contender::Today { TEMPLATE_TODAY } else { TEMPLATE };
    let site = rig.site(template, LATENCY).await?;
    let shop = Shop::new(SHOP, plan.campaigns);
    let tokens = rig.shops(&site, std::slice::from_ref(&shop)).await?;
    let token = tokens.first().context("the shop has no token")?;
    let days = Days::now();
    let taken = match contender.kind() {
        Kind::Node(file) => {
            let job = node_program::job(rig, &site.url, &shop, token, &days);
            node_program::run(rig, &site, file, &job).await?
        }
        Kind::Workflows => {
            let job = node_program::job(rig, &site.pooled_url, &shop, token, &days);
            workflows::run(rig, &site, &job).await?
        }
        Kind::Sync { older, traced } => {
            let ours = paths::root();
            let checkout = if older { plan.today.as_deref() } else { Some(ours.as_path()) };
            let checkout = checkout.context("the older commit was not built")?;
            sync(rig, &site, checkout, traced, &shop).await?
        }
    };
    let calls = Calls::read(rig).await?;
    ensure!(days == Days::now(), "midnight of the shop came in between: run it again");
    let rows = rig.compare(&site, &shop, &days).await?;
    rig.clear(site).await?;
    ensure!(rows.wrong == 0, "{} rows are wrong", rows.wrong);
    ensure!(rows.right >= u64::from(plan.campaigns), "only {} rows are there", rows.right);
    ensure!(calls.refused == 0, "the fake refused {} calls for the rate", calls.refused);
    Ok(Lap {
        contender: contender.name().to_owned(),
        round,
        started_ms: taken.started_ms,
        seconds: taken.seconds,
        calls,
        cpu: taken.cpu,
        others: taken.others,
        chunks: 2 * plan.campaigns.div_ceil(CHUNK),
        rows_right: rows.right,
    })
}

async fn sync(rig: &Rig, site: &Site, checkout: &Path, traced: bool, shop: &Shop) -> Result<Taken> {
    let worker = SyncWorker::start(rig, site, checkout, traced).await?;
    let taken = worker.sync(shop).await;
    worker.stop().await;
    taken
}

impl Race {
    /// The laps of a contender.
    pub fn of(&self, contender: Contender) -> impl Iterator<Item = &Lap> {
        self.laps.iter().filter(move |lap| lap.contender == contender.name())
    }

    /// What `value` says of one contender, in that of another, for each round in which both were measured. One that is measured
    /// once is compared with all rounds of the other.
    #[must_use]
    pub fn ratios(
        &self,
        above: Contender,
        below: Contender,
        value: impl Fn(&Lap) -> Option<f64>,
    ) -> Vec<f64> {
        let mut ratios = Vec::new();
        for upper in self.of(above) {
            for lower in self.of(below) {
                let together =
                    upper.round == lower.round || above.is_measured_once() || below.is_measured_once();
                if let (true, Some(upper), Some(lower)) = (together, value(upper), value(lower))
                    && lower > 0.0
                {
                    ratios.push(upper / lower);
                }
            }
        }
        ratios
    }
}

impl Lap {
    /// Until the first call, from then to the end of the listing, and after the last call, in seconds.
    #[must_use]
    pub fn phases(&self) -> [f64; 3] {
        let end_ms = self.started_ms as f64 + self.seconds * 1_000.0;
        let Calls { first_ms, listed_ms, last_ms, .. } = self.calls;
        let ms =
            [(first_ms - self.started_ms) as f64, (listed_ms - first_ms) as f64, end_ms - last_ms as f64];
        ms.map(|ms| ms / 1_000.0)
    }

    /// CPU time of the Workers' process for a chunk, in milliseconds.
    #[must_use]
    pub fn workerd_ms_a_chunk(&self) -> Option<f64> {
        self.cpu.map(|cpu| cpu.workerd * 1_000.0 / f64::from(self.chunks.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lap(contender: Contender, round: u32, seconds: f64) -> Lap {
        Lap {
            contender: contender.name().to_owned(),
            round,
            started_ms: 0,
            seconds,
            calls: Calls::default(),
            cpu: Some(Cpu { all: 2.0, workerd: seconds }),
            others: None,
            chunks: 20,
            rows_right: 1,
        }
    }

    #[test]
    fn ratios_compare_laps_of_the_same_round() {
        let laps = vec![
            lap(Contender::Pool, 1, 10.0),
            lap(Contender::Ours, 1, 20.0),
            lap(Contender::Incumbent, 1, 200.0),
            lap(Contender::Ours, 2, 40.0),
            lap(Contender::Pool, 3, 10.0),
        ];
        let race = Race { campaigns: 1_000, laps, failed: Vec::new() };
        let seconds = |lap: &Lap| Some(lap.seconds);
        assert_eq!(race.ratios(Contender::Ours, Contender::Pool, seconds), [2.0]);
        assert_eq!(race.ratios(Contender::Incumbent, Contender::Ours, seconds), [10.0, 5.0]);
        assert!(race.ratios(Contender::Ours, Contender::Today, seconds).is_empty());
        assert_eq!(race.of(Contender::Ours).next().unwrap().workerd_ms_a_chunk(), Some(1_000.0));
    }
}
