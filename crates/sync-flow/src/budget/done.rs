//! The result of one campaign's write, for the log and for people.

use api::budget::run::BudgetResult;
use store::budgets::{LogLine, WriteRecord};
use sync_core::budget::{CampaignMemory, Intent, Money, WriteOutcome, WriteStatus};

fn result(intent: &Intent, outcome: &WriteOutcome) -> BudgetResult {
    let word = match outcome.status {
        WriteStatus::Success => "success",
        WriteStatus::AlreadyThere => "already_there",
        WriteStatus::Skipped => "skipped",
        WriteStatus::Failed => "failed",
        WriteStatus::Unknown => "unknown",
    };
    BudgetResult {
        campaign_id: intent.campaign_id,
        schedule_id: intent.slot.schedule.clone(),
        action: intent.action.as_str().to_owned(),
        slot_date: intent.slot.date.to_string(),
        old_budget: outcome.old.map(|old| old.to_string()),
        new_budget: intent.budget.to_string(),
        status: outcome.log_word().to_owned(),
        outcome: word.to_owned(),
        reason: Some(outcome.reason.clone()).filter(|reason| !reason.is_empty()),
    }
}

/// Whether a budget was lowered.
pub fn has_made_room(done: &BudgetResult) -> bool {
    let money = |text: &str| text.parse::<Money>().ok();
    let old = done.old_budget.as_deref().and_then(money);
    let is_less = |(old, new): (Money, Money)| old != new && old.larger(new) == old;
    done.outcome == "success" && old.zip(money(&done.new_budget)).is_some_and(is_less)
}

/// Remembers an outcome, and returns what to store of it. There is no log line if the log already has it.
///
/// # Errors
/// The memory cannot be written as JSON.
pub fn remember(
    known: &mut CampaignMemory,
    intent: &Intent,
    outcome: &WriteOutcome,
) -> Result<(BudgetResult, WriteRecord), serde_json::Error> {
    let is_news = known.record(intent, outcome);
    let done = result(intent, outcome);
    let log = is_news.then(|| log_line(&done));
    let was_read = outcome.last.is_some() || outcome.is_in_force();
    let known = serde_json::to_value(&*known)?;
    let entry = WriteRecord { campaign_id: intent.campaign_id, known, log, was_read };
    Ok((done, entry))
}

fn log_line(done: &BudgetResult) -> LogLine {
    LogLine {
        schedule_id: done.schedule_id.clone(),
        action: done.action.clone(),
        slot_date: done.slot_date.clone(),
        old_budget: done.old_budget.clone(),
        new_budget: done.new_budget.clone(),
        status: done.status.clone(),
        outcome: done.outcome.clone(),
        error_message: done.reason.clone(),
    }
}
