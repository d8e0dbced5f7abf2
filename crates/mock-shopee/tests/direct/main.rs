//! The fake platform without a server, at moments that the test names.

mod rates;
mod rig;
mod serving;
mod tokens;
