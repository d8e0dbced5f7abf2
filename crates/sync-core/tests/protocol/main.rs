//! The run protocol under duplicated, lost, late and reordered messages, crashes and evictions.
mod faults;
mod good_path;
mod world;
