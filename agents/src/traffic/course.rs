//! A path with the room that a vehicle sweeps along it: a long vehicle's corners leave the strip of its
//! own width in bends.

use std::sync::Arc;

use sim::math::{cos, hypot, sin, sin_cos};

use crate::path::{Path, PathJunction, PathPoint, PathSignal, Projection, near_or_anywhere};
use crate::rules::idm::IdmParams;

/// Widest sweep to one side that is reckoned with, metres.
const WIDEST_M: f64 = 4.5;
/// Distance of a cyclist from the edge of the lane, metres.
const EDGE_M: f64 = 0.7;

/// Extent of a vehicle about its reference point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// From the reference point to the front, metres.
    pub front_m: f64,
    /// From the reference point back to the rear, metres.
    pub rear_m: f64,
    /// Width, metres.
    pub width_m: f64,
}

/// The path of one vehicle with what depends on both.
#[derive(Clone, Debug)]
pub struct Course {
    /// The path of the reference point.
    pub path: Arc<Path>,
    /// Farthest to the left and to the right of each sample that the body gets, metres.
    sides_m: Vec<[f64; 2]>,
    /// The farthest of all, metres.
    pub widest_m: f64,
    /// Speed at each sample that keeps limits and bends from there on at a comfortable braking, m/s.
    speeds_mps: Vec<f64>,
    /// Cosine and sine of the heading at each sample.
    frames: Vec<(f64, f64)>,
    /// Every [`BLOCK`] samples.
    blocks: Vec<Block>,
}

/// Samples of a block.
pub const BLOCK: usize = 16;

/// Samples that are looked at together.
#[derive(Clone, Debug)]
pub struct Block {
    /// Low x, low y, high x, high y, metres.
    pub around_m: [f64; 4],
    x_m: [f64; BLOCK],
    y_m: [f64; BLOCK],
    /// Direction from the first sample to the last, and how far samples lie along it and to its left (low, high).
    axis: [f64; 2],
    along_m: [f64; 2],
    across_m: [f64; 2],
}

impl Block {
    /// Of at most [`BLOCK`] samples; the last one stands for those that are missing.
    fn of(points: &[PathPoint]) -> Self {
        let at = |i: usize| points.get(i).or(points.last()).copied().unwrap_or_default();
        let (x_m, y_m) = (
            std::array::from_fn(|i| at(i).x_m),
            std::array::from_fn(|i| at(i).y_m),
        );
        let low = |all: &[f64; BLOCK]| all.iter().fold(f64::MAX, |a, b| a.min(*b));
        let high = |all: &[f64; BLOCK]| all.iter().fold(f64::MIN, |a, b| a.max(*b));
        let chord = [x_m[BLOCK - 1] - x_m[0], y_m[BLOCK - 1] - y_m[0]];
        let length = hypot(chord[0], chord[1]);
        let axis = if length > 1e-6 {
            [chord[0] / length, chord[1] / length]
        } else {
            [1.0, 0.0]
        };
        let extent = |u: [f64; 2]| {
            let on: [f64; BLOCK] = std::array::from_fn(|i| x_m[i] * u[0] + y_m[i] * u[1]);
            [low(&on), high(&on)]
        };
        Self {
            around_m: [low(&x_m), low(&y_m), high(&x_m), high(&y_m)],
            axis,
            along_m: extent(axis),
            across_m: extent([-axis[1], axis[0]]),
            x_m,
            y_m,
        }
    }

    /// Whether all samples of two blocks are certainly farther from each other than a distance, metres: by the
    /// boxes about them along this one's chord.
    pub fn is_beside(&self, other: &Self, distance_m: f64) -> bool {
        let [ux, uy] = self.axis;
        let (c, s) = (
            ux * other.axis[0] + uy * other.axis[1],
            ux * other.axis[1] - uy * other.axis[0],
        );
        // The other's box in this one's frame: its axes are (c, s) and (-s, c).
        let span = |a: f64, b: f64| {
            let on =
                |[low, high]: [f64; 2], k: f64| [(low * k).min(high * k), (low * k).max(high * k)];
            let (p, q) = (on(other.along_m, a), on(other.across_m, b));
            [p[0] + q[0], p[1] + q[1]]
        };
        let apart = |mine: [f64; 2], theirs: [f64; 2]| {
            theirs[0] - mine[1] > distance_m || mine[0] - theirs[1] > distance_m
        };
        apart(self.across_m, span(s, c)) || apart(self.along_m, span(c, -s))
    }

