//! A database of its own, whose clock the test sets.

use anyhow::{Context, Result};
use std::{env, str::FromStr};
use store::Postgres;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

/// From this package's folder, in which cargo runs the tests.
const MIGRATIONS: &str = "../../migrations";

/// `now()` of the statements is a setting: a function of that name before the server's own in the search path. Defaults
/// of columns were bound when the tables were made.
const CLOCK: &str = "
    CREATE SCHEMA sim;
    CREATE FUNCTION sim.now() RETURNS timestamptz LANGUAGE sql STABLE
      AS $$ SELECT ads_from_unix_ms(current_setting('sim.now_ms')::bigint) $$;
    ALTER TABLE apishopee_ads_sync_queue ALTER scheduled_at SET DEFAULT sim.now(), ALTER created_at SET DEFAULT sim.now();
    ALTER TABLE apishopee_ads_sync_runs ALTER started_at SET DEFAULT sim.now();
    ALTER TABLE apishopee_ads_alerts ALTER first_seen_at SET DEFAULT sim.now(), ALTER last_seen_at SET DEFAULT sim.now();
    ALTER TABLE apishopee_ads_dead_letters ALTER received_at SET DEFAULT sim.now();
    ALTER TABLE apishopee_ads_audit_log ALTER at SET DEFAULT sim.now();
    DO $$
    DECLARE
      ours RECORD;
    BEGIN
      -- Their own search path would lead them past the clock.
      FOR ours IN SELECT oid::regprocedure AS signature FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND 'search_path=public, pg_temp' = ANY (proconfig)
      LOOP
        EXECUTE format('ALTER FUNCTION %s RESET search_path', ours.signature);
      END LOOP;
    END
    $$;
    SET search_path = sim, public, pg_catalog;";

/// A view binds what it calls when it is made: this one is made again, in the schema of the clock.
const CADENCE: &str = include_str!("../../../../migrations/V19__cadence.sql");

/// A database on the test's server.
pub struct Server {
    name: String,
    pub db: Postgres,
}

impl Server {
    /// Makes it.
    pub async fn start() -> Result<Self> {
        let url = env::var("TEST_DATABASE_URL").ok().context("run through `cargo xtask test`")?;
        let name = format!("sim_conformance_{}", std::process::id());
        let admin = connect(&url, None).await?;
        admin.batch_execute(&format!("CREATE DATABASE {name}")).await?;
        let mut client = connect(&url, Some(&name)).await?;
        refinery::Runner::new(&refinery::load_sql_migrations(MIGRATIONS)?).run_async(&mut client).await?;
        client.batch_execute(CLOCK).await?;
        let view = CADENCE.split(";\n\n").find(|part| part.contains("VIEW v_ads_freshness"));
        client.batch_execute(view.context("the view is not where it was")?).await?;
        Ok(Self { name, db: Postgres(client) })
    }

    /// Drops it.
    pub async fn remove(self) -> Result<()> {
        drop(self.db);
        let admin = connect(&env::var("TEST_DATABASE_URL")?, None).await?;
        admin.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await?;
        Ok(())
    }

    /// Runs SQL of several statements.
    pub async fn batch(&self, sql: &str) -> Result<()> {
        self.db.0.batch_execute(sql).await.with_context(|| sql.to_owned())
    }

    /// Runs SQL; the first column of its rows.
    pub async fn sql(&self, sql: &str) -> Result<Vec<String>> {
        let messages = self.db.0.simple_query(sql).await.with_context(|| sql.to_owned())?;
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("").to_owned()),
            _ => None,
        });
        Ok(rows.collect())
    }
}

async fn connect(url: &str, database: Option<&str>) -> Result<Client> {
    let mut config = Config::from_str(url).context("TEST_DATABASE_URL is no connection URL")?;
    if let Some(database) = database {
        config.dbname(database);
    }
    let (client, connection) = config.connect(NoTls).await.context("connect by TEST_DATABASE_URL")?;
    tokio::spawn(connection);
    Ok(client)
}
