use super::*;
use crate::error::ErrorClass::{
    FatalConfiguration as Fatal, PauseApp, PauseShop, PauseUntilQuotaDay, Quarantine, Reconsent,
    RefreshToken, Retry, UnknownOutcome as Unknown,
};
use EndpointKind::{Auth, Read};

/// Code, message, class of a read, class of an authorization call; status 200.
const CASES: &[(&str, &str, ErrorClass, ErrorClass)] = &[
    ("invalid_code", "", Reconsent, Reconsent),
    ("invalid_main_acount_id", "", Reconsent, Reconsent),
    ("invalid_shop_id", "", Reconsent, Reconsent),
    ("refresh_token_expired", "Your refresh_token expired.", Reconsent, Reconsent),
    ("error_shop_refresh_token", "Your refresh token or shop_id is wrong", Reconsent, Reconsent),
    ("error_merchant_refresh_token", "", Reconsent, Reconsent),
    ("shop_access_expired", "", Reconsent, Reconsent),
    ("merchant_access_expired", "", Reconsent, Reconsent),
    ("merchant_no_linked", "", Reconsent, Reconsent),
    ("merchant_banned", "", Reconsent, Reconsent),
    ("supplier_access_expired", "", Reconsent, Reconsent),
    ("supplier_no_linked", "", Reconsent, Reconsent),
    ("error_sign", "Wrong sign.", Fatal, Fatal),
    ("error_param", "There is no access_token in query.", Fatal, Fatal),
    ("error_param", "Invalid partner_id.", Fatal, Fatal),
    ("error_param", "no timestamp", Fatal, Fatal),
    ("error_param", "Invalid timestamp", Fatal, Fatal),
    ("error_param", "Timestamp is expired.", Retry, Retry),
    ("error_param", "shop_id is invalid, should be an integer between 0 and 4294967295.", Fatal, Fatal),
    (
        "error_param",
        "Permission denied. This API is currently offline or the request path is incorrect.",
        Fatal,
        Fatal,
    ),
    ("error_param", "request not from gateway", Retry, Retry),
    ("error_param", "Wrong parameters, detail: campaign 5.", Quarantine, Fatal),
    ("error_param", "parameter invalid", Quarantine, Fatal),
    ("error_param", "The information you queried is not found.", Quarantine, Reconsent),
    ("error_param", "Invalid refresh_token.", Quarantine, Reconsent),
    ("error_param", "", Quarantine, Fatal),
    ("error_auth", "partner_id is invalid", Fatal, Fatal),
    ("error_auth", "The App is deleted, and you'll be unable to make any API call.", Fatal, Fatal),
    ("error_auth", "No permission to current api.", Fatal, Fatal),
    ("error_auth", "App developer's permissions for authorizations have been restricted.", Fatal, Fatal),
    ("error_auth", "Invalid access_token.", RefreshToken, Reconsent),
    ("error_auth", "Invalid partner_id or shopid.", Reconsent, Reconsent),
    ("error_auth", "System error, please try again later.", Retry, Unknown),
    ("error_auth", "Invalid code", RefreshToken, Reconsent),
    ("error_auth", "Invalid refresh_token.", RefreshToken, Reconsent),
    ("error_auth", "", RefreshToken, Reconsent),
    ("invalid_acceess_token", "Invalid access_token, please have a check.", RefreshToken, RefreshToken),
    ("invalid_access_token", "", RefreshToken, RefreshToken),
    ("error_invalid_access_token", "", RefreshToken, RefreshToken),
    ("error_access_token_expired", "", RefreshToken, RefreshToken),
    ("invalid_partner_id", "Invalid partner_id, please have a check.", Fatal, Fatal),
    ("partner_shop_no_link", "", Reconsent, Reconsent),
    ("shop_no_linked", "Partner and shop has no linked.", Reconsent, Reconsent),
    ("shop_banned", "The shop account has been banned.", Reconsent, Reconsent),
    ("error_shop", "shopid is invalid", Reconsent, Reconsent),
    ("error_api_permission", "This app type has no permission to this API.", Fatal, Fatal),
    ("error_api_call_restricted", "", Fatal, Fatal),
    ("error_ashop_api_permission", "", Fatal, Fatal),
    ("error_kyc_auth", "", Fatal, Fatal),
    ("error_permission", "", Fatal, Fatal),
    ("error_permission_denied", "", Fatal, Fatal),
    ("error_partner_key_expired", "", Fatal, Fatal),
    ("api_suspended", "The API is offline.", Fatal, Fatal),
    ("source_ip_undeclared", "Request Source IP (10.0.0.1) is undeclared.", Fatal, Fatal),
    ("error_inner", "", Retry, Unknown),
    ("error_network", "Inner http call failed", Retry, Unknown),
    ("error_busi", "", Retry, Unknown),
    ("error_server", "Something wrong. Please try later.", Retry, Unknown),
    ("error_data", "parse data failed", Retry, Unknown),
    ("error_data", "data not exist", Quarantine, Reconsent),
    ("error_not_found", "The information you queried is not found.", Quarantine, Reconsent),
    ("error_rate_limit", "Too many requests.", PauseShop, PauseShop),
    ("error_too_frequent", "", PauseShop, PauseShop),
    ("error_too_many_request", "", PauseShop, PauseShop),
    ("error_too_many_requests", "", PauseShop, PauseShop),
    ("ads.rate_limit.campaign_level", "", PauseShop, PauseShop),
    ("ads.rate_limit.exceed_shop_api", "", PauseShop, PauseShop),
    ("ads.rate_limit.exceed_api", "", PauseApp, PauseApp),
    ("ads.rate_limit.exceed_partner_api", "", PauseApp, PauseApp),
    ("ads_rate_limit_shop_api", "", PauseShop, PauseShop),
    ("ads_rate_limit_total_api", "", PauseApp, PauseApp),
    ("error_limit", "You have reached the daily API call limit", PauseUntilQuotaDay, PauseUntilQuotaDay),
    ("ads.account.status_not_normal", "", Fatal, Fatal),
    ("ads.ads_account.invalid_status", "", Fatal, Fatal),
    ("ads.shop.in_holiday_mode", "", Fatal, Fatal),
    ("ads.shop.status_not_normal", "", Fatal, Fatal),
    ("ads.api.http_method_not_allowed", "", Fatal, Fatal),
    ("ads_deprecated", "This feature has been deprecated", Fatal, Fatal),
    ("ads_error_not_whitelisted_for_product_gms\t", "", Fatal, Fatal),
    ("error_query_limit_max", "", Fatal, Fatal),
    ("ads.performance.error_date_in_future", "", Fatal, Fatal),
    ("ads.performance.error_date_range_too_long", "", Fatal, Fatal),
    ("ads.performance.error_date_too_old", "", Fatal, Fatal),
    ("ads.performance.error_same_start_end_dates", "", Fatal, Fatal),
    ("ads.performance.error_start_later_than_end", "", Fatal, Fatal),
    ("ads.shop.campaign_not_match", "Invalid campaign ID for this shop.", Quarantine, Quarantine),
    ("ads_error_product_gms_campaign_not_found", "", Quarantine, Quarantine),
    ("ads_invalid_roas_target", "", Quarantine, Quarantine),
    ("ads.campaign.error_daily_budget_range", "", Quarantine, Quarantine),
    ("ads.campaign.error_date_setting", "", Quarantine, Quarantine),
    ("ads.campaign.invalid_start_date", "", Quarantine, Quarantine),
    ("ads.edit.invalid_action", "", Quarantine, Quarantine),
    ("ads.item.adult_item", "", Quarantine, Quarantine),
    ("ads.item.invalid_status", "", Quarantine, Quarantine),
    ("ads.item.blocked_for_promotion", "", Quarantine, Quarantine),
    ("ads.item.sold_out", "", Quarantine, Quarantine),
    // Codes of no list
    ("ads_rate_limit_partner_api", "", PauseApp, PauseApp),
    ("ads_rate_limit_campaign_api", "", PauseShop, PauseShop),
    ("ads_error_limit", "daily API call limit", PauseUntilQuotaDay, PauseUntilQuotaDay),
    ("something_new", "", Retry, Retry),
];

