//! Bearer tokens. `API_TOKENS` contains `role:sha256hex` entries; the tokens themselves are stored nowhere.

use super::problem::Problem;
use api::role::Role;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Longest token that is examined, in bytes.
const TOKEN_BYTES_MAX: usize = 512;

/// The caller: the role and the beginning of the token's hash, which distinguishes callers but grants no access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller(pub String);

/// Checks that the token in the header has at least the role `needed`.
pub fn check(header: Option<&str>, tokens: &str, needed: Role) -> Result<Caller, Problem> {
    let token = header
        .and_then(|header| header.split_once(' '))
        .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && token.len() <= TOKEN_BYTES_MAX)
        .map(|(_, token)| token.trim());
    let Some(token) = token.filter(|token| !token.is_empty()) else { return Err(Problem::no_token(false)) };
    let digest = Sha256::digest(token.as_bytes());
    match role(&digest, tokens) {
        Some(role) if role >= needed => {
            let short = hex::encode(digest.get(..4).unwrap_or_default());
            Ok(Caller(format!("{}:{short}", role.as_str())))
        }
        Some(_) => Err(Problem::forbidden()),
        None => Err(Problem::no_token(true)),
    }
}

/// Compares with every entry, so that the duration does not reveal which one matched.
fn role(digest: &[u8], tokens: &str) -> Option<Role> {
    let mut found = None;
    for entry in tokens.split([',', ' ', '\n', '\t', '\r']).filter(|entry| !entry.is_empty()) {
        let Some((name, hash)) = entry.split_once(':') else { continue };
        let (Some(role), Ok(hash)) = (Role::parse(name), hex::decode(hash)) else { continue };
        if bool::from(digest.ct_eq(&hash)) {
            found = found.max(Some(role));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> String {
        let hash = |token: &str| hex::encode(Sha256::digest(token.as_bytes()));
        format!("viewer:{},operator:{}\nbroken,admin:zz", hash("see"), hash("act"))
    }

    fn status(header: Option<&str>, needed: Role) -> u16 {
        check(header, &tokens(), needed).map_or_else(|problem| problem.status, |_| 200)
    }

    #[test]
    fn a_token_has_its_role_and_the_lower_ones() {
        assert_eq!(status(Some("Bearer act"), Role::Operator), 200);
        assert_eq!(status(Some("bearer act"), Role::Viewer), 200);
        assert_eq!(status(Some("Bearer see"), Role::Operator), 403);
        assert_eq!(status(Some("Bearer act"), Role::Admin), 403);
        let caller = check(Some("Bearer act"), &tokens(), Role::Viewer).unwrap();
        assert!(caller.0.starts_with("operator:") && !caller.0.contains("act"), "{caller:?}");
    }

    #[test]
    fn anything_else_is_refused() {
        for header in [None, Some(""), Some("act"), Some("Bearer "), Some("Bearer nope"), Some("Basic act")] {
            assert_eq!(status(header, Role::Viewer), 401, "{header:?}");
        }
        assert_eq!(check(Some("Bearer act"), "", Role::Viewer).unwrap_err().status, 401);
    }
}
