//! Where an entity is: on which road, lane and station, how it is turned against the road there,
//! and the pose that follows.

use nalgebra::UnitQuaternion;
use sim::math::{self, Pose};
use sim::road::{
    ContactPoint, LanePosition, LaneSection, LinkTarget, Road, RoadIndex, RoadNetwork,
};

use super::lanes;

/// Whether an angle points along rather than against.
pub fn is_forward(angle_rad: f64) -> bool {
    math::wrap_angle(angle_rad).abs() <= math::FRAC_PI_2
}

/// Which way a distance along the road is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Along {
    /// The way the place is headed.
    Heading,
    /// Growing s.
    Road,
    /// The way traffic of the lane goes.
    Lane,
}

/// How roads are chosen where several lead on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum JunctionChoice<'a> {
    /// The one whose end turns by the angle nearest to this, radians.
    Angle(f64),
    /// The roads of a route, in order.
    Route(&'a [RoadIndex]),
}

/// Result of moving along roads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// All the way.
    Whole,
    /// No road leads on; it stands at the end of the last.
    EndOfRoad,
}

/// A place in the world and on the map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// Road, where the map has any.
    pub road: Option<RoadIndex>,
    /// Along the road, metres.
    pub s_m: f64,
    /// Beside the lane-offset line, metres.
    pub t_m: f64,
    /// Lane.
    pub lane_id: i32,
    /// From the lane's middle, metres.
    pub offset_m: f64,
    /// Heading of the lane in the direction of s, radians.
    pub h_road_rad: f64,
    /// Curvature of the reference line, 1/m.
    pub curvature_1pm: f64,
    /// Whether it stands at an end of the road network.
    pub at_end: bool,
    section: usize,
    lane_offset_m: f64,
    p_road_rad: f64,
    r_road_rad: f64,
    z_road_m: f64,
    /// Heading against the road's direction, radians.
    pub h_rel_rad: f64,
    /// Pitch and roll against the road's surface, radians.
    pub p_rel_rad: f64,
    /// Roll against it.
    pub r_rel_rad: f64,
    /// Height over it, metres.
    pub z_rel_m: f64,
    lane_direction: i32,
    pose: Pose,
}

/// Roads passed in one move at most.
const MAX_LINKS: usize = 64;

impl Place {
    /// The pose in the world.
    pub fn pose(&self) -> &Pose {
        &self.pose
    }

    /// Heading of the lane's traffic, radians.
    pub fn driving_heading(&self) -> f64 {
        self.h_road_rad
            + if self.lane_direction < 0 {
                math::PI
            } else {
                0.0
            }
    }

    /// +1 where the lane's traffic goes along s, else -1.
    pub fn lane_direction(&self) -> i32 {
        if self.lane_direction < 0 { -1 } else { 1 }
    }

    /// Whether it is turned along s.
    pub fn is_along_road(&self) -> bool {
        is_forward(self.h_rel_rad)
    }

    /// Puts it into a lane; keeps how it is turned against the road.
    pub fn set_lane(
        &mut self,
        map: &RoadNetwork,
        road: RoadIndex,
        lane_id: i32,
        s_m: f64,
        offset_m: f64,
    ) {
        let Some(r) = map.road(road) else { return };
        let s_m = s_m.clamp(0.0, r.length_m);
        let section = r.section_index(s_m);
        let lane_id =
            if self.road == Some(road) && lane_id == self.lane_id && section != self.section {
                lanes::follow_sections(r, self.section, section, lane_id)
            } else {
                lane_id
            };
        (self.road, self.s_m, self.section) = (Some(road), s_m, section);
        (self.lane_id, self.offset_m) = (lane_id, offset_m);
        let center = r
            .section(s_m)
            .and_then(|sec| lanes::center(sec, s_m, lane_id))
            .unwrap_or_default();
        self.t_m = center.t_m + offset_m;
        self.evaluate(map, r, center.slope);
    }

    /// Puts it beside the reference line; the lane follows.
    pub fn set_track(&mut self, map: &RoadNetwork, road: RoadIndex, s_m: f64, t_m: f64) {
        let Some(r) = map.road(road) else { return };
        let s_m = s_m.clamp(0.0, r.length_m);
        let Some(section) = r.section(s_m) else {
            return;
        };
        let lane_id = lanes::nearest(section, s_m, t_m);
        let center = lanes::center(section, s_m, lane_id).unwrap_or_default();
        (self.road, self.s_m, self.section) = (Some(road), s_m, r.section_index(s_m));
        (self.lane_id, self.offset_m, self.t_m) = (lane_id, t_m - center.t_m, t_m);
        self.evaluate(map, r, center.slope);
    }

