//! Points of the road as agents see them: pieces of lane middles, lines and edges, the nearest ones listed
//! cell by cell.

use std::collections::BTreeMap;

use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::observe::ROAD_POINTS;
use crate::road::RoadNetwork;

/// Length of a piece, metres.
const PIECE_M: f64 = 4.0;
/// Side of a cell, metres.
const CELL_M: f64 = 8.0;
/// Pieces farther than this from a cell's middle are not listed, metres.
const REACH_M: f64 = 80.0;
/// Cells this far from all pieces have no list, metres.
const NEAR_M: f64 = 24.0;

/// What a piece is of, as observations tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    /// The middle of a lane.
    LaneCenter,
    /// Between lanes.
    LaneLine,
    /// Between a lane and what is no lane.
    RoadEdge,
}

/// A piece of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Middle, metres.
    pub middle_m: [f64; 2],
    /// Half of its length, metres.
    pub half_m: f64,
    /// Unit vector along it.
    pub along: [f64; 2],
    /// What it is of.
    pub kind: PieceKind,
}

impl Piece {
    /// Between two points; `None` where they are one.
    pub fn between(a: [f64; 2], b: [f64; 2], kind: PieceKind) -> Option<Self> {
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = crate::math::hypot(dx, dy);
        (length > 1e-3 && length.is_finite()).then(|| Self {
            middle_m: [0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1])],
            half_m: 0.5 * length,
            along: [dx / length, dy / length],
            kind,
        })
    }
}

/// The pieces nearest to a cell, nearest first, as planes: x, y, half length, cosine, sine, kind.
#[derive(Clone, Debug)]
pub struct Nearest {
    /// Number of pieces.
    pub count: usize,
    /// Metres from the scene's origin; cosine and sine; kind as 0, 0.5 or 1.
    pub planes: [[f32; ROAD_POINTS]; 6],
}

/// Lists of the nearest pieces by cell.
#[derive(Debug, Default)]
pub struct RoadPoints {
    low: [i64; 2],
    size: [usize; 2],
    /// Number of the list in `lists` and one, or 0.
    slots: Vec<u32>,
    lists: Vec<Nearest>,
}

impl RoadPoints {
    /// Of pieces, with places counted from an origin, metres.
    pub fn new(pieces: &[Piece], origin: [f64; 2]) -> Self {
        let cell_of = |p: [f64; 2]| p.map(|v| (v / CELL_M).floor() as i64);
        let local: Vec<GeomWithData<[f64; 2], usize>> = pieces
            .iter()
            .enumerate()
            .map(|(i, p)| {
                GeomWithData::new([p.middle_m[0] - origin[0], p.middle_m[1] - origin[1]], i)
            })
            .collect();
        let mut cells = BTreeMap::<[i64; 2], ()>::new();
        let around = (NEAR_M / CELL_M).ceil() as i64;
        for piece in &local {
            let [i, j] = cell_of(*piece.geom());
            for di in -around..=around {
                for dj in -around..=around {
                    cells.insert([i + di, j + dj], ());
                }
            }
        }
        let tree = RTree::bulk_load(local);
        let bound = |k: usize, pick: fn(i64, i64) -> i64| cells.keys().map(|c| c[k]).reduce(pick);
        let (Some(low_i), Some(low_j)) = (bound(0, i64::min), bound(1, i64::min)) else {
            return Self::default();
        };
        let high = [0, 1].map(|k| bound(k, i64::max).unwrap_or_default());
        let low = [low_i, low_j];
        let size = [0, 1].map(|k| (high[k] - low[k] + 1) as usize);
        let mut slots = vec![0; size[0] * size[1]];
        let mut lists = Vec::with_capacity(cells.len());
        for cell in cells.keys() {
            let middle = cell.map(|c| (c as f64 + 0.5) * CELL_M);
            lists.push(nearest(&tree, pieces, middle));
            let at = (cell[1] - low[1]) as usize * size[0] + (cell[0] - low[0]) as usize;
            if let Some(slot) = slots.get_mut(at) {
                *slot = lists.len() as u32;
            }
        }
        Self {
            low,
            size,
            slots,
            lists,
        }
    }

