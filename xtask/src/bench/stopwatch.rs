//! Takes the time of a contender, its CPU time, and how much the machine did besides.

use super::{
    cpu::{self, Cpu},
    rig::{self, Rig},
};
use std::time::Instant;

/// Cores that something else keeps busy on average, above which a time is not to be trusted.
pub const OTHERS_MAX: f64 = 0.15;

/// What a measurement has taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taken {
    /// When it began, in unix milliseconds.
    pub started_ms: i64,
    /// By the wall clock, in seconds.
    pub seconds: f64,
    /// The CPU time of the contender's processes, where the system tells it.
    pub cpu: Option<Cpu>,
    /// Cores that were busy with something that has no part in the measurement, on average.
    pub others: Option<f64>,
}

/// A running measurement.
pub struct Stopwatch<'a> {
    rig: &'a Rig,
    group: i32,
    started: Instant,
    started_ms: i64,
    cpu: Option<Cpu>,
    others: Option<f64>,
}

impl<'a> Stopwatch<'a> {
    /// Starts it for the contender whose processes are in this group.
    #[must_use]
    pub fn start(rig: &'a Rig, group: i32) -> Self {
        let (cpu, others) = (cpu::of_group(group), others(rig, group));
        Self { rig, group, started: Instant::now(), started_ms: rig::now().timestamp_millis(), cpu, others }
    }

    /// Stops it. The contender must still be alive.
    #[must_use]
    pub fn stop(self) -> Taken {
        let seconds = self.started.elapsed().as_secs_f64();
        let cpu = cpu::of_group(self.group).zip(self.cpu).map(|(after, before)| after - before);
        let others = others(self.rig, self.group).zip(self.others);
        let others = others.map(|(after, before)| ((after - before) / seconds).max(0.0));
        if let Some(cores) = others.filter(|cores| *cores > OTHERS_MAX) {
            eprint!(" [disturbed: {cores:.1} cores were busy with something else]");
        }
        Taken { started_ms: self.started_ms, seconds, cpu, others }
    }
}

/// The time for which cores were busy so far with anything but the contender, Postgres, the pooler and this process.
fn others(rig: &Rig, group: i32) -> Option<f64> {
    let part = |group: i32| cpu::of_group(group).map_or(0.0, |cpu| cpu.all);
    let parts: f64 = rig.process_groups().chain([group]).map(part).sum();
    Some(cpu::busy()? - cpu::of_this_process()? - parts)
}
