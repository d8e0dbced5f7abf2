//! `apishopee settings`

use crate::{
    arguments::{SettingsArguments, SettingsCommand},
    failure::Failure,
    output::{self, Column, Format},
    session::Session,
};
use api::{
    report::Items,
    setting::{ChangeSettings, Scalar, Setting},
};
use serde_json::Value;
use std::collections::BTreeMap;

pub fn run(session: &Session, arguments: SettingsArguments) -> Result<(), Failure> {
    let answer: Value = match arguments.command {
        None => {
            let shop = arguments.shop.map(|shop| shop.to_string());
            session.client.get("/v1/settings", &[("shop_id", shop)])?
        }
        Some(SettingsCommand::Set { name, value, reason }) => {
            let values = BTreeMap::from([(name, scalar(&value)?)]);
            session
                .client
                .patch("/v1/settings", &ChangeSettings { shop_id: arguments.shop, values, reason })?
        }
    };
    if session.format == Format::Json {
        output::line(&answer.to_string());
        return Ok(());
    }
    let all: Items<Value> = output::typed(answer)?;
    output::rows(session.format, &all.items, &columns())
}

/// `default` takes a value back.
fn scalar(text: &str) -> Result<Option<Scalar>, Failure> {
    if text == "default" {
        return Ok(None);
    }
    let read = serde_json::from_str(text).map(Some);
    read.map_err(|_| Failure::usage(format!("'{text}' must be a number, true, false or default")))
}

fn shown(value: Option<Scalar>) -> String {
    match value {
        None => String::new(),
        Some(Scalar::Boolean(value)) => value.to_string(),
        Some(Scalar::Integer(value)) => value.to_string(),
        Some(Scalar::Number(value)) => value.to_string(),
    }
}

fn columns() -> [Column<Setting>; 6] {
    [
        Column("setting", |row| row.name.clone()),
        Column("value", |row| shown(row.value)),
        Column("from", |row| row.from.clone()),
        Column("range", |row| format!("{} to {}", shown(row.min), shown(row.max))),
        Column("unit", |row| row.unit.clone()),
        Column("what it is", |row| row.description.clone()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_number_a_switch_or_the_default() {
        assert_eq!(scalar("5").unwrap(), Some(Scalar::Integer(5)));
        assert_eq!(scalar("0.5").unwrap(), Some(Scalar::Number(0.5)));
        assert_eq!(scalar("true").unwrap(), Some(Scalar::Boolean(true)));
        assert_eq!(scalar("default").unwrap(), None);
        assert!(scalar("five").is_err());
    }
}