    /// Whether a sample is nearer to a point than the root of a squared distance, metres².
    #[inline]
    pub fn is_near(&self, x_m: f64, y_m: f64, within2: f64) -> bool {
        let mut is_near = false;
        for i in 0..BLOCK {
            let (dx, dy) = (self.x_m[i] - x_m, self.y_m[i] - y_m);
            is_near |= dx * dx + dy * dy < within2;
        }
        is_near
    }
}

impl Course {
    /// The course of a vehicle of an extent and manner along a path.
    pub fn new(path: Arc<Path>, extent: &Extent, params: &IdmParams) -> Self {
        let frames: Vec<(f64, f64)> = path
            .points
            .iter()
            .map(|p| {
                let (s, c) = sin_cos(p.yaw_rad);
                (c, s)
            })
            .collect();
        let sides_m = sides(&path, &frames, extent);
        let blocks = path.points.chunks(BLOCK).map(Block::of).collect();
        let widest_m = sides_m
            .iter()
            .flatten()
            .fold(0.5 * extent.width_m, |m, v| m.max(*v));
        let speeds_mps = speeds(&path, params);
        Self {
            path,
            sides_m,
            widest_m,
            speeds_mps,
            frames,
            blocks,
        }
    }

    /// Cosine and sine of the heading at a sample.
    pub fn frame(&self, index: usize) -> (f64, f64) {
        self.frames.get(index).copied().unwrap_or((1.0, 0.0))
    }

    /// Every [`BLOCK`] samples.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// What [`Path::project_within`] finds, sooner: blocks that are farther than a guess are passed over.
    pub fn project_within(&self, x_m: f64, y_m: f64, from_m: f64, to_m: f64) -> Projection {
        let path = &self.path;
        let Some((from, to)) = path.samples_between(from_m, to_m) else {
            return Projection::FAR;
        };
        // The guess itself is to be found again.
        let mut best2 = path.guess(from, to, x_m, y_m) * (1.0 + 1e-12) + 1e-12;
        let mut nearest = None;
        for (k, block) in self
            .blocks
            .iter()
            .enumerate()
            .take(to / BLOCK + 1)
            .skip(from / BLOCK)
        {
            let [x0, y0, x1, y1] = block.around_m;
            let dx = (x0 - x_m).max(x_m - x1).max(0.0);
            let dy = (y0 - y_m).max(y_m - y1).max(0.0);
            if dx * dx + dy * dy >= best2 {
                continue;
            }
            let first = from.saturating_sub(k * BLOCK);
            for i in first..BLOCK.min(to + 1 - k * BLOCK) {
                let (dx, dy) = (block.x_m[i] - x_m, block.y_m[i] - y_m);
                let distance2 = dx * dx + dy * dy;
                if distance2 < best2 {
                    (best2, nearest) = (distance2, Some(k * BLOCK + i));
                }
            }
        }
        nearest.map_or(Projection::FAR, |i| {
            path.projection_about(i, self.frame(i), x_m, y_m)
        })
    }

    /// What [`Path::project_near`] finds.
    pub fn project_near(&self, x_m: f64, y_m: f64, hint_m: f64) -> Projection {
        near_or_anywhere(hint_m, self.path.length_m(), |from_m, to_m| {
            self.project_within(x_m, y_m, from_m, to_m)
        })
    }

    fn index(&self, station_m: f64) -> usize {
        let at = (station_m / self.path.spacing_m.max(1e-9)).max(0.0) as usize;
        at.min(self.path.points.len().saturating_sub(1))
    }

    /// Farthest to the left and to the right of a sample that the body gets, metres.
    pub fn sides_m(&self, index: usize) -> [f64; 2] {
        self.sides_m.get(index).copied().unwrap_or([1.0, 1.0])
    }

    /// The same, the most between two stations, metres.
    pub fn sides_between_m(&self, from_m: f64, to_m: f64) -> [f64; 2] {
        let (from, to) = (self.index(from_m), self.index(to_m.max(from_m)) + 1);
        (from..=to)
            .map(|i| self.sides_m(i.min(self.sides_m.len().saturating_sub(1))))
            .fold([0.0, 0.0], |m: [f64; 2], s| {
                [m[0].max(s[0]), m[1].max(s[1])]
            })
    }

