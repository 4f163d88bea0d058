//! All entities at run time, and what conditions and actions ask of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use sim::actor::LightMode;
use sim::road::RoadNetwork;
use sim::seed::Draw;

use super::boxes::{self, Rectangle};
use super::path::{self, RoadDifference};
use super::place::{Along, JunctionChoice, Moved};
use super::signals::SignalRun;
use super::{EventLog, Place, Player};
use crate::condition::{CoordinateSystem, Measure, RelativeDistanceType};
use crate::model::{EntityId, EntityKind};
use crate::read::Parameter;

/// What a distance is measured to.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// An entity.
    Entity(EntityId),
    /// A place.
    Place(&'a Place),
}

/// Entities and surroundings.
#[derive(Clone, Debug)]
pub struct Cast {
    /// By [`EntityId`].
    pub players: Vec<Player>,
    /// The map.
    pub map: Arc<RoadNetwork>,
    /// Parameters that conditions and actions may read and set at run time.
    pub parameters: BTreeMap<String, Parameter>,
    /// Variables.
    pub variables: BTreeMap<String, Parameter>,
    /// Values from outside, for `UserDefinedValueCondition`.
    pub user_values: BTreeMap<String, Parameter>,
    /// Traffic signals.
    pub signals: SignalRun,
    /// Weather and time of day, as last set.
    pub environment: super::EnvironmentState,
    /// Turns at junctions of entities under a `RandomRouteAction`.
    pub random: ChaCha8Rng,
    /// Whether controllers that are not our own by name take effect too.
    pub controllers: bool,
    /// Traffic that a `TrafficStopAction` has stopped: its name (all where none), and when, seconds.
    pub stopped_traffic: Vec<(Option<String>, f64)>,
    /// Commands for whoever shows or runs the world: type and content of `CustomCommandAction`.
    pub commands: Vec<(String, String)>,
    /// Lights switched by `LightStateAction`: entity, light, mode.
    pub lights: BTreeMap<(EntityId, String), LightMode>,
    /// Visibility set by `VisibilityAction`: to graphics, sensors, traffic.
    pub visibility: BTreeMap<EntityId, [bool; 3]>,
    /// Vehicles of the traffic made so far.
    pub(super) traffic_count: u64,
    colliding: Vec<(EntityId, EntityId)>,
    driven: Vec<EntityId>,
    unresolved: Option<String>,
    tick: u64,
    dt_s: f64,
    /// Length of a tick; `dt_s` is 0 in the very first step.
    tick_s: f64,
}

/// Slower than this an entity is not moved at all, m/s.
const STILL_MPS: f64 = 1e-6;

impl Cast {
    /// A cast at time 0.
    pub fn new(map: Arc<RoadNetwork>, players: Vec<Player>, seed: u64) -> Self {
        let mut cast = Self {
            players,
            map,
            parameters: BTreeMap::new(),
            variables: BTreeMap::new(),
            user_values: BTreeMap::new(),
            signals: SignalRun::default(),
            environment: super::EnvironmentState::default(),
            random: sim::seed::stream(seed, None, "turns of RandomRouteAction"),
            controllers: false,
            stopped_traffic: Vec::new(),
            commands: Vec::new(),
            lights: BTreeMap::new(),
            visibility: BTreeMap::new(),
            traffic_count: 0,
            colliding: Vec::new(),
            driven: Vec::new(),
            unresolved: None,
            tick: 0,
            dt_s: 0.0,
            tick_s: 0.0,
        };
        let pulled: Vec<(EntityId, EntityId)> = cast
            .players
            .iter()
            .filter_map(|p| p.coupling.trailer.map(|t| (p.id, t)))
            .collect();
        for (tractor, trailer) in pulled {
            if let Some(player) = cast.actor_mut(trailer) {
                player.pulled_by = Some(tractor);
            }
        }
        cast
    }

    /// Begins the very first step, which has no length: `Init`, in which the story moves all.
    pub(super) fn begin(&mut self, tick_s: f64) {
        self.tick_s = tick_s;
        self.driven = self
            .ids()
            .filter(|id| self.actor(*id).is_some_and(|p| !p.is_scripted))
            .collect();
        self.players.iter_mut().for_each(|p| p.is_scripted = true);
        self.set_step(0, 0.0);
    }

