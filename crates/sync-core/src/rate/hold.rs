//! Waiting: a state with a reason and an end, shown to the operator. Work that waits is not stuck.

use serde::{Deserialize, Serialize};
use shopee::Endpoint;

/// Why no call may be made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// The shop's own next slot is in the future.
    ShopRate,
    /// Other shops have the app's slots.
    AppRate,
    /// Shopee has throttled the shop.
    ShopThrottled,
    /// Shopee has refused the app: no shop calls until a probe has succeeded.
    AppThrottled,
    /// The app's day quota is used up.
    DailyQuota,
    /// The app's day quota for one endpoint is used up.
    EndpointQuota(Endpoint),
    /// An operator has paused the run.
    Paused,
}

impl WaitReason {
    /// Whether Shopee refused the app, so that the hold applies to every shop.
    pub(crate) fn is_of_the_app(self) -> bool {
        matches!(self, Self::AppThrottled | Self::DailyQuota)
    }

    /// Reasons that concern only the waiting shop, so that other shops can work meanwhile.
    pub const OF_THE_SHOP: [Self; 3] = [Self::ShopRate, Self::ShopThrottled, Self::Paused];

    /// Every reason, that of an endpoint once for each.
    pub fn all() -> impl Iterator<Item = Self> {
        let fixed = [
            Self::ShopRate,
            Self::AppRate,
            Self::ShopThrottled,
            Self::AppThrottled,
            Self::DailyQuota,
            Self::Paused,
        ];
        fixed.into_iter().chain(Endpoint::ALL.iter().map(|endpoint| Self::EndpointQuota(*endpoint)))
    }

    /// The stable name of the reason.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ShopRate => "shop_rate",
            Self::AppRate => "app_rate",
            Self::ShopThrottled => "shop_throttled",
            Self::AppThrottled => "app_throttled",
            Self::DailyQuota => "daily_quota",
            Self::EndpointQuota(_) => "endpoint_quota",
            Self::Paused => "paused",
        }
    }

    /// The reason in words, for the operator.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::ShopRate => "waits for the shop's next slot",
            Self::AppRate => "waits for its turn: other shops use the app's calls",
            Self::ShopThrottled => "Shopee has throttled this shop",
            Self::AppThrottled => "Shopee has throttled the app: no calls until a probe succeeds",
            Self::DailyQuota => {
                "the app's calls of the day are used up (they begin anew at 00:00 UTC+8; one is tried every hour)"
            }
            Self::EndpointQuota(endpoint) => endpoint.used_up(),
            Self::Paused => "paused by an operator",
        }
    }
}

/// A time before which no call may be made, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Unix milliseconds.
    pub until_ms: i64,
    /// Why.
    pub reason: WaitReason,
}

impl Hold {
    /// The hold that lasts longer.
    #[must_use]
    pub fn later(self, other: Option<Self>) -> Self {
        other.filter(|other| other.until_ms > self.until_ms).unwrap_or(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_one_name() {
        for reason in WaitReason::all() {
            let written = serde_json::to_value(reason).unwrap();
            let name = written.as_object().and_then(|object| object.keys().next().cloned());
            assert_eq!(
                name.or_else(|| written.as_str().map(str::to_owned)).as_deref(),
                Some(reason.as_str())
            );
        }
    }
}
