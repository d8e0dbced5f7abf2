//! Dependencies between the crates of the workspace, read from their manifests.

use anyhow::{Context, Result};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Each crate with the crates of the workspace that it may depend on.
const ALLOWED: [(&str, &[&str]); 12] = [
    ("compact", &[]),
    ("api", &[]),
    ("cli", &["api"]),
    ("stringprep", &[]),
    ("postgres-client", &[]),
    ("shopee", &["compact"]),
    ("sync-core", &["shopee", "compact"]),
    ("store", &["api", "sync-core", "shopee", "compact", "postgres-client"]),
    ("sync-flow", &["api", "store", "sync-core", "shopee", "compact"]),
    (
        "apishopee-ads-sync",
        &["api", "sync-flow", "store", "sync-core", "shopee", "compact", "postgres-client"],
    ),
    ("mock-shopee", &[]),
    ("xtask", &["api", "mock-shopee", "sync-flow", "store", "sync-core"]),
];
/// Crates of tests, which may depend on everything.
const TEST_CRATES: [&str; 3] = ["e2e", "sim", "store-tests"];
/// The binding to the platform, and the only crate that may use it.
const PLATFORM: (&str, &str) = ("worker", "apishopee-ads-sync");

/// The dependencies of each crate, without those of its tests.
pub(super) type Dependencies = BTreeMap<String, BTreeSet<String>>;

/// Reads the manifests of all members.
pub(super) fn read_workspace(root: &Path) -> Result<Dependencies> {
    let workspace = read_manifest(&root.join("Cargo.toml"))?;
    let members = workspace.get("workspace").and_then(|table| table.get("members"));
    let members = members.and_then(toml::Value::as_array).context("Cargo.toml has no workspace members")?;
    let members = members.iter().filter_map(toml::Value::as_str);
    members.map(|member| dependencies(&read_manifest(&root.join(member).join("Cargo.toml"))?)).collect()
}

fn read_manifest(file: &Path) -> Result<toml::Table> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    text.parse().with_context(|| file.display().to_string())
}

fn dependencies(manifest: &toml::Table) -> Result<(String, BTreeSet<String>)> {
    let name = manifest.get("package").and_then(|package| package.get("name"));
    let name = name.and_then(toml::Value::as_str).context("a manifest without a name")?;
    let targets =
        manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values);
    let tables = targets.filter_map(toml::Value::as_table).chain([manifest]);
    let tables = tables.filter_map(|table| table.get("dependencies")?.as_table());
    Ok((name.to_owned(), tables.flat_map(toml::Table::keys).cloned().collect()))
}

/// Dependencies that are not allowed, and crates that no layer is given for.
pub(super) fn violations(crates: &Dependencies) -> Vec<String> {
    let mut violations = Vec::new();
    for (name, dependencies) in crates.iter().filter(|(name, _)| !TEST_CRATES.contains(&name.as_str())) {
        let Some((_, allowed)) = ALLOWED.iter().find(|(layer, _)| layer == name) else {
            violations.push(format!("{name}: add its layer to xtask/src/layers/crates.rs"));
            continue;
        };
        for dependency in dependencies {
            let is_member = crates.contains_key(dependency);
            let is_platform = dependency == PLATFORM.0 && name != PLATFORM.1;
            if is_platform || is_member && !allowed.contains(&dependency.as_str()) {
                violations.push(format!("{name} must not depend on {dependency}"));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(manifests: &[&str]) -> Dependencies {
        manifests.iter().map(|text| dependencies(&text.parse().unwrap()).unwrap()).collect()
    }

    #[test]
    fn dependencies_on_upper_layers_are_found() {
        let found = violations(&workspace(&[
            "package.name = \"store\"\n[dependencies]\nsync-core.workspace = true\nsync-flow.workspace = true",
            "package.name = \"sync-core\"\n[target.'cfg(unix)'.dependencies]\nworker = \"1\"\n[dependencies]\nserde = \"1\"",
            "package.name = \"sync-flow\"\n[dev-dependencies]\nmock-shopee = \"1\"",
            "package.name = \"mock-shopee\"",
            "package.name = \"e2e\"\n[dependencies]\nmock-shopee = \"1\"",
            "package.name = \"new\"",
        ]));
        assert_eq!(
            found,
            [
                "new: add its layer to xtask/src/layers/crates.rs",
                "store must not depend on sync-flow",
                "sync-core must not depend on worker",
            ]
        );
    }
}
