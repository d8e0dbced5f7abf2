//! How often somebody may call: a token, and an address that sends none or a wrong one. The platform counts, at each of its
//! places on its own, about so (`ratelimits` of wrangler.toml).

use super::{auth::Caller, problem::Problem};
use crate::adapter::log;
use compact::json;
use sync_flow::host::Level;
use worker::{Env, Request};

/// The bindings; a test holds their period to be [`PERIOD_SECONDS`].
const TOKENS: &str = "TOKEN_LIMIT";
const WRONG_TOKENS: &str = "WRONG_TOKEN_LIMIT";
/// Period of both limits, in seconds: 10 or 60 on the platform.
const PERIOD_SECONDS: i64 = 10;

/// Counts a call of a token.
///
/// # Errors
/// 429.
pub async fn token(env: &Env, caller: &Caller) -> Result<(), Problem> {
    count(env, TOKENS, &caller.name).await
}

/// Counts a call without a valid token, by its address.
///
/// # Errors
/// 429.
pub async fn wrong_token(env: &Env, request: &Request) -> Result<(), Problem> {
    let address = request.headers().get("cf-connecting-ip").ok().flatten();
    count(env, WRONG_TOKENS, address.as_deref().unwrap_or("unknown")).await
}

/// A limit that cannot be asked limits nothing: it guards against too much, and is no lock.
async fn count(env: &Env, binding: &str, key: &str) -> Result<(), Problem> {
    let outcome = match env.rate_limiter(binding) {
        Ok(limiter) => limiter.limit(key.to_owned()).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(outcome) if !outcome.success => Err(Problem::too_many(PERIOD_SECONDS)),
        Ok(_) => Ok(()),
        Err(error) => {
            let fields = json!({ "binding": binding, "error": error.to_string() });
            log::line(Level::Warn, "limit_not_asked", fields);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bindings_are_configured_with_this_period() {
        let configuration = include_str!("../../wrangler.toml");
        for binding in [TOKENS, WRONG_TOKENS] {
            let (_, section) = configuration.split_once(&format!("name = \"{binding}\"")).unwrap();
            let limit = section.lines().find(|line| line.starts_with("simple")).unwrap();
            assert!(limit.contains(&format!("period = {PERIOD_SECONDS} ")), "{limit}");
        }
    }
}
