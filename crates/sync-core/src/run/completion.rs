//! Decides whether a stage is over and how a run ends; the only place that decides *completed*.

use super::{
    chunk::ChunkState,
    receipt::Receipt,
    state::{End, Run},
};
use crate::ids::Stage;

/// Whether all work of these stages is cut and terminal.
pub(crate) fn are_over(run: &Run, stages: &[Stage]) -> bool {
    let is_over = |stage: Stage| run.uncut(stage) == 0 && run.stage(stage).all(|c| c.state.is_terminal());
    stages.iter().copied().all(is_over)
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