    /// Speed at a station that keeps limits and bends from there on, m/s.
    pub fn speed_mps(&self, station_m: f64) -> f64 {
        self.speeds_mps
            .get(self.index(station_m))
            .copied()
            .unwrap_or(1.0)
    }
}

fn sides(path: &Path, frames: &[(f64, f64)], extent: &Extent) -> Vec<[f64; 2]> {
    let (n, spacing) = (path.points.len(), path.spacing_m.max(0.1));
    let half = 0.5 * extent.width_m;
    let back = (extent.front_m / spacing).ceil().max(0.0) as usize;
    let on = (extent.rear_m / spacing).ceil().max(0.0) as usize;
    (0..n)
        .map(|q| {
            let at = &path.points[q];
            // Over all places of the reference point with a part of the body beside this sample.
            let (low, high) = (q.saturating_sub(back), (q + on).min(n - 1));
            let mut side = [half, half];
            let near = path.points[low..=high].iter().zip(&frames[low..=high]);
            for (p, (c, si)) in near {
                let left = (at.y_m - p.y_m) * c - (at.x_m - p.x_m) * si;
                side[0] = side[0].max(half - left);
                side[1] = side[1].max(half + left);
            }
            side.map(|v| v.min(WIDEST_M))
        })
        .collect()
}

fn speeds(path: &Path, params: &IdmParams) -> Vec<f64> {
    let brake = 0.75 * params.decel_mps2;
    let mut next = params.max_speed_mps;
    let mut speeds: Vec<f64> = path
        .points
        .iter()
        .rev()
        .map(|p| {
            let bend = (params.lateral_mps2 / p.curvature_pm.abs().max(1e-4)).sqrt();
            let here = p.speed_limit_mps.min(bend) * params.limit_share;
            let before = (next * next + 2.0 * brake * path.spacing_m).sqrt();
            next = here.min(before).min(params.max_speed_mps).max(1.0);
            next
        })
        .collect();
    speeds.reverse();
    speeds
}

