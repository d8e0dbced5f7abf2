//! Work that older callers request directly.

use super::rows::number;
use crate::http::{
    budgets::runs as budgets,
    context::{Answer, Context},
    problem::Problem,
};
use compact::json;
use serde_json::Value;
use sync_core::ShopId;
use sync_flow::{
    budget::{Done, Ran, RunScope},
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
    Ok(Answer::ok(json!({ "success": true, "processed": due.len(), "message": message })))
}

/// Writes what is due for one shop.
pub async fn process(context: &Context<'_>, shop_id: ShopId) -> Result<Answer, Problem> {
    let started_ms = context.host.now_ms();
    let ran = budgets::write(context, shop_id, &RunScope::Due, false).await?;
    Ok(Answer::ok(processed(shop_id, &ran, context.host.now_ms() - started_ms)))
}

/// Writes one schedule's budget.
pub async fn run_now(context: &Context<'_>, shop_id: ShopId, schedule_id: &str) -> Result<Answer, Problem> {
    let started_ms = context.host.now_ms();
    let wanted = RunScope::Schedule { id: schedule_id.to_owned(), minutes: None };
    let ran = budgets::write(context, shop_id, &wanted, false).await?;
    Ok(Answer::ok(ran_now(&ran, context.host.now_ms() - started_ms)))
}

/// Whether the wanted budget is in force. If it was before, the log says skipped.
fn is_there(done: &Done) -> bool {
    done.status == "success" || done.outcome == "already_there"
}

fn processed(shop_id: ShopId, ran: &Ran, duration_ms: i64) -> Value {
    let count = |status: &str| ran.results.iter().filter(|done| done.status == status).count();
    let results = ran.results.iter().map(|done| {
        let of_status = |status: &str| done.reason.as_ref().filter(|_| done.status == status);
        json!({
            "schedule_id": done.schedule_id,
            "shop_id": shop_id,
            "campaign_id": done.campaign_id,
            "budget": number(Some(&done.new_budget)),
            "success": is_there(done),
            "error": of_status("failed"),
            "skipped": done.status == "skipped",
            "skip_reason": of_status("skipped"),
        })
    });
    json!({
        "success": true,
        "processed": ran.results.len(),
        "success_count": count("success"),
        "failure_count": count("failed"),
        "skipped_count": count("skipped"),
        "duration_ms": duration_ms,
        "message": ran.goes_on.then_some(UNDER_WAY),
        "results": results.collect::<Vec<Value>>(),
    })
}

fn ran_now(ran: &Ran, duration_ms: i64) -> Value {
    let done = ran.results.first();
    let is_there = done.is_some_and(is_there);
    let error = match done {
        Some(done) => done.reason.clone().filter(|_| !is_there),
        None if ran.goes_on => Some(UNDER_WAY.to_owned()),
        None => Some("nothing was written".to_owned()),
    };
    json!({
        "success": is_there,
        "error": error,
        "campaign_id": done.map(|done| done.campaign_id),
        "budget": number(done.map(|done| done.new_budget.as_str())),
        "duration_ms": duration_ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(status: &'static str, outcome: &'static str, reason: Option<&str>) -> Done {
        Done {
            campaign_id: 7,
            schedule_id: "s".to_owned(),
            action: "apply",
            slot_date: "2026-03-01".to_owned(),
            old_budget: Some("10.00".to_owned()),
            new_budget: "45.50".to_owned(),
            status,
            outcome,
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
        let told = processed(ShopId(5), &Ran { results, goes_on: false }, 12);
        assert_eq!(
            (&told["processed"], &told["duration_ms"], &told["message"]),
            (&json!(4), &json!(12), &json!(null))
        );
        let counts = ["success_count", "skipped_count", "failure_count"].map(|name| told[name].as_i64());
        assert_eq!(counts, [Some(1), Some(2), Some(1)]);
        let words = |index: usize| {
            let row = &told["results"][index];
            (
                row["success"] == true,
                row["skipped"] == true,
                row["error"].as_str(),
                row["skip_reason"].as_str(),
            )
        };
        assert_eq!(words(0), (true, false, None, None));
        assert_eq!(words(1), (true, true, None, Some("already_there: the budget is 45.50")));
        assert_eq!(words(2), (false, true, None, Some("ceiling: too much")));
        assert_eq!(words(3), (false, false, Some("no answer"), None));
        assert_eq!(
            (&told["results"][0]["budget"], &told["results"][0]["shop_id"]),
            (&json!(45.5), &json!(5))
        );
    }

    #[test]
    fn one_budget_is_there_or_it_is_said_why_not() {
        let told = |results: Vec<Done>, goes_on| {
            let told = ran_now(&Ran { results, goes_on }, 1);
            (told["success"] == true, told["error"].as_str().unwrap_or_default().to_owned())
        };
        assert_eq!(told(vec![done("success", "success", None)], false), (true, String::new()));
        assert_eq!(told(vec![done("skipped", "already_there", Some("x"))], false), (true, String::new()));
        assert_eq!(told(vec![done("failed", "failed", Some("no"))], false), (false, "no".to_owned()));
        assert_eq!(told(vec![], true), (false, UNDER_WAY.to_owned()));
        assert!(!told(vec![], false).0);
    }
}
