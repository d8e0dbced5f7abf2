//! Bearer tokens. `API_TOKENS` contains `role:sha256hex` entries; the tokens themselves are stored nowhere. After the role may
//! stand the only shops that the token is for, after the hash a name and the token's last day:
//! `operator@1001,1002:sha256hex:night-shift:2027-03-31`.

use super::problem::Problem;
use api::role::Role;
use chrono::{DateTime, Days, NaiveDate};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use sync_core::ShopId;
use sync_flow::doctor::Tokens;

/// Longest token that is examined, in bytes.
const TOKEN_BYTES_MAX: usize = 512;

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// For the audit log: the role with the token's name, or with the beginning of its hash, which grants no access.
    pub name: String,
    /// The only shops that the caller may reach, in ascending order; `None`: all, and the deployment.
    pub shops: Option<Vec<ShopId>>,
}

impl Caller {
    /// Of a route that needs no token.
    pub fn anyone() -> Self {
        Self { name: Role::Anyone.as_str().to_owned(), shops: None }
    }

    /// Whether the caller may reach a shop.
    pub fn may_reach(&self, shop: ShopId) -> bool {
        self.shops.as_ref().is_none_or(|shops| shops.contains(&shop))
    }
}

/// Checks that the token in the header has at least the role `needed`, and has not ended.
pub fn check(header: Option<&str>, tokens: &str, needed: Role, now_ms: i64) -> Result<Caller, Problem> {
    let token = header
        .and_then(|header| header.split_once(' '))
        .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && token.len() <= TOKEN_BYTES_MAX)
        .map(|(_, token)| token.trim());
    let Some(token) = token.filter(|token| !token.is_empty()) else { return Err(Problem::no_token(false)) };
    let digest = Sha256::digest(token.as_bytes());
    let Some(entry) = entry_of(&digest, tokens) else { return Err(Problem::no_token(true)) };
    if entry.ends_ms.is_some_and(|ends_ms| now_ms >= ends_ms) {
        return Err(Problem::token_ended());
    }
    if entry.role < needed {
        return Err(Problem::forbidden());
    }
    let short = hex::encode(digest.get(..4).unwrap_or_default());
    let name = entry.name.as_deref().unwrap_or(&short);
    Ok(Caller { name: format!("{}:{name}", entry.role.as_str()), shops: entry.shops })
}

/// One entry of `API_TOKENS`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    role: Role,
    shops: Option<Vec<ShopId>>,
    hash: Vec<u8>,
    name: Option<String>,
    /// The end of its last day in UTC, unix milliseconds.
    ends_ms: Option<i64>,
}

/// Compares with every entry, so that the duration does not reveal which one matched. Of several the highest role counts.
fn entry_of(digest: &[u8], tokens: &str) -> Option<Entry> {
    let mut found: Option<Entry> = None;
    for entry in entries(tokens).into_iter().flatten() {
        let matches = bool::from(digest.ct_eq(&entry.hash));
        if matches && found.as_ref().is_none_or(|found| found.role < entry.role) {
            found = Some(entry);
        }
    }
    found
}

/// The entries; `None` for one that cannot be read. Commas separate entries, and the shops within one.
fn entries(tokens: &str) -> Vec<Option<Entry>> {
    let (mut found, mut begun) = (Vec::new(), String::new());
    for part in tokens.split([',', ' ', '\n', '\t', '\r']).filter(|part| !part.is_empty()) {
        let goes_on = !part.contains(':') && (part.contains('@') || !begun.is_empty());
        begun.push_str(part);
        if goes_on {
            begun.push(',');
        } else {
            found.push(read(&std::mem::take(&mut begun)));
        }
    }
    if !begun.is_empty() {
        found.push(None);
    }
    found
}

/// Counts the entries. An admin for some shops, or whose token has ended, is none that can set up the deployment.
pub fn count(tokens: &str, now_ms: i64) -> Tokens {
    let mut counted = Tokens::default();
    for entry in entries(tokens) {
        let group = match entry {
            None => &mut counted.unreadable,
            Some(Entry { role: Role::Admin, shops: None, ends_ms, .. })
                if ends_ms.is_none_or(|ends_ms| now_ms < ends_ms) =>
            {
                &mut counted.admins
            }
            Some(_) => &mut counted.others,
        };
        *group = group.saturating_add(1);
    }
    counted
}

/// Reads an entry. One with a part that cannot be read is none: a token without the end that was meant would be too mighty.
fn read(entry: &str) -> Option<Entry> {
    let mut parts = entry.split(':');
    let (who, hash) = (parts.next()?, hex::decode(parts.next()?).ok()?);
    (hash.len() == Sha256::output_size()).then_some(())?;
    let (role, shops) = match who.split_once('@') {
        None => (who, None),
        Some((role, shops)) => (role, Some(read_shops(shops)?)),
    };
    let name = parts.next().filter(|name| !name.is_empty()).map(str::to_owned);
    let ends_ms = match parts.next() {
        None | Some("") => None,
        Some(day) => Some(end_of(day)?),
    };
    parts.next().is_none().then_some(Entry { role: Role::parse(role)?, shops, hash, name, ends_ms })
}

fn read_shops(text: &str) -> Option<Vec<ShopId>> {
    let ids = text.split(',').map(|id| id.parse().ok().filter(|id| *id > 0));
    let mut ids: Vec<i64> = ids.collect::<Option<_>>()?;
    ids.sort_unstable();
    Some(ids.into_iter().map(ShopId).collect())
}

fn end_of(day: &str) -> Option<i64> {
    let next = day.parse::<NaiveDate>().ok()?.checked_add_days(Days::new(1))?;
    Some(DateTime::<chrono::Utc>::from_naive_utc_and_offset(next.into(), chrono::Utc).timestamp_millis())
}

#[cfg(test)]
#[path = "auth_tests.rs"]
mod tests;
