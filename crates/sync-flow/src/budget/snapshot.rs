//! A shop's schedules, rules and memory in the form that the core needs.

use crate::error::FlowError;
use chrono::NaiveDateTime;
use compact::{SortedMap, json};
use serde::Deserialize;
use serde_json::Value;
use store::budgets::{CampaignBudget, Loaded};
use sync_core::budget::{
    CampaignMemory, Clock, GuardRails, GuardRailsError, GuardRailsOverride, Intent, Missed, Money, Plan,
    Schedule, ScheduleError, ScheduleRow, ShopBudgets, Unseen, Write, missed, plan,
};

/// The state of a shop's budgets at one moment.
pub struct Snapshot {
    pub clock: Clock,
    pub schedules: Vec<Schedule>,
    /// Schedules as read, by campaign, including invalid ones.
    pub rows: SortedMap<i64, Vec<Value>>,
    /// The rules as read.
    pub rules: Value,
    /// Active rows that are not valid schedules, by id.
    pub malformed: Vec<(String, ScheduleError)>,
    pub rails: Result<GuardRails, GuardRailsError>,
    /// Whether Shopee was asked within a day for its budget limits.
    pub knows_limits: bool,
    pub known: SortedMap<i64, CampaignMemory>,
    /// Writes with an open outcome.
    pub open: SortedMap<i64, Write>,
    pub budgets: ShopBudgets,
    /// The moment on the database's clock, unix milliseconds.
    pub at_ms: i64,
    /// The wall-clock time of the last look after which nothing was due; `None` if unknown.
    looked: Option<NaiveDateTime>,
    /// When schedules were last changed.
    changed: SortedMap<String, NaiveDateTime>,
}

impl Snapshot {
    /// Reads the loaded data.
    ///
    /// # Errors
    /// The shop has no clock, or a campaign's memory cannot be read: nothing may be written before a person has
    /// checked.
    pub fn read(loaded: Loaded, now_ms: i64) -> Result<Self, FlowError> {
        let local = loaded.local.ok_or_else(|| {
            let region = &loaded.region;
            FlowError::Invalid(format!(
                "the shop's region ('{region}') is not known, so its clock is not: set region in apishopee_shops"
            ))
        })?;
        let mut snapshot = Self {
            clock: Clock { local, at_ms: now_ms },
            schedules: Vec::new(),
            rows: SortedMap::new(),
            malformed: Vec::new(),
            rails: rails(&loaded.region, &loaded.rules),
            rules: loaded.rules,
            knows_limits: loaded.knows_limits,
            known: SortedMap::new(),
            open: SortedMap::new(),
            budgets: ShopBudgets::new(amounts(&loaded.budgets), amounts(&loaded.day_starts)),
            at_ms: loaded.at_ms,
            looked: loaded.looked,
            changed: loaded.changed,
        };
        for row in loaded.schedules {
            let stored = row.clone();
            let row: ScheduleRow = json::from_str(&row.to_string())?;
            snapshot.rows.entry(row.campaign_id).or_default().push(stored);
            match Schedule::parse(&row) {
                Ok(schedule) => snapshot.schedules.push(schedule),
                Err(error) => snapshot.malformed.push((row.id, error)),
            }
        }
        for state in loaded.states {
            let id = state.campaign_id;
            let unreadable = |error: json::Error| {
                FlowError::Invalid(format!(
                    "what apishopee_ads_budget_state holds of campaign {id} cannot be read: {error}"
                ))
            };
            snapshot.known.insert(id, json::from_str(&state.known.to_string()).map_err(unreadable)?);
            if let Some(write) = state.write {
                snapshot.open.insert(id, json::from_str(&write.to_string()).map_err(unreadable)?);
            }
        }
        Ok(snapshot)
    }

    /// In how many milliseconds a campaign's run now that restores ends.
    pub fn run_ends_in_ms(&self, campaign_id: i64) -> Option<i64> {
        let left = self.known.get(&campaign_id)?.applied.as_ref()?.until_ms?.saturating_sub(self.clock.at_ms);
        Some(left).filter(|in_ms| *in_ms > 0)
    }

    /// What is due.
    pub fn plan(&self) -> Plan {
        plan(&self.schedules, &self.known, self.clock)
    }

    /// The slots that began and ended since the last look.
    pub fn missed(&self) -> Vec<Missed<'_>> {
        let Some(from) = self.looked else { return Vec::new() };
        missed(&self.schedules, &self.known, &self.changed, Unseen { from, to: self.clock.local })
    }

    /// The writes with an open outcome, under the current rules. A write that is no longer wanted, or with another
    /// amount, is only read back; then it is decided anew.
    pub fn resumed(&self) -> SortedMap<i64, Write> {
        let wanted = self.plan().intents;
        let mut open = self.open.clone();
        for write in open.values_mut() {
            if let Ok(rails) = self.rails {
                write.under(rails);
            }
            if !wanted.iter().any(|intent| intent.is_same(write.intent())) {
                write.withdraw();
            }
        }
        open
    }

    /// New writes for these intents.
    pub fn writes(&self, intents: Vec<Intent>, rails: GuardRails) -> SortedMap<i64, Write> {
        let write = |intent: Intent| {
            let (id, context) = (intent.campaign_id, self.budgets.context(intent.campaign_id));
            (id, Write::new(intent, rails, context))
        };
        intents.into_iter().map(write).collect()
    }
}

/// The rules that apply, from the two documents in the database.
///
/// # Errors
/// A rule is unusable.
pub fn rails(region: &str, rules: &Value) -> Result<GuardRails, GuardRailsError> {
    let of = |name: &str| {
        GuardRailsOverride::deserialize(rules.get(name).unwrap_or(&Value::Null))
            .map_err(|error| GuardRailsError { field: "rules", reason: error.to_string() })
    };
    GuardRails::resolve(region, &of("deployment")?, &of("shop")?)
}

fn amounts(rows: &[CampaignBudget]) -> Vec<(i64, Money)> {
    let amount = |row: &CampaignBudget| Some((row.campaign_id, row.budget.as_deref()?.parse().ok()?));
    rows.iter().filter_map(amount).collect()
}
