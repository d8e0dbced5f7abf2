//! A chunk that a caller drives by hand, after `init_ads_sync_progress` has opened the shop's progress row. Its writes
//! are fenced by that row like those of any run.

use crate::{
    access::{
        client::{self, ShopClient},
        token,
    },
    attempt_error::AttemptError,
    host::Host,
    invocation::Invocation,
    permitted_calls::{Calls, Purpose},
    sync::{
        begin::{self, MayNotCall},
        campaigns,
        synced::Synced,
    },
};
use shopee::ShopAccess;
use store::{hand_driven_progress, shops};
use sync_core::{
    ChunkKey, FetchPolicy, Generation, Kind, LIST_PAGE_SIZE_DEFAULT, LIST_PAGES_MAX, Settings, ShopId, Stage,
    Window, Work,
};

/// Time that callers allow for a chunk, in milliseconds.
const CALLER_MS_MAX: i64 = 45_000;

/// A slice of Shopee's listing, as the caller counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Rows of the listing before the first campaign.
    pub offset: u32,
    /// Number of campaigns, at most 500.
    pub limit: u32,
    /// The number of the chunk, from 0.
    pub chunk_index: u32,
}

/// Why the chunk was not done.
pub enum ChunkRefused {
    /// The shop has no row.
    UnknownShop,
    /// The shop cannot call Shopee: for the operator.
    MayNotCall(MayNotCall),
    /// No progress row is open.
    NotOpened,
    /// It took longer than callers wait.
    TooLate,
    /// Shopee or Postgres failed, or the shop was reset.
    Attempt(AttemptError),
    /// A required part does not answer.
    Unavailable(String),
}

impl<E: Into<AttemptError>> From<E> for ChunkRefused {
    fn from(error: E) -> Self {
        Self::Attempt(error.into())
    }
}

fn unavailable(error: impl ToString) -> ChunkRefused {
    ChunkRefused::Unavailable(error.to_string())
}

/// Fetches and writes the campaigns of a slice. Returns how many there were.
///
/// # Errors
/// The chunk does not count as done; what it has written stays.
pub async fn run<H: Host>(host: &H, shop_id: ShopId, slice: Slice) -> Result<u32, ChunkRefused> {
    let started_ms = host.now_ms();
    let invocation = Invocation::open(host).await.map_err(unavailable)?;
    let shop = shops::load(&invocation.db, shop_id.0).await.map_err(unavailable)?;
    let shop = shop.ok_or(ChunkRefused::UnknownShop)?;
    begin::may_call(&invocation, &shop).map_err(ChunkRefused::MayNotCall)?;
    let generation =
        hand_driven_progress::hand_driven(&invocation.db, shop_id.0).await.map_err(unavailable)?;
    let generation = Generation(generation.ok_or(ChunkRefused::NotOpened)?);
    let (app, rate_limits) = client::app(&invocation.config, &shop)
        .map_err(|failure| ChunkRefused::Unavailable(failure.message))?;
    let purpose = Purpose { budget_ms: Some(CALLER_MS_MAX), ..Purpose::single(shop_id, None, rate_limits) };
    let calls = Calls::new(host, purpose);
    let client = client::client(host, &invocation.config, app, &calls);
    let token = token::current_token(&invocation, &shop).await?;
    let work = Work {
        generation,
        key: ChunkKey { stage: Stage::Campaigns, index: slice.chunk_index },
        attempt: 1,
        lease_until_ms: started_ms.saturating_add(CALLER_MS_MAX),
        ids: ids(&client, &token, slice).await?,
        calls: 1,
        window: Window::of(Kind::Realtime, shop.today, &Settings::default()),
        kind: Kind::Realtime,
        fetch: FetchPolicy::default(),
        direct: false,
        is_last: true,
        listed: None,
        permits: Vec::new(),
    };
    let Synced { result, .. } = campaigns::sync(host, &invocation.db, &client, &token, &work).await?;
    if host.now_ms() - started_ms > CALLER_MS_MAX {
        return Err(ChunkRefused::TooLate);
    }
    let synced = result.written.saturating_add(result.unchanged);
    let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    hand_driven_progress::chunk_done(&invocation.db, shop_id.0, whole(slice.chunk_index), whole(synced))
        .await
        .map_err(unavailable)?;
    Ok(synced)
}

/// The ids of a slice, in the order of Shopee's listing.
async fn ids<H: Host>(
    client: &ShopClient<'_, '_, H>,
    token: &ShopAccess,
    slice: Slice,
) -> Result<Vec<i64>, AttemptError> {
    let mut ids = Vec::new();
    let mut from = u64::from(slice.offset);
    let wanted = slice.limit as usize;
    for _ in 0..LIST_PAGES_MAX {
        let missing = u32::try_from(wanted - ids.len()).unwrap_or(u32::MAX).min(LIST_PAGE_SIZE_DEFAULT);
        let page = client.campaign_ids(token, from, missing).await?;
        let rows = page.ids.len() + page.malformed as usize;
        from = from.saturating_add(rows as u64);
        ids.extend(page.ids);
        if !page.has_next_page || rows == 0 || ids.len() >= wanted {
            break;
        }
    }
    ids.truncate(wanted);
    Ok(ids)
}
