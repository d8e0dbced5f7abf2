//! The result of one campaign's write, for the log and for people.

use serde::Serialize;
use store::budgets::{LogLine, WriteRecord};
use sync_core::budget::{CampaignMemory, Intent, Money, WriteOutcome, WriteStatus};

/// The result of one campaign's write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Done {
    /// The campaign.
    pub campaign_id: i64,
    /// The schedule's id.
    pub schedule_id: String,
    /// `apply`, `restore` or `now`.
    pub action: &'static str,
    /// The date of the slot in the shop's time zone.
    pub slot_date: String,
    /// Decimal text in major units; `None` if it could not be read.
    pub old_budget: Option<String>,
    /// Decimal text in major units.
    pub new_budget: String,
    /// `success`, `failed` or `skipped`, as in the log.
    pub status: &'static str,
    /// `success`, `already_there`, `skipped`, `failed` or `unknown`.
    pub outcome: &'static str,
    /// The reason; `None` for a success. For a rule it begins with the rule's name.
    pub reason: Option<String>,
}

impl Done {
    fn new(intent: &Intent, outcome: &WriteOutcome) -> Self {
        Self {
            campaign_id: intent.campaign_id,
            schedule_id: intent.slot.schedule.clone(),
            action: intent.action.as_str(),
            slot_date: intent.slot.date.to_string(),
            old_budget: outcome.old.map(|old| old.to_string()),
            new_budget: intent.budget.to_string(),
            status: outcome.log_word(),
            outcome: match outcome.status {
                WriteStatus::Success => "success",
                WriteStatus::AlreadyThere => "already_there",
                WriteStatus::Skipped => "skipped",
                WriteStatus::Failed => "failed",
                WriteStatus::Unknown => "unknown",
            },
            reason: Some(outcome.reason.clone()).filter(|reason| !reason.is_empty()),
        }
    }

    /// Whether a budget was lowered.
    pub fn has_made_room(&self) -> bool {
        let money = |text: &str| text.parse::<Money>().ok();
        let old = self.old_budget.as_deref().and_then(money);
        let is_less = |(old, new): (Money, Money)| old != new && old.larger(new) == old;
        self.outcome == "success" && old.zip(money(&self.new_budget)).is_some_and(is_less)
    }

    /// Remembers an outcome, and returns what to store of it. There is no log line if the log already has it.
    ///
    /// # Errors
    /// The memory cannot be written as JSON.
    pub fn remember(
        known: &mut CampaignMemory,
        intent: &Intent,
        outcome: &WriteOutcome,
    ) -> Result<(Self, WriteRecord), serde_json::Error> {
        let is_news = known.record(intent, outcome);
        let done = Self::new(intent, outcome);
        let log = is_news.then(|| done.log_line());
        let was_read = outcome.last.is_some() || outcome.is_in_force();
        let known = serde_json::to_value(&*known)?;
        let entry = WriteRecord { campaign_id: intent.campaign_id, known, log, was_read };
        Ok((done, entry))
    }

    /// The log line.
    fn log_line(&self) -> LogLine {
        LogLine {
            schedule_id: self.schedule_id.clone(),
            action: self.action.to_owned(),
            slot_date: self.slot_date.clone(),
            old_budget: self.old_budget.clone(),
            new_budget: self.new_budget.clone(),
            status: self.status.to_owned(),
            outcome: self.outcome.to_owned(),
            error_message: self.reason.clone(),
        }
    }
}
