//! Positions of the file to places on the map.

use sim::math::{self, Pose};
use sim::road::{RoadIndex, RoadNetwork};

use super::place::{Along, JunctionChoice};
use super::{Cast, Course, Place, RouteRun};
use crate::model::{EntityId, FollowingMode, InRoutePosition, Orientation, Position};

impl Cast {
    /// The place that a position stands for, for an entity. `None` where it names a road that does
    /// not exist or a route that does not connect.
    pub fn resolve(&self, position: &Position, id: EntityId) -> Option<Place> {
        match position {
            Position::World {
                x_m,
                y_m,
                z_m,
                orientation,
            } => Some(self.world(*x_m, *y_m, *z_m, orientation)),
            Position::Geo {
                latitude_deg,
                longitude_deg,
                altitude_m,
                orientation,
            } => {
                let (x_m, y_m) =
                    super::geo::project(self.map.geo_reference(), *latitude_deg, *longitude_deg)?;
                Some(self.world(x_m, y_m, *altitude_m, orientation))
            }
            Position::RelativeWorld {
                entity,
                d_m,
                orientation,
            }
            | Position::RelativeObject {
                entity,
                d_m,
                orientation,
            } => {
                let reference = &self.actor(*entity)?.place;
                let (x_m, y_m) = reference.pose().to_world_xy(d_m[0], d_m[1]);
                let mut place = reference.clone();
                let base = if orientation.is_relative {
                    reference.pose().yaw_rad
                } else {
                    0.0
                };
                let yaw = base
                    + orientation.h_rad.unwrap_or(if orientation.is_relative {
                        0.0
                    } else {
                        reference.pose().yaw_rad
                    });
                place.set_on_surface(&self.map, x_m, y_m, Some(yaw));
                if d_m[2] != 0.0 {
                    place.set_absolute_tilt(Some(reference.pose().z_m + d_m[2]), None, None);
                }
                Some(place)
            }
            Position::Road {
                road_id,
                s_m,
                t_m,
                orientation,
            } => {
                let mut place = Place::default();
                place.set_track(&self.map, self.road(road_id)?, *s_m, *t_m);
                turn(&mut place, orientation, 0.0);
                Some(place)
            }
            Position::Lane {
                road_id,
                lane_id,
                s_m,
                offset_m,
                orientation,
            } => {
                let mut place = Place::default();
                place.set_lane(&self.map, self.road(road_id)?, *lane_id, *s_m, *offset_m);
                let base = if place.lane_direction() < 0 {
                    math::PI
                } else {
                    0.0
                };
                turn(&mut place, orientation, base);
                Some(place)
            }
            Position::RelativeRoad {
                entity,
                ds_m,
                dt_m,
                orientation,
            } => {
                let reference = self.actor(*entity)?;
                let mut place = reference.place.clone();
                let choice = self.choice_of(id, *entity);
                place.move_along(&self.map, *ds_m, Along::Road, choice);
                let (road, s_m, t_m) = (place.road?, place.s_m, place.t_m + dt_m);
                place.set_track(&self.map, road, s_m, t_m);
                turn(&mut place, orientation, 0.0);
                Some(place)
            }
            Position::RelativeLane {
                entity,
                d_lane,
                ds_m,
                is_along_lane,
                offset_m,
                orientation,
            } => {
                let reference = self.actor(*entity)?;
                let mut place = reference.place.clone();
                let along = if *is_along_lane {
                    Along::Lane
                } else {
                    Along::Road
                };
                let choice = self.choice_of(id, *entity);
                place.move_along(&self.map, *ds_m, along, choice);
                let against = *is_along_lane && place.lane_direction() < 0;
                let sign = if against { -1 } else { 1 };
                let lane_id = lane_beside(place.lane_id, sign * d_lane);
                let (road, s_m) = (place.road?, place.s_m);
                place.force_lane(&self.map, lane_id);
                place.set_lane(&self.map, road, lane_id, s_m, f64::from(sign) * offset_m);
                // Angles count from the lane's direction with `dsLane`, from the road's with `ds`.
                let base = if *is_along_lane && place.lane_direction() < 0 {
                    math::PI
                } else {
                    0.0
                };
                turn(&mut place, orientation, base);
                Some(place)
            }
            Position::Route {
                route,
                at,
                orientation,
            } => {
                let waypoints: Option<Vec<Place>> = route
                    .waypoints
                    .iter()
                    .map(|w| self.resolve(&w.position, id))
                    .collect();
                let run = RouteRun::new(&self.map, waypoints?)?;
                let mut goes_along = None;
                let mut on_route = |path_s_m: f64| {
                    let place = run.place_at(&self.map, path_s_m)?;
                    goes_along = Some(place.is_along_road());
                    Some(place)
                };
                let mut place = match at {
                    InRoutePosition::FromCurrentEntity(entity) => {
                        self.actor(*entity)?.place.clone()
                    }
                    InRoutePosition::FromRoadCoordinates { path_s_m, t_m } => {
                        let mut place = on_route(*path_s_m)?;
                        let (road, s_m) = (place.road?, place.s_m);
                        place.set_track(&self.map, road, s_m, *t_m);
                        place
                    }
                    InRoutePosition::FromLaneCoordinates {
                        path_s_m,
                        lane_id,
                        offset_m,
                    } => {
                        let mut place = on_route(*path_s_m)?;
                        let (road, s_m) = (place.road?, place.s_m);
                        place.force_lane(&self.map, *lane_id);
                        place.set_lane(&self.map, road, *lane_id, s_m, *offset_m);
                        place
                    }
                };
                let base = if place.lane_direction() < 0 {
                    math::PI
                } else {
                    0.0
                };
                turn(&mut place, orientation, base);
                let is_turned = goes_along.is_some_and(|along| along != place.is_along_road());
                if is_turned && orientation.is_given && orientation.is_relative {
                    // On a route entities face the way it leads.
                    let (p, r) = (place.p_rel_rad, place.r_rel_rad);
                    place.set_relative(place.h_rel_rad + math::PI, p, r);
                }
                Some(place)
            }
            Position::Trajectory {
                trajectory,
                s_m,
                t_m,
                orientation,
            } => {
                let course = Course::new(self, trajectory, FollowingMode::Position, id)?;
                let point = course.at(*s_m);
                let (x_m, y_m) =
                    Pose::planar(point.x_m, point.y_m, point.yaw_rad).to_world_xy(0.0, *t_m);
                let mut place = Place::default();
                let base = if orientation.is_relative {
                    point.yaw_rad
                } else {
                    0.0
                };
                let own = if orientation.is_relative {
                    0.0
                } else {
                    point.yaw_rad
                };
                place.set_on_surface(
                    &self.map,
                    x_m,
                    y_m,
                    Some(base + orientation.h_rad.unwrap_or(own)),
                );
                Some(place)
            }
        }
    }