#[test]
fn every_code_has_its_class() {
    for (code, message, read, auth) in CASES {
        assert_eq!(classify(200, code, message, Read), *read, "read: {code} {message}");
        assert_eq!(classify(200, code, message, Auth), *auth, "auth: {code} {message}");
    }
    for (code, _) in codes::CODES {
        assert!(CASES.iter().any(|case| case.0.trim() == *code), "{code} has no case");
    }
}

#[test]
fn the_status_does_not_change_what_a_code_means() {
    for status in [200, 400, 403, 500] {
        assert_eq!(classify(status, "invalid_acceess_token", "", Read), RefreshToken);
        assert_eq!(classify(status, "ads_rate_limit_total_api", "", Read), PauseApp);
        assert_eq!(classify(status, "error_sign", "Wrong sign.", Read), Fatal);
    }
}

#[test]
fn a_prefix_and_white_space_are_ignored() {
    for code in ["common.error_sign", " error_sign\t", "product. error_sign ", "\u{a0}error_sign"] {
        assert_eq!(classify(200, code, "", Read), Fatal, "{code:?}");
    }
    assert_eq!(classify(200, "x.ads.shop.campaign_not_match", "", Read), Quarantine);
    assert_eq!(classify(200, "a.b.error_sign", "", Read), Retry, "only one part is taken off");
}

#[test]
fn the_status_decides_where_there_is_no_code() {
    for (status, read, auth) in [
        (200, Retry, Unknown),
        (302, Fatal, Fatal),
        (400, Retry, Unknown),
        (403, Retry, Unknown),
        (404, Fatal, Fatal),
        (405, Fatal, Fatal),
        (429, PauseShop, PauseShop),
        (500, Retry, Unknown),
        (503, Retry, Unknown),
    ] {
        for code in ["", "-", " "] {
            assert_eq!(classify(status, code, "", Read), read, "{status}");
            assert_eq!(classify(status, code, "", Auth), auth, "{status}");
        }
    }
}

#[test]
fn both_ways_of_throttling() {
    assert_eq!(classify(429, "", "", Read), PauseShop);
    assert_eq!(classify(429, "error_server", "", Auth), PauseShop);
    assert_eq!(classify(429, "ads_rate_limit_total_api", "", Read), PauseApp);
    assert_eq!(classify(403, "ads_rate_limit_shop_api", "", Read), PauseShop);
    assert_eq!(classify(200, "ads.rate_limit.exceed_partner_api", "", Read), PauseApp);
}

#[test]
fn an_unknown_path_is_not_an_unknown_campaign() {
    assert_eq!(classify(404, "error_not_found", "", Read), Fatal);
    assert_eq!(
        classify(404, "error_not_found", "The information you queried is not found.", Read),
        Quarantine
    );
    assert_eq!(classify(200, "error_not_found", "", Read), Quarantine);
}

#[test]
fn a_failing_server_may_have_spent_the_token() {
    assert_eq!(classify(502, "something_new", "", Auth), Unknown);
    assert_eq!(classify(502, "something_new", "", Read), Retry);
}
