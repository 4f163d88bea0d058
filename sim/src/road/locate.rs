//! From the world to (road, lane, s, t).

use rstar::AABB;

use super::network::{RoadIndex, RoadNetwork};
use super::road::Road;
use super::strip::{
    Foot, MARGIN_M, STRIP_M, Strip, foot, foot_and_effort, foot_from, scanned_feet,
};
use crate::math::{Pose, cos, hypot};

/// Where a world position lies on the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoadPosition {
    /// The road.
    pub road: RoadIndex,
    /// Station, metres.
    pub s_m: f64,
    /// Left of the reference line, in the plane of the surface, metres.
    pub t_m: f64,
    /// The lane, of any type; `None` where it lies beside all lanes.
    pub lane_id: Option<i32>,
    /// Left of that lane's middle (in the direction of s), metres; 0 without a lane.
    pub offset_m: f64,
}

/// A foot on the road it was on that costs less is where a point is: roads beside cost more.
const KEEPS: f64 = 0.3;
/// A height this near to a surface is that of a point on it, metres.
const EXACT_M: f64 = 1e-4;

/// What a search prefers.
#[derive(Clone, Copy)]
struct Wish {
    z_m: Option<f64>,
    road: Option<RoadIndex>,
    yaw_rad: Option<f64>,
}

impl RoadNetwork {
    /// The road position of a world point: the road it lies on, else the closest one. `z_hint` tells
    /// bridges from what they cross; `hint`, the road it was on, is preferred where roads overlap,
    /// and makes the search fast. `None` on an empty map or for a point that is not finite.
    pub fn locate(
        &self,
        x_m: f64,
        y_m: f64,
        z_hint: Option<f64>,
        hint: Option<RoadIndex>,
    ) -> Option<RoadPosition> {
        self.search(
            x_m,
            y_m,
            Wish {
                z_m: z_hint,
                road: hint,
                yaw_rad: None,
            },
        )
    }

    /// As [`Self::locate`], but of overlapping roads that one is preferred whose lane runs as `yaw_rad`.
    pub fn locate_with_heading(
        &self,
        x_m: f64,
        y_m: f64,
        z_hint: Option<f64>,
        yaw_rad: f64,
        hint: Option<RoadIndex>,
    ) -> Option<RoadPosition> {
        self.search(
            x_m,
            y_m,
            Wish {
                z_m: z_hint,
                road: hint,
                yaw_rad: yaw_rad.is_finite().then_some(yaw_rad),
            },
        )
    }

    /// As [`Self::locate_with_heading`], for one who was at `last` a moment ago: looked for there first.
    pub fn locate_from(&self, pose: &Pose, last: Option<&RoadPosition>) -> Option<RoadPosition> {
        let wish = Wish {
            z_m: Some(pose.z_m),
            road: last.map(|at| at.road),
            yaw_rad: pose.yaw_rad.is_finite().then_some(pose.yaw_rad),
        };
        if !(pose.x_m.is_finite() && pose.y_m.is_finite()) {
            return None;
        }
        if let Some(last) = last.filter(|at| self.strips.is_plain(at.road))
            && let Some(road) = self.road(last.road)
        {
            let bounds = (last.s_m - STRIP_M, last.s_m + STRIP_M);
            let foot = foot_from(road, last.road, last.s_m, bounds, pose.x_m, pose.y_m);
            let cost = self.cost(road, &foot, wish, KEEPS);
            if cost.is_some_and(|cost| cost + 1e-3 * foot.lateral_m.abs() < KEEPS) {
                return Some(self.position(foot));
            }
        }
        self.search(pose.x_m, pose.y_m, wish)
    }

