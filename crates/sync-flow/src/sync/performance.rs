//! A chunk of performance: the days and hours of campaigns, and those of the whole shop.

use super::{
    drift::DriftCollector,
    fence::{fence, fenced, named},
    misfit_rows::fitted,
    split::{Gathered, gather},
};
use crate::{access::client::ShopClient, attempt_error::AttemptError, host::Host};
use chrono::NaiveDate;
use compact::{SortedMap, SortedSet};
use futures_util::future::join;
use serde::Serialize;
use shopee::{ApiError, CampaignPerformance, Metrics, ShopAccess, ShopPerformance};
use store::{
    Db, DbError, Fence, Written,
    write_performance::{self, Balance, CampaignDay, CampaignHour, Measures, ShopDay, ShopHour},
};
use sync_core::{ChunkResult, Quarantined, Window, Work};

/// Fetches and writes the performance of a chunk's campaigns. `from` is the first daily day to request; days before the
/// run's window are not written. With `at_once`, days and hours are requested at the same time.
///
/// # Errors
/// The reason why the attempt failed.
pub async fn sync_campaigns<H: Host>(
    host: &H,
    db: &impl Db,
    client: &ShopClient<'_, '_, H>,
    token: &ShopAccess,
    work: &Work,
    from: NaiveDate,
    at_once: bool,
) -> Result<ChunkResult, AttemptError> {
    let fetched_at_ms = host.now_ms();
    let window = &work.window;
    let mut bad = SortedMap::new();
    let daily = gather(&work.ids, |ids: Vec<i64>| async move {
        client.campaign_daily_performance(token, &ids, from, window.daily_to).await
    });
    let (daily, hourly) = if at_once {
        // Both are awaited, whatever the other says: a call that is under way has been made.
        let (daily, hourly) = join(daily, fetch_hours(client, token, window, &work.ids)).await;
        (daily?, hourly?)
    } else {
        let daily = daily.await?;
        // Refused ids are not requested again.
        let is_refused = |id: &i64| daily.refused.iter().any(|refused| refused.id == *id);
        let ids: Vec<i64> = work.ids.iter().copied().filter(|id| !is_refused(id)).collect();
        let hourly = fetch_hours(client, token, window, &ids).await?;
        (daily, hourly)
    };
    bad.extend(daily.refused.into_iter().map(|refused| (refused.id, refused.reason)));
    let (mut days, mut hours, mut met) = (Rows::default(), Rows::default(), DriftCollector::default());
    for (asked, answer) in daily.answers {
        met.take("get_product_campaign_daily_performance", &answer.malformed, &answer.unknown);
        days.take(&asked, answer, &mut bad);
    }
    for hourly in hourly {
        bad.extend(hourly.refused.into_iter().map(|refused| (refused.id, refused.reason)));
        for (asked, answer) in hourly.answers {
            met.take("get_product_campaign_hourly_performance", &answer.malformed, &answer.unknown);
            hours.take(&asked, answer, &mut bad);
        }
    }
    let partial = days.partial || hours.partial;
    let mut campaigns: SortedMap<i64, (Vec<CampaignDay>, Vec<CampaignHour>)> = SortedMap::new();
    for ((id, ..), row) in days.rows {
        campaigns.entry(id).or_default().0.extend(campaign_day(id, &row, window));
    }
    for ((id, ..), row) in hours.rows {
        campaigns.entry(id).or_default().1.extend(campaign_hour(id, &row));
    }
    let fence = fence(work, token.shop_id, fetched_at_ms);
    let written =
        fitted(campaigns.into_iter().collect(), |campaigns: Vec<(i64, (Vec<_>, Vec<_>))>, finish| {
            let fence = Fence { finish, ..fence.clone() };
            let (days, hours): (Vec<_>, Vec<_>) = campaigns.into_iter().map(|(_, rows)| rows).unzip();
            async move { write_performance::performance(db, &fence, &days.concat(), &hours.concat()).await }
        })
        .await?;
    for ((id, rows), reason) in written.misfits {
        met.misfit("get_product_campaign_daily_performance", Some(id), &sample(&rows.0), &reason);
        bad.insert(id, reason);
    }
    let written = fenced(written.answers)?;
    let quarantined: Vec<_> = bad.into_iter().map(|(id, reason)| Quarantined { id, reason }).collect();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(ChunkResult {
        written: count(work.ids.len().saturating_sub(quarantined.len())),
        quarantined: count(quarantined.len()),
        quarantined_ids: named(quarantined),
        malformed_rows: met.malformed_rows,
        drift: met.drift,
        partial,
        rows_written: u64::try_from(written.written).unwrap_or(0),
        ..ChunkResult::default()
    })
}

