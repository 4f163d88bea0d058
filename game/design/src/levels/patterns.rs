//! How like a corpus levels are: the divergence of their blocks of tiles.

use std::collections::BTreeMap;

use super::sketch::Sketch;

/// How often blocks of `side` by `side` cells occur.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    counts: BTreeMap<Vec<u8>, f64>,
    total: f64,
}

impl Histogram {
    /// That of all blocks of some sketches.
    pub fn of<'a>(sketches: impl IntoIterator<Item = &'a Sketch>, side: usize) -> Self {
        let mut all = Self::default();
        for sketch in sketches {
            for y in 0..(sketch.rows + 1).saturating_sub(side) {
                for x in 0..(sketch.columns + 1).saturating_sub(side) {
                    let cells = (0..side * side).map(|i| sketch.at(x + i % side, y + i / side));
                    *all.counts.entry(cells.collect()).or_default() += 1.0;
                    all.total += 1.0;
                }
            }
        }
        all
    }

    /// Kullback-Leibler divergence of this from another, nats, with both smoothed so that no block counts less
    /// than `1e-6` (Lucas and Volz 2019, "Tile pattern KL-divergence").
    pub fn divergence(&self, other: &Self) -> f64 {
        let share = |of: &Self, block: &Vec<u8>| {
            let count = of.counts.get(block).copied().unwrap_or(0.0);
            (count + 1e-6) / ((of.total + 1e-6) * (1.0 + 1e-6))
        };
        let part = |block: &Vec<u8>| {
            let (p, q) = (share(self, block), share(other, block));
            p * sim::math::ln(p / q)
        };
        self.counts.keys().map(part).sum()
    }

    /// The mean of the divergences either way.
    pub fn distance(&self, other: &Self) -> f64 {
        0.5 * (self.divergence(other) + other.divergence(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::levels::Theme;

    #[test]
    fn a_corpus_is_no_way_from_itself_and_some_from_another() {
        let a = Sketch::of_text(Theme::Dungeon, &["##....##"; 9]).unwrap();
        let b = Sketch::of_text(Theme::Dungeon, &["#.#.#.#."; 9]).unwrap();
        let (a, b) = (Histogram::of([&a], 2), Histogram::of([&b], 2));
        assert!(a.distance(&a).abs() < 1e-12);
        assert!(a.distance(&b) > 0.5);
    }
}
