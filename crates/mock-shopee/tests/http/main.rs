//! The fake platform, called as a client would: over HTTP, with real signatures.

mod caller;
mod campaigns_change;
mod consent;
mod control;
mod dates;
mod edit_history;
mod edit_rules;
mod edits;
mod faults;
mod gate;
mod id_list;
mod performance;
mod rates;
mod settings;
mod tokens;
mod truth;
