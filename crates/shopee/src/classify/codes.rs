//! The table of codes.

use crate::error_class::ErrorClass::{
    self, FatalConfiguration, PauseApp, PauseShop, PauseUntilQuotaDay, Quarantine, Reconsent, Retry,
};

/// How a code, or a message with it, is classified.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// Always this class.
    Class(ErrorClass),
    /// A failure behind the gateway: retry a read; of a write or a spent token the outcome is unknown.
    Transient,
    /// The credentials are refused: refresh the token; if the refresh itself was refused, ask the seller.
    Grant,
    /// The subject of the call is refused: a campaign id, or the code or token of an authorization call.
    Subject,
    /// Like [`Rule::Subject`], but a path that does not exist has the same code.
    NotFound,
    /// A parameter is refused: a campaign id of a read, the value of a write, otherwise a bug in this program.
    Parameter,
    /// The reference id of a write is refused: an earlier attempt with the same id may have taken effect.
    Repeated,
    /// The first entry whose words (lower case) the message contains, else the last rule.
    ByMessage(&'static [(&'static str, Rule)], &'static Rule),
}

const FATAL: Rule = Rule::Class(FatalConfiguration);
const CONSENT: Rule = Rule::Class(Reconsent);
const BAD_ID: Rule = Rule::Class(Quarantine);

/// Meanings of `error_auth`.
const AUTH_MESSAGES: &[(&str, Rule)] = &[
    ("partner_id is invalid", FATAL),
    ("app is deleted", FATAL),
    ("permission", FATAL),
    ("system error", Rule::Transient),
    ("invalid partner_id or shopid", CONSENT),
];

/// Meanings of `error_param`. The first is only about time: a new signature is valid again.
const PARAMETER_MESSAGES: &[(&str, Rule)] = &[
    ("timestamp is expired", Rule::Class(Retry)),
    ("not from gateway", Rule::Class(Retry)),
    ("in query", FATAL),
    ("invalid partner_id", FATAL),
    ("timestamp", FATAL),
    ("should be an integer between", FATAL),
    ("offline or the request path", FATAL),
    // The message for a reference id that was already used is not documented.
    ("reference", Rule::Repeated),
    ("queried is not found", Rule::Subject),
    ("refresh_token", Rule::Subject),
    ("refresh token", Rule::Subject),
    ("invalid code", Rule::Subject),
];

/// Meanings of `error_data`.
const DATA_MESSAGES: &[(&str, Rule)] = &[("not exist", Rule::Subject)];

