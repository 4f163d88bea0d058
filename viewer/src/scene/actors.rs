//! Actors as entities: one for the body, one for each wheel, limb and set of lamps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bevy::camera::visibility::RenderLayers;
use bevy::prelude::*;
use sim::actor::{ActorClass, ActorId, ActorSpec};

use super::body::body;
use super::space::{Origin, local};
use super::{Looks, OTHER_RUN, Scene, THIS_RUN};
use crate::app::App as Viewer;

/// Below this change of speed the brake lamps shine, m/s².
const BRAKING_MPS2: f64 = -0.6;
/// From this angle of the front wheels on, at a low speed, an actor is turning, radians.
const TURNING_RAD: f64 = 0.12;
/// Length of a walker's step, metres.
const STEP_M: f32 = 0.75;
/// Head-lamps that light the road at most.
pub const MOST_BEAMS: usize = 6;

/// The actors that are in the picture: of the run that is looked at, and of the one beside it.
#[derive(Resource, Default)]
pub struct Shown([Slot; 2]);

#[derive(Default)]
struct Slot {
    of_run: u64,
    actors: BTreeMap<ActorId, Parts>,
}

struct Parts {
    root: Entity,
    spec: Arc<ActorSpec>,
    wheels: Vec<(Entity, [f32; 3], f32, bool)>,
    limbs: Vec<(Entity, [f32; 3], f32)>,
    brake: Option<Entity>,
    head: Option<Entity>,
    turn: Option<[Entity; 2]>,
    beam: Option<Entity>,
    way_m: f32,
    last: Option<[f64; 2]>,
}

/// Puts actors where the viewer shows them.
pub fn sync(
    mut commands: Commands,
    mut shown: ResMut<Shown>,
    mut meshes: ResMut<Assets<Mesh>>,
    scene: Scene,
    mut transforms: Query<&mut Transform>,
    mut materials: Query<&mut MeshMaterial3d<StandardMaterial>>,
) {
    let Scene {
        viewer,
        origin,
        looks,
    } = scene;
    let app = &viewer.0;
    for (view, slot) in shown.0.iter_mut().enumerate() {
        let run = app.run_of(view);
        let is_other = run != app.current;
        if view > 0 && !is_other {
            for (_, parts) in std::mem::take(&mut slot.actors) {
                commands.entity(parts.root).despawn();
            }
            continue;
        }
        let layer = RenderLayers::layer(if is_other { OTHER_RUN } else { THIS_RUN });
        let place = (app, view, &layer);
        sync_run(
            &mut commands,
            slot,
            &mut meshes,
            (&origin, &looks),
            place,
            &mut transforms,
            &mut materials,
        );
    }
}

