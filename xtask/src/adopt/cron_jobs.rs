//! The incumbent's pg_cron jobs.

use super::{query, report::Section};
use anyhow::Result;
use serde::Deserialize;
use store::Postgres;

/// A job that calls the incumbent.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Job {
    pub id: i64,
    name: Option<String>,
    schedule: String,
    command: String,
    pub active: bool,
}

#[derive(Deserialize)]
struct Access {
    exists: bool,
    readable: bool,
    /// Row security hides other roles' jobs.
    own_only: bool,
    role: String,
}

const ACCESS: &str = "
    SELECT jsonb_build_object('exists', c.oid IS NOT NULL, 'role', current_user,
      'readable', coalesce(has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'), false),
      'own_only', coalesce(row_security_active(c.oid), false))::text
    FROM (SELECT) AS one LEFT JOIN pg_class c ON c.relname = 'job' AND c.relkind = 'r'
      AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'cron')";

/// Matched by name or by the command's text. Older versions of the extension have no job names.
const JOBS: &str = "
    SELECT jsonb_build_object('id', j.jobid, 'name', to_jsonb(j) ->> 'jobname', 'schedule', j.schedule,
      'command', j.command, 'active', coalesce((to_jsonb(j) ->> 'active')::boolean, true))::text
    FROM cron.job j
    WHERE to_jsonb(j) ->> 'jobname' IN ('ads-sync-queue-processor-chunked', 'ads-sync-stuck-cleanup', 'ads-sync-job',
        'ads-backfill-job', 'ads-budget-scheduler', 'ads-sync-queue-cleanup')
      OR j.command ~* '(apishopee[_-](scheduled[_-])?ads|process_sync_queue|enqueue_all_shops_sync|cleanup_(old_sync_queue|stuck_ads_sync))'
    ORDER BY j.jobid";

impl Job {
    fn describe(&self) -> String {
        let name = self.name.as_deref().unwrap_or("without a name");
        format!("job {} '{name}' ({}): {}", self.id, self.schedule, redacted_command(&self.command))
    }

    /// The statement that switches it on or off.
    pub fn switch_sql(&self, active: bool) -> String {
        format!("SELECT cron.alter_job(job_id := {}, active := {active});", self.id)
    }
}

/// A command up to its first argument, since arguments may contain a key.
fn redacted_command(command: &str) -> String {
    let head: String =
        command.chars().take_while(|c| !matches!(c, '(' | '\'' | '"' | '$' | '{')).take(60).collect();
    let head = head.split_whitespace().collect::<Vec<_>>().join(" ");
    if head.len() < command.trim().len() { format!("{head} …") } else { head }
}

/// The incumbent's active jobs; none if `cron.job` is not readable.
pub(super) async fn active(db: &Postgres) -> Result<Vec<Job>> {
    Ok(all(db).await?.into_iter().filter(|job| job.active).collect())
}

/// The incumbent's jobs; none if `cron.job` is not readable.
pub(super) async fn all(db: &Postgres) -> Result<Vec<Job>> {
    let access: Access = query::one(db, ACCESS, &[]).await?;
    if access.readable { query::rows(db, JOBS, &[]).await } else { Ok(Vec::new()) }
}

pub(super) async fn check(db: &Postgres) -> Result<Section> {
    let mut section = Section::new("Old cron jobs");
    let access: Access = query::one(db, ACCESS, &[]).await?;
    if !access.exists {
        section.info(
            "pg_cron is not in this database; if it is in another of the server, look for the jobs there",
        );
        return Ok(section);
    }
    if !access.readable {
        let remedy =
            format!("GRANT USAGE ON SCHEMA cron TO {0}; GRANT SELECT ON cron.job TO {0};", access.role);
        section.warn(format!("{} may not read cron.job, so its jobs are not known", access.role), remedy);
        return Ok(section);
    }
    if access.own_only {
        let text = format!("only jobs of {} can be seen", access.role);
        section.warn(text, "look as the role that has made the jobs, often postgres");
    }
    let jobs = all(db).await?;
    for job in &jobs {
        match job.active {
            true => section.warn(
                format!("{} — to be switched off at the switch", job.describe()),
                job.switch_sql(false),
            ),
            false => section.info(format!("{} — is off", job.describe())),
        }
    }
    if jobs.is_empty() {
        section.info("none calls the incumbent");
    }
    Ok(section)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_behind_the_first_argument_is_shown() {
        let command =
            "SELECT net.http_post(url := 'https://x', headers := '{\"Authorization\": \"Bearer hush\"}')";
        assert_eq!(redacted_command(command), "SELECT net.http_post …");
        assert_eq!(redacted_command("DO $$ BEGIN PERFORM x('hush'); END $$"), "DO …");
        assert_eq!(redacted_command("VACUUM apishopee_ads_sync_queue"), "VACUUM apishopee_ads_sync_queue");
    }
}
