//! Wave-function collapse: levels whose every block of two by two cells occurs in a corpus.
//!
//! After Gumin's WaveFunctionCollapse (2016), the overlapping model, with observed cells in the order of least
//! entropy and a new start after a contradiction.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use sim::seed::Draw;

use super::sketch::{Sketch, Theme, symbol as s};

/// Starts before it is given up.
const MAX_STARTS: usize = 12;

/// Blocks of two by two cells of a corpus and how often each occurs.
#[derive(Clone, Debug, PartialEq)]
pub struct Patterns {
    blocks: Vec<[u8; 4]>,
    weights: Vec<f64>,
    /// For each direction (east, south, west, north) and block: which blocks may follow.
    fits: [Vec<Vec<bool>>; 4],
}

impl Patterns {
    /// Those of a corpus. Start, exit and all that stands about count as floor: they are placed by the repair.
    pub fn learn(corpus: &[&Sketch]) -> Self {
        let mut counts: BTreeMap<[u8; 4], f64> = BTreeMap::new();
        for sketch in corpus {
            let at = |x, y| match sketch.at(x, y) {
                ground @ (s::WALL | s::SPIKES | s::LAVA | s::MUD | s::LADDER | s::DOOR) => ground,
                _ => s::FLOOR,
            };
            for y in 0..sketch.rows.saturating_sub(1) {
                for x in 0..sketch.columns.saturating_sub(1) {
                    let block = [at(x, y), at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)];
                    *counts.entry(block).or_default() += 1.0;
                }
            }
        }
        let blocks: Vec<[u8; 4]> = counts.keys().copied().collect();
        let weights = counts.values().copied().collect();
        let table = |fits: fn(&[u8; 4], &[u8; 4]) -> bool| {
            let row = |a| blocks.iter().map(|b| fits(a, b)).collect();
            blocks.iter().map(row).collect::<Vec<Vec<bool>>>()
        };
        let fits = [
            table(|a, b| a[1] == b[0] && a[3] == b[2]),
            table(|a, b| a[2] == b[0] && a[3] == b[1]),
            table(|a, b| a[0] == b[1] && a[2] == b[3]),
            table(|a, b| a[0] == b[2] && a[1] == b[3]),
        ];
        Self {
            blocks,
            weights,
            fits,
        }
    }

    /// How many different blocks there are.
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// A sketch of a size with walls around, or `None` after too many contradictions.
    pub fn collapse(
        &self,
        theme: Theme,
        columns: usize,
        rows: usize,
        rng: &mut ChaCha8Rng,
    ) -> Option<Sketch> {
        (0..MAX_STARTS).find_map(|_| self.start(theme, columns, rows, rng))
    }

    fn start(
        &self,
        theme: Theme,
        columns: usize,
        rows: usize,
        rng: &mut ChaCha8Rng,
    ) -> Option<Sketch> {
        let (across, down) = (columns.checked_sub(1)?, rows.checked_sub(1)?);
        let mut wave = Wave {
            across,
            down,
            open: vec![vec![true; self.blocks.len()]; across * down],
        };
        let mut changed = Vec::new();
        for cell in 0..across * down {
            let (x, y) = (cell % across, cell / across);
            let walled = |block: &[u8; 4]| {
                (y > 0 || (block[0] == s::WALL && block[1] == s::WALL))
                    && (y + 1 < down || (block[2] == s::WALL && block[3] == s::WALL))
                    && (x > 0 || (block[0] == s::WALL && block[2] == s::WALL))
                    && (x + 1 < across || (block[1] == s::WALL && block[3] == s::WALL))
            };
            for (open, block) in wave.open[cell].iter_mut().zip(&self.blocks) {
                *open = walled(block);
            }
            changed.push(cell);
        }
        wave.spread(self, changed)?;
        while let Some(cell) = wave.least(self, rng) {
            let open = &wave.open[cell];
            let total: f64 = open
                .iter()
                .zip(&self.weights)
                .filter(|o| *o.0)
                .map(|o| o.1)
                .sum();
            let mut left = rng.unit() * total;
            let pick = (0..open.len()).filter(|i| open[*i]).find(|i| {
                left -= self.weights[*i];
                left <= 0.0
            })?;
            wave.open[cell] = (0..self.blocks.len()).map(|i| i == pick).collect();
            wave.spread(self, vec![cell])?;
        }
        let mut sketch = Sketch::walls(theme, columns, rows);
        for cell in 0..across * down {
            let block = self
                .blocks
                .get(wave.open[cell].iter().position(|open| *open)?)?;
            sketch.put(cell % across, cell / across, block[0]);
        }
        Some(sketch)
    }
}

/// Which blocks may still lie at each cell.
struct Wave {
    across: usize,
    down: usize,
    open: Vec<Vec<bool>>,
}

impl Wave {
    /// Takes away what no longer fits its neighbours; `None` where nothing is left.
    fn spread(&mut self, patterns: &Patterns, mut changed: Vec<usize>) -> Option<()> {
        while let Some(cell) = changed.pop() {
            let (x, y) = (cell % self.across, cell / self.across);
            let next = [
                (x + 1 < self.across).then_some(cell + 1),
                (y + 1 < self.down).then_some(cell + self.across),
                (x > 0).then(|| cell.wrapping_sub(1)),
                (y > 0).then(|| cell.wrapping_sub(self.across)),
            ];
            for (fits, next) in patterns.fits.iter().zip(next) {
                let Some(next) = next else { continue };
                let mut allowed = vec![false; patterns.len()];
                for block in (0..patterns.len()).filter(|b| self.open[cell][*b]) {
                    for (slot, fits) in allowed.iter_mut().zip(&fits[block]) {
                        *slot |= fits;
                    }
                }
                let mut is_changed = false;
                for (open, allowed) in self.open[next].iter_mut().zip(allowed) {
                    is_changed |= *open && !allowed;
                    *open &= allowed;
                }
                if !self.open[next].contains(&true) {
                    return None;
                }
                if is_changed {
                    changed.push(next);
                }
            }
        }
        Some(())
    }

    /// The open cell with the least entropy; none where all are settled.
    fn least(&self, patterns: &Patterns, rng: &mut ChaCha8Rng) -> Option<usize> {
        let mut best: Option<(f64, usize)> = None;
        for (cell, open) in self.open.iter().enumerate() {
            let weights: Vec<f64> = open
                .iter()
                .zip(&patterns.weights)
                .filter(|(open, _)| **open)
                .map(|(_, weight)| *weight)
                .collect();
            if weights.len() < 2 {
                continue;
            }
            let total: f64 = weights.iter().sum();
            let part = |w: &f64| w / total * sim::math::ln(w / total);
            let entropy = -weights.iter().map(part).sum::<f64>() + 1e-6 * rng.unit();
            if best.is_none_or(|(least, _)| entropy < least) {
                best = Some((entropy, cell));
            }
        }
        best.map(|(_, cell)| cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::levels::constructive;

    #[test]
    fn every_block_occurs_in_the_corpus() {
        let mut rng = sim::seed::stream(3, None, "test");
        let wanted = Default::default();
        let corpus: Vec<Sketch> = (0..20)
            .map(|_| constructive::draw(Theme::Caves, 20, 14, &wanted, &mut rng))
            .collect();
        let patterns = Patterns::learn(&corpus.iter().collect::<Vec<_>>());
        let sketch = patterns.collapse(Theme::Caves, 16, 12, &mut rng).unwrap();
        let again = Patterns::learn(&[&sketch]);
        assert!(again.blocks.iter().all(|b| patterns.blocks.contains(b)));
        assert!(sketch.count(s::FLOOR) > 10);
    }
}
