//! Postgres through Hyperdrive.
//!
//! One client an invocation: sockets belong to the invocation that opened them, and Hyperdrive keeps the real
//! connections. Dropping the client closes the socket.

use super::log;
use serde_json::json;
use store::Postgres;
use sync_flow::host::Level;
use tokio_postgres::{Config, NoTls};
use worker::Env;

/// Connects.
///
/// # Errors
/// A text for the log; it never holds the password.
pub async fn connect(env: &Env) -> Result<Postgres, String> {
    let hyperdrive = env.hyperdrive("DB").map_err(|error| format!("no Hyperdrive binding DB: {error}"))?;
    let mut config = Config::new();
    config
        .user(hyperdrive.user())
        .password(hyperdrive.password())
        .dbname(hyperdrive.database())
        .application_name("apishopee-ads-sync");
    let socket = hyperdrive.connect().map_err(|error| format!("no socket to Postgres: {error}"))?;
    let (client, connection) = config
        .connect_raw(socket, NoTls)
        .await
        .map_err(|error| format!("Postgres refused the connection: {error}"))?;
    wasm_bindgen_futures::spawn_local(async move {
        if let Err(error) = connection.await {
            log::line(Level::Warn, "postgres_connection_lost", json!({ "error": error.to_string() }));
        }
    });
    Ok(Postgres(client))
}
