//! What a command works with.

use crate::{client::Client, output::Format};

/// A deployment, and how its answers are shown.
pub struct Session {
    pub client: Client,
    pub format: Format,
}
