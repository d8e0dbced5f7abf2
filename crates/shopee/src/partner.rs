//! The calling app, and the access to a shop.

use crate::secret::Secret;

/// The partner app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// `partner_id`: 0 < id < 2^32.
    pub id: i64,
    /// `partner_key`: signs every call.
    pub key: Secret,
}

/// Access to a shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopAccess {
    /// The shop: 0 < id < 2^32.
    pub shop_id: i64,
    /// Its token, valid for four hours.
    pub access_token: Secret,
}
