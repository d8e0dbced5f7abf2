//! Postgres through Hyperdrive.
//!
//! A connection belongs to the invocation that opened it; Hyperdrive keeps the real ones. It carries one statement at a
//! time: pgbouncer before 1.21 takes the server away from a client that sends its next statement before the last answer
//! is complete, and sends the rest of that statement to another server. After any error the connection is closed, and
//! the next statement opens another one. A late or damaged statement is sent once more, since every statement of `store`
//! may be repeated.

use super::{
    deadline::{Deadlines, within},
    log,
    socket::SharedSocket,
};
use compact::json;
use postgres_client::Login;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use store::{Db, DbError, Param, Session, Statement};
use sync_flow::error::FlowError;
use sync_flow::host::Level;
use tokio::sync::Mutex;
use worker::Env;

/// How often a statement is sent at most.
const SENDS_MAX: i64 = super::deadline::SENDS_MAX;

/// An invocation's connection to Postgres.
pub struct Connection<'e> {
    env: &'e Env,
    deadlines: Deadlines,
    open: RefCell<Option<Rc<Open>>>,
}

/// An open connection.
struct Open {
    session: Session<SharedSocket>,
    socket: SharedSocket,
    /// Held by the statement that is under way.
    turn: Mutex<()>,
    /// Whether no statement is under way, and none has failed or was abandoned.
    is_clean: Cell<bool>,
}

/// Otherwise an object, which outlives its events, would keep the connection.
impl Drop for Open {
    fn drop(&mut self) {
        let socket = self.socket.clone();
        wasm_bindgen_futures::spawn_local(async move { socket.end().await });
    }
}

/// Connects.
///
/// # Errors
/// A text for the log; it never contains the password.
pub async fn connect(env: &Env, deadlines: Deadlines) -> Result<Connection<'_>, FlowError> {
    let open = open(env, deadlines.connect_ms).await?;
    Ok(Connection { env, deadlines, open: RefCell::new(Some(Rc::new(open))) })
}

impl Db for Connection<'_> {
    async fn rows(&self, statement: &Statement, params: &[Param<'_>]) -> Result<Vec<String>, DbError> {
        let mut sends = 1;
        loop {
            match self.send(statement, params).await {
                Err(error) if (error.may_be_damage() || error.is_late) && sends < SENDS_MAX => sends += 1,
                other => return other,
            }
        }
    }
}

impl Connection<'_> {
    async fn send(&self, statement: &Statement, params: &[Param<'_>]) -> Result<Vec<String>, DbError> {
        let ms = self.deadlines.statement_ms;
        loop {
            let open = self.open().await?;
            let turn = open.turn.lock().await;
            if !open.is_clean.replace(false) {
                self.forget(&open);
                continue;
            }
            let answer = within(ms, open.session.rows(statement, params)).await;
            let answer = answer.unwrap_or_else(|| Err(DbError::late(statement.name, ms)));
            if answer.is_ok() {
                open.is_clean.set(true);
            }
            // No statement needs to wait until the connection is closed.
            drop(turn);
            if let Err(error) = &answer {
                self.close(&open, statement, error).await;
            }
            return answer;
        }
    }

    /// Makes the next statement use another connection.
    fn forget(&self, open: &Rc<Open>) {
        self.open.borrow_mut().take_if(|kept| Rc::ptr_eq(kept, open));
    }

    async fn close(&self, open: &Rc<Open>, statement: &Statement, error: &DbError) {
        self.forget(open);
        if error.is_of_the_connection() {
            let fields = json!({ "statement": statement.name, "error": error.to_string(), "may_be_damage": error.may_be_damage() });
            log::line(Level::Warn, "postgres_connection_closed", fields);
        }
        open.socket.close().await;
    }

    /// The open connection, or a new one.
    async fn open(&self) -> Result<Rc<Open>, DbError> {
        let kept = self.open.borrow().clone();
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let open = Rc::new(
            open(self.env, self.deadlines.connect_ms)
                .await
                .map_err(|error| DbError::new(error.to_string()))?,
        );
        // Of two connections opened at the same time, the later one is kept; the other ends with its statement.
        self.open.borrow_mut().replace(Rc::clone(&open));
        Ok(open)
    }
}

async fn open(env: &Env, ms: i64) -> Result<Open, FlowError> {
    let hyperdrive = env
        .hyperdrive("DB")
        .map_err(|error| FlowError::Platform(format!("no Hyperdrive binding DB: {error}")))?;
    let socket = hyperdrive
        .connect()
        .map_err(|error| FlowError::Platform(format!("no socket to Postgres: {error}")))?;
    let socket = SharedSocket::new(socket);
    let (user, password, database) = (hyperdrive.user(), hyperdrive.password(), hyperdrive.database());
    let login = Login {
        user: &user,
        password: &password,
        database: &database,
        application_name: "apishopee-ads-sync",
    };
    let Some(opened) = within(ms, Session::open(socket.clone(), &login)).await else {
        socket.close().await;
        return Err(FlowError::Platform(format!("Postgres did not take the connection within {ms} ms")));
    };
    let session =
        opened.map_err(|error| FlowError::Platform(format!("Postgres refused the connection: {error}")))?;
    Ok(Open { session, socket, turn: Mutex::new(()), is_clean: Cell::new(true) })
}
