//! What all contenders work with: one Postgres with its pooler, and one fake Shopee. Each measurement gets a database and a
//! folder of its own.

use crate::{
    demo::{self, Ranges, Rows, Source, seed, seed::Shop},
    migrate,
    setup::Tools,
    stack::{self, PARTNER_ID, Reaper, pooler::Pooler, postgres, postgres::Postgres, secrets},
};
use anyhow::{Context, Result};
use mock_shopee::Server;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// Region of all shops: its clock is always seven hours ahead of UTC.
const REGION: &str = "VN";
/// See [`REGION`].
const REGION_HOURS: i64 = 7;
/// Seed of all campaigns.
const SEED: u64 = 7;
/// Timeout of requests to the fake.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(300);
/// Longer than any measurement: the fake's figures are complete until then, so that they do not change.
const WHOLE_DAYS: chrono::TimeDelta = chrono::TimeDelta::days(3);

/// The parts that all measurements share.
pub struct Rig {
    /// Keys and tokens.
    pub secrets: secrets::Secrets,
    /// The fake platform.
    pub shopee: Server,
    /// An HTTP client.
    pub http: reqwest::Client,
    /// Stops everything if this process is killed.
    pub reaper: Reaper,
    postgres: Postgres,
    pooler: Option<Pooler>,
    sites: AtomicU32,
    folder: tempfile::TempDir,
}

/// Where one measurement takes place.
pub struct Site {
    /// A connection to its database, direct.
    pub database: tokio_postgres::Client,
    /// The URL of its database, direct.
    pub url: String,
    /// The URL of its database through the pooler.
    pub pooled_url: String,
    /// A folder for logs and state.
    pub folder: PathBuf,
    name: String,
}

/// The delay of the fake's answers, in milliseconds: evenly spread over mean ± jitter.
#[derive(Clone, Copy, Debug)]
pub struct Latency {
    /// The mean.
    pub mean: u32,
    /// The most that an answer differs from it.
    pub jitter: u32,
}

/// As the race has it.
pub const LATENCY: Latency = Latency { mean: 150, jitter: 50 };

impl Rig {
    /// Starts Postgres, the pooler and the fake.
    ///
    /// # Errors
    /// One of them does not start; the message contains the end of its log.
    pub async fn start(tools: &Tools) -> Result<Self> {
        let folder = stack::folder()?;
        let reaper = Reaper::start(folder.path())?;
        let secrets = secrets::Secrets::random();
        let partner_key = secrets.partner_key.clone();
        let config =
            mock_shopee::Config { partner_id: PARTNER_ID, partner_key, ..mock_shopee::Config::default() };
        let shopee = Server::start(config).await.context("the fake Shopee did not start")?;
        let postgres = Postgres::start(folder.path(), &reaper).await?;
        let pooler = match &tools.pgbouncer {
            Some(program) => Some(Pooler::start(program, folder.path(), &postgres, &reaper).await?),
            None => None,
        };
        let http = reqwest::Client::builder().timeout(REQUEST_TIMEOUT).build()?;
        let sites = AtomicU32::new(0);
        Ok(Self { secrets, shopee, http, reaper, postgres, pooler, sites, folder })
    }

    /// Makes a database with a checkout's migrations, from which [`Self::site`] copies. `name` is a plain identifier.
    ///
    /// # Errors
    /// A migration fails.
    pub async fn template(&self, name: &str, checkout: &Path) -> Result<()> {
        self.postgres.create_database(name).await?;
        migrate::up_from(checkout, &self.postgres.url(name), |_| ()).await?;
        Ok(())
    }

    /// A new database and folder, and a fake without shops and calls.
    ///
    /// # Errors
    /// Postgres or the fake does not respond.
    pub async fn site(&self, template: &str, latency: Latency) -> Result<Site> {
        let name = format!("site_{}", self.sites.fetch_add(1, Ordering::Relaxed));
        let server = postgres::connect(&self.postgres.url("postgres")).await?;
        server.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await?;
        // Otherwise what one contender has written is flushed while the next one is measured.
        server.batch_execute("CHECKPOINT").await?;
        self.control(Method::POST, "/_mock/reset", &Value::Null).await?;
        let Latency { mean, jitter } = latency;
        let behaviour = json!({
            "latency_ms": { "mean": mean, "jitter": jitter },
            "data_as_of_ms": (now() + WHOLE_DAYS).timestamp_millis(),
        });
        self.control(Method::PUT, "/_mock/behaviour", &behaviour).await?;
        let url = self.postgres.url(&name);
        let pooled_url = self.pooler.as_ref().map_or_else(|| url.clone(), |pooler| pooler.url(&name));
        let folder = self.folder.path().join(&name);
        fs::create_dir_all(&folder)?;
        Ok(Site { database: postgres::connect(&url).await?, url, pooled_url, folder, name })
    }

