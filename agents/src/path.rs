//! A driving path: a route sampled densely, with what the rules and the networks ask of it.

use sim::math::{Pose, atan2, cos, hypot, sin, sin_cos, wrap_angle};

/// One sample of a path.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PathPoint {
    /// East, metres.
    pub x_m: f64,
    /// North, metres.
    pub y_m: f64,
    /// Height, metres; 0 where it is not known.
    pub z_m: f64,
    /// Direction of travel, radians.
    pub yaw_rad: f64,
    /// Curvature, 1/m, positive to the left.
    pub curvature_pm: f64,
    /// Speed limit, m/s.
    pub speed_limit_mps: f64,
    /// Half the width of the lane, metres.
    pub half_width_m: f64,
}

/// Right of way of an approach, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Has the right of way.
    Main,
    /// Nothing is posted.
    Equal,
    /// Must give way.
    GiveWay,
    /// Must stop, then give way.
    Stop,
}

/// A junction that the path crosses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PathJunction {
    /// Station where it begins; the front of a waiting vehicle stays before it, metres.
    pub start_m: f64,
    /// Station where it ends, metres.
    pub end_m: f64,
    /// Change of heading through it, radians, positive to the left.
    pub turn_rad: f64,
    /// Right of way of the approach.
    pub priority: Priority,
    /// Stations between which the lanes of others cross or join, metres, where that was looked for; see
    /// [`crate::map::mark_conflicts`].
    pub conflict_m: Option<[f64; 2]>,
}

/// A traffic light with its stop line.
#[derive(Clone, Debug, PartialEq)]
pub struct PathSignal {
    /// OpenDRIVE signal id.
    pub id: String,
    /// Station of the stop line, metres.
    pub stop_m: f64,
}

impl PathPoint {
    /// Squared distance to a point, metres². Not hypot: coordinates are far from overflow, and this is the innermost
    /// loop of traffic.
    fn distance2(&self, x_m: f64, y_m: f64) -> f64 {
        let (dx, dy) = (self.x_m - x_m, self.y_m - y_m);
        dx * dx + dy * dy
    }
}

/// Where a point lies relative to a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projection {
    /// Station of the nearest path point, metres.
    pub station_m: f64,
    /// Offset to the left, metres.
    pub lateral_m: f64,
    /// Euclidean distance to the path, metres; larger than |lateral| beyond its ends.
    pub distance_m: f64,
}

impl Projection {
    /// Onto a path without samples.
    pub(crate) const FAR: Self = Self {
        station_m: 0.0,
        lateral_m: f64::MAX,
        distance_m: f64::MAX,
    };
}

/// What a projection between two stations finds about a station known from before, or where that is far off, on the
/// whole length.
pub(crate) fn near_or_anywhere(
    hint_m: f64,
    length_m: f64,
    within: impl Fn(f64, f64) -> Projection,
) -> Projection {
    let near = within(hint_m - 15.0, hint_m + 30.0);
    if near.distance_m < 12.0 {
        near
    } else {
        within(0.0, length_m)
    }
}

/// What lies farther above or below is on another road, metres.
pub const LEVEL_M: f64 = 3.0;

/// Every so many samples are looked at first in a search for the nearest one, where it is hard to guess.
const FEW: usize = 10;

/// Samples at a fixed spacing, from station 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// Distance of samples, metres.
    pub spacing_m: f64,
    /// Samples; at least two in a path that is not empty.
    pub points: Vec<PathPoint>,
    /// Whether the samples' heights are known.
    pub has_heights: bool,
    /// Junctions by station.
    pub junctions: Vec<PathJunction>,
    /// Traffic lights by station of their stop lines.
    pub signals: Vec<PathSignal>,
}

