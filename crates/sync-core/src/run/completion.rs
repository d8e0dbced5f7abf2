//! Decides whether a stage is over and how a run ends; the only place that decides *completed*.

use super::{
    chunk::ChunkState,
    receipt::Receipt,
    state::{End, Run},
};
use crate::ids::Stage;

/// Whether all work of the open stages is cut and terminal.
pub(crate) fn is_stage_over(run: &Run) -> bool {
    let uncut = |stage| run.is_open(stage) && run.uncut(stage) > 0;
    !uncut(Stage::Campaigns)
        && !uncut(Stage::Performance)
        && run.chunks.values().filter(|chunk| run.is_open(chunk.key.stage)).all(|c| c.state.is_terminal())
}

/// How a run ends once all its chunks are terminal.
pub(crate) fn end_of(run: &Run) -> End {
    let failed: Vec<_> = run
        .chunks
        .values()
        .filter_map(|chunk| match &chunk.state {
            ChunkState::Failed { message, .. } => Some((chunk.key, message)),
            _ => None,
        })
        .collect();
    if let Some((key, message)) = failed.first() {
        let what = match key.stage {
            Stage::ShopTotals => "the shop totals".to_owned(),
            stage => format!("chunk {} of {}", key.index, stage.as_str()),
        };
        let more = match failed.len() {
            1 => String::new(),
            n => format!(" (and {} more)", n - 1),
        };
        return End::Failed { message: format!("{what} failed: {message}{more}") };
    }
    let receipt = Receipt::of(run);
    if receipt.balances() {
        End::Completed
    } else {
        End::Failed { message: format!("the receipt does not balance: {}", receipt.equation()) }
    }
}
