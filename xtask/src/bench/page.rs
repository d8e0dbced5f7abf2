//! BENCHMARKS.md: the part between its marks is made from the kept results.

use super::{
    growth, plots,
    report::{self, figures},
    results::{Folder, KEPT, Record, Results},
};
use crate::paths;
use anyhow::{Context, Result};
use std::{fmt::Write, fs};

/// The page, relative to the checkout.
pub const PAGE: &str = "BENCHMARKS.md";
const BEGIN: &str = "<!-- results: begin -->";
const END: &str = "<!-- results: end -->";

/// Writes the page's tables and the plots anew.
///
/// # Errors
/// A file cannot be read or written, or the page has no marks.
pub fn update() -> Result<()> {
    let results = Results::read(&Folder::of(true).0)?;
    let page = paths::root().join(PAGE);
    let text = fs::read_to_string(&page).with_context(|| format!("{PAGE} is missing"))?;
    fs::write(&page, applied(&text, &results)?).with_context(|| format!("{PAGE} cannot be written"))?;
    draw(&results, &Folder::of(true))
}

/// Draws the plots of the results into their folder.
///
/// # Errors
/// A file cannot be written.
pub fn draw(results: &Results, folder: &Folder) -> Result<()> {
    let mut drawn = Vec::new();
    if let Some(record) = &results.race {
        drawn.push(("race.svg", plots::race(&record.runs)?));
    }
    if let Some(record) = &results.growth {
        drawn.push(("growth.svg", plots::growth("campaigns", &growth::by_campaigns(&record.runs))?));
    }
    if let Some(record) = &results.growth_shops {
        drawn.push(("growth-shops.svg", plots::growth("shops", &growth::by_shops(&record.runs))?));
    }
    for (name, svg) in drawn {
        fs::write(folder.0.join(name), svg).with_context(|| format!("{name} cannot be written"))?;
    }
    Ok(())
}

fn applied(page: &str, results: &Results) -> Result<String> {
    let missing = || format!("{PAGE} has no {BEGIN} and {END}");
    let (before, rest) = page.split_once(BEGIN).with_context(missing)?;
    let (_, after) = rest.split_once(END).with_context(missing)?;
    Ok(format!("{before}{BEGIN}\n\n{}\n{END}{after}", tables(results)))
}

/// All tables, in Markdown.
fn tables(results: &Results) -> String {
    let mut text = report::figure_table(&figures(results));
    let _ = write!(text, "\n{}\n", origins(results).join(" · "));
    if let Some(record) = &results.race {
        let campaigns = record.runs.campaigns;
        let _ = write!(text, "\n### The race: {campaigns} campaigns\n\n{}", report::race_table(&record.runs));
        let _ = write!(text, "\n![times of the race]({KEPT}/race.svg)\n\n{}", origin(record));
    }
    if let Some(record) = &results.growth {
        let table = report::growth_table("campaigns", &growth::by_campaigns(&record.runs));
        let _ = write!(
            text,
            "\n### Growth\n\n{table}\n![growth by campaigns]({KEPT}/growth.svg)\n\n{}",
            origin(record)
        );
    }
    if let Some(record) = &results.growth_shops {
        let table = report::growth_table("shops", &growth::by_shops(&record.runs));
        let _ = write!(text, "\n{table}\n![growth by shops]({KEPT}/growth-shops.svg)\n\n{}", origin(record));
    }
    text
}

/// The commits on which the results were measured.
fn origins(results: &Results) -> Vec<String> {
    let Results { race, rate18, watched, lists, fleet, upsert, resync, growth, growth_shops, bundle } =
        results;
    let of = |name: &str, commit: Option<&String>| commit.map(|commit| format!("{name}: commit {commit}"));
    let all = [
        of("race", race.as_ref().map(|record| &record.commit)),
        of("rate18", rate18.as_ref().map(|record| &record.commit)),
        of("watched", watched.as_ref().map(|record| &record.commit)),
        of("lists", lists.as_ref().map(|record| &record.commit)),
        of("fleet", fleet.as_ref().map(|record| &record.commit)),
        of("upsert", upsert.as_ref().map(|record| &record.commit)),
        of("resync", resync.as_ref().map(|record| &record.commit)),
        of("growth", growth.as_ref().map(|record| &record.commit)),
        of("growth-shops", growth_shops.as_ref().map(|record| &record.commit)),
        of("bundle", bundle.as_ref().map(|record| &record.commit)),
    ];
    all.into_iter().flatten().collect()
}

/// Where a result comes from.
fn origin<T>(record: &Record<T>) -> String {
    let today = record.today.as_ref().map_or_else(String::new, |commit| format!(" (\"today\" is {commit})"));
    format!(
        "Measured at {} on commit {}{today}: {}",
        record.at,
        record.commit,
        report::machine(&record.machine)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::upsert::UpsertRun;

    /// `cargo xtask bench` writes both; with `UPDATE_SNAPSHOTS=1` this test writes the page anew.
    #[test]
    fn the_page_has_the_numbers_of_the_kept_results() {
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            update().unwrap();
        }
        let page = fs::read_to_string(paths::root().join(PAGE)).unwrap();
        let results = Results::read(&Folder::of(true).0).unwrap();
        let expected = applied(&page, &results).unwrap();
        assert!(page == expected, "{PAGE} is not as {KEPT} says: run this test with UPDATE_SNAPSHOTS=1");
    }

    #[test]
    fn tables_go_between_the_marks() {
        let runs = vec![UpsertRun { rows: 1, ours_seconds: 2.0, copy_seconds: 1.0 }];
        let results = Results { upsert: Some(Record::new(runs, false, None)), ..Results::default() };
        let page = applied(&format!("a\n{BEGIN}\nold\n{END}\nb\n"), &results).unwrap();
        assert!(page.starts_with("a\n") && page.ends_with("b\n") && !page.contains("old"));
        assert!(page.contains("COPY + merge | 0.50 |"), "{page}");
        assert!(applied("no marks", &results).is_err());
    }
}
