//! One attempt at a chunk: fetch, write in one statement, report the outcome.

use super::synced::Synced;
use super::{campaigns, performance};
use crate::{
    access::{
        client::{self, ShopClient},
        token::LiveToken,
    },
    attempt_error::{self, AttemptError},
    host::{Host, Level, Point},
    invocation::Invocation,
    permitted_calls::{Calls, Purpose},
    trace::{self, TracedDb},
};
use compact::json;
use shopee::{Endpoint, ErrorClass, Partner};
use store::shops::ShopRow;
use sync_core::{AttemptFailure, AttemptOutcome, ChunkResult, RateLimits, ShopId, Stage, Work};

/// Makes one attempt after another for a shop, whose app and token they share.
pub struct Attempts<'i, 'h, H: Host> {
    invocation: &'i Invocation<'h, H>,
    shop: &'i ShopRow,
    app: Result<(Partner, RateLimits), AttemptFailure>,
    token: Option<LiveToken<'i, 'h, H>>,
}

impl<'i, 'h, H: Host> Attempts<'i, 'h, H> {
    /// Begins without a token.
    pub fn new(invocation: &'i Invocation<'h, H>, shop: &'i ShopRow) -> Self {
        Self { invocation, shop, app: client::app(&invocation.config, shop), token: None }
    }

    /// The rates that apply to the shop's calls, if it can make any.
    pub fn rate_limits(&self) -> Option<RateLimits> {
        self.app.as_ref().ok().map(|(_, rate_limits)| *rate_limits)
    }

    /// Makes an attempt. It never fails: an error is part of the outcome.
    pub async fn make(&mut self, work: &Work) -> AttemptOutcome {
        let (host, shop) = (self.invocation.host, self.shop);
        let (app, rate_limits) = match &self.app {
            Ok((app, rate_limits)) => (app.clone(), *rate_limits),
            Err(failure) => return AttemptOutcome::Failed { failure: failure.clone() },
        };
        let purpose = Purpose::chunk(ShopId(shop.shop_id), rate_limits, work, host.now_ms());
        let calls = Calls::new(host, purpose).within(&self.invocation.calls).starting_with(&work.permits);
        let client = client::client(host, &self.invocation.config, app, &calls);
        let db = TracedDb::new(host, &self.invocation.db);
        let result = self.fetch_and_write(work, &db, &client, &calls).await;
        let duration_ms = u64::try_from(calls.worked_ms()).unwrap_or(0);
        let outcome = self.outcome(result, work, &calls, duration_ms);
        report(self.invocation, shop, work, &outcome, (&calls, &db), duration_ms);
        outcome
    }

    fn outcome(
        &self,
        result: Result<Synced, AttemptError>,
        work: &Work,
        calls: &Calls<'_, H>,
        duration_ms: u64,
    ) -> AttemptOutcome {
        let (made, deferred) = (calls.made(), calls.deferred());
        let failed = |failure: AttemptFailure| AttemptOutcome::Failed {
            failure: AttemptFailure { calls: made, ..failure },
        };
        match result {
            Ok(Synced { result, spenders }) => {
                AttemptOutcome::Done { result: ChunkResult { calls: made, duration_ms, ..result }, spenders }
            }
            Err(AttemptError::Fenced) => AttemptOutcome::Fenced,
            Err(AttemptError::Deferred(hold)) => AttemptOutcome::Deferred { hold, calls: made },
            Err(AttemptError::Api(_)) if let Some(hold) = deferred => {
                AttemptOutcome::Deferred { hold, calls: made }
            }
            Err(AttemptError::Api(error)) => {
                let trace = trace::id(self.shop.shop_id, work.generation);
                let fields = json!({ "trace": trace, "shop": self.shop.shop_id, "code": error.code, "detail": error.detail });
                self.invocation.host.log(Level::Warn, "shopee_error", fields);
                failed(attempt_error::failure(&error, made))
            }
            Err(AttemptError::Db(error)) => {
                failed(attempt_error::refused(ErrorClass::Retry, error.to_string()))
            }
            Err(AttemptError::Refused(failure)) => failed(failure),
        }
    }

