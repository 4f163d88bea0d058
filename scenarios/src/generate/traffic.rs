//! Traffic on a map: who stands, walks and drives where at the start.

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use sim::actor::{ActorClass, ActorSpec, ActorState, Motion};
use sim::math::{PI, Pose, wrap_angle};
use sim::message::DriverSpec;
use sim::road::{LaneKey, LanePosition, LaneType, RoadNetwork, Route};
use sim::seed::{self, Draw};

use super::bends::Bends;
use super::options::{TrafficOptions, TrafficZone, VehicleMix, vary};
use super::taken::Taken;
use super::trip::{first_route, position, start_speed};
use super::walk_graph::WalkGraph;
use super::walker::{Walker, person};

/// An actor to spawn.
#[derive(Clone, Debug)]
pub struct Placed {
    /// What it is.
    pub spec: ActorSpec,
    /// Where it starts.
    pub state: ActorState,
    /// What moves it.
    pub motion: Motion,
    /// Who drives it, where somebody does.
    pub driver: Option<DriverSpec>,
    /// Where it drives.
    pub route: Option<Arc<Route>>,
    /// Where it walks, if it does.
    pub walker: Option<Walker>,
}

/// Room that a driven vehicle keeps ahead at the start: a standing gap and a time, metres and seconds.
const GAP_M: f64 = 6.0;
const GAP_S: f64 = 1.3;
/// There is at most one person on foot for so many nodes of the sidewalks, 4 m apart.
const NODES_EACH: usize = 2;
/// Nobody parks nearer than this to the ends of a lane, metres.
const CORNER_M: f64 = 15.0;
/// Nobody parks in a bend as tight as a street corner, where long vehicles swing out, 1/m.
const CORNER_1PM: f64 = 1.0 / 30.0;
/// Room to the lanes of junctions that parked vehicles leave, metres.
const SWING_M: f64 = 2.0;
/// A map is full when for so many vehicles in a row no place was found.
const FULL_AFTER: usize = 5;
/// Whoever is under test starts at least this far from the end of its lane, where a line to stop at may be, metres.
const EGO_GAP_M: f64 = 25.0;
/// Driving starts at least this far from the ends of a lane, metres.
const END_GAP_M: f64 = 8.0;

/// Places traffic on a map; the same for the same map, seed and options.
pub fn traffic(map: &Arc<RoadNetwork>, seed: u64, options: &TrafficOptions) -> Vec<Placed> {
    traffic_around(map, seed, options, Vec::new())
}

/// The same about actors that are there already, each with the speed it starts at, m/s.
pub(super) fn traffic_around(
    map: &Arc<RoadNetwork>,
    seed: u64,
    options: &TrafficOptions,
    there: Vec<(Placed, f64)>,
) -> Vec<Placed> {
    let mut placer = Placer {
        map,
        rng: seed::stream(seed, None, "generate.traffic"),
        lanes: driving_lanes(map),
        zones: options.zones.clone(),
        usual: VehicleMix::default().without(options.exactly.iter().map(|(class, _)| *class)),
        tries: options.tries,
        bends: Bends::default(),
        taken: Vec::new(),
        placed: Vec::new(),
    };
    for (actor, speed) in there {
        let ahead_m = GAP_M + GAP_S * speed;
        let taken = Taken::of(&actor.spec, &actor.state.pose, ahead_m, 0.3);
        placer.taken.push(taken);
        placer.placed.push(actor);
    }
    if options.ego {
        let spec = ActorSpec::typical("Ego", ActorClass::Car);
        placer.drive(spec, Motion::Dynamic, None);
    }
    for _ in 0..options.stalled {
        placer.stall();
    }
    placer.park(options.parked_share);
    for (class, number) in &options.exactly {
        placer.fill(*number, |placer, i| {
            let mut spec = ActorSpec::typical(&format!("{class:?}{i}"), *class);
            vary(&mut spec, &mut placer.rng);
            spec
        });
    }
    let km: f64 = placer
        .lanes
        .iter()
        .map(|(key, length)| placer.zone_of(*key, 0.5 * length).density * length / 1000.0)
        .sum();
    let wanted = (km * options.vehicles_per_km).round() as usize;
    placer.fill(wanted.min(options.max_vehicles), |placer, i| {
        placer.motor_vehicle(&format!("Vehicle{i}"))
    });
    placer.fill(options.cyclists, |_, i| {
        ActorSpec::typical(&format!("Cyclist{i}"), ActorClass::Bicycle)
    });
    placer.people(options.pedestrians, seed);
    placer.placed
}

