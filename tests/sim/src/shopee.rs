//! The way to the fake platform, and what goes wrong on it.

use crate::{budgets, custody, faults::Fault, invariants::value, permits, standing, world::World};
use mock_shopee::SimReply;
use shopee::{HttpRequest, HttpResponse, Method, TransportError};
use std::rc::Rc;

/// Longest time that a call hangs, in milliseconds.
const HANG_MS: i64 = 60_000;

/// Makes a call.
pub async fn fetch(
    world: &Rc<World>,
    request: HttpRequest,
    timeout_ms: u32,
) -> Result<HttpResponse, TransportError> {
    permits::call(world, &request);
    world.tally.borrow_mut().calls += 1;
    if request.url.contains("/auth/") {
        world.note(sync_flow::host::Level::Info, "auth_call", &serde_json::json!({ "body": request.body }));
    }
    let timeout_ms = i64::from(timeout_ms);
    let status = |status: u16, body: &str| {
        Ok(HttpResponse { status, retry_after: None, body: body.as_bytes().to_vec() })
    };
    if world.strikes(Fault::ShopeeTimeout) {
        world.pause(timeout_ms.min(HANG_MS)).await;
        return Err(TransportError::Timeout);
    }
    world.hop().await;
    if world.answer_ms.get() > 0 {
        world.pause(world.answer_ms.get()).await;
    }
    if world.strikes(Fault::ShopeeStatus) {
        return match world.pick(3) {
            0 => status(500, ""),
            1 => status(502, "<html>bad gateway</html>"),
            _ => status(
                200,
                r#"{"error":"error_server","message":"Something wrong. Please try later.","request_id":"1"}"#,
            ),
        };
    }
    if world.strikes(Fault::ShopeeRedirects) {
        // Whatever a redirect says, nobody has done anything.
        let body = [
            "",
            r#"{"error":"","message":"","response":{"campaign_id":1,"campaign_list":[]},"request_id":"1"}"#,
        ];
        return status([302, 307][world.pick(2) as usize], body[world.pick(2) as usize]);
    }
    if world.strikes(Fault::ShopeeUnknownCode) {
        return status(200, r#"{"error":"error_never_seen","message":"a new one","request_id":"1"}"#);
    }
    let revokes = world.strikes(Fault::TokenRefused);
    if custody::is_revoked(world, &request, revokes) {
        return status(
            403,
            r#"{"error":"invalid_acceess_token","message":"Invalid access_token, please have a check.","request_id":"1"}"#,
        );
    }
    let method = if request.method == Method::Get { "GET" } else { "POST" };
    let body = budgets::arriving(world, &request.url, request.body.clone().unwrap_or_default());
    if world.strikes(Fault::ListingMoves) {
        world.move_listing(&request.url);
    }
    standing::asked(world, &request.url);
    let reply = world.platform.serve_at(world.now_ms.get(), method, &request.url, body.as_bytes());
    let reply = absent(world, &request.url, reply);
    let reply = budgets::variants::replied(world, &request.url, reply);
    budgets::answered(world, &reply.body);
    if world.strikes(Fault::ShopeeTimeoutAfter) {
        world.pause(timeout_ms.min(HANG_MS)).await;
        return Err(TransportError::Timeout);
    }
    if world.strikes(Fault::ShopeeTruncated) {
        let half = reply.body.len() / 2;
        world.hop().await;
        return Ok(HttpResponse {
            status: reply.status,
            retry_after: None,
            body: reply.body[..half].to_vec(),
        });
    }
    if world.strikes(Fault::SlowShopee) {
        let slow_ms = i64::from(world.pick(18_000));
        world.pause(slow_ms.min(timeout_ms)).await;
        if slow_ms >= timeout_ms {
            return Err(TransportError::Timeout);
        }
    }
    world.hop().await;
    custody::answered(world, &request, reply.status, &reply.body);
    let retry_after = reply.retry_after_s.map(|seconds| seconds.to_string());
    Ok(HttpResponse { status: reply.status, retry_after, body: reply.body })
}

/// An answer about several campaigns that lacks all of them, or some, mostly with a warning. What is said about one campaign
/// alone is true: nobody could know better.
fn absent(world: &World, url: &str, reply: SimReply) -> SimReply {
    let several = value(url, "campaign_id_list").is_some_and(|ids| ids.contains([',', '%']));
    if !(several && url.contains("get_product_level_campaign_setting_info")) {
        return reply;
    }
    let (silent, part) = (world.strikes(Fault::ShopeeSilent), world.strikes(Fault::ShopeeLeavesOut));
    let Ok(mut body) = serde_json::from_slice::<serde_json::Value>(&reply.body) else { return reply };
    let Some(list) = body.pointer_mut("/response/campaign_list").and_then(|list| list.as_array_mut()) else {
        return reply;
    };
    if silent {
        list.clear();
    } else if part {
        let half = world.chance(500);
        list.retain(|_| world.chance(if half { 500 } else { 900 }));
        if world.chance(700) {
            body["warning"] = "some campaigns could not be read".into();
        }
    } else {
        return reply;
    }
    SimReply { body: body.to_string().into_bytes(), ..reply }
}
