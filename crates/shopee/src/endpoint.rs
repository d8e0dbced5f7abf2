//! The endpoints in use: Shopee counts the calls of each separately.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! endpoints {
    ($($(#[$doc:meta])* $variant:ident = $name:literal at $path:literal,)*) => {
        /// An endpoint of the Open Platform.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Endpoint {
            $($(#[$doc])* $variant,)*
        }

        impl Endpoint {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name, such as `ads.get_total_balance`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Its path, a part of what is signed.
            #[must_use]
            pub fn path(self) -> &'static str {
                match self { $(Self::$variant => $path,)* }
            }

            /// For operators: its day quota is used up.
            #[must_use]
            pub fn used_up(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!(
                        "the app's calls of the day to ", $name,
                        " are used up (they begin anew at 00:00 UTC+8; one is tried every hour)"
                    ),)*
                }
            }
        }
    };
}

endpoints! {
    /// Pages of campaign ids.
    CampaignIds = "ads.get_product_level_campaign_id_list" at "/api/v2/ads/get_product_level_campaign_id_list",
    /// Settings of campaigns.
    CampaignSettings = "ads.get_product_level_campaign_setting_info"
        at "/api/v2/ads/get_product_level_campaign_setting_info",
    /// Performance of campaigns by day.
    CampaignDaily = "ads.get_product_campaign_daily_performance"
        at "/api/v2/ads/get_product_campaign_daily_performance",
    /// Performance of campaigns by hour.
    CampaignHourly = "ads.get_product_campaign_hourly_performance"
        at "/api/v2/ads/get_product_campaign_hourly_performance",
    /// Performance of a shop by day.
    ShopDaily = "ads.get_all_cpc_ads_daily_performance" at "/api/v2/ads/get_all_cpc_ads_daily_performance",
    /// Performance of a shop by hour.
    ShopHourly = "ads.get_all_cpc_ads_hourly_performance" at "/api/v2/ads/get_all_cpc_ads_hourly_performance",
    /// A shop's credit.
    Balance = "ads.get_total_balance" at "/api/v2/ads/get_total_balance",
    /// The allowed range of budgets.
    BudgetSuggestion = "ads.get_create_product_ad_budget_suggestion"
        at "/api/v2/ads/get_create_product_ad_budget_suggestion",
    /// Edits of campaigns whose products Shopee chose.
    EditAuto = "ads.edit_auto_product_ads" at "/api/v2/ads/edit_auto_product_ads",
    /// Edits of campaigns whose products the seller chose.
    EditManual = "ads.edit_manual_product_ads" at "/api/v2/ads/edit_manual_product_ads",
    /// A shop's profile.
    ShopInfo = "shop.get_shop_info" at "/api/v2/shop/get_shop_info",
    /// The page on which a seller consents; a browser opens it.
    ConsentPage = "shop.auth_partner" at "/api/v2/shop/auth_partner",
    /// Tokens for a consent.
    TokenGet = "auth.token.get" at "/api/v2/auth/token/get",
    /// Tokens for a refresh token.
    TokenRefresh = "auth.access_token.get" at "/api/v2/auth/access_token/get",
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