/// Driving lanes outside junctions.
pub(super) fn open_lanes(map: &RoadNetwork) -> impl Iterator<Item = LaneKey> + '_ {
    map.road_indices()
        .filter_map(|road| Some((road, map.road(road)?)))
        .filter(|(_, found)| found.junction.is_none())
        .flat_map(|(road, found)| {
            (0u32..)
                .zip(&found.sections)
                .map(move |(n, s)| (road, n, s))
        })
        .flat_map(|(road, section, found)| {
            let lanes = found.lanes().filter(|lane| lane.kind == LaneType::Driving);
            lanes.map(move |lane| LaneKey {
                road,
                section,
                lane_id: lane.id,
            })
        })
}

/// Those lanes with their lengths, where driving may start.
pub(super) fn driving_lanes(map: &RoadNetwork) -> Vec<(LaneKey, f64)> {
    open_lanes(map)
        .filter_map(|key| {
            map.lane_range_m(key)
                .map(|(from, to)| (key, (to - from).abs()))
        })
        .collect()
}

/// Pose of a lane's middle (or `right_m` beside it), `done_m` after its beginning, as the traffic goes.
pub(super) fn pose_on(map: &RoadNetwork, key: LaneKey, done_m: f64, right_m: f64) -> Option<Pose> {
    let (from, to) = map.lane_range_m(key)?;
    let sign = (to - from).signum();
    let position = LanePosition {
        offset_m: -right_m * sign,
        ..position(map, key, done_m)?
    };
    let mut pose = map.lane_pose(&position)?.pose;
    if sign < 0.0 {
        pose.yaw_rad = wrap_angle(pose.yaw_rad + PI);
        pose.pitch_rad = -pose.pitch_rad;
        pose.roll_rad = -pose.roll_rad;
    }
    Some(pose)
}

/// State of a vehicle that drives on a lane at a share of what limit and bends allow, and its speed,
/// m/s; cyclists keep to the right.
pub(super) fn drive_from(
    map: &RoadNetwork,
    spec: &ActorSpec,
    key: LaneKey,
    done_m: f64,
    share: f64,
) -> Option<(ActorState, f64)> {
    let is_cycle = spec.class == ActorClass::Bicycle;
    let right_m = if is_cycle { 0.9 } else { 0.0 };
    let fastest = if is_cycle {
        5.0
    } else {
        spec.performance.max_speed_mps
    };
    let speed = (speed_limit(map, key, done_m) * share)
        .min(fastest)
        .min(bend_speed(map, key, done_m));
    let pose = pose_on(map, key, done_m, right_m)?;
    Some((ActorState::at(pose, speed), speed))
}

fn speed_limit(map: &RoadNetwork, key: LaneKey, done_m: f64) -> f64 {
    position(map, key, done_m)
        .and_then(|p| map.speed_limit_mps(p.road, p.lane_id, p.s_m))
        .unwrap_or(13.9)
}

/// Speed that the bends of the next 40 m allow at 2.5 m/s², braking at 2 m/s² to them.
fn bend_speed(map: &RoadNetwork, key: LaneKey, done_m: f64) -> f64 {
    let yaw = |d: f64| pose_on(map, key, done_m + d, 0.0).map(|p| p.yaw_rad);
    (0..8)
        .filter_map(|i| {
            let d = f64::from(i) * 5.0;
            let bend = wrap_angle(yaw(d + 5.0)? - yaw(d)?).abs() / 5.0;
            Some((2.5 / bend.max(1e-4) + 4.0 * d).sqrt())
        })
        .fold(60.0, f64::min)
}

struct Placer<'a> {
    map: &'a Arc<RoadNetwork>,
    rng: ChaCha8Rng,
    lanes: Vec<(LaneKey, f64)>,
    zones: Vec<TrafficZone>,
    /// Who drives where no zone says.
    usual: VehicleMix,
    /// Places that are tried for one vehicle.
    tries: usize,
    bends: Bends,
    taken: Vec<Taken>,
    placed: Vec<Placed>,
}