    /// The position on one road whose reference line is closest.
    pub fn locate_on(&self, road: RoadIndex, x_m: f64, y_m: f64) -> Option<RoadPosition> {
        let found = self.road(road)?;
        if !(x_m.is_finite() && y_m.is_finite()) {
            return None;
        }
        let count = (found.length_m / STRIP_M).ceil().max(1.0) as usize;
        let best = (0..count)
            .map(|i| {
                let at = |f: f64| found.length_m * (i as f64 + f) / count as f64;
                let s_m = [at(0.0), at(1.0)];
                let point = |f: f64| {
                    let p = found.plan.evaluate(s_m[0] + f * (s_m[1] - s_m[0]));
                    [p.x_m, p.y_m]
                };
                let line = [point(0.0), point(0.5), point(1.0)];
                let near = line
                    .iter()
                    .map(|p| hypot(p[0] - x_m, p[1] - y_m))
                    .fold(f64::INFINITY, f64::min);
                (near, s_m, line)
            })
            .min_by(|a, b| a.0.total_cmp(&b.0))?;
        let strip = Strip {
            road,
            s_m: best.1,
            line: best.2,
            envelope: AABB::from_point([x_m, y_m]),
            is_tight: true,
            is_kinked: false,
        };
        Some(self.position(foot(found, &strip, x_m, y_m)))
    }

    /// The position on one road near a station, metres.
    pub(crate) fn locate_near(
        &self,
        index: RoadIndex,
        s_m: f64,
        x_m: f64,
        y_m: f64,
    ) -> Option<RoadPosition> {
        let road = self.road(index)?;
        let bounds = (s_m - STRIP_M, s_m + STRIP_M);
        Some(self.position(foot_from(road, index, s_m, bounds, x_m, y_m)))
    }

    /// Whether a point lies on a lane that motor traffic may use. With z, only on surfaces within
    /// 2 m of it.
    pub fn is_drivable(&self, x_m: f64, y_m: f64, z_m: Option<f64>) -> bool {
        self.is_on_lane_of(x_m, y_m, z_m, |_| true)
    }

    /// The same for the lanes inside of junctions alone.
    pub fn is_drivable_junction(&self, x_m: f64, y_m: f64, z_m: Option<f64>) -> bool {
        self.is_on_lane_of(x_m, y_m, z_m, |road| road.junction.is_some())
    }

    fn is_on_lane_of(
        &self,
        x_m: f64,
        y_m: f64,
        z_m: Option<f64>,
        counts: impl Fn(&Road) -> bool,
    ) -> bool {
        // Feet in tight bends may take long to find: they are looked for where no other strip has one.
        x_m.is_finite()
            && y_m.is_finite()
            && [false, true].into_iter().any(|is_tight| {
                let strips = self.strips.tree.locate_all_at_point([x_m, y_m]);
                let mut strips = strips.filter(|strip| strip.is_tight == is_tight);
                strips.any(|strip| {
                    self.road(strip.road)
                        .filter(|r| counts(r))
                        .is_some_and(|road| {
                            let foot = foot(road, strip, x_m, y_m);
                            let z_at = |foot: &Foot| road.surface_z(foot.s_m, foot.t_m);
                            is_drivable_foot(road, &foot)
                                && z_m.is_none_or(|z| (z_at(&foot) - z).abs() < 2.0)
                        })
                })
            })
    }

    /// A box (low and high corner) that holds all roads, metres; `None` without roads.
    pub(crate) fn bounds_m(&self) -> Option<[[f64; 2]; 2]> {
        let envelope = self.strips.tree.root().envelope();
        let bounds = [envelope.lower(), envelope.upper()];
        (self.strips.tree.size() > 0).then_some(bounds)
    }

    /// Lowest and highest surface of the lanes for motor traffic at a point, metres; `None` beside all of them.
    pub(crate) fn drivable_heights(&self, x_m: f64, y_m: f64) -> Option<(f64, f64)> {
        if !(x_m.is_finite() && y_m.is_finite()) {
            return None;
        }
        let heights = self
            .drivable_feet(x_m, y_m)
            .map(|(road, foot)| road.surface_z(foot.s_m, foot.t_m));
        heights.fold(None, |span, z| {
            let (low, high) = span.unwrap_or((z, z));
            Some((f64::min(low, z), f64::max(high, z)))
        })
    }

