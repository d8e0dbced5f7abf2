//! `/_mock/codes`: a seller's consent, without the consent page.

use super::input::{self, Bad};
use crate::state::Platform;
use crate::state::tokens::Consent;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};
use std::sync::Arc;

/// Issues a code for v2.public.get_access_token.
pub async fn post(State(platform): State<Arc<Platform>>, body: Bytes) -> Result<Json<Value>, Bad> {
    let Consent { shops, main_account_id } = input::body(&body)?;
    Ok(Json(json!({"code": platform.issue_code(platform.now_ms(), shops, main_account_id)?})))
}
