//! The rule-based drivers in the tick.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::prelude::*;
use sim::actor::{ActorClass, ActorId, Motion};
use sim::message::{DriveCommand, DriverSpec, Odometry, Rest, Trajectory};
use sim::tick::Tick;
use sim::world::{ActorSnapshot, SignalPhase, SignalStates, SimWorld, WorldMap, WorldSnapshot};

use super::DECISION_S;
use super::routes::RoutePaths;
use crate::control::{LongitudinalLimits, track};
use crate::path::Path;
use crate::rules::driver::{DriverMemory, command, decide};
use crate::rules::expert;
use crate::rules::idm::IdmParams;
use crate::rules::scene::{Body, Light, Scene};

/// What is carried from scene to scene.
#[derive(Clone, Debug, Default)]
pub struct SceneMemory {
    /// Station found last, and the path it was found on.
    stations: BTreeMap<ActorId, (Arc<Path>, f64)>,
    rests: BTreeMap<ActorId, Rest>,
}

/// What the rule-based drivers remember, by actor.
#[derive(Resource, Clone, Debug)]
pub struct RuleDrivers {
    /// Manner of all of them.
    pub params: IdmParams,
    memory: BTreeMap<ActorId, (DriverMemory, Trajectory)>,
    seen: SceneMemory,
}

impl RuleDrivers {
    /// With a manner.
    pub fn new(params: IdmParams) -> Self {
        Self {
            params,
            memory: BTreeMap::new(),
            seen: SceneMemory::default(),
        }
    }

    /// The last plan of an actor that the expert drives.
    pub fn plan(&self, id: ActorId) -> Option<&Trajectory> {
        self.memory
            .get(&id)
            .map(|(_, plan)| plan)
            .filter(|p| !p.points.is_empty())
    }
}

/// Lights as the drivers see them.
pub fn lights(states: &SignalStates) -> Vec<(String, Light)> {
    states
        .0
        .iter()
        .map(|(id, phase)| {
            let light = match phase {
                SignalPhase::Red | SignalPhase::RedYellow => Light::Red,
                SignalPhase::Yellow => Light::Yellow,
                SignalPhase::Green => Light::Green,
                SignalPhase::Off | SignalPhase::FlashingYellow => Light::Dark,
            };
            (id.clone(), light)
        })
        .collect()
}

/// Everybody with the routes that are known.
pub fn scene_of(
    snapshot: &WorldSnapshot,
    states: &SignalStates,
    paths: &RoutePaths,
    memory: &mut SceneMemory,
) -> Scene {
    let SceneMemory { stations, rests } = memory;
    let bodies = snapshot
        .actors
        .iter()
        .map(|actor| {
            // Who is driven by the story follows it, not a route.
            let path = match actor.motion {
                Motion::Kinematic | Motion::Dynamic => paths.path(actor.id),
                Motion::Fixed | Motion::Scripted | Motion::Free => None,
            };
            // A station found before holds for the path it was found on.
            let hint = stations.get(&actor.id).and_then(|(old, station)| {
                path.as_ref()
                    .is_some_and(|new| Arc::ptr_eq(old, new))
                    .then_some(*station)
            });
            let mut body = Body::of(actor, path, hint);
            body.standing_s = rests
                .entry(actor.id)
                .or_insert_with(|| Rest::new(body.center_m, snapshot.time_s))
                .update(body.center_m, snapshot.time_s);
            if let Some(path) = &body.path {
                stations.insert(actor.id, (path.clone(), body.station_m));
            }
            body
        })
        .collect();
    Scene {
        bodies,
        lights: lights(states),
    }
}

/// What the expert would plan now for any actor with a path, whoever drives it: the teacher's answer
/// to the states a student gets into.
pub fn expert_plan(world: &mut SimWorld, id: ActorId, period_s: f64) -> Option<Trajectory> {
    let snapshot = world.ecs.resource::<WorldSnapshot>().clone();
    let states = world.ecs.resource::<SignalStates>().clone();
    let map = world.ecs.resource::<WorldMap>().0.clone();
    let now_s = world.tick().time_s();
    world
        .ecs
        .resource_scope(|ecs, mut drivers: Mut<RuleDrivers>| {
            let paths = ecs.resource::<RoutePaths>();
            let drivers = &mut *drivers;
            let scene = scene_of(&snapshot, &states, paths, &mut drivers.seen);
            let index = snapshot.actors.iter().position(|a| a.id == id)?;
            let path = scene.bodies[index].path.clone()?;
            let actor = &snapshot.actors[index];
            let params = manner_of(&drivers.params, actor);
            let memory = &mut drivers.memory.entry(id).or_default().0;
            let room = |x: f64, y: f64| map.is_drivable(x, y, None);
            Some(expert::plan(
                &scene,
                index,
                &path,
                &actor.spec,
                &params,
                memory,
                &room,
                now_s,
                period_s,
            ))
        })
}

