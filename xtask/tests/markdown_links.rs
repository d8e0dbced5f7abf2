//! Relative links in Markdown files lead to files that exist.

use pulldown_cmark::{Event, Parser, Tag};
use std::{
    fs,
    path::{Path, PathBuf},
};
use walkdir::{DirEntry, WalkDir};
use xtask::paths;

/// Folders that are not part of the source.
const SKIPPED: [&str; 2] = ["target", "node_modules"];

fn markdown_files(root: &Path) -> Vec<PathBuf> {
    let is_source = |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        entry.depth() == 0 || !(name.starts_with('.') || SKIPPED.contains(&name.as_ref()))
    };
    let files = WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(is_source);
    let files = files.map(|entry| entry.unwrap().into_path());
    files.filter(|file| file.extension().is_some_and(|extension| extension == "md")).collect()
}

/// The targets of links and images, without web addresses and links within the file.
fn relative_links(markdown: &str) -> Vec<String> {
    let target = |event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url),
        _ => None,
    };
    let links = Parser::new(markdown).filter_map(target);
    let links = links.filter(|link| !link.contains("://") && !link.starts_with("mailto:"));
    let files = links.map(|link| link.split('#').next().unwrap_or_default().to_owned());
    files.filter(|file| !file.is_empty()).collect()
}

fn broken_links(root: &Path) -> Vec<String> {
    let mut broken = Vec::new();
    for file in markdown_files(root) {
        for link in relative_links(&fs::read_to_string(&file).unwrap()) {
            if !file.with_file_name(&link).exists() {
                broken.push(format!("{}: {link}", file.strip_prefix(root).unwrap().display()));
            }
        }
    }
    broken
}

#[test]
fn relative_links_lead_to_files() {
    assert_eq!(broken_links(&paths::root()), [""; 0]);
}

#[test]
fn a_broken_link_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[a](docs/a.md#part) [web](https://example.test/x.md) [here](#part) ![b](missing.png)\n\n`[c](code.md)`";
    fs::create_dir(folder.path().join("docs")).unwrap();
    fs::write(folder.path().join("README.md"), text).unwrap();
    fs::write(folder.path().join("docs/a.md"), "[up](../README.md) [gone](gone.md)").unwrap();
    assert_eq!(broken_links(folder.path()), ["README.md: missing.png", "docs/a.md: gone.md"]);
}