/// Requests the hours of all days of the window, one day after another.
async fn fetch_hours<H: Host>(
    client: &ShopClient<'_, '_, H>,
    token: &ShopAccess,
    window: &Window,
    ids: &[i64],
) -> Result<Vec<Gathered<CampaignPerformance>>, ApiError> {
    let mut days = Vec::new();
    for day in &window.hourly {
        let call = |ids: Vec<i64>| async move { client.campaign_hourly_performance(token, &ids, *day).await };
        days.push(gather(ids, call).await?);
    }
    Ok(days)
}

/// Fetches and writes the whole shop's performance and balance; `from` as in [`sync_campaigns`].
///
/// # Errors
/// The reason why the attempt failed.
pub async fn sync_shop<H: Host>(
    host: &H,
    db: &impl Db,
    client: &ShopClient<'_, '_, H>,
    token: &ShopAccess,
    work: &Work,
    from: NaiveDate,
) -> Result<ChunkResult, AttemptError> {
    let fetched_at_ms = host.now_ms();
    let window = &work.window;
    let mut account = None;
    let mut read = Totals::default();
    let daily = client.shop_daily_performance(token, from, window.daily_to).await;
    let days = read.rows("get_all_cpc_ads_daily_performance", unless_without_ads(daily, &mut account)?);
    let mut hours = Vec::new();
    for day in &window.hourly {
        let hourly = client.shop_hourly_performance(token, *day).await;
        let hourly = unless_without_ads(hourly, &mut account)?;
        hours.extend(read.rows("get_all_cpc_ads_hourly_performance", hourly));
    }
    let balance = unless_without_ads(client.total_balance(token).await, &mut account)?;
    let balance = balance.map(|of| Balance { balance: of.total, data_timestamp: of.data_timestamp });
    let Totals { partial, mut met } = read;
    let days: Vec<ShopDay> = unique(days).iter().filter_map(|row| shop_day(row, window)).collect();
    let hours: Vec<ShopHour> = unique(hours).iter().filter_map(shop_hour).collect();
    let days = days.into_iter().map(Total::Day);
    let totals = days.chain(hours.into_iter().map(Total::Hour)).chain(balance.map(Total::Balance));
    let fence = fence(work, token.shop_id, fetched_at_ms);
    let written = fitted(totals.collect(), |totals: Vec<Total>, finish| {
        let fence = Fence { finish, ..fence.clone() };
        async move { write_totals(db, &fence, totals).await }
    })
    .await?;
    for (total, reason) in written.misfits {
        met.misfit(total.endpoint(), None, &sample(&total), &reason);
    }
    let written = fenced(written.answers)?;
    let rows_written = u64::try_from(written.written).unwrap_or(0);
    let DriftCollector { malformed_rows, drift } = met;
    Ok(ChunkResult { malformed_rows, drift, partial, account, rows_written, ..ChunkResult::default() })
}

/// A row about a whole shop.
#[derive(Clone, Serialize)]
#[serde(untagged)]
enum Total {
    Day(ShopDay),
    Hour(ShopHour),
    Balance(Balance),
}

impl Total {
    fn endpoint(&self) -> &'static str {
        match self {
            Self::Day(_) => "get_all_cpc_ads_daily_performance",
            Self::Hour(_) => "get_all_cpc_ads_hourly_performance",
            Self::Balance(_) => "get_total_balance",
        }
    }
}

async fn write_totals(db: &impl Db, fence: &Fence, totals: Vec<Total>) -> Result<Written, DbError> {
    let (mut days, mut hours, mut balance) = (Vec::new(), Vec::new(), None);
    for total in totals {
        match total {
            Total::Day(day) => days.push(day),
            Total::Hour(hour) => hours.push(hour),
            Total::Balance(of) => balance = Some(of),
        }
    }
    write_performance::shop_performance(db, fence, &days, &hours, balance.as_ref()).await
}