pub(super) fn limits_of(actor: &ActorSnapshot) -> LongitudinalLimits {
    LongitudinalLimits {
        accel_mps2: actor.spec.performance.max_acceleration_mps2.max(0.5),
        decel_mps2: actor.spec.performance.max_deceleration_mps2.max(1.0),
    }
}

/// Commands of every actor that IDM or the expert drives.
pub(super) fn drive(
    tick: Res<Tick>,
    map: Res<WorldMap>,
    snapshot: Res<WorldSnapshot>,
    states: Res<SignalStates>,
    paths: Res<RoutePaths>,
    mut drivers: ResMut<RuleDrivers>,
    mut query: Query<(&ActorId, &DriverSpec, &mut DriveCommand)>,
) {
    let mut commands: Vec<_> = query
        .iter_mut()
        .filter(|(_, driver, _)| matches!(driver, DriverSpec::Idm | DriverSpec::Expert))
        .collect();
    if commands.is_empty() {
        return;
    }
    commands.sort_unstable_by_key(|(id, ..)| **id);
    let drivers = &mut *drivers;
    let scene = scene_of(&snapshot, &states, &paths, &mut drivers.seen);
    let due = tick.is_due(DECISION_S);
    let room = |x: f64, y: f64| map.0.is_drivable(x, y, None);
    for (id, driver, mut out) in commands {
        let Some(index) = snapshot.actors.iter().position(|a| a.id == *id) else {
            continue;
        };
        let actor = &snapshot.actors[index];
        let (memory, plan) = drivers.memory.entry(*id).or_default();
        let Some(path) = scene.bodies[index].path.clone() else {
            *out = DriveCommand {
                brake: 0.4,
                ..DriveCommand::default()
            };
            continue;
        };
        let path: &Arc<Path> = &path;
        let fresh = memory.accel_mps2 == 0.0 && plan.points.is_empty();
        *out = if *driver == DriverSpec::Idm {
            if due || fresh {
                let params = manner_of(&drivers.params, actor);
                memory.accel_mps2 = decide(&scene, index, path, &params, memory, DECISION_S);
            }
            let steer = actor.spec.max_steering_rad();
            command(
                &scene,
                index,
                path,
                &limits_of(actor),
                steer,
                memory,
                tick.dt_s,
            )
        } else {
            if due || plan.points.is_empty() {
                let params = manner_of(&drivers.params, actor);
                let now = tick.time_s();
                *plan = expert::plan(
                    &scene,
                    index,
                    path,
                    &actor.spec,
                    &params,
                    memory,
                    &room,
                    now,
                    DECISION_S,
                );
            }
            let odometry = Odometry {
                time_s: tick.time_s(),
                pose: actor.state.pose,
                speed_mps: actor.state.speed_mps,
                accel_mps2: actor.state.accel_mps2,
                yaw_rate_radps: actor.state.yaw_rate_radps,
                steer_rad: actor.state.steer_rad,
            };
            let control = &mut memory.longitudinal;
            track(
                plan,
                &odometry,
                &actor.spec,
                control,
                tick.time_s(),
                tick.dt_s,
            )
        };
    }
}

/// The manner within what the vehicle can do.
pub(super) fn manner_of(params: &IdmParams, actor: &ActorSnapshot) -> IdmParams {
    let can = &actor.spec.performance;
    IdmParams {
        accel_mps2: params.accel_mps2.min(can.max_acceleration_mps2.max(0.5)),
        max_decel_mps2: params
            .max_decel_mps2
            .min(can.max_deceleration_mps2.max(1.0)),
        max_speed_mps: match actor.spec.class {
            ActorClass::Bicycle => 5.0,
            _ => can.max_speed_mps.clamp(1.0, 60.0),
        },
        ..*params
    }
}
