//! A database of its own for every test, reached both ways.

use anyhow::{Context, Result};
use std::{
    env,
    str::FromStr,
    sync::atomic::{AtomicU32, Ordering},
};
use store::Postgres;
use tokio::sync::OnceCell;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

/// The way to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    Direct,
    Pooler,
}

/// A database of one test.
pub struct Database {
    pub name: String,
    pub via: Via,
    /// What the store's functions take.
    pub db: Postgres,
}

/// Runs a test directly and through the pooler, each with a fresh, migrated database.
pub async fn each_way(test: impl AsyncFn(&Database) -> Result<()>) -> Result<()> {
    for via in [Via::Direct, Via::Pooler] {
        let database = Database::migrated(via).await?;
        test(&database).await.with_context(|| format!("{via:?}"))?;
        database.remove().await?;
    }
    Ok(())
}

/// As [`each_way`], at one moment: the test is one transaction, within which `now()` stands still, so no day, minute or
/// second ends between two of its statements.
pub async fn at_one_moment(test: impl AsyncFn(&Database) -> Result<()>) -> Result<()> {
    each_way(async |database| {
        database.sql("BEGIN").await?;
        test(database).await?;
        database.sql("COMMIT").await.map(drop)
    })
    .await
}

impl Database {
    /// A fresh database with nothing in it.
    pub async fn empty(via: Via) -> Result<Self> {
        Self::make(via, "template1").await
    }

    /// A fresh database with all migrations applied.
    pub async fn migrated(via: Via) -> Result<Self> {
        Self::make(via, template().await?).await
    }

    async fn make(via: Via, template: &str) -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("store_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        roles().await?;
        let admin = connect(Via::Direct, None).await?;
        admin.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await?;
        Ok(Self { db: Postgres(connect(via, Some(&name)).await?), name, via })
    }

    /// Another connection to the same database, the same way.
    pub async fn another(&self) -> Result<Postgres> {
        Ok(Postgres(connect(self.via, Some(&self.name)).await?))
    }

    /// A connection to the same database past the pooler, for what needs a session.
    pub async fn session(&self) -> Result<Client> {
        connect(Via::Direct, Some(&self.name)).await
    }

    /// Runs `blocked` until it waits for a lock that an open transaction of `holder` has, then ends that
    /// transaction with `end`.
    pub async fn while_locked<T>(
        &self,
        holder: &Client,
        end: &str,
        blocked: impl Future<Output = T>,
    ) -> Result<T> {
        let mut blocked = std::pin::pin!(blocked);
        tokio::select! {
            _ = &mut blocked => anyhow::bail!("it did not wait"),
            waiting = self.until_waiting(1) => waiting?,
        }
        run(holder, end).await?;
        Ok(blocked.await)
    }

    /// Runs something that no lock of anybody may hold up.
    pub async fn without_waiting<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        tokio::select! {
            done = work => Ok(done),
            waiting = self.until_waiting(1) => {
                waiting?;
                anyhow::bail!("it waits for a lock")
            }
        }
    }

    /// Returns when so many statements in this database wait for locks.
    pub async fn until_waiting(&self, statements: usize) -> Result<()> {
        let watcher = self.session().await?;
        let waiting = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while run(&watcher, waiting).await? != statements.to_string() {}
        Ok(())
    }

    /// Its address.
    pub fn url(&self) -> Result<String> {
        let variable = match self.via {
            Via::Direct => "TEST_DATABASE_URL",
            Via::Pooler => "TEST_PGBOUNCER_URL",
        };
        let url = env::var(variable).ok().context("run through `cargo xtask test`")?;
        let (server, _) = url.rsplit_once('/').context("no database in the address")?;
        Ok(format!("{server}/{}", self.name))
    }

    /// Applies the migrations; returns how many were new.
    pub async fn migrate(&self) -> Result<usize> {
        migrate(&self.name).await
    }

    /// Drops the database.
    pub async fn remove(self) -> Result<()> {
        let admin = connect(Via::Direct, None).await?;
        admin.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await?;
        Ok(())
    }

    /// Runs SQL as an operator would; the rows joined by `|` and newlines, NULL as nothing.
    pub async fn sql(&self, sql: &str) -> Result<String> {
        run(&self.db.0, sql).await
    }

    /// The message with which SQL is refused.
    pub async fn refusal(&self, sql: &str) -> Result<String> {
        match self.db.0.simple_query(sql).await {
            Ok(_) => anyhow::bail!("not refused: {sql}"),
            Err(error) => Ok(error.as_db_error().context("no answer of the server")?.message().to_owned()),
        }
    }
}

/// Runs SQL on a connection; the rows joined by `|` and newlines, NULL as nothing.
pub async fn run(client: &Client, sql: &str) -> Result<String> {
    let messages = client.simple_query(sql).await.with_context(|| sql.to_owned())?;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            let columns: Vec<&str> = (0..row.len()).map(|i| row.get(i).unwrap_or("")).collect();
            Some(columns.join("|"))
        }
        _ => None,
    });
    Ok(rows.collect::<Vec<_>>().join("\n"))
}

async fn connect(via: Via, database: Option<&str>) -> Result<Client> {
    let variable = match via {
        Via::Direct => "TEST_DATABASE_URL",
        Via::Pooler => "TEST_PGBOUNCER_URL",
    };
    let url = env::var(variable).ok().context("run through `cargo xtask test`")?;
    let mut config = Config::from_str(&url).with_context(|| format!("{variable} is no connection URL"))?;
    if let Some(database) = database {
        config.dbname(database);
    }
    let (client, connection) =
        config.connect(NoTls).await.with_context(|| format!("connect by {variable}"))?;
    tokio::spawn(connection);
    Ok(client)
}

async fn migrate(database: &str) -> Result<usize> {
    let mut client = connect(Via::Direct, Some(database)).await?;
    let report = refinery::Runner::new(&xtask::migrate::all()?).run_async(&mut client).await?;
    Ok(report.applied_migrations().len())
}

/// Makes the roles that tests grant something to. Roles are the server's, not a database's: two databases that make one at the
/// same time get in each other's way.
async fn roles() -> Result<()> {
    static MADE: OnceCell<()> = OnceCell::const_new();
    let make = async || connect(Via::Direct, None).await?.batch_execute(ROLES).await.context("roles");
    MADE.get_or_try_init(make).await.map(drop)
}

const ROLES: &str = "
    DO $$
    DECLARE
      wanted TEXT;
    BEGIN
      PERFORM pg_advisory_xact_lock(31);
      FOREACH wanted IN ARRAY ARRAY['anon', 'authenticated', 'service_role', 'ads_test_reader', 'ads_test_other',
                                    'columns_reader', 'columns_public'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
          EXECUTE format('CREATE ROLE %I', wanted);
        END IF;
      END LOOP;
      ALTER ROLE service_role BYPASSRLS;
    END
    $$";

/// The database that tests copy, so that the migrations run once.
async fn template() -> Result<&'static str> {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let name = TEMPLATE
        .get_or_try_init(|| async {
            let name = format!("store_template_{}", std::process::id());
            let admin = connect(Via::Direct, None).await?;
            admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await?;
            admin.batch_execute(&format!("CREATE DATABASE {name}")).await?;
            migrate(&name).await?;
            // Nobody may be connected to a database that is copied.
            admin.batch_execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await?;
            admin
                .simple_query(&format!(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
                ))
                .await?;
            anyhow::Ok(name)
        })
        .await?;
    Ok(name)
}
