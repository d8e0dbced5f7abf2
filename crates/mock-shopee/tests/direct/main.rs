//! The fake platform without a server, at moments that the test names.

mod edits;
mod rates;
mod rig;
mod serving;
mod tokens;
