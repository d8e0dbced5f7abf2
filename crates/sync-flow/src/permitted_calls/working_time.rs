//! How long an attempt has worked: the time since its start in which it did not only wait for permits and places.

use crate::host::Host;
use std::cell::Cell;

/// The clock of one attempt, whose calls may be made side by side.
pub struct WorkingTime {
    started_ms: i64,
    waited_ms: Cell<i64>,
    /// Since when it only waits, unix milliseconds.
    idle_since_ms: Cell<Option<i64>>,
    waits: Cell<u32>,
    calls: Cell<u32>,
}

/// A wait or a call that is under way.
pub struct UnderWay<'t, H: Host> {
    time: &'t WorkingTime,
    count: &'t Cell<u32>,
    host: &'t H,
}

impl WorkingTime {
    pub fn new(now_ms: i64) -> Self {
        let (waits, calls) = (Cell::new(0), Cell::new(0));
        Self { started_ms: now_ms, waited_ms: Cell::new(0), idle_since_ms: Cell::new(None), waits, calls }
    }

    /// A wait begins; it ends with the answer's life.
    pub fn wait<'t, H: Host>(&'t self, host: &'t H) -> UnderWay<'t, H> {
        self.begin(&self.waits, host)
    }

    /// A call begins; it ends with the answer's life.
    pub fn call<'t, H: Host>(&'t self, host: &'t H) -> UnderWay<'t, H> {
        self.begin(&self.calls, host)
    }

    /// Time in which there were waits and no calls, in milliseconds.
    pub fn waited_ms(&self, now_ms: i64) -> i64 {
        let since_ms = self.idle_since_ms.get().unwrap_or(now_ms);
        self.waited_ms.get().saturating_add(now_ms.saturating_sub(since_ms))
    }

    /// The other time, in milliseconds.
    pub fn worked_ms(&self, now_ms: i64) -> i64 {
        now_ms.saturating_sub(self.started_ms).saturating_sub(self.waited_ms(now_ms))
    }

    fn begin<'t, H: Host>(&'t self, count: &'t Cell<u32>, host: &'t H) -> UnderWay<'t, H> {
        self.change(count, count.get().saturating_add(1), host.now_ms());
        UnderWay { time: self, count, host }
    }

    fn change(&self, count: &Cell<u32>, to: u32, now_ms: i64) {
        self.waited_ms.set(self.waited_ms(now_ms));
        count.set(to);
        let only_waits = self.waits.get() > 0 && self.calls.get() == 0;
        self.idle_since_ms.set(only_waits.then_some(now_ms));
    }
}

impl<H: Host> Drop for UnderWay<'_, H> {
    fn drop(&mut self) {
        self.time.change(self.count, self.count.get().saturating_sub(1), self.host.now_ms());
    }
}
