//! Height of the ground, from the lowest returns.

use sim::message::LidarPoint;

use crate::grid::{EXTENT_M, cell};

const CELLS: usize = 20;
/// How far the ground may rise above its lowest neighbour cell (4 m away), metres.
const MAX_RISE_M: f32 = 0.5;

/// Ground height on a coarse grid (4 m cells), interpolated between cell middles; metres in the ego frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Ground {
    height_m: Vec<f32>,
}

impl Ground {
    /// From the returns of one sweep. A cell whose lowest return stands far above its neighbours'
    /// (a roof, a wall) takes theirs; cells without returns take the nearest known, else 0.
    pub fn estimate(points: &[LidarPoint]) -> Self {
        let mut lowest = vec![f32::INFINITY; CELLS * CELLS];
        for p in points {
            if let (Some((i, _)), Some((j, _))) = (cell(p.x_m, CELLS), cell(p.y_m, CELLS)) {
                let slot = &mut lowest[i * CELLS + j];
                *slot = slot.min(p.z_m.clamp(-10.0, 10.0));
            }
        }
        // The ego stands on the ground.
        for i in [CELLS / 2 - 1, CELLS / 2] {
            for j in [CELLS / 2 - 1, CELLS / 2] {
                let slot = &mut lowest[i * CELLS + j];
                *slot = slot.min(0.0);
            }
        }
        let neighbours = |i: usize, j: usize, grid: &[f32]| {
            let mut least = f32::INFINITY;
            for a in i.saturating_sub(1)..(i + 2).min(CELLS) {
                for b in j.saturating_sub(1)..(j + 2).min(CELLS) {
                    least = least.min(grid[a * CELLS + b]);
                }
            }
            least
        };
        let mut height = lowest.clone();
        for i in 0..CELLS {
            for j in 0..CELLS {
                let cap = neighbours(i, j, &lowest) + MAX_RISE_M;
                let slot = &mut height[i * CELLS + j];
                if slot.is_finite() {
                    *slot = slot.min(cap);
                }
            }
        }
        for _ in 0..CELLS {
            if height.iter().all(|h| h.is_finite()) {
                break;
            }
            let known = height.clone();
            for i in 0..CELLS {
                for j in 0..CELLS {
                    if !known[i * CELLS + j].is_finite() {
                        height[i * CELLS + j] = neighbours(i, j, &known);
                    }
                }
            }
        }
        for h in &mut height {
            if !h.is_finite() {
                *h = 0.0;
            }
        }
        Self { height_m: height }
    }

    /// Height at a place, metres.
    pub fn at(&self, x_m: f32, y_m: f32) -> f32 {
        let place = |v: f32| {
            let p = (v + EXTENT_M) * (CELLS as f32 / (2.0 * EXTENT_M)) - 0.5;
            let p = p.clamp(0.0, (CELLS - 1) as f32);
            let i = (p as usize).min(CELLS - 2);
            (i, p - i as f32)
        };
        let ((i, a), (j, b)) = (place(x_m), place(y_m));
        let h = |i: usize, j: usize| self.height_m[i * CELLS + j];
        (h(i, j) * (1.0 - b) + h(i, j + 1) * b) * (1.0 - a)
            + (h(i + 1, j) * (1.0 - b) + h(i + 1, j + 1) * b) * a
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(x: f32, y: f32, z: f32) -> LidarPoint {
        LidarPoint {
            x_m: x,
            y_m: y,
            z_m: z,
            intensity: 0.5,
            ring: 0,
            column: 0,
        }
    }

    #[test]
    fn a_slope_is_followed_and_a_roof_is_not() {
        let mut points = Vec::new();
        for i in -39..39 {
            for j in -39..39 {
                let (x, y) = (i as f32, j as f32);
                let roof = (12.0..20.0).contains(&x) && (4.0..8.0).contains(&y);
                points.push(point(x, y, 0.05 * x + if roof { 3.0 } else { 0.0 }));
            }
        }
        let ground = Ground::estimate(&points);
        for (x, y) in [(0.0, 0.0), (30.0, -20.0), (-30.0, 10.0)] {
            assert!(
                (ground.at(x, y) - 0.05 * x).abs() < 0.25,
                "{}",
                ground.at(x, y)
            );
        }
        assert!(ground.at(14.0, 6.0) < 1.5);
        assert_eq!(Ground::estimate(&[]).at(50.0, f32::NAN.max(3.0)), 0.0);
    }
}
