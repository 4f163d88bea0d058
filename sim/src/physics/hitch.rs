//! Trailers: what pulls them, and how they follow on the plane.

use std::collections::BTreeMap;

use bevy::prelude::*;
use serde::{Deserialize, Serialize};

use super::kinematic::{OnRoad, settle};
use crate::actor::{ActorId, ActorState, Motion};
use crate::math::{atan2, hypot, wrap_angle};
use crate::tick::Tick;
use crate::world::WorldMap;

/// What an actor is pulled by; the pair is not in contact. A dynamic trailer of a dynamic tractor
/// hangs on a rapier joint and brakes with it; a scripted one stands where its script puts it; any
/// other follows its hitch without slip.
#[derive(Component, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hitch {
    /// The vehicle that pulls.
    pub tractor: ActorId,
    /// The hitch, forward of the tractor's reference point, metres.
    pub hitch_x_m: f64,
    /// The coupler, forward of the trailer's reference point, metres.
    pub coupler_x_m: f64,
}

/// Moves trailers that neither the script nor rapier moves, each after what pulls it.
pub(super) fn follow(
    tick: Res<Tick>,
    map: Res<WorldMap>,
    hitches: Query<(Entity, &ActorId, &Hitch)>,
    mut actors: Query<(&ActorId, &Motion, &mut ActorState, Option<&mut OnRoad>)>,
) {
    if hitches.is_empty() {
        return;
    }
    let entities: BTreeMap<ActorId, Entity> = hitches.iter().map(|(e, id, _)| (*id, e)).collect();
    let pulled: BTreeMap<ActorId, Hitch> = hitches.iter().map(|(_, id, h)| (*id, *h)).collect();
    let mut states: BTreeMap<ActorId, (Motion, ActorState)> = actors
        .iter()
        .map(|(id, motion, state, _)| (*id, (*motion, *state)))
        .collect();
    // Trailers of trailers come after them; a ring has no first and is cut by the bound.
    let depth = |id: &ActorId| {
        let mut at = *id;
        let mut depth = 0;
        while let Some(hitch) = pulled.get(&at)
            && depth < pulled.len()
        {
            at = hitch.tractor;
            depth += 1;
        }
        depth
    };
    let mut order: Vec<(usize, ActorId)> = pulled.keys().map(|id| (depth(id), *id)).collect();
    order.sort_unstable();
    for (_, id) in order {
        let (Some(hitch), Some(entity)) = (pulled.get(&id), entities.get(&id)) else {
            continue;
        };
        let (Some((puller, tractor)), Some((motion, trailer))) = (
            states.get(&hitch.tractor).copied(),
            states.get(&id).copied(),
        ) else {
            continue;
        };
        let is_on_joint = motion == Motion::Dynamic && puller == Motion::Dynamic;
        if motion == Motion::Scripted || is_on_joint {
            continue;
        }
        let mut next = pull(hitch, &tractor, &trailer, tick.dt_s);
        if let Ok((_, _, mut state, on_road)) = actors.get_mut(*entity) {
            if let Some(mut on_road) = on_road {
                next = settle(&map.0, next, &mut on_road);
            }
            *state = next;
        }
        states.insert(id, (motion, next));
    }
}

/// State of a trailer after its tractor moved: its wheels roll towards the hitch (a tractrix).
pub fn pull(hitch: &Hitch, tractor: &ActorState, trailer: &ActorState, dt_s: f64) -> ActorState {
    let (hx, hy) = tractor.pose.to_world_xy(hitch.hitch_x_m, 0.0);
    let before = &trailer.pose;
    let arm = hitch.coupler_x_m.max(0.1);
    let (dx, dy) = (hx - before.x_m, hy - before.y_m);
    let yaw_rad = if hypot(dx, dy) > 1e-6 {
        atan2(dy, dx)
    } else {
        before.yaw_rad
    };
    let mut pose = *before;
    pose.yaw_rad = yaw_rad;
    let (x, y) = (
        hx - arm * crate::math::cos(yaw_rad),
        hy - arm * crate::math::sin(yaw_rad),
    );
    (pose.x_m, pose.y_m) = (x, y);
    pose.z_m = tractor.pose.z_m;
    pose.pitch_rad = tractor.pose.pitch_rad;
    pose.roll_rad = tractor.pose.roll_rad;
    let velocity = [(x - before.x_m) / dt_s, (y - before.y_m) / dt_s];
    let speed_mps =
        velocity[0] * crate::math::cos(yaw_rad) + velocity[1] * crate::math::sin(yaw_rad);
    ActorState {
        pose,
        speed_mps,
        accel_mps2: (speed_mps - trailer.speed_mps) / dt_s,
        velocity_mps: [velocity[0], velocity[1], tractor.velocity_mps[2]],
        yaw_rate_radps: wrap_angle(yaw_rad - before.yaw_rad) / dt_s,
        steer_rad: 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::{ActorClass, ActorSpec};
    use crate::math::{Pose, tan};
    use crate::message::DriveCommand;
    use crate::physics::single_track;

    #[test]
    fn a_trailer_cuts_the_corner_by_the_textbook_amount() {
        let spec = ActorSpec::typical("truck", ActorClass::Truck);
        let hitch = Hitch {
            tractor: ActorId(0),
            hitch_x_m: 0.0,
            coupler_x_m: 8.0,
        };
        let mut tractor = ActorState::at(Pose::default(), 4.0);
        tractor.steer_rad = 0.3;
        let mut trailer = ActorState::at(Pose::planar(-8.0, 0.0, 0.0), 4.0);
        let command = DriveCommand {
            throttle: 0.1,
            steer_rad: 0.3,
            ..Default::default()
        };
        for _ in 0..2000 {
            tractor = single_track::step(&spec, &tractor, &command, 0.05);
            tractor.speed_mps = 4.0;
            trailer = pull(&hitch, &tractor, &trailer, 0.05);
        }
        // Hitched on the rear axle: radii of the axles and the drawbar make a right triangle.
        let radius = spec.wheelbase_m() / tan(0.3);
        let wanted = (radius * radius - 64.0).sqrt();
        let got = hypot(trailer.pose.x_m, trailer.pose.y_m - radius);
        assert!((got - wanted).abs() < 0.1, "{got} {wanted}");
    }
}
