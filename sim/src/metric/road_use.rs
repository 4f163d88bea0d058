//! Time off the road, time above the speed limit, and time on lanes that run the other way.
//!
//! Unit: s. Source: nuPlan's *Drivable area compliance*, *Speed limit compliance* and *Driving
//! direction compliance*; the tolerances stand beside their names.

use crate::math::wrap_angle;
use crate::road::{RoadIndex, RoadNetwork};
use crate::world::ActorSnapshot;

use super::Values;

/// A corner may leave the drivable lanes this far, metres.
const CORNER_TOLERANCE_M: f64 = 0.3;
/// Speed over the limit that is not counted, m/s.
const SPEED_TOLERANCE_MPS: f64 = 1.0;

#[derive(Clone, Debug, Default)]
pub(super) struct RoadUse {
    pub(super) off_road_s: f64,
    over_limit_s: f64,
    wrong_way_s: f64,
}

impl RoadUse {
    pub(super) fn add(
        &mut self,
        map: &RoadNetwork,
        ego: &ActorSnapshot,
        dt_s: f64,
        hint: &mut Option<RoadIndex>,
    ) {
        let pose = &ego.state.pose;
        if map.roads().is_empty() {
            return;
        }
        let middle = ego.center_xy();
        let is_off = ego.corners_xy().iter().any(|(x, y)| {
            let reach = crate::math::hypot(x - middle.0, y - middle.1).max(1e-6);
            let inner = (reach - CORNER_TOLERANCE_M).max(0.0) / reach;
            let (x, y) = (
                middle.0 + (x - middle.0) * inner,
                middle.1 + (y - middle.1) * inner,
            );
            !map.is_drivable(x, y, Some(pose.z_m))
        });
        if is_off {
            self.off_road_s += dt_s;
        }
        let at = map.locate_with_heading(pose.x_m, pose.y_m, Some(pose.z_m), pose.yaw_rad, *hint);
        *hint = at.map(|at| at.road);
        let Some((at, lane)) = at.and_then(|at| Some((at, at.lane_id?))) else {
            return;
        };
        let limit = map.speed_limit_mps(at.road, lane, at.s_m);
        if limit.is_some_and(|limit| ego.state.speed_mps > limit + SPEED_TOLERANCE_MPS) {
            self.over_limit_s += dt_s;
        }
        let along = map.pose_at(at.road, at.s_m, at.t_m);
        let direction = f64::from(map.driving_direction(at.road, lane));
        let is_against = along.is_some_and(|road| {
            crate::math::cos(wrap_angle(pose.yaw_rad - road.pose.yaw_rad)) * direction < -0.5
        });
        if is_against && ego.state.speed_mps > 0.5 {
            self.wrong_way_s += dt_s;
        }
    }

    pub(super) fn report(&self, values: &mut Values) {
        values.insert("off_road", (Some(self.off_road_s), "s"));
        values.insert("over_speed_limit", (Some(self.over_limit_s), "s"));
        values.insert("wrong_way", (Some(self.wrong_way_s), "s"));
    }
}
