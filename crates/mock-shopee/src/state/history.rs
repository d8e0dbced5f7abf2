//! All changes of budgets, by the app or the seller: the record against which a definition of budgets can be checked.

use super::edits::EditedSetting;
use crate::limits::EDITS_MAX;
use serde::Serialize;
use std::collections::VecDeque;

/// Who requests a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The app, with an edit.
    App {
        /// The edit's reference id.
        reference_id: String,
    },
    /// The seller.
    Seller,
}

/// A setting that was changed, or that the platform refused to change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Happening {
    /// Consecutive, from 1.
    pub number: u64,
    /// Unix milliseconds.
    pub at_ms: i64,
    /// The shop.
    pub shop: u64,
    /// Its campaign.
    pub campaign_id: i64,
    /// Who requested it.
    pub by: By,
    /// The campaign before.
    pub old: EditedSetting,
    /// The campaign afterwards; the requested state if that was refused.
    pub new: EditedSetting,
    /// The platform's code, if it has refused.
    pub refused: Option<String>,
}

/// The last changes of all shops, oldest first.
#[derive(Default)]
pub struct History {
    happenings: VecDeque<Happening>,
    last: u64,
}

impl History {
    /// Adds one, with the next number.
    pub fn add(&mut self, happening: Happening) {
        if self.happenings.len() >= EDITS_MAX {
            self.happenings.pop_front();
        }
        self.last += 1;
        self.happenings.push_back(Happening { number: self.last, ..happening });
    }

    /// The changes after a number, of one shop if given.
    pub fn after(&self, since: u64, shop: Option<u64>) -> Vec<Happening> {
        let newest_first = self.happenings.iter().rev().take_while(|happening| happening.number > since);
        let mut found: Vec<Happening> = newest_first
            .filter(|happening| shop.is_none_or(|shop| happening.shop == shop))
            .cloned()
            .collect();
        found.reverse();
        found
    }

    /// Deletes those of a shop that is replaced.
    pub fn forget(&mut self, shop: u64) {
        self.happenings.retain(|happening| happening.shop != shop);
    }
}
