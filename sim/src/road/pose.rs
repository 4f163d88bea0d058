//! From (road, s, t) and (road, lane, s, offset) to world poses.

use nalgebra::Vector3;

use super::geometry::PlanPoint;
use super::network::{RoadIndex, RoadNetwork};
use super::{Lane, LaneType, Road};
use crate::math::{Pose, atan, atan2, hypot, sin_cos};

/// Stations this far beyond a road's ends still count as its ends, metres.
const END_SLACK_M: f64 = 0.01;

/// A pose on a road.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RoadPose {
    /// On the surface; yaw and pitch point along growing s, roll follows the surface.
    pub pose: Pose,
    /// Of the line of constant t in the plane, 1/m, positive to the left.
    pub curvature_1pm: f64,
}

/// A position relative to a lane's middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LanePosition {
    /// The road.
    pub road: RoadIndex,
    /// The lane; 0 is the centre line.
    pub lane_id: i32,
    /// Station, metres.
    pub s_m: f64,
    /// Left of the lane's middle (in the direction of s), metres.
    pub offset_m: f64,
}

/// Inner and outer border of a lane at a station, and how they change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LaneBounds {
    pub inner_t_m: f64,
    pub outer_t_m: f64,
    pub inner_slope: f64,
    pub outer_slope: f64,
}

impl Road {
    /// The t axis at a station in (forward, left, up) of the reference line's heading, and its
    /// derivative by s: the cross-section is at right angles to the line in space, so that on a slope
    /// a rolled one leans forward or back.
    pub(super) fn t_axis(&self, s_m: f64) -> [Vector3<f64>; 2] {
        if self.superelevation.is_empty() {
            return [Vector3::y(), Vector3::zeros()];
        }
        let (roll, roll_slope) = (
            self.superelevation.value(s_m),
            self.superelevation.slope(s_m),
        );
        let grade = self.elevation.slope(s_m);
        let pitch = -atan(grade);
        let pitch_slope = -self.elevation.bend(s_m) / (1.0 + grade * grade);
        let (sr, cr) = sin_cos(roll);
        let (sp, cp) = sin_cos(pitch);
        [
            Vector3::new(sp * sr, cr, cp * sr),
            Vector3::new(
                cp * sr * pitch_slope + sp * cr * roll_slope,
                -sr * roll_slope,
                cp * cr * roll_slope - sp * sr * pitch_slope,
            ),
        ]
    }

    /// t of the lanes' borders, and their slopes, from which outwards (right, left) all lanes are kept
    /// level: there superelevation and shape end, and the surface goes on flat.
    pub(super) fn level_from(&self, s_m: f64) -> [(f64, f64); 2] {
        let mut from = [(f64::NEG_INFINITY, 0.0), (f64::INFINITY, 0.0)];
        let Some(section) = self.section(s_m).filter(|_| self.has_level) else {
            return from;
        };
        let (shift, shift_slope) = (self.lane_offset.value(s_m), self.lane_offset.slope(s_m));
        for (slot, left) in from.iter_mut().zip([false, true]) {
            let none = *slot;
            section.walk_side(left, s_m, |lane, [inner, _, slope, _]| {
                if !lane.level {
                    *slot = none;
                } else if *slot == none {
                    *slot = (inner + shift, slope + shift_slope);
                }
                false
            });
        }
        from
    }

    /// t and its slope in two parts: on the tilted surface, and from its edge on over level lanes.
    fn split(&self, s_m: f64, t_m: f64, slope_t: f64) -> [(f64, f64); 2] {
        let [right, left] = self.level_from(s_m);
        let (edge, slope) = if t_m > left.0 {
            left
        } else if t_m < right.0 {
            right
        } else {
            return [(t_m, slope_t), (0.0, 0.0)];
        };
        [(edge, slope), (t_m - edge, slope_t - slope)]
    }

    /// Point of the surface and its derivatives by s (`slope_t`: how t changes with s) and t.
    pub(crate) fn surface(&self, s_m: f64, t_m: f64, slope_t: f64) -> [Vector3<f64>; 3] {
        self.surface_about(&self.plan.evaluate(s_m), s_m, t_m, slope_t)
    }

