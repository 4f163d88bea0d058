//! Rapier's state in a world, and its snapshots.

use std::collections::BTreeMap;

use bevy::prelude::Resource;
use rapier3d::control::DynamicRayCastVehicleController;
use rapier3d::parry::partitioning::Bvh;
use rapier3d::pipeline::PhysicsWorld;
use rapier3d::prelude::{ImpulseJointHandle, RigidBodyHandle};
use serde::{Deserialize, Serialize};

use super::glam_bridge::Origin;
use crate::actor::{ActorId, Motion};
use crate::math::Pose;

/// An actor's body.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Body {
    pub handle: RigidBodyHandle,
    pub motion: Motion,
    pub vehicle: Option<DynamicRayCastVehicleController>,
    pub last_pose: Pose,
    pub steer_rad: f64,
    /// What it is hitched to, and by what.
    pub joined: Option<(ActorId, ImpulseJointHandle)>,
    /// Whether rapier has made a step with it: until then it does not know its mass, and forces would break it.
    #[serde(default)]
    pub has_stepped: bool,
}

/// Rapier and the bodies in it.
#[derive(Serialize, Deserialize)]
pub(super) struct Live {
    pub world: PhysicsWorld,
    pub origin: Origin,
    pub bodies: BTreeMap<ActorId, Body>,
    /// The ground's colliders alone, for wheels; made of `world` where it is not there.
    #[serde(skip)]
    pub ground: Option<Bvh>,
}

impl Clone for Live {
    fn clone(&self) -> Self {
        let world = &self.world;
        Self {
            // Pipelines and solvers are work space, which rapier's own snapshots leave out, too.
            world: PhysicsWorld {
                gravity: world.gravity,
                integration_parameters: world.integration_parameters,
                islands: world.islands.clone(),
                broad_phase: world.broad_phase.clone(),
                narrow_phase: world.narrow_phase.clone(),
                bodies: world.bodies.clone(),
                colliders: world.colliders.clone(),
                impulse_joints: world.impulse_joints.clone(),
                multibody_joints: world.multibody_joints.clone(),
                soft_bodies: world.soft_bodies.clone(),
                ..PhysicsWorld::default()
            },
            origin: self.origin,
            bodies: self.bodies.clone(),
            ground: self.ground.clone(),
        }
    }
}

/// Rapier's state; empty until the world has a dynamic or free actor.
#[derive(Resource, Clone, Default)]
pub struct PhysicsState {
    pub(super) live: Option<Box<Live>>,
    pub(super) impulses: BTreeMap<(ActorId, ActorId), f64>,
}

impl std::fmt::Debug for PhysicsState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        struct Moving<'a>(&'a Live, &'a Body);
        impl std::fmt::Debug for Moving<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut out = f.debug_struct("Body");
                out.field("motion", &self.1.motion);
                if let Some(body) = self.0.world.bodies.get(self.1.handle) {
                    out.field("mass_kg", &body.mass())
                        .field("velocity_mps", &body.linvel())
                        .field("angular_velocity_radps", &body.angvel())
                        .field("is_sleeping", &body.is_sleeping());
                }
                for wheel in self.1.vehicle.iter().flat_map(|v| v.wheels()) {
                    let contact = wheel.raycast_info();
                    let state = (
                        contact.is_in_contact,
                        wheel.wheel_suspension_force,
                        wheel.forward_impulse,
                        wheel.side_impulse,
                    );
                    out.field(
                        "wheel (touches, suspension N, ahead N·s, aside N·s)",
                        &state,
                    );
                }
                out.finish()
            }
        }
        let mut out = f.debug_struct("PhysicsState");
        out.field("impulses_ns", &self.impulses);
        if let Some(live) = &self.live {
            let bodies = live
                .bodies
                .iter()
                .map(|(id, body)| (id, Moving(live, body)));
            let bodies: BTreeMap<_, _> = bodies.collect();
            out.field("colliders", &live.world.colliders.len())
                .field("bodies", &bodies);
        }
        out.finish()
    }
}

/// A snapshot that could not be written or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("physics snapshot: {0}")]
pub struct SnapshotError(String);

impl PhysicsState {
    /// Impulses that the solver applied between actors in the newest tick, N·s, by (smaller, larger) id.
    pub fn impulses(&self) -> &BTreeMap<(ActorId, ActorId), f64> {
        &self.impulses
    }

    /// Makes the body of an actor anew from its state, which something else has changed.
    pub fn remake(&mut self, id: ActorId) {
        let body = self.live.as_mut().and_then(|live| live.bodies.get_mut(&id));
        if let Some(body) = body {
            // Equal to no pose.
            body.last_pose.x_m = f64::NAN;
        }
    }

    /// Whether rapier runs in this world.
    pub fn is_live(&self) -> bool {
        self.live.is_some()
    }

    /// The whole state as CBOR. A world with the same actors and tick that [`Self::restore`]s it goes
    /// on to the same bytes.
    ///
    /// # Errors
    /// If it can't be serialized.
    pub fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        let mut bytes = Vec::new();
        ciborium::into_writer(&self.live, &mut bytes).map_err(|e| SnapshotError(e.to_string()))?;
        Ok(bytes)
    }

    /// Replaces the state by that of a snapshot.
    ///
    /// # Errors
    /// If the bytes are no snapshot; the state is then as it was.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        self.live = ciborium::from_reader(bytes).map_err(|e| SnapshotError(e.to_string()))?;
        self.impulses.clear();
        Ok(())
    }
}
