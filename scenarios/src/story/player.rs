//! An entity at run time.

use std::sync::Arc;

use sim::actor::ActorSpec;

use super::{Course, Place, RouteRun};
use crate::model::{EntityId, EntityKind, TrailerCoupling};

/// What already moved an entity in the present step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MovedBy {
    /// An action moved it along its way, so that it does not roll on by itself.
    pub longitudinal: bool,
    /// Its speed was set or applied, so that it is not taken from its displacement.
    pub speed: bool,
    /// It was put elsewhere.
    pub teleport: bool,
}

/// A trajectory that is being followed.
#[derive(Clone, Debug)]
pub struct Following {
    /// The trajectory as placed.
    pub course: Arc<Course>,
    /// Along it, metres.
    pub s_m: f64,
}

/// An entity at run time.
#[derive(Clone, Debug)]
pub struct Player {
    /// Its number.
    pub id: EntityId,
    /// Its description.
    pub spec: Arc<ActorSpec>,
    /// Its kind.
    pub kind: EntityKind,
    /// Hitch, coupler and the trailer it pulls now.
    pub coupling: TrailerCoupling,
    /// What pulls it now.
    pub pulled_by: Option<EntityId>,
    /// Whether it is in the world.
    pub active: bool,
    /// Whether the story moves it; else a driver does.
    pub is_scripted: bool,
    /// Where it is.
    pub place: Place,
    /// Along its heading, m/s.
    pub speed_mps: f64,
    /// In the world, m/s.
    pub velocity_mps: [f64; 3],
    /// In the world, m/s².
    pub acceleration_mps2: [f64; 3],
    /// About z, rad/s.
    pub yaw_rate_radps: f64,
    /// Distance moved, metres.
    pub odometer_m: f64,
    /// Since when it stands, seconds.
    pub standing_since_s: Option<f64>,
    /// Since when it is off the road.
    pub off_road_since_s: Option<f64>,
    /// Since when it is at the end of the road.
    pub end_of_road_since_s: Option<f64>,
    /// The route it is on.
    pub route: Option<RouteRun>,
    /// The trajectory it is on.
    pub following: Option<Following>,
    /// Distance from its rear axle to the point that trajectories lead, where a property
    /// `refpoint_x_offset` gives one, metres.
    pub led_by_m: f64,
    /// Turn it takes at junctions without a route, radians; straight on unless turns are random.
    pub junction_angle_rad: f64,
    /// Whether a `RandomRouteAction` draws that anew after each junction.
    pub random_turns: bool,
    /// Whether it came into a junction since that was drawn.
    pub in_junction: bool,
    /// Controllers assigned to it, the last one last.
    pub controllers: Vec<crate::model::Controller>,
    /// Who keeps its speed on rails, while a controller is active.
    pub driver: Option<super::Driver>,
    /// The whole driver that a controller has given it to; none of its rails holds it then.
    pub given_to: Option<sim::message::DriverSpec>,
    /// Whether a traffic action has made it.
    pub is_traffic: bool,
    /// When it was taken out of the world, where it is of the traffic, seconds.
    pub(super) gone_s: Option<f64>,
    /// What moved it in this step.
    pub moved: MovedBy,
    pub(super) old_xyz: [f64; 3],
    pub(super) old_yaw_rad: f64,
}

/// Slower than this an entity stands, m/s.
const STAND_STILL_MPS: f64 = 1e-3;

impl Player {
    /// An entity at the origin.
    pub fn new(
        id: EntityId,
        spec: Arc<ActorSpec>,
        kind: EntityKind,
        coupling: TrailerCoupling,
    ) -> Self {
        let offset = spec
            .properties
            .iter()
            .find(|(name, _)| name == "refpoint_x_offset");
        let led_by_m = offset.and_then(|(_, value)| value.trim().parse().ok());
        Self {
            id,
            led_by_m: led_by_m.filter(|v: &f64| v.is_finite()).unwrap_or(0.0),
            spec,
            kind,
            coupling,
            pulled_by: None,
            active: false,
            is_scripted: true,
            place: Place::default(),
            speed_mps: 0.0,
            velocity_mps: [0.0; 3],
            acceleration_mps2: [0.0; 3],
            yaw_rate_radps: 0.0,
            odometer_m: 0.0,
            standing_since_s: None,
            off_road_since_s: None,
            end_of_road_since_s: None,
            route: None,
            following: None,
            junction_angle_rad: 0.0,
            random_turns: false,
            in_junction: false,
            controllers: Vec::new(),
            driver: None,
            given_to: None,
            is_traffic: false,
            gone_s: None,
            moved: MovedBy::default(),
            old_xyz: [0.0; 3],
            old_yaw_rad: 0.0,
        }
    }

