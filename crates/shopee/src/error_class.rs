//! The classes of errors, and the kinds of endpoints that they depend on.

use serde::{Deserialize, Serialize};

/// Kinds of endpoints, by what a repeated call may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointKind {
    /// Reads: repeating it is harmless.
    Read,
    /// Changes a campaign: repeating it blindly may undo a change made in between.
    Write,
    /// Spends a code or a refresh token, each for a single use: repeating it may lose access to the shop.
    Auth,
}

/// What the caller has to do about an error.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// Temporary: retry with growing waits, a bounded number of times.
    Retry,
    /// Too many calls for this shop: pause the shop.
    PauseShop,
    /// Too many calls by this app: pause all its shops.
    PauseApp,
    /// The app's calls of the day are used up: wait until 00:00 UTC+8.
    PauseUntilQuotaDay,
    /// The access token is invalid: refresh it once, then call again.
    RefreshToken,
    /// The shop's authorization has ended: only the seller can renew it.
    Reconsent,
    /// One of the ids is refused: halve the call until the id is alone. Of a write: Shopee refuses it for this campaign and has
    /// changed nothing.
    Quarantine,
    /// The call may have taken effect: find out before sending it again.
    UnknownOutcome,
    /// Something is wrong with the app, its settings, this program or the shop's account: alert people, do not retry.
    FatalConfiguration,
}

impl ErrorClass {
    /// Its stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::PauseShop => "pause_shop",
            Self::PauseApp => "pause_app",
            Self::PauseUntilQuotaDay => "pause_until_quota_day",
            Self::RefreshToken => "refresh_token",
            Self::Reconsent => "reconsent",
            Self::Quarantine => "quarantine",
            Self::UnknownOutcome => "unknown_outcome",
            Self::FatalConfiguration => "fatal_configuration",
        }
    }

    /// For people: what to do.
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

#[cfg(test)]
mod tests {
    use super::ErrorClass::{
        FatalConfiguration, PauseApp, PauseShop, PauseUntilQuotaDay, Quarantine, Reconsent, RefreshToken,
        Retry, UnknownOutcome,
    };

    #[test]
    fn a_class_has_one_name() {
        for class in [
            Retry,
            PauseShop,
            PauseApp,
            PauseUntilQuotaDay,
            RefreshToken,
            Reconsent,
            Quarantine,
            UnknownOutcome,
            FatalConfiguration,
        ] {
            assert_eq!(serde_json::to_value(class).unwrap(), class.as_str());
        }
    }
}
