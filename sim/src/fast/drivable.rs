//! Where vehicles may be, cell by cell: only near borders, and where roads cross over one another, is the map
//! itself asked.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::surface::Surface;

/// Side of a cell, metres.
const CELL_M: f64 = 1.0;
/// Parts of a cell along a side; each is a bit.
const PARTS: usize = 8;
/// Samples along a side of a cell, at the corners of its parts: what is narrower than a part may be missed.
const SAMPLES: usize = PARTS + 1;
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
    /// By part, whether all of it is on the road of one level.
    inside: Vec<AtomicU64>,
    /// By part, whether none of it is.
    outside: Vec<AtomicU64>,
    /// Whether roads lie over one another there.
    has_levels: Vec<AtomicBool>,
}

/// What cells know of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is on a lane for motor traffic.
    On,
    /// It is not.
    Off,
    /// The map must be asked.
    Border,
    /// The map must be asked, with the height.
    Levels,
}

impl Drivable {
    /// Over a box (low and high corner) that holds all roads, metres.
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
            has_levels: (0..size[0] * size[1])
                .map(|_| AtomicBool::new(false))
                .collect(),
        }
    }

    /// Whether a point lies on a lane for motor traffic, as [`Surface::is_drivable`] says.
    #[inline]
    pub fn look(&self, surface: &Surface, x_m: f64, y_m: f64) -> Known {
        let (i, j) = (
            (x_m - self.low[0]) / self.cell_m,
            (y_m - self.low[1]) / self.cell_m,
        );
        // The cells hold all roads. What is not finite, too, lies outside of them.
        if !(i >= 0.0 && j >= 0.0) || i >= self.size[0] as f64 || j >= self.size[1] as f64 {
            return Known::Off;
        }
        let (k, l) = (i as usize, j as usize);
        let at = l * self.size[0] + k;
        let load = |cells: &[AtomicU64]| {
            let cell = cells.get(at);
            cell.map_or(UNKNOWN, |c| c.load(Ordering::Acquire))
        };
        let mut inside = load(&self.inside);
        if inside == UNKNOWN {
            inside = self.fill(surface, k, l, at);
        }
        let parts = PARTS as f64;
        let part_of = |v: f64, whole: usize| ((v - whole as f64) * parts) as usize;
        let bit = 1u64 << (part_of(j, l) * PARTS + part_of(i, k)).min(63);
        if inside & bit != 0 && inside != UNKNOWN {
            return Known::On;
        }
        let outside = load(&self.outside);
        if outside & bit != 0 && outside != UNKNOWN {
            return Known::Off;
        }
        match self.has_levels.get(at) {
            Some(levels) if levels.load(Ordering::Relaxed) => Known::Levels,
            _ => Known::Border,
        }
    }

    /// Fills in a cell; its parts inside.
    #[cold]
    fn fill(&self, surface: &Surface, i: usize, j: usize, at: usize) -> u64 {
        let place = |index: usize, low: f64, k: usize| {
            let part = k as f64 / PARTS as f64;
            low + (index as f64 + part) * self.cell_m
        };
        let mut on = [[false; SAMPLES]; SAMPLES];
        let mut is_single = true;
        for (l, row) in on.iter_mut().enumerate() {
            for (k, sample) in row.iter_mut().enumerate() {
                let (x, y) = (place(i, self.low[0], k), place(j, self.low[1], l));
                if let Some((lowest, highest)) = surface.drivable_heights(x, y) {
                    *sample = true;
                    is_single &= highest - lowest < LEVEL_M;
                }
            }
        }
        let (mut inside, mut outside) = (0u64, 0u64);
        for part in 0..PARTS * PARTS {
            let (k, l) = (part % PARTS, part / PARTS);
            let around = on[l..l + 2].iter().flat_map(|row| &row[k..k + 2]);
            let count = around.filter(|on| **on).count();
            if count == 4 && is_single {
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
        if let Some(levels) = self.has_levels.get(at) {
            levels.store(!is_single, Ordering::Relaxed);
        }
        if let (Some(o), Some(i)) = (self.outside.get(at), self.inside.get(at)) {
            o.store(outside, Ordering::Release);
            i.store(inside, Ordering::Release);
        }
        inside
    }
}
