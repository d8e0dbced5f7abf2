//! Budget schedules as people make and change them: what is asked for is a patch, what it makes is validated against the shop's
//! rules and its other schedules, and stored if nobody has changed those meanwhile.

pub mod change;
pub mod patch;
pub mod rejection;
pub mod save;
pub mod validator;

#[cfg(test)]
mod tests;
