//! Background traffic in the tick.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::prelude::*;
use sim::actor::{ActorClass, ActorId, Motion};
use sim::math::{hypot, wrap_angle};
use sim::message::{DriveCommand, DriverSpec};
use sim::road::{ActorRoute, RoadNetwork};
use sim::seed::{Draw, stream};
use sim::tick::Tick;
use sim::world::{ActorSnapshot, Episode, SignalStates, WorldMap, WorldSnapshot};

use super::routes::RoutePaths;
use super::rules::{RuleDrivers, lights, limits_of, manner_of};
use crate::control::{LongitudinalMemory, pedals, steer_for};
use crate::path::Path;
use crate::rules::idm::IdmParams;
use crate::rules::scene::{Body, Scene};
use crate::traffic::course::{Course, Extent, along_the_edge};
use crate::traffic::decide::decide;
use crate::traffic::detour::another_way;
use crate::traffic::lanes::{Wish, route_over, wish};
use crate::traffic::leave::is_in_circle;
use crate::traffic::meet::MeetCache;
use crate::traffic::mobil::MobilParams;
use crate::traffic::mover::{Heed, Mover, Wait, held_by};

/// Time between decisions of background traffic, seconds.
const PERIOD_S: f64 = 0.2;
/// Who is this far from where he was has been put elsewhere, metres.
const ELSEWHERE_M: f64 = 15.0;

/// Finding no room behind a junction, or waiting in a circle, for this long, one takes another way, and again after a while, seconds.
const DETOUR_S: f64 = 15.0;
const AGAIN_S: f64 = 8.0;

/// Changes of lanes are looked at every this many decisions, and this long after the last one, seconds.
const WISH_ROUNDS: u64 = 5;
const REST_S: f64 = 6.0;
/// A new route begins at most this far behind its vehicle, looked at in turn, metres.
const BEGINS_M: [f64; 4] = [35.0, 90.0, 300.0, 600.0];
/// A vehicle is this near to its route, on the lane beside at most, metres.
const ABOUT_M: f64 = 6.0;

/// What is kept of a vehicle from decision to decision.
#[derive(Clone, Debug)]
struct Mind {
    /// The path that the course was made of.
    source: Arc<Path>,
    course: Arc<Course>,
    params: IdmParams,
    place_m: [f64; 2],
    station_m: f64,
    granted_m: f64,
    wait_s: f64,
    /// How long the exit has been full, or everybody has waited for the next in a circle, seconds.
    shut_s: f64,
    /// The change of lanes that it has just found worth it.
    wish: Option<Wish>,
    since_change_s: f64,
    stopped_at_m: Option<f64>,
    wait: Wait,
    heeds: Heed,
    accel_mps2: f64,
    longitudinal: LongitudinalMemory,
}

/// Background traffic's memory.
#[derive(Resource, Clone, Debug, Default)]
pub struct TrafficDrivers {
    minds: BTreeMap<ActorId, Mind>,
    cache: MeetCache,
    changes: u64,
}

impl TrafficDrivers {
    /// Whom a vehicle waits for or follows, where it does.
    pub fn held_by(&self, id: ActorId) -> Option<ActorId> {
        let mind = self.minds.get(&id)?;
        held_by(mind.wait, mind.heeds)
    }

    /// How many changes of lanes have begun.
    pub fn lane_changes(&self) -> u64 {
        self.changes
    }

    /// What a vehicle thinks, in words, for a person to read.
    pub fn explain(&self, id: ActorId) -> String {
        self.minds.get(&id).map_or(String::new(), |m| {
            format!(
                "{:?} for {:.0} s, station {:.1} of {:.0}, leave to {:.1}, {:.2} m/s² for {:?}",
                m.wait,
                m.wait_s,
                m.station_m,
                m.course.path.length_m(),
                m.granted_m,
                m.accel_mps2,
                m.heeds
            )
        })
    }
}

