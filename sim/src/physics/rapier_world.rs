//! Rapier inside a world: bodies in ActorId order, substeps, and reading the states back.

use std::collections::BTreeMap;

use bevy::prelude::*;
use rapier3d::pipeline::{PhysicsWorld, QueryFilter, QueryPipelineMut};
use rapier3d::prelude as rapier;

use super::glam_bridge::{parts, to_rapier, to_world, turned, vector};
use super::hitch::Hitch;
use super::state::{Body, Live, PhysicsState};
use super::{dynamic, ground};
use crate::actor::{ActorClass, ActorId, ActorSpec, ActorState, Motion};
use crate::math::{Pose, hypot, wrap_angle};
use crate::message::DriveCommand;
use crate::tick::{Tick, TickFault};
use crate::world::{Episode, Spec, WorldMap};

/// Longest rapier step, seconds.
const SUBSTEP_S: f64 = 0.0125;
/// A body on rails that seems to move faster than this was put elsewhere, m/s.
const TELEPORT_MPS: f64 = 150.0;

type Actor<'a> = (
    &'a ActorId,
    &'a Spec,
    &'a Motion,
    &'a DriveCommand,
    Mut<'a, ActorState>,
    Option<&'a Hitch>,
);

type Actors = (
    &'static ActorId,
    &'static Spec,
    &'static Motion,
    &'static DriveCommand,
    &'static mut ActorState,
    Option<&'static Hitch>,
);

/// One tick of rapier.
pub(super) fn step(
    tick: Res<Tick>,
    map: Res<WorldMap>,
    mut episode: ResMut<Episode>,
    mut physics: ResMut<PhysicsState>,
    mut query: Query<Actors>,
) {
    let is_needed = |m: &Motion| matches!(m, Motion::Dynamic | Motion::Free);
    if !physics.impulses.is_empty() {
        physics.impulses.clear();
    }
    if !query.iter().any(|actor| is_needed(actor.2)) {
        if physics.live.is_some() {
            physics.live = None;
        }
        return;
    }
    let mut actors: Vec<Actor<'_>> = query.iter_mut().collect();
    actors.sort_unstable_by_key(|actor| *actor.0);
    let is_sound = |actor: &Actor<'_>| actor.4.is_finite() && actor.1.0.is_finite();
    if let Some(broken) = actors.iter().find(|actor| !is_sound(actor)) {
        let message = format!("a number of {} is not finite", broken.1.0.name);
        episode.ended.get_or_insert(message.clone());
        episode.fault.get_or_insert(TickFault {
            stage: "Physics".into(),
            message,
        });
        return;
    }
    let PhysicsState { live, impulses } = &mut *physics;
    let live = live.get_or_insert_with(|| Box::new(Live::new(&map, &actors)));
    live.sync(&actors);
    let count = (tick.dt_s / SUBSTEP_S - 1e-9).ceil().clamp(1.0, 1000.0) as usize;
    let h_s = tick.dt_s / count as f64;
    live.world.integration_parameters.dt = h_s as f32;
    for k in 1..=count {
        live.drive(&actors, k as f64 / count as f64, [h_s, tick.dt_s]);
        live.world.step();
        live.collect_impulses(impulses);
    }
    live.read_back(&mut actors, tick.dt_s);
}

