//! `cargo xtask bench`: measures the sync beside others that do the same job, and what it costs.
//!
//! ```text
//!   one Postgres, one fake Shopee ──► race: pool · graphile-worker · pg-boss · workflows · ours · today · incumbent, in turns
//!                                └──► one figure after the other: rate18 · watched · lists · fleet · upsert · resync · growth · bundle
//! ```

mod calls;
mod contender;
mod cpu;
mod figure;
mod fleet;
mod growth;
mod lists;
mod machine;
mod node_program;
mod options;
mod page;
mod peers;
mod plots;
mod race;
mod rate18;
mod report;
mod results;
mod resync;
mod rig;
mod sizes;
mod statistics;
mod stopwatch;
mod sync_worker;
mod today;
mod upsert;
mod watched;
mod workflows;

pub use options::Options;

use self::{
    contender::{Contender, Kind},
    fleet::Fleet,
    options::{Selection, Single},
    results::{Folder, Record, Results},
    rig::Rig,
    sizes::Sizes,
};
use crate::{
    build::{self, Bundle},
    paths,
    setup::{self, Scope, Tools},
    stack::interrupted,
};
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use std::path::PathBuf;

/// Runs the command.
///
/// # Errors
/// A name is unknown, a component does not start, a run fails, or a row is wrong. What is measured until then is kept, and a
/// bar that is missed is no error.
pub async fn run(options: Options) -> Result<()> {
    let selection = options.selection()?;
    let tools = setup::everything(Scope::Run)?;
    let is_ours = |each: &Contender| matches!(each.kind(), Kind::Sync { older: false, .. });
    let needs_bundle = selection.contenders.iter().any(is_ours)
        || selection.singles.iter().any(|single| *single != Single::Upsert);
    let bundle_bytes = if needs_bundle {
        build::bundle(Bundle::Full)?;
        build::full_bytes()?
    } else {
        0
    };
    let is_node = |each: &Contender| matches!(each.kind(), Kind::Node(_) | Kind::Workflows);
    if selection.contenders.iter().any(is_node) {
        peers::ensure()?;
    }
    let today = match selection.contenders.contains(&Contender::Today) {
        true => Some(today::ensure(&options.today_commit, &tools)?),
        false => None,
    };
    let bench = Bench { options, selection, tools, bundle_bytes, today };
    let results = tokio::select! {
        results = bench.measure() => results?,
        stopped = interrupted() => {
            stopped?;
            bail!("interrupted")
        }
    };
    bench.finish(&results)
}

/// A run of the command.
struct Bench {
    options: Options,
    selection: Selection,
    tools: Tools,
    bundle_bytes: usize,
    today: Option<PathBuf>,
}

impl Bench {
    async fn measure(&self) -> Result<Results> {
        let rig = Rig::start(&self.tools).await?;
        let results = self.measure_with(&rig).await;
        rig.stop().await;
        results
    }

    async fn measure_with(&self, rig: &Rig) -> Result<Results> {
        rig.template(race::TEMPLATE, &paths::root()).await?;
        if let Some(today) = &self.today {
            rig.template(race::TEMPLATE_TODAY, today).await?;
        }
        let mut results = Results::default();
        for single in &self.selection.singles {
            self.measure_single(rig, *single, &mut results)
                .await
                .with_context(|| format!("the figure {}", single.name()))?;
        }
        if !self.selection.contenders.is_empty() {
            let plan = race::Plan {
                contenders: self.selection.contenders.clone(),
                rounds: self.options.rounds(),
                campaigns: self.sizes().race,
                today: self.today.clone(),
            };
            eprintln!("race: {} campaigns, {} rounds", plan.campaigns, plan.rounds);
            let partial = |race: &race::Race| {
                let record = Record::new(race, self.options.quick, None);
                Folder::of(false).save("race-until-now", &record)
            };
            let race = race::run(rig, &plan, partial).await.context("the race")?;
            results.race = Some(self.keep("race", race)?);
        }
        Ok(results)
    }

