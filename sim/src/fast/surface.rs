//! What agents drive on: an OpenDRIVE map, or the flat areas and lines of a recorded scene.

use std::sync::Arc;

use rstar::primitives::{GeomWithData, Line, Rectangle};
use rstar::{AABB, PointDistance, RTree};

use super::road_points::{Piece, PieceKind, pieces};
use crate::road::RoadNetwork;

/// A point this near to an area's border lies on the area, metres: neighbours share rounded borders.
const BORDER_M: f64 = 0.02;
/// Segments that are as near as the nearest one but for this are met at their common end, metres.
const END_M: f64 = 1e-6;
/// Longest piece of a line, metres.
const PIECE_M: f64 = 4.0;

/// A line of a flat map.
#[derive(Clone, Debug, PartialEq)]
pub struct MapLine {
    /// What it is of.
    pub kind: PieceKind,
    /// Its points (x, y), metres.
    pub points_m: Vec<[f64; 2]>,
}

type Segment = Line<[f64; 2]>;
type Area = GeomWithData<Rectangle<[f64; 2]>, Vec<[f64; 2]>>;

/// A map without heights: areas to drive on, or edges of the road with the road to their left, and lines to
/// be seen. Where there are areas they say what is road, else the edges; without either nothing is, and
/// nobody can leave it.
#[derive(Debug)]
pub struct FlatMap {
    areas: RTree<Area>,
    edges: RTree<Segment>,
    lines: Vec<MapLine>,
}

impl FlatMap {
    /// Of areas (rings of x and y, metres) and lines. The points of lines that are not finite are left out,
    /// with areas that have one.
    pub fn new(areas: Vec<Vec<[f64; 2]>>, mut lines: Vec<MapLine>) -> Self {
        let is_finite = |p: &[f64; 2]| p.iter().all(|v| v.is_finite());
        let areas = areas
            .into_iter()
            .filter(|ring| ring.len() > 2 && ring.iter().all(is_finite))
            .map(|ring| {
                let around = AABB::from_points(ring.iter());
                GeomWithData::new(
                    Rectangle::from_corners(around.lower(), around.upper()),
                    ring,
                )
            })
            .collect();
        for line in &mut lines {
            line.points_m.retain(is_finite);
        }
        let edges = lines
            .iter()
            .filter(|line| line.kind == PieceKind::RoadEdge)
            .flat_map(|line| line.points_m.windows(2))
            .filter_map(|pair| match pair {
                [a, b] if a != b => Some(Line::new(*a, *b)),
                _ => None,
            })
            .collect();
        Self {
            areas: RTree::bulk_load(areas),
            edges: RTree::bulk_load(edges),
            lines,
        }
    }

    /// Whether a point is on the road.
    pub fn is_drivable(&self, x_m: f64, y_m: f64) -> bool {
        let point = [x_m, y_m];
        if self.areas.size() > 0 {
            let about = AABB::from_corners(
                [x_m - BORDER_M, y_m - BORDER_M],
                [x_m + BORDER_M, y_m + BORDER_M],
            );
            let mut near = self.areas.locate_in_envelope_intersecting(about);
            return near.any(|area| is_in(&area.data, point));
        }
        is_left(&self.edges, point)
    }

    /// Box around all areas and lines, low and high corner, metres.
    pub fn bounds_m(&self) -> Option<[[f64; 2]; 2]> {
        let rings = self.areas.iter().flat_map(|area| &area.data);
        let points = rings.chain(self.lines.iter().flat_map(|line| &line.points_m));
        points.fold(None, |bounds: Option<[[f64; 2]; 2]>, p| {
            let [low, high] = bounds.unwrap_or([*p; 2]);
            Some([
                [low[0].min(p[0]), low[1].min(p[1])],
                [high[0].max(p[0]), high[1].max(p[1])],
            ])
        })
    }

    fn pieces(&self) -> Vec<Piece> {
        let mut all = Vec::new();
        for line in &self.lines {
            for pair in line.points_m.windows(2) {
                let [a, b] = pair else { continue };
                let length_m = crate::math::hypot(b[0] - a[0], b[1] - a[1]);
                let parts = (length_m / PIECE_M).ceil().clamp(1.0, 1e4);
                let at = |k: u32| {
                    let w = f64::from(k) / parts;
                    [0, 1].map(|i| a[i] + w * (b[i] - a[i]))
                };
                let parts = 0..parts as u32;
                all.extend(parts.filter_map(|k| Piece::between(at(k), at(k + 1), line.kind)));
            }
        }
        all
    }
}

