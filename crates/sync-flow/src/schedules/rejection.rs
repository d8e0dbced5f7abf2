//! Why a schedule is rejected.

use sync_core::budget::{Money, MoneyError, NotAdmitted, ScheduleError, Violation};

/// The rule for a field whose value is not among the allowed ones.
pub const ALLOWED_VALUES: &str = "allowed_values";

/// A field, the rule that it breaks, and the reason for people. The rule's name is stable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleRejection {
    /// The field.
    pub field: String,
    /// The rule.
    pub rule: &'static str,
    /// The reason, for people.
    pub reason: String,
    /// Whether the value is wrong regardless of anything else, which is 400; otherwise 422.
    pub is_malformed: bool,
}

impl ScheduleRejection {
    /// A malformed value.
    #[must_use]
    pub fn malformed(field: &str, rule: &'static str, reason: impl Into<String>) -> Self {
        Self { field: field.to_owned(), rule, reason: reason.into(), is_malformed: true }
    }

    /// A value that breaks a rule.
    #[must_use]
    pub fn by_rule(field: &str, rule: &'static str, reason: impl Into<String>) -> Self {
        Self { field: field.to_owned(), rule, reason: reason.into(), is_malformed: false }
    }

    /// The same rejection with another reason.
    #[must_use]
    pub fn saying(self, reason: String) -> Self {
        Self { reason, ..self }
    }

    /// Converts the core's error about a row's fields.
    #[must_use]
    pub fn of_row(error: ScheduleError, budget: Option<&str>) -> Self {
        // The amount is valid, but not allowed as an input.
        if error.field == "budget"
            && budget.and_then(|text| text.parse().ok()).is_some_and(Money::is_unlimited)
        {
            return Self::by_rule("budget", Violation::Unlimited.name(), error.reason);
        }
        let rule = match (error.field, budget.unwrap_or_default().parse::<Money>()) {
            ("budget", Err(error)) => match error {
                MoneyError::NotANumber => "not_a_number",
                MoneyError::TooManyDecimals => "too_many_decimals",
                MoneyError::Negative => "negative",
                MoneyError::TooLarge => "too_large",
            },
            _ => ALLOWED_VALUES,
        };
        Self::malformed(error.field, rule, error.reason)
    }

    /// Converts the core's refusal of a schedule beside others.
    #[must_use]
    pub fn of_admission(refused: &NotAdmitted) -> Self {
        let text = refused.to_string();
        let reason = text.split_once(": ").map_or(text.as_str(), |(_, reason)| reason);
        let (field, rule) = match refused {
            // Its fields were checked before, so this concerns the time.
            NotAdmitted::Field(error) => (error.field, "past_date"),
            NotAdmitted::Violation(rule) => return Self::of_rail(rule),
            NotAdmitted::Overlap(_) => ("hour_start", "overlap"),
            NotAdmitted::SameStart { .. } => ("hour_start", "same_start"),
            NotAdmitted::TooMany { .. } => ("campaign_id", "too_many"),
        };
        Self::by_rule(field, rule, reason)
    }

    /// Converts a guard rail's violation.
    #[must_use]
    pub fn of_rail(rule: &Violation) -> Self {
        Self::by_rule("budget", rule.name(), rule.to_string())
    }
}
