//! The progress of listing campaign ids.

use super::paging::Paging;
use serde::{Deserialize, Serialize};

/// The progress of a listing. After a crash it resumes at the next page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The next page.
    pub paging: Paging,
    /// Pages taken so far.
    pub pages: u32,
    /// Calls made so far, including failed ones.
    pub calls: u32,
    /// Attempts started.
    pub attempt: u32,
    /// Consecutive failed attempts.
    pub failures: u32,
    /// Consecutive start messages without an answer.
    pub unanswered: u32,
    /// The deadline of the current attempt, unix milliseconds.
    pub lease_until_ms: Option<i64>,
    /// When to send a start message again, unix milliseconds.
    pub resend_at_ms: Option<i64>,
    /// The last error.
    pub last_error: Option<String>,
    /// Rows without a usable id.
    #[serde(default)]
    pub unreadable: u32,
    /// Whether the listing has ended and each of its rows had an id: a campaign that is not in it has left Shopee.
    #[serde(default)]
    pub complete: bool,
    /// Ids that were in a chunk before the listing ended, at the beginning of the plan.
    #[serde(default)]
    pub early: u32,
}

impl Listing {
    pub(crate) fn new(resend_at_ms: i64) -> Self {
        Self {
            paging: Paging::default(),
            pages: 0,
            calls: 0,
            attempt: 0,
            failures: 0,
            unanswered: 0,
            lease_until_ms: None,
            resend_at_ms: Some(resend_at_ms),
            last_error: None,
            unreadable: 0,
            complete: false,
            early: 0,
        }
    }

    /// When the listing next needs the alarm, unix milliseconds.
    pub(crate) fn due_ms(&self, paused: bool, hold_ms: Option<i64>) -> Option<i64> {
        let resend = self.resend_at_ms.filter(|_| !paused).map(|at| at.max(hold_ms.unwrap_or(i64::MIN)));
        [self.lease_until_ms, resend].into_iter().flatten().min()
    }
}
