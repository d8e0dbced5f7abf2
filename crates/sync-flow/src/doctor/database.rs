//! Postgres, and the clocks.

use super::{Facts, Finding, Gap, MIGRATE, clock, judged};
use api::doctor::Check;
use store::{
    doctor::Server,
    health::{Schema, VERSION},
};

/// The first version of the server that the migrations are for.
const SERVER_MIN: i32 = 130_000;

pub(super) fn check(facts: &Facts, checks: &mut Vec<Check>) {
    database(facts).add("database", checks);
    judged(&facts.schema, migrations).or_not_migrated(&facts.schema).add("migrations", checks);
    judged(&facts.server, rights).add("rights", checks);
    judged(&facts.server, time_zones).add("time_zones", checks);
    clock::check(
        &facts.postgres_clock,
        "put the check database right first",
        "set the clock of the database's server (NTP)",
    )
    .add("clock_postgres", checks);
    clock::check(
        &facts.shopee_clock,
        "check SHOPEE_BASE_URL, and whether Shopee is at work",
        "set the clock of the machine: Shopee refuses calls that are more than five minutes off",
    )
    .add("clock_shopee", checks);
}

fn database(facts: &Facts) -> Finding {
    let server = match &facts.server {
        Ok(server) => server,
        Err(gap @ Gap::NotMigrated) => return Finding::unknown(gap, ""),
        Err(Gap::Silent(text)) => {
            return Finding::failure(
                text.clone(),
                "check the Hyperdrive configuration (address, user, password), and that the server runs and has connections left",
            );
        }
    };
    let found = format!("Postgres {}, {}", server.version, server.encoding);
    if server.number < SERVER_MIN {
        return Finding::failure(found, "13 is the least; upgrade the server");
    }
    if server.encoding != "UTF8" {
        return Finding::failure(
            found,
            "names of campaigns need UTF8: restore the database into one of UTF8",
        );
    }
    if server.is_standby {
        return Finding::failure(
            format!("{found}, a standby that nothing can be written to"),
            "give Hyperdrive the address of the primary",
        );
    }
    Finding::ok(found)
}

fn migrations(schema: &Schema) -> Finding {
    let found = format!("at {}, and this release is at {VERSION}", schema.version);
    if !schema.missing.is_empty() {
        return Finding::failure(format!("{found}; missing: {}", schema.missing.join(", ")), MIGRATE);
    }
    match schema.version {
        VERSION => Finding::ok(found),
        version if version < VERSION => Finding::failure(found, MIGRATE),
        _ => Finding::warning(found, "deploy the release that the migrations belong to"),
    }
}

impl Finding {
    /// Without migrations it is certain what is wrong.
    fn or_not_migrated<T>(self, asked: &super::Asked<T>) -> Self {
        match asked {
            Err(Gap::NotMigrated) => Self::failure(self.found, MIGRATE),
            _ => self,
        }
    }
}

fn rights(server: &Server) -> Finding {
    if server.forbidden.is_empty() {
        return Finding::ok("the role may read and write all tables");
    }
    Finding::failure(
        format!("the role may not read or write: {}", server.forbidden.join(", ")),
        "GRANT SELECT, INSERT, UPDATE, DELETE on these tables to the role of the Hyperdrive configuration",
    )
}

fn time_zones(server: &Server) -> Finding {
    let todo = "update the time zone data of the database's server (tzdata), and restart it";
    if !server.regions_without_zone.is_empty() {
        let regions = server.regions_without_zone.join(", ");
        return Finding::failure(format!("the server does not know the time zones of {regions}"), todo);
    }
    if server.zones_are_old {
        return Finding::failure("the time zones are from before 2023: budgets are an hour off in MX", todo);
    }
    Finding::ok("the server knows those of all regions")
}
