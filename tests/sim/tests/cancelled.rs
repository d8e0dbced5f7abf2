//! Runs that are cancelled before anything was done for them.

use sim::{Calm, Place};

/// The message of such a run found it over, and nobody told Postgres: it was shown as running until the clean-up came, half
/// an hour later.
#[test]
fn a_run_that_is_cancelled_before_its_message_is_handled_is_shown_so_at_once() {
    let calm = Calm::new(&Place::default(), 20);
    let shown_after_ms = calm.sync_and_cancel().expect("no violation");
    assert!(shown_after_ms < 60_000, "{shown_after_ms} ms");
    calm.settle().expect("all comes to its end");
    let ends: Vec<_> = calm.jobs().iter().map(|job| job.status.clone()).collect();
    assert_eq!(ends, ["failed"]);
    assert!(calm.calls().is_empty(), "something was done for it");
}
