//! The kinds of alerts, one list: what each means, how bad it is, and what resolves it.

use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Somebody should look at it.
    Warning,
    /// Something has stopped, or money is at stake.
    Critical,
}

impl Severity {
    /// Its value in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// A shop's syncs.
    Sync,
    /// A shop's tokens and its seller's consent.
    Consent,
    /// The whole deployment.
    Deployment,
    /// A shop's budgets.
    Budget,
}

macro_rules! alert_kinds {
    ($($variant:ident $name:literal $scope:ident $severity:ident, $when:literal, $meaning:literal, $resolved_by:literal;)*) => {
        /// A kind of alert. At most one is open per kind and shop.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum AlertKind {
            $(#[doc = concat!("`", $name, "`: ", $meaning)] $variant,)*
        }

        impl AlertKind {
            /// All kinds, grouped by scope.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name in the table, which does not change.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it is about.
            #[must_use]
            pub const fn scope(self) -> Scope {
                match self { $(Self::$variant => Scope::$scope,)* }
            }

            /// How bad it is, unless a different severity is given where it is raised.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// When it has another severity; empty: never.
            #[must_use]
            pub const fn other_severity(self) -> &'static str {
                match self { $(Self::$variant => $when,)* }
            }

            /// What it means, for people.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }

            /// What resolves it, for people.
            #[must_use]
            pub const fn resolved_by(self) -> &'static str {
                match self { $(Self::$variant => $resolved_by,)* }
            }
        }
    };
}

alert_kinds! {
    RunFailed "run_failed" Sync Warning, "",
        "a run of the shop ended *failed*; the text says which chunks and why",
        "a later run of the shop, of any kind, that completes";
    StaleData "stale_data" Sync Warning, "",
        "the data are older than `freshness_minutes`, or the shop was never synced. Shops without a usable token are left out",
        "the next look of the stuck clean-up that finds the data fresh, or the shop without a usable token";
    MalformedRows "malformed_rows" Sync Warning, "",
        "rows of Shopee's answers could not be read or stored; the text has an example",
        "the next realtime run that completes without such rows";
    CampaignsUnanswered "campaigns_unanswered" Sync Warning, "",
        "Shopee lists campaigns and says nothing about them; what was stored of them stays",
        "the next realtime run that completes without such campaigns";
    CampaignListEmpty "campaign_list_empty" Sync Warning, "",
        "Shopee's list is empty although campaigns are stored; they are kept until a second list is empty too",
        "the next realtime run that completes and keeps no campaign against an empty list";
    AdsAccount "ads_account" Sync Info, "",
        "the shop has no ads account, or one that does not run, and so no totals",
        "the next realtime run that completes and gets totals";
    Reconsent "reconsent" Consent Critical, "",
        "the shop stands still until its seller authorizes the app again (`GET /oauth/shopee/start?shop_id=`)",
        "the seller's new consent";
    ConsentEnds "consent_ends" Consent Warning, "critical from 3 days before",
        "the seller's consent will end within 14 days, at the time in the text",
        "a later end of the consent, or a consent that is over (then `reconsent` is open); looked at every ten minutes";
    AppThrottled "app_throttled" Deployment Critical, "",
        "Shopee refuses the app, or three shops were throttled within ten seconds; no calls until a probe succeeds",
        "the first request for permits after the probe has succeeded";
    DailyQuota "daily_quota" Deployment Critical, "",
        "the app's calls of the day are used up; one call an hour probes",
        "the first request for permits after a probe has succeeded, or on the next day in UTC+8";
    EndpointQuota "endpoint_quota" Deployment Warning, "",
        "the app's calls of the day to one endpoint are used up; the rest goes on",
        "the first request for permits when all endpoints are open again";
    DeadLetters "dead_letters" Deployment Warning, "",
        "messages could not be handled and are kept in `apishopee_ads_dead_letters`",
        "the next look of the stuck clean-up after all that the letters asked for has ended; a letter whose body cannot be read keeps it open until the letter is deleted";
    SinkFailing "sink_failing" Deployment Warning, "",
        "messages to a sink have failed for two minutes; the text says which and why. They are sent again for a day, with growing pauses",
        "the next minute in which the last message of each sink has arrived; or switching the sink off";
    BudgetFailed "budget_failed" Budget Critical, "warning while no calls are allowed for more than half a minute, and where a run now that was asked for over HTTP met an error",
        "budgets are not as their schedules say: an edit was refused or its outcome is unknown, a guard rail forbids it, or no budget of the shop can be written (consent, set-up, region, no calls allowed). What a stop or a dry run holds back is not reported",
        "a look at the shop's budgets that finds them as they should be";
    BudgetSchedules "budget_schedules" Budget Warning, "",
        "active schedules that cannot be used as they stand, that are open at the same time, or whose campaign has ended",
        "a look that finds none";
    BudgetMissed "budget_missed" Budget Warning, "",
        "slots that were over before anybody looked, or before their edit could be sent",
        "the first look more than a day after it was last raised";
}

impl Serialize for AlertKind {
    fn serialize<S: serde::Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        writer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kinds that statements write by themselves.
    #[test]
    fn statements_raise_and_resolve_kinds_that_exist() {
        let sources =
            [include_str!("stale_data.rs"), include_str!("shops/mod.rs"), include_str!("budgets/record.rs")];
        let mut found = 0;
        for source in sources {
            for part in source.split("kind = '").skip(1) {
                let name = part.split('\'').next().unwrap_or_default();
                assert!(AlertKind::ALL.iter().any(|kind| kind.as_str() == name), "{name}");
                found += 1;
            }
        }
        assert_eq!(found, 3, "each statement names its kind");
    }
}