    /// Fetches and writes. If Shopee refuses the current token, it tries a new one once; if Shopee refuses windows of
    /// one day, it includes the day before.
    async fn fetch_and_write(
        &mut self,
        work: &Work,
        db: &TracedDb<'_, H>,
        client: &ShopClient<'_, '_, H>,
        calls: &Calls<'_, H>,
    ) -> Result<Synced, AttemptError> {
        let host = self.invocation.host;
        let token = match self.token.take() {
            Some(token) => token.for_more(),
            None => LiveToken::current(self.invocation, self.shop).await?,
        };
        let token = self.token.insert(token);
        let mut from = work.window.daily_from;
        loop {
            let result = match work.key.stage {
                Stage::Campaigns => campaigns::sync(host, db, client, token.access(), work).await,
                Stage::Performance => {
                    // Campaigns that Shopee refuses are left out after the settings; else each call would look for them.
                    let at_once = work.fetch.settings && calls.has_places(2);
                    performance::sync_campaigns(host, db, client, token.access(), work, from, at_once)
                        .await
                        .map(Synced::from)
                }
                Stage::ShopTotals => performance::sync_shop(host, db, client, token.access(), work, from)
                    .await
                    .map(Synced::from),
            };
            match result {
                Err(AttemptError::Api(error))
                    if error.code.ends_with(SAME_DATES)
                        && from == work.window.daily_to
                        && let Some(before) = from.pred_opt() =>
                {
                    from = before;
                }
                Err(AttemptError::Api(error)) => {
                    if !token.renew_after(&error, calls).await? {
                        return Err(error.into());
                    }
                }
                other => return other,
            }
        }
    }
}

/// Shopee's code for refusing a window of one day (Shopee: the performance endpoints document it; live ones accepted
/// such windows).
const SAME_DATES: &str = "error_same_start_end_dates";

fn report<H: Host>(
    invocation: &Invocation<'_, H>,
    shop: &ShopRow,
    work: &Work,
    outcome: &AttemptOutcome,
    (calls, db): (&Calls<'_, H>, &TracedDb<'_, H>),
    duration_ms: u64,
) {
    let host = invocation.host;
    let (name, rows_written, level, failure) = match outcome {
        AttemptOutcome::Done { result, .. } => {
            let level = if result.partial { Level::Warn } else { Level::Info };
            ("done", result.rows_written, level, None)
        }
        AttemptOutcome::Failed { failure } => ("failed", 0, Level::Warn, Some(failure)),
        AttemptOutcome::Deferred { .. } => ("deferred", 0, Level::Info, None),
        AttemptOutcome::Fenced => ("fenced", 0, Level::Info, None),
    };
    let fields = json!({
        "trace": trace::id(shop.shop_id, work.generation), "shop": shop.shop_id, "generation": work.generation,
        "stage": work.key.stage, "chunk": work.key.index, "attempt": work.attempt, "outcome": name, "ids": work.ids.len(),
        "calls": calls.made(), "trail": calls.trail(), "statements": db.statements(),
        "duration_ms": duration_ms, "rows_written": rows_written, "failure": failure,
        "partial": matches!(outcome, AttemptOutcome::Done { result, .. } if result.partial),
        "memory_bytes": host.memory_bytes(),
    });
    host.log(level, "chunk", fields);
    let class = failure.map_or("", |failure| failure.class.as_str());
    let endpoint = failure.and_then(|failure| failure.endpoint).map_or("", Endpoint::name);
    let figures = [duration_ms as f64, f64::from(calls.made()), work.ids.len() as f64, rows_written as f64];
    let [duration, calls, ids, rows] = figures;
    host.point(&Point {
        shop_id: shop.shop_id,
        what: "chunk",
        name: work.key.stage.as_str(),
        outcome: name,
        failure: [class, endpoint],
        figures: [duration, calls, ids, rows, f64::from(work.attempt)],
    });
}
