//! Many schedules at once, as CSV.

use crate::budget_calls::{BudgetShop, call};
use anyhow::{Context, Result, ensure};
use e2e::{Response, World, run};
use reqwest::Method;
use serde_json::{Value, json};
use xtask::stack::Front;

const HEADER: &str = "campaign_id,hour_start,hour_end,budget,days_of_week";

async fn send(world: &World, path: &str, lines: &[String]) -> Result<Response> {
    let text = format!("{HEADER}\r\n{}\r\n", lines.join("\r\n"));
    let headers = [("content-type", "text/csv"), ("idempotency-key", "of-the-sheet")];
    call(world, &world.stack.secrets.operator_token, Method::POST, path, &headers, text).await
}

fn verdicts(body: &Value) -> Result<Vec<(i64, &str, &str)>> {
    let lines = body["lines"].as_array().with_context(|| format!("no lines: {body}"))?;
    let of = |line: &Value| line["line"].as_i64().unwrap_or_default();
    Ok(lines
        .iter()
        .map(|line| (of(line), line["status"].as_str().unwrap_or(""), line["rule"].as_str().unwrap_or("")))
        .collect())
}

#[test]
fn all_lines_are_stored_or_none() {
    run(Front::Worker, |world| async move {
        let shop = BudgetShop::new(&world).await?;
        shop.schedule(shop.body(20)).await?;
        let (path, campaign) = (format!("{}/csv", shop.path()), shop.campaign);
        let good: Vec<String> =
            (8..12).map(|hour| format!("{campaign},{hour},{},\"45.50\",1 2", hour + 1)).collect();
        let mut lines = good.clone();
        lines.extend([
            format!("{campaign},11,13,50,2"),
            format!("{campaign},20,22,50,"),
            format!("{campaign},14,15,19,"),
            format!("{campaign},25,26,50,"),
            format!("{campaign},15,16"),
            format!("{},16,17,50,", shop.ended),
            "x,16,17,50,".to_owned(),
        ]);
        let body = send(&world, &path, &lines).await?.refused(422, "lines_refused")?;
        let expected = [
            (2, "valid", ""),
            (3, "valid", ""),
            (4, "valid", ""),
            (5, "valid", ""),
            (6, "refused", "overlap"),
            (7, "refused", "overlap"),
            (8, "refused", "floor"),
            (9, "refused", "allowed_values"),
            (10, "refused", "columns"),
            (11, "refused", "campaign_status"),
            (12, "refused", "allowed_values"),
        ];
        ensure!(verdicts(&body)? == expected, "{body}");
        ensure!(
            body["lines"][4]["reason"].as_str().is_some_and(|reason| reason.contains("line 5")),
            "{body}"
        );
        ensure!(shop.schedule_count().await? == 1, "something was stored");

        let body = send(&world, &format!("{path}?dry_run=true"), &good).await?.expect(200)?;
        ensure!(verdicts(&body)?.iter().all(|line| line.1 == "valid"), "{body}");
        ensure!(shop.schedule_count().await? == 1, "a dry run stores nothing");
        // Sent twice, stored once.
        for _ in 0..2 {
            let body = send(&world, &path, &good).await?.expect(201)?;
            ensure!(verdicts(&body)?.iter().all(|line| line.1 == "created"), "{body}");
            let id = body["lines"][0]["schedule_id"].as_str().context("id")?;
            let made = world.get(&format!("/v1/budget-schedules/{id}")).await?.expect(200)?;
            ensure!(made["hour_start"] == 8 && made["days_of_week"] == json!([1, 2]), "{made}");
            ensure!(shop.schedule_count().await? == 5);
        }
        Ok(())
    });
}

#[test]
fn a_text_that_is_no_table_is_refused() {
    run(Front::Worker, |world| async move {
        let shop = BudgetShop::new(&world).await?;
        let path = format!("{}/csv", shop.path());
        let operator = &world.stack.secrets.operator_token;
        let large = "x".repeat(70_000);
        for (text, status, word) in [
            ("campaign_id,hour_start,hour_end\n1,2,3\n", 400, "budget"),
            ("campaign_id,hour_start,hour_end,budget,note\n", 400, "note"),
            (HEADER, 400, "invalid_body"),
            ("", 400, "invalid_body"),
            (large.as_str(), 413, "body_too_large"),
        ] {
            let problem =
                call(&world, operator, Method::POST, &path, &[("content-type", "text/csv")], text.to_owned())
                    .await?
                    .expect(status)?;
            ensure!(problem.to_string().contains(word), "{word}: {problem}");
        }
        ensure!(shop.schedule_count().await? == 0);
        Ok(())
    });
}
