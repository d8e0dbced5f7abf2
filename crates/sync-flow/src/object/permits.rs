//! Permits: from the shop's bucket, asking the governor when the shop's block of slots is used up.

use super::shop::{Ports, ShopSyncObject};
use crate::error::FlowError;
use crate::{
    commands::AppCommand,
    host::{Host, Level, Storage},
    object_client,
};
use serde_json::json;
use sync_core::{Hold, PermitReply, PermitRequest, SlotReply, WaitReason};

/// Most questions to the governor for one permit: other calls may take the slots of an answer.
const ASKS_MAX: u32 = 3;
/// Wait before asking a governor again that does not answer, in milliseconds.
const NO_ANSWER_MS: i64 = 2_000;

impl ShopSyncObject {
    pub(super) async fn permit(
        &self,
        ports: Ports<'_, impl Host, impl Storage>,
        request: &PermitRequest,
    ) -> Result<PermitReply, FlowError> {
        for _ in 0..ASKS_MAX {
            let reply = self.apply(ports, |shop, event| shop.permit(event, request)).await?;
            let PermitReply::Ask { ask } = reply else { return Ok(reply) };
            let command = AppCommand::Ask { ask };
            match object_client::governor::<SlotReply>(ports.host, ask.app, ports.shop_id, command).await {
                Ok(answer) => {
                    self.apply(ports, |shop, event| shop.granted(event, ask.precedence, &answer)).await?
                }
                Err(error) => {
                    let fields = json!({ "shop": ports.shop_id, "error": error });
                    ports.host.log(Level::Warn, "governor_silent", fields);
                    break;
                }
            }
        }
        let until_ms = ports.host.now_ms().saturating_add(NO_ANSWER_MS);
        let hold = Hold { until_ms, reason: WaitReason::AppRate };
        Ok(PermitReply::Wait { hold, reserved_ms: None })
    }
}