/// Whether it gets round any bend.
fn is_short(actor: &ActorSnapshot) -> bool {
    actor.spec.wheelbase_m() < 4.0
}

fn extent_of(actor: &ActorSnapshot) -> Extent {
    let b = &actor.spec.bounding_box;
    Extent {
        front_m: b.center_x_m + b.length_m / 2.0,
        rear_m: b.length_m / 2.0 - b.center_x_m,
        width_m: b.width_m,
    }
}

/// Drivers differ in headway, pace and acceleration.
fn own_manner(params: &IdmParams, seed: u64, id: ActorId) -> IdmParams {
    let mut rng = stream(seed, Some(id), "traffic.manner");
    IdmParams {
        headway_s: params.headway_s * rng.uniform(0.8, 1.2),
        accel_mps2: params.accel_mps2 * rng.uniform(0.85, 1.2),
        limit_share: params.limit_share * rng.uniform(0.88, 1.0),
        ..*params
    }
}

fn course_of(actor: &ActorSnapshot, source: &Arc<Path>, params: &IdmParams) -> Arc<Course> {
    let path = if actor.spec.class == ActorClass::Bicycle {
        Arc::new(along_the_edge(source))
    } else {
        source.clone()
    };
    Arc::new(Course::new(path, &extent_of(actor), params))
}

/// Where a place is on a new path, metres. Routes begin about where they are taken; they may pass the place again
/// later.
fn station_on(path: &Path, place: [f64; 2]) -> f64 {
    BEGINS_M
        .into_iter()
        .map(|to_m| path.project_within(place[0], place[1], 0.0, to_m))
        .find(|on| on.distance_m < ABOUT_M)
        .unwrap_or_else(|| path.project(place[0], place[1]))
        .station_m
}

/// The mind of an actor with its course and place brought up to date.
fn attend<'a>(
    minds: &'a mut BTreeMap<ActorId, Mind>,
    actor: &ActorSnapshot,
    source: &Arc<Path>,
    manner: &dyn Fn() -> IdmParams,
) -> &'a mut Mind {
    let pose = &actor.state.pose;
    let place = [pose.x_m, pose.y_m];
    let fresh = |params: IdmParams| {
        let course = course_of(actor, source, &params);
        let station_m = station_on(&course.path, place);
        Mind {
            source: source.clone(),
            course,
            params,
            place_m: place,
            station_m,
            granted_m: f64::MIN,
            wait_s: 0.0,
            shut_s: 0.0,
            wish: None,
            since_change_s: 0.0,
            stopped_at_m: None,
            wait: Wait::None,
            heeds: Heed::Free,
            accel_mps2: 0.0,
            longitudinal: LongitudinalMemory {
                reference_mps: actor.state.speed_mps,
                ..LongitudinalMemory::default()
            },
        }
    };
    let mind = minds.entry(actor.id).or_insert_with(|| fresh(manner()));
    let way = hypot(place[0] - mind.place_m[0], place[1] - mind.place_m[1]);
    if way > ELSEWHERE_M {
        *mind = fresh(mind.params);
    } else if !Arc::ptr_eq(&mind.source, source) {
        // Another path over the same ground: stations move on alike.
        let before = mind.course.project_near(place[0], place[1], mind.station_m);
        let course = course_of(actor, source, &mind.params);
        let station_m = station_on(&course.path, place);
        let shift = station_m - before.station_m;
        mind.granted_m += shift;
        mind.stopped_at_m = mind.stopped_at_m.map(|m| m + shift);
        mind.station_m = station_m;
        mind.source = source.clone();
        mind.course = course;
    } else {
        let at = mind.course.project_near(place[0], place[1], mind.station_m);
        mind.station_m = at.station_m;
    }
    mind.place_m = place;
    mind
}

