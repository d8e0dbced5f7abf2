//! CPU time of processes and of the machine, from /proc; where there is none, nothing is known.

use serde::{Deserialize, Serialize};
use std::{fs, ops::Sub};

/// Ticks a second in /proc: a constant of Linux' interface.
const TICKS: f64 = 100.0;
/// The name of the Workers' process.
const WORKERD: &str = "workerd";

/// CPU time in seconds, of user and kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cpu {
    /// Of all processes of a group, of what they have started, and of their children that have ended.
    pub all: f64,
    /// Of workerd alone.
    pub workerd: f64,
}

impl Sub for Cpu {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self { all: self.all - earlier.all, workerd: self.workerd - earlier.workerd }
    }
}

/// A line of /proc/PID/stat.
struct Process<'a> {
    id: i32,
    parent: i32,
    name: &'a str,
    group: i32,
    ticks: u64,
    /// Of its children that have ended.
    ticks_of_children: u64,
}

impl<'a> Process<'a> {
    /// The name may hold anything, spaces and brackets included.
    fn parse(stat: &'a str) -> Option<Self> {
        let (before, after) = stat.rsplit_once(')')?;
        let (id, name) = before.split_once('(')?;
        let fields: Vec<&str> = after.split_ascii_whitespace().collect();
        let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
        let (ticks, ticks_of_children) = (number(11)? + number(12)?, number(13)? + number(14)?);
        Some(Self {
            id: id.trim_end().parse().ok()?,
            parent: fields.get(1)?.parse().ok()?,
            name,
            group: fields.get(2)?.parse().ok()?,
            ticks,
            ticks_of_children,
        })
    }
}

/// The CPU time that a group's processes, and what they have started, have used so far. `None` where no such process is known.
#[must_use]
pub fn of_group(group: i32) -> Option<Cpu> {
    let stats = fs::read_dir("/proc").ok()?.flatten();
    let stats = stats.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    let stats: Vec<String> = stats.collect();
    of_family(group, stats.iter().filter_map(|stat| Process::parse(stat)).collect())
}

/// Each backend of Postgres leads a group of its own, and so a group alone would not have them.
fn of_family(group: i32, mut others: Vec<Process<'_>>) -> Option<Cpu> {
    let mut family: Vec<Process<'_>> = others.extract_if(.., |process| process.group == group).collect();
    let mut looked_at = 0;
    while let Some(parent) = family.get(looked_at).map(|process| process.id) {
        family.extend(others.extract_if(.., |process| process.parent == parent));
        looked_at += 1;
    }
    let ticks = |process: &Process<'_>| process.ticks as f64 / TICKS;
    let all = family.iter().map(|process| ticks(process) + process.ticks_of_children as f64 / TICKS).sum();
    let workerd = family.iter().filter(|process| process.name == WORKERD).map(ticks).sum();
    (!family.is_empty()).then_some(Cpu { all, workerd })
}

/// The CPU time of this process so far, in seconds.
#[must_use]
pub fn of_this_process() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    Process::parse(&stat).map(|process| process.ticks as f64 / TICKS)
}

/// The time for which the machine's cores were busy so far, in seconds of one core.
#[must_use]
pub fn busy() -> Option<f64> {
    busy_in(&fs::read_to_string("/proc/stat").ok()?)
}

/// The first line: user, nice, system, idle, iowait, irq, softirq, steal.
fn busy_in(stat: &str) -> Option<f64> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let fields: Vec<u64> = line.split_ascii_whitespace().filter_map(|field| field.parse().ok()).collect();
    let busy = [0, 1, 2, 5, 6, 7].iter().map(|place| fields.get(*place).copied().unwrap_or(0));
    Some(busy.sum::<u64>() as f64 / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_brackets_and_spaces() {
        let stat = "123 (a (b) c) S 1 77 77 0 -1 4194560 5 0 0 0 250 150 30 20 20 0 9 0 100 0 0";
        let process = Process::parse(stat).unwrap();
        assert_eq!((process.name, process.group), ("a (b) c", 77));
        assert_eq!((process.ticks, process.ticks_of_children), (400, 50));
        assert_eq!((process.id, process.parent), (123, 1));
        assert!(Process::parse("").is_none() && Process::parse("1 (x) S 1").is_none());
    }

    #[test]
    fn a_group_has_what_it_started_in_other_groups() {
        let stat = |id, parent, group, ticks| {
            format!("{id} (x) S {parent} {group} {group} 0 -1 4194560 5 0 0 0 {ticks} 0 0 0 20 0 1 0 1 0 0")
        };
        // The last one's parent comes after it, and has left the group.
        let stats = [stat(1, 0, 1, 1_000), stat(5, 3, 5, 100), stat(2, 1, 2, 200), stat(3, 2, 3, 400)];
        let of = |group| of_family(group, stats.iter().filter_map(|stat| Process::parse(stat)).collect());
        assert_eq!(of(2).map(|cpu| cpu.all), Some(7.0));
        assert_eq!(of(5).map(|cpu| cpu.all), Some(1.0));
        assert_eq!(of(9), None);
    }

    #[test]
    fn waiting_is_not_busy() {
        let stat = "cpu  100 200 300 9999 8888 10 20 70 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n";
        assert_eq!(busy_in(stat), Some(7.0));
        assert_eq!(busy_in("intr 5"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_is_found() {
        let group = nix::unistd::getpgrp().as_raw();
        assert!(of_group(group).is_some() && of_this_process().is_some() && busy().is_some());
        assert!(of_group(i32::MAX).is_none());
    }
}
