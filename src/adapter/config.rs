//! The deployment's variables and secrets.

use shopee::{Partner, Secret};
use worker::Env;

/// Where the platform is and who we are there.
pub struct Platform {
    /// Base address of the Open Platform, without a trailing slash.
    pub base_url: String,
    /// The partner app of this deployment. A shop row may name another one.
    pub partner: Option<Partner>,
}

/// Reads `SHOPEE_BASE_URL`, `PARTNER_ID`, `PARTNER_KEY`.
///
/// # Errors
/// Names the variable that is missing or wrong.
pub fn platform(env: &Env) -> Result<Platform, String> {
    let base_url = variable(env, "SHOPEE_BASE_URL").ok_or("SHOPEE_BASE_URL is not set")?;
    if !base_url.starts_with("https://") && !base_url.starts_with("http://") {
        return Err("SHOPEE_BASE_URL must begin with https:// (or http:// for a local fake)".to_owned());
    }
    let partner = match (variable(env, "PARTNER_ID"), variable(env, "PARTNER_KEY")) {
        (Some(id), Some(key)) => {
            let id = id.trim().parse().map_err(|_| "PARTNER_ID must be a whole number")?;
            Some(Partner { id, key: Secret::new(key) })
        }
        (None, None) => None,
        _ => return Err("PARTNER_ID and PARTNER_KEY must be set together".to_owned()),
    };
    Ok(Platform { base_url: base_url.trim_end_matches('/').to_owned(), partner })
}

/// The text of `API_TOKENS`: entries `role:sha256hex`, separated by commas or white space.
pub fn api_tokens(env: &Env) -> Option<String> {
    variable(env, "API_TOKENS")
}

fn variable(env: &Env, name: &str) -> Option<String> {
    env.var(name).map(|value| value.to_string()).ok().filter(|value| !value.trim().is_empty())
}
