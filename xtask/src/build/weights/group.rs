//! Which part of the bundle a function belongs to, by its name.

pub(super) const DATA: &str = "constants: SQL, texts, places of panics, tables";
pub(super) const SCRIPT: &str = "index.js";
pub(super) const TABLES: &str = "types, tables of functions, exports";
const STANDARD: &str = "the standard library: collections, iterators, formatting, memory";
const SERDE: &str = "serde, serde_json: writing JSON";
const OTHERS: &str = "other libraries";

/// Parts by the crate of a function. What a generic function of the standard library does for a type counts as the library's.
const CRATES: [(&str, &str); 24] = [
    ("sync_flow", "sync-flow: the work of runs, budgets, objects, schedules"),
    ("apishopee_ads_sync", "the Worker's own: HTTP, ports, entry points"),
    ("sync_core", "sync-core: the protocol"),
    ("compact", "compact: reading JSON into types"),
    ("store", "store: rows of SQL statements"),
    ("shopee", "shopee: the client"),
    ("postgres_client", "Postgres: the driver"),
    ("postgres_protocol", "Postgres: the driver"),
    ("bytes", "Postgres: the driver"),
    ("serde_json", SERDE),
    ("serde_core", SERDE),
    ("zmij", SERDE),
    ("itoa", SERDE),
    ("core", STANDARD),
    ("alloc", STANDARD),
    ("std", STANDARD),
    ("hashbrown", STANDARD),
    ("dlmalloc", STANDARD),
    ("chrono", "chrono"),
    ("worker", "worker, wasm-bindgen: the platform's bindings"),
    ("js_sys", "worker, wasm-bindgen: the platform's bindings"),
    ("web_sys", "worker, wasm-bindgen: the platform's bindings"),
    ("wasm_bindgen", "worker, wasm-bindgen: the platform's bindings"),
    ("futures_util", "futures-util"),
];

/// The part of a function.
pub(super) fn of(name: &str) -> &'static str {
    let found = first_crate(name);
    CRATES.iter().find(|(known, _)| *known == found).map_or(OTHERS, |(_, part)| part)
}

/// The crate whose name comes first: of `<&mut a::B as c::D>::e` it is `a`, of `core[0af1]::f` it is `core`.
fn first_crate(name: &str) -> &str {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let ends = name.match_indices("::").chain(name.match_indices('[')).map(|(place, _)| place);
    let before = |end: usize| name.get(..end)?.rsplit(|character| !is_part(character)).next();
    let mut names: Vec<_> = ends.collect();
    names.sort_unstable();
    names.into_iter().filter_map(before).find(|name| !name.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_belongs_to_the_first_crate_of_its_name() {
        for (name, expected) in [
            ("sync_core::run::begin::h0123", "sync_core"),
            ("<&mut serde_json::de::X<R> as serde_core::de::Y>::z::h1", "serde_json"),
            ("core::ptr::drop_in_place<store::db::DbError>::h2", "core"),
            ("dlmalloc[e24a27700634d609]::dlmalloc::malloc", "dlmalloc"),
            ("<dlmalloc[e24]::Dlmalloc<dlmalloc[e24]::System>>::malloc", "dlmalloc"),
            ("memcpy", ""),
            ("<[A] as core::slice::X>::y", "core"),
        ] {
            assert_eq!(first_crate(name), expected, "{name}");
        }
        assert_eq!(of("memcpy"), OTHERS);
    }
}
