//! Lane centre lines cut to pieces that a network reads as tokens.

use sim::math::hypot;

use super::features::LANE_POINTS;

/// Distance of the points of a piece, metres.
const SPACING_M: f64 = 2.0;
/// Side of a cell of the look-up grid, metres.
const CELL_M: f64 = 20.0;

/// Pieces of centre lines with a grid to find the near ones.
#[derive(Clone, Debug, Default)]
pub struct LaneMap {
    /// Pieces of `LANE_POINTS` points in the direction of travel; short ends repeat their last point.
    pieces: Vec<[[f64; 2]; LANE_POINTS]>,
    /// (cell, piece), sorted.
    cells: Vec<((i32, i32), u32)>,
}

fn cell(x: f64, y: f64) -> (i32, i32) {
    ((x / CELL_M).floor() as i32, (y / CELL_M).floor() as i32)
}

impl LaneMap {
    /// Cuts centre lines, each in its direction of travel, into pieces.
    pub fn new(lines: impl IntoIterator<Item = Vec<[f64; 2]>>) -> Self {
        let mut pieces = Vec::new();
        for line in lines {
            let points = crate::path::Path::from_xy(&line, SPACING_M, 0.0).points;
            let mut start = 0;
            while start + 1 < points.len() {
                let piece = std::array::from_fn(|i| {
                    let p = &points[(start + i).min(points.len() - 1)];
                    [p.x_m, p.y_m]
                });
                pieces.push(piece);
                start += LANE_POINTS - 1;
            }
        }
        let mut cells: Vec<_> = pieces
            .iter()
            .enumerate()
            .map(|(i, piece): (usize, &[[f64; 2]; LANE_POINTS])| {
                let middle = piece[LANE_POINTS / 2];
                (cell(middle[0], middle[1]), i as u32)
            })
            .collect();
        cells.sort_unstable();
        Self { pieces, cells }
    }

    /// Number of pieces.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Up to `count` pieces by distance of their middles, nearest first.
    pub fn nearest(
        &self,
        x_m: f64,
        y_m: f64,
        reach_m: f64,
        count: usize,
    ) -> Vec<&[[f64; 2]; LANE_POINTS]> {
        let (low, high) = (
            cell(x_m - reach_m, y_m - reach_m),
            cell(x_m + reach_m, y_m + reach_m),
        );
        let mut near: Vec<(f64, u32)> = Vec::new();
        for column in low.0..=high.0.min(low.0.saturating_add(100)) {
            let from = self.cells.partition_point(|(c, _)| *c < (column, low.1));
            for (c, index) in &self.cells[from..] {
                if *c > (column, high.1) {
                    break;
                }
                let middle = self.pieces[*index as usize][LANE_POINTS / 2];
                let d = hypot(middle[0] - x_m, middle[1] - y_m);
                if d < reach_m {
                    near.push((d, *index));
                }
            }
        }
        near.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        near.iter()
            .take(count)
            .map(|(_, i)| &self.pieces[*i as usize])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_pieces_come_first() {
        let map = LaneMap::new([
            vec![[0.0, 0.0], [200.0, 0.0]],
            vec![[0.0, 50.0], [200.0, 50.0]],
        ]);
        assert_eq!(map.len(), 24);
        let near = map.nearest(100.0, 1.0, 40.0, 3);
        assert_eq!(near.len(), 3);
        assert!(near.iter().all(|p| p[0][1] == 0.0));
        assert!(map.nearest(f64::NAN, 0.0, 40.0, 3).is_empty());
    }
}
