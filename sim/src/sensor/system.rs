//! The systems of the Sense stage.

use std::sync::Arc;

use bevy::prelude::*;
use nalgebra::Isometry3;

use super::actors::ActorScene;
use super::camera::{self, Shot};
use super::daylight::{Daylight, Light};
use super::draw::frame_key;
use super::lamp;
use super::lidar::{self, Beams};
use super::rig::Rig;
use super::soup::Scene;
use super::view::View;
use crate::actor::{ActorId, ActorState};
use crate::message::{CameraFrames, CameraTruths, LidarScans, LidarTruths, Odometry};
use crate::tick::{Stage, Tick};
use crate::world::{Episode, SignalStates, SimWorld, WorldMap, WorldSnapshot};

/// The sensors of an actor.
#[derive(Component, Clone, Debug)]
#[require(LidarScans, LidarTruths, CameraFrames, CameraTruths)]
pub struct SensorRig(pub Arc<Rig>);

/// The immovable scene of this world; built from the map when a sensor first needs it, unless set before.
#[derive(Resource, Clone, Debug, Default)]
pub struct StaticScene(pub Option<Arc<Scene>>);

/// Adds this module's systems to a world.
pub fn install(world: &mut SimWorld) {
    world.ecs.init_resource::<StaticScene>();
    world.ecs.init_resource::<Daylight>();
    world.add_systems(Stage::Sense, (odometry, sense));
    world
        .keep::<Odometry>()
        .keep::<SensorRig>()
        .keep::<LidarScans>()
        .keep::<LidarTruths>()
        .keep::<CameraFrames>()
        .keep::<CameraTruths>()
        .keep_none::<StaticScene>()
        .keep_resource::<Daylight>();
}

/// Writes what each carrier knows of its own motion.
fn odometry(tick: Res<Tick>, mut carriers: Query<(&ActorState, &mut Odometry)>) {
    for (state, mut odometry) in &mut carriers {
        *odometry = Odometry {
            time_s: tick.time_s(),
            pose: state.pose,
            speed_mps: state.speed_mps,
            accel_mps2: state.accel_mps2,
            yaw_rate_radps: state.yaw_rate_radps,
            steer_rad: state.steer_rad,
        };
    }
}

type Carrier<'a> = (
    &'a ActorId,
    &'a ActorState,
    &'a SensorRig,
    &'a mut LidarScans,
    &'a mut LidarTruths,
    &'a mut CameraFrames,
    &'a mut CameraTruths,
);

/// Takes the scans and frames that are due; a carrier's first ones are due at once.
fn sense(
    tick: Res<Tick>,
    episode: Res<Episode>,
    snapshot: Res<WorldSnapshot>,
    daylight: Res<Daylight>,
    (map, signals): (Res<WorldMap>, Res<SignalStates>),
    mut scene: ResMut<StaticScene>,
    mut carriers: Query<Carrier>,
) {
    let due = |rate_hz: f64, i: usize, have: usize| i >= have || tick.is_due(1.0 / rate_hz);
    let any_due = carriers.iter().any(|(_, _, rig, scans, _, frames, _)| {
        let spec = rig.0.spec();
        let (l, c) = (scans.0.len(), frames.0.len());
        let mut lidars = spec.lidars.iter().enumerate();
        let mut cameras = spec.cameras.iter().enumerate();
        lidars.any(|(i, s)| due(s.rate_hz, i, l)) || cameras.any(|(i, s)| due(s.rate_hz, i, c))
    });
    if !any_due {
        return;
    }
    let scene = scene.0.get_or_insert_with(|| Scene::shared(&map.0)).clone();
    let actors = ActorScene::new(&snapshot.actors, scene.origin);
    let light = Light::of(&daylight);
    let rain_pm = daylight.rain_extinction_pm();
    let lamps = lamp::lit(&scene, &signals, tick.time_s());
    // Carriers do not touch one another, so their order does not matter.
    for (id, state, rig, mut scans, mut scan_truths, mut frames, mut frame_truths) in &mut carriers
    {
        let Some(scene_from_ego) = pose_in(&scene, state) else {
            continue;
        };
        let rig = &*rig.0;
        let spec = rig.spec();
        let view = View {
            scene: &scene,
            actors: &actors,
            exclude: actors.body_of(*id),
        };
        let key = |sensor: &str| frame_key(episode.seed, *id, sensor, tick.index);
        for (i, lidar) in spec.lidars.iter().enumerate() {
            if !due(lidar.rate_hz, i, scans.0.len()) {
                continue;
            }
            let beams = Beams {
                elevations: &rig.elevations[i],
                azimuths: &rig.azimuths[i],
            };
            let (scan, truth) = lidar::scan(
                lidar,
                &beams,
                &view,
                &scene_from_ego,
                (key(&lidar.name), rain_pm),
                tick.time_s(),
                spec.truth,
            );
            put(&mut scans.0, i, scan);
            put(&mut scan_truths.0, i, truth);
        }
        for (i, camera) in spec.cameras.iter().enumerate() {
            if !due(camera.rate_hz, i, frames.0.len()) {
                continue;
            }
            let shot = Shot {
                spec: camera,
                view: &view,
                light: &light,
                lamps: &lamps,
                scene_from_ego: &scene_from_ego,
                key: key(&camera.name),
                time_s: tick.time_s(),
                truth: spec.truth,
            };
            let (frame, truth) = camera::take(&shot);
            put(&mut frames.0, i, frame);
            put(&mut frame_truths.0, i, truth);
        }
    }
}

/// Replaces the newest message of a sensor; the first ones come in the rig's order.
fn put<T>(list: &mut Vec<T>, i: usize, message: T) {
    match list.get_mut(i) {
        Some(slot) => *slot = message,
        None => list.push(message),
    }
}

/// A carrier's pose in the scene.
pub(super) fn pose_in(scene: &Scene, state: &ActorState) -> Option<Isometry3<f64>> {
    let mut pose = state.pose;
    pose.x_m -= scene.origin[0];
    pose.y_m -= scene.origin[1];
    pose.z_m -= scene.origin[2];
    let near = [pose.x_m, pose.y_m, pose.z_m].iter().all(|v| v.abs() < 1e6);
    (pose.is_finite() && near).then(|| pose.to_isometry())
}
