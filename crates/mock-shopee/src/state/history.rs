//! What became of budgets, whoever has set them: the one record that a definition of budgets can be held against.

use super::edits::EditedSetting;
use crate::limits::EDITS_MAX;
use serde::Serialize;
use std::collections::VecDeque;

/// Who wants another setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The app, with an edit.
    App {
        /// The edit's name.
        reference_id: String,
    },
    /// The seller.
    Seller,
}

/// A setting that was changed, or that the platform refused to change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Happening {
    /// From 1 on, one more each time.
    pub number: u64,
    /// In unix milliseconds.
    pub at_ms: i64,
    /// The shop.
    pub shop: u64,
    /// Its campaign.
    pub campaign_id: i64,
    /// Who.
    pub by: By,
    /// The campaign before.
    pub old: EditedSetting,
    /// The campaign afterwards; as it was to be, where that was refused.
    pub new: EditedSetting,
    /// The platform's code, where it has refused.
    pub refused: Option<String>,
}

/// The last happenings of all shops, oldest first.
#[derive(Default)]
pub struct History {
    happenings: VecDeque<Happening>,
    last: u64,
}

impl History {
    /// Adds one; its number is given here.
    pub fn add(&mut self, happening: Happening) {
        if self.happenings.len() >= EDITS_MAX {
            self.happenings.pop_front();
        }
        self.last += 1;
        self.happenings.push_back(Happening { number: self.last, ..happening });
    }

    /// Those after a number, of one shop if given.
    pub fn after(&self, since: u64, shop: Option<u64>) -> Vec<Happening> {
        let newest_first = self.happenings.iter().rev().take_while(|happening| happening.number > since);
        let mut found: Vec<Happening> = newest_first
            .filter(|happening| shop.is_none_or(|shop| happening.shop == shop))
            .cloned()
            .collect();
        found.reverse();
        found
    }

    /// Forgets a shop's: another one takes its place.
    pub fn forget(&mut self, shop: u64) {
        self.happenings.retain(|happening| happening.shop != shop);
    }
}
