//! The modules of a crate.

use super::syntax::{Contents, Segments};
use anyhow::{Context, Result};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};
use syn::{Expr, ExprLit, Item, ItemMod, Lit, Meta};

/// Source texts of a crate by their path relative to its source folder.
pub(super) type Sources = BTreeMap<PathBuf, String>;

/// A module without its tests.
pub(super) struct Module {
    /// The module path of the file that it is in: for inline modules that of the surrounding file.
    pub file: Segments,
    pub items: BTreeSet<String>,
    pub bindings: BTreeMap<String, Segments>,
    pub globs: Vec<Segments>,
    pub paths: BTreeSet<Segments>,
}

/// All modules by their path; the root's is empty.
pub(super) struct ModuleTree {
    pub modules: BTreeMap<Segments, Module>,
}

impl ModuleTree {
    /// Parses `lib.rs`, or `main.rs` where there is none, and all modules that are declared from there.
    pub fn parse(sources: &Sources) -> Result<Self> {
        let roots = ["lib.rs", "main.rs"].map(PathBuf::from);
        let root = roots.iter().find(|root| sources.contains_key(*root)).context("no lib.rs or main.rs")?;
        let mut tree = Self { modules: BTreeMap::new() };
        tree.add_file(sources, Segments::new(), root)?;
        Ok(tree)
    }

    fn add_file(&mut self, sources: &Sources, path: Segments, file: &Path) -> Result<()> {
        let name = || file.display().to_string();
        let syntax = syn::parse_file(sources.get(file).with_context(name)?).with_context(name)?;
        self.add_module(sources, path.clone(), &path, &syntax.items)
    }

    fn add_module(
        &mut self,
        sources: &Sources,
        path: Segments,
        file: &Segments,
        items: &[Item],
    ) -> Result<()> {
        let Contents { items, bindings, globs, paths, children } = Contents::of(items);
        for child in children {
            let child_path: Segments = path.iter().cloned().chain([child.ident.to_string()]).collect();
            match &child.content {
                Some((_, items)) => self.add_module(sources, child_path, file, items)?,
                None => {
                    let child_file = child_file(sources, &path, child)?;
                    self.add_file(sources, child_path, &child_file)?;
                }
            }
        }
        self.modules.insert(path, Module { file: file.clone(), items, bindings, globs, paths });
        Ok(())
    }
}

/// The file of a module that is declared in the module `parent`.
fn child_file(sources: &Sources, parent: &Segments, child: &ItemMod) -> Result<PathBuf> {
    let folder: PathBuf = parent.iter().collect();
    let name = child.ident.to_string();
    let chosen = child.attrs.iter().find(|attribute| attribute.path().is_ident("path"));
    let chosen = chosen.and_then(|attribute| match &attribute.meta {
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(folder.join(text.value())),
            _ => None,
        },
        _ => None,
    });
    let usual = [folder.join(format!("{name}.rs")), folder.join(&name).join("mod.rs")];
    let mut candidates = chosen.into_iter().chain(usual);
    let found = candidates.find(|file| sources.contains_key(file));
    found.with_context(|| format!("the module {name} of {} has no file", folder.display()))
}