fn sample(rows: &impl Serialize) -> String {
    serde_json::to_string(rows).unwrap_or_default()
}

/// The answer, or `None` if Shopee says that the shop has no active ads account, which is recorded in `account`.
fn unless_without_ads<T>(
    answer: Result<T, ApiError>,
    account: &mut Option<String>,
) -> Result<Option<T>, ApiError> {
    match answer {
        Err(error) if error.is_without_ads() => {
            *account = Some(error.code);
            Ok(None)
        }
        answer => answer.map(Some),
    }
}

/// What the answers about a whole shop contain besides rows.
#[derive(Default)]
struct Totals {
    partial: bool,
    met: DriftCollector,
}

impl Totals {
    fn rows(&mut self, endpoint: &str, answer: Option<ShopPerformance>) -> Vec<Metrics> {
        let Some(answer) = answer else { return Vec::new() };
        let is_partial = answer.warning.is_some();
        self.partial |= is_partial;
        self.met.take(endpoint, &answer.malformed, &answer.unknown);
        answer.rows.into_iter().filter(|row| is_told(row, is_partial)).collect()
    }
}

type Key = (i64, NaiveDate, Option<u8>);

/// Rows by campaign, day and hour: a repeated row counts once.
#[derive(Default)]
struct Rows {
    rows: SortedMap<Key, Metrics>,
    partial: bool,
}

impl Rows {
    fn take(&mut self, asked: &[i64], answer: CampaignPerformance, bad: &mut SortedMap<i64, String>) {
        let asked: SortedSet<i64> = asked.iter().copied().collect();
        for malformed in answer.malformed {
            let reason = format!("{}: {}", malformed.field, malformed.reason);
            if let Some(id) = malformed.campaign_id.filter(|id| asked.contains(id)) {
                bad.insert(id, reason);
            }
        }
        let partial = answer.warning.is_some();
        self.partial |= partial;
        for row in answer.rows.into_iter().filter(|row| asked.contains(&row.campaign_id)) {
            if is_told(&row.metrics, partial) {
                self.rows.insert((row.campaign_id, row.metrics.date, row.metrics.hour), row.metrics);
            }
        }
    }
}

/// Whether the row is reliable: if Shopee warns that figures are missing, zeros may stand for them.
fn is_told(row: &Metrics, partial: bool) -> bool {
    !(partial && row.is_zero())
}

fn unique(rows: Vec<Metrics>) -> Vec<Metrics> {
    let rows: SortedMap<_, _> = rows.into_iter().map(|row| ((row.date, row.hour), row)).collect();
    rows.into_values().collect()
}

fn measures(row: &Metrics) -> Measures {
    Measures {
        impression: row.impression,
        clicks: row.clicks,
        expense: row.expense,
        direct_order: row.direct_order,
        direct_gmv: row.direct_gmv,
        broad_order: row.broad_order,
        broad_gmv: row.broad_gmv,
        direct_item_sold: row.direct_item_sold,
        broad_item_sold: row.broad_item_sold,
    }
}

/// The day's row; `None` for a day that was requested only because windows of one day are refused.
fn campaign_day(campaign_id: i64, row: &Metrics, window: &Window) -> Option<CampaignDay> {
    let day = CampaignDay { campaign_id, performance_date: row.date, measures: measures(row) };
    (row.date >= window.daily_from).then_some(day)
}

fn campaign_hour(campaign_id: i64, row: &Metrics) -> Option<CampaignHour> {
    let hour = i32::from(row.hour?);
    Some(CampaignHour { campaign_id, performance_date: row.date, hour, measures: measures(row) })
}

fn shop_day(row: &Metrics, window: &Window) -> Option<ShopDay> {
    let day = ShopDay { performance_date: row.date, measures: measures(row) };
    (row.date >= window.daily_from).then_some(day)
}

fn shop_hour(row: &Metrics) -> Option<ShopHour> {
    let hour = i32::from(row.hour?);
    Some(ShopHour { performance_date: row.date, hour, measures: measures(row) })
}
