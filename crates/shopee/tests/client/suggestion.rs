//! The budgets that Shopee allows.

use crate::fake_platform::{answer, own_query, run, shop};
use shopee::{BudgetLimits, ErrorClass};

fn body(budget: &str) -> String {
    format!(r#"{{"error":"","message":"","warning":"","request_id":"r","response":{{"budget":{budget}}}}}"#)
}

#[test]
fn reads_the_limits() {
    for (max, expected) in [("9999999999", None), ("500.5", Some(500.5))] {
        let text = body(&format!(r#"{{"recommended_budget":25.0,"min_budget":10.0,"max_budget":{max}}}"#));
        let (read, asked) =
            run(answer(200, text), async |client| client.budget_limits(&shop(), "limits-1").await);
        assert_eq!(read, Ok(BudgetLimits { min: 10.0, max: expected }));
        let query = own_query(&asked[0]);
        assert!(query.iter().any(|pair| pair.contains("limits-1")), "{query:?}");
    }
}

#[test]
fn what_is_missing_is_named_and_a_refusal_is_no_limit() {
    let (read, _) = run(answer(200, body(r#"{"min_budget":10}"#)), async |client| {
        client.budget_limits(&shop(), "x").await
    });
    assert!(read.expect_err("half of it").message.contains("'response.budget.max_budget'"));
    let refused = r#"{"error":"error_api_permission","message":"This app type has no permission to this API.","request_id":"r"}"#;
    let (read, _) = run(answer(200, refused), async |client| client.budget_limits(&shop(), "x").await);
    assert_eq!(read.expect_err("not permitted").class, ErrorClass::FatalConfiguration);
}
