//! Traffic that actions of the story make: vehicles beside the scenario's own entities. Whoever drives
//! background traffic drives them, with lights and right of way; where the world has nobody who does, drivers
//! on rails move them along their lanes.

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use sim::actor::ActorSpec;
use sim::math;
use sim::message::DriverSpec;
use sim::road::LaneType;
use sim::seed::Draw;

use super::{Cast, Driver, Place, Player, lanes};
use crate::model::{EntityId, EntityKind, TrailerCoupling};

/// Vehicles that traffic actions may have in the world at a time.
const MAX_VEHICLES: usize = 2000;
/// A point is in a lane if its middle is no farther, metres.
const BESIDE_M: f64 = 4.0;
/// With less than this before it on the last road, driven traffic has left, metres.
const LEAVES_M: f64 = 6.0;
/// Room that a new vehicle keeps about itself: a gap and a time, metres and seconds.
const ROOM_M: f64 = 8.0;
const ROOM_S: f64 = 1.2;

impl Cast {
    /// The place in the driving lane at a point, headed as its traffic goes; `None` off such lanes and in
    /// junctions.
    pub fn lane_place(&self, x_m: f64, y_m: f64) -> Option<Place> {
        let found = self.map.locate(x_m, y_m, None, None)?;
        let road = self.map.road(found.road)?;
        if road.junction.is_some() {
            return None;
        }
        let section = road.section(found.s_m)?;
        let t_m = found.t_m - road.lane_offset.value(found.s_m);
        let lane_id = lanes::nearest(section, found.s_m, t_m);
        if section.lane(lane_id)?.kind != LaneType::Driving {
            return None;
        }
        let mut place = Place::default();
        place.set_lane(&self.map, found.road, lane_id, found.s_m, 0.0);
        if place.lane_direction() < 0 {
            place.set_relative(math::PI, 0.0, 0.0);
        }
        let pose = place.pose();
        (math::hypot(pose.x_m - x_m, pose.y_m - y_m) <= BESIDE_M).then_some(place)
    }

    /// Whether nobody is near a place at which a vehicle of a speed shall begin.
    fn is_free(&self, place: &Place, spec: &ActorSpec, speed_mps: f64) -> bool {
        let here = place.pose();
        let own_m = spec.bounding_box.length_m / 2.0;
        self.players.iter().filter(|p| p.active).all(|p| {
            let there = p.place.pose();
            let room_m = ROOM_M + ROOM_S * speed_mps.max(p.speed_mps.abs()) + own_m;
            let (along, across) = here.to_local_xy(there.x_m, there.y_m);
            across.abs() > 2.5
                || along.abs() > room_m + p.spec.bounding_box.length_m / 2.0
                || (there.z_m - here.z_m).abs() > 3.0
        })
    }

    /// Puts a vehicle of the traffic at a place; `None` where there is no room.
    pub fn spawn_traffic(
        &mut self,
        mut spec: ActorSpec,
        place: Place,
        speed_mps: f64,
        rng: &mut ChaCha8Rng,
    ) -> Option<EntityId> {
        let speed_mps = speed_mps.clamp(0.0, spec.performance.max_speed_mps);
        let present = self.players.iter().filter(|p| p.is_traffic && p.active);
        if present.count() >= MAX_VEHICLES || !self.is_free(&place, &spec, speed_mps) {
            return None;
        }
        self.traffic_count += 1;
        spec.name = format!("Traffic{}", self.traffic_count);
        let id = EntityId(self.players.len());
        let mut player = Player::new(
            id,
            Arc::new(spec),
            EntityKind::Vehicle,
            TrailerCoupling::default(),
        );
        (player.is_traffic, player.active) = (true, true);
        player.place = place;
        player.driver = Some(Driver::of_traffic(speed_mps));
        player.given_to = (player.spec.class.is_vehicle()).then_some(DriverSpec::Traffic);
        player.set_speed(speed_mps);
        player.moved.teleport = true;
        (player.random_turns, player.junction_angle_rad) = (true, rng.uniform(0.0, sim::math::TAU));
        // Who has left gives its slot, once the world has taken it out.
        let now = self.time_s();
        let gone = self
            .players
            .iter()
            .position(|p| p.is_traffic && !p.active && p.gone_s.is_some_and(|gone_s| gone_s < now));
        match gone.and_then(|i| self.players.get_mut(i)) {
            Some(slot) => {
                player.id = slot.id;
                let id = slot.id;
                *slot = player;
                Some(id)
            }
            None => {
                self.players.push(player);
                Some(id)
            }
        }
    }

    /// Takes a vehicle of the traffic out of the world.
    pub fn remove_traffic(&mut self, id: EntityId) {
        let now = self.time_s();
        if let Some(player) = self.actor_mut(id).filter(|p| p.is_traffic && p.active) {
            (player.active, player.gone_s) = (false, Some(now));
        }
    }

    /// Whether one that is driven has come to the end of the last road on its way.
    fn leaves(&self, player: &Player) -> bool {
        let place = &player.place;
        let lane = place
            .road
            .and_then(|road| self.map.lane_key(road, place.s_m, place.lane_id));
        let Some((lane, (_, exit_m))) = lane.and_then(|l| Some((l, self.map.lane_range_m(l)?)))
        else {
            return false;
        };
        let left_m = (exit_m - place.s_m).abs() - player.spec.bounding_box.length_m;
        left_m < LEAVES_M && self.map.successors(lane).next().is_none()
    }

    /// Traffic that has come to the end of the roads leaves.
    pub(super) fn end_trips(&mut self) {
        let ended: Vec<EntityId> = self
            .players
            .iter()
            .filter(|p| p.is_traffic && p.active)
            .filter(|p| {
                if p.is_scripted {
                    p.place.at_end && (p.speed_mps == 0.0 || p.end_of_road_since_s.is_some())
                } else {
                    self.leaves(p)
                }
            })
            .map(|p| p.id)
            .collect();
        ended.into_iter().for_each(|id| self.remove_traffic(id));
    }
}
