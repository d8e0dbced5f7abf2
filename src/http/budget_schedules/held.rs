//! What a schedule is held against.

use super::{
    refused::{ALLOWED_VALUES, Refused},
    wanted::Wanted,
};
use chrono::NaiveDate;
use std::collections::BTreeMap;
use store::schedules::{Admission, Campaign, NewRow, ScheduleRow};
use sync_core::{
    SCHEDULES_PER_SHOP_MAX,
    budget::{self, GuardRails, GuardRailsError, NotAdmitted, Schedule, admit, admit_cell},
};
use sync_flow::budget::rails;

/// States of a campaign in which Shopee takes no edits for good.
const OVER: [&str; 3] = ["ended", "closed", "deleted"];

/// The rules of a shop and the schedules of some of its campaigns, at one moment.
pub struct Held {
    pub shop_id: i64,
    pub admission: Admission,
    /// The caller is the older page, whose cells meet.
    pub takes_cells: bool,
    rails: Result<GuardRails, GuardRailsError>,
    /// Schedules that can be read, by campaign, with those that were taken since.
    schedules: BTreeMap<i64, Vec<Schedule>>,
    /// Schedules of the shop, with those that were taken since.
    of_shop: usize,
}

/// The row as the core reads it.
pub fn core_row(shop_id: i64, row: &NewRow) -> budget::ScheduleRow {
    budget::ScheduleRow {
        id: row.id.clone(),
        shop_id,
        campaign_id: row.campaign_id,
        hour_start: row.hour_start,
        minute_start: row.minute_start,
        hour_end: row.hour_end,
        minute_end: row.minute_end,
        budget: row.budget.clone(),
        days_of_week: row.days_of_week.clone(),
        specific_dates: row.specific_dates.clone(),
        is_active: Some(row.is_active),
        restore: row.restore,
        unlimited: row.unlimited,
    }
}

/// A stored row as the core reads it.
pub fn parse(row: &ScheduleRow) -> Result<Schedule, budget::ScheduleError> {
    Schedule::parse(&core_row(row.shop_id, &Wanted::default().onto(row)))
}

impl Held {
    /// What was read.
    pub fn new(shop_id: i64, admission: Admission) -> Self {
        let rails = rails(&admission.region, &admission.rules);
        let mut schedules: BTreeMap<i64, Vec<Schedule>> = BTreeMap::new();
        for schedule in admission.schedules.iter().filter_map(|row| parse(row).ok()) {
            schedules.entry(schedule.campaign_id()).or_default().push(schedule);
        }
        Self { shop_id, of_shop: admission.of_shop, admission, takes_cells: false, rails, schedules }
    }

    /// The campaign as the last sync has seen it.
    pub fn campaign(&self, campaign_id: i64) -> Option<&Campaign> {
        self.admission.campaigns.iter().find(|campaign| campaign.campaign_id == campaign_id)
    }

    /// The stored schedule of this id.
    pub fn row(&self, id: &str) -> Option<&ScheduleRow> {
        self.admission.schedules.iter().find(|row| row.id == id)
    }

