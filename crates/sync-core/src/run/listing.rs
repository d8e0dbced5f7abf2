//! Where the listing of campaign ids stands.

use super::paging::Paging;
use serde::{Deserialize, Serialize};

/// Where a listing stands. A crash resumes it at the page that was next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Which page is next.
    pub paging: Paging,
    /// Pages taken so far.
    pub pages: u32,
    /// Calls made so far, failed ones included.
    pub calls: u32,
    /// Attempts that were started.
    pub attempt: u32,
    /// Attempts that failed, one after another.
    pub failures: u32,
    /// Start messages that nobody has answered, one after another.
    pub unanswered: u32,
    /// The present attempt's deadline, unix milliseconds.
    pub lease_until_ms: Option<i64>,
    /// When to send a start message again, unix milliseconds.
    pub resend_at_ms: Option<i64>,
    /// The last error.
    pub last_error: Option<String>,
    /// Rows without a usable id.
    #[serde(default)]
    pub unreadable: u32,
    /// It has ended, and each of its rows had an id: what is not in it has left the platform. Then the plan is in the order
    /// of the ids.
    #[serde(default)]
    pub complete: bool,
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
        }
    }

    /// When the listing needs the alarm, unix milliseconds.
    pub(crate) fn due_ms(&self, paused: bool, hold_ms: Option<i64>) -> Option<i64> {
        let resend = self.resend_at_ms.filter(|_| !paused).map(|at| at.max(hold_ms.unwrap_or(i64::MIN)));
        [self.lease_until_ms, resend].into_iter().flatten().min()
    }
}
