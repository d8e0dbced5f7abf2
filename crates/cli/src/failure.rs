//! Why a command failed, and the exit code that says so.

use api::{budget::csv::Line, problem::Problem};
use std::fmt;

/// What the exit code says; the numbers do not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The work itself failed: a run, a check, a test.
    Failed = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// The token is missing, wrong, has ended, or its role does not allow it.
    Token = 3,
    /// There is no such thing.
    NotFound = 4,
    /// The deployment refused: nothing was changed.
    Refused = 5,
    /// The deployment does not answer, or not now.
    Unreachable = 6,
}

/// A failure, in words for the person at the terminal.
#[derive(Debug)]
pub struct Failure {
    pub kind: Kind,
    pub message: String,
    /// What to do, where that is known.
    pub advice: Option<String>,
    /// What became of the lines of a file.
    pub lines: Vec<Line>,
}

impl Failure {
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), advice: None, lines: Vec::new() }
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    pub fn advised(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    /// Of an answer that is an error.
    pub fn of(problem: &Problem) -> Self {
        let kind = match problem.status {
            401 | 403 => Kind::Token,
            404 => Kind::NotFound,
            429 | 500.. => Kind::Unreachable,
            _ => Kind::Refused,
        };
        let field = problem.field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default();
        let failure =
            Self::new(kind, format!("{field}{} ({} {})", problem.detail, problem.status, problem.code));
        let failure = Self { lines: problem.lines.clone().unwrap_or_default(), ..failure };
        match (problem.status, problem.retry_after) {
            (_, Some(seconds)) => failure.advised(format!("try again in {seconds} s")),
            (401, None) => failure.advised("look at the context's token: apishopee context list"),
            (403, None) => failure.advised("ask for a token of a higher role"),
            _ => failure,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        self.advice.as_ref().map_or(Ok(()), |advice| write!(f, "\n  → {advice}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(status: u16) -> Problem {
        let code = "no_such".to_owned();
        Problem {
            kind: String::new(),
            title: String::new(),
            status,
            code,
            detail: "must be 5".to_owned(),
            field: Some("limit".to_owned()),
            rule: None,
            retry_after: None,
            lines: None,
        }
    }

    #[test]
    fn a_status_has_its_exit_code() {
        for (status, code) in
            [(400, 5), (401, 3), (403, 3), (404, 4), (409, 5), (422, 5), (429, 6), (502, 6), (503, 6)]
        {
            assert_eq!(Failure::of(&problem(status)).kind as i32, code, "{status}");
        }
    }

    #[test]
    fn a_failure_names_the_field_and_what_to_do() {
        let waits = Problem { retry_after: Some(7), ..problem(503) };
        assert_eq!(Failure::of(&waits).to_string(), "limit: must be 5 (503 no_such)\n  → try again in 7 s");
    }
}
