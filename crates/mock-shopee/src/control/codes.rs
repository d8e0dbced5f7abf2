//! `/_mock/codes`: a seller's consent, which the platform's web page would ask for.

use super::input::{self, Bad, ensure};
use crate::limits::SHOPS_MAX;
use crate::state::tokens::Consent;
use crate::state::{Platform, now_ms};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    /// The shops that consent: one, unless a main account consents for them.
    shops: BTreeSet<u64>,
    main_account_id: Option<u64>,
}

/// Issues a code for v2.public.get_access_token.
pub async fn post(State(platform): State<Arc<Platform>>, body: Bytes) -> Result<Json<Value>, Bad> {
    let New { shops, main_account_id } = input::body(&body)?;
    let mut world = platform.world();
    let counted = if main_account_id.is_some() { 1..=SHOPS_MAX } else { 1..=1 };
    ensure(counted.contains(&shops.len()), "shops: one, or 1 to 10000 with main_account_id")?;
    if let Some(id) = shops.iter().find(|id| !world.shops.contains_key(id)) {
        return Err(Bad::new(format!("shops: there is no shop {id}")));
    }
    let code = world.tokens.issue_code(Consent { main_account_id, shops }, now_ms() / 1_000);
    Ok(Json(json!({"code": code})))
}
