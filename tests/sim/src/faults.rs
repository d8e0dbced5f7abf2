//! What can go wrong in a world, and which of it may.

use std::{collections::BTreeSet, fmt};

/// A kind of fault. Each strikes with a probability of its own, while faults are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it; world.rs and host.rs do it")]
pub enum Fault {
    DuplicateMessage,
    LateMessage,
    LostAcknowledgement,
    SendFails,
    SendFailsAfter,
    KillConsumer,
    EvictObject,
    ObjectSilent,
    ObjectReplyLost,
    LateAlarm,
    DoubleAlarm,
    LostAlarm,
    SkippedCron,
    DoubledCron,
    PostgresRefuses,
    PostgresFailsBefore,
    PostgresFailsAfter,
    ShopeeStatus,
    ShopeeRedirects,
    ShopeeUnknownCode,
    ShopeeTimeout,
    ShopeeTimeoutAfter,
    ShopeeTruncated,
    ShopeeThrottles,
    ShopeeDayQuota,
    ShopeeBadId,
    TokenExpires,
    ListingMoves,
    OperatorReset,
    OperatorResync,
    OperatorRollBack,
    OperatorVerbs,
    OldMessages,
    UnreadableMessages,
    SlowPostgres,
    SlowObject,
    SlowShopee,
    KillEvent,
    AlarmFails,
    StorageFails,
    TokenRefused,
    Consents,
    SettingsChange,
    OddRows,
    TakenByHand,
    PostgresDamages,
    PostgresSilent,
    ObjectHangs,
    ShopeeSilent,
    ShopeeLeavesOut,
    PostgresAway,
    ScheduleMade,
    ScheduleMoved,
    ScheduleBudget,
    ScheduleSwitched,
    ScheduleDeleted,
    OldCells,
    BudgetByHand,
    CampaignState,
    SoldOut,
    CampaignThrottle,
    UsedUpId,
    RulePut,
    Stop,
    RegionLost,
    RunNow,
    OldTables,
}

impl Fault {
    /// All that troubles syncs.
    pub const ALL: [Self; 51] = [
        Self::DuplicateMessage,
        Self::LateMessage,
        Self::LostAcknowledgement,
        Self::SendFails,
        Self::SendFailsAfter,
        Self::KillConsumer,
        Self::EvictObject,
        Self::ObjectSilent,
        Self::ObjectReplyLost,
        Self::LateAlarm,
        Self::DoubleAlarm,
        Self::LostAlarm,
        Self::SkippedCron,
        Self::DoubledCron,
        Self::PostgresRefuses,
        Self::PostgresFailsBefore,
        Self::PostgresFailsAfter,
        Self::ShopeeStatus,
        Self::ShopeeRedirects,
        Self::ShopeeUnknownCode,
        Self::ShopeeTimeout,
        Self::ShopeeTimeoutAfter,
        Self::ShopeeTruncated,
        Self::ShopeeThrottles,
        Self::ShopeeDayQuota,
        Self::ShopeeBadId,
        Self::TokenExpires,
        Self::ListingMoves,
        Self::OperatorReset,
        Self::OperatorResync,
        Self::OperatorRollBack,
        Self::OperatorVerbs,
        Self::OldMessages,
        Self::UnreadableMessages,
        Self::SlowPostgres,
        Self::SlowObject,
        Self::SlowShopee,
        Self::KillEvent,
        Self::AlarmFails,
        Self::StorageFails,
        Self::TokenRefused,
        Self::Consents,
        Self::SettingsChange,
        Self::OddRows,
        Self::TakenByHand,
        Self::PostgresDamages,
        Self::PostgresSilent,
        Self::ObjectHangs,
        Self::ShopeeSilent,
        Self::ShopeeLeavesOut,
        Self::PostgresAway,
    ];

    /// What people do, and what refuses a campaign's edits for a while, in months of budgets.
    pub const PEOPLE: [Self; 16] = [
        Self::ScheduleMade,
        Self::ScheduleMoved,
        Self::ScheduleBudget,
        Self::ScheduleSwitched,
        Self::ScheduleDeleted,
        Self::OldCells,
        Self::BudgetByHand,
        Self::CampaignState,
        Self::SoldOut,
        Self::CampaignThrottle,
        Self::UsedUpId,
        Self::RulePut,
        Self::Stop,
        Self::RegionLost,
        Self::RunNow,
        Self::OldTables,
    ];

    /// How often it strikes, of 1,000 chances.
    #[must_use]
    pub fn per_mille(self) -> u32 {
        match self {
            Self::EvictObject | Self::KillConsumer => 4,
            Self::LostAlarm | Self::ObjectSilent | Self::ObjectReplyLost | Self::SendFails => 10,
            Self::OperatorReset | Self::OperatorResync | Self::OperatorRollBack => 500,
            Self::PostgresSilent | Self::ObjectHangs => 4,
            Self::SlowPostgres | Self::SlowObject | Self::AlarmFails | Self::StorageFails => 5,
            Self::Consents | Self::SettingsChange | Self::OddRows | Self::TakenByHand => 600,
            Self::KillEvent => 500,
            Self::TokenRefused => 8,
            Self::OperatorVerbs | Self::OldMessages | Self::UnreadableMessages => 900,
            Self::SkippedCron | Self::DoubledCron => 150,
            Self::ShopeeDayQuota | Self::TokenExpires => 3,
            _ => 30,
        }
    }
}

/// The faults that may strike in a world.
#[derive(Clone, PartialEq, Eq)]
pub struct Faults(BTreeSet<Fault>);

impl Faults {
    /// Nothing goes wrong.
    #[must_use]
    pub fn none() -> Self {
        Self(BTreeSet::new())
    }

    /// These.
    #[must_use]
    pub fn only(faults: impl IntoIterator<Item = Fault>) -> Self {
        Self(faults.into_iter().collect())
    }

    /// All that troubles syncs, but for these.
    #[must_use]
    pub fn all_but(faults: impl IntoIterator<Item = Fault>) -> Self {
        let left_out = Self::only(faults);
        Self::only(Fault::ALL.into_iter().filter(|fault| !left_out.contains(*fault)))
    }

    /// These, but for one.
    #[must_use]
    pub fn without(&self, fault: Fault) -> Self {
        Self::only(self.iter().filter(|other| *other != fault))
    }

    /// Whether this one may strike.
    #[must_use]
    pub fn contains(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Fault> {
        self.0.iter().copied()
    }
}

/// As `--faults` of `cargo xtask sim` takes them.
impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