/// Commands of all background traffic.
#[allow(
    clippy::too_many_arguments,
    reason = "a system's parameters are what it reads"
)]
pub(super) fn drive(
    tick: Res<Tick>,
    episode: Res<Episode>,
    snapshot: Res<WorldSnapshot>,
    states: Res<SignalStates>,
    paths: Res<RoutePaths>,
    manner: Res<RuleDrivers>,
    mut traffic: ResMut<TrafficDrivers>,
    map: Res<WorldMap>,
    mut query: Query<(
        &ActorId,
        &DriverSpec,
        &mut DriveCommand,
        Option<&mut ActorRoute>,
    )>,
) {
    let mut commands: Vec<_> = query
        .iter_mut()
        .filter(|(_, driver, ..)| **driver == DriverSpec::Traffic)
        .collect();
    if commands.is_empty() {
        return;
    }
    commands.sort_unstable_by_key(|(id, ..)| **id);
    let traffic = &mut *traffic;
    let managed: Vec<ActorId> = commands.iter().map(|(id, ..)| **id).collect();
    let is_new = managed.iter().any(|id| !traffic.minds.contains_key(id));
    if tick.is_due(PERIOD_S) || is_new {
        let round = (tick.time_s() / PERIOD_S).round() as u64;
        think(
            traffic,
            &managed,
            &snapshot,
            &states,
            &paths,
            (&map.0, round),
            &|actor| {
                let params = manner_of(&manner.params, actor);
                own_manner(&params, episode.seed, actor.id)
            },
        );
    }
    for (id, _, mut out, mut route) in commands {
        let Some((actor, mind)) = snapshot.actor(*id).zip(traffic.minds.get_mut(id)) else {
            *out = DriveCommand {
                brake: 0.4,
                ..DriveCommand::default()
            };
            continue;
        };
        *out = command(actor, mind, tick.dt_s);
        if let Some((wish, route)) = mind.wish.take().zip(route.as_mut()) {
            let mut rng = stream(episode.seed, Some(*id), &format!("change.{}", tick.index));
            let seed = (rng.unit() * 9e15) as u64;
            if let Some(over) = route_over(&map.0, &wish, seed) {
                route.0 = Arc::new(over);
                mind.since_change_s = 0.0;
                traffic.changes += 1;
            }
        }
        if mind.shut_s > DETOUR_S && is_short(actor) {
            // Asked again after a while, should that way be shut, too.
            mind.shut_s -= AGAIN_S;
            let mut rng = stream(episode.seed, Some(*id), &format!("detour.{}", tick.index));
            let seed = (rng.unit() * 9e15) as u64;
            if let Some((mut route, other)) =
                route.zip(another_way(&map.0, &actor.state.pose, seed))
            {
                route.0 = Arc::new(other);
            }
        }
    }
}

