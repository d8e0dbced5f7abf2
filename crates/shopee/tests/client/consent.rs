//! The links to the consent page.

use crate::fake_platform::{answer, run};

/// Everything that a redirect's own query may hold.
const REDIRECT: &str = "https://ads.example/oauth/shopee/callback?state=a.b-c_d~e&n=1 +é%2F#f";
const ENCODED: &str =
    "https%3A%2F%2Fads.example%2Foauth%2Fshopee%2Fcallback%3Fstate%3Da.b-c_d~e%26n%3D1%20%2B%C3%A9%252F%23f";

#[test]
fn the_signed_link() {
    let (link, asked) = run(answer(200, ""), async |client| client.signed_consent_link(REDIRECT));
    // HMAC-SHA256, with the key "partner-key-value", of "2001234/api/v2/shop/auth_partner1700000000".
    let sign = "766f8e5cb2fbd536e6d1ff95e46fe6e761ff7a3a478fa5558e22cc4dc2e22d46";
    let expected = format!(
        "https://platform.test/api/v2/shop/auth_partner?partner_id=2001234&timestamp=1700000000&sign={sign}\
         &redirect={ENCODED}"
    );
    assert_eq!((link, asked.len()), (expected, 0));
}

#[test]
fn the_unsigned_link() {
    for auth_base in ["https://open.test", "https://open.test/"] {
        let (link, asked) =
            run(answer(200, ""), async |client| client.consent_link(auth_base, REDIRECT, "k1.99+/=&x%#"));
        let expected = format!(
            "https://open.test/auth?partner_id=2001234&auth_type=seller&redirect_uri={ENCODED}\
             &response_type=code&state=k1.99%2B%2F%3D%26x%25%23"
        );
        assert_eq!((link, asked.len()), (expected, 0));
    }
}
