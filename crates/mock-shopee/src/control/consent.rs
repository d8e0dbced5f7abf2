//! `/_mock/consent`: the seller who opens the consent page.

use super::input::{self, Bad};
use crate::state::Platform;
use crate::state::tokens::{Consent, Seller};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    shop_id: Option<u64>,
    main_account_id: Option<u64>,
    shops: Option<BTreeSet<u64>>,
    #[serde(default)]
    refuse: bool,
}

/// Logs in a seller who agrees for a shop or for the shops of a main account, or who refuses.
pub async fn put(State(platform): State<Arc<Platform>>, body: Bytes) -> Result<StatusCode, Bad> {
    let seller = match input::body(&body)? {
        Given { shop_id: Some(id), main_account_id: None, shops: None, refuse: false } => {
            Seller::Agrees(Consent { main_account_id: None, shops: BTreeSet::from([id]) })
        }
        Given { shop_id: None, main_account_id: Some(id), shops: Some(shops), refuse: false } => {
            Seller::Agrees(Consent { main_account_id: Some(id), shops })
        }
        Given { shop_id: None, main_account_id: None, shops: None, refuse: true } => Seller::Refuses,
        _ => {
            return Err(Bad::new(
                "shop_id, main_account_id, refuse: one of shop_id alone, main_account_id with shops, \
                                 and refuse = true",
            ));
        }
    };
    platform.set_seller(Some(seller))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Logs the seller out.
pub async fn delete(State(platform): State<Arc<Platform>>) -> Result<StatusCode, Bad> {
    platform.set_seller(None)?;
    Ok(StatusCode::NO_CONTENT)
}