/// One decision of everybody.
fn think(
    traffic: &mut TrafficDrivers,
    managed: &[ActorId],
    snapshot: &WorldSnapshot,
    states: &SignalStates,
    paths: &RoutePaths,
    (network, round): (&RoadNetwork, u64),
    manner: &dyn Fn(&ActorSnapshot) -> IdmParams,
) {
    traffic.minds.retain(|id, _| snapshot.actor(*id).is_some());
    let mut scene = Scene {
        bodies: Vec::with_capacity(snapshot.actors.len()),
        lights: lights(states),
    };
    let mut movers: Vec<Mover> = Vec::new();
    for (index, actor) in snapshot.actors.iter().enumerate() {
        let source = match actor.motion {
            Motion::Kinematic | Motion::Dynamic => paths.path(actor.id),
            Motion::Fixed | Motion::Scripted | Motion::Free => None,
        };
        let Some(source) = source.filter(|p| !p.is_empty()) else {
            scene.bodies.push(Body::of(actor, None, None));
            continue;
        };
        let is_managed = managed.binary_search(&actor.id).is_ok();
        let before = traffic.held_by(actor.id);
        let mind = attend(&mut traffic.minds, actor, &source, &|| manner(actor));
        let body = Body::of(actor, Some(mind.course.path.clone()), Some(mind.station_m));
        if body.path.is_some() {
            let mut mover = Mover::new(
                index,
                &body,
                mind.course.clone(),
                mind.station_m,
                mind.params,
            );
            mover.is_managed = is_managed;
            mover.granted_m = mind.granted_m;
            mover.wait_s = mind.wait_s;
            mover.stopped_at_m = mind.stopped_at_m;
            mover.held_by = before;
            if !is_managed {
                // Others go where their speed takes them.
                let v = mover.speed_mps.max(0.0);
                mover.granted_m = mover.front_m + if v > 0.5 { 2.0 + 3.0 * v } else { 0.0 };
            }
            movers.push(mover);
        }
        scene.bodies.push(body);
    }
    let accels = decide(&scene, &mut movers, &mut traffic.cache, PERIOD_S);
    for index in 0..movers.len() {
        let mover = &movers[index];
        let Some(mind) = traffic.minds.get_mut(&mover.id) else {
            continue;
        };
        mind.wish = None;
        mind.since_change_s += PERIOD_S;
        // Looked at in turn, by those who want to go faster.
        let turn = (round + u64::from(mover.id.0)).is_multiple_of(WISH_ROUNDS);
        let hindered = matches!(mover.heeds, Heed::Body(..) | Heed::Meeting(..));
        let wants = mover.is_managed && mover.speed_mps > 3.0 && hindered && accels[index] < 0.4;
        let may = mind.since_change_s > REST_S && is_short(&snapshot.actors[mover.body]);
        if turn && wants && may && snapshot.actors[mover.body].spec.class != ActorClass::Bicycle {
            let manner = MobilParams::default();
            mind.wish = wish(network, &scene, &movers, &accels, index, &manner);
        }
    }
    let circles: Vec<bool> = movers
        .iter()
        .map(|m| matches!(m.wait, Wait::Yield(_)) && is_in_circle(&movers, m))
        .collect();
    for ((mover, accel), in_circle) in movers.iter().zip(accels).zip(circles) {
        if let Some(mind) = traffic.minds.get_mut(&mover.id) {
            mind.accel_mps2 = accel;
            mind.granted_m = mover.granted_m;
            mind.wait_s = mover.wait_s;
            mind.wait = mover.wait;
            mind.heeds = mover.heeds;
            let is_shut = matches!(mover.wait, Wait::Exit(_)) || in_circle;
            mind.shut_s = if is_shut && mover.speed_mps < 0.5 {
                mind.shut_s + PERIOD_S
            } else {
                0.0
            };
            mind.stopped_at_m = mover.stopped_at_m;
        }
    }
}

/// Pedals and steering of a vehicle along its course.
fn command(actor: &ActorSnapshot, mind: &mut Mind, dt_s: f64) -> DriveCommand {
    let state = &actor.state;
    let path = &mind.course.path;
    let on = mind
        .course
        .project_near(state.pose.x_m, state.pose.y_m, mind.station_m);
    mind.station_m = on.station_m;
    let (v, accel) = (state.speed_mps, mind.accel_mps2);
    let wanted = mind.longitudinal.reference_for(v, accel, dt_s);
    let limits = limits_of(actor);
    let (throttle, brake) = pedals(&mut mind.longitudinal, &limits, v, wanted, accel, dt_s);
    let at = path.sample(on.station_m);
    let ahead = path.sample(on.station_m + 0.15 * v.max(0.0));
    let steer_rad = steer_for(
        on.lateral_m,
        wrap_angle(state.pose.yaw_rad - at.yaw_rad),
        ahead.curvature_pm,
        v,
        actor.spec.wheelbase_m(),
        actor.spec.max_steering_rad(),
    );
    DriveCommand {
        throttle,
        brake,
        steer_rad,
        reverse: false,
    }
    .bounded()
}