    /// Roads with a lane for motor traffic at a point, with the foot on each stretch of them.
    fn drivable_feet(&self, x_m: f64, y_m: f64) -> impl Iterator<Item = (&Road, Foot)> {
        let near = self.strips.tree.locate_all_at_point([x_m, y_m]);
        near.filter_map(move |strip| {
            let road = self.road(strip.road)?;
            let foot = foot(road, strip, x_m, y_m);
            is_drivable_foot(road, &foot).then_some((road, foot))
        })
    }

    /// Roads with a drivable lane at a point, within 1 m of its height, and the stations there; each
    /// stretch of road that is looked at takes from `budget` what work it is, and none is without.
    pub(super) fn roads_at(
        &self,
        point: nalgebra::Vector3<f64>,
        budget: &mut usize,
    ) -> Vec<(RoadIndex, f64)> {
        let (x, y) = (point.x, point.y);
        let mut found = Vec::new();
        for strip in self.strips.tree.locate_all_at_point([x, y]) {
            let Some(road) = self.road(strip.road) else {
                continue;
            };
            let (foot, effort) = foot_and_effort(road, strip, x, y);
            let is_level = (road.surface_z(foot.s_m, foot.t_m) - point.z).abs() < 1.0;
            if is_level && is_drivable_foot(road, &foot) {
                found.push((strip.road, foot.s_m));
            }
            *budget = budget.saturating_sub(effort);
            if *budget == 0 {
                break;
            }
        }
        found
    }

    /// Whether another road runs below a point.
    pub(super) fn road_below(&self, point: nalgebra::Vector3<f64>, own: RoadIndex) -> bool {
        let (x, y) = (point.x, point.y);
        let near = self.strips.tree.locate_all_at_point([x, y]);
        near.filter(|strip| strip.road != own).any(|strip| {
            self.road(strip.road).is_some_and(|road| {
                let foot = foot(road, strip, x, y);
                let (right, left) = road.edges_m(foot.s_m);
                foot.beyond_m < 0.01
                    && foot.t_m > right
                    && foot.t_m < left
                    && road.surface_z(foot.s_m, foot.t_m) < point.z
            })
        })
    }

    fn position(&self, foot: Foot) -> RoadPosition {
        let lane = self.lane_at(foot.road, foot.s_m, foot.t_m);
        RoadPosition {
            road: foot.road,
            s_m: foot.s_m,
            t_m: foot.t_m,
            lane_id: lane.map(|l| l.0),
            offset_m: lane.map_or(0.0, |l| l.1),
        }
    }

    /// z of the lane at a foot, metres.
    fn height(&self, road: &Road, foot: &Foot) -> f64 {
        road.surface_z(foot.s_m, foot.t_m) + road.height_over_surface(foot.s_m, foot.t_m)
    }

    /// How badly a foot fits the wish, in metres, roughly; `None` where that is clearly more than `limit`,
    /// which is found out without the costlier part.
    fn cost(&self, road: &Road, foot: &Foot, wish: Wish, limit: f64) -> Option<f64> {
        let other_road = match wish.road {
            Some(hint) if hint == foot.road => 0.0,
            Some(hint) if self.are_neighbours(hint, foot.road) => 0.6,
            Some(_) => 1.2,
            None => 0.0,
        };
        // What is added below is never negative.
        let is_hopeless = |cost: f64| cost + other_road > limit + 1e-6;
        let (right, left) = road.edges_m(foot.s_m);
        let outside = (right - foot.t_m).max(foot.t_m - left).max(0.0);
        let mut cost = hypot(outside, foot.beyond_m);
        if foot.beyond_m > 1e-6 {
            cost += 0.6;
        }
        if is_hopeless(cost) {
            return None;
        }
        if let Some(z) = wish.z_m {
            let lies =
                road.surface_z(foot.s_m, foot.t_m) + road.height_over_surface(foot.s_m, foot.t_m);
            let off = (lies - z).abs();
            cost += 0.2 * off.min(1.0) + 2.0 * (off - 1.0).max(0.0);
            // Of roads that cross in a junction, with nothing else to go by, the one at that height.
            let is_on = off < EXACT_M && outside == 0.0 && foot.beyond_m < 1e-6;
            if wish.road.is_none() && !is_on {
                cost += 0.6;
            }
        }
        let drivable = road.find_lane(foot.s_m, foot.t_m, false, |lane| lane.kind.is_drivable());
        if drivable.is_none() {
            cost += 0.5;
        }
        if is_hopeless(cost) {
            return None;
        }
        cost += other_road;
        if let Some(yaw) = wish.yaw_rad {
            let lane = road.find_lane(foot.s_m, foot.t_m, true, |lane| lane.kind.is_drivable());
            let lane_id = lane.map_or(if foot.t_m > 0.0 { 1 } else { -1 }, |l| l.0);
            let along = f64::from(road.driving_direction(lane_id));
            let heading = road.plan.evaluate(foot.s_m).heading_rad;
            cost += 2.0 * (1.0 - along * cos(heading - yaw));
        }
        Some(cost)
    }

