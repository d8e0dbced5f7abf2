//! Follows a run in Postgres, which may be down.

use crate::{
    demo::seed::Shop,
    stack::{DATABASE, Stack, postgres},
};
use std::time::Duration;
use tokio::time::Instant;
use tokio_postgres::{Client, Row};

const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// The newest run of a shop. A chunk's row is completed by the statement that writes the chunk's data, so it is
/// authoritative, whereas the progress row is a projection.
const NEWEST_RUN: &str = "
    SELECT r.generation, r.status, r.error_message, extract(epoch FROM r.ended_at)::float8,
      coalesce(sum(q.chunk_size) FILTER (WHERE q.status IN ('completed', 'failed')), 0)::bigint,
      count(*) FILTER (WHERE q.status IN ('completed', 'failed'))
    FROM apishopee_ads_sync_runs r
    LEFT JOIN apishopee_ads_sync_queue q ON q.shop_id = r.shop_id AND q.generation = r.generation AND q.is_chunk
    WHERE r.shop_id = $1
    GROUP BY r.shop_id, r.generation ORDER BY r.generation DESC LIMIT 1";

/// The state of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    /// Its generation.
    pub generation: i64,
    /// running, completed, failed or cancelled.
    pub status: String,
    /// Why it failed.
    pub error: Option<String>,
    /// When it ended, in unix seconds.
    pub ended: Option<f64>,
    /// Chunks that are completed or failed.
    pub chunks: i64,
    /// The fraction of campaigns in such chunks, over both stages: 0 to 1.
    pub progress: f64,
}

impl RunState {
    /// Whether the run has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.status != "running"
    }
}

/// Polls the newest run of one shop.
pub struct RunWatcher {
    url: String,
    shop: Shop,
    client: Option<Client>,
}

impl RunWatcher {
    /// A watcher that connects to Postgres directly, without pooler and proxy.
    #[must_use]
    pub fn new(stack: &Stack, shop: &Shop) -> Self {
        Self { url: stack.postgres.url(DATABASE), shop: shop.clone(), client: None }
    }

    /// The watched shop.
    #[must_use]
    pub fn shop_id(&self) -> i64 {
        self.shop.id
    }

    /// Waits until the state of the newest run satisfies `holds`; `None` after the deadline.
    pub async fn wait_until(
        &mut self,
        deadline: Instant,
        holds: impl Fn(&RunState) -> bool,
    ) -> Option<RunState> {
        let waiting = async {
            loop {
                match self.poll().await {
                    Some(state) if holds(&state) => return state,
                    _ => tokio::time::sleep(POLL_INTERVAL).await,
                }
            }
        };
        tokio::time::timeout_at(deadline, waiting).await.ok()
    }

    /// The state of the newest run; `None` if there is none, or Postgres does not respond.
    async fn poll(&mut self) -> Option<RunState> {
        if self.client.as_ref().is_none_or(Client::is_closed) {
            self.client = postgres::connect(&self.url).await.ok();
        }
        let row = self.client.as_ref()?.query_opt(NEWEST_RUN, &[&self.shop.id]).await.ok()??;
        Some(self.read_state(&row))
    }

    fn read_state(&self, row: &Row) -> RunState {
        // Each of the two stages covers all campaigns.
        let all = f64::from(self.shop.campaigns.max(1)) * 2.0;
        RunState {
            generation: row.get(0),
            status: row.get(1),
            error: row.get(2),
            ended: row.get(3),
            chunks: row.get(5),
            progress: row.get::<_, i64>(4) as f64 / all,
        }
    }
}