    /// Hands over to their drivers those entities that have one.
    pub(super) fn end_init(&mut self) {
        for id in std::mem::take(&mut self.driven) {
            if let Some(player) = self.actor_mut(id) {
                player.is_scripted = false;
                // Whoever has started the run has the last word.
                player.given_to = None;
            }
        }
    }

    /// Begins the step from a tick to the next.
    pub(super) fn set_step(&mut self, tick: u64, dt_s: f64) {
        (self.tick, self.dt_s) = (tick, dt_s);
        for player in &mut self.players {
            player.moved = super::MovedBy::default();
        }
        self.signals.advance(self.time_s());
    }

    /// A position that could not be resolved since the last call, in words.
    pub fn take_unresolved(&mut self) -> Option<String> {
        self.unresolved.take()
    }

    /// Notes a position that can't be resolved.
    pub fn note_unresolved(&mut self, position: &crate::model::Position) {
        self.unresolved
            .get_or_insert_with(|| format!("{position:?}"));
    }

    /// Time at the start of the step, seconds.
    pub fn time_s(&self) -> f64 {
        self.tick as f64 * self.tick_s
    }

    /// Length of the step, seconds.
    pub fn dt_s(&self) -> f64 {
        self.dt_s
    }

    /// Whether something that happens every `period_s` does in this step.
    pub(super) fn is_due(&self, period_s: f64) -> bool {
        let every = (period_s / self.tick_s.max(1e-6)).round().max(1.0) as u64;
        self.tick.is_multiple_of(every)
    }

    /// Date and time of day in seconds since the epoch, where the scenario sets it.
    pub fn date_time_s(&self) -> Option<f64> {
        self.environment.date_time_s(self.time_s())
    }

    /// Ids of all entities.
    pub fn ids(&self) -> impl Iterator<Item = EntityId> + use<> {
        (0..self.players.len()).map(EntityId)
    }

    /// An entity.
    pub fn actor(&self, id: EntityId) -> Option<&Player> {
        self.players.get(id.0)
    }

    /// An entity, to change it.
    pub fn actor_mut(&mut self, id: EntityId) -> Option<&mut Player> {
        self.players.get_mut(id.0)
    }

    /// Whether an entity is in the world.
    pub fn is_active(&self, id: EntityId) -> bool {
        self.actor(id).is_some_and(|p| p.active)
    }

    /// Kind of an entity.
    pub fn kind(&self, id: EntityId) -> Option<EntityKind> {
        self.actor(id).filter(|p| p.active).map(|p| p.kind)
    }

    /// Whether the boxes of two entities overlap.
    pub fn collide(&self, a: EntityId, b: EntityId) -> bool {
        match (self.actor(a), self.actor(b)) {
            (Some(a), Some(b)) => boxes::collide(
                (&a.spec.bounding_box, a.place.pose()),
                (&b.spec.bounding_box, b.place.pose()),
            ),
            _ => false,
        }
    }

