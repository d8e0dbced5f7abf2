//! The contents of the fake shops: pure functions of seed, shop and campaign, without state or a clock, so that the result of
//! a correct client can be computed.

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

/// What determines all data of a shop.
#[derive(Clone, Copy, Debug)]
pub struct ShopKey {
    /// The shop.
    pub shop_id: u64,
    /// Another seed gives the same shop other campaigns and figures.
    pub seed: u64,
    /// Determines time zone and scale of money.
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
