//! Creates and changes budget schedules: a caller's patch is applied, the result is validated against the shop's rules
//! and its other schedules, and stored if none of them has changed meanwhile.

pub mod change;
pub mod patch;
pub mod rejection;
pub mod save;
pub mod validator;

#[cfg(test)]
mod tests;
