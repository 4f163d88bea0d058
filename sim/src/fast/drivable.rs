//! Where vehicles may be, cell by cell: only near borders, and where roads cross over one another, is the map
//! itself asked.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::road::RoadNetwork;

/// Side of a cell, metres.
const CELL_M: f64 = 1.0;
/// Parts of a cell along a side; each is a bit.
const PARTS: usize = 8;
/// Samples along a side of a cell, with one part about it: what is narrower than a part may be missed.
const SAMPLES: usize = PARTS + 3;
/// Most cells; of larger maps the cells are larger.
const MAX_CELLS: f64 = 32e6;
/// Roads farther apart in height are two levels, metres.
const LEVEL_M: f64 = 1.0;

/// What nobody has looked at: no part is inside and outside.
const UNKNOWN: u64 = u64::MAX;

/// Cells over a map, each looked at when it is first asked for. What is found does not depend on when.
#[derive(Debug)]
pub struct Drivable {
    low: [f64; 2],
    cell_m: f64,
    size: [usize; 2],
    /// By part, whether all of it and its surroundings is on the road of one level.
    inside: Vec<AtomicU64>,
    /// By part, whether none of it is.
    outside: Vec<AtomicU64>,
}

impl Drivable {
    /// Over a box (low and high corner), metres.
    pub fn new([low, high]: [[f64; 2]; 2]) -> Self {
        let sides = [0, 1].map(|i| (high[i] - low[i]).clamp(0.0, 1e6) + 1.0);
        let cell_m = CELL_M.max((sides[0] * sides[1] / MAX_CELLS).sqrt());
        let size = sides.map(|side| (side / cell_m).ceil() as usize + 1);
        let unknown = || {
            let count = size[0] * size[1];
            (0..count).map(|_| AtomicU64::new(UNKNOWN)).collect()
        };
        Self {
            low,
            cell_m,
            size,
            inside: unknown(),
            outside: unknown(),
        }
    }

    /// Whether a point lies on a lane for motor traffic, as [`RoadNetwork::is_drivable`] says; `None` where
    /// the map must be asked, with the height.
    #[inline]
    pub fn has(&self, map: &RoadNetwork, x_m: f64, y_m: f64) -> Option<bool> {
        let (i, j) = (
            (x_m - self.low[0]) / self.cell_m,
            (y_m - self.low[1]) / self.cell_m,
        );
        // What is not finite, too, lies outside of all cells.
        if !(i >= 0.0 && j >= 0.0) || i >= self.size[0] as f64 || j >= self.size[1] as f64 {
            return None;
        }
        let at = j as usize * self.size[0] + i as usize;
        let mut inside = self.inside.get(at)?.load(Ordering::Relaxed);
        if inside == UNKNOWN {
            inside = self.look(map, i as usize, j as usize, at);
        }
        let parts = PARTS as f64;
        let part = (j.fract() * parts) as usize * PARTS + (i.fract() * parts) as usize;
        let bit = 1u64 << part.min(63);
        if inside & bit != 0 && inside != UNKNOWN {
            return Some(true);
        }
        let outside = self.outside.get(at)?.load(Ordering::Relaxed);
        (outside & bit != 0 && outside != UNKNOWN).then_some(false)
    }

    /// Fills in a cell; its parts inside.
    #[cold]
    fn look(&self, map: &RoadNetwork, i: usize, j: usize, at: usize) -> u64 {
        let place = |index: usize, low: f64, k: usize| {
            let part = (k as f64 - 1.0) / PARTS as f64;
            low + (index as f64 + part) * self.cell_m
        };
        let mut on = [[false; SAMPLES]; SAMPLES];
        let mut is_single = true;
        for (l, row) in on.iter_mut().enumerate() {
            for (k, sample) in row.iter_mut().enumerate() {
                let (x, y) = (place(i, self.low[0], k), place(j, self.low[1], l));
                if let Some((lowest, highest)) = map.drivable_heights(x, y) {
                    *sample = true;
                    is_single &= highest - lowest < LEVEL_M;
                }
            }
        }
        let (mut inside, mut outside) = (0u64, 0u64);
        for part in 0..PARTS * PARTS {
            let (k, l) = (part % PARTS, part / PARTS);
            let around = on[l..l + 4].iter().flat_map(|row| &row[k..k + 4]);
            let count = around.filter(|on| **on).count();
            if count == 16 && is_single {
                inside |= 1 << part;
            } else if count == 0 {
                outside |= 1 << part;
            }
        }
        // A cell that is inside as a whole must not look like one that is unknown: its last part is asked
        // of the map.
        inside &= !(u64::from(inside == UNKNOWN) << 63);
        outside &= !(u64::from(outside == UNKNOWN) << 63);
        // Outside first: who sees the parts inside reads the others next.
        if let (Some(o), Some(i)) = (self.outside.get(at), self.inside.get(at)) {
            o.store(outside, Ordering::Release);
            i.store(inside, Ordering::Release);
        }
        inside
    }
}
