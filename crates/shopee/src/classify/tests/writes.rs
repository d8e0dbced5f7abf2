//! The classes of refused edits.

use super::cases::CASES;
use super::*;
use EndpointKind::Write;

/// Code, message and class, status 200: the error lists of v2.ads.edit_manual_product_ads and
/// v2.ads.edit_auto_product_ads, and the refusal of an app without permission.
const EDITS: &[(&str, &str, ErrorClass)] = &[
    ("ads.account.status_not_normal", "Account status is not normal.", Fatal),
    ("ads.ads_account.invalid_status", "Ads account status is Invalid.", Fatal),
    ("ads.campaign.error_daily_budget_range", "The budget set is invalid.", Quarantine),
    (
        "ads.campaign.error_date_setting",
        "The start/end date of campaign should be larger or equal to today. End date to be empty for unlimited \
         duration.",
        Quarantine,
    ),
    (
        "ads.campaign.invalid_start_date",
        "The start date has to be today for no end date (unlimited duration).",
        Quarantine,
    ),
    (
        "ads.edit.invalid_action",
        "Edit Action is invalid as per the current status of the campaign.",
        Quarantine,
    ),
    ("ads.item.adult_item", "Item is an adult item cannot have this campaign setting.", Quarantine),
    ("ads.item.invalid_status", "Item status is invalid.", Quarantine),
    ("ads.item.blocked_for_promotion", "Item is blocked for promotion.", Quarantine),
    ("ads.item.sold_out", "Item is sold out.", Quarantine),
    ("ads.shop.campaign_not_match", "Invalid campaign ID for this shop.", Quarantine),
    ("ads.shop.in_holiday_mode", "Shop is in holiday mode.", Fatal),
    ("ads.shop.status_not_normal", "Shop status is not normal.", Fatal),
    ("ads_deprecated", "This feature has been deprecated", Fatal),
    ("ads.api.http_method_not_allowed", "Only the supported HTTP method for the API is allowed.", Fatal),
    ("ads.rate_limit.campaign_level", "Too many requests at the moment, please try again later.", Retry),
    ("ads.rate_limit.exceed_api", "Too many requests at the moment, please try again later.", PauseApp),
    (
        "ads.rate_limit.exceed_partner_api",
        "Too many requests, please reduce the request rate and try again later.",
        PauseApp,
    ),
    (
        "ads.rate_limit.exceed_shop_api",
        "Too many requests for the shop at the moment, please try again later.",
        PauseShop,
    ),
    ("error_not_found", "The information you queried is not found.", Quarantine),
    ("error_param", "Wrong parameters.", Quarantine),
    ("error_param", "Wrong parameters, detail: budget.", Quarantine),
    ("error_param", "parameter invalid", Quarantine),
    ("error_param", "request not from gateway", Retry),
    ("error_server", "Something wrong. Please try later.", Unknown),
    ("error_data", "parse data failed", Unknown),
    ("error_data", "data not exist", Quarantine),
    ("error_shop", "shopid is invalid", Reconsent),
    ("ads.campaign.not_auto_product", "", Quarantine),
    ("ads.auto_product.no_eligible_sku", "", Fatal),
    ("ads.auto_product.existing_ad", "", Fatal),
    ("ads.auto_product.not_whitelisted", "", Fatal),
    (
        "error_param",
        "Permission denied. This API is currently offline or the request path is incorrect.",
        Fatal,
    ),
    ("api_suspended", "The API is offline.", Fatal),
    ("error_api_permission", "This app type has no permission to this API.", Fatal),
    ("invalid_acceess_token", "Invalid access_token, please have a check.", RefreshToken),
    ("error_auth", "No permission to current api.", Fatal),
];

#[test]
fn refusals_of_an_edit() {
    for (code, message, class) in EDITS {
        assert_eq!(classify(200, code, message, Write), *class, "{code} {message}");
    }
    for code in NAMED.iter().filter(|(place, _)| place.contains("edit")).flat_map(|(_, codes)| *codes) {
        assert!(EDITS.iter().any(|case| case.0 == *code), "{code} has no case");
    }
}

#[test]
fn what_a_campaign_or_an_item_is_now_may_pass() {
    for code in codes::PASSING {
        assert!(codes::CODES.iter().any(|(known, _)| *known == code), "{code} has no class");
        assert!(codes::passes(code) && codes::passes(&format!("ads. {code}")), "{code}");
    }
    assert!(!codes::passes("ads.campaign.error_daily_budget_range") && !codes::passes(""));
    let throttled = "Too many requests at the moment, please try again later.";
    assert_eq!(classify(429, "ads_rate_limit_campaign", throttled, Write), Retry);
}

#[test]
fn a_reference_id_that_was_used_may_have_been_used_by_a_lost_try() {
    for message in [
        "Wrong parameters, detail: duplicate reference_id.",
        "Wrong parameters, detail: Reference ID has been used.",
    ] {
        assert_eq!(classify(200, "error_param", message, Write), Unknown, "{message}");
    }
}

/// A write differs from a read only if a read is retried at once, or if the code is about the call itself.
#[test]
fn a_write_is_refused_as_a_read_is_unless_its_outcome_is_open() {
    for (code, message, read, auth) in CASES {
        let open = *auth == Unknown || message.contains("reference_id");
        let class = if open { Unknown } else { *read };
        assert_eq!(classify(200, code, message, Write), class, "{code} {message}");
    }
}

#[test]
fn the_status_of_a_write_decides_where_there_is_no_code() {
    for (status, class) in [
        (200, Unknown),
        (302, Unknown),
        (400, Unknown),
        (403, PauseApp),
        (404, Fatal),
        (405, Fatal),
        (429, PauseShop),
        (500, Unknown),
        (502, Unknown),
        (504, Unknown),
    ] {
        assert_eq!(classify(status, "", "", Write), class, "{status}");
    }
    assert_eq!(classify(502, "something_new", "", Write), Unknown);
    assert_eq!(classify(200, "something_new", "", Write), Retry);
    assert_eq!(classify(500, "ads.edit.invalid_action", "", Write), Quarantine);
}
