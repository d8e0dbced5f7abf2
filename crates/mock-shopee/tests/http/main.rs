//! The fake platform through real HTTP, with a signer of its own.

mod caller;
mod campaigns;
mod gate;
mod id_list;
mod performance;
mod truth;