    async fn measure_single(&self, rig: &Rig, single: Single, results: &mut Results) -> Result<()> {
        let (sizes, all) = (self.sizes(), self.options.rounds());
        // What takes minutes, and varies little, is repeated less often.
        let fewer = all.div_ceil(2);
        eprintln!("{}", single.name());
        let fleet = |shops, campaigns, rate| Fleet { shops, campaigns, rate };
        match single {
            Single::Bundle => results.bundle = Some(self.keep("bundle", self.bundle_bytes)?),
            Single::Upsert => {
                let runs = upsert::run(rig, sizes.upsert_rows, all).await?;
                results.upsert = Some(self.keep("upsert", runs)?);
            }
            Single::Resync => {
                let runs = resync::run(rig, sizes.race, all).await?;
                results.resync = Some(self.keep("resync", runs)?);
            }
            Single::Rate18 => {
                let runs = rate18::run(rig, sizes.rate18, all).await?;
                results.rate18 = Some(self.keep("rate18", runs)?);
            }
            Single::Lists => {
                let runs = lists::run(rig, sizes.listed, fewer).await?;
                results.lists = Some(self.keep("lists", runs)?);
            }
            Single::Watched => {
                let runs = watched::run(rig, sizes.race, sizes.watchers, all).await?;
                results.watched = Some(self.keep("watched", runs)?);
            }
            Single::Fleet => {
                let runs = fleet::run(rig, fleet(sizes.fleet, 200, Some(50)), fewer).await?;
                results.fleet = Some(self.keep("fleet", runs)?);
            }
            Single::Growth => {
                let runs = growth::run(rig, &sizes.growth, fewer).await?;
                results.growth = Some(self.keep("growth", runs)?);
            }
            Single::GrowthShops => {
                let mut runs = Vec::new();
                for shops in sizes.growth_shops {
                    runs.extend(fleet::run(rig, fleet(shops, 20, None), 1).await?);
                }
                results.growth_shops = Some(self.keep("growth-shops", runs)?);
            }
        }
        Ok(())
    }

    fn sizes(&self) -> Sizes {
        if self.options.quick { Sizes::QUICK } else { Sizes::FULL }
    }

    /// Writes a result at once, so that it is not lost if a later one fails. The repository keeps only whole results of full size.
    fn keep<T: serde::Serialize>(&self, name: &str, runs: T) -> Result<Record<T>> {
        let today = self.today.as_ref().map(|_| self.options.today_commit.as_str());
        let record = Record::new(runs, self.options.quick, today);
        self.folder(name).save(name, &record)?;
        Ok(record)
    }

    fn folder(&self, name: &str) -> Folder {
        let is_part = name == "race" && self.selection.contenders.len() + 1 < Contender::ALL.len();
        Folder::of(!self.options.quick && !is_part)
    }

    /// Prints the tables and writes the figures.
    fn finish(&self, results: &Results) -> Result<()> {
        let measured = report::figures(results);
        if let Some(record) = &results.race {
            println!("{}", report::race_table(&record.runs));
        }
        println!("{}", report::figure_table(&measured));
        if self.options.quick {
            println!(
                "Sizes were small (--quick): these figures say whether something is broken, not how fast it is."
            );
        } else {
            page::update()?;
        }
        if let Some(file) = &self.options.json {
            let figures: Vec<_> = measured.iter().map(report::Measured::figure).collect();
            std::fs::write(file, serde_json::to_string_pretty(&json!({ "figures": figures }))? + "\n")
                .with_context(|| format!("{} cannot be written", file.display()))?;
        }
        let failed = results.race.iter().flat_map(|record| &record.runs.failed);
        let names: Vec<&str> = failed.map(|(name, _)| name.as_str()).collect();
        ensure!(names.is_empty(), "not measured, since it failed: {}", names.join(", "));
        Ok(())
    }
}
