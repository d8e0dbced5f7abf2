//! Medians, spreads and growth.

use serde::{Deserialize, Serialize};

/// What several measurements of one thing have in common.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The middle value; of an even number of values the mean of the two in the middle.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// How many.
    pub count: usize,
}

impl Spread {
    /// The spread of `values`; `None` if there are none.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let upper = *sorted.get(sorted.len() / 2)?;
        let lower = *sorted.get((sorted.len() - 1) / 2)?;
        Some(Self { median: f64::midpoint(lower, upper), min, max, count: sorted.len() })
    }
}

/// The exponent `e` of the best fit `y = c · x^e`: the slope of the least-squares line through the logarithms. `None` with less
/// than two different `x`, or where a value is not positive.
#[must_use]
pub fn exponent(points: &[(f64, f64)]) -> Option<f64> {
    if points.iter().any(|(x, y)| *x <= 0.0 || *y <= 0.0) {
        return None;
    }
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let count = logs.len() as f64;
    let mean = |sum: f64| sum / count;
    let x_mean = mean(logs.iter().map(|(x, _)| x).sum());
    let y_mean = mean(logs.iter().map(|(_, y)| y).sum());
    let spread: f64 = logs.iter().map(|(x, _)| (x - x_mean).powi(2)).sum();
    let together: f64 = logs.iter().map(|(x, y)| (x - x_mean) * (y - y_mean)).sum();
    (spread > 0.0).then(|| together / spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_of_the_sorted_values() {
        let spread = Spread::of(&[3.0, 1.0, 10.0, 2.0, 4.0]).unwrap();
        assert_eq!(spread, Spread { median: 3.0, min: 1.0, max: 10.0, count: 5 });
        let even = Spread::of(&[4.0, 1.0, 2.0, 100.0]).unwrap();
        assert_eq!(even, Spread { median: 3.0, min: 1.0, max: 100.0, count: 4 });
        assert_eq!(Spread::of(&[7.0]).map(|of| (of.median, of.min, of.max)), Some((7.0, 7.0, 7.0)));
        assert_eq!(Spread::of(&[]), None);
    }

    #[test]
    fn the_exponent_is_the_slope_of_the_logarithms() {
        let of = |e: f64| {
            let points: Vec<_> = [1e3, 3e3, 1e4, 5e4].iter().map(|x: &f64| (*x, 7.0 * x.powf(e))).collect();
            exponent(&points).unwrap()
        };
        for expected in [0.0, 0.5, 1.0, 1.05, 2.0] {
            assert!((of(expected) - expected).abs() < 1e-9, "{expected}");
        }
        assert_eq!(exponent(&[(1.0, 1.0)]), None);
        assert_eq!(exponent(&[(5.0, 1.0), (5.0, 2.0)]), None);
        assert_eq!(exponent(&[(1.0, 1.0), (2.0, 0.0)]), None);
    }

    #[test]
    fn scatter_around_a_line_does_not_bend_it() {
        let slope = exponent(&[(1.0, 1.1), (10.0, 9.0), (100.0, 110.0)]).unwrap();
        assert!((slope - 1.0).abs() < 1e-9, "{slope}");
    }
}
