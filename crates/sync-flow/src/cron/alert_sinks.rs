//! ads-alert-sinks: tells people of alerts.

use crate::{error::FlowError, host::Host, sinks};
use serde_json::Value;
use store::Db;

/// Makes the messages that are due and sends them.
pub async fn run(db: &impl Db, host: &impl Host) -> Result<Value, FlowError> {
    sinks::tick(db, host).await
}
