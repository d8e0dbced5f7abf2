//! The server's version and settings, and the connected role's privileges.

use super::{catalog::Catalog, query, report::Section};
use anyhow::Result;
use serde::Deserialize;
use store::Postgres;

/// The first version that supports everything the migrations use.
const VERSION_MIN: i32 = 130_000;

#[derive(Deserialize)]
struct Server {
    version: String,
    number: i32,
    encoding: String,
    standby: bool,
    schema: Option<String>,
    may_create: bool,
    role: String,
    /// Roles that a web API in front of the database uses for public access.
    web_roles: Vec<String>,
}

const SERVER: &str = "
    SELECT jsonb_build_object('version', split_part(current_setting('server_version'), ' ', 1),
      'number', current_setting('server_version_num')::int, 'encoding', current_setting('server_encoding'),
      'standby', pg_is_in_recovery(), 'schema', current_schema(),
      'may_create', coalesce(has_schema_privilege(current_schema(), 'CREATE'), false), 'role', current_user,
      'web_roles', (SELECT coalesce(jsonb_agg(rolname ORDER BY rolname), '[]') FROM pg_roles
        WHERE rolname IN ('anon', 'authenticated')))::text";

pub(super) async fn check(db: &Postgres) -> Result<Section> {
    let mut section = Section::new("Server");
    let server: Server = query::one(db, SERVER, &[]).await?;
    let version = format!("Postgres {}, {}", server.version, server.encoding);
    if server.number < VERSION_MIN {
        section.block(format!("{version}: too old"), "13 is the least; upgrade the server");
    } else if server.encoding != "UTF8" {
        section.block(
            format!("{version}: names of campaigns need UTF8"),
            "restore the database into one of UTF8",
        );
    } else {
        section.info(format!("{version}: fit"));
    }
    if server.standby {
        section.block("it is a standby, which cannot be written to", "give the address of the primary");
    }
    match server.schema {
        None => section.block("no schema is set", "ALTER ROLE … SET search_path = public;"),
        Some(schema) if !server.may_create => section.block(
            format!("{} may make nothing in the schema {schema}", server.role),
            "connect as the role that owns the tables, or GRANT CREATE ON SCHEMA …;",
        ),
        Some(_) => {}
    }
    if !server.web_roles.is_empty() {
        section.warn(
            format!(
                "the roles {} are there: what default privileges have given them of our tables, views and functions is taken back",
                server.web_roles.join(", ")
            ),
            "a page that reads as one of them needs a GRANT of its own, and row security with policies; \
             tables that have row security on, and grants that are not just the default ones, stay as they are",
        );
    }
    Ok(section)
}

/// Tables and the view that the connected role may not alter.
pub(super) fn owners(catalog: &Catalog) -> Section {
    let mut section = Section::new("Owners");
    for relation in catalog.relations.iter().filter(|relation| !relation.owned) {
        section.block(
            format!("{} belongs to {}", relation.name, relation.owner),
            "connect as that role: who does not own a table cannot add a column",
        );
    }
    if section.findings.is_empty() {
        section.info("all tables may be altered");
    }
    section
}
