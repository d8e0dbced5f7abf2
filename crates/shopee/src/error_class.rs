//! The classes of errors, and the kinds of endpoints that they depend on.

use serde::{Deserialize, Serialize};

/// What a repeated call may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointKind {
    /// Reads: repeating it is harmless.
    Read,
    /// Changes a campaign: repeating it unseen may undo what somebody did in between.
    Write,
    /// Spends a code or a refresh token, each good for one use: repeating it may lose the shop.
    Auth,
}

/// What an error asks of the caller.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// Passes by itself: try again with growing waits, a bounded number of times.
    Retry,
    /// Too many calls for this shop: rest the shop.
    PauseShop,
    /// Too many calls by this app: rest all its shops.
    PauseApp,
    /// The app's calls of the day are used up: wait until 00:00 UTC+8.
    PauseUntilQuotaDay,
    /// The access token is dead: refresh it once, then call again.
    RefreshToken,
    /// The shop's authorization is gone: only the seller can restore it.
    Reconsent,
    /// One of the ids is refused: halve the call until the id is alone. Of a write: Shopee will not do this to this
    /// campaign, and has not.
    Quarantine,
    /// It may have taken effect: find out before it is sent again.
    UnknownOutcome,
    /// The app, its settings, this program or the shop's account is wrong: tell people, do not retry.
    FatalConfiguration,
}

impl ErrorClass {
    /// For people: what to do now.
    pub(crate) fn advice(self, kind: EndpointKind) -> &'static str {
        match self {
            Self::Retry => "Try again later, with growing waits.",
            Self::PauseShop => "There were too many calls for this shop: let it rest before the next one.",
            Self::PauseApp => "There were too many calls by this app: let all its shops rest.",
            Self::PauseUntilQuotaDay => "The app's calls of the day are used up: wait until 00:00 UTC+8.",
            Self::RefreshToken => "Refresh the shop's access token, once, and call again.",
            Self::Reconsent => "The seller must authorize the app again, or have the shop restored.",
            Self::Quarantine if kind == EndpointKind::Write => {
                "Nothing was changed: ask for what is allowed."
            }
            Self::Quarantine => "An id of this call is refused: call with fewer ids to find which.",
            Self::UnknownOutcome => "It may have taken effect: find out before it is sent again.",
            Self::FatalConfiguration => {
                "No retry helps: put the app, its settings or the shop's account right first."
            }
        }
    }
}
