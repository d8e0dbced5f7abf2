//! What the app has changed.

use super::SteerError;
use crate::state::Platform;
use crate::state::edits::Edit;

impl Platform {
    /// The edits of a shop that were accepted, oldest first, whether or not the caller got the answer. The platform keeps
    /// the last 100,000 of all shops; making the shop anew forgets its own.
    pub fn edits(&self, shop: u64) -> Result<Vec<Edit>, SteerError> {
        let world = self.world();
        if !world.shops.contains_key(&shop) {
            return Err(SteerError::NoShop(shop));
        }
        Ok(world.edits.of(shop))
    }
}
