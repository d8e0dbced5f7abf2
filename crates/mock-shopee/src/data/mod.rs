//! What the fake shops contain: pure functions of seed, shop and campaign. Nothing here holds state, reads a clock
//! or remembers a row, so anyone can compute what a correct client must end up with.

pub mod balance;
pub mod calendar;
pub mod campaign;
pub mod counters;
pub mod draw;
pub mod life;
pub mod names;
pub mod traffic;

use crate::region::Region;
use draw::Draw;

/// What all data of a shop follow from.
#[derive(Clone, Copy, Debug)]
pub struct ShopKey {
    /// The shop.
    pub shop_id: u64,
    /// Another seed gives the same shop other campaigns and figures.
    pub seed: u64,
    /// Decides time zone and size of money.
    pub region: &'static Region,
}

impl ShopKey {
    /// A stream of numbers for one subject of one campaign. Different subjects do not influence each other.
    fn draw(&self, subject: Subject, campaign_id: i64, day: i64) -> Draw {
        Draw::new([self.seed, self.shop_id, subject as u64, campaign_id.cast_unsigned(), day.cast_unsigned()])
    }
}

#[derive(Clone, Copy)]
enum Subject {
    Id,
    Kind,
    Life,
    Setting,
    Size,
    Hours,
    Restated,
    Balance,
}
