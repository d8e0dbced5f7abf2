//! The requests and answers of the HTTP interface: plain data, which the Worker serves and programs read.
//!
//! Names that end in `_at_ms` or `_until_ms` are moments in unix milliseconds. Amounts are in major units of the shop's currency.

pub mod alert;
pub mod app;
pub mod audit;
pub mod budget;
pub mod bulk;
pub mod campaign;
pub mod consent;
pub mod dead_letter;
pub mod doctor;
pub mod drift;
pub mod figures;
pub mod filter;
pub mod health;
pub mod live;
pub mod metrics;
pub mod older;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod page;
pub mod problem;
pub mod queue;
pub mod report;
pub mod role;
pub mod route;
pub mod run;
pub mod setting;
pub mod shop;
pub mod sink;
