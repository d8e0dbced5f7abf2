//! Permits: from the shop's bucket, asking the governor when the shop's block of slots is used up.

use super::shop::{Ports, ShopSyncObject};
use crate::error::FlowError;
use crate::{
    commands::AppCommand,
    host::{Host, Level, Storage},
    object_client,
};
use compact::json;
use sync_core::{Event, Hold, PermitReply, PermitRequest, RateLimits, Shop, SlotReply, WaitReason, Work};

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
        let reply = self.apply(ports, |shop, event| shop.permit(event, request)).await?;
        self.permit_after(ports, request, reply).await
    }

    /// Runs an event that may hand out work. The work comes with the answers to the questions for the permits of its
    /// first calls, so that its consumer need not ask.
    pub(super) async fn hand_out<R>(
        &self,
        ports: Ports<'_, impl Host, impl Storage>,
        rate_limits: Option<RateLimits>,
        event: impl FnOnce(&mut Shop, Event) -> R,
        work: impl Fn(&mut R) -> Option<&mut Work>,
    ) -> Result<R, FlowError> {
        let (mut reply, asked) = self
            .apply(ports, |shop, now| {
                let mut reply = event(shop, now);
                let requests = work(&mut reply).zip(rate_limits).map(|(work, rates)| work.first_calls(rates));
                let mut asked = Vec::new();
                for request in requests.unwrap_or_default() {
                    // What follows a question to the governor is known when it has answered.
                    let waits = matches!(asked.last(), Some((_, None | Some(PermitReply::Ask { .. }))));
                    asked.push((request, (!waits).then(|| shop.permit(now, &request))));
                }
                (reply, asked)
            })
            .await?;
        let mut permits = Vec::new();
        for (request, first) in asked {
            let answer = match first {
                Some(first) => self.permit_after(ports, &request, first).await,
                None => self.permit(ports, &request).await,
            };
            match answer {
                Ok(permit) => permits.extend(request.endpoint.map(|endpoint| (endpoint, permit))),
                // The event is stored: its consumer asks.
                Err(error) => {
                    let fields = json!({ "shop": ports.shop_id, "class": error.class(), "error": error });
                    ports.host.log(Level::Warn, "permit_failed", fields);
                    break;
                }
            }
        }
        if let Some(work) = work(&mut reply) {
            work.permits = permits;
        }
        Ok(reply)
    }

    /// Goes on from the first answer to a question, for as long as the governor has to be asked.
    async fn permit_after(
        &self,
        ports: Ports<'_, impl Host, impl Storage>,
        request: &PermitRequest,
        mut reply: PermitReply,
    ) -> Result<PermitReply, FlowError> {
        for _ in 0..ASKS_MAX {
            let PermitReply::Ask { ask } = reply else { return Ok(reply) };
            let command = AppCommand::Ask { ask };
            match object_client::governor::<SlotReply>(ports.host, ask.app, ports.shop_id, command).await {
                Ok(answer) => {
                    reply = self
                        .apply(ports, |shop, event| {
                            shop.granted(event, ask.precedence, &answer);
                            shop.permit(event, request)
                        })
                        .await?;
                }
                Err(error) => {
                    let fields = json!({ "shop": ports.shop_id, "error": error });
                    ports.host.log(Level::Warn, "governor_silent", fields);
                    break;
                }
            }
        }
        if !matches!(reply, PermitReply::Ask { .. }) {
            return Ok(reply);
        }
        let until_ms = ports.host.now_ms().saturating_add(NO_ANSWER_MS);
        let hold = Hold { until_ms, reason: WaitReason::AppRate };
        Ok(PermitReply::Wait { hold, reserved_ms: None })
    }
}
