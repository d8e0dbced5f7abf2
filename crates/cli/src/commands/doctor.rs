//! `apishopee doctor`

use crate::{
    failure::{Failure, Kind},
    output::{self, Format},
    session::Session,
};
use api::doctor::{Doctor, Status};
use serde_json::Value;

pub fn run(session: &Session) -> Result<(), Failure> {
    let answer: Value = session.client.get("/v1/doctor", &[])?;
    let doctor: Doctor = output::typed(answer.clone())?;
    if session.format == Format::Json {
        output::line(&answer.to_string());
    } else {
        for check in &doctor.checks {
            output::line(&format!("{:7} {}: {}", word(check.status), check.name, check.found));
            if let Some(todo) = &check.todo {
                output::line(&format!("        → {todo}"));
            }
        }
    }
    match doctor.status {
        Status::Failure => Err(Failure::new(Kind::Failed, "something is not as it must be")),
        Status::Ok | Status::Warning | Status::Unknown => Ok(()),
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Warning => "warning",
        Status::Failure => "FAILURE",
        Status::Unknown => "unknown",
    }
}
