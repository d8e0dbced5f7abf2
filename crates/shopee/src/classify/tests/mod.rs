mod cases;
mod named;
mod writes;

use super::*;
use crate::error_class::ErrorClass::{
    FatalConfiguration as Fatal, PauseApp, PauseShop, PauseUntilQuotaDay, Quarantine, Reconsent,
    RefreshToken, Retry, UnknownOutcome as Unknown,
};
use EndpointKind::{Auth, Read};
use cases::CASES;
use named::NAMED;

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
fn every_code_that_is_named_anywhere_is_known() {
    for (place, codes) in NAMED {
        for code in *codes {
            let exact = codes::CODES.iter().any(|(known, _)| known == code);
            assert!(exact || rule_of_family(code, "").is_some(), "{place}: {code} is unknown");
            assert!(CASES.iter().any(|case| case.0.trim() == *code), "{place}: {code} has no case");
        }
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
        (302, Retry, Unknown),
        (400, Retry, Unknown),
        (403, PauseApp, PauseApp),
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
    for (status, code, message, class) in [
        (429, "", "", PauseShop),
        (429, "ads_rate_limit_shop_api", "", PauseShop),
        (429, "ads_rate_limit_total_api", "", PauseApp),
        (429, "error_limit", "", PauseUntilQuotaDay),
        (429, "error_server", "", PauseShop),
        (429, "something_new", "", PauseShop),
        (403, "", "", PauseApp),
        (403, "", "<html>", PauseApp),
        (403, "ads_rate_limit_total_api", "", PauseApp),
        (403, "ads_rate_limit_shop_api", "", PauseShop),
        (403, "something_new", "", Retry),
        (200, "ads.rate_limit.exceed_shop_api", "", PauseShop),
        (200, "ads.rate_limit.exceed_api", "", PauseApp),
        (200, "ads.rate_limit.exceed_partner_api", "", PauseApp),
        (200, "ads_rate_limit_shop_api", "", PauseShop),
        (200, "ads_rate_limit_total_api", "", PauseApp),
        (200, "error_rate_limit", "", PauseShop),
        (200, "error_limit", "", PauseUntilQuotaDay),
    ] {
        assert_eq!(classify(status, code, message, Read), class, "read: {status} {code}");
        assert_eq!(classify(status, code, message, Auth), class, "auth: {status} {code}");
    }
    assert_eq!(classify(429, "error_param", "Wrong parameters.", Read), PauseShop, "no id is to blame");
    // These codes have a meaning of their own, which takes precedence.
    assert_eq!(classify(429, "error_sign", "Wrong sign.", Read), Fatal);
    assert_eq!(classify(403, "invalid_acceess_token", "", Read), RefreshToken);
    assert_eq!(classify(403, "error_api_permission", "", Read), Fatal);
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