    /// A position in coordinates of the map's file, before its header moves them.
    fn world(&self, x_m: f64, y_m: f64, z_m: Option<f64>, orientation: &Orientation) -> Place {
        let mut place = Place::default();
        let (mut x_m, mut y_m, mut h_rad, mut z_m) = (x_m, y_m, orientation.h_rad, z_m);
        if let Some(relocation) = self.map.relocation() {
            (x_m, y_m) = relocation.point(x_m, y_m);
            h_rad = h_rad.map(|h| relocation.heading(h));
            z_m = z_m.map(|z| z + relocation.shift_m[2]);
        }
        place.set_on_surface(&self.map, x_m, y_m, h_rad);
        place.set_absolute_tilt(z_m, orientation.p_rad, orientation.r_rad);
        place
    }

    fn road(&self, id: &str) -> Option<RoadIndex> {
        self.map.road_index(id)
    }

    /// Roads that a relative position follows: those of the entity's own route, else of the
    /// reference's, else straight on.
    fn choice_of(&self, id: EntityId, reference: EntityId) -> JunctionChoice<'_> {
        let route = |id: EntityId| self.actor(id).and_then(|p| p.route.as_ref());
        match route(id).or_else(|| route(reference)) {
            Some(route) => JunctionChoice::Route(&route.roads),
            None => JunctionChoice::Angle(0.0),
        }
    }
}

/// Turns a place as an orientation says; `base` is the heading against the road that relative
/// angles start from.
fn turn(place: &mut Place, orientation: &Orientation, base_rad: f64) {
    let o = orientation;
    if o.is_relative {
        let (p, r) = (o.p_rad.unwrap_or(0.0), o.r_rad.unwrap_or(0.0));
        place.set_relative(base_rad + o.h_rad.unwrap_or(0.0), p, r);
        return;
    }
    place.set_relative(base_rad, 0.0, 0.0);
    if let Some(h_rad) = o.h_rad {
        place.set_heading(h_rad);
    }
    place.set_absolute_tilt(None, o.p_rad, o.r_rad);
}

/// The lane `d` lanes towards growing ids, lane 0 not counted.
pub fn lane_beside(lane_id: i32, d: i32) -> i32 {
    let to = lane_id.saturating_add(d);
    let crosses = to == 0 || (lane_id != 0 && to.signum() != lane_id.signum());
    if crosses && d != 0 {
        to + d.signum()
    } else {
        to
    }
}

/// Whether a lane exists on a road at a station.
pub fn has_lane(map: &RoadNetwork, place: &Place, lane_id: i32) -> bool {
    place
        .current_section(map)
        .is_some_and(|s| s.lane(lane_id).is_some())
}

#[cfg(test)]
mod tests {
    use super::lane_beside;

    #[test]
    fn lane_zero_is_not_counted() {
        assert_eq!(lane_beside(-1, 1), 1);
        assert_eq!(lane_beside(1, -1), -1);
        assert_eq!(lane_beside(-2, 3), 2);
        assert_eq!(lane_beside(-3, 1), -2);
        assert_eq!(lane_beside(2, 0), 2);
    }
}
