//! Name resolution: which module defines what a path names.

use super::{module_tree::ModuleTree, syntax::Segments};

/// Longest chain of re-exports.
const DEPTH_MAX: u32 = 32;

/// The target of a path.
enum Target {
    Module(Segments),
    /// An item, by the module that defines it.
    Item(Segments),
}

impl ModuleTree {
    /// The path of the module that is, or defines, what `path` names in the module `from`; `None` if it is of another crate.
    pub fn resolve(&self, from: &Segments, path: &[String]) -> Option<Segments> {
        match self.follow(from, path, false, 0)? {
            Target::Module(module) | Target::Item(module) => Some(module),
        }
    }

    /// `wants_module`: a module is preferred to an item of the same name.
    fn follow(&self, from: &Segments, path: &[String], wants_module: bool, depth: u32) -> Option<Target> {
        if depth > DEPTH_MAX {
            return None;
        }
        let (mut target, mut rest) = self.first(from, path, wants_module, depth)?;
        while let Some((name, further)) = rest.split_first() {
            let Target::Module(module) = &target else { break };
            let prefers_module = wants_module || !further.is_empty();
            // A name that cannot be found is made by a macro of that module.
            let next = self.lookup(module, name, prefers_module, depth + 1);
            target = next.unwrap_or_else(|| Target::Item(module.clone()));
            rest = further;
        }
        Some(target)
    }

    /// Resolves the first segment, or all leading `super`s; returns the segments after it.
    fn first<'p>(
        &self,
        from: &Segments,
        path: &'p [String],
        wants_module: bool,
        depth: u32,
    ) -> Option<(Target, &'p [String])> {
        let (first, mut rest) = path.split_first()?;
        let mut module = match first.as_str() {
            "crate" => Segments::new(),
            "self" => from.clone(),
            "super" => parent(from)?,
            name => {
                let prefers_module = wants_module || !rest.is_empty();
                return Some((self.lookup(from, name, prefers_module, depth + 1)?, rest));
            }
        };
        while let Some((name, further)) = rest.split_first()
            && name == "super"
        {
            module = parent(&module)?;
            rest = further;
        }
        Some((Target::Module(module), rest))
    }

    /// Finds a name in a module's scope.
    fn lookup(&self, path: &Segments, name: &str, wants_module: bool, depth: u32) -> Option<Target> {
        let module = self.modules.get(path)?;
        let child: Segments = path.iter().cloned().chain([name.to_owned()]).collect();
        let child = self.modules.contains_key(&child).then_some(Target::Module(child));
        if wants_module && child.is_some() {
            return child;
        }
        if module.items.contains(name) {
            return Some(Target::Item(path.clone()));
        }
        if let Some(imported) = module.bindings.get(name).filter(|imported| **imported != [name]) {
            return self.follow(path, imported, wants_module, depth + 1).or(child);
        }
        let globs =
            module.globs.iter().filter_map(|glob| match self.follow(path, glob, true, depth + 1)? {
                Target::Module(module) => Some(module),
                Target::Item(_) => None,
            });
        child.or_else(|| {
            globs
                .filter(|glob| glob != path)
                .find_map(|glob| self.lookup(&glob, name, wants_module, depth + 1))
        })
    }
}

fn parent(module: &Segments) -> Option<Segments> {
    Some(module.split_last()?.1.to_vec())
}
