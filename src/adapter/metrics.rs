//! Analytics Engine: one data point per chunk and per run. Index: the shop.
//!
//! | | chunk | run |
//! |---|---|---|
//! | blob1 | `chunk` | `run` |
//! | blob2 | stage | kind |
//! | blob3 | outcome | outcome |
//! | blob4 | class of the error, if it failed | |
//! | blob5 | endpoint that was called then | |
//! | double1 | duration, ms | duration, ms |
//! | double2 | Shopee calls | Shopee calls |
//! | double3 | ids | planned campaigns |
//! | double4 | rows written | rows written |
//! | double5 | attempt | retries |

use super::log;
use compact::json;
use sync_flow::host::{Level, Point};
use worker::{AnalyticsEngineDataPointBuilder, Env};

/// Writes a data point. A failure is logged: metrics never stop the work.
pub fn write(env: &Env, point: &Point<'_>) {
    let shop = point.shop_id.to_string();
    let [class, endpoint] = point.failure;
    let written = env.analytics_engine("METRICS").and_then(|dataset| {
        AnalyticsEngineDataPointBuilder::new()
            .indexes([shop.as_str()])
            .blobs([point.what, point.name, point.outcome, class, endpoint])
            .doubles(point.figures)
            .write_to(&dataset)
    });
    if let Err(error) = written {
        log::line(Level::Warn, "metrics_failed", json!({ "error": error.to_string() }));
    }
}