    /// The same where the reference line's point is known.
    fn surface_about(
        &self,
        plan: &PlanPoint,
        s_m: f64,
        t_m: f64,
        slope_t: f64,
    ) -> [Vector3<f64>; 3] {
        let (hy, hx) = sin_cos(plan.heading_rad);
        let [axis, axis_s] = self.t_axis(s_m);
        let [(t, slope), (flat, flat_slope)] = if self.has_level {
            self.split(s_m, t_m, slope_t)
        } else {
            [(t_m, slope_t), (0.0, 0.0)]
        };
        let (shape, shape_s, shape_t) = if self.lateral.is_flat() {
            (0.0, 0.0, 0.0)
        } else {
            self.lateral.height(s_m, t)
        };
        let k = plan.curvature_1pm;
        // A line of constant t inside the centre of curvature would run backwards: held forward.
        let forward = (1.0 + t * (axis_s.x - k * axis.y) - k * flat).max(0.05) + slope * axis.x;
        let left = t * (k * axis.x + axis_s.y) + slope * axis.y + flat_slope;
        let up = self.elevation.slope(s_m) + t * axis_s.z + slope * (axis.z + shape_t) + shape_s;
        let turn = |v: Vector3<f64>| Vector3::new(v.x * hx - v.y * hy, v.x * hy + v.y * hx, v.z);
        let start = Vector3::new(plan.x_m, plan.y_m, self.elevation.value(s_m) + shape);
        let by_t = if flat == 0.0 {
            axis + Vector3::new(0.0, 0.0, shape_t)
        } else {
            Vector3::y()
        };
        [
            start + turn(axis * t + Vector3::new(0.0, flat, 0.0)),
            turn(Vector3::new(forward, left, up)),
            turn(by_t),
        ]
    }

    /// z of the surface, without the lanes' heights, metres.
    pub(super) fn surface_z(&self, s_m: f64, t_m: f64) -> f64 {
        let mut z = self.elevation.value(s_m);
        let t = if self.has_level {
            let [right, left] = self.level_from(s_m);
            t_m.min(left.0).max(right.0)
        } else {
            t_m
        };
        if !self.superelevation.is_empty() {
            z += t * self.t_axis(s_m)[0].z;
        }
        if !self.lateral.is_flat() {
            z += self.lateral.height(s_m, t).0;
        }
        z
    }

    /// Height of the lane at (s, t) over the surface, as a sidewalk has, metres.
    pub(super) fn height_over_surface(&self, s_m: f64, t_m: f64) -> f64 {
        if !self.has_heights {
            return 0.0;
        }
        let found = self.find_lane(s_m, t_m, false, |_| true);
        let height = found.and_then(|(id, _)| {
            let section = self.section(s_m)?;
            let (inner, outer) = section.lane(id)?.height(s_m - section.s_m);
            let b = self.lane_bounds(s_m, id)?;
            let w = (t_m - b.inner_t_m) / (b.outer_t_m - b.inner_t_m);
            Some(inner + w.clamp(0.0, 1.0) * (outer - inner))
        });
        height.unwrap_or(0.0)
    }

    /// The pose at (s, t) of a line whose t changes by `slope_t` a metre of s.
    pub(super) fn pose_along(&self, s_m: f64, t_m: f64, slope_t: f64) -> Option<RoadPose> {
        if !t_m.is_finite() {
            return None;
        }
        let s_m = self.station(s_m)?;
        let plan = self.plan.evaluate(s_m);
        let [position, by_s, by_t] = self.surface_about(&plan, s_m, t_m, slope_t);
        let flat = hypot(by_s.x, by_s.y);
        let up = by_s.cross(&by_t);
        let left = up.cross(&by_s);
        let roll = atan2(left.z * up.norm(), up.z * left.norm());
        let k = plan.curvature_1pm;
        let pose = RoadPose {
            pose: Pose {
                x_m: position.x,
                y_m: position.y,
                z_m: position.z + self.height_over_surface(s_m, t_m),
                yaw_rad: atan2(by_s.y, by_s.x),
                pitch_rad: -atan2(by_s.z, flat),
                roll_rad: roll,
            },
            curvature_1pm: k / (1.0 - k * t_m).max(0.05),
        };
        pose.pose.is_finite().then_some(pose)
    }

