//! What the checks need of a module's syntax: its items, `use` declarations, and paths in code.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::{
    Attribute, ImplItemFn, Item, ItemMod, ItemUse, Macro, Path, UseTree, Visibility,
    visit::{self, Visit},
};

/// The segments of a path.
pub(super) type Segments = Vec<String>;

/// The contents of a module without its tests.
#[derive(Default)]
pub(super) struct Contents<'ast> {
    /// Names of the items defined in it.
    pub items: BTreeSet<String>,
    /// Names that `use` declarations bring into scope, with the imported path.
    pub bindings: BTreeMap<String, Segments>,
    /// Modules of glob imports.
    pub globs: Vec<Segments>,
    /// Paths in code.
    pub paths: BTreeSet<Segments>,
    /// Child modules.
    pub children: Vec<&'ast ItemMod>,
}

impl<'ast> Contents<'ast> {
    pub fn of(items: &'ast [Item]) -> Self {
        let mut contents = Self::default();
        for item in items.iter().filter(|item| !is_test(attributes(item))) {
            contents.items.extend(name(item));
            contents.visit_item(item);
        }
        contents
    }

    fn add_use(&mut self, prefix: &Segments, tree: &UseTree) {
        let join = |name: String| prefix.iter().cloned().chain([name]).collect::<Segments>();
        match tree {
            UseTree::Path(path) => self.add_use(&join(path.ident.to_string()), &path.tree),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_use(prefix, tree)),
            UseTree::Glob(_) => self.globs.push(prefix.clone()),
            UseTree::Name(name) if name.ident == "self" => {
                let last = prefix.last().cloned().unwrap_or_default();
                self.bindings.insert(last, prefix.clone());
            }
            UseTree::Name(name) => {
                drop(self.bindings.insert(name.ident.to_string(), join(name.ident.to_string())))
            }
            UseTree::Rename(rename) => {
                let path =
                    if rename.ident == "self" { prefix.clone() } else { join(rename.ident.to_string()) };
                // Names imported as `_` must not replace each other.
                let name = if rename.rename == "_" { path.join("::") } else { rename.rename.to_string() };
                self.bindings.insert(name, path);
            }
        }
    }

    /// Adds the paths in a macro's arguments that begin with `crate`, `self` or `super`.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut segments = Segments::new();
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => segments.push(ident.to_string()),
                TokenTree::Punct(punct) if punct.as_char() == ':' => continue,
                TokenTree::Group(group) => self.add_tokens(group.stream()),
                _ => self.paths.extend(macro_path(std::mem::take(&mut segments))),
            }
        }
        self.paths.extend(macro_path(segments));
    }
}

fn macro_path(segments: Segments) -> Option<Segments> {
    let start = segments.iter().rposition(|segment| matches!(segment.as_str(), "crate" | "self"));
    let start = start.or_else(|| segments.iter().position(|segment| segment == "super"))?;
    Some(segments.get(start..)?.to_vec()).filter(|segments| segments.len() > 1)
}

impl<'ast> Visit<'ast> for Contents<'ast> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.children.push(module);
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.add_use(&Segments::new(), &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if path.leading_colon.is_none() {
            self.paths.insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invocation: &'ast Macro) {
        self.add_tokens(invocation.tokens.clone());
        visit::visit_macro(self, invocation);
    }

    // Their paths are no imports.
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

/// Whether an item is compiled for tests only.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).any(|attribute| {
        let Ok(list) = attribute.meta.require_list() else { return false };
        let text = list.tokens.to_string();
        text == "test" || text.starts_with("all (test")
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}
