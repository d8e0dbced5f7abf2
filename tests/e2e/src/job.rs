//! A row of the queue table.

use crate::World;
use anyhow::{Result, ensure};
use std::fmt;

/// A job.
pub struct Job<'w> {
    world: &'w World,
    /// The row's id.
    pub id: String,
}

impl<'w> Job<'w> {
    pub(crate) fn new(world: &'w World, id: String) -> Self {
        Self { world, id }
    }

    /// Waits until it has this status. Answers with its message.
    ///
    /// # Errors
    /// It does not happen in time.
    pub async fn until(&self, status: &str) -> Result<String> {
        let query = "SELECT status = $2 FROM apishopee_ads_sync_queue WHERE id::text = $1";
        self.world.until(&format!("job {self} to be {status}"), query, &[&self.id, &status]).await?;
        let message = "SELECT coalesce(error_message, '') FROM apishopee_ads_sync_queue WHERE id::text = $1";
        self.world.value(message, &[&self.id]).await
    }

    /// Changes the row. `assignments` are SQL, for example `chunk_size = -7`.
    ///
    /// # Errors
    /// Postgres refuses, or the row is gone.
    pub async fn update(&self, assignments: &str) -> Result<()> {
        let update = format!("UPDATE apishopee_ads_sync_queue SET {assignments} WHERE id::text = $1");
        ensure!(self.world.db.execute(&update, &[&self.id]).await? == 1, "job {self} is gone");
        Ok(())
    }
}

impl fmt::Display for Job<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}
