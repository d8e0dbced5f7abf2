//! Which file imports which.

use super::{module_tree::ModuleTree, syntax::Segments};
use std::collections::{BTreeMap, BTreeSet};

/// Imported names by the importing and the defining file, which are given by their module paths.
pub(super) type Imports = BTreeMap<(Segments, Segments), BTreeSet<String>>;

/// All imports between files of a crate.
pub(super) fn imports(tree: &ModuleTree) -> Imports {
    let mut imports = Imports::new();
    for (path, module) in &tree.modules {
        let mut add = |segments: &Segments, name: &str| {
            let Some(target) = tree.resolve(path, segments).and_then(|target| tree.modules.get(&target))
            else {
                return;
            };
            if target.file != module.file {
                imports
                    .entry((module.file.clone(), target.file.clone()))
                    .or_default()
                    .insert(name.to_owned());
            }
        };
        for imported in module.bindings.values() {
            add(imported, imported.last().map_or("", String::as_str));
        }
        for glob in &module.globs {
            add(glob, &format!("{}::*", glob.join("::")));
        }
        // A single name is in scope by an import that counts already, or by a glob import.
        let is_relevant = |path: &&Segments| path.len() > 1 || !module.globs.is_empty();
        for path in module.paths.iter().filter(is_relevant) {
            add(path, &path.join("::"));
        }
    }
    imports
}