    /// Position (x, y, z, metres) of that pose and the direction of its yaw (x, y, of any length): what lines need of
    /// it, for less.
    pub(super) fn point_along(
        &self,
        s_m: f64,
        t_m: f64,
        slope_t: f64,
    ) -> Option<([f64; 3], [f64; 2])> {
        if !t_m.is_finite() {
            return None;
        }
        let s_m = self.station(s_m)?;
        let [position, by_s, _] = self.surface(s_m, t_m, slope_t);
        let z_m = position.z + self.height_over_surface(s_m, t_m);
        let is_finite = position.x.is_finite() && position.y.is_finite() && z_m.is_finite();
        let point = ([position.x, position.y, z_m], [by_s.x, by_s.y]);
        (is_finite && by_s.norm_squared().is_finite()).then_some(point)
    }

    /// A station brought onto the road; `None` where it lies off its ends.
    fn station(&self, s_m: f64) -> Option<f64> {
        (s_m >= -END_SLACK_M && s_m <= self.length_m + END_SLACK_M)
            .then(|| s_m.clamp(0.0, self.length_m))
    }

    /// Borders of a lane in t, with the lane offset.
    pub(crate) fn lane_bounds(&self, s_m: f64, lane_id: i32) -> Option<LaneBounds> {
        let shift = self.lane_offset.value(s_m);
        let shift_slope = self.lane_offset.slope(s_m);
        let mut bounds = (lane_id == 0).then_some(LaneBounds {
            inner_t_m: shift,
            outer_t_m: shift,
            inner_slope: shift_slope,
            outer_slope: shift_slope,
        });
        if lane_id != 0 {
            self.section(s_m)?
                .walk_side(lane_id > 0, s_m, |lane, [inner, outer, di, d_outer]| {
                    if lane.id == lane_id {
                        bounds = Some(LaneBounds {
                            inner_t_m: inner + shift,
                            outer_t_m: outer + shift,
                            inner_slope: di + shift_slope,
                            outer_slope: d_outer + shift_slope,
                        });
                    }
                    lane.id == lane_id
                });
        }
        bounds
    }

    /// Middle of a lane in t, and its slope over s.
    pub(super) fn lane_middle(&self, s_m: f64, lane_id: i32) -> Option<(f64, f64)> {
        let b = self.lane_bounds(s_m, lane_id)?;
        Some((
            0.5 * (b.inner_t_m + b.outer_t_m),
            0.5 * (b.inner_slope + b.outer_slope),
        ))
    }

    /// t of the rightmost and leftmost border.
    pub fn edges_m(&self, s_m: f64) -> (f64, f64) {
        let shift = self.lane_offset.value(s_m);
        let mut edges = (shift, shift);
        if let Some(section) = self.section(s_m) {
            section.walk_side(false, s_m, |_, b| {
                edges.0 = b[1] + shift;
                false
            });
            section.walk_side(true, s_m, |_, b| {
                edges.1 = b[1] + shift;
                false
            });
        }
        edges
    }

    /// The lane at (s, t) among those `keep` accepts, and the distance left of its middle.
    /// With `nearest` the closest lane where t lies in none.
    pub(super) fn find_lane(
        &self,
        s_m: f64,
        t_m: f64,
        nearest: bool,
        keep: impl Fn(&Lane) -> bool,
    ) -> Option<(i32, f64)> {
        let section = self.section(s_m)?;
        let t = t_m - self.lane_offset.value(s_m);
        let mut best: Option<(f64, i32, f64)> = None;
        for left in [t >= 0.0, t < 0.0] {
            section.walk_side(left, s_m, |lane, [inner, outer, ..]| {
                let (low, high) = if left { (inner, outer) } else { (outer, inner) };
                if high > low && keep(lane) {
                    let gap = (low - t).max(t - high).max(0.0);
                    if best.is_none_or(|(other, ..)| gap < other) {
                        best = Some((gap, lane.id, t - 0.5 * (low + high)));
                    }
                }
                matches!(best, Some((gap, ..)) if gap == 0.0)
            });
            if matches!(best, Some((gap, ..)) if gap == 0.0) {
                break;
            }
        }
        best.filter(|(gap, ..)| nearest || *gap == 0.0)
            .map(|(_, id, offset)| (id, offset))
    }
}