/// Whether a point lies in a ring or near its border, by the crossings of a ray.
fn is_in(ring: &[[f64; 2]], point: [f64; 2]) -> bool {
    let mut is_in = false;
    let mut before = ring[ring.len() - 1];
    for here in ring {
        let (a, b) = (before, *here);
        before = b;
        if Line::new(a, b).distance_2(&point) < BORDER_M * BORDER_M {
            return true;
        }
        if (a[1] > point[1]) != (b[1] > point[1]) {
            let at_x = a[0] + (point[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
            is_in ^= point[0] < at_x;
        }
    }
    is_in
}

/// Whether a point lies to the left of the nearest segment; of two that meet there, of both together.
fn is_left(edges: &RTree<Segment>, point: [f64; 2]) -> bool {
    let mut nearest = edges.nearest_neighbor_iter_with_distance_2(point);
    let Some((first, least2)) = nearest.next() else {
        return false;
    };
    let bound = (least2.sqrt() + END_M) * (least2.sqrt() + END_M);
    let foot = first.nearest_point(&point);
    let tied = nearest.take_while(|(_, d2)| *d2 <= bound).map(|(s, _)| s);
    // Normals to the left, each of length 1, added up.
    let normal = std::iter::once(first)
        .chain(tied)
        .fold([0.0; 2], |sum: [f64; 2], s| {
            let (dx, dy) = (s.to[0] - s.from[0], s.to[1] - s.from[1]);
            let length = crate::math::hypot(dx, dy).max(1e-12);
            [sum[0] - dy / length, sum[1] + dx / length]
        });
    (point[0] - foot[0]) * normal[0] + (point[1] - foot[1]) * normal[1] >= 0.0
}

/// What agents drive on.
#[derive(Clone, Debug)]
pub enum Surface {
    /// An OpenDRIVE map.
    Roads(Arc<RoadNetwork>),
    /// The map of a recorded scene.
    Flat(Arc<FlatMap>),
}

impl Surface {
    /// Lowest and highest road at a place, metres; `None` off the road.
    pub fn drivable_heights(&self, x_m: f64, y_m: f64) -> Option<(f64, f64)> {
        match self {
            Self::Roads(map) => map.drivable_heights(x_m, y_m),
            Self::Flat(map) => map.is_drivable(x_m, y_m).then_some((0.0, 0.0)),
        }
    }

    /// Whether a place is on the road, at a height where one is given, metres.
    pub fn is_drivable(&self, x_m: f64, y_m: f64, z_m: Option<f64>) -> bool {
        match self {
            Self::Roads(map) => map.is_drivable(x_m, y_m, z_m),
            Self::Flat(map) => map.is_drivable(x_m, y_m),
        }
    }

    /// Whether all of it lies at height 0.
    pub fn is_flat(&self) -> bool {
        match self {
            Self::Roads(map) => map.is_flat(),
            Self::Flat(_) => true,
        }
    }

    /// Box around all of it, low and high corner, metres.
    pub fn bounds_m(&self) -> Option<[[f64; 2]; 2]> {
        match self {
            Self::Roads(map) => map.bounds_m(),
            Self::Flat(map) => map.bounds_m(),
        }
    }

    /// What of it is seen.
    pub fn pieces(&self) -> Vec<Piece> {
        match self {
            Self::Roads(map) => pieces(map),
            Self::Flat(map) => map.pieces(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(points_m: &[[f64; 2]]) -> MapLine {
        MapLine {
            kind: PieceKind::RoadEdge,
            points_m: points_m.to_vec(),
        }
    }

    #[test]
    fn areas_say_what_is_road() {
        let l = vec![
            [0.0, 0.0],
            [10.0, 0.0],
            [10.0, 4.0],
            [4.0, 4.0],
            [4.0, 10.0],
            [0.0, 10.0],
        ];
        let map = FlatMap::new(vec![l], Vec::new());
        for (x, y, on) in [
            (2.0, 8.0, true),
            (8.0, 2.0, true),
            (8.0, 8.0, false),
            (-0.01, 5.0, true),
            (-0.1, 5.0, false),
        ] {
            assert_eq!(map.is_drivable(x, y), on, "({x}, {y})");
        }
        assert_eq!(map.bounds_m(), Some([[0.0, 0.0], [10.0, 10.0]]));
    }

    #[test]
    fn edges_have_the_road_to_their_left_at_corners_too() {
        // Counterclockwise: the road is within.
        let square = [
            [0.0, 0.0],
            [10.0, 0.0],
            [10.0, 10.0],
            [0.0, 10.0],
            [0.0, 0.0],
        ];
        let map = FlatMap::new(Vec::new(), vec![edge(&square)]);
        let turned: Vec<_> = square.iter().rev().copied().collect();
        let island = FlatMap::new(Vec::new(), vec![edge(&turned)]);
        for (x, y, within) in [
            (5.0, 1.0, true),
            (0.2, 0.1, true),
            (-0.2, -0.1, false),
            (12.0, 10.5, false),
            (5.0, 9.9, true),
        ] {
            assert_eq!(map.is_drivable(x, y), within, "({x}, {y})");
            assert_eq!(island.is_drivable(x, y), !within, "({x}, {y})");
        }
    }

    #[test]
    fn without_areas_and_edges_nothing_is_road() {
        let line = MapLine {
            kind: PieceKind::LaneCenter,
            points_m: vec![[0.0, 0.0], [f64::NAN, 1.0], [9.0, 0.0]],
        };
        let map = FlatMap::new(vec![vec![[0.0; 2]]], vec![line]);
        assert!(!map.is_drivable(1.0, 0.0));
        assert_eq!(map.pieces().len(), 3);
    }
}
