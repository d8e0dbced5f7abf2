//! Codes, access tokens and refresh tokens (Shopee: v2.public.get_access_token, v2.public.refresh_access_token).

use crate::data::draw::Draw;
use crate::limits::TOKENS_MAX;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap, VecDeque};

/// Lifetime of a code, in seconds.
pub const CODE_LIFE_S: i64 = 600;
/// Lifetime of a refresh token, in seconds.
pub const REFRESH_LIFE_S: i64 = 30 * 86_400;

/// A value with an expiry. All times are unix seconds.
struct Expiring<T> {
    value: T,
    ends: i64,
}

/// A bounded table that drops its oldest entry first.
struct Table<T> {
    entries: HashMap<String, Expiring<T>>,
    order: VecDeque<String>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { entries: HashMap::new(), order: VecDeque::new() }
    }
}

impl<T> Table<T> {
    fn put(&mut self, token: String, value: T, ends: i64) {
        while self.order.len() >= TOKENS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
        self.order.push_back(token.clone());
        self.entries.insert(token, Expiring { value, ends });
    }
}

/// A seller's consent, to be exchanged for tokens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Given for all shops of this main account; else for one shop.
    pub main_account_id: Option<u64>,
    /// The shops: one, unless a main account consents for them.
    pub shops: BTreeSet<u64>,
}

/// The seller who opens the consent page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seller {
    /// One who agrees.
    Agrees(Consent),
    /// One who does not.
    Refuses,
}

/// New tokens.
pub struct Pair {
    /// For calls.
    pub access: String,
    /// For the next pair, once per shop.
    pub refresh: String,
}

/// Why a refresh token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshRefused {
    /// Never issued, issued for another shop, or used already.
    Unknown,
    /// Too old.
    Expired,
}

/// All issued tokens and codes.
#[derive(Default)]
pub struct Tokens {
    codes: Table<Consent>,
    /// `None`: for no shop, after the consent of a main account.
    access: Table<Option<u64>>,
    /// The shops that have not used it yet.
    refresh: Table<BTreeSet<u64>>,
    issued: u64,
    salt: u64,
}

impl Tokens {
    /// A different salt gives different tokens.
    pub fn salted(salt: u64) -> Self {
        Self { salt, ..Self::default() }
    }

    /// The salt.
    pub fn salt(&self) -> u64 {
        self.salt
    }

    /// Issues a code, valid for one use within ten minutes.
    pub fn issue_code(&mut self, consent: Consent, now: i64) -> String {
        let code = self.fresh();
        self.codes.put(code.clone(), consent, now + CODE_LIFE_S);
        code
    }

    /// Uses a code up; `matches` tells whether it was issued for the calling account.
    pub fn use_code(&mut self, code: &str, now: i64, matches: impl Fn(&Consent) -> bool) -> Option<Consent> {
        let found = self.codes.entries.get(code).is_some_and(|held| held.ends > now && matches(&held.value));
        if found { self.codes.entries.remove(code).map(|held| held.value) } else { None }
    }

    /// Issues tokens for a shop, or for all shops of a main account.
    pub fn issue(&mut self, consent: &Consent, now: i64, access_life_s: i64) -> Pair {
        let pair = Pair { access: self.fresh(), refresh: self.fresh() };
        let bound = if consent.main_account_id.is_none() { consent.shops.first().copied() } else { None };
        self.access.put(pair.access.clone(), bound, now + access_life_s);
        self.refresh.put(pair.refresh.clone(), consent.shops.clone(), now + REFRESH_LIFE_S);
        pair
    }

    /// Replaces all tokens of the shop by these.
    pub fn replace(&mut self, shop: u64, access: String, ends: i64, refresh: Option<String>, now: i64) {
        self.drop_access(shop);
        for held in self.refresh.entries.values_mut() {
            held.value.remove(&shop);
        }
        self.access.put(access, Some(shop), ends);
        if let Some(refresh) = refresh {
            self.refresh.put(refresh, BTreeSet::from([shop]), now + REFRESH_LIFE_S);
        }
    }

    /// Whether calls of this shop may use the access token.
    pub fn allows(&self, access: &str, shop: u64, now: i64) -> bool {
        self.access.entries.get(access).is_some_and(|held| held.value == Some(shop) && held.ends > now)
    }

    /// Uses up a refresh token for a shop.
    pub fn use_refresh(&mut self, refresh: &str, shop: u64, now: i64) -> Result<(), RefreshRefused> {
        let held = self.refresh.entries.get_mut(refresh).ok_or(RefreshRefused::Unknown)?;
        if !held.value.contains(&shop) {
            return Err(RefreshRefused::Unknown);
        }
        if held.ends <= now {
            return Err(RefreshRefused::Expired);
        }
        held.value.remove(&shop);
        Ok(())
    }

    /// Expires every access token of a shop.
    pub fn drop_access(&mut self, shop: u64) {
        self.access.entries.retain(|_, held| held.value != Some(shop));
    }

    /// 32 hexadecimal digits that were not issued before.
    fn fresh(&mut self) -> String {
        self.issued += 1;
        Draw::new([self.salt, self.issued]).hex()
    }
}
