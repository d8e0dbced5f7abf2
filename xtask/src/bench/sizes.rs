//! How much is measured.

/// The sizes of all measurements.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Campaigns of the shop of the race, and of that which is synced again.
    pub race: u32,
    /// Campaigns of the shop under a tight limit.
    pub rate18: u32,
    /// Shops of the lists.
    pub listed: u32,
    /// Who watches a shop.
    pub watchers: u32,
    /// Shops of the fleet under a limit.
    pub fleet: u32,
    /// Rows that are changed.
    pub upsert_rows: u32,
    /// Campaigns of the shops that show growth.
    pub growth: [u32; 4],
    /// Shops of the fleets that show growth.
    pub growth_shops: [u32; 3],
}

impl Sizes {
    /// Those of the figures.
    pub const FULL: Self = Self {
        race: 10_000,
        rate18: 10_000,
        watchers: 1_000,
        listed: 5_000,
        fleet: 500,
        upsert_rows: 100_000,
        growth: [1_000, 3_000, 10_000, 50_000],
        growth_shops: [10, 100, 1_000],
    };

    /// Those that take less than five minutes on two cores.
    pub const QUICK: Self = Self {
        race: 1_000,
        rate18: 2_000,
        watchers: 100,
        listed: 500,
        fleet: 20,
        upsert_rows: 20_000,
        growth: [200, 500, 1_000, 2_000],
        growth_shops: [5, 10, 20],
    };
}
