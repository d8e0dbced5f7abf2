//! The run protocol where nothing goes wrong, and the answers to questions asked twice. What happens under faults is the
//! simulation's part, tests/sim.
mod closed;
mod fair;
mod good_path;
mod large;
mod left_out;
mod overlap;
mod unanswered;
mod world;
