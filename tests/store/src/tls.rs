//! The address that somebody types, at a server that takes only connections with TLS.

use anyhow::{Context, Result, ensure};
use std::{fs, time::Duration};
use xtask::{
    migrate,
    stack::{
        Reaper, folder,
        postgres::{Postgres, connect},
    },
};

/// Writes a file into the server's folder as the server itself, readable by nobody else.
async fn write(server: &tokio_postgres::Client, name: &str, text: &str) -> Result<()> {
    let copy = format!(
        "COPY (SELECT unnest(string_to_array('{text}', E'\\n'))) TO PROGRAM 'umask 077; cat > {name}'"
    );
    server.batch_execute(&copy).await.map_err(Into::into)
}

/// A server that has a certificate of its own making for a name, and refuses whoever comes without TLS. Answers with the certificate.
async fn only_tls(postgres: &Postgres, name: &str) -> Result<String> {
    let made = rcgen::generate_simple_self_signed([name.to_owned()])?;
    let certificate = made.cert.pem();
    let server = connect(&postgres.url("postgres")).await?;
    write(&server, "server.crt", certificate.trim()).await?;
    write(&server, "server.key", made.signing_key.serialize_pem().trim()).await?;
    write(&server, "pg_hba.conf", "hostssl all all all scram-sha-256").await?;
    server.batch_execute("ALTER SYSTEM SET ssl = on").await?;
    server.batch_execute("SELECT pg_reload_conf()").await?;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while connect(&postgres.url("postgres")).await.is_ok() {
        ensure!(tokio::time::Instant::now() < deadline, "the server still takes connections without TLS");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(certificate)
}

async fn is_encrypted(url: &str) -> Result<bool> {
    let client = migrate::open(url).await?;
    let row = client.query_one("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[]).await?;
    Ok(row.get(0))
}

async fn play(postgres: &Postgres) -> Result<()> {
    let certificate = only_tls(postgres, "127.0.0.1").await?;
    let (own, another) = (tempfile::NamedTempFile::new()?, tempfile::NamedTempFile::new()?);
    fs::write(own.path(), certificate)?;
    fs::write(another.path(), rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?.cert.pem())?;
    let url = postgres.url("postgres");
    let with = |query: &str| format!("{url}?{query}");
    let rooted = |file: &tempfile::NamedTempFile| {
        with(&format!("sslmode=verify-full&sslrootcert={}", file.path().display()))
    };
    for url in [url.clone(), with("sslmode=require"), rooted(&own)] {
        ensure!(is_encrypted(&url).await?, "it is not encrypted");
    }
    for (url, reason) in [
        (with("sslmode=disable"), "no encryption"),
        (with("sslmode=verify-full"), "invalid peer certificate"),
        (rooted(&another), "invalid peer certificate"),
        (rooted(&own).replace("127.0.0.1", "localhost"), "invalid peer certificate"),
    ] {
        let error = format!("{:#}", migrate::open(&url).await.err().context("let in")?);
        ensure!(error.contains(reason) && !error.contains(postgres.password()), "{error}");
    }
    ensure!(!migrate::up(&with("sslmode=require"), |_| ()).await?.is_empty(), "nothing was applied");
    Ok(())
}

#[tokio::test]
async fn an_address_is_reached_with_tls_and_checked_as_it_says() -> Result<()> {
    let folder = folder()?;
    let reaper = Reaper::start(folder.path())?;
    let postgres = Postgres::start(folder.path(), &reaper).await?;
    let played = play(&postgres).await;
    postgres.stop().await;
    played
}
