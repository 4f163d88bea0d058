//! The ground about and under the roads.

use super::super::semantic::Material;
use super::super::soup::TriangleSoup;

/// The ground lies this much below the lowest road nearby, metres.
const BELOW_M: f64 = 0.08;
/// Cells along a side at most, and their least side, metres.
const MAX_CELLS: f64 = 256.0;
const MIN_CELL_M: f64 = 4.0;
/// Ground about the map: with its relief, and flat out to the horizon, metres.
const MARGIN_M: f64 = 60.0;
const FAR_M: f64 = 1500.0;

/// Heights on a grid.
pub struct Ground {
    origin_m: [f64; 2],
    cell_m: f64,
    /// Cells along x and y.
    cells: [usize; 2],
    height_m: Vec<f64>,
}

impl Ground {
    /// Ground that nowhere stands out above roads with these points.
    pub fn under(points: &[[f64; 3]]) -> Self {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for p in points {
            for k in 0..2 {
                low[k] = low[k].min(p[k]);
                high[k] = high[k].max(p[k]);
            }
        }
        if !(low[0] <= high[0] && low[1] <= high[1]) {
            (low, high) = ([0.0; 2], [0.0; 2]);
        }
        let extent = (high[0] - low[0]).max(high[1] - low[1]) + 2.0 * MARGIN_M;
        let cell_m = (extent / MAX_CELLS).max(MIN_CELL_M);
        let origin_m = low.map(|v| v - MARGIN_M);
        let cells =
            [0, 1].map(|k| ((high[k] - low[k] + 2.0 * MARGIN_M) / cell_m).ceil() as usize + 1);
        let mut ground = Self {
            origin_m,
            cell_m,
            cells,
            height_m: vec![f64::INFINITY; cells[0] * cells[1]],
        };
        for p in points {
            let i = ((p[0] - origin_m[0]) / cell_m) as usize;
            let j = ((p[1] - origin_m[1]) / cell_m) as usize;
            if let Some(h) = ground.height_m.get_mut(i * cells[1] + j) {
                *h = h.min(p[2]);
            }
        }
        ground.spread();
        ground
    }

    /// Gives cells without a road the height of the nearest that have one.
    fn spread(&mut self) {
        let [nx, ny] = self.cells;
        let mut front: Vec<usize> = (0..nx * ny)
            .filter(|c| self.height_m[*c].is_finite())
            .collect();
        if front.is_empty() {
            self.height_m.fill(0.0);
        }
        while !front.is_empty() {
            let mut next = Vec::new();
            for cell in front {
                let (i, j) = (cell / ny, cell % ny);
                let height = self.height_m[cell];
                let sides = [
                    (i > 0).then(|| cell - ny),
                    (i + 1 < nx).then(|| cell + ny),
                    (j > 0).then(|| cell - 1),
                    (j + 1 < ny).then(|| cell + 1),
                ];
                for side in sides.into_iter().flatten() {
                    if !self.height_m[side].is_finite() {
                        self.height_m[side] = height;
                        next.push(side);
                    }
                }
            }
            front = next;
        }
    }

    /// Height of a grid corner: the lowest of the cells within two of it, so that no slope between
    /// corners rises above a road.
    fn corner(&self, i: usize, j: usize) -> f64 {
        let [nx, ny] = self.cells;
        let mut low = f64::INFINITY;
        for a in i.saturating_sub(2)..(i + 2).min(nx) {
            for b in j.saturating_sub(2)..(j + 2).min(ny) {
                low = low.min(self.height_m[a * ny + b]);
            }
        }
        low - BELOW_M
    }

    /// Adds the ground; the outermost cells reach out to the horizon.
    pub fn add(&self, soup: &mut TriangleSoup) {
        let [nx, ny] = self.cells;
        let coordinate = |k: usize, i: usize| {
            let last = self.cells[k];
            let inner = self.origin_m[k] + self.cell_m * i as f64;
            match i {
                0 => inner - FAR_M,
                i if i == last => inner + FAR_M,
                _ => inner,
            }
        };
        let first = soup.vertices.len() as u32;
        for i in 0..=nx {
            for j in 0..=ny {
                soup.vertices
                    .push([coordinate(0, i), coordinate(1, j), self.corner(i, j)]);
            }
        }
        let row = ny as u32 + 1;
        for i in 0..nx as u32 {
            for j in 0..ny as u32 {
                let a = first + i * row + j;
                for corners in [[a, a + row, a + row + 1], [a, a + row + 1, a + 1]] {
                    soup.triangles.push((corners, Material::Grass, 0));
                }
            }
        }
    }
}
