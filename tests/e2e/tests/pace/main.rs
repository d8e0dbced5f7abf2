//! How fast calls are made, and how many campaigns a chunk gets.

mod fair;
mod first;
mod sizes;
mod throttled;