    /// Names another lane without moving: the offset becomes that from the other's middle.
    pub fn force_lane(&mut self, map: &RoadNetwork, lane_id: i32) {
        let Some(section) = self.current_section(map) else {
            return;
        };
        let at = |id: i32| lanes::center(section, self.s_m, id).map_or(0.0, |c| c.t_m);
        self.offset_m += at(self.lane_id) - at(lane_id);
        self.lane_id = lane_id;
    }

    /// Puts it at a pose; the road nearest to it is found, near the present one if it lies on that.
    pub fn set_world(&mut self, map: &RoadNetwork, pose: Pose) {
        self.locate(map, pose.x_m, pose.y_m);
        self.pose = pose;
        self.take_relative();
    }

    /// Finds road, lane and station of a point without changing the pose.
    fn locate(&mut self, map: &RoadNetwork, x_m: f64, y_m: f64) {
        let Some(found) = map.locate(x_m, y_m, None, self.road) else {
            return;
        };
        let lane_offset_m = map
            .road(found.road)
            .map_or(0.0, |r| r.lane_offset.value(found.s_m));
        self.set_track(map, found.road, found.s_m, found.t_m - lane_offset_m);
    }

    /// The pose kept, its angles and height against the road found anew.
    fn take_relative(&mut self) {
        self.h_rel_rad = math::positive_angle(self.pose.yaw_rad - self.h_road_rad);
        self.p_rel_rad = math::wrap_angle(self.pose.pitch_rad);
        self.r_rel_rad = math::wrap_angle(self.pose.roll_rad);
        self.z_rel_m = self.pose.z_m - self.z_road_m;
    }

    /// At a point, on the road's surface and with its slope; the heading is absolute where given,
    /// else along the road.
    pub fn set_on_surface(&mut self, map: &RoadNetwork, x_m: f64, y_m: f64, yaw_rad: Option<f64>) {
        self.locate(map, x_m, y_m);
        (self.p_rel_rad, self.r_rel_rad, self.z_rel_m) = (0.0, 0.0, 0.0);
        self.h_rel_rad = yaw_rad.map_or(0.0, |yaw| math::positive_angle(yaw - self.h_road_rad));
        if self.road.is_none() {
            self.pose = Pose::planar(x_m, y_m, yaw_rad.unwrap_or(0.0));
            return;
        }
        self.orient();
        (self.pose.x_m, self.pose.y_m) = (x_m, y_m);
    }

    /// Moves the pose only: the point shifts, road coordinates are found anew, angles are kept.
    pub fn shift_world(&mut self, map: &RoadNetwork, dx_m: f64, dy_m: f64) {
        let mut pose = self.pose;
        pose.x_m += dx_m;
        pose.y_m += dy_m;
        let (p, r, z) = (self.p_rel_rad, self.r_rel_rad, self.z_rel_m);
        self.locate(map, pose.x_m, pose.y_m);
        self.pose = pose;
        self.h_rel_rad = math::positive_angle(pose.yaw_rad - self.h_road_rad);
        (self.p_rel_rad, self.r_rel_rad, self.z_rel_m) = (p, r, z);
    }

