//! Following a run in Postgres, which may be away.

use crate::{
    demo::seed::Shop,
    stack::{DATABASE, Stack, postgres},
};
use std::time::Duration;
use tokio::time::Instant;
use tokio_postgres::{Client, Row};

const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// The newest run of a shop. A chunk's row is completed in the statement that writes the chunk's data, so this is the
/// truth, where the progress row is a picture of it.
const LOOK: &str = "
    SELECT r.generation, r.status, r.error_message, extract(epoch FROM r.ended_at)::float8,
      coalesce(sum(q.chunk_size) FILTER (WHERE q.status IN ('completed', 'failed')), 0)::bigint,
      count(*) FILTER (WHERE q.status IN ('completed', 'failed'))
    FROM apishopee_ads_sync_runs r
    LEFT JOIN apishopee_ads_sync_queue q ON q.shop_id = r.shop_id AND q.generation = r.generation AND q.is_chunk
    WHERE r.shop_id = $1
    GROUP BY r.shop_id, r.generation ORDER BY r.generation DESC LIMIT 1";

/// How a run stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Its number.
    pub generation: i64,
    /// running, completed, failed or cancelled.
    pub status: String,
    /// Why it failed.
    pub error: Option<String>,
    /// When it ended, in unix seconds.
    pub ended: Option<f64>,
    /// Chunks that are done or have failed.
    pub chunks: i64,
    /// The share of its campaigns whose chunks are, over both stages: 0 to 1.
    pub share: f64,
}

impl Standing {
    /// Whether it has come to its end.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.status != "running"
    }
}

/// Looks at one shop.
pub struct Watch {
    url: String,
    shop: Shop,
    client: Option<Client>,
}

impl Watch {
    /// Of the stack's Postgres, past the pooler and the proxy.
    #[must_use]
    pub fn new(stack: &Stack, shop: &Shop) -> Self {
        Self { url: stack.postgres.url(DATABASE), shop: shop.clone(), client: None }
    }

    /// The shop that is looked at.
    #[must_use]
    pub fn shop_id(&self) -> i64 {
        self.shop.id
    }

    /// Waits until the shop's newest run stands so. `None` if it does not by then.
    pub async fn until(&mut self, deadline: Instant, holds: impl Fn(&Standing) -> bool) -> Option<Standing> {
        let waiting = async {
            loop {
                match self.look().await {
                    Some(standing) if holds(&standing) => return standing,
                    _ => tokio::time::sleep(LOOK_AGAIN).await,
                }
            }
        };
        tokio::time::timeout_at(deadline, waiting).await.ok()
    }

    /// How the newest run stands. `None` if there is none, or Postgres is away.
    async fn look(&mut self) -> Option<Standing> {
        if self.client.as_ref().is_none_or(Client::is_closed) {
            self.client = postgres::connect(&self.url).await.ok();
        }
        let row = self.client.as_ref()?.query_opt(LOOK, &[&self.shop.id]).await.ok()??;
        Some(self.standing(&row))
    }

    fn standing(&self, row: &Row) -> Standing {
        // Both stages have all campaigns.
        let all = f64::from(self.shop.campaigns.max(1)) * 2.0;
        Standing {
            generation: row.get(0),
            status: row.get(1),
            error: row.get(2),
            ended: row.get(3),
            chunks: row.get(5),
            share: row.get::<_, i64>(4) as f64 / all,
        }
    }
}
