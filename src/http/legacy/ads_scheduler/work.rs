//! Work that older callers request directly.

use super::rows::number;
use crate::http::{
    budgets::runs as budgets,
    context::{Answer, Context},
    problem::Problem,
};
use api::{
    budget::run::BudgetResult,
    older::{OlderProcessed, OlderRanNow, OlderResult, OlderTick},
};
use sync_core::ShopId;
use sync_flow::{
    budget::{Ran, RunScope},
    cron,
    host::Host,
};

/// The schedule of the budget scheduler, as in wrangler.toml.
const TICK: &str = "0,30 * * * *";
const UNDER_WAY: &str = "the work goes on; the logs will say what became of it";

/// Does the work of a tick: hands shops with something to do to the consumers.
pub async fn tick(context: &Context<'_>) -> Result<Answer, Problem> {
    let db = context.db().await?;
    let due = store::budgets::due(&db, 0, None).await?;
    cron::run(&context.host, TICK).await.map_err(Problem::unavailable)?;
    let message = format!("{} shops with schedules were handed over", due.len());
    Answer::ok(&OlderTick { success: true, processed: due.len(), message })
}

/// Writes what is due for one shop.
pub async fn process(context: &Context<'_>, shop_id: ShopId) -> Result<Answer, Problem> {
    let started_ms = context.host.now_ms();
    let ran = budgets::write(context, shop_id, &RunScope::Due, false).await?;
    Answer::ok(&processed(shop_id, ran, context.host.now_ms() - started_ms))
}

/// Writes one schedule's budget.
pub async fn run_now(context: &Context<'_>, shop_id: ShopId, schedule_id: &str) -> Result<Answer, Problem> {
    let started_ms = context.host.now_ms();
    let wanted = RunScope::Schedule { id: schedule_id.to_owned(), minutes: None };
    let ran = budgets::write(context, shop_id, &wanted, false).await?;
    Answer::ok(&ran_now(&ran, context.host.now_ms() - started_ms))
}

/// Whether the wanted budget is in force. If it was before, the log says skipped.
fn is_there(done: &BudgetResult) -> bool {
    done.status == "success" || done.outcome == "already_there"
}

fn processed(shop_id: ShopId, ran: Ran, duration_ms: i64) -> OlderProcessed {
    let count = |status: &str| ran.results.iter().filter(|done| done.status == status).count();
    OlderProcessed {
        success: true,
        processed: ran.results.len(),
        success_count: count("success"),
        failure_count: count("failed"),
        skipped_count: count("skipped"),
        duration_ms,
        message: ran.goes_on.then(|| UNDER_WAY.to_owned()),
        results: ran.results.into_iter().map(|done| result(shop_id, done)).collect(),
    }
}

fn result(shop_id: ShopId, done: BudgetResult) -> OlderResult {
    let of_status = |status: &str| done.reason.clone().filter(|_| done.status == status);
    OlderResult {
        shop_id: shop_id.0,
        campaign_id: done.campaign_id,
        budget: number(Some(&done.new_budget)),
        success: is_there(&done),
        error: of_status("failed"),
        skipped: done.status == "skipped",
        skip_reason: of_status("skipped"),
        schedule_id: done.schedule_id,
    }
}

fn ran_now(ran: &Ran, duration_ms: i64) -> OlderRanNow {
    let done = ran.results.first();
    let is_there = done.is_some_and(is_there);
    let error = match done {
        Some(done) => done.reason.clone().filter(|_| !is_there),
        None if ran.goes_on => Some(UNDER_WAY.to_owned()),
        None => Some("nothing was written".to_owned()),
    };
    OlderRanNow {
        success: is_there,
        error,
        campaign_id: done.map(|done| done.campaign_id),
        budget: number(done.map(|done| done.new_budget.as_str())),
        duration_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(status: &str, outcome: &str, reason: Option<&str>) -> BudgetResult {
        BudgetResult {
            campaign_id: 7,
            schedule_id: "s".to_owned(),
            action: "apply".to_owned(),
            slot_date: "2026-03-01".to_owned(),
            old_budget: Some("10.00".to_owned()),
            new_budget: "45.50".to_owned(),
            status: status.to_owned(),
            outcome: outcome.to_owned(),
            reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn each_result_is_told_in_the_older_words() {
        let results = vec![
            done("success", "success", None),
            done("skipped", "already_there", Some("already_there: the budget is 45.50")),
            done("skipped", "skipped", Some("ceiling: too much")),
            done("failed", "unknown", Some("no answer")),
        ];
        let told = processed(ShopId(5), Ran { results, goes_on: false }, 12);
        assert_eq!((told.processed, told.duration_ms, told.message), (4, 12, None));
        assert_eq!((told.success_count, told.skipped_count, told.failure_count), (1, 2, 1));
        let words = |index: usize| {
            let row = &told.results[index];
            (row.success, row.skipped, row.error.as_deref(), row.skip_reason.as_deref())
        };
        assert_eq!(words(0), (true, false, None, None));
        assert_eq!(words(1), (true, true, None, Some("already_there: the budget is 45.50")));
        assert_eq!(words(2), (false, true, None, Some("ceiling: too much")));
        assert_eq!(words(3), (false, false, Some("no answer"), None));
        assert_eq!((told.results[0].budget, told.results[0].shop_id), (Some(45.5), 5));
    }

    #[test]
    fn one_budget_is_there_or_it_is_said_why_not() {
        let told = |results: Vec<BudgetResult>, goes_on| {
            let told = ran_now(&Ran { results, goes_on }, 1);
            (told.success, told.error.unwrap_or_default())
        };
        assert_eq!(told(vec![done("success", "success", None)], false), (true, String::new()));
        assert_eq!(told(vec![done("skipped", "already_there", Some("x"))], false), (true, String::new()));
        assert_eq!(told(vec![done("failed", "failed", Some("no"))], false), (false, "no".to_owned()));
        assert_eq!(told(vec![], true), (false, UNDER_WAY.to_owned()));
        assert!(!told(vec![], false).0);
    }
}