    /// Checks a new schedule, or a changed one with the row that it replaces.
    pub fn check(&self, row: &NewRow, old: Option<&ScheduleRow>) -> Result<Schedule, Refused> {
        let core = core_row(self.shop_id, row);
        let schedule =
            Schedule::parse(&core).map_err(|error| Refused::of_row(error, row.budget.as_deref()))?;
        let rails = self.rails.as_ref().map_err(|error| {
            let reason =
                format!("nobody knows which budgets are allowed until the rules are put right: {error}");
            Refused::by_rule("budget", "budget_rules_unusable", reason)
        })?;
        rails.check_budget(schedule.budget()).map_err(|rule| Refused::of_rail(&rule))?;
        self.check_start(row)?;
        let times = (row.hour_start, row.minute_start, row.hour_end, row.minute_end);
        let stays = |old: &ScheduleRow| {
            old.is_active && times == (old.hour_start, old.minute_start, old.hour_end, old.minute_end)
        };
        let is_cell = self.takes_cells || old.is_some_and(stays);
        if (row.hour_end, row.minute_end) > (24, 0) && !is_cell {
            let reason = "24:00 is the end of the day; the minute must be 0";
            return Err(Refused::malformed("minute_end", ALLOWED_VALUES, reason));
        }
        // What has no slots may wait for its day in any state; it is held against everything once it has.
        if old.is_some() && !schedule.is_active() {
            return Ok(schedule);
        }
        self.check_campaign(row.campaign_id)?;
        if old.is_none() && self.of_shop >= SCHEDULES_PER_SHOP_MAX {
            let refused = NotAdmitted::TooMany { of: "shop", most: SCHEDULES_PER_SHOP_MAX };
            return Err(Refused::of_admission(&refused));
        }
        let others = self.schedules.get(&row.campaign_id).map(Vec::as_slice).unwrap_or_default();
        let candidate = self.without_past(&schedule, core, old);
        let admit = if is_cell { admit_cell } else { admit };
        admit(candidate.as_ref().unwrap_or(&schedule), others, self.admission.local)
            .map_err(|refused| Refused::of_admission(&refused))?;
        Ok(schedule)
    }

    /// Holds what comes after against this schedule too, which is new.
    pub fn take(&mut self, schedule: Schedule) {
        self.of_shop = self.of_shop.saturating_add(1);
        self.schedules.entry(schedule.campaign_id()).or_default().push(schedule);
    }

    /// The table has one row a start. Rows that cannot be read take up theirs too.
    fn check_start(&self, row: &NewRow) -> Result<(), Refused> {
        let start = |hour: i32, minute: i32| (hour, minute);
        let mut others = self.admission.schedules.iter().filter(|other| {
            other.campaign_id == row.campaign_id
                && other.id != row.id
                && start(other.hour_start, other.minute_start) == start(row.hour_start, row.minute_start)
        });
        // The others are told with their days, by the core.
        match others.find(|other| !row.is_active || parse(other).is_err()) {
            None => Ok(()),
            Some(other) => {
                let reason = format!(
                    "schedule {} of this campaign starts at {:02}:{:02} too; move one of them by a minute",
                    other.id, row.hour_start, row.minute_start
                );
                Err(Refused::by_rule("hour_start", "same_start", reason))
            }
        }
    }

    fn check_campaign(&self, campaign_id: i64) -> Result<(), Refused> {
        let refused = |rule, reason: String| Err(Refused::by_rule("campaign_id", rule, reason));
        let Some(campaign) = self.campaign(campaign_id) else {
            return if self.admission.elsewhere.contains(&campaign_id) {
                refused("campaign_of_another_shop", format!("campaign {campaign_id} is another shop's"))
            } else {
                let reason = format!("campaign {campaign_id} is unknown; sync the shop first");
                refused("unknown_campaign", reason)
            };
        };
        let status = campaign.status.as_deref().unwrap_or_default();
        if campaign.is_gone {
            return refused("campaign_status", format!("campaign {campaign_id} is gone from Shopee"));
        }
        if OVER.contains(&status) {
            return refused("campaign_status", format!("campaign {campaign_id} is {status}"));
        }
        Ok(())
    }

    /// The schedule without the dates that it had before and that are over: they stay, and nobody asks about them again. `None`
    /// where there are none such, or no others.
    fn without_past(
        &self,
        schedule: &Schedule,
        mut core: budget::ScheduleRow,
        old: Option<&ScheduleRow>,
    ) -> Option<Schedule> {
        let had = old?.specific_dates.as_ref()?;
        let is_past = |text: &String| {
            let date = text.parse::<NaiveDate>().ok();
            had.contains(text) && date.is_some_and(|date| schedule.is_over(date, self.admission.local))
        };
        core.specific_dates.as_mut()?.retain(|text| !is_past(text));
        core.specific_dates.as_ref().filter(|dates| !dates.is_empty())?;
        Schedule::parse(&core).ok()
    }
}

#[cfg(test)]
#[path = "held_tests.rs"]
mod tests;
