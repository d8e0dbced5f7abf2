//! What the app has changed.

use super::{SteerError, ensure};
use crate::state::Platform;
use crate::state::edits::Edit;
use crate::state::history::Happening;
use crate::state::refusals::EditRefusal;

impl Platform {
    /// The edits of a shop that were accepted, oldest first, whether or not the caller got the answer. The platform keeps
    /// the last 100,000 of all shops; replacing a shop deletes its own.
    pub fn edits(&self, shop: u64) -> Result<Vec<Edit>, SteerError> {
        let world = self.world();
        if !world.shops.contains_key(&shop) {
            return Err(SteerError::NoShop(shop));
        }
        Ok(world.edits.of(shop))
    }

    /// Changes of budgets and states after number `since`, oldest first, of one shop if given: those by the app, refused ones
    /// included, and those by the seller. The platform keeps the last 100,000 of all shops.
    #[must_use]
    pub fn history(&self, since: u64, shop: Option<u64>) -> Vec<Happening> {
        self.world().history.after(since, shop)
    }

    /// Refuses the edits of a campaign until a time; one in the past ends this.
    pub fn refuse_edits(&self, shop: u64, refusal: EditRefusal) -> Result<(), SteerError> {
        ensure((1..=1_000).contains(&refusal.code.len()), "code: allowed are 1 to 1000 bytes")?;
        ensure(refusal.message.len() <= 1_000, "message: at most 1000 bytes")?;
        let mut world = self.world();
        let campaigns = &world.shops.get(&shop).ok_or(SteerError::NoShop(shop))?.campaigns;
        let id = refusal.campaign_id;
        if !campaigns.has(id) {
            return Err(SteerError::bad(format!("campaign_id: the shop has no campaign {id}")));
        }
        world.refusals.put(shop, refusal);
        Ok(())
    }
}
