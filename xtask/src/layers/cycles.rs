//! Import cycles between the members of a folder: its files, and its subfolders with everything in them.

use super::{imports::Imports, syntax::Segments};
use petgraph::{
    algo::tarjan_scc,
    graph::{DiGraph, NodeIndex},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// Names shown per import.
const SHOWN_NAMES: usize = 6;

/// The imports from one member of a folder to another.
type MemberImports = BTreeMap<(String, String), Imports>;

/// Members of a folder that import each other.
#[derive(Debug)]
pub(super) struct Cycle {
    /// The module path of the folder.
    pub folder: Segments,
    pub members: BTreeSet<String>,
    /// The imports between them.
    pub imports: MemberImports,
}

/// Finds the cycles in all folders.
pub(super) fn find(imports: &Imports) -> Vec<Cycle> {
    let mut folders: BTreeMap<Segments, MemberImports> = BTreeMap::new();
    for ((from, to), names) in imports {
        let common = from.iter().zip(to).take_while(|(from, to)| from == to).count();
        // Without a next segment, one of the two is an ancestor of the other.
        if let (Some(importing), Some(imported)) = (from.get(common), to.get(common)) {
            let members = folders.entry(from[..common].to_vec()).or_default();
            let pair = members.entry((importing.clone(), imported.clone())).or_default();
            pair.insert((from.clone(), to.clone()), names.clone());
        }
    }
    folders.iter().flat_map(|(folder, imports)| in_folder(folder, imports)).collect()
}

fn in_folder(folder: &Segments, imports: &MemberImports) -> Vec<Cycle> {
    let mut graph = DiGraph::<&String, ()>::new();
    let mut nodes = BTreeMap::new();
    for (from, to) in imports.keys() {
        let [from, to] =
            [from, to].map(|member| *nodes.entry(member).or_insert_with(|| graph.add_node(member)));
        graph.add_edge(from, to, ());
    }
    let components = tarjan_scc(&graph).into_iter().filter(|component| component.len() > 1);
    let cycle = |component: Vec<NodeIndex>| {
        let members: BTreeSet<String> = component.into_iter().map(|node| graph[node].clone()).collect();
        let is_inside = |(from, to): &(String, String)| members.contains(from) && members.contains(to);
        let imports = imports.iter().filter(|(pair, _)| is_inside(pair));
        let imports = imports.map(|(pair, imports)| (pair.clone(), imports.clone())).collect();
        Cycle { folder: folder.clone(), members, imports }
    };
    let mut cycles: Vec<_> = components.map(cycle).collect();
    cycles.sort_by(|one, other| one.members.cmp(&other.members));
    cycles
}

impl Cycle {
    /// Lists the members, and each import between them with its names. `root`: the crate's source folder.
    pub fn describe(&self, root: &str) -> String {
        let folder: Vec<&str> = [root].into_iter().chain(self.folder.iter().map(String::as_str)).collect();
        let members: Vec<&str> = self.members.iter().map(String::as_str).collect();
        let mut text = format!("{}: {} import each other", folder.join("/"), members.join(", "));
        for ((from, to), imports) in &self.imports {
            let _ = write!(text, "\n  {from} → {to}");
            for ((importing, imported), names) in imports {
                let shown: Vec<&str> = names.iter().take(SHOWN_NAMES).map(String::as_str).collect();
                let more = if names.len() > SHOWN_NAMES { ", …" } else { "" };
                let (importing, imported) = (importing.join("/"), imported.join("/"));
                let _ = write!(text, "\n      {importing} → {imported}: {}{more}", shown.join(", "));
            }
        }
        text
    }
}