    /// The section it stands in.
    pub fn current_section<'m>(&self, map: &'m RoadNetwork) -> Option<&'m LaneSection> {
        self.road
            .and_then(|road| map.road(road))
            .and_then(|r| r.section(self.s_m))
    }

    /// Turns it to an absolute heading.
    pub fn set_heading(&mut self, yaw_rad: f64) {
        self.h_rel_rad = math::positive_angle(yaw_rad - self.h_road_rad);
        self.pose.yaw_rad = math::positive_angle(yaw_rad);
    }

    /// Turns it against the road's direction.
    pub fn set_relative(&mut self, h_rad: f64, p_rad: f64, r_rad: f64) {
        (self.h_rel_rad, self.p_rel_rad, self.r_rel_rad) =
            (math::positive_angle(h_rad), p_rad, r_rad);
        self.orient();
    }

    /// Turns it by an angle from the road's direction, or from its reverse if it is headed that way.
    pub fn set_heading_from_road(&mut self, angle_rad: f64) {
        let base = if self.is_along_road() { 0.0 } else { math::PI };
        self.h_rel_rad = math::positive_angle(base + angle_rad);
        self.orient();
    }

    /// Sets pitch and roll that are absolute.
    pub fn set_absolute_tilt(&mut self, z_m: Option<f64>, p_rad: Option<f64>, r_rad: Option<f64>) {
        if let Some(z_m) = z_m {
            self.z_rel_m = z_m - self.z_road_m;
            self.pose.z_m = z_m;
        }
        if let Some(p_rad) = p_rad {
            self.p_rel_rad = p_rad - self.p_road_rad;
            self.pose.pitch_rad = p_rad;
        }
        if let Some(r_rad) = r_rad {
            self.r_rel_rad = r_rad - self.r_road_rad;
            self.pose.roll_rad = r_rad;
        }
    }

    /// Pose of the road surface here and from it the pose of the place.
    fn evaluate(&mut self, map: &RoadNetwork, road: &Road, lane_slope: f64) {
        let point = road.plan.evaluate(self.s_m);
        self.lane_offset_m = road.lane_offset.value(self.s_m);
        let lateral = self.t_m + self.lane_offset_m;
        let (sin, cos) = math::sin_cos(point.heading_rad);
        self.pose.x_m = point.x_m - sin * lateral;
        self.pose.y_m = point.y_m + cos * lateral;
        let offset_slope = road.lane_offset.slope(self.s_m);
        let turn = |slope: f64| if slope == 0.0 { 0.0 } else { math::atan(slope) };
        self.h_road_rad = point.heading_rad + turn(offset_slope + lane_slope);
        self.curvature_1pm = point.curvature_1pm;
        self.p_road_rad = -turn(road.elevation.slope(self.s_m));
        self.r_road_rad = road.superelevation.value(self.s_m);
        self.z_road_m = road.elevation.value(self.s_m);
        let lane = self
            .current_section(map)
            .and_then(|section| section.lane(self.lane_id));
        let is_flat = road.superelevation.is_empty()
            && road.lateral.is_flat()
            && lane.is_none_or(|lane| lane.heights.is_empty());
        if !is_flat {
            self.take_surface(map, lateral);
        }
        self.lane_direction = road.driving_direction(self.lane_id);
        const END_M: f64 = 1e-6;
        self.at_end = self.s_m < END_M || self.s_m > road.length_m - END_M;
        self.orient();
    }

    /// The road's surface where it is banked, curved across or raised: as the map has it.
    fn take_surface(&mut self, map: &RoadNetwork, lateral_m: f64) {
        let Some(road) = self.road else { return };
        let position = LanePosition {
            road,
            lane_id: self.lane_id,
            s_m: self.s_m,
            offset_m: self.offset_m,
        };
        let surface = map
            .lane_pose(&position)
            .or_else(|| map.pose_at(road, self.s_m, lateral_m));
        let Some(surface) = surface.map(|s| s.pose) else {
            return;
        };
        (self.pose.x_m, self.pose.y_m) = (surface.x_m, surface.y_m);
        (self.h_road_rad, self.p_road_rad) = (surface.yaw_rad, surface.pitch_rad);
        (self.r_road_rad, self.z_road_m) = (surface.roll_rad, surface.z_m);
    }

    /// Angles and height of the pose from those of the road and those against it.
    fn orient(&mut self) {
        self.pose.z_m = self.z_road_m + self.z_rel_m;
        let yaw = self.h_road_rad + self.h_rel_rad;
        if self.p_road_rad == 0.0 && self.r_road_rad == 0.0 {
            self.pose.yaw_rad = math::positive_angle(yaw);
            (self.pose.pitch_rad, self.pose.roll_rad) = (self.p_rel_rad, self.r_rel_rad);
            return;
        }
        let road =
            UnitQuaternion::from_euler_angles(self.r_road_rad, self.p_road_rad, self.h_road_rad);
        let own = UnitQuaternion::from_euler_angles(self.r_rel_rad, self.p_rel_rad, self.h_rel_rad);
        let (roll, pitch, yaw) = (road * own).euler_angles();
        (self.pose.roll_rad, self.pose.pitch_rad) = (roll, pitch);
        self.pose.yaw_rad = math::positive_angle(yaw);
    }

    /// Distance along the reference line that a distance travelled here amounts to.
    pub fn to_ds(&self, distance_m: f64) -> f64 {
        let bend = 1.0 - self.curvature_1pm * (self.t_m + self.lane_offset_m);
        if self.curvature_1pm.abs() < 1e-6 || bend < 1e-3 {
            return distance_m;
        }
        distance_m / bend
    }

    /// Moves along the lane, from road to road; the offset from the lane's middle and the angle
    /// against the road are kept.
    pub fn move_along(
        &mut self,
        map: &RoadNetwork,
        ds_m: f64,
        along: Along,
        choice: JunctionChoice<'_>,
    ) -> Moved {
        let Some(mut road) = self.road else {
            return Moved::Whole;
        };
        let forward = match along {
            Along::Heading => self.is_along_road(),
            Along::Road => true,
            Along::Lane => self.lane_direction() > 0,
        };
        let mut ds = if forward { ds_m } else { -ds_m };
        for _ in 0..MAX_LINKS {
            let Some(r) = map.road(road) else { break };
            let next_s = self.s_m + ds;
            let (is_forward, rest) = if next_s > r.length_m {
                (true, next_s - r.length_m)
            } else if next_s < 0.0 {
                (false, -next_s)
            } else {
                break;
            };
            match self.enter_next(map, road, is_forward, choice) {
                Some((next, contact)) => {
                    road = next;
                    ds = if contact == ContactPoint::Start {
                        rest
                    } else {
                        -rest
                    };
                }
                None => {
                    let s_end = if is_forward { r.length_m } else { 0.0 };
                    self.set_lane(map, road, self.lane_id, s_end, self.offset_m);
                    self.at_end = true;
                    return Moved::EndOfRoad;
                }
            }
        }
        let lane_id = self.lane_id;
        self.set_lane(map, road, lane_id, self.s_m + ds, self.offset_m);
        self.leave_closed_lane(map, road);
        Moved::Whole
    }

    /// A lane that has narrowed to nothing is left for the nearest.
    fn leave_closed_lane(&mut self, map: &RoadNetwork, road: RoadIndex) {
        let Some(section) = self.current_section(map) else {
            return;
        };
        let width = lanes::center(section, self.s_m, self.lane_id).map_or(0.0, |c| c.width_m);
        if self.lane_id != 0 && width < 1e-6 {
            let nearest = lanes::nearest(section, self.s_m, self.t_m);
            if nearest != 0 && nearest != self.lane_id {
                self.set_lane(map, road, nearest, self.s_m, 0.0);
            }
        }
    }

    /// Goes over to the start or end of the next road; `None` where none leads on.
    fn enter_next(
        &mut self,
        map: &RoadNetwork,
        road: RoadIndex,
        is_forward: bool,
        choice: JunctionChoice<'_>,
    ) -> Option<(RoadIndex, ContactPoint)> {
        let r = map.road(road)?;
        let link = if is_forward {
            r.successor
        } else {
            r.predecessor
        }?;
        let (next, contact, lane_id) = match link.target {
            LinkTarget::Road(next, contact) => {
                let section = if is_forward {
                    r.sections.last()
                } else {
                    r.sections.first()
                }?;
                let lane = section.lane(self.lane_id);
                let linked = lane.and_then(|l| {
                    let links = if is_forward {
                        &l.successors
                    } else {
                        &l.predecessors
                    };
                    links.first().copied()
                });
                (next, contact, linked)
            }
            LinkTarget::Junction(junction) => {
                let mut options = super::junction::connections(map, junction, road, self.lane_id);
                if options.is_empty() && matches!(choice, JunctionChoice::Route(_)) {
                    // A route leads on even where this lane does not: by the lane beside it, or
                    // against its traffic.
                    let section = if is_forward {
                        r.sections.last()
                    } else {
                        r.sections.first()
                    }?;
                    let mut beside: Vec<i32> = section
                        .lanes()
                        .map(|l| l.id)
                        .filter(|id| id.signum() == self.lane_id.signum())
                        .collect();
                    beside.sort_by_key(|id| (id - self.lane_id).abs());
                    for id in beside {
                        options.extend(super::junction::connections(map, junction, road, id));
                    }
                    if options.is_empty() {
                        options =
                            super::junction::against_traffic(map, junction, road, self.lane_id);
                    }
                }
                let chosen = super::junction::choose(map, road, is_forward, &options, choice)?;
                (chosen.road, chosen.contact, Some(chosen.lane_id))
            }
        };
        let n = map.road(next)?;
        let s_m = if contact == ContactPoint::Start {
            0.0
        } else {
            n.length_m
        };
        let is_turned = (contact == ContactPoint::Start) != is_forward;
        let section = if contact == ContactPoint::Start {
            n.sections.first()
        } else {
            n.sections.last()
        }?;
        match lane_id.filter(|id| *id != 0 && section.lane(*id).is_some()) {
            Some(lane_id) => {
                if is_turned {
                    self.h_rel_rad = math::positive_angle(self.h_rel_rad + math::PI);
                    self.offset_m = -self.offset_m;
                }
                self.section = n.section_index(s_m);
                (self.road, self.lane_id) = (Some(next), lane_id);
                self.s_m = s_m;
            }
            None => {
                // No lane is linked: the nearest one beside the present course.
                let t_m = if is_turned { -self.t_m } else { self.t_m };
                if is_turned {
                    self.h_rel_rad = math::positive_angle(self.h_rel_rad + math::PI);
                }
                self.set_track(map, next, s_m, t_m);
                self.offset_m = 0.0;
            }
        }
        Some((next, contact))
    }

    /// Whether it lies beside the road's surface.
    pub fn is_off_road(&self, map: &RoadNetwork) -> bool {
        self.current_section(map).is_some_and(|section| {
            let (right, left) = lanes::edges(section, self.s_m);
            self.t_m < right || self.t_m > left
        })
    }
}
