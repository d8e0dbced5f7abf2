//! Small crates in memory, and the real tree.

use super::{
    crate_violations, cycles, import_cycles,
    imports::imports,
    module_tree::{ModuleTree, Sources},
};
use crate::paths;

fn tree(files: &[(&str, &str)]) -> ModuleTree {
    let sources: Sources = files.iter().map(|(file, text)| (file.into(), (*text).to_owned())).collect();
    ModuleTree::parse(&sources).unwrap()
}

/// All imports as `from → to: names`.
fn imported(files: &[(&str, &str)]) -> Vec<String> {
    let text = |((from, to), names): (&(Vec<String>, Vec<String>), &std::collections::BTreeSet<String>)| {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        format!("{} → {}: {}", from.join("/"), to.join("/"), names.join(", "))
    };
    imports(&tree(files)).iter().map(text).collect()
}

/// All cycles by folder and members.
fn cycles(files: &[(&str, &str)]) -> Vec<String> {
    let found = cycles::find(&imports(&tree(files)));
    let text = |cycle: &cycles::Cycle| {
        let members: Vec<_> = cycle.members.iter().map(String::as_str).collect();
        format!("{}: {}", cycle.folder.join("/"), members.join(", "))
    };
    found.iter().map(text).collect()
}

#[test]
fn imports_in_one_direction_are_no_cycle() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c; pub use a::A;"),
        ("a.rs", "use crate::{b::B, c::{self, C}}; pub struct A(B, C, c::D);"),
        ("b.rs", "pub struct B(super::c::C);"),
        ("c.rs", "pub struct C; pub struct D;"),
    ];
    assert_eq!(cycles(&files), [""; 0]);
    assert_eq!(imported(&files), [" → a: A", "a → b: B", "a → c: C, c, c::D", "b → c: super::c::C"]);
}

#[test]
fn a_cycle_is_found_with_its_imports() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "pub struct B; fn f() { crate::c::g(); }"),
        ("c.rs", "pub fn g() { println!(\"{}\", super::a::A); }"),
        ("d.rs", "use super::a::A;"),
    ];
    assert_eq!(cycles(&files), [": a, b, c"]);
    let found = cycles::find(&imports(&tree(&files)));
    let text = found[0].describe("crates/x/src");
    assert_eq!(
        text,
        "crates/x/src: a, b, c import each other\n  a → b\n      a → b: B\n  b → c\n      b → c: crate::c::g\n  \
         c → a\n      c → a: super::a::A"
    );
}

#[test]
fn a_re_export_counts_as_the_file_that_defines_the_name() {
    let files = [
        ("lib.rs", "mod a; mod b; mod deep; pub use a::A; pub use deep::*;"),
        ("a.rs", "use crate::Deep; pub struct A;"),
        ("b.rs", "use crate::{A as Renamed, deep::inner::Other}; use super::*; fn f(_: Deep) {}"),
        ("deep/mod.rs", "mod inner; pub use inner::{Deep, Other};"),
        ("deep/inner.rs", "pub struct Deep; pub enum Other { One }"),
    ];
    let found = imported(&files);
    for expected in ["a → deep/inner: Deep", "b → a: A", "b → deep/inner: Deep, Other"] {
        assert!(found.contains(&expected.to_owned()), "{expected}: {found:#?}");
    }
}

#[test]
fn a_folder_is_one_member_of_its_parent() {
    let files = [
        ("lib.rs", "mod front; mod model;"),
        ("front/mod.rs", "mod page; pub struct Front; use page::show;"),
        ("front/page.rs", "use super::Front; use crate::model::Model; pub fn show() {}"),
        ("model/mod.rs", "mod row; pub struct Model;"),
        ("model/row.rs", "use crate::front::Front; use super::Model;"),
    ];
    assert_eq!(cycles(&files), [": front, model"]);
    let one_way =
        files.map(|(file, text)| (file, if file == "model/row.rs" { "use super::Model;" } else { text }));
    assert_eq!(cycles(&one_way), [""; 0], "imports of a parent by its children do not count");
}

#[test]
fn files_of_a_folder_must_not_form_a_cycle() {
    let files = [
        ("lib.rs", "mod x;"),
        ("x/mod.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
        ("x/a.rs", "use super::B; pub struct A;"),
        ("x/b.rs", "pub struct B; impl B { fn f(&self) -> crate::x::A { crate::x::A } }"),
    ];
    assert_eq!(cycles(&files), ["x: a, b"]);
}

#[test]
fn tests_are_ignored() {
    let files = [
        ("lib.rs", "mod a; mod b; #[cfg(test)] mod absent;"),
        ("a.rs", "use crate::b::B; pub struct A; #[cfg(test)] fn only() -> crate::b::B { crate::b::B }"),
        ("b.rs", "pub struct B; #[cfg(test)] use crate::a::A; #[cfg(test)] mod tests { use crate::a::A; }"),
    ];
    assert_eq!(cycles(&files), [""; 0]);
}

#[test]
fn the_crates_depend_downwards_only() {
    assert_eq!(crate_violations(&paths::root()).unwrap(), [""; 0]);
}

#[test]
fn the_tree_has_no_import_cycles() {
    let cycles = import_cycles(&paths::root()).unwrap();
    assert!(cycles.is_empty(), "{}", cycles.join("\n\n"));
}
