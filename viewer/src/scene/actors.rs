//! Actors as entities: one for the body, one for each wheel, limb and set of lamps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bevy::camera::visibility::RenderLayers;
use bevy::prelude::*;
use sim::actor::{ActorClass, ActorId, ActorSpec};

use super::dress::{Make, Parts, PartsOf, dress, move_parts, spawn};
use super::space::{Origin, local};
use super::wardrobe::Eyes;
use super::{Looks, OTHER_RUN, Scene, THIS_RUN};
use crate::app::App as Viewer;

/// Below this change of speed the brake lamps shine, m/s².
const BRAKING_MPS2: f64 = -0.6;
/// From this angle of the front wheels on, at a low speed, an actor is turning, radians.
const TURNING_RAD: f64 = 0.12;
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

/// Puts actors where the viewer shows them.
pub fn sync(
    mut commands: Commands,
    mut shown: ResMut<Shown>,
    mut make: Make,
    scene: Scene,
    mut parts_of: PartsOf,
) {
    let Scene {
        viewer,
        origin,
        looks,
    } = scene;
    let app = &viewer.0;
    for (view, slot) in shown.0.iter_mut().enumerate() {
        let is_other = app.run_of(view) != app.current;
        if view > 0 && !is_other {
            for (_, parts) in std::mem::take(&mut slot.actors) {
                commands.entity(parts.root).despawn();
            }
            continue;
        }
        let layer = RenderLayers::layer(if is_other { OTHER_RUN } else { THIS_RUN });
        let place = (app, view, &*origin, &*looks);
        sync_run(
            &mut commands,
            slot,
            &mut make,
            (place, &layer),
            &mut parts_of,
        );
    }
}

/// A viewer, the number of a view, and what its actors are drawn with.
type Place<'a> = (&'a Viewer, usize, &'a Origin, &'a Looks);

/// Puts the actors of a view's run where it shows them.
fn sync_run(
    commands: &mut Commands,
    shown: &mut Slot,
    make: &mut Make,
    ((app, view, origin, looks), layer): (Place, &RenderLayers),
    parts_of: &mut PartsOf,
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
    let eyes = Eyes::of(app, make.quality.is_low);
    // The driver's own car would hide the road; so would a head the walker's view.
    let hidden = app
        .views
        .iter()
        .all(|view| view.mode == crate::camera::CameraMode::Driver)
        .then(|| app.followed_in(view).map(|(a, _)| a.id))
        .flatten();
    let mut sewn = 0;
    for actor in &frame.actors {
        let Some((_, pose)) = app.shown_in(view, actor.id) else {
            continue;
        };
        let is_new = !shown.actors.contains_key(&actor.id);
        let parts = shown
            .actors
            .entry(actor.id)
            .or_insert_with(|| spawn(commands, make, (looks, layer), actor.id, &actor.spec));
        let place = origin.transform(&pose);
        if is_new {
            commands.entity(parts.root).insert(place);
            continue;
        }
        let is_near = eyes.is_near([pose.x_m, pose.y_m, pose.z_m], parts.is_near);
        let waits =
            is_near && parts.near.is_none() && !make.may_dress(actor.id, &actor.spec, &mut sewn);
        if is_near != parts.is_near && !waits {
            parts.is_near = is_near;
            dress(commands, make, parts, (actor.id, layer), parts_of);
        }
        let is_inside = hidden == Some(actor.id);
        parts_of.show(parts.root, !is_inside);
        parts_of.place(parts.root, place);
        let here = [pose.x_m, pose.y_m];
        if let Some(last) = parts.last.filter(|_| !is_other_run) {
            let step =
                pose.heading().x * (here[0] - last[0]) + pose.heading().y * (here[1] - last[1]);
            parts.way_m += step as f32;
        }
        parts.last = Some(here);
        if let Some(near) = parts.near.clone().filter(|_| parts.is_near) {
            move_parts(parts, &near, &actor.state, parts_of);
        }
        let mut shine = |lamp: Option<Entity>, material: &Handle<StandardMaterial>| {
            if let Some(mut at) = lamp.and_then(|lamp| parts_of.lamps.get_mut(lamp).ok())
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
        let [brake, head, left, right, reverse] = parts.lamps;
        shine(brake, rear);
        shine(
            head,
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
        let turns = |sign: f64| is_slow && blinks && actor.state.steer_rad * sign > TURNING_RAD;
        let sides = [
            (left, "indicatorLeft", 1.0),
            (right, "indicatorRight", -1.0),
        ];
        for (lamp, name, sign) in sides {
            let look = if switched(name).unwrap_or_else(|| turns(sign)) {
                &looks.turn_on
            } else {
                &looks.turn_off
            };
            shine(lamp, look);
        }
        let is_backing = actor.state.speed_mps < -0.05;
        shine(
            reverse,
            if is_backing {
                &looks.head_on
            } else {
                &looks.head_off
            },
        );
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
