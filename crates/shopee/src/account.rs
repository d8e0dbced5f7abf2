//! The ads balance and the shop itself.

use crate::client::{Call, Client, Clock};
use crate::decode::FieldError;
use crate::endpoint::Endpoint;
use crate::error::ApiError;
use crate::partner::ShopAccess;
use crate::transport::Transport;

/// The ads balance of a shop (Shopee: v2.ads.get_total_balance).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Balance {
    /// Paid and free credits together, in major units of the shop's currency.
    pub total: f64,
    /// When Shopee computed it, in Unix seconds.
    pub data_timestamp: i64,
}

/// A shop (Shopee: v2.shop.get_shop_info).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopInfo {
    /// Its name.
    pub name: String,
    /// ISO 3166 code of two letters. It decides currency and time zone.
    pub region: String,
    /// `NORMAL`, `FROZEN` or `BANNED`.
    pub status: String,
    /// When the seller authorized the app, in Unix seconds.
    pub auth_time: Option<i64>,
    /// When that authorization expires, in Unix seconds.
    pub expire_time: Option<i64>,
}

impl<T: Transport, C: Clock> Client<T, C> {
    /// The shop's ads balance.
    pub async fn total_balance(&self, shop: &ShopAccess) -> Result<Balance, ApiError> {
        let call = Call::read(Endpoint::Balance, shop, Vec::new());
        let answer = self.call(call).await?;
        let fields = answer.response_fields(&answer.fields()?)?;
        let read = || -> Result<Balance, FieldError> {
            let total = fields.decimal("total_balance")?;
            Ok(Balance { total, data_timestamp: fields.count("data_timestamp")? })
        };
        read().map_err(|error| answer.bad_field(error.within("response")))
    }

    /// The shop's name, region and state. Shopee puts these fields next to the error code, not under `response`.
    pub async fn shop_info(&self, shop: &ShopAccess) -> Result<ShopInfo, ApiError> {
        let call = Call::read(Endpoint::ShopInfo, shop, Vec::new());
        let answer = self.call(call).await?;
        let fields = answer.fields()?;
        let read = || -> Result<ShopInfo, FieldError> {
            Ok(ShopInfo {
                name: fields.text("shop_name")?,
                region: fields.text("region")?,
                status: fields.text("status")?,
                auth_time: fields.optional_count("auth_time")?,
                expire_time: fields.optional_count("expire_time")?,
            })
        };
        read().map_err(|error| answer.bad_field(error))
    }
}