    /// Drops the database of a site.
    ///
    /// # Errors
    /// Postgres does not respond.
    pub async fn clear(&self, site: Site) -> Result<()> {
        let server = postgres::connect(&self.postgres.url("postgres")).await?;
        server.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", site.name)).await?;
        Ok(())
    }

    /// Makes the fake refuse what is faster than this many calls a second of the app; a burst is one second's worth.
    ///
    /// # Errors
    /// The fake does not respond.
    pub async fn limit(&self, calls_per_second: u32) -> Result<()> {
        let rate = json!({ "rate": { "per_app": calls_per_second } });
        self.control(Method::PUT, "/_mock/behaviour", &rate).await.map(drop)
    }

    /// Makes shops at the fake and in the database. Returns their access tokens.
    ///
    /// # Errors
    /// The fake or Postgres does not respond.
    pub async fn shops(&self, site: &Site, shops: &[Shop]) -> Result<Vec<String>> {
        let insert =
            "INSERT INTO apishopee_shops (shop_id, shop_name, region, access_token) VALUES ($1, $2, $3, $4)";
        let mut tokens = Vec::new();
        for shop in shops {
            let (name, token) = (format!("Shop {}", shop.id), secrets::random_hex());
            let body = json!({
                "name": name, "region": REGION, "campaigns": shop.campaigns, "seed": SEED, "access_token": token,
            });
            self.control(Method::PUT, &format!("/_mock/shops/{}", shop.id), &body).await?;
            site.database.execute(insert, &[&shop.id, &name, &REGION, &token]).await?;
            tokens.push(token);
        }
        demo::settings::rates(&site.database).await?;
        // Otherwise a sync leaves out campaigns that cannot have spent, and does less than the others.
        let all = "UPDATE apishopee_ads_sync_settings SET realtime_all_campaigns = true WHERE shop_id = 0";
        site.database.execute(all, &[]).await?;
        Ok(tokens)
    }

    /// Compares the rows of a shop with what a perfect sync of today and yesterday would have stored.
    ///
    /// # Errors
    /// The fake or Postgres does not respond.
    pub async fn compare(&self, site: &Site, shop: &Shop, days: &Days) -> Result<Rows> {
        let shopee_url = &self.shopee.url();
        let source = Source { database: &site.database, http: &self.http, shopee_url };
        let daily = Ranges::from([(days.from.clone(), days.to.clone())]);
        let hourly = Ranges::from([(days.to.clone(), days.to.clone())]);
        demo::rows_of_days(&source, shop, &daily, &hourly).await
    }

    /// The process groups of Postgres and the pooler.
    pub fn process_groups(&self) -> impl Iterator<Item = i32> {
        let pooler = self.pooler.as_ref().and_then(Pooler::process_group);
        self.postgres.process_group().into_iter().chain(pooler)
    }

    /// Calls the fake's control API.
    ///
    /// # Errors
    /// The fake rejects the request.
    pub async fn control(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        seed::control_at(&self.http, &self.shopee.url(), method, path, body).await
    }

    /// Stops everything.
    pub async fn stop(self) {
        if let Some(pooler) = self.pooler {
            pooler.stop().await;
        }
        self.postgres.stop().await;
        self.shopee.stop().await;
    }
}

/// The days that a sync fetches, `YYYY-MM-DD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Days {
    /// Yesterday.
    pub from: String,
    /// Today.
    pub to: String,
}

impl Days {
    /// Those of the shops, now.
    #[must_use]
    pub fn now() -> Self {
        let today = (now() + chrono::TimeDelta::hours(REGION_HOURS)).date_naive();
        let day = |date: chrono::NaiveDate| date.format("%Y-%m-%d").to_string();
        Self { from: day(today.pred_opt().unwrap_or(today)), to: day(today) }
    }
}

/// The machine's time.
#[expect(clippy::disallowed_methods, reason = "the contenders live by the machine's clock")]
pub fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}