/// Puts the actors of a view's run where it shows them.
fn sync_run(
    commands: &mut Commands,
    shown: &mut Slot,
    meshes: &mut Assets<Mesh>,
    (origin, looks): (&Origin, &Looks),
    (app, view, layer): (&Viewer, usize, &RenderLayers),
    transforms: &mut Query<&mut Transform>,
    materials: &mut Query<&mut MeshMaterial3d<StandardMaterial>>,
) {
    let Some(run) = app.runs.get(app.run_of(view)) else {
        return;
    };
    let number = run.number();
    let Some(frame) = run.frame(app.clock.tick()).cloned() else {
        return;
    };
    let present: BTreeSet<ActorId> = frame.actors.iter().map(|a| a.id).collect();
    let is_other_run = shown.of_run != number;
    shown.of_run = number;
    shown.actors.retain(|id, parts| {
        let spec = frame.actor(*id).map(|a| &a.spec);
        let stays = present.contains(id)
            && spec.is_some_and(|s| Arc::ptr_eq(s, &parts.spec) || **s == *parts.spec);
        if !stays {
            commands.entity(parts.root).despawn();
        }
        stays
    });
    let night = frame.light.sun_elevation_rad < 0.09;
    let beams = lit(app, &frame, night);
    for actor in &frame.actors {
        let Some((_, pose)) = app.shown_in(view, actor.id) else {
            continue;
        };
        let is_new = !shown.actors.contains_key(&actor.id);
        let parts = shown
            .actors
            .entry(actor.id)
            .or_insert_with(|| spawn(commands, meshes, (looks, layer), actor.id, &actor.spec));
        let place = origin.transform(&pose);
        if is_new {
            commands.entity(parts.root).insert(place);
            continue;
        }
        // The driver's own car would hide the road; so would a head the walker's view.
        let is_inside = app
            .views
            .iter()
            .all(|view| view.mode == crate::camera::CameraMode::Driver)
            && app.followed().is_some_and(|(a, _)| a.id == actor.id);
        let seen = if is_inside {
            Visibility::Hidden
        } else {
            Visibility::Inherited
        };
        commands.entity(parts.root).insert(seen);
        if let Ok(mut transform) = transforms.get_mut(parts.root) {
            *transform = place;
        }
        let here = [pose.x_m, pose.y_m];
        if let Some(last) = parts.last.filter(|_| !is_other_run) {
            let step =
                pose.heading().x * (here[0] - last[0]) + pose.heading().y * (here[1] - last[1]);
            parts.way_m += step as f32;
        }
        parts.last = Some(here);
        let steer = actor.state.steer_rad as f32;
        for (wheel, center, radius, is_steered) in &parts.wheels {
            if let Ok(mut transform) = transforms.get_mut(*wheel) {
                let turn = if *is_steered {
                    Quat::from_rotation_y(steer)
                } else {
                    Quat::IDENTITY
                };
                transform.translation = local(*center);
                // Rolling forward is a turn about the left-pointing axis, which points away from us here.
                transform.rotation = turn * Quat::from_rotation_z(-parts.way_m / radius.max(0.05));
            }
        }
        let swing = bevy::math::ops::sin(parts.way_m / STEP_M * std::f32::consts::PI);
        let pace = (actor.state.speed_mps.abs() as f32 / 1.4).min(1.3);
        for (limb, joint, phase) in &parts.limbs {
            if let Ok(mut transform) = transforms.get_mut(*limb) {
                transform.translation = local(*joint);
                transform.rotation = Quat::from_rotation_z(0.5 * phase * swing * pace);
            }
        }
        let mut shine = |lamp: Option<Entity>, material: &Handle<StandardMaterial>| {
            if let Some(mut at) = lamp.and_then(|lamp| materials.get_mut(lamp).ok())
                && at.0 != *material
            {
                at.0 = material.clone();
            }
        };
        let lights = frame.lights.get(&actor.id);
        let switched = |lamp: &str| lights?.shines(lamp, frame.time_s);
        let slows = actor.state.accel_mps2 < BRAKING_MPS2
            || frame
                .mind(actor.id)
                .is_some_and(|mind| mind.command.brake > 0.05);
        let brakes = switched("brakeLights").unwrap_or(slows);
        let rear = match (brakes, night) {
            (true, _) => &looks.brake_on,
            (false, true) => &looks.rear_night,
            (false, false) => &looks.brake_off,
        };
        shine(parts.brake, rear);
        shine(
            parts.head,
            if switched("lowBeam")
                .or(switched("highBeam"))
                .unwrap_or(night)
            {
                &looks.head_on
            } else {
                &looks.head_off
            },
        );
        // Where the story switches no lamp, no turn is told before it is made.
        let is_slow =
            actor.state.speed_mps.abs() < 12.0 && actor.spec.class != ActorClass::Pedestrian;
        let blinks = (frame.time_s * 1.5).fract() < 0.5;
        if let Some([left, right]) = parts.turn {
            let told = |sign: f64| {
                let lamp = if sign > 0.0 {
                    "indicatorLeft"
                } else {
                    "indicatorRight"
                };
                let turns = is_slow && blinks && actor.state.steer_rad * sign > TURNING_RAD;
                switched(lamp).unwrap_or(turns)
            };
            shine(
                Some(left),
                if told(1.0) {
                    &looks.turn_on
                } else {
                    &looks.turn_off
                },
            );
            shine(
                Some(right),
                if told(-1.0) {
                    &looks.turn_on
                } else {
                    &looks.turn_off
                },
            );
        }
        match (beams.contains(&actor.id), parts.beam) {
            (true, None) => parts.beam = Some(beam(commands, parts.root, &actor.spec)),
            (false, Some(beam)) => {
                commands.entity(beam).despawn();
                parts.beam = None;
            }
            _ => {}
        }
    }
}

