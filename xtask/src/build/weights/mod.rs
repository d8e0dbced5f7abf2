//! `cargo xtask build --weights`: what weighs in the bundle, by the bits that it takes in the compressed file.

mod group;
mod inflate;
mod wasm_file;

use super::{shrink, size};
use crate::paths;
use anyhow::{Context, Result};
use flate2::{Compression, write::DeflateEncoder};
use std::{collections::BTreeMap, fmt::Write as _, fs, io::Write as _, path::Path};
use wasm_file::{Part, WasmFile};

/// The page with the table.
const PAGE: &str = "docs/bundle.md";
const BEGIN: &str = "<!-- weights: begin -->";
const END: &str = "<!-- weights: end -->";
/// How many groups the table has.
const GROUPS: usize = 10;

/// Weighs the bundle in a folder, prints the table and writes it to the page.
pub(super) fn write(folder: &Path) -> Result<()> {
    let total = size::check(folder)?;
    let script = size::gzip_bytes(&fs::read(folder.join(size::FILES[0]))?)?;
    let named = fs::read(folder.join(shrink::NAMED)).context("the bundle with names was not built")?;
    let mut groups = weigh(&WasmFile::read(&named)?)?;
    groups.insert(group::SCRIPT, Weight { compressed: script as f64, count: 1 });
    let table = table(&groups, total);
    print!("{table}");
    let page = paths::root().join(PAGE);
    let text = fs::read_to_string(&page).with_context(|| format!("{PAGE} is missing"))?;
    let (before, _) = text.split_once(BEGIN).with_context(|| format!("{PAGE} has no {BEGIN}"))?;
    let (_, after) = text.split_once(END).with_context(|| format!("{PAGE} has no {END}"))?;
    fs::write(page, format!("{before}{BEGIN}\n\n{table}\n{END}{after}")).context("the page cannot be written")
}

/// What a group takes.
#[derive(Clone, Copy, Debug, Default)]
struct Weight {
    /// Bytes in the compressed file.
    compressed: f64,
    /// Functions.
    count: usize,
}

fn weigh(file: &WasmFile) -> Result<BTreeMap<&'static str, Weight>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&file.bytes)?;
    let costs = inflate::costs(&encoder.finish()?)?;
    let cost = |place: usize| costs.get(place).copied().unwrap_or_default() / 8.0;
    let mut groups: BTreeMap<&str, Weight> = BTreeMap::new();
    let mut rest = cost(file.bytes.len());
    for (part, place) in &file.parts {
        let name = match part {
            Part::Function(name) => group::of(name),
            Part::Data => group::DATA,
        };
        let compressed = cost(place.end) - cost(place.start);
        let weight = groups.entry(name).or_default();
        weight.compressed += compressed;
        weight.count += 1;
        rest -= compressed;
    }
    groups.insert(group::TABLES, Weight { compressed: rest, count: 0 });
    Ok(groups)
}

fn table(groups: &BTreeMap<&'static str, Weight>, total: usize) -> String {
    let mut rows: Vec<_> = groups.iter().collect();
    rows.sort_by(|a, b| b.1.compressed.total_cmp(&a.1.compressed));
    let mut text = "| part | functions | compressed bytes | of all |\n|---|---:|---:|---:|\n".to_owned();
    let percent = |bytes: f64| format!("{:.1} %", 100.0 * bytes / total as f64);
    let others = rows.iter().skip(GROUPS).fold(Weight::default(), |sum, (_, weight)| Weight {
        compressed: sum.compressed + weight.compressed,
        count: sum.count + weight.count,
    });
    for (name, weight) in
        rows.iter().take(GROUPS).map(|(name, weight)| (**name, **weight)).chain([("all others", others)])
    {
        let _ = writeln!(
            text,
            "| {name} | {} | {:.0} | {} |",
            weight.count,
            weight.compressed,
            percent(weight.compressed)
        );
    }
    let _ = writeln!(text, "| **the bundle** | | {total} | 100 % |");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guard_is_the_size_on_the_page_and_a_twentieth() {
        let page = fs::read_to_string(paths::root().join(PAGE)).unwrap();
        let line = page.lines().find(|line| line.starts_with("| **the bundle**")).unwrap();
        let total: usize = line.split('|').nth(3).unwrap().trim().parse().unwrap();
        let most = total + total / 20;
        assert!(
            (most - total / 100..=most).contains(&size::GZIP_BYTES_MAX),
            "{total} and {}",
            size::GZIP_BYTES_MAX
        );
    }
}