impl RoadNetwork {
    /// Pose at (s, t): x along growing s at that t, on the road's surface. `None` off the road's ends.
    pub fn pose_at(&self, road: RoadIndex, s_m: f64, t_m: f64) -> Option<RoadPose> {
        self.road(road)?.pose_along(s_m, t_m, 0.0)
    }

    /// Pose of a lane position: x along growing s and along the lane (whose middle may run at an
    /// angle to the reference line). Turn it by π for traffic against s ([`Self::driving_direction`]).
    pub fn lane_pose(&self, position: &LanePosition) -> Option<RoadPose> {
        let (road, t_m, slope) = self.on_lane(position)?;
        road.pose_along(position.s_m, t_m, slope)
    }

    /// The road, t and its slope at a position.
    fn on_lane(&self, position: &LanePosition) -> Option<(&Road, f64, f64)> {
        let road = self.road(position.road)?;
        let (t, slope) = road.lane_middle(road.station(position.s_m)?, position.lane_id)?;
        Some((road, t + position.offset_m, slope))
    }

    /// Position of that pose (x, y, z, metres), for less.
    pub fn lane_point(&self, position: &LanePosition) -> Option<[f64; 3]> {
        let (road, t_m, slope) = self.on_lane(position)?;
        let (point, _) = road.point_along(position.s_m, t_m, slope)?;
        Some(point)
    }

    /// t of a lane's middle, metres.
    pub fn lane_center_t(&self, road: RoadIndex, s_m: f64, lane_id: i32) -> Option<f64> {
        Some(self.road(road)?.lane_middle(s_m, lane_id)?.0)
    }

    /// Width of a lane, metres.
    pub fn lane_width(&self, road: RoadIndex, s_m: f64, lane_id: i32) -> Option<f64> {
        let b = self.road(road)?.lane_bounds(s_m, lane_id)?;
        Some((b.outer_t_m - b.inner_t_m).abs())
    }

    /// t of a lane's inner and outer border, metres.
    pub fn lane_borders_t(&self, road: RoadIndex, s_m: f64, lane_id: i32) -> Option<(f64, f64)> {
        let b = self.road(road)?.lane_bounds(s_m, lane_id)?;
        Some((b.inner_t_m, b.outer_t_m))
    }

    /// Type of a lane.
    pub fn lane_type(&self, road: RoadIndex, s_m: f64, lane_id: i32) -> Option<LaneType> {
        Some(self.road(road)?.section(s_m)?.lane(lane_id)?.kind)
    }

    /// The lane at (s, t), of any type, and the distance left of its middle, metres.
    pub fn lane_at(&self, road: RoadIndex, s_m: f64, t_m: f64) -> Option<(i32, f64)> {
        self.road(road)?.find_lane(s_m, t_m, false, |_| true)
    }

    /// The drivable lane at (s, t), or the closest one where there is none.
    pub fn nearest_lane(&self, road: RoadIndex, s_m: f64, t_m: f64) -> Option<(i32, f64)> {
        self.road(road)?
            .find_lane(s_m, t_m, true, |lane| lane.kind.is_drivable())
    }

    /// Angle of a lane's middle against the reference line, radians.
    pub fn lane_heading_offset(&self, road: RoadIndex, s_m: f64, lane_id: i32) -> Option<f64> {
        let road = self.road(road)?;
        let (t, slope) = road.lane_middle(s_m, lane_id)?;
        let k = road.plan.evaluate(s_m).curvature_1pm;
        Some(atan2(slope, (1.0 - k * t).max(0.05)))
    }

    /// +1 where traffic of a lane runs along s, -1 where against.
    pub fn driving_direction(&self, road: RoadIndex, lane_id: i32) -> i32 {
        self.road(road).map_or(1, |r| r.driving_direction(lane_id))
    }

    /// Speed limit of a lane at a station, m/s: the lane's own, else the road's; `None` where neither
    /// is written.
    pub fn speed_limit_mps(&self, road: RoadIndex, lane_id: i32, s_m: f64) -> Option<f64> {
        let road = self.road(road)?;
        let own = road
            .section(s_m)
            .and_then(|section| section.lane(lane_id)?.speed_limit_mps(s_m - section.s_m));
        own.or_else(|| road.type_speed_limit_mps(s_m))
    }
}