    /// The pieces about a place, counted from the origin, metres; `None` far from all.
    #[inline]
    pub fn about(&self, x_m: f64, y_m: f64) -> Option<&Nearest> {
        let (i, j) = (
            (x_m / CELL_M).floor() - self.low[0] as f64,
            (y_m / CELL_M).floor() - self.low[1] as f64,
        );
        if !(i >= 0.0 && j >= 0.0) || i >= self.size[0] as f64 || j >= self.size[1] as f64 {
            return None;
        }
        let slot = self.slots.get(j as usize * self.size[0] + i as usize)?;
        self.lists.get((*slot as usize).checked_sub(1)?)
    }
}

fn nearest(
    tree: &RTree<GeomWithData<[f64; 2], usize>>,
    pieces: &[Piece],
    middle: [f64; 2],
) -> Nearest {
    let mut list = Nearest {
        count: 0,
        planes: [[0.0; ROAD_POINTS]; 6],
    };
    let found = tree
        .nearest_neighbor_iter_with_distance_2(middle)
        .take_while(|(_, d2)| *d2 < REACH_M * REACH_M)
        .take(ROAD_POINTS);
    for (k, (point, _)) in found.enumerate() {
        let Some(piece) = pieces.get(point.data) else {
            continue;
        };
        let kind = match piece.kind {
            PieceKind::LaneCenter => 0.0,
            PieceKind::LaneLine => 0.5,
            PieceKind::RoadEdge => 1.0,
        };
        let [x, y] = *point.geom();
        let values = [x, y, piece.half_m, piece.along[0], piece.along[1], kind];
        for (plane, value) in list.planes.iter_mut().zip(values) {
            if let Some(slot) = plane.get_mut(k) {
                *slot = value as f32;
            }
        }
        list.count = k + 1;
    }
    list
}

/// Pieces of all lanes of a map for motor traffic.
pub fn pieces(map: &RoadNetwork) -> Vec<Piece> {
    let mut all = Vec::new();
    for road in map.roads() {
        for section in 0..road.sections.len() {
            let Some((from, to)) = road.section_range(section) else {
                continue;
            };
            let steps = ((to - from) / PIECE_M).ceil().clamp(1.0, 1e6) as usize;
            let s_of = |i: usize| from + (to - from) * i as f64 / steps as f64;
            let Some(lanes) = road.sections.get(section) else {
                continue;
            };
            for lane in lanes.lanes().filter(|l| l.kind.is_drivable()) {
                let beyond = lane.id + lane.id.signum();
                let is_edge = !lanes
                    .lanes()
                    .any(|l| l.id == beyond && l.kind.is_drivable());
                let outer = if is_edge {
                    PieceKind::RoadEdge
                } else {
                    PieceKind::LaneLine
                };
                let mut before: Option<[[f64; 2]; 3]> = None;
                for i in 0..=steps {
                    // Within the section, so that its own widths hold.
                    let s = s_of(i).min(to - 1e-6).max(from);
                    let Some(bounds) = road.lane_bounds(s, lane.id) else {
                        continue;
                    };
                    let middle = 0.5 * (bounds.inner_t_m + bounds.outer_t_m);
                    let here = [middle, bounds.outer_t_m, bounds.inner_t_m].map(|t| {
                        let [p, ..] = road.surface(s, t, 0.0);
                        [p.x, p.y]
                    });
                    if let Some(before) = before {
                        all.extend(Piece::between(before[0], here[0], PieceKind::LaneCenter));
                        all.extend(Piece::between(before[1], here[1], outer));
                        // The innermost lane's inner border is the centre line.
                        if lane.id.abs() == 1 {
                            all.extend(Piece::between(before[2], here[2], PieceKind::LaneLine));
                        }
                    }
                    before = Some(here);
                }
            }
        }
    }
    all
}