impl Placer<'_> {
    /// A place on a driving lane, by length: the lane and the way done on it.
    fn draw_place(&mut self) -> Option<(LaneKey, f64)> {
        let total: f64 = self.lanes.iter().map(|(_, length)| length).sum();
        let mut at = self.rng.uniform(0.0, total);
        for (key, length) in &self.lanes {
            if at < *length {
                return (at > END_GAP_M && at < length - END_GAP_M).then_some((*key, at));
            }
            at -= length;
        }
        None
    }

    /// What holds for a place on a lane.
    fn zone_of(&self, key: LaneKey, done_m: f64) -> TrafficZone {
        let kind = position(self.map, key, done_m).and_then(|at| {
            let types = &self.map.road(at.road)?.types;
            let next = types.partition_point(|t| t.s_m <= at.s_m);
            Some(types.get(next.saturating_sub(1))?.kind.as_str())
        });
        let fits = |z: &&TrafficZone| {
            z.road_types.is_empty() || kind.is_some_and(|k| z.road_types.iter().any(|t| t == k))
        };
        let usual = || TrafficZone {
            road_types: Vec::new(),
            density: 1.0,
            mix: self.usual,
        };
        self.zones.iter().find(fits).cloned().unwrap_or_else(usual)
    }

    /// Whether a lane is wide enough for a vehicle.
    fn is_wide(&self, key: LaneKey, done_m: f64, spec: &ActorSpec) -> bool {
        position(self.map, key, done_m)
            .and_then(|p| self.map.lane_width(p.road, p.s_m, p.lane_id))
            .is_some_and(|w| w > spec.bounding_box.width_m + 0.2)
    }

    fn motor_vehicle(&mut self, name: &str) -> ActorSpec {
        self.vehicle_of(&self.usual.clone(), name)
    }

    fn vehicle_of(&mut self, mix: &VehicleMix, name: &str) -> ActorSpec {
        let class = mix.class_at(self.rng.unit());
        let mut spec = ActorSpec::typical(name, class);
        vary(&mut spec, &mut self.rng);
        spec
    }

    /// Vehicles of traffic, as many as wanted or until the map is full.
    fn fill(&mut self, wanted: usize, spec: impl Fn(&mut Self, usize) -> ActorSpec) {
        let mut failed = 0;
        for i in 0..wanted {
            let spec = spec(self, i);
            let is_placed = self.drive(spec, Motion::Kinematic, Some(DriverSpec::Traffic));
            failed = if is_placed { 0 } else { failed + 1 };
            if failed == FULL_AFTER {
                return;
            }
        }
    }

    /// A driver on a free piece of lane, if one of the places that are tried is free.
    fn drive(&mut self, mut spec: ActorSpec, motion: Motion, driver: Option<DriverSpec>) -> bool {
        let is_cycle = spec.class == ActorClass::Bicycle;
        for attempt in 0..self.tries {
            let Some((key, done_m)) = self.draw_place() else {
                continue;
            };
            if !self.zones.is_empty() && driver.is_some() && !is_cycle {
                let zone = self.zone_of(key, done_m);
                let densest = self.zones.iter().map(|z| z.density).fold(1.0, f64::max);
                if !self.rng.chance(zone.density / densest) {
                    continue;
                }
                spec = self.vehicle_of(&zone.mix, &spec.name.clone());
            }
            if !self.is_wide(key, done_m, &spec) {
                continue;
            }
            let left_m = self
                .map
                .lane_range_m(key)
                .map_or(0.0, |(from, to)| (to - from).abs())
                - done_m;
            if motion == Motion::Dynamic && left_m < EGO_GAP_M {
                continue;
            }
            // Nobody cycles where cars go fast.
            if is_cycle && speed_limit(self.map, key, done_m) > 20.0 {
                continue;
            }
            // The fuller it is, the slower it starts.
            let slower = 1.0 - attempt as f64 / self.tries as f64;
            let share = self.rng.uniform(0.5, 0.9) * slower;
            let Some((mut state, mut speed)) = drive_from(self.map, &spec, key, done_m, share)
            else {
                continue;
            };
            let route = match motion {
                Motion::Fixed => None,
                _ => first_route(self.map, &mut self.bends, &spec, key, done_m, &mut self.rng),
            };
            if driver.is_some() && route.is_none() {
                continue;
            }
            if let Some(route) = &route {
                speed = speed.min(start_speed(self.map, route));
                state = ActorState::at(state.pose, speed);
            }
            let ahead_m = GAP_M + GAP_S * speed;
            let taken = match &route {
                Some(route) => Taken::along(self.map, &spec, &state.pose, ahead_m, route),
                None => vec![Taken::of(&spec, &state.pose, ahead_m, 0.3)],
            };
            let meets = |t: &Taken| taken.iter().any(|own| t.overlaps(own));
            if self.taken.iter().any(meets) {
                continue;
            }
            self.taken.extend(taken);
            self.placed.push(Placed {
                spec,
                state,
                motion,
                driver,
                route,
                walker: None,
            });
            return true;
        }
        false
    }

    /// Cars at the kerb, on parking lanes.
    fn park(&mut self, share: f64) {
        let map = self.map.clone();
        for road in map.road_indices() {
            let Some(found) = map.road(road) else {
                continue;
            };
            for (number, section) in found.sections.iter().enumerate() {
                for lane in section.lanes().filter(|l| l.kind == LaneType::Parking) {
                    let key = LaneKey {
                        road,
                        section: number as u32,
                        lane_id: lane.id,
                    };
                    let Some((from, to)) = map.lane_range_m(key) else {
                        continue;
                    };
                    let length = (to - from).abs();
                    let mut done_m = CORNER_M - 5.0;
                    while done_m < length - CORNER_M {
                        let step = self.rng.uniform(6.2, 7.6);
                        if self.rng.chance(share) {
                            self.park_at(key, done_m);
                        }
                        done_m += step;
                    }
                }
            }
        }
    }

    fn park_at(&mut self, key: LaneKey, done_m: f64) {
        let (class, aside) = (
            if self.rng.chance(0.85) {
                ActorClass::Car
            } else {
                ActorClass::Van
            },
            self.rng.normal(0.08),
        );
        let turn = self.rng.normal(0.015);
        let name = format!("Parked{}", self.placed.len());
        let mut spec = ActorSpec::typical(&name, class);
        vary(&mut spec, &mut self.rng);
        let s_m = |d: f64| {
            let (from, to) = self.map.lane_range_m(key)?;
            Some(from + (to - from).signum() * d)
        };
        // The parking lane must be open along the whole car.
        let is_open = [-1.0, 5.0].iter().all(|d| {
            s_m(done_m + d).is_some_and(|s| {
                let width_m = self.map.lane_width(key.road, s, key.lane_id);
                let road = self.map.road(key.road);
                width_m.is_some_and(|w| w > 2.0)
                    && road.is_some_and(|r| r.plan.evaluate(s).curvature_1pm.abs() < CORNER_1PM)
            })
        });
        let Some(mut pose) = pose_on(self.map, key, done_m, aside).filter(|_| is_open) else {
            return;
        };
        pose.yaw_rad = wrap_angle(pose.yaw_rad + turn);
        // Parking lanes as mapped may lie under the lanes of a junction.
        let b = &spec.bounding_box;
        let in_the_way = [-0.5, 0.0, 0.5].iter().any(|along| {
            [-0.5, 0.0, 0.5].iter().any(|across| {
                let (x, y) = pose.to_world_xy(
                    b.center_x_m + along * (b.length_m + 1.0),
                    across * (b.width_m + 0.7),
                );
                let (wide_x, wide_y) = pose.to_world_xy(
                    b.center_x_m + along * (b.length_m + 2.0 * SWING_M),
                    across * (b.width_m + 2.0 * SWING_M),
                );
                self.map.is_drivable(x, y, Some(pose.z_m))
                    // Long vehicles swing out of the lanes of junctions.
                    || self.map.is_drivable_junction(wide_x, wide_y, Some(pose.z_m))
            })
        });
        if in_the_way {
            return;
        }
        let taken = Taken::of(&spec, &pose, 0.0, 0.0);
        if self.taken.iter().any(|t| t.overlaps(&taken)) {
            return;
        }
        self.taken.push(taken);
        self.placed.push(Placed {
            spec,
            state: ActorState::at(pose, 0.0),
            motion: Motion::Fixed,
            driver: None,
            route: None,
            walker: None,
        });
    }

    /// A vehicle that has broken down on its lane.
    fn stall(&mut self) {
        let name = format!("Stalled{}", self.placed.len());
        let spec = self.motor_vehicle(&name);
        self.drive(spec, Motion::Fixed, None);
        if let Some(last) = self.placed.last_mut().filter(|p| p.spec.name == name) {
            last.state = ActorState::at(last.state.pose, 0.0);
        }
    }

    fn people(&mut self, count: usize, seed: u64) {
        let graph = WalkGraph::new(self.map);
        if graph.is_empty() {
            return;
        }
        for i in 0..count.min(graph.len() / NODES_EACH) {
            let mut rng = seed::stream(seed, None, &format!("generate.walker.{i}"));
            for _ in 0..20 {
                let (spec, pace_mps) = person(&format!("Pedestrian{i}"), &mut rng);
                let node = rng.index(graph.len());
                let Some(leg) = graph.start(node, &mut rng) else {
                    continue;
                };
                let lateral_m = rng.uniform(-0.7, 0.7);
                let Some(pose) = graph.pose(leg, lateral_m) else {
                    continue;
                };
                let taken = Taken::of(&spec, &pose, 0.0, 0.2);
                if self.taken.iter().any(|t| t.overlaps(&taken)) {
                    continue;
                }
                self.taken.push(taken);
                self.placed.push(Placed {
                    spec,
                    state: ActorState::at(pose, pace_mps),
                    motion: Motion::Scripted,
                    driver: None,
                    route: None,
                    walker: Some(Walker::new(leg, pace_mps, lateral_m, rng)),
                });
                break;
            }
        }
    }
}
