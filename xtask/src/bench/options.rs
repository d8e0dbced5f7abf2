//! Command-line options.

use super::contender::Contender;
use anyhow::{Result, bail};
use clap::Args;
use std::path::PathBuf;

/// Options of `cargo xtask bench`.
#[derive(Args, Clone)]
pub struct Options {
    /// Smaller sizes and two rounds, in less than five minutes; the results are kept in target/bench
    #[arg(long)]
    pub quick: bool,
    /// Write the figures to this file as JSON
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// Only these figures and contenders, separated by commas; an unknown name lists all
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Rounds of what is measured several times; 5, or 2 with --quick
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: Option<u32>,
    /// Also build and measure an older commit, for the figures that compare with it
    #[arg(long)]
    pub today: bool,
    /// That commit
    #[arg(long, default_value = "97a0672")]
    pub today_commit: String,
}

/// A figure that is measured by itself; the contenders are the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Single {
    /// A large shop under a tight limit of calls.
    Rate18,
    /// Lists over HTTP, of many shops.
    Lists,
    /// A large shop that many watch.
    Watched,
    /// Many shops under a limit of calls.
    Fleet,
    /// The statement that writes figures.
    Upsert,
    /// A sync without changes.
    Resync,
    /// Time and memory by the size of a shop; its largest shop is also the figure `memory`.
    Growth,
    /// Time and memory by the number of shops.
    GrowthShops,
    /// The size of the bundle.
    Bundle,
}

impl Single {
    /// All of them, in the order in which they are measured.
    pub const ALL: [Self; 9] = [
        Self::Bundle,
        Self::Upsert,
        Self::Resync,
        Self::Rate18,
        Self::Watched,
        Self::Lists,
        Self::Fleet,
        Self::Growth,
        Self::GrowthShops,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rate18 => "rate18",
            Self::Watched => "watched",
            Self::Lists => "lists",
            Self::Fleet => "fleet",
            Self::Upsert => "upsert",
            Self::Resync => "resync",
            Self::Growth => "growth",
            Self::GrowthShops => "growth-shops",
            Self::Bundle => "bundle",
        }
    }
}

/// Other names for some of what is measured.
const ALSO: [&str; 3] = ["race", "cpu", "memory"];

/// What is to be measured.
#[derive(Debug, PartialEq, Eq)]
pub struct Selection {
    /// Who takes part in the race, in the order of a round; nobody: there is no race.
    pub contenders: Vec<Contender>,
    /// The figures that are measured by themselves.
    pub singles: Vec<Single>,
}

impl Options {
    /// What is to be measured.
    ///
    /// # Errors
    /// A name is unknown; the message lists those that there are.
    pub fn selection(&self) -> Result<Selection> {
        select(&self.only, self.today)
    }

    /// How often what varies is measured.
    #[must_use]
    pub fn rounds(&self) -> u32 {
        self.rounds.unwrap_or(if self.quick { 2 } else { 5 })
    }
}

fn select(only: &[String], today: bool) -> Result<Selection> {
    let in_race: Vec<Contender> =
        Contender::ALL.into_iter().filter(|each| today || *each != Contender::Today).collect();
    if only.is_empty() {
        return Ok(Selection { contenders: in_race, singles: Single::ALL.to_vec() });
    }
    let (mut contenders, mut singles) = (Vec::new(), Vec::new());
    for name in only {
        if let Some(contender) = Contender::ALL.into_iter().find(|each| each.name() == name) {
            contenders.push(contender);
        } else if let Some(single) = Single::ALL.into_iter().find(|each| each.name() == name) {
            singles.push(single);
        } else {
            match name.as_str() {
                "race" => contenders.extend(&in_race),
                "cpu" => contenders.extend([Contender::Ours, Contender::Today]),
                "memory" => singles.push(Single::Growth),
                _ => bail!("--only: there is no '{name}'; there are {}", names().join(", ")),
            }
        }
    }
    Ok(Selection {
        contenders: Contender::ALL.into_iter().filter(|each| contenders.contains(each)).collect(),
        singles: Single::ALL.into_iter().filter(|each| singles.contains(each)).collect(),
    })
}

fn names() -> Vec<&'static str> {
    let contenders = Contender::ALL.iter().map(|each| each.name());
    contenders.chain(Single::ALL.iter().map(|each| each.name())).chain(ALSO).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        options: Options,
    }

    fn parsed(arguments: &[&str]) -> Result<Options, clap::Error> {
        Command::try_parse_from([&["bench"], arguments].concat()).map(|command| command.options)
    }

    #[test]
    fn everything_is_measured_by_default() {
        let selection = parsed(&[]).unwrap().selection().unwrap();
        assert_eq!(selection.singles, Single::ALL);
        assert!(!selection.contenders.contains(&Contender::Today), "an older commit is built on demand");
        assert_eq!(selection.contenders.len(), Contender::ALL.len() - 1);
        let with = parsed(&["--today"]).unwrap().selection().unwrap();
        assert_eq!(with.contenders, Contender::ALL);
    }

    #[test]
    fn names_select_figures_and_contenders() {
        let of = |only: &str| parsed(&["--only", only]).unwrap().selection().unwrap();
        let some = of("ours,upsert,pool");
        assert_eq!(some.contenders, [Contender::Pool, Contender::Ours]);
        assert_eq!(some.singles, [Single::Upsert]);
        assert_eq!(of("cpu").contenders, [Contender::Ours, Contender::Today]);
        assert_eq!(of("memory,growth").singles, [Single::Growth]);
        assert!(of("bundle").contenders.is_empty());
    }

    #[test]
    fn an_unknown_name_is_answered_with_all_names() {
        let error = parsed(&["--only", "pool,fleets"]).unwrap().selection().unwrap_err().to_string();
        assert!(error.contains("'fleets'"), "{error}");
        for name in names() {
            assert!(error.contains(name), "{error} lacks {name}");
        }
    }

    #[test]
    fn rounds_are_at_least_one() {
        assert!(parsed(&["--rounds", "0"]).is_err());
        assert_eq!(parsed(&["--rounds", "7"]).unwrap().rounds(), 7);
        assert_eq!((parsed(&[]).unwrap().rounds(), parsed(&["--quick"]).unwrap().rounds()), (5, 2));
    }
}