/// The path of a cyclist, who keeps to the right edge of the lane.
pub fn along_the_edge(path: &Path) -> Path {
    let shifted: Vec<[f64; 2]> = path
        .points
        .iter()
        .map(|p| {
            let right = (p.half_width_m - EDGE_M).clamp(0.0, 1.5);
            [
                p.x_m + right * sin(p.yaw_rad),
                p.y_m - right * cos(p.yaw_rad),
            ]
        })
        .collect();
    let mut stations = Vec::with_capacity(shifted.len());
    let mut run = 0.0;
    for (i, p) in shifted.iter().enumerate() {
        if let Some(q) = i.checked_sub(1).and_then(|k| shifted.get(k)) {
            run += hypot(p[0] - q[0], p[1] - q[1]);
        }
        stations.push(run);
    }
    let mut moved = Path::from_xy(&shifted, path.spacing_m, 1.0);
    let mut k = 0;
    for (i, point) in moved.points.iter_mut().enumerate() {
        let station = i as f64 * path.spacing_m;
        while k + 1 < stations.len() && stations[k + 1] <= station {
            k += 1;
        }
        if let Some(from) = path.points.get(k) {
            point.z_m = from.z_m;
            point.speed_limit_mps = from.speed_limit_mps;
            point.half_width_m = from.half_width_m;
        }
    }
    let station_of = |m: f64| {
        let at = (m / path.spacing_m.max(1e-9)).max(0.0);
        let i = (at as usize).min(stations.len().saturating_sub(2));
        match (stations.get(i), stations.get(i + 1)) {
            (Some(a), Some(b)) => a + (b - a) * (at - i as f64),
            _ => m,
        }
    };
    moved.has_heights = path.has_heights;
    moved.junctions = path
        .junctions
        .iter()
        .map(|j| PathJunction {
            start_m: station_of(j.start_m),
            end_m: station_of(j.end_m),
            conflict_m: j.conflict_m.map(|m| m.map(station_of)),
            ..*j
        })
        .collect();
    moved.signals = path
        .signals
        .iter()
        .map(|s| PathSignal {
            id: s.id.clone(),
            stop_m: station_of(s.stop_m),
        })
        .collect();
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bend() -> Path {
        let xy: Vec<[f64; 2]> = (0..=40)
            .map(|i| [f64::from(i) - 40.0, 0.0])
            .chain((1..=90).map(|i| {
                let a = f64::from(i).to_radians();
                [10.0 * sin(a), 10.0 - 10.0 * cos(a)]
            }))
            .chain((1..=40).map(|i| [10.0, 10.0 + f64::from(i)]))
            .collect();
        Path::from_xy(&xy, 1.0, 15.0)
    }

    #[test]
    fn a_bus_swings_out_of_its_strip_in_a_bend_and_a_car_hardly() {
        let params = IdmParams::default();
        let bus = Extent {
            front_m: 8.8,
            rear_m: 3.2,
            width_m: 2.55,
        };
        let car = Extent {
            front_m: 3.7,
            rear_m: 0.9,
            width_m: 1.85,
        };
        let path = Arc::new(bend());
        let (bus, car) = (
            Course::new(path.clone(), &bus, &params),
            Course::new(path, &car, &params),
        );
        // A left bend of radius 10 m: the outer front corner runs on a circle of hypot(10 + w/2, 8.8).
        let outer = hypot(10.0 + 2.55 / 2.0, 8.8) - 10.0;
        let most = |c: &Course| (45..60).map(|i| c.sides_m(i)[1]).fold(0.0, f64::max);
        assert!((most(&bus) - outer).abs() < 0.5, "{} {outer}", most(&bus));
        assert!(most(&car) < 2.0);
        assert!((bus.sides_m(10)[1] - 2.55 / 2.0).abs() < 1e-6);
    }

    #[test]
    fn it_slows_down_before_the_bend() {
        let params = IdmParams::default();
        let extent = Extent {
            front_m: 3.7,
            rear_m: 0.9,
            width_m: 1.85,
        };
        let course = Course::new(Arc::new(bend()), &extent, &params);
        let (far, near) = (course.speed_mps(2.0), course.speed_mps(36.0));
        assert!(course.speed_mps(48.0) < 4.7 && near < far && near > 4.0);
        let fall = (far * far - near * near) / (2.0 * 34.0);
        assert!(fall <= 0.75 * params.decel_mps2 + 0.05, "{fall}");
    }

    #[test]
    fn cyclists_keep_to_the_edge() {
        let mut path = bend();
        path.junctions.push(PathJunction {
            start_m: 20.0,
            end_m: 60.0,
            turn_rad: 1.5,
            priority: crate::path::Priority::Equal,
            conflict_m: None,
        });
        let edge = along_the_edge(&path);
        let at = path.project(edge.points[10].x_m, edge.points[10].y_m);
        assert!((at.lateral_m + 1.05).abs() < 0.05, "{at:?}");
        assert!((edge.junctions[0].start_m - 20.0).abs() < 0.1);
        // Outside of a left bend the way is longer.
        assert!(edge.junctions[0].end_m > 60.5);
    }

    #[test]
    fn blocks_change_no_projection_and_none_is_beside_what_is_near() {
        let extent = Extent {
            front_m: 3.7,
            rear_m: 0.9,
            width_m: 1.85,
        };
        let course = Course::new(Arc::new(bend()), &extent, &IdmParams::default());
        let spread = |i: usize, step: usize, over: usize| (i * step % over) as f64;
        for i in 0..3000 {
            let (x, y) = (spread(i, 37, 79) - 52.3, spread(i, 53, 71) - 11.7);
            let (from, to) = (spread(i, 7, 60) - 3.0, 40.0 + spread(i, 11, 70));
            let plain = course.path.project_within(x, y, from, to);
            assert_eq!(course.project_within(x, y, from, to), plain, "{x} {y}");
        }
        let blocks = course.blocks();
        let mut beside = 0;
        for a in blocks {
            for b in blocks {
                for within_m in [0.5, 2.0, 8.0, 20.0] {
                    if a.is_beside(b, within_m) {
                        beside += 1;
                        let is_near = |i| b.is_near(a.x_m[i], a.y_m[i], within_m * within_m);
                        assert!(!(0..BLOCK).any(is_near));
                    }
                }
            }
        }
        assert!(beside > 50, "{beside}");
    }
}
