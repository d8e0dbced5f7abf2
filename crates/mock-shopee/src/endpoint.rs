//! The endpoints that the fake has.

/// One endpoint of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// v2.ads.get_product_level_campaign_id_list
    IdList,
    /// v2.ads.get_product_level_campaign_setting_info
    Settings,
    /// v2.ads.get_product_campaign_daily_performance
    CampaignDaily,
    /// v2.ads.get_product_campaign_hourly_performance
    CampaignHourly,
    /// v2.ads.get_all_cpc_ads_daily_performance
    ShopDaily,
    /// v2.ads.get_all_cpc_ads_hourly_performance
    ShopHourly,
    /// v2.ads.get_total_balance
    Balance,
    /// v2.shop.get_shop_info
    ShopInfo,
    /// v2.ads.edit_manual_product_ads
    EditManual,
    /// v2.ads.edit_auto_product_ads
    EditAuto,
    /// v2.ads.get_create_product_ad_budget_suggestion
    BudgetSuggestion,
    /// v2.public.get_access_token
    TokenGet,
    /// v2.public.refresh_access_token
    TokenRefresh,
}

use Endpoint::{
    Balance, BudgetSuggestion, CampaignDaily, CampaignHourly, EditAuto, EditManual, IdList, Settings,
    ShopDaily, ShopHourly, ShopInfo, TokenGet, TokenRefresh,
};

/// All of them.
pub const ALL: [Endpoint; 13] = [
    IdList,
    Settings,
    CampaignDaily,
    CampaignHourly,
    ShopDaily,
    ShopHourly,
    Balance,
    ShopInfo,
    EditManual,
    EditAuto,
    BudgetSuggestion,
    TokenGet,
    TokenRefresh,
];

/// The prefix of every endpoint's path.
pub const PREFIX: &str = "/api/v2/";

impl Endpoint {
    /// The endpoint of a path.
    pub fn of(path: &str) -> Option<Self> {
        let name = path.strip_prefix(PREFIX)?;
        ALL.into_iter().find(|endpoint| endpoint.name() == name)
    }

    /// The path after [`PREFIX`].
    pub fn name(self) -> &'static str {
        match self {
            IdList => "ads/get_product_level_campaign_id_list",
            Settings => "ads/get_product_level_campaign_setting_info",
            CampaignDaily => "ads/get_product_campaign_daily_performance",
            CampaignHourly => "ads/get_product_campaign_hourly_performance",
            ShopDaily => "ads/get_all_cpc_ads_daily_performance",
            ShopHourly => "ads/get_all_cpc_ads_hourly_performance",
            Balance => "ads/get_total_balance",
            ShopInfo => "shop/get_shop_info",
            EditManual => "ads/edit_manual_product_ads",
            EditAuto => "ads/edit_auto_product_ads",
            BudgetSuggestion => "ads/get_create_product_ad_budget_suggestion",
            TokenGet => "auth/token/get",
            TokenRefresh => "auth/access_token/get",
        }
    }

    /// The only method it accepts.
    pub fn method(self) -> &'static str {
        match self {
            EditManual | EditAuto | TokenGet | TokenRefresh => "POST",
            _ => "GET",
        }
    }
}

/// Whether calls of this path are signed without a shop, whether or not there is such an endpoint.
pub fn is_public(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|name| name.starts_with("auth/") || name.starts_with("public/"))
}
