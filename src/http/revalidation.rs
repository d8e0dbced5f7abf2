//! Lists that are asked for again and again: each answer has an `ETag`, and whoever has it already gets 304 (RFC 9110, 13.1.2).
//! For a second the instance remembers the tags that it has given, and answers so without asking Postgres.

use super::auth::Caller;
use api::route::Route;
use sha2::{Digest, Sha256};
use std::{cell::RefCell, collections::VecDeque};
use worker::Request;

/// How long a tag counts as the list's, in milliseconds.
const FRESH_MS: i64 = 1_000;
/// Tags that are remembered.
const REMEMBERED_MAX: usize = 500;

thread_local! {
    static REMEMBERED: RefCell<VecDeque<Remembered>> = const { RefCell::new(VecDeque::new()) };
}

/// What an answer was a moment ago.
struct Remembered {
    list: [u8; 32],
    tag: String,
    until_ms: i64,
}

/// A request for a list.
pub struct Revalidation {
    list: [u8; 32],
    /// `If-None-Match`.
    known: Option<String>,
}

impl Revalidation {
    /// `None` if the route is no list.
    pub fn of(route: &Route, request: &Request, caller: &Caller) -> Option<Self> {
        route.is_list().then(|| {
            let known = request.headers().get("if-none-match").ok().flatten();
            Self::new(&request.inner().url(), caller, known)
        })
    }

    fn new(address: &str, caller: &Caller, known: Option<String>) -> Self {
        let mut hash = Sha256::new();
        hash.update(format!("{}\0{:?}\0{address}", caller.name, caller.shops));
        Self { list: hash.finalize().into(), known }
    }

    /// The tag, if the caller has what the list was a moment ago.
    pub fn is_fresh(&self, now_ms: i64) -> Option<String> {
        REMEMBERED.with_borrow(|remembered| {
            // The newest is the last.
            let tag =
                &remembered.iter().rev().find(|one| one.list == self.list && now_ms < one.until_ms)?.tag;
            self.is_known(tag).then(|| tag.clone())
        })
    }

    /// The tag of an answer, and whether the caller has it.
    pub fn judge(&self, body: &str, now_ms: i64) -> (String, bool) {
        let tag = hex::encode(Sha256::digest(body.as_bytes()).get(..16).unwrap_or_default());
        let remembered =
            Remembered { list: self.list, tag: tag.clone(), until_ms: now_ms.saturating_add(FRESH_MS) };
        REMEMBERED.with_borrow_mut(|all| {
            while all.len() >= REMEMBERED_MAX || all.front().is_some_and(|oldest| oldest.until_ms <= now_ms) {
                all.pop_front();
            }
            all.push_back(remembered);
        });
        let is_known = self.is_known(&tag);
        (tag, is_known)
    }

    /// Compares as weak tags: what compresses on the way makes them weak.
    fn is_known(&self, tag: &str) -> bool {
        let Some(known) = self.known.as_deref() else { return false };
        let is_it = |one: &str| one.strip_prefix("W/").unwrap_or(one).trim_matches('"') == tag;
        known.trim() == "*" || known.split(',').any(|one| is_it(one.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sync_core::ShopId;

    fn asks(address: &str, shops: Option<Vec<ShopId>>, known: Option<&str>) -> Revalidation {
        let caller = Caller { name: "viewer:somebody".to_owned(), shops };
        Revalidation::new(address, &caller, known.map(str::to_owned))
    }

    #[test]
    fn whoever_has_the_list_need_not_get_it_again() {
        let (tag, is_known) = asks("/v1/runs", None, None).judge("[1]", 0);
        assert!(!is_known);
        for known in
            [format!("\"{tag}\""), format!("W/\"{tag}\""), format!("\"other\", \"{tag}\""), "*".to_owned()]
        {
            assert!(asks("/v1/runs", None, Some(&known)).judge("[1]", 0).1, "{known}");
        }
        let quoted = format!("\"{tag}\"");
        assert!(!asks("/v1/runs", None, Some(&quoted)).judge("[2]", 0).1);
    }

    #[test]
    fn a_tag_is_remembered_for_a_second_for_who_asked_and_what() {
        let (tag, _) = asks("/v1/queue", None, None).judge("[1]", 5_000);
        let tag = format!("\"{tag}\"");
        let fresh = |address, shops, now_ms| asks(address, shops, Some(&tag)).is_fresh(now_ms).is_some();
        assert!(fresh("/v1/queue", None, 5_999));
        assert!(!fresh("/v1/queue", None, 6_000));
        assert!(!fresh("/v1/queue?limit=5", None, 5_000));
        assert!(!fresh("/v1/queue", Some(vec![ShopId(1)]), 5_000));
        assert!(asks("/v1/queue", None, None).is_fresh(5_000).is_none(), "it did not say that it has it");
        asks("/v1/queue", None, None).judge("[2]", 5_500);
        assert!(!fresh("/v1/queue", None, 5_600), "it has changed since");
    }

    #[test]
    fn so_many_are_remembered_and_no_more() {
        for n in 0..3 * REMEMBERED_MAX {
            asks(&format!("/{n}"), None, None).judge("[]", 0);
        }
        REMEMBERED.with_borrow(|all| assert_eq!(all.len(), REMEMBERED_MAX));
    }
}
