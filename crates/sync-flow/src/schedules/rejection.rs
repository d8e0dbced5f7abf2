//! Why a schedule is not taken.

use sync_core::budget::{Money, MoneyError, NotAdmitted, ScheduleError, Violation};

/// The rule of a field whose value is not among those that are allowed.
pub const ALLOWED_VALUES: &str = "allowed_values";

/// A field, the rule that it breaks, and why, for people. The rule's name does not change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleRejection {
    /// The field.
    pub field: String,
    /// The rule.
    pub rule: &'static str,
    /// For people.
    pub reason: String,
    /// The value cannot be right whatever else there is, which is 400; else 422.
    pub is_malformed: bool,
}

impl ScheduleRejection {
    /// A value that is none.
    #[must_use]
    pub fn malformed(field: &str, rule: &'static str, reason: impl Into<String>) -> Self {
        Self { field: field.to_owned(), rule, reason: reason.into(), is_malformed: true }
    }

    /// A value that breaks a rule.
    #[must_use]
    pub fn by_rule(field: &str, rule: &'static str, reason: impl Into<String>) -> Self {
        Self { field: field.to_owned(), rule, reason: reason.into(), is_malformed: false }
    }

    /// The same in other words.
    #[must_use]
    pub fn saying(self, reason: String) -> Self {
        Self { reason, ..self }
    }

    /// What the core says of a row's fields.
    #[must_use]
    pub fn of_row(error: ScheduleError, budget: Option<&str>) -> Self {
        // It is an amount, and one that nobody may type.
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

    /// What the core says of a schedule beside others.
    #[must_use]
    pub fn of_admission(refused: &NotAdmitted) -> Self {
        let text = refused.to_string();
        let reason = text.split_once(": ").map_or(text.as_str(), |(_, reason)| reason);
        let (field, rule) = match refused {
            // Its fields were read before, so this is about the time.
            NotAdmitted::Field(error) => (error.field, "past_date"),
            NotAdmitted::Violation(rule) => return Self::of_rail(rule),
            NotAdmitted::Overlap(_) => ("hour_start", "overlap"),
            NotAdmitted::SameStart { .. } => ("hour_start", "same_start"),
            NotAdmitted::TooMany { .. } => ("campaign_id", "too_many"),
        };
        Self::by_rule(field, rule, reason)
    }

    /// A guard rail.
    #[must_use]
    pub fn of_rail(rule: &Violation) -> Self {
        Self::by_rule("budget", rule.name(), rule.to_string())
    }
}