    /// Signed distance from an entity, metres: positive ahead or to the left. `None` where no road
    /// leads there.
    pub fn distance(&self, from: EntityId, target: Target<'_>, measure: Measure) -> Option<f64> {
        let actor = self.actor(from)?;
        let other = match target {
            Target::Entity(id) => Some(self.actor(id)?),
            Target::Place(_) => None,
        };
        let place = match target {
            Target::Place(place) => place,
            Target::Entity(id) => &self.actor(id)?.place,
        };
        let on_road = matches!(
            measure.system,
            CoordinateSystem::Road | CoordinateSystem::Lane
        ) && measure.part != RelativeDistanceType::Euclidian;
        if on_road {
            let diff = if measure.freespace {
                self.freespace_road_difference(actor, other, place)?
            } else {
                path::difference(&self.map, &actor.place, place, true, f64::INFINITY)?
            };
            return Some(match measure.part {
                RelativeDistanceType::Lateral => diff.dt_m,
                _ => diff.ds_m,
            });
        }
        if measure.freespace {
            let own = Rectangle::new(&actor.spec.bounding_box, actor.place.pose());
            let (distance, (along, across)) = match other {
                Some(other) => {
                    let theirs = Rectangle::new(&other.spec.bounding_box, other.place.pose());
                    (own.distance(&theirs), own.gaps(&theirs))
                }
                None => {
                    let (d, along, across) = own.point_gap(place.pose().x_m, place.pose().y_m);
                    (d, (along, across))
                }
            };
            return Some(match measure.part {
                RelativeDistanceType::Euclidian => distance * if along < 0.0 { -1.0 } else { 1.0 },
                RelativeDistanceType::Longitudinal => along,
                RelativeDistanceType::Lateral => across,
            });
        }
        if measure.system == CoordinateSystem::Trajectory
            && let Some(following) = &actor.following
            && measure.part == RelativeDistanceType::Longitudinal
        {
            return Some(
                following
                    .course
                    .nearest_s(place.pose().x_m, place.pose().y_m)
                    - following.s_m,
            );
        }
        let (dx, dy) = (
            place.pose().x_m - actor.place.pose().x_m,
            place.pose().y_m - actor.place.pose().y_m,
        );
        // Along the road's direction nearest to the entity's own heading.
        let turned = if actor.place.is_along_road() {
            0.0
        } else {
            sim::math::PI
        };
        let yaw = match measure.system {
            CoordinateSystem::World => 0.0,
            _ if actor.place.road.is_some() => actor.place.h_road_rad + turned,
            _ => actor.place.pose().yaw_rad,
        };
        let (sin, cos) = sim::math::sin_cos(yaw);
        let (along, across) = (dx * cos + dy * sin, dy * cos - dx * sin);
        Some(match measure.part {
            RelativeDistanceType::Longitudinal => along,
            RelativeDistanceType::Lateral => across,
            RelativeDistanceType::Euclidian => {
                sim::math::hypot(dx, dy) * if along > 0.0 { 1.0 } else { -1.0 }
            }
        })
    }

    /// Difference along the roads between two entities' reference points or boxes.
    pub fn road_difference(
        &self,
        a: EntityId,
        b: EntityId,
        freespace: bool,
    ) -> Option<RoadDifference> {
        let (a, b) = (self.actor(a)?, self.actor(b)?);
        if freespace {
            self.freespace_road_difference(a, Some(b), &b.place)
        } else {
            path::difference(&self.map, &a.place, &b.place, true, f64::INFINITY)
        }
    }

    /// Least gap along and across the road between the corners of two boxes (or a box and a place).
    fn freespace_road_difference(
        &self,
        a: &Player,
        b: Option<&Player>,
        place: &Place,
    ) -> Option<RoadDifference> {
        let corners = |player: &Player| -> Vec<Place> {
            Rectangle::new(&player.spec.bounding_box, player.place.pose())
                .corners
                .iter()
                .map(|(x, y)| {
                    let mut corner = player.place.clone();
                    corner.set_on_surface(&self.map, *x, *y, Some(player.place.pose().yaw_rad));
                    corner
                })
                .collect()
        };
        if let Some(b) = b
            && self.collide(a.id, b.id)
        {
            let diff = path::difference(&self.map, &a.place, &b.place, true, f64::INFINITY);
            return Some(RoadDifference {
                ds_m: 0.0,
                dt_m: 0.0,
                ..diff.unwrap_or_default()
            });
        }
        let theirs = b.map_or_else(|| vec![place.clone()], corners);
        let mut least: Option<RoadDifference> = None;
        let (mut both_s, mut both_t) = ([false; 2], [false; 2]);
        for own in corners(a) {
            for other in &theirs {
                let diff = path::difference(&self.map, &own, other, true, f64::INFINITY)?;
                both_s[usize::from(diff.ds_m < 0.0)] = true;
                both_t[usize::from(diff.dt_m < 0.0)] = true;
                least = Some(match least {
                    None => diff,
                    Some(mut best) => {
                        if diff.ds_m.abs() < best.ds_m.abs() {
                            best.ds_m = diff.ds_m;
                        }
                        if diff.dt_m.abs() < best.dt_m.abs() {
                            best.dt_m = diff.dt_m;
                        }
                        best
                    }
                });
            }
        }
        // Corners on both sides of one another: no gap in that direction.
        let mut least = least?;
        if both_s == [true; 2] {
            least.ds_m = 0.0;
        }
        if both_t == [true; 2] {
            least.dt_m = 0.0;
        }
        let centers = path::difference(&self.map, &a.place, place, true, f64::INFINITY)?;
        (least.d_lane, least.is_opposite) = (centers.d_lane, centers.is_opposite);
        Some(least)
    }

