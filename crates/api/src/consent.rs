//! The seller's consent.

use serde::{Deserialize, Serialize};

/// Links for the seller, one for each of Shopee's consent pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsentLinks {
    /// The page of the newer consent.
    pub url: String,
    /// The page of the older one, whose address is signed.
    pub signed_url: String,
    /// For how long the signed address can be used.
    pub signed_url_expires_in_seconds: u32,
}

/// What a seller has consented to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Consented {
    /// Always true.
    pub consented: bool,
    /// The shops.
    pub shops: Vec<ConsentedShop>,
}

/// A shop of a consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConsentedShop {
    /// The shop.
    pub shop_id: i64,
    /// Whether its tokens work.
    pub ready: bool,
    /// What still has to happen; null if nothing has.
    pub note: Option<String>,
}
