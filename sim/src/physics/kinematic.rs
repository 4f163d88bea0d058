//! Kinematic vehicles in the world: the single-track model laid onto the road surface.

use bevy::prelude::*;

use super::hitch::Hitch;
use super::single_track;
use crate::actor::{ActorId, ActorState, Motion};
use crate::message::DriveCommand;
use crate::road::{RoadNetwork, RoadPosition};
use crate::tick::Tick;
use crate::world::{Spec, WorldMap};

/// Where on the roads an actor was last; makes the next search quick.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct OnRoad(pub Option<RoadPosition>);

type New = (With<ActorId>, Without<OnRoad>);

/// Gives new kinematic actors their [`OnRoad`].
pub(super) fn locate_new(mut commands: Commands, actors: Query<(Entity, &Motion), New>) {
    for (entity, motion) in &actors {
        if *motion == Motion::Kinematic {
            commands.entity(entity).insert(OnRoad::default());
        }
    }
}

type Driven = (
    &'static Motion,
    &'static Spec,
    &'static DriveCommand,
    &'static mut ActorState,
    &'static mut OnRoad,
);

/// One step of every kinematic actor that nobody pulls.
pub(super) fn drive(
    tick: Res<Tick>,
    map: Res<WorldMap>,
    mut actors: Query<Driven, Without<Hitch>>,
) {
    for (motion, spec, command, mut state, mut on_road) in &mut actors {
        if *motion == Motion::Kinematic {
            let next = single_track::step(&spec.0, &state, command, tick.dt_s);
            *state = settle(&map.0, next, &mut on_road);
        }
    }
}

/// The state with height, pitch and roll of the road under it, where there is one.
pub(crate) fn settle(map: &RoadNetwork, mut state: ActorState, on_road: &mut OnRoad) -> ActorState {
    let pose = &mut state.pose;
    if map.is_flat() {
        // Wherever it is, on a road or beside it.
        (pose.z_m, pose.pitch_rad, pose.roll_rad) = (0.0, 0.0, 0.0);
        state.velocity_mps[2] = 0.0;
        return state;
    }
    on_road.0 = map.locate_from(pose, on_road.0.as_ref());
    let Some(road) = on_road
        .0
        .and_then(|at| map.pose_at(at.road, at.s_m, at.t_m))
    else {
        return state;
    };
    // The road's slope, seen along this body's heading.
    let turn = pose.yaw_rad - road.pose.yaw_rad;
    let (s, c) = crate::math::sin_cos(turn);
    pose.z_m = road.pose.z_m;
    pose.pitch_rad = road.pose.pitch_rad * c - road.pose.roll_rad * s;
    pose.roll_rad = road.pose.roll_rad * c + road.pose.pitch_rad * s;
    state.velocity_mps[2] = -state.speed_mps * crate::math::sin(pose.pitch_rad);
    state
}
