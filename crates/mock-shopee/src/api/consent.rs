//! The consent pages, as a browser sees them: `/api/v2/shop/auth_partner` with a signed link, and
//! `/auth` with an unsigned one. They ask nobody: the control API sets who is logged in.

use super::gate::{check_present, check_signature};
use super::refusal::Refusal;
use super::reply::Reply;
use super::request::Request;
use crate::state::Platform;
use crate::state::tokens::Seller;
use std::fmt::Write;

/// A valid link.
struct Link<'a> {
    redirect: &'a str,
    state: Option<&'a str>,
}

/// The page's answer: a redirect. `None`: the path is not a consent page.
pub fn page(platform: &Platform, request: &Request<'_>) -> Option<Reply> {
    let link = match (request.method, request.path) {
        ("GET", "/api/v2/shop/auth_partner") => signed(platform, request),
        ("GET", "/auth") => unsigned(platform, request),
        _ => return None,
    };
    let answer = link.and_then(|link| redirect(platform, request.now_ms, &link));
    Some(match answer {
        Ok(address) => Reply::redirect(address),
        Err(refusal) => Reply::refused(&refusal, &platform.request_id(0)),
    })
}

/// A signed link, valid for five minutes.
fn signed<'a>(platform: &Platform, request: &'a Request<'_>) -> Result<Link<'a>, Refusal> {
    let check = || {
        check_present(request, &["partner_id", "timestamp", "sign", "redirect"])?;
        check_signature(platform, request, None)
    };
    check().map_err(|refusal| bad_link(&refusal.message))?;
    Ok(Link { redirect: address(request, "redirect")?, state: None })
}

/// An unsigned link.
fn unsigned<'a>(platform: &Platform, request: &'a Request<'_>) -> Result<Link<'a>, Refusal> {
    let partner_id = platform.config.partner_id.to_string();
    for (name, wanted) in
        [("partner_id", partner_id.as_str()), ("auth_type", "seller"), ("response_type", "code")]
    {
        if given(request, name)? != wanted {
            return Err(bad_link(&format!("{name} is invalid")));
        }
    }
    Ok(Link { redirect: address(request, "redirect_uri")?, state: Some(given(request, "state")?) })
}

fn given<'a>(request: &'a Request<'_>, name: &str) -> Result<&'a str, Refusal> {
    request.required(name).map_err(|refusal| bad_link(&refusal.message))
}

fn address<'a>(request: &'a Request<'_>, name: &str) -> Result<&'a str, Refusal> {
    let address = given(request, name)?;
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    match rest {
        Some(rest) if rest.starts_with(|first: char| first.is_alphanumeric() || first == '[') => Ok(address),
        _ => Err(bad_link(&format!("{name} should be an address that begins with https:// or http://"))),
    }
}

fn bad_link(message: &str) -> Refusal {
    Refusal::new("error_auth", message).status(403)
}

/// The redirect target of the seller's browser.
fn redirect(platform: &Platform, now_ms: i64, link: &Link<'_>) -> Result<String, Refusal> {
    let mut world = platform.world();
    let mut answer = form_urlencoded::Serializer::new(String::new());
    match world.seller.clone() {
        None => {
            let message = "Nobody is logged in at the consent page: PUT /_mock/consent says who is.";
            return Err(Refusal::new("nobody_logged_in", message).status(409));
        }
        Some(Seller::Refuses) => {
            answer.append_pair("error", "access_denied");
        }
        Some(Seller::Agrees(consent)) => {
            let whose = match consent.main_account_id {
                Some(id) => ("main_account_id", id),
                None => ("shop_id", consent.shops.first().copied().unwrap_or_default()),
            };
            answer.append_pair("code", &world.tokens.issue_code(consent, now_ms / 1_000));
            answer.append_pair(whose.0, &whose.1.to_string());
        }
    }
    if let Some(state) = link.state {
        answer.append_pair("state", state);
    }
    Ok(with_query(link.redirect, &answer.finish()))
}

/// The address with parameters appended to its query, valid in a header.
fn with_query(address: &str, more: &str) -> String {
    let (address, fragment) = match address.split_once('#') {
        Some((address, fragment)) => (address, Some(fragment)),
        None => (address, None),
    };
    let joint = match address.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    let mut whole = format!("{address}{joint}{more}");
    if let Some(fragment) = fragment {
        let _ = write!(whole, "#{fragment}");
    }
    whole.bytes().fold(String::with_capacity(whole.len()), |mut header, byte| {
        if byte.is_ascii_graphic() {
            header.push(char::from(byte));
        } else {
            let _ = write!(header, "%{byte:02X}");
        }
        header
    })
}

#[cfg(test)]
mod tests {
    use super::with_query;

    #[test]
    fn the_address_keeps_what_it_has() {
        for (address, whole) in [
            ("https://a.example", "https://a.example?code=1"),
            ("https://a.example/b?", "https://a.example/b?code=1"),
            ("https://a.example/b?c=%2F&d", "https://a.example/b?c=%2F&d&code=1"),
            ("https://a.example/b?c=1&#top", "https://a.example/b?c=1&code=1#top"),
            ("https://a.example/é b\r\n", "https://a.example/%C3%A9%20b%0D%0A?code=1"),
        ] {
            assert_eq!(with_query(address, "code=1"), whole);
        }
    }
}