impl Path {
    /// A path through points alone (a lane centre line, an extrapolated motion).
    pub fn from_xy(xy: &[[f64; 2]], spacing_m: f64, speed_limit_mps: f64) -> Self {
        let mut points: Vec<PathPoint> = Vec::new();
        let mut carry = 0.0;
        for pair in xy.windows(2) {
            let (dx, dy) = (pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]);
            let length = hypot(dx, dy);
            if !(length > 1e-9 && length < 1e6) {
                continue;
            }
            let yaw_rad = atan2(dy, dx);
            let mut at = carry;
            while at <= length {
                points.push(PathPoint {
                    x_m: pair[0][0] + dx * at / length,
                    y_m: pair[0][1] + dy * at / length,
                    z_m: 0.0,
                    yaw_rad,
                    curvature_pm: 0.0,
                    speed_limit_mps,
                    half_width_m: 1.75,
                });
                at += spacing_m;
            }
            carry = at - length;
        }
        let yaws: Vec<f64> = points.iter().map(|p| p.yaw_rad).collect();
        for (i, point) in points.iter_mut().enumerate() {
            let (a, b) = (i.saturating_sub(2), (i + 2).min(yaws.len() - 1));
            if b > a {
                point.curvature_pm = wrap_angle(yaws[b] - yaws[a]) / ((b - a) as f64 * spacing_m);
            }
        }
        Self {
            spacing_m,
            points,
            has_heights: false,
            junctions: Vec::new(),
            signals: Vec::new(),
        }
    }

    /// Whether there is nothing to follow.
    pub fn is_empty(&self) -> bool {
        self.points.len() < 2
    }

    /// Station of the last sample, metres.
    pub fn length_m(&self) -> f64 {
        self.points.len().saturating_sub(1) as f64 * self.spacing_m
    }

    /// The path at a station, metres; beyond its ends it goes straight on.
    pub fn sample(&self, station_m: f64) -> PathPoint {
        let Some(last) = self.points.len().checked_sub(1) else {
            return PathPoint::default();
        };
        let length = self.length_m();
        let inside = station_m.clamp(0.0, length);
        let at = inside / self.spacing_m.max(1e-9);
        let i = (at as usize).min(last.saturating_sub(1));
        let (a, b) = (&self.points[i], &self.points[(i + 1).min(last)]);
        let f = (at - i as f64).clamp(0.0, 1.0);
        let mix = |u: f64, v: f64| u + (v - u) * f;
        let mut point = PathPoint {
            x_m: mix(a.x_m, b.x_m),
            y_m: mix(a.y_m, b.y_m),
            z_m: mix(a.z_m, b.z_m),
            yaw_rad: a.yaw_rad + wrap_angle(b.yaw_rad - a.yaw_rad) * f,
            curvature_pm: mix(a.curvature_pm, b.curvature_pm),
            speed_limit_mps: mix(a.speed_limit_mps, b.speed_limit_mps),
            half_width_m: mix(a.half_width_m, b.half_width_m),
        };
        let over = station_m - inside;
        if over != 0.0 && over.is_finite() {
            point.x_m += over * cos(point.yaw_rad);
            point.y_m += over * sin(point.yaw_rad);
            point.curvature_pm = 0.0;
        }
        point
    }

    /// Whether a height is about that of the path at a station, so that a bridge is told from the road
    /// below it, metres.
    pub fn is_level_with(&self, station_m: f64, z_m: f64) -> bool {
        !self.has_heights || (self.sample(station_m).z_m - z_m).abs() < LEVEL_M
    }

    /// Pose at a station and an offset to the left, metres.
    pub fn pose(&self, station_m: f64, lateral_m: f64) -> Pose {
        let p = self.sample(station_m);
        Pose::planar(
            p.x_m - lateral_m * sin(p.yaw_rad),
            p.y_m + lateral_m * cos(p.yaw_rad),
            p.yaw_rad,
        )
    }

    /// First and last sample about two stations.
    pub(crate) fn samples_between(&self, from_m: f64, to_m: f64) -> Option<(usize, usize)> {
        let last = self.points.len().checked_sub(1)?;
        let spacing = self.spacing_m.max(1e-9);
        let index = |station: f64| ((station / spacing).max(0.0) as usize).min(last);
        Some((index(from_m), index(to_m.max(from_m) + spacing)))
    }

    /// Nearest point between two stations. Skips ahead by what is known of the distance: the
    /// distance to a point changes by at most one metre a metre of path.
    pub fn project_within(&self, x_m: f64, y_m: f64, from_m: f64, to_m: f64) -> Projection {
        let Some((mut i, end)) = self.samples_between(from_m, to_m) else {
            return Projection::FAR;
        };
        let spacing = self.spacing_m.max(1e-9);
        let bound = self.guess(i, end, x_m, y_m).sqrt();
        let (mut best, mut best_index) = (f64::MAX, i);
        while i <= end {
            let d = self.points[i].distance2(x_m, y_m).sqrt();
            if !d.is_finite() {
                return Projection::FAR;
            }
            if d < best {
                (best, best_index) = (d, i);
            }
            i += (((d - best.min(bound)) / spacing) as usize).max(1);
        }
        let (s, c) = sin_cos(self.points[best_index].yaw_rad);
        self.projection_about(best_index, (c, s), x_m, y_m)
    }

    /// The projection of a point whose nearest sample is known, with the cosine and sine of its heading.
    pub(crate) fn projection_about(
        &self,
        nearest: usize,
        (c, s): (f64, f64),
        x_m: f64,
        y_m: f64,
    ) -> Projection {
        let p = &self.points[nearest];
        let spacing = self.spacing_m.max(1e-9);
        let (dx, dy) = (x_m - p.x_m, y_m - p.y_m);
        let along = (dx * c + dy * s).clamp(-spacing, spacing);
        let raw = nearest as f64 * spacing + along;
        // Refined once against the interpolated path, whose heading turns between samples.
        let station_m = raw.clamp(0.0, self.length_m());
        let q = self.sample(station_m);
        let (s, c) = sin_cos(q.yaw_rad);
        let (dx, dy) = (x_m - q.x_m, y_m - q.y_m);
        Projection {
            station_m,
            lateral_m: dy * c - dx * s,
            distance_m: hypot(dx, dy),
        }
    }

    /// Squared distance to a sample that is not far from the nearest one, metres²: it bounds a search for that. A
    /// few steps along chords lead there where the path is nearly straight; elsewhere the best of few samples serves.
    pub(crate) fn guess(&self, from: usize, to: usize, x_m: f64, y_m: f64) -> f64 {
        let mut least = f64::MAX;
        let mut at = from;
        for _ in 0..3 {
            let (p, q) = (&self.points[at], &self.points[(at + 1).min(to)]);
            least = least.min(p.distance2(x_m, y_m));
            let (ux, uy) = (q.x_m - p.x_m, q.y_m - p.y_m);
            let along = (x_m - p.x_m) * ux + (y_m - p.y_m) * uy;
            let steps = (along / (ux * ux + uy * uy).max(1e-9)).round();
            let next = (at as f64 + steps).clamp(from as f64, to as f64) as usize;
            if next == at {
                return least;
            }
            at = next;
        }
        let few = self.points[from..=to].iter().step_by(FEW);
        few.fold(least, |b, p| b.min(p.distance2(x_m, y_m)))
    }

    /// Nearest point of the whole path.
    pub fn project(&self, x_m: f64, y_m: f64) -> Projection {
        self.project_within(x_m, y_m, 0.0, self.length_m())
    }

    /// Nearest point near a station known from before.
    pub fn project_near(&self, x_m: f64, y_m: f64, hint_m: f64) -> Projection {
        near_or_anywhere(hint_m, self.length_m(), |from_m, to_m| {
            self.project_within(x_m, y_m, from_m, to_m)
        })
    }

    /// Largest speed at a station that keeps the lateral acceleration and the limit, m/s.
    pub fn curve_speed_mps(&self, station_m: f64, lateral_mps2: f64) -> f64 {
        let p = self.sample(station_m);
        let curve = (lateral_mps2 / p.curvature_pm.abs().max(1e-4)).sqrt();
        p.speed_limit_mps.min(curve)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projection_finds_station_and_offset_on_a_bend() {
        let xy: Vec<[f64; 2]> = (0..=90)
            .map(|i| {
                let a = f64::from(i).to_radians();
                [50.0 * sin(a), 50.0 - 50.0 * cos(a)]
            })
            .collect();
        let path = Path::from_xy(&xy, 1.0, 10.0);
        for station in [0.5, 20.3, 61.7] {
            let pose = path.pose(station, 1.5);
            let found = path.project(pose.x_m, pose.y_m);
            assert!((found.station_m - station).abs() < 0.1, "{found:?}");
            assert!((found.lateral_m - 1.5).abs() < 0.02, "{found:?}");
        }
        assert!((path.sample(30.0).curvature_pm - 0.02).abs() < 0.006);
    }

    #[test]
    fn odd_points_do_not_break_it() {
        let path = Path::from_xy(&[[0.0, 0.0], [0.0, 0.0], [f64::NAN, 1.0]], 1.0, 10.0);
        assert!(path.is_empty());
        assert!(path.project(1.0, f64::NAN).distance_m > 1e6);
        let _ = path.sample(f64::NAN);
    }
}
