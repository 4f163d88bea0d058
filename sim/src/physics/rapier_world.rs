//! Rapier inside a world: bodies in ActorId order, substeps, and reading the states back.

use std::collections::BTreeMap;

use bevy::prelude::*;
use rapier3d::control::DynamicRayCastVehicleController;
use rapier3d::pipeline::{PhysicsWorld, QueryFilter};
use rapier3d::prelude as rapier;

use super::glam_bridge::{Origin, parts, to_rapier, to_world, turned, vector};
use super::{dynamic, ground};
use crate::actor::{ActorId, ActorState, Motion};
use crate::math::{Pose, wrap_angle};
use crate::message::DriveCommand;
use crate::tick::Tick;
use crate::world::{Episode, Spec, WorldMap};

/// Longest rapier step, seconds.
const SUBSTEP_S: f64 = 0.0125;

struct Body {
    handle: rapier::RigidBodyHandle,
    motion: Motion,
    vehicle: Option<DynamicRayCastVehicleController>,
    last_pose: Pose,
    steer_rad: f64,
}

struct Live {
    world: PhysicsWorld,
    origin: Origin,
    bodies: BTreeMap<ActorId, Body>,
}

/// Rapier's state; empty until the world has a dynamic or free actor.
#[derive(Resource, Default)]
pub struct PhysicsState {
    live: Option<Box<Live>>,
    impulses: BTreeMap<(ActorId, ActorId), f64>,
}

impl PhysicsState {
    /// Impulses that the solver applied between actors in the newest tick, N·s, by (smaller, larger) id.
    pub fn impulses(&self) -> &BTreeMap<(ActorId, ActorId), f64> {
        &self.impulses
    }

    /// Rapier's whole state, serialized; equal bytes mean an equal continuation.
    pub fn serialized(&self) -> Option<Vec<u8>> {
        self.live
            .as_ref()
            .and_then(|live| serde_json::to_vec(&live.world).ok())
    }
}

type Actor<'a> = (
    &'a ActorId,
    &'a Spec,
    &'a Motion,
    &'a DriveCommand,
    Mut<'a, ActorState>,
);

/// One tick of rapier.
pub(super) fn step(
    tick: Res<Tick>,
    map: Res<WorldMap>,
    mut episode: ResMut<Episode>,
    mut physics: ResMut<PhysicsState>,
    mut query: Query<(&ActorId, &Spec, &Motion, &DriveCommand, &mut ActorState)>,
) {
    let is_needed = |m: &Motion| matches!(m, Motion::Dynamic | Motion::Free);
    physics.impulses.clear();
    if !query.iter().any(|(_, _, motion, _, _)| is_needed(motion)) {
        physics.live = None;
        return;
    }
    let mut actors: Vec<Actor<'_>> = query.iter_mut().collect();
    actors.sort_unstable_by_key(|actor| *actor.0);
    if let Some(broken) = actors.iter().find(|actor| !actor.4.is_finite()) {
        let message = format!("the state of {} is not finite", broken.1.0.name);
        episode.ended.get_or_insert(message.clone());
        episode.fault.get_or_insert(crate::tick::TickFault {
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
        live.drive(&actors, k as f64 / count as f64, h_s);
        live.world.step();
        live.collect_impulses(impulses);
    }
    live.read_back(&mut actors, tick.dt_s);
}

impl Live {
    fn new(map: &WorldMap, actors: &[Actor<'_>]) -> Self {
        let first = actors.first().map_or(Pose::default(), |a| a.4.pose);
        let origin = [first.x_m.round(), first.y_m.round(), first.z_m.round()];
        let mut world = PhysicsWorld {
            gravity: vector(0.0, 0.0, -9.81),
            ..PhysicsWorld::default()
        };
        for collider in ground::colliders(&map.0, origin) {
            world.colliders.insert(collider);
        }
        Self {
            world,
            origin,
            bodies: BTreeMap::new(),
        }
    }

    /// Bodies for new actors and none for gone ones, in ActorId order.
    fn sync(&mut self, actors: &[Actor<'_>]) {
        let gone: Vec<ActorId> = self
            .bodies
            .iter()
            .filter(|(id, body)| !actors.iter().any(|a| a.0 == *id && *a.2 == body.motion))
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            if let Some(body) = self.bodies.remove(&id) {
                self.world.remove_body_with_colliders(body.handle, true);
            }
        }
        for (id, spec, motion, _, state) in actors {
            if !self.bodies.contains_key(id) {
                let body = self.insert(**id, &spec.0, **motion, state);
                self.bodies.insert(**id, body);
            }
        }
    }

    fn insert(
        &mut self,
        id: ActorId,
        spec: &crate::actor::ActorSpec,
        motion: Motion,
        state: &ActorState,
    ) -> Body {
        let pose = to_rapier(&state.pose, self.origin);
        let is_car = motion == Motion::Dynamic && dynamic::has_wheels(spec.class);
        let b = &spec.bounding_box;
        let (builder, collider) = if is_car {
            dynamic::chassis(spec)
        } else {
            let half = |v: f64| (v.abs() / 2.0).max(0.02) as f32;
            let collider = rapier::ColliderBuilder::cuboid(
                half(b.length_m),
                half(b.width_m),
                half(b.height_m),
            )
            .translation(vector(b.center_x_m, b.center_y_m, b.center_z_m))
            .mass(spec.mass_kg.clamp(0.1, 100_000.0) as f32)
            .friction(0.6);
            let builder = match motion {
                Motion::Dynamic | Motion::Free => rapier::RigidBodyBuilder::dynamic(),
                Motion::Fixed => rapier::RigidBodyBuilder::fixed(),
                Motion::Scripted | Motion::Kinematic => {
                    rapier::RigidBodyBuilder::kinematic_position_based()
                }
            };
            (builder, collider)
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
            vehicle: is_car.then(|| dynamic::vehicle(spec, handle)),
            last_pose: state.pose,
            steer_rad: state.steer_rad,
        }
    }

    /// Pedals for dynamic vehicles, next poses for bodies on rails, at `part` of the tick.
    fn drive(&mut self, actors: &[Actor<'_>], part: f64, h_s: f64) {
        for (id, spec, motion, command, state) in actors {
            let Some(body) = self.bodies.get_mut(id) else {
                continue;
            };
            if matches!(motion, Motion::Scripted | Motion::Kinematic) {
                let pose = between(&body.last_pose, &state.pose, part);
                if let Some(rigid) = self.world.bodies.get_mut(body.handle) {
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
            let command = command.bounded();
            body.steer_rad = dynamic::apply(vehicle, &spec.0, &command, speed, body.steer_rad, h_s);
            let filter = QueryFilter::default().groups(rapier::InteractionGroups::new(
                rapier::Group::ALL,
                ground::GROUND,
                rapier::InteractionTestMode::And,
            ));
            let queries = self.world.broad_phase.as_query_pipeline_mut(
                self.world.narrow_phase.query_dispatcher(),
                &mut self.world.bodies,
                &mut self.world.colliders,
                filter,
            );
            vehicle.update_vehicle(h_s as f32, queries);
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
        for (id, _, motion, _, state) in actors {
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