/// Vehicles whose head-lamps light the road: the nearest ones to what is followed.
fn lit(app: &Viewer, frame: &crate::run::Frame, night: bool) -> BTreeSet<ActorId> {
    let Some((_, from)) = app.followed().filter(|_| night) else {
        return BTreeSet::new();
    };
    let mut near: Vec<(f64, ActorId)> = frame
        .actors
        .iter()
        .filter(|a| a.spec.class.is_vehicle() && a.spec.class != ActorClass::Trailer)
        .map(|a| {
            let p = &a.state.pose;
            (sim::math::hypot(p.x_m - from.x_m, p.y_m - from.y_m), a.id)
        })
        .collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    near.into_iter()
        .take(MOST_BEAMS)
        .map(|(_, id)| id)
        .collect()
}

fn beam(commands: &mut Commands, root: Entity, spec: &ActorSpec) -> Entity {
    let b = &spec.bounding_box;
    let at = local([(b.center_x_m + b.length_m / 2.0 + 0.1) as f32, 0.0, 0.75]);
    let ahead = local([1.0, 0.0, -0.07]);
    let light = SpotLight {
        color: Color::srgb(1.0, 0.95, 0.85),
        intensity: 2.2e6,
        range: 70.0,
        outer_angle: 0.5,
        inner_angle: 0.25,
        shadow_maps_enabled: false,
        ..default()
    };
    let place = Transform::from_translation(at).looking_to(ahead, Vec3::Y);
    let layers = RenderLayers::from_layers(&[0, THIS_RUN, OTHER_RUN]);
    commands.spawn((light, place, layers, ChildOf(root))).id()
}

fn spawn(
    commands: &mut Commands,
    meshes: &mut Assets<Mesh>,
    (looks, layer): (&Looks, &RenderLayers),
    id: ActorId,
    spec: &Arc<ActorSpec>,
) -> Parts {
    let body = body(id, spec);
    let root = commands
        .spawn((Transform::default(), Visibility::Inherited))
        .id();
    let part = |commands: &mut Commands,
                mesh: Handle<Mesh>,
                material: &Handle<StandardMaterial>,
                at: Transform| {
        let made = (
            Mesh3d(mesh),
            MeshMaterial3d(material.clone()),
            at,
            layer.clone(),
            ChildOf(root),
        );
        commands.spawn(made).id()
    };
    let still = Transform::default();
    part(commands, meshes.add(body.shell), &looks.shell, still);
    let wheels = body
        .wheels
        .into_iter()
        .map(|wheel| {
            let at = Transform::from_translation(local(wheel.center_m));
            let entity = part(commands, meshes.add(wheel.mesh), &looks.matt, at);
            (entity, wheel.center_m, wheel.radius_m, wheel.is_steered)
        })
        .collect();
    let limbs = body
        .limbs
        .into_iter()
        .map(|limb| {
            let at = Transform::from_translation(local(limb.joint_m));
            (
                part(commands, meshes.add(limb.mesh), &looks.matt, at),
                limb.joint_m,
                limb.phase,
            )
        })
        .collect();
    let brake = body
        .brake
        .map(|m| part(commands, meshes.add(m), &looks.brake_off, still));
    let head = body
        .head
        .map(|m| part(commands, meshes.add(m), &looks.head_off, still));
    let turn = body
        .turn
        .map(|both| both.map(|m| part(commands, meshes.add(m), &looks.turn_off, still)));
    Parts {
        root,
        spec: spec.clone(),
        wheels,
        limbs,
        brake,
        head,
        turn,
        beam: None,
        way_m: 0.0,
        last: None,
    }
}
