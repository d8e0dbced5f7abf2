//! Writes the definitions that the migrations replace to an SQL file, since they cannot be read afterwards.

use super::{
    cron_jobs,
    expected_schema::{FUNCTIONS, VIEW},
    query,
};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt, path::Path};
use store::{Param, Postgres};

#[derive(Deserialize)]
struct Definitions {
    functions: Vec<String>,
    view: Option<View>,
}

#[derive(Deserialize)]
struct View {
    text: String,
    options: String,
}

const DEFINITIONS: &str = "
    SELECT jsonb_build_object(
      'functions', (SELECT coalesce(jsonb_agg(pg_get_functiondef(p.oid) ORDER BY p.oid), '[]') FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind = 'f'
          AND p.proname IN (SELECT jsonb_array_elements_text($1::jsonb))),
      'view', (SELECT jsonb_build_object('text', pg_get_viewdef(c.oid),
          'options', coalesce(array_to_string(c.reloptions, ', '), ''))
        FROM pg_class c WHERE c.oid = to_regclass($2) AND c.relkind = 'v'))::text";

/// Drops the functions, whatever their parameters are by then.
fn drop_functions() -> String {
    let names: Vec<_> = FUNCTIONS.iter().map(|name| format!("'{name}'")).collect();
    format!(
        "DO $drop$
DECLARE
  ours RECORD;
BEGIN
  FOR ours IN
    SELECT oid::regprocedure AS signature FROM pg_proc
    WHERE pronamespace = current_schema()::regnamespace AND prokind = 'f' AND proname IN ({})
  LOOP
    EXECUTE format('DROP FUNCTION %s', ours.signature);
  END LOOP;
END
$drop$;\n",
        names.join(", ")
    )
}

/// Writes the file, readable by its owner only: a function's text may contain a key.
///
/// # Errors
/// The file exists: it may be the only rollback script of an earlier take-over.
pub(super) async fn write(db: &Postgres, path: &Path) -> Result<()> {
    let names = serde_json::to_string(&FUNCTIONS)?;
    let old: Definitions = query::one(db, DEFINITIONS, &[Param::Text(&names), Param::Text(VIEW)]).await?;
    let mut sql = String::from(
        "-- Puts back the functions and the view that `cargo xtask adopt` replaced: psql -f this file. Tables keep what \
         was added\n-- to them. Stop the Worker and unseal the tokens first; docs/adoption.md tells the whole way.\n\
         BEGIN;\nSET LOCAL check_function_bodies = off;\n",
    );
    sql += &drop_functions();
    sql += &format!("DROP VIEW IF EXISTS {VIEW};\n");
    if let Some(View { text, options }) = old.view {
        let options = if options.is_empty() { options } else { format!(" WITH ({options})") };
        sql += &format!("CREATE VIEW {VIEW}{options} AS\n{text}\n");
    }
    for function in old.functions {
        sql += &format!("{};\n", function.trim_end());
    }
    sql += "COMMIT;\n";
    for job in cron_jobs::all(db).await? {
        sql += &format!("-- {}\n", job.switch_sql(true));
    }
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).with_context(|| {
            format!(
                "{} cannot be created; if it exists, keep it, and name another file with --way-back",
                path.display()
            )
        })?;
    file.write_all(sql.as_bytes())?;
    Ok(file.sync_all()?)
}
