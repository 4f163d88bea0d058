//! A share of games, and how sure it is.

use serde::Serialize;

/// A share with its interval of 95 % (Wilson, 1927).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// How many of them.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// The share, 0 to 1.
    pub share: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Share {
    /// So many of so many.
    pub fn new(count: u64, of: u64) -> Self {
        const Z: f64 = 1.96;
        let n = of.max(1) as f64;
        let share = count as f64 / n;
        let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half =
            Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        Self {
            count,
            of,
            share,
            low: (middle - half).max(0.0),
            high: (middle + half).min(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_formula() {
        // 0.8 of 200: (0.8 + 0.0096) / 1.0192 -+ 0.0555.
        let share = Share::new(160, 200);
        assert!((share.low - 0.7392).abs() < 5e-4, "{share:?}");
        assert!((share.high - 0.8495).abs() < 5e-4, "{share:?}");
        assert_eq!(Share::new(0, 0).share, 0.0);
        assert!(Share::new(0, 10).high > 0.2 && Share::new(0, 10).low < 1e-9);
    }
}
