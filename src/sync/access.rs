//! A shop's way to the platform: its app, its token.

use crate::adapter::{
    config::Platform,
    shopee_http::{FetchTransport, PlatformClock},
};
use shopee::{Client, ErrorClass, Partner, Secret, ShopAccess};
use store::shops::ShopRow;
use sync_core::Failure;

/// The client that a shop's calls go through.
pub type ShopClient<'t> = Client<&'t FetchTransport, PlatformClock>;

/// Why a shop cannot be synced; for the operator.
pub const NO_TOKEN: &str = "the shop has no access token: the owner must authorize the app again";

/// The shop's token.
///
/// # Errors
/// A text for the operator.
pub fn token(shop: &ShopRow) -> Result<ShopAccess, String> {
    match shop.access_token.as_deref().map(str::trim) {
        Some(token) if !token.is_empty() => {
            Ok(ShopAccess { shop_id: shop.shop_id, access_token: Secret::new(token.to_owned()) })
        }
        _ => Err(NO_TOKEN.to_owned()),
    }
}

/// A client for the shop's partner app: the one its row names, else the deployment's.
///
/// # Errors
/// A text for the operator.
pub fn client<'t>(
    platform: &Platform,
    shop: &ShopRow,
    transport: &'t FetchTransport,
) -> Result<ShopClient<'t>, String> {
    let own = match (shop.partner_id, shop.partner_key.as_deref()) {
        (Some(id), Some(key)) if !key.is_empty() => Some(Partner { id, key: Secret::new(key.to_owned()) }),
        _ => None,
    };
    let partner = own.or_else(|| platform.partner.clone()).ok_or(
        "no partner app: set PARTNER_ID and PARTNER_KEY, or partner_id and partner_key of the shop's row",
    )?;
    Ok(Client::new(&platform.base_url, partner, transport, PlatformClock))
}

/// The shop's client and token, for work on a run.
///
/// # Errors
/// Final: nothing can be called as things are.
pub fn open<'t>(
    platform: &Platform,
    shop: &ShopRow,
    transport: &'t FetchTransport,
) -> Result<(ShopClient<'t>, ShopAccess), Failure> {
    let refused = |class| move |message| Failure { class, message, retry_after_s: None, calls: 0 };
    let token = token(shop).map_err(refused(ErrorClass::Reconsent))?;
    let client = client(platform, shop, transport).map_err(refused(ErrorClass::FatalConfiguration))?;
    Ok((client, token))
}