    fn search(&self, x_m: f64, y_m: f64, wish: Wish) -> Option<RoadPosition> {
        if !(x_m.is_finite() && y_m.is_finite()) {
            return None;
        }
        let point = [x_m, y_m];
        let mut best: Option<(f64, Foot)> = None;
        // A road may offer several strips; the closest foot on it counts.
        let consider = |best: &mut Option<(f64, Foot)>, strip: &Strip| {
            let Some(road) = self.road(strip.road) else {
                return;
            };
            let mut take = |foot: Foot| {
                let limit = best.as_ref().map_or(f64::INFINITY, |(cost, _)| *cost);
                let Some(cost) = self.cost(road, &foot, wish, limit) else {
                    return;
                };
                let cost = cost + 1e-3 * foot.lateral_m.abs();
                if best.as_ref().is_none_or(|(other, held)| {
                    cost < *other || (cost == *other && foot.road < held.road)
                }) {
                    *best = Some((cost, foot));
                }
            };
            let foot = foot(road, strip, x_m, y_m);
            take(foot);
            // Inside a kink, and near the centre of a bend, a point has several feet: z decides.
            if let Some(z) = wish.z_m
                && (strip.is_kinked || (strip.is_tight && foot.scale < 0.5))
                && (self.height(road, &foot) - z).abs() > EXACT_M
            {
                scanned_feet(road, strip, x_m, y_m)
                    .into_iter()
                    .for_each(take);
            }
        };
        let mut found = false;
        for strip in self.strips.tree.locate_all_at_point(point) {
            if wish.road == Some(strip.road) {
                found = true;
                consider(&mut best, strip);
            }
        }
        // On the road it was on, well inside: that is where it is.
        if found && best.as_ref().is_some_and(|(cost, _)| *cost < KEEPS) {
            return best.map(|(_, foot)| self.position(foot));
        }
        for strip in self.strips.tree.locate_all_at_point(point) {
            if wish.road != Some(strip.road) {
                consider(&mut best, strip);
            }
        }
        if best.is_none_or(|(cost, _)| cost > MARGIN_M) {
            for (strip, distance2) in self
                .strips
                .tree
                .nearest_neighbor_iter_with_distance_2(point)
            {
                // A box farther than the best foot, itself at least a margin away, can't be closer.
                if best.is_some_and(|(cost, _)| distance2.sqrt() > cost) {
                    break;
                }
                // Those about the point have been considered.
                if distance2 > 0.0 {
                    consider(&mut best, strip);
                }
            }
        }
        best.map(|(_, foot)| self.position(foot))
    }
}

/// Whether a foot lies on a lane for motor traffic.
fn is_drivable_foot(road: &Road, foot: &Foot) -> bool {
    let lane = || road.find_lane(foot.s_m, foot.t_m, false, |l| l.kind.is_drivable());
    foot.beyond_m < 1e-6 && lane().is_some()
}