    /// Heading once the point ahead of the axle is led from a pose to (x, y) and draws the axle along.
    pub fn drawn_heading(&self, from: &sim::math::Pose, x_m: f64, y_m: f64) -> f64 {
        let axle = from.to_world_xy(-self.led_by_m, 0.0);
        let (dx, dy) = (x_m - axle.0, y_m - axle.1);
        if sim::math::hypot(dx, dy) > 1e-6 {
            sim::math::atan2(dy, dx)
        } else {
            from.yaw_rad
        }
    }

    /// Sets the speed along the heading, m/s.
    pub fn set_speed(&mut self, speed_mps: f64) {
        self.speed_mps = speed_mps;
        self.moved.speed = true;
    }

    /// Acceleration along the heading, m/s².
    pub fn longitudinal_acceleration_mps2(&self) -> f64 {
        let yaw = self.place.pose().yaw_rad;
        self.acceleration_mps2[0] * sim::math::cos(yaw)
            + self.acceleration_mps2[1] * sim::math::sin(yaw)
    }

    /// Takes the state of an actor that others move.
    pub fn take_state(
        &mut self,
        map: &sim::road::RoadNetwork,
        state: &sim::actor::ActorState,
        dt_s: f64,
    ) {
        self.place.set_world(map, state.pose);
        self.speed_mps = state.speed_mps;
        let before = std::mem::replace(&mut self.velocity_mps, state.velocity_mps);
        self.acceleration_mps2 = [0, 1, 2].map(|i| (state.velocity_mps[i] - before[i]) / dt_s);
        self.yaw_rate_radps = state.yaw_rate_radps;
        let [x, y, _] = self.old_xyz;
        self.odometer_m += sim::math::hypot(state.pose.x_m - x, state.pose.y_m - y);
        self.remember();
    }

    /// Puts it somewhere at once: no way was driven there.
    pub(crate) fn put(&mut self, map: &sim::road::RoadNetwork, state: &sim::actor::ActorState) {
        self.place.set_world(map, state.pose);
        self.speed_mps = state.speed_mps;
        self.velocity_mps = state.velocity_mps;
        self.acceleration_mps2 = [0.0; 3];
        self.yaw_rate_radps = state.yaw_rate_radps;
        self.remember();
    }

    /// Remembers the present pose as that of before.
    pub(super) fn remember(&mut self) {
        let pose = self.place.pose();
        self.old_xyz = [pose.x_m, pose.y_m, pose.z_m];
        self.old_yaw_rad = pose.yaw_rad;
    }

    /// Velocity, acceleration and odometer from the displacement of a step.
    pub(super) fn differentiate(&mut self, dt_s: f64) {
        let pose = *self.place.pose();
        let new = [pose.x_m, pose.y_m, pose.z_m];
        let heading = pose.heading();
        let along = [heading.x * self.speed_mps, heading.y * self.speed_mps, 0.0];
        if dt_s <= 0.0 {
            self.velocity_mps = along;
            self.remember();
            return;
        }
        let d = [0, 1, 2].map(|i| new[i] - self.old_xyz[i]);
        let velocity = if self.moved.teleport {
            along
        } else {
            d.map(|v| v / dt_s)
        };
        if !self.moved.speed && !self.moved.teleport {
            self.speed_mps = sim::math::hypot(velocity[0], velocity[1]);
        }
        self.acceleration_mps2 = [0, 1, 2].map(|i| (velocity[i] - self.velocity_mps[i]) / dt_s);
        self.velocity_mps = velocity;
        self.yaw_rate_radps = sim::math::wrap_angle(pose.yaw_rad - self.old_yaw_rad) / dt_s;
        if !self.moved.teleport {
            self.odometer_m += sim::math::hypot(d[0], d[1]);
        }
        self.remember();
    }

    /// Since when it stands, is off the road or at its end.
    pub(super) fn note_lasting(&mut self, time_s: f64, is_off_road: bool, is_end_of_road: bool) {
        let since = |slot: &mut Option<f64>, holds: bool| {
            *slot = if holds { slot.or(Some(time_s)) } else { None };
        };
        since(
            &mut self.standing_since_s,
            self.speed_mps.abs() < STAND_STILL_MPS,
        );
        since(&mut self.off_road_since_s, is_off_road);
        since(&mut self.end_of_road_since_s, is_end_of_road);
    }
}
