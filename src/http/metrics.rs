//! GET /metrics: the text format of Prometheus. A part that cannot be read is missing and says so, since a page that fails as a
//! whole would show nothing when it is needed most.

use super::{
    context::{Answer, Context},
    problem::Problem,
};
use crate::adapter::{log, now_ms, within};
use api::{
    app::App,
    metrics::{CONTENT_TYPE, Sample, render},
};
use compact::json;
use sync_core::{AppId, ShopId};
use sync_flow::{
    commands::AppCommand,
    host::{Host, Level},
    object_client,
};

/// Longest wait for a part, in milliseconds: both together are less than the ten seconds that Prometheus waits.
const PART_MS_MAX: i64 = 4_500;
/// The parts. What has been read of a part that was late or failed is shown.
const PARTS: [&str; 2] = [POSTGRES, "governor"];
const POSTGRES: &str = "postgres";
/// What may hold back all calls of an app.
const HOLDS: [&str; 2] = ["app_throttled", "daily_quota"];

/// What has been read.
#[derive(Default)]
struct Found {
    samples: Vec<Sample>,
    /// Partner apps of shops.
    apps: Vec<i64>,
}

/// Shows the metrics.
pub async fn get(context: &Context<'_>) -> Result<Answer, Problem> {
    let mut found = Found::default();
    for part in PARTS {
        let read = within(PART_MS_MAX, read(context, part, &mut found)).await;
        let read = read.unwrap_or_else(|| Err(Problem::late(PART_MS_MAX)));
        if let Err(problem) = &read {
            let fields = json!({ "part": part, "detail": problem.detail, "cause": problem.cause });
            log::line(Level::Error, "metrics_part_failed", fields);
        }
        found.samples.push(Sample::gauge("scrape_ok", &[part], if read.is_ok() { 1.0 } else { 0.0 }));
    }
    Ok(Answer::text(CONTENT_TYPE, render(&found.samples)))
}

async fn read(context: &Context<'_>, part: &str, found: &mut Found) -> Result<(), Problem> {
    if part == POSTGRES {
        let figures = store::metrics::read(&context.db().await?).await?;
        (found.samples, found.apps) = (figures.samples, figures.apps);
        return Ok(());
    }
    let config = context.host.config().map_err(Problem::unavailable)?;
    if let Some(partner) = config.partner.filter(|partner| !found.apps.contains(&partner.id)) {
        found.apps.insert(0, partner.id);
    }
    let mut all = Ok(());
    for app in &found.apps {
        let view = object_client::governor::<App>(&context.host, AppId(*app), ShopId(0), AppCommand::View);
        match view.await {
            Ok(view) => add_app(&mut found.samples, &view, now_ms()),
            Err(error) => all = Err(Problem::unavailable(error)),
        }
    }
    all
}

fn add_app(samples: &mut Vec<Sample>, view: &App, now_ms: i64) {
    let (app, governor) = (view.app.to_string(), &view.governor);
    for reason in HOLDS {
        let hold = view.hold.as_ref().filter(|hold| hold.reason == reason);
        let left_ms = hold.map_or(0, |hold| hold.until_ms.saturating_sub(now_ms).max(0));
        samples.push(Sample::gauge("app_held_seconds", &[&app, reason], left_ms as f64 / 1_000.0));
    }
    let rate = governor["rate"].as_f64().or_else(|| governor["setting"].as_f64()).unwrap_or_default();
    samples.push(Sample::gauge("app_calls_per_second", &[&app], rate));
    let closed = governor["closed"].as_object().map_or(0, serde_json::Map::len);
    samples.push(Sample::gauge("app_endpoints_closed", &[&app], closed as f64));
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::metrics::METRICS;
    use serde_json::{Value, json};

    fn of_app(view: &App) -> Vec<Sample> {
        let mut samples = Vec::new();
        add_app(&mut samples, view, 1_000);
        samples
    }

    fn view(hold: &Value, governor: &Value) -> App {
        serde_json::from_value(json!({ "app": 7, "hold": hold, "governor": governor })).unwrap()
    }

    #[test]
    fn an_app_is_shown_with_its_hold_and_its_rate() {
        let held = view(
            &json!({ "until_ms": 61_500, "reason": "daily_quota" }),
            &json!({ "rate": 1.5, "setting": 3.0, "closed": { "shop_daily": { "until_ms": 5 } } }),
        );
        let expected = [
            Sample::gauge("app_held_seconds", &["7", "app_throttled"], 0.0),
            Sample::gauge("app_held_seconds", &["7", "daily_quota"], 60.5),
            Sample::gauge("app_calls_per_second", &["7"], 1.5),
            Sample::gauge("app_endpoints_closed", &["7"], 1.0),
        ];
        assert_eq!(of_app(&held), expected);
        let free = of_app(&view(&Value::Null, &json!({ "rate": null, "setting": 3.0, "closed": {} })));
        assert_eq!(free.iter().map(|sample| sample.value).collect::<Vec<_>>(), [0.0, 0.0, 3.0, 0.0]);
        for sample in free {
            let metric = METRICS.iter().find(|metric| metric.name == sample.name).unwrap();
            assert_eq!(metric.labels.len(), sample.labels.len(), "{}", metric.name);
        }
    }
}
