//! `LaneChangeAction`.

use sim::input::InputError;
use sim::math;

use super::{Action, Domains, Progress};
use crate::model::{Context, DynamicsDimension, DynamicsShape, EntityId, TransitionDynamics};
use crate::read::El;
use crate::story::{Along, Cast, JunctionChoice, Moved, Place, lane_beside};

#[derive(Clone, Copy, Debug)]
enum Target {
    Absolute(i32),
    Relative { entity: EntityId, lanes: i32 },
}

/// `LaneChangeAction`
#[derive(Clone, Debug)]
pub struct LaneChangeAction {
    actor: EntityId,
    target: Target,
    target_offset_m: f64,
    dynamics: TransitionDynamics,
    /// The place expressed in the target lane.
    inner: Place,
    /// Heading against the road of the last step, as in a lane of positive id, radians.
    heading_rad: f64,
}

const SMALL: f64 = 1e-6;

/// Sign of a lane's side: offsets grow outwards as they do on the left.
fn side(lane_id: i32) -> f64 {
    if lane_id < 0 { -1.0 } else { 1.0 }
}

fn sign(value: f64) -> f64 {
    if value < 0.0 { -1.0 } else { 1.0 }
}

impl LaneChangeAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        let target = el.need_child("LaneChangeTarget")?.choice("a target lane")?;
        let lane = i32::try_from(target.i64("value")?)
            .map_err(|_| target.error("a lane", "a number out of range"))?;
        Ok(Self {
            actor,
            target: match target.name() {
                "AbsoluteTargetLane" => Target::Absolute(lane),
                "RelativeTargetLane" => Target::Relative {
                    entity: ctx.entity(&target, "entityRef")?,
                    lanes: lane,
                },
                _ => {
                    return Err(super::unknown(
                        &target,
                        "AbsoluteTargetLane or RelativeTargetLane",
                    ));
                }
            },
            target_offset_m: el.f64_or("targetLaneOffset", 0.0)?,
            dynamics: TransitionDynamics::read(el.need_child("LaneChangeActionDynamics")?)?,
            inner: Place::default(),
            heading_rad: 0.0,
        })
    }

    fn target_lane(&self, cast: &Cast) -> Option<i32> {
        match self.target {
            Target::Absolute(lane) => Some(lane),
            Target::Relative { entity, lanes } => {
                let place = &cast.actor(entity)?.place;
                let direction = if place.is_along_road() { 1 } else { -1 };
                Some(lane_beside(place.lane_id, lanes * direction))
            }
        }
    }

    /// Lateral course of a step: what is left for going forward, metres.
    fn advance(&mut self, way_m: f64, speed_mps: f64, dt_s: f64) -> (f64, f64) {
        let rate = self.dynamics.rate() / self.dynamics.stretch;
        if self.dynamics.dimension == DynamicsDimension::Distance {
            let forward_m = way_m / (1.0 + rate * rate).sqrt();
            self.dynamics.step(forward_m);
            self.heading_rad = math::atan(rate);
            return (self.dynamics.evaluate(), forward_m);
        }
        let across_m = dt_s * rate.abs();
        let forward_m = (way_m * way_m - across_m.min(way_m) * across_m.min(way_m))
            .max(0.0)
            .sqrt();
        let turn = sign(speed_mps) * sign(rate);
        if across_m < way_m + SMALL {
            self.dynamics.step(dt_s);
            self.heading_rad = math::atan2(turn * across_m, forward_m);
            return (self.dynamics.evaluate(), forward_m);
        }
        // Sideways faster than it moves at all: straight across, as far as it comes.
        let share = way_m * self.dynamics.range / self.dynamics.delta().abs().max(SMALL);
        self.dynamics.step(share);
        self.heading_rad = turn * (math::FRAC_PI_2 - SMALL);
        (self.dynamics.evaluate_as(DynamicsShape::Linear), forward_m)
    }
}

impl Action for LaneChangeAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        let Some(target) = self.target_lane(cast) else {
            return Progress::Done;
        };
        let map = cast.map.clone();
        let Some(player) = cast.actor_mut(self.actor) else {
            return Progress::Done;
        };
        // Aligned with the road before it leaves its lane.
        let base = if player.place.is_along_road() {
            0.0
        } else {
            math::PI
        };
        player.place.set_relative(base, 0.0, 0.0);
        self.inner = player.place.clone();
        self.inner.force_lane(&map, target);
        self.heading_rad = 0.0;
        self.dynamics.begin(
            side(target) * self.inner.offset_m,
            side(target) * self.target_offset_m,
        );
        Progress::Running
    }

    fn step(&mut self, cast: &mut Cast) -> Progress {
        let dt_s = cast.dt_s();
        let map = cast.map.clone();
        let Some(player) = cast.actor_mut(self.actor) else {
            return Progress::Done;
        };
        player.moved.longitudinal = true;
        let speed = player.speed_mps;
        if speed.abs() < SMALL {
            return Progress::Running;
        }
        let way_m = speed.abs() * dt_s;
        let (offset, mut forward_m) = self.advance(way_m, speed, dt_s);
        if self.dynamics.is_instant() {
            forward_m = way_m;
        }
        let (lane, s_m) = (self.inner.lane_id, self.inner.s_m);
        if let Some(road) = self.inner.road {
            player.place.road = self.inner.road;
            player.place.lane_id = lane;
            player
                .place
                .set_lane(&map, road, lane, s_m, side(lane) * offset);
        }
        let ds_m = player.place.to_ds(sign(speed) * forward_m);
        let choice = match &player.route {
            Some(route) => JunctionChoice::Route(&route.roads),
            None => JunctionChoice::Angle(player.junction_angle_rad),
        };
        let moved = player.place.move_along(&map, ds_m, Along::Heading, choice);
        self.inner = player.place.clone();
        let target = self.dynamics.target;
        let has_passed =
            self.dynamics.at > 0.0 && sign(offset - target) != sign(self.dynamics.start - target);
        let is_there = self.dynamics.is_at_end() || (offset - target).abs() < SMALL || has_passed;
        let done = is_there || moved == Moved::EndOfRoad;
        let turn = if is_there { 0.0 } else { self.heading_rad };
        let direction = if player.place.is_along_road() {
            1.0
        } else {
            -1.0
        };
        player
            .place
            .set_heading_from_road(direction * side(player.place.lane_id) * turn);
        if moved == Moved::EndOfRoad {
            player.speed_mps = 0.0;
        }
        // In which lane it is by its position; the target lane counts within the action only.
        if let Some(road) = player.place.road {
            let (s_m, t_m) = (player.place.s_m, player.place.t_m);
            let before = player.place.pose().yaw_rad;
            player.place.set_track(&map, road, s_m, t_m);
            player.place.set_heading(before);
        }
        player.moved.speed = true;
        if done {
            Progress::Done
        } else {
            Progress::Running
        }
    }

    fn actor(&self) -> Option<EntityId> {
        Some(self.actor)
    }

    fn domains(&self) -> Domains {
        Domains::LATERAL
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}