/// All known codes.
pub(super) const CODES: &[(&str, Rule)] = &[
    // Authorization
    ("invalid_code", CONSENT),
    ("invalid_main_acount_id", CONSENT),
    ("invalid_shop_id", CONSENT),
    ("refresh_token_expired", CONSENT),
    ("error_shop_refresh_token", CONSENT),
    ("shop_access_expired", CONSENT),
    // Gateway, common to all calls of a shop
    ("error_sign", FATAL),
    ("error_param", Rule::ByMessage(PARAMETER_MESSAGES, &Rule::Parameter)),
    ("error_auth", Rule::ByMessage(AUTH_MESSAGES, &Rule::Grant)),
    // Misspelt by Shopee; the other spellings are those of clients.
    ("invalid_acceess_token", Rule::Grant),
    ("invalid_access_token", Rule::Grant),
    ("error_invalid_access_token", Rule::Grant),
    ("error_access_token_expired", Rule::Grant),
    ("invalid_partner_id", FATAL),
    ("partner_shop_no_link", CONSENT),
    ("shop_no_linked", CONSENT),
    ("shop_banned", CONSENT),
    ("error_shop", CONSENT),
    ("error_api_permission", FATAL),
    ("error_api_call_restricted", FATAL),
    ("error_ashop_api_permission", FATAL),
    ("error_kyc_auth", FATAL),
    ("error_permission", FATAL),
    ("error_permission_denied", FATAL),
    ("error_partner_key_expired", FATAL),
    ("api_suspended", FATAL),
    ("source_ip_undeclared", FATAL),
    ("error_inner", Rule::Transient),
    ("error_network", Rule::Transient),
    ("error_busi", Rule::Transient),
    ("error_server", Rule::Transient),
    ("error_data", Rule::ByMessage(DATA_MESSAGES, &Rule::Transient)),
    ("error_not_found", Rule::NotFound),
    // Throttling. If a code does not say whose limit it is, the shop is paused.
    ("error_rate_limit", Rule::Class(PauseShop)),
    ("error_too_frequent", Rule::Class(PauseShop)),
    ("error_too_many_request", Rule::Class(PauseShop)),
    ("error_too_many_requests", Rule::Class(PauseShop)),
    // The limit of one campaign: the shop's other campaigns are not affected.
    ("ads.rate_limit.campaign_level", Rule::Class(Retry)),
    ("ads.rate_limit.exceed_shop_api", Rule::Class(PauseShop)),
    ("ads_rate_limit_shop_api", Rule::Class(PauseShop)),
    ("ads.rate_limit.exceed_api", Rule::Class(PauseApp)),
    ("ads.rate_limit.exceed_partner_api", Rule::Class(PauseApp)),
    ("ads_rate_limit_total_api", Rule::Class(PauseApp)),
    ("error_limit", Rule::Class(PauseUntilQuotaDay)),
    // Ads: the account, the shop, the interface
    ("ads.account.status_not_normal", FATAL),
    ("ads.ads_account.invalid_status", FATAL),
    ("ads.shop.in_holiday_mode", FATAL),
    ("ads.shop.status_not_normal", FATAL),
    ("ads.api.http_method_not_allowed", FATAL),
    ("ads_deprecated", FATAL),
    ("ads_error_not_whitelisted_for_product_gms", FATAL),
    ("error_query_limit_max", FATAL),
    // Shopee's day may begin slightly later than ours.
    ("ads.performance.error_date_in_future", Rule::Class(Retry)),
    ("ads.performance.error_date_range_too_long", FATAL),
    ("ads.performance.error_date_too_old", FATAL),
    ("ads.performance.error_same_start_end_dates", FATAL),
    ("ads.performance.error_start_later_than_end", FATAL),
    ("error_date_in_future", Rule::Class(Retry)),
    ("error_date_range_too_long", FATAL),
    ("error_date_too_old", FATAL),
    ("error_same_start_end_dates", FATAL),
    ("error_start_later_than_end", FATAL),
    ("ads.auto_product.no_eligible_sku", FATAL),
    ("ads.auto_product.existing_ad", FATAL),
    ("ads.auto_product.not_whitelisted", FATAL),
    // Ads: one campaign, or a value for it
    ("ads.shop.campaign_not_match", BAD_ID),
    ("ads_error_product_gms_campaign_not_found", BAD_ID),
    ("ads_invalid_roas_target", BAD_ID),
    ("ads.campaign.error_daily_budget_range", BAD_ID),
    ("ads.campaign.error_date_setting", BAD_ID),
    ("ads.campaign.invalid_start_date", BAD_ID),
    ("ads.edit.invalid_action", BAD_ID),
    ("ads.item.adult_item", BAD_ID),
    ("ads.item.invalid_status", BAD_ID),
    ("ads.item.blocked_for_promotion", BAD_ID),
    ("ads.item.sold_out", BAD_ID),
    ("ads.campaign.not_auto_product", BAD_ID),
    ("ads.keyword.is_blacklisted", BAD_ID),
    ("ads.keyword.is_reserved", BAD_ID),
    ("ads.keyword.not_found", BAD_ID),
    ("ads.keyword.price_too_high", BAD_ID),
    ("ads.keyword.price_too_low", BAD_ID),
    ("ads.keyword.already_exists", BAD_ID),
    ("ads.keyword.no_update", BAD_ID),
];

/// Codes that refuse a write because of the present state of the campaign or its items, or because of too many changes: the
/// same write may be accepted later.
pub(super) const PASSING: [&str; 5] = [
    "ads.rate_limit.campaign_level",
    "ads.edit.invalid_action",
    "ads.item.sold_out",
    "ads.item.invalid_status",
    "ads.item.blocked_for_promotion",
];

/// Whether a refused write may be accepted later, though not within seconds.
pub(crate) fn passes(code: &str) -> bool {
    let exact = |code: &str| PASSING.contains(&code);
    let of_campaign = code.contains("rate_limit") && code.contains("campaign");
    exact(code) || of_campaign || code.split_once('.').is_some_and(|(_, rest)| exact(rest.trim()))
}

/// The rule of a code. Some answers put the name of a module and a dot before it, so a code that is not in the
/// table is looked up once more without its first part.
pub(super) fn rule_of(code: &str) -> Option<Rule> {
    let exact = |code: &str| CODES.iter().find(|(known, _)| *known == code).map(|(_, rule)| *rule);
    exact(code).or_else(|| exact(code.split_once('.')?.1.trim()))
}
