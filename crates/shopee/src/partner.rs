//! Who calls, and for which shop.

use crate::secret::Secret;

/// The app that calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// `partner_id`: 0 < id < 2^32.
    pub id: i64,
    /// `partner_key`: signs every call.
    pub key: Secret,
}

/// The right to call for a shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopAccess {
    /// The shop: 0 < id < 2^32.
    pub shop_id: i64,
    /// Its token, good for four hours.
    pub access_token: Secret,
}
