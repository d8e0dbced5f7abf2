//! What `GET /v1/doctor` makes of the facts that it has gathered: one check a question, each with what to do.
//! Nothing here asks anybody.

mod clock;
mod database;
mod platform;
mod work;

#[cfg(test)]
mod tests;

pub use clock::Clock;

use crate::config::Config;
use crate::error::FlowError;
use api::{
    app::App,
    doctor::{Check, Doctor, Status},
};
use store::{
    DbError,
    doctor::{Server, Work},
    health::Schema,
};

/// Everything that was asked, and what came of it.
pub struct Facts {
    /// When, unix milliseconds.
    pub now_ms: i64,
    /// The variables and secrets.
    pub config: Result<Config, FlowError>,
    /// The entries of `API_TOKENS`.
    pub tokens: Tokens,
    /// `TEST_CRASH` is set.
    pub crashes: bool,
    /// Bindings that are not there.
    pub missing_bindings: Vec<&'static str>,
    /// The server.
    pub server: Asked<Server>,
    /// The migrations.
    pub schema: Asked<Schema>,
    /// The work.
    pub work: Asked<Work>,
    /// The database's clock.
    pub postgres_clock: Asked<Clock>,
    /// Shopee's clock.
    pub shopee_clock: Asked<Clock>,
    /// The governors of the partner apps, by the app's id.
    pub governors: Vec<(i64, Asked<App>)>,
    /// The object of [`Work::shop`]; `None` if it was not asked.
    pub shop: Option<Asked<()>>,
}

/// The entries of `API_TOKENS`, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Of the role admin.
    pub admins: usize,
    /// Of the other roles.
    pub others: usize,
    /// That give nobody access.
    pub unreadable: usize,
}

/// An answer, or why there is none.
pub type Asked<T> = Result<T, Gap>;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// The database lacks what the question names.
    NotMigrated,
    /// Nobody answered; the text is for people.
    Silent(String),
}

impl Gap {
    /// A question that was never put, since the one before it was not answered.
    #[must_use]
    pub fn not_asked() -> Self {
        Self::Silent("not asked: the database does not answer".to_owned())
    }
}

impl From<DbError> for Gap {
    fn from(error: DbError) -> Self {
        if error.is_missing() { Self::NotMigrated } else { Self::Silent(error.to_string()) }
    }
}

impl From<FlowError> for Gap {
    fn from(error: FlowError) -> Self {
        match error {
            FlowError::Database(error) => error.into(),
            error => Self::Silent(error.to_string()),
        }
    }
}

/// Decides all checks.
#[must_use]
pub fn examine(facts: &Facts) -> Doctor {
    let mut checks = Vec::new();
    platform::check(facts, &mut checks);
    database::check(facts, &mut checks);
    work::check(facts, &mut checks);
    let has = |status| checks.iter().any(|check| check.status == status);
    let status = if has(Status::Failure) {
        Status::Failure
    } else if has(Status::Warning) || has(Status::Unknown) {
        Status::Warning
    } else {
        Status::Ok
    };
    Doctor { status, checked_at_ms: facts.now_ms, checks }
}

const MIGRATE: &str = "run cargo xtask migrate --database-url with the database's address";

/// What was seen, and what to do where it is not ok.
struct Finding {
    status: Status,
    found: String,
    todo: &'static str,
}

impl Finding {
    fn ok(found: impl Into<String>) -> Self {
        Self { status: Status::Ok, found: found.into(), todo: "" }
    }

    fn warning(found: impl Into<String>, todo: &'static str) -> Self {
        Self { status: Status::Warning, found: found.into(), todo }
    }

    fn failure(found: impl Into<String>, todo: &'static str) -> Self {
        Self { status: Status::Failure, found: found.into(), todo }
    }

    fn unknown(gap: &Gap, todo: &'static str) -> Self {
        let (found, todo) = match gap {
            Gap::NotMigrated => ("the database lacks migrations", MIGRATE),
            Gap::Silent(text) => (text.as_str(), todo),
        };
        Self { status: Status::Unknown, found: found.to_owned(), todo }
    }

    /// Adds the check of this name.
    fn add(self, name: &str, checks: &mut Vec<Check>) {
        let todo = Some(self.todo).filter(|todo| !todo.is_empty()).map(str::to_owned);
        checks.push(Check { name: name.to_owned(), status: self.status, found: self.found, todo });
    }
}

/// What an answer is judged to be; without one it is unknown.
fn judged<T>(asked: &Asked<T>, judge: impl FnOnce(&T) -> Finding) -> Finding {
    asked.as_ref().map_or_else(|gap| Finding::unknown(gap, "put the check database right first"), judge)
}
