//! Decides whose settings and performance a run fetches.

use super::window::Window;
use crate::{job::Kind, settings::Settings};
use serde::{Deserialize, Serialize};

/// What a run leaves out, frozen when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchPolicy {
    /// Whether campaigns' settings are fetched. If not, the first stage is over as soon as the campaigns are listed.
    pub settings: bool,
    /// Whether performance is also fetched for campaigns that cannot have spent.
    pub idle: bool,
}

impl Default for FetchPolicy {
    fn default() -> Self {
        Self { settings: true, idle: true }
    }
}

impl FetchPolicy {
    /// The policy of a run of this kind.
    #[must_use]
    pub fn of(kind: Kind, settings: &Settings) -> Self {
        match kind {
            Kind::Realtime => Self { settings: true, idle: settings.realtime_all_campaigns },
            Kind::BackfillDay { .. } | Kind::BackfillFull { .. } => {
                Self { settings: settings.backfill_settings, idle: true }
            }
        }
    }
}

/// What is known about a campaign's life.
#[derive(Clone, Copy, Debug)]
pub struct CampaignLife<'a> {
    /// Its status (Shopee: `campaign_status`).
    pub status: &'a str,
    /// Unix seconds.
    pub start_time: i64,
    /// Unix seconds; 0 = no end.
    pub end_time: i64,
    /// When the sync first saw it in this status, unix milliseconds.
    pub status_since_ms: Option<i64>,
}

/// Whether a campaign can have spent in a window. A stopped campaign is followed until the whole window lies after its
/// stop; an unknown status counts as running.
#[must_use]
pub fn can_have_spent(life: CampaignLife<'_>, window: &Window) -> bool {
    let (from_ms, to_ms) = window.span_ms();
    let seconds_ms = |seconds: i64| seconds.saturating_mul(1_000);
    let had_ended = life.end_time > 0 && seconds_ms(life.end_time) < from_ms;
    let stopped = || life.status_since_ms.is_some_and(|since| since < from_ms);
    match life.status {
        "scheduled" => seconds_ms(life.start_time) < to_ms,
        "paused" | "ended" | "closed" | "deleted" => !had_ended && !stopped(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_S: i64 = 86_400;
    const NOON_S: i64 = 1_772_366_400;

    fn spends(status: &str, start_days: i64, end_days: Option<i64>, since_days: Option<i64>) -> bool {
        let today = "2026-03-01".parse().unwrap();
        let window = Window::of(Kind::Realtime, today, &Settings::default());
        let at = |days: i64| NOON_S + days * DAY_S;
        let life = CampaignLife {
            status,
            start_time: at(start_days),
            end_time: end_days.map_or(0, at),
            status_since_ms: since_days.map(|days| at(days) * 1_000),
        };
        can_have_spent(life, &window)
    }

    #[test]
    fn what_runs_or_may_have_run_is_fetched() {
        assert!(spends("ongoing", -90, None, Some(-90)) && spends("ongoing", -90, Some(-9), None));
        assert!(spends("a new word", -90, Some(-9), Some(-90)));
        for stopped in ["paused", "ended", "closed", "deleted"] {
            assert!(spends(stopped, -90, None, None), "{stopped}: nobody knows since when");
            assert!(spends(stopped, -90, None, Some(-1)) && spends(stopped, -90, Some(0), Some(0)));
        }
        assert!(spends("scheduled", 0, None, Some(-90)), "its status may be old news");
    }

    #[test]
    fn what_stopped_before_the_window_is_left_out() {
        for stopped in ["paused", "ended", "closed", "deleted"] {
            assert!(!spends(stopped, -90, None, Some(-4)) && !spends(stopped, -90, Some(-4), Some(0)));
        }
        assert!(!spends("scheduled", 3, None, Some(0)));
    }

    #[test]
    fn each_kind_leaves_out_what_its_settings_say() {
        let (settings, day) = (Settings::default(), Kind::BackfillDay { days_ago: 1 });
        assert_eq!(FetchPolicy::of(Kind::Realtime, &settings), FetchPolicy { settings: true, idle: false });
        assert_eq!(FetchPolicy::of(day, &settings), FetchPolicy { settings: false, idle: true });
        let all = Settings { realtime_all_campaigns: true, backfill_settings: true, ..settings };
        assert_eq!(
            (FetchPolicy::of(Kind::Realtime, &all), FetchPolicy::of(day, &all)),
            (FetchPolicy::default(), FetchPolicy::default())
        );
    }
}
