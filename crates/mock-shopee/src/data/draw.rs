//! Pseudo-random numbers, determined by their key alone.

/// A stream of numbers (SplitMix64). Far cheaper to start than a cipher, and one is started per campaign and day.
#[derive(Clone, Debug)]
pub struct Draw(u64);

impl Draw {
    /// The stream of a key.
    pub fn new<const N: usize>(key: [u64; N]) -> Self {
        Self(key.into_iter().fold(0x5DEE_CE66_D1CE_4E5B, |state, part| mix(state ^ mix(part))))
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// Thirty-two hexadecimal digits.
    pub fn hex(&mut self) -> String {
        format!("{:016x}{:016x}", self.bits(), self.bits())
    }

    /// A number in `0..bound`; 0 if the bound is not positive.
    pub fn below(&mut self, bound: i64) -> i64 {
        let scaled = u128::from(self.bits()) * u128::from(bound.max(0).unsigned_abs());
        (scaled >> 64) as i64
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high - low + 1)
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: i64) -> bool {
        self.below(100) < percent
    }

    /// One of the values.
    pub fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len() as i64) as usize]
    }
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
