//! Chunks that begin while the listing goes on.

use serde_json::json;
use sim::{Calm, Place};
use sync_core::{ChunkState, Stage};

#[test]
fn every_chunk_has_its_row_also_if_it_was_done_before_the_listing_ended() {
    let calm = Calm::new(&Place::default(), 200);
    calm.answer_after(300);
    calm.allow(50.0);
    let run = calm.sync("realtime", json!({}), 50.0).expect("a run that completes");
    let early = run.header.listing.early;
    assert!(early >= 100, "{early} campaigns were in chunks before the listing ended");
    assert!(run.stage(Stage::Campaigns).all(|chunk| matches!(chunk.state, ChunkState::Done { .. })));
    let mut expected: Vec<_> = run
        .chunks
        .keys()
        .map(|key| (key.stage.as_str().to_owned(), i64::from(key.index), "completed".to_owned()))
        .collect();
    expected.sort();
    assert_eq!(calm.chunk_rows(), expected);
}
