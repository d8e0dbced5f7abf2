//! What the standard library and serde_json do with much generic code, done with little: the compiler copies generic code for
//! every type that uses it, and those copies were a quarter of the bundle (docs/bundle.md).

pub mod json;
mod map;
mod set;
mod sorted_order;

pub use map::{Entry, SortedMap};
pub use set::SortedSet;