impl Live {
    fn new(map: &WorldMap, actors: &[Actor<'_>]) -> Self {
        let first = actors
            .iter()
            .find(|a| *a.2 == Motion::Dynamic)
            .or(actors.first())
            .map_or(Pose::default(), |a| a.4.pose);
        let origin = [first.x_m.round(), first.y_m.round(), first.z_m.round()];
        let mut world = PhysicsWorld {
            gravity: vector(0.0, 0.0, -dynamic::GRAVITY_MPS2),
            ..PhysicsWorld::default()
        };
        for collider in ground::colliders(&map.0, origin) {
            world.colliders.insert(collider);
        }
        Self {
            world,
            origin,
            bodies: BTreeMap::new(),
            ground: None,
        }
    }

    /// Bodies for new actors and none for gone ones, in ActorId order.
    fn sync(&mut self, actors: &[Actor<'_>]) {
        let is_same = |id: &ActorId, body: &Body| {
            actors
                .binary_search_by_key(id, |a| *a.0)
                .ok()
                .and_then(|i| actors.get(i))
                .is_some_and(|a| {
                    // Rapier's bodies are made anew where something else has moved their actor.
                    let is_moved = a.4.pose != body.last_pose;
                    *a.2 == body.motion
                        && !(is_moved && matches!(a.2, Motion::Dynamic | Motion::Free))
                })
        };
        let gone: Vec<ActorId> = self
            .bodies
            .iter()
            .filter(|(id, body)| !is_same(id, body))
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            if let Some(body) = self.bodies.remove(&id) {
                self.world.remove_body_with_colliders(body.handle, true);
            }
            for trailer in self.bodies.values_mut() {
                trailer.joined = trailer.joined.filter(|(tractor, _)| *tractor != id);
            }
        }
        for (id, spec, motion, _, state, hitch) in actors {
            if !self.bodies.contains_key(id) {
                let body = self.insert(**id, &spec.0, **motion, state, hitch.is_some());
                self.bodies.insert(**id, body);
            }
        }
        for (id, _, _, _, _, hitch) in actors {
            self.join(**id, *hitch);
        }
    }

    fn insert(
        &mut self,
        id: ActorId,
        spec: &ActorSpec,
        motion: Motion,
        state: &ActorState,
        is_pulled: bool,
    ) -> Body {
        let pose = to_rapier(&state.pose, self.origin);
        let is_car = motion == Motion::Dynamic && spec.class.is_vehicle();
        let (builder, collider) = if is_car {
            dynamic::chassis(spec)
        } else {
            let builder = match motion {
                Motion::Dynamic | Motion::Free => rapier::RigidBodyBuilder::dynamic(),
                Motion::Fixed => rapier::RigidBodyBuilder::fixed(),
                Motion::Scripted | Motion::Kinematic => {
                    rapier::RigidBodyBuilder::kinematic_position_based()
                }
            };
            (builder, shape(spec))
        };
        let v = state.velocity_mps;
        let builder = builder
            .pose(pose)
            .linvel(vector(v[0], v[1], v[2]))
            .angvel(vector(0.0, 0.0, state.yaw_rate_radps))
            .user_data(u128::from(id.0));
        let groups = rapier::InteractionGroups::new(
            ground::BODIES,
            rapier::Group::ALL,
            rapier::InteractionTestMode::And,
        );
        let handle = self.world.insert_body(builder);
        self.world
            .insert_collider(collider.collision_groups(groups), Some(handle));
        Body {
            handle,
            motion,
            vehicle: is_car.then(|| dynamic::vehicle(spec, handle, is_pulled)),
            last_pose: state.pose,
            steer_rad: state.steer_rad,
            joined: None,
            has_stepped: false,
        }
    }

    /// Hangs a trailer on its tractor, or takes it off: on a ball where both are dynamic, else only
    /// without contact.
    fn join(&mut self, id: ActorId, hitch: Option<&Hitch>) {
        let Some(body) = self.bodies.get_mut(&id) else {
            return;
        };
        if body.joined.map(|(tractor, _)| tractor) == hitch.map(|h| h.tractor) {
            return;
        }
        if let Some((_, joint)) = body.joined.take() {
            self.world.remove_impulse_joint(joint);
        }
        let Some(hitch) = hitch.filter(|h| h.tractor != id) else {
            return;
        };
        let (Some(tractor), Some(trailer)) =
            (self.bodies.get(&hitch.tractor), self.bodies.get(&id))
        else {
            return;
        };
        let is_on_ball = tractor.motion == Motion::Dynamic && trailer.motion == Motion::Dynamic;
        let joint: rapier::GenericJoint = if is_on_ball {
            rapier::SphericalJointBuilder::new()
                .local_anchor1(vector(hitch.hitch_x_m, 0.0, dynamic::HITCH_HEIGHT_M))
                .local_anchor2(vector(hitch.coupler_x_m, 0.0, dynamic::HITCH_HEIGHT_M))
                .contacts_enabled(false)
                .build()
                .into()
        } else {
            rapier::GenericJointBuilder::new(rapier::JointAxesMask::empty())
                .contacts_enabled(false)
                .build()
        };
        let joint = self
            .world
            .insert_impulse_joint(tractor.handle, trailer.handle, joint);
        if let Some(trailer) = self.bodies.get_mut(&id) {
            trailer.joined = Some((hitch.tractor, joint));
        }
    }

    /// Pedals for dynamic vehicles, next poses for bodies on rails, at `part` of the tick; lengths of
    /// the substep and of the tick.
    fn drive(&mut self, actors: &[Actor<'_>], part: f64, [h_s, dt_s]: [f64; 2]) {
        for (id, spec, motion, command, state, hitch) in actors {
            let Some(body) = self.bodies.get_mut(id) else {
                continue;
            };
            if matches!(motion, Motion::Scripted | Motion::Kinematic) {
                let (from, to) = (&body.last_pose, &state.pose);
                let Some(rigid) = self.world.bodies.get_mut(body.handle) else {
                    continue;
                };
                let way = hypot(to.x_m - from.x_m, to.y_m - from.y_m);
                if way > TELEPORT_MPS * dt_s {
                    rigid.set_position(to_rapier(to, self.origin), true);
                    body.last_pose = *to;
                } else {
                    let pose = between(from, to, part);
                    rigid.set_next_kinematic_position(to_rapier(&pose, self.origin));
                }
                continue;
            }
            let Some(vehicle) = &mut body.vehicle else {
                continue;
            };
            let Some(rigid) = self.world.bodies.get(body.handle) else {
                continue;
            };
            let pose = *rigid.position();
            let forward = turned(&pose, vector(1.0, 0.0, 0.0));
            let speed = f64::from(rigid.linvel().dot(forward));
            let command = match hitch {
                // A trailer brakes with its tractor.
                Some(hitch) => actors
                    .binary_search_by_key(&hitch.tractor, |a| *a.0)
                    .ok()
                    .and_then(|i| actors.get(i))
                    .map_or(DriveCommand::default(), |tractor| DriveCommand {
                        brake: tractor.3.bounded().brake,
                        ..DriveCommand::default()
                    }),
                None => command.bounded(),
            };
            body.steer_rad = dynamic::apply(vehicle, &spec.0, &command, speed, body.steer_rad, h_s);
            let filter = QueryFilter::default().groups(rapier::InteractionGroups::new(
                rapier::Group::ALL,
                ground::GROUND,
                rapier::InteractionTestMode::And,
            ));
            // Rays of wheels meet the ground alone, so that others need not be searched.
            let colliders = &self.world.colliders;
            let bvh = self.ground.get_or_insert_with(|| ground::tree(colliders));
            let queries = QueryPipelineMut {
                dispatcher: self.world.narrow_phase.query_dispatcher(),
                bvh,
                bodies: &mut self.world.bodies,
                colliders: &mut self.world.colliders,
                filter,
            };
            if std::mem::replace(&mut body.has_stepped, true) {
                vehicle.update_vehicle(h_s as f32, queries);
            }
            if let Some(rigid) = self.world.bodies.get_mut(body.handle) {
                dynamic::hold(rigid, vehicle, &spec.0, &command);
            }
        }
    }

    fn collect_impulses(&self, impulses: &mut BTreeMap<(ActorId, ActorId), f64>) {
        let owner = |collider: rapier::ColliderHandle| {
            let body = self.world.colliders.get(collider)?.parent()?;
            self.world
                .bodies
                .get(body)
                .map(|b| ActorId(b.user_data as u32))
        };
        for pair in self.world.contact_pairs() {
            if !pair.has_any_active_contact() {
                continue;
            }
            let (Some(a), Some(b)) = (owner(pair.collider1), owner(pair.collider2)) else {
                continue;
            };
            let impulse: f64 = pair
                .manifolds()
                .iter()
                .flat_map(|m| &m.points)
                .map(|p| f64::from(p.data.impulse.abs()))
                .sum();
            *impulses.entry((a.min(b), a.max(b))).or_default() += impulse;
        }
    }

    fn read_back(&mut self, actors: &mut [Actor<'_>], dt_s: f64) {
        for (id, _, motion, _, state, _) in actors {
            let Some(body) = self.bodies.get_mut(id) else {
                continue;
            };
            body.last_pose = state.pose;
            if !matches!(motion, Motion::Dynamic | Motion::Free) {
                continue;
            }
            let Some(rigid) = self.world.bodies.get(body.handle) else {
                continue;
            };
            let pose = *rigid.position();
            let velocity = rigid.velocity_at_point(pose.translation);
            let forward = turned(&pose, vector(1.0, 0.0, 0.0));
            let speed = f64::from(velocity.dot(forward));
            let world_pose = to_world(&pose, self.origin);
            **state = ActorState {
                pose: world_pose,
                speed_mps: speed,
                accel_mps2: (speed - state.speed_mps) / dt_s,
                velocity_mps: parts(velocity),
                yaw_rate_radps: f64::from(rigid.angvel().z),
                steer_rad: body.steer_rad,
            };
            body.last_pose = world_pose;
        }
    }
}

/// Solid of an actor without wheels of its own: people are capsules, all else boxes.
fn shape(spec: &ActorSpec) -> rapier::ColliderBuilder {
    let b = &spec.bounding_box;
    let half = |v: f64| (v.abs() / 2.0).clamp(0.02, 500.0) as f32;
    let collider = if spec.class == ActorClass::Pedestrian {
        let radius = half(b.length_m.abs().min(b.width_m.abs()));
        rapier::ColliderBuilder::capsule_z((half(b.height_m) - radius).max(0.01), radius)
    } else {
        rapier::ColliderBuilder::cuboid(half(b.length_m), half(b.width_m), half(b.height_m))
    };
    collider
        .translation(vector(
            dynamic::offset(b.center_x_m),
            dynamic::offset(b.center_y_m),
            dynamic::offset(b.center_z_m),
        ))
        .mass(spec.mass_kg.clamp(0.1, 100_000.0) as f32)
        .friction(0.6)
}

/// The pose at `part` of the way.
fn between(from: &Pose, to: &Pose, part: f64) -> Pose {
    let mix = |a: f64, b: f64| a + (b - a) * part;
    let turn = |a: f64, b: f64| a + wrap_angle(b - a) * part;
    Pose {
        x_m: mix(from.x_m, to.x_m),
        y_m: mix(from.y_m, to.y_m),
        z_m: mix(from.z_m, to.z_m),
        yaw_rad: turn(from.yaw_rad, to.yaw_rad),
        pitch_rad: turn(from.pitch_rad, to.pitch_rad),
        roll_rad: turn(from.roll_rad, to.roll_rad),
    }
}
