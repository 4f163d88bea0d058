//! Piecewise cubic functions of a station, as elevation, lane width, lane offset and superelevation use.

/// a + b·ds + c·ds² + d·ds³ from station `s_m` on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cubic {
    /// Start, metres.
    pub s_m: f64,
    /// Coefficients of ds⁰ … ds³.
    pub coefficients: [f64; 4],
}

impl Cubic {
    /// A constant from station 0 on.
    pub fn constant(value: f64) -> Self {
        Self {
            s_m: 0.0,
            coefficients: [value, 0.0, 0.0, 0.0],
        }
    }

    /// Value at a station.
    #[inline]
    pub fn value(&self, s_m: f64) -> f64 {
        let [a, b, c, d] = self.coefficients;
        let ds = s_m - self.s_m;
        a + ds * (b + ds * (c + ds * d))
    }

    /// First derivative at a station.
    #[inline]
    pub fn slope(&self, s_m: f64) -> f64 {
        let [_, b, c, d] = self.coefficients;
        let ds = s_m - self.s_m;
        b + ds * (2.0 * c + ds * 3.0 * d)
    }

    /// Second derivative at a station.
    #[inline]
    pub fn bend(&self, s_m: f64) -> f64 {
        let [_, _, c, d] = self.coefficients;
        2.0 * c + 6.0 * d * (s_m - self.s_m)
    }
}

/// Cubics in order of their start; the last one that starts at or before a station holds there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CubicProfile {
    records: Box<[Cubic]>,
}

impl CubicProfile {
    /// Takes records in any order; of several with one start the last holds.
    pub fn new(mut records: Vec<Cubic>) -> Self {
        records.sort_by(|a, b| a.s_m.total_cmp(&b.s_m));
        Self {
            records: records.into_boxed_slice(),
        }
    }

    /// The same profile without records that start at its end or beyond, where they hold for nothing.
    #[must_use]
    pub fn until(self, end_m: f64) -> Self {
        let beyond = |r: &Cubic| r.s_m >= end_m - 1e-6;
        if self.records.len() < 2 || !self.records.last().is_some_and(beyond) {
            return self;
        }
        let mut records = self.records.into_vec();
        while records.len() > 1 && records.last().is_some_and(beyond) {
            records.pop();
        }
        Self {
            records: records.into_boxed_slice(),
        }
    }

    /// The same profile along an axis that is moved: each start by `by_m`.
    #[must_use]
    pub fn shifted(&self, by_m: f64) -> Self {
        let moved = self.records.iter().map(|r| Cubic {
            s_m: r.s_m + by_m,
            ..*r
        });
        Self {
            records: moved.collect(),
        }
    }

    /// The same, higher everywhere.
    pub fn raised(mut self, by: f64) -> Self {
        if by == 0.0 {
            return self;
        }
        if self.records.is_empty() {
            return Self::new(vec![Cubic::constant(by)]);
        }
        for record in &mut self.records {
            record.coefficients[0] += by;
        }
        self
    }

    /// The records, by start.
    pub fn records(&self) -> &[Cubic] {
        &self.records
    }

    /// Whether it is 0 everywhere.
    pub fn is_zero(&self) -> bool {
        let mut all = self.records.iter().flat_map(|r| r.coefficients);
        all.all(|c| c == 0.0)
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The record that holds at a station: the first one before its own start too.
    #[inline]
    pub fn record(&self, s_m: f64) -> Option<&Cubic> {
        if self.records.len() < 2 {
            return self.records.first();
        }
        let next = self.records.partition_point(|r| r.s_m <= s_m);
        self.records.get(next.saturating_sub(1))
    }

    /// Value at a station; 0 before the first record and where there is none.
    #[inline]
    pub fn value(&self, s_m: f64) -> f64 {
        self.record(s_m).map_or(0.0, |r| {
            if s_m < r.s_m {
                r.coefficients[0]
            } else {
                r.value(s_m)
            }
        })
    }

    /// First derivative at a station.
    #[inline]
    pub fn slope(&self, s_m: f64) -> f64 {
        self.record(s_m)
            .map_or(0.0, |r| if s_m < r.s_m { 0.0 } else { r.slope(s_m) })
    }

    /// Second derivative at a station.
    #[inline]
    pub fn bend(&self, s_m: f64) -> f64 {
        self.record(s_m)
            .map_or(0.0, |r| if s_m < r.s_m { 0.0 } else { r.bend(s_m) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_record_at_or_before_a_station_holds() {
        let at = |s_m, a| Cubic {
            s_m,
            coefficients: [a, 1.0, 0.0, 0.0],
        };
        let profile = CubicProfile::new(vec![at(10.0, 5.0), at(0.0, 1.0)]);
        assert_eq!(profile.value(4.0), 5.0);
        assert_eq!(profile.value(12.0), 7.0);
        assert_eq!(profile.value(-3.0), 1.0);
        assert_eq!(profile.slope(12.0), 1.0);
        assert_eq!(CubicProfile::default().value(3.0), 0.0);
        assert_eq!(profile.clone().until(10.0).value(12.0), 13.0);
        assert_eq!(profile.until(11.0).value(12.0), 7.0);
    }
}
