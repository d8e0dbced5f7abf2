//! The way to the fake platform, and what goes wrong on it.

use crate::{budgets, case::Fault, custody, permits, standing, world::World};
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
