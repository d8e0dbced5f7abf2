//! Validates schedules: fields, guard rails, the campaign, and the other schedules of the shop.

use super::rejection::{ALLOWED_VALUES, ScheduleRejection};
use crate::budget::rails;
use chrono::NaiveDate;
use compact::SortedMap;
use store::schedules::{Admission, Campaign};
use sync_core::{
    SCHEDULES_PER_SHOP_MAX,
    budget::{GuardRails, GuardRailsError, NotAdmitted, Schedule, ScheduleRow, admit, admit_cell},
};

/// Campaign states in which Shopee no longer accepts edits.
const OVER: [&str; 3] = ["ended", "closed", "deleted"];

/// The rules of a shop and the schedules of some of its campaigns, at one moment.
pub struct ScheduleValidator {
    /// The data as read.
    pub admission: Admission,
    /// Whether the caller is the older page, whose cells overlap.
    pub takes_cells: bool,
    pub(super) rails: Result<GuardRails, GuardRailsError>,
    /// Valid schedules by campaign, including those accepted since.
    schedules: SortedMap<i64, Vec<Schedule>>,
    /// The number of the shop's schedules, including those accepted since.
    pub(super) of_shop: usize,
}

impl ScheduleValidator {
    /// A validator for the data as read.
    #[must_use]
    pub fn new(admission: Admission) -> Self {
        let rails = rails(&admission.region, &admission.rules);
        let mut schedules: SortedMap<i64, Vec<Schedule>> = SortedMap::new();
        for schedule in admission.schedules.iter().filter_map(|row| Schedule::parse(row).ok()) {
            schedules.entry(schedule.campaign_id()).or_default().push(schedule);
        }
        Self { of_shop: admission.of_shop, admission, takes_cells: false, rails, schedules }
    }

    /// The campaign as of the last sync.
    #[must_use]
    pub fn campaign(&self, campaign_id: i64) -> Option<&Campaign> {
        self.admission.campaigns.iter().find(|campaign| campaign.campaign_id == campaign_id)
    }

    /// Adds the campaign's name and kind to a schedule if the caller has not given them.
    #[must_use]
    pub fn with_names(&self, mut row: ScheduleRow) -> ScheduleRow {
        if let Some(campaign) = self.campaign(row.campaign_id) {
            row.campaign_name = row.campaign_name.or_else(|| campaign.name.clone());
            row.ad_type = row.ad_type.or_else(|| campaign.ad_type.clone());
        }
        row
    }

    /// The stored schedule with this id.
    #[must_use]
    pub fn row(&self, id: &str) -> Option<&ScheduleRow> {
        self.admission.schedules.iter().find(|row| row.id == id)
    }

    /// Checks a new schedule, or a changed one together with the row that it replaces.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self, row: &ScheduleRow, old: Option<&ScheduleRow>) -> Result<Schedule, ScheduleRejection> {
        let schedule =
            Schedule::parse(row).map_err(|error| ScheduleRejection::of_row(error, row.budget.as_deref()))?;
        let rails = self.rails.as_ref().map_err(|error| {
            let reason =
                format!("nobody knows which budgets are allowed until the rules are put right: {error}");
            ScheduleRejection::by_rule("budget", "budget_rules_unusable", reason)
        })?;
        rails.check_budget(schedule.budget()).map_err(|rule| ScheduleRejection::of_rail(&rule))?;
        self.check_start(row)?;
        let times = (row.hour_start, row.minute_start, row.hour_end, row.minute_end);
        let stays = |old: &ScheduleRow| {
            old.is_active && times == (old.hour_start, old.minute_start, old.hour_end, old.minute_end)
        };
        let is_cell = self.takes_cells || old.is_some_and(stays);
        if (row.hour_end, row.minute_end) > (24, 0) && !is_cell {
            let reason = "24:00 is the end of the day; the minute must be 0";
            return Err(ScheduleRejection::malformed("minute_end", ALLOWED_VALUES, reason));
        }
        // A schedule without slots may be in any state; it is fully checked once it has slots.
        if old.is_some() && !schedule.is_active() {
            return Ok(schedule);
        }
        self.check_campaign(row.campaign_id)?;
        if old.is_none() && self.of_shop >= SCHEDULES_PER_SHOP_MAX {
            let refused = NotAdmitted::TooMany { of: "shop", most: SCHEDULES_PER_SHOP_MAX };
            return Err(ScheduleRejection::of_admission(&refused));
        }
        let others = self.schedules.get(&row.campaign_id).map(Vec::as_slice).unwrap_or_default();
        let candidate = self.without_past(&schedule, row.clone(), old);
        let admit = if is_cell { admit_cell } else { admit };
        admit(candidate.as_ref().unwrap_or(&schedule), others, self.admission.local)
            .map_err(|refused| ScheduleRejection::of_admission(&refused))?;
        Ok(schedule)
    }

    /// Adds a new schedule, against which later ones are checked too.
    pub fn take(&mut self, schedule: Schedule) {
        self.of_shop = self.of_shop.saturating_add(1);
        self.schedules.entry(schedule.campaign_id()).or_default().push(schedule);
    }

    /// Checks that the start is free: the table has one row per start, and unreadable rows occupy theirs too.
    fn check_start(&self, row: &ScheduleRow) -> Result<(), ScheduleRejection> {
        let start = |hour: i32, minute: i32| (hour, minute);
        let mut others = self.admission.schedules.iter().filter(|other| {
            other.campaign_id == row.campaign_id
                && other.id != row.id
                && start(other.hour_start, other.minute_start) == start(row.hour_start, row.minute_start)
        });
        // The core reports the others, with their days.
        match others.find(|other| !row.is_active || Schedule::parse(other).is_err()) {
            None => Ok(()),
            Some(other) => {
                let reason = format!(
                    "schedule {} of this campaign starts at {:02}:{:02} too; move one of them by a minute",
                    other.id, row.hour_start, row.minute_start
                );
                Err(ScheduleRejection::by_rule("hour_start", "same_start", reason))
            }
        }
    }

    fn check_campaign(&self, campaign_id: i64) -> Result<(), ScheduleRejection> {
        let refused = |rule, reason: String| Err(ScheduleRejection::by_rule("campaign_id", rule, reason));
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

    /// The schedule without its earlier dates that are over: they stay, and are not checked again. `None` if it had no
    /// dates before, or no others are left.
    fn without_past(
        &self,
        schedule: &Schedule,
        mut row: ScheduleRow,
        old: Option<&ScheduleRow>,
    ) -> Option<Schedule> {
        let had = old?.specific_dates.as_ref()?;
        let is_past = |text: &String| {
            let date = text.parse::<NaiveDate>().ok();
            had.contains(text) && date.is_some_and(|date| schedule.is_over(date, self.admission.local))
        };
        row.specific_dates.as_mut()?.retain(|text| !is_past(text));
        row.specific_dates.as_ref().filter(|dates| !dates.is_empty())?;
        Schedule::parse(&row).ok()
    }
}
