//! Sellers and their consents.

use super::{SteerError, ensure};
use crate::limits::SHOPS_MAX;
use crate::state::tokens::{Consent, Seller};
use crate::state::{Platform, World};
use std::collections::BTreeSet;

impl Platform {
    /// Issues a code, as a seller's consent does: for one shop, or for the shops of a main account.
    pub fn issue_code(
        &self,
        now_ms: i64,
        shops: BTreeSet<u64>,
        main_account_id: Option<u64>,
    ) -> Result<String, SteerError> {
        let consent = Consent { main_account_id, shops };
        let mut world = self.world();
        check(&world, &consent)?;
        Ok(world.tokens.issue_code(consent, now_ms / 1_000))
    }

    /// Sets who opens the consent page from now on.
    pub fn set_seller(&self, seller: Option<Seller>) -> Result<(), SteerError> {
        let mut world = self.world();
        if let Some(Seller::Agrees(consent)) = &seller {
            check(&world, consent)?;
        }
        world.seller = seller;
        Ok(())
    }
}

fn check(world: &World, consent: &Consent) -> Result<(), SteerError> {
    let counted = if consent.main_account_id.is_some() { 1..=SHOPS_MAX } else { 1..=1 };
    ensure(counted.contains(&consent.shops.len()), "shops: one, or 1 to 10000 with main_account_id")?;
    match consent.shops.iter().find(|id| !world.shops.contains_key(id)) {
        Some(id) => Err(SteerError::bad(format!("shops: there is no shop {id}"))),
        None => Ok(()),
    }
}
