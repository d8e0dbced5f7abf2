//! A platform that fails on demand, and helpers to play writes against it.

use super::*;
use compact::SortedSet;
use proptest::prelude::*;

/// What happens to one edit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fate {
    Works,
    /// It takes effect, but the answer is lost.
    AnswerLost,
    /// It does not take effect, and there is no answer.
    Lost,
    Throttled,
    Refused,
    /// It takes effect, but the caller stops before seeing the answer.
    Crash,
}

pub(super) fn any_fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        2 => Just(Fate::Works),
        3 => Just(Fate::AnswerLost),
        3 => Just(Fate::Lost),
        2 => Just(Fate::Throttled),
        1 => Just(Fate::Refused),
        2 => Just(Fate::Crash),
    ]
}

/// One campaign. Edits become visible after a delay; with `knows_duplicates`, a reference id that had an effect is
/// refused afterwards.
pub(super) struct Platform {
    pub budget: Money,
    /// What reads show until that time.
    earlier: Option<(i64, Money)>,
    pub lag_ms: i64,
    pub knows_duplicates: bool,
    used: SortedSet<String>,
    /// The reference ids of edits that had an effect.
    pub effects: Vec<String>,
    /// Fates of the next edits, last first; all later edits work.
    pub fates: Vec<Fate>,
    /// Whether the next reads work, last first; all later reads work.
    pub reads: Vec<bool>,
    pub now_ms: i64,
}

impl Platform {
    pub fn new(
        budget: Money,
        lag_ms: i64,
        knows_duplicates: bool,
        fates: Vec<Fate>,
        reads: Vec<bool>,
    ) -> Self {
        let (earlier, used, effects, now_ms) = (None, SortedSet::new(), Vec::new(), 0);
        Self { budget, earlier, lag_ms, knows_duplicates, used, effects, fates, reads, now_ms }
    }

    fn read(&mut self) -> Observation {
        if !self.reads.pop().unwrap_or(true) {
            return Observation::ReadFailed { message: "no answer".into() };
        }
        let shown = self.earlier.filter(|(until_ms, _)| self.now_ms < *until_ms).map(|(_, budget)| budget);
        let budget = shown.unwrap_or(self.budget);
        Observation::Setting { budget, status: "ongoing".into(), ad_type: "manual".into() }
    }

    /// The answer; `None` if the caller stops.
    fn edit(&mut self, reference_id: &str, budget: Money) -> Option<Observation> {
        let fate = self.fates.pop().unwrap_or(Fate::Works);
        let message = format!("{fate:?}");
        let arrives = matches!(fate, Fate::Works | Fate::AnswerLost | Fate::Crash);
        let is_duplicate = self.knows_duplicates && self.used.contains(reference_id);
        if arrives && !is_duplicate {
            self.earlier = Some((self.now_ms + self.lag_ms, self.budget));
            self.budget = budget;
            self.used.insert(reference_id.to_owned());
            self.effects.push(reference_id.to_owned());
        }
        Some(match fate {
            Fate::Crash => return None,
            Fate::Works if is_duplicate => Observation::EditDuplicate { message },
            Fate::Works => Observation::EditAccepted,
            Fate::AnswerLost | Fate::Lost => Observation::EditUnknown { message },
            Fate::Throttled => Observation::EditRefused { message, is_final: false },
            Fate::Refused => Observation::EditRefused { message, is_final: true },
        })
    }

    /// Plays a write to its end, storing the write and the memory before each edit as a caller must.
    pub fn play(&mut self, intent: &Intent, memory: &mut CampaignMemory) -> WriteOutcome {
        let context = RailContext { day_start: None, others_hundredths: None };
        let mut write = Write::new(intent.clone(), GuardRails::default(), context);
        let (mut step, mut waited_ms) = (write.start(), 0);
        for _ in 0..100 {
            let seen = match step {
                WriteStep::Done(outcome) => {
                    assert!(waited_ms <= crate::BUDGET_WRITE_WAIT_MS_MAX);
                    return outcome;
                }
                WriteStep::Wait { ms } => {
                    (self.now_ms, waited_ms) = (self.now_ms + ms, waited_ms + ms);
                    Some(Observation::Waited)
                }
                WriteStep::Read => Some(self.read()),
                WriteStep::Edit { reference_id, budget, old, .. } => {
                    memory.will_edit(intent, old, true);
                    let answer = self.edit(&reference_id, budget);
                    if answer.is_none() {
                        write = serde_json::from_str(&serde_json::to_string(&write).unwrap()).unwrap();
                    }
                    answer
                }
            };
            step = if let Some(seen) = seen { write.next(seen) } else { write.start() };
        }
        panic!("the write does not end");
    }
}