    /// Drivable lanes beside an entity, as numbers of lanes to the left.
    pub fn lanes_about(&self, id: EntityId, opposite: bool) -> impl Iterator<Item = i32> + '_ {
        let place = self.actor(id).map(|p| &p.place);
        let section = place.and_then(|p| p.current_section(&self.map));
        let own = place.map_or(0, |p| p.lane_id);
        let sign = if place.is_none_or(Place::is_along_road) {
            1
        } else {
            -1
        };
        let rank = |id: i32| id - id.signum().max(0);
        section
            .into_iter()
            .flat_map(|s| s.lanes())
            .filter(move |l| l.kind.is_drivable() && (opposite || l.id.signum() == own.signum()))
            .map(move |l| sign * (rank(l.id) - rank(own)))
    }

    /// Ends the step: what no action moved rolls on along its lane, trailers follow, velocities,
    /// odometers, durations and collisions are found.
    pub(super) fn finish_step(&mut self, log: &mut EventLog) {
        let dt_s = self.dt_s;
        self.drive();
        for i in 0..self.players.len() {
            self.roll_on(i, dt_s);
        }
        super::trailer::follow(&mut self.players, &self.map);
        let time_s = if dt_s > 0.0 {
            (self.tick + 1) as f64 * self.tick_s
        } else {
            0.0
        };
        for player in self.players.iter_mut().filter(|p| p.active) {
            if player.is_scripted {
                player.differentiate(dt_s);
            }
            let is_off_road = player.place.is_off_road(&self.map);
            player.note_lasting(time_s, is_off_road, player.place.at_end);
        }
        self.end_trips();
        self.find_collisions(time_s, log);
    }

    fn roll_on(&mut self, i: usize, dt_s: f64) {
        let Some(player) = self.players.get_mut(i) else {
            return;
        };
        let rolls = player.active
            && player.is_scripted
            && !player.moved.longitudinal
            && player.pulled_by.is_none()
            && player.speed_mps.abs() > STILL_MPS;
        if !rolls {
            return;
        }
        if player.place.road.is_none() {
            // There is no lane to follow.
            player.set_speed(0.0);
            return;
        }
        let distance_m = player.speed_mps * dt_s;
        let ds_m = player.place.to_ds(distance_m);
        let before = *player.place.pose();
        let choice = match &player.route {
            Some(route) => JunctionChoice::Route(&route.roads),
            None => JunctionChoice::Angle(player.junction_angle_rad),
        };
        let moved = player
            .place
            .move_along(&self.map, ds_m, Along::Heading, choice);
        if player.led_by_m != 0.0 {
            let yaw =
                player.drawn_heading(&before, player.place.pose().x_m, player.place.pose().y_m);
            player.place.set_heading(yaw);
        }
        let [vx, vy, _] = player.velocity_mps;
        if moved == Moved::EndOfRoad && vx == 0.0 && vy == 0.0 {
            // It has come to the end and stayed there for a step.
            player.speed_mps = 0.0;
        }
        player.moved.longitudinal = true;
        player.moved.speed = true;
        if player.random_turns {
            let road = player.place.road.and_then(|r| self.map.road(r));
            let in_junction = road.is_some_and(|r| r.junction.is_some());
            if player.in_junction && !in_junction {
                player.junction_angle_rad = self.random.uniform(0.0, sim::math::TAU);
            }
            player.in_junction = in_junction;
        }
    }

    /// Pairs that touch, by ascending ids; beginnings and ends go to the log.
    fn find_collisions(&mut self, time_s: f64, log: &mut EventLog) {
        let mut now = Vec::new();
        for (i, a) in self.players.iter().enumerate().filter(|(_, p)| p.active) {
            for b in self.players[i + 1..].iter().filter(|p| p.active) {
                if self.collide(a.id, b.id) {
                    now.push((a.id, b.id));
                }
            }
        }
        let pair = |(a, b): &(EntityId, EntityId)| {
            let name = |id: &EntityId| self.players.get(id.0).map_or("", |p| p.spec.name.as_str());
            format!("Collision between {} and {}", name(a), name(b))
        };
        for begun in now.iter().filter(|p| !self.colliding.contains(p)) {
            log.push(time_s, "collision", &pair(begun), "", "collision");
        }
        for over in self.colliding.iter().filter(|p| !now.contains(p)) {
            log.push(
                time_s,
                "collision",
                &format!("{} dissolved", pair(over)),
                "collision",
                "",
            );
        }
        self.colliding = now;
    }
}
