//! Which actors touch.

use bevy::prelude::*;

use super::hitch::Hitch;
use super::overlap::{Footprint, candidate_pairs};
use super::state::PhysicsState;
use crate::actor::{ActorId, ActorSpec, ActorState, Motion};
use crate::world::{Spec, WorldSnapshot};

/// Two actors in touch at the end of a tick.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contact {
    /// The actor of the smaller id.
    pub a: ActorId,
    /// The other one.
    pub b: ActorId,
    /// Impulse between them in this tick, N·s.
    pub impulse_ns: f64,
    /// Whether the impulse is the reduced mass times the closing speed, because no solver ran
    /// between two bodies on rails.
    pub is_estimated: bool,
    /// A point of the contact (x, y, z), world, metres.
    pub point_m: [f64; 3],
    /// Unit vector from `a` to `b` on the plane.
    pub normal: [f64; 2],
    /// Speed at which they approached along the normal before the tick's step, m/s; negative if parting.
    pub closing_speed_mps: f64,
    /// Whether they did not touch a tick before.
    pub has_begun: bool,
}

/// Contacts of the newest tick, by (a, b).
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Contacts {
    /// The contacts.
    pub list: Vec<Contact>,
}

/// Finds the contacts of the new states.
pub(super) fn find(
    physics: Res<PhysicsState>,
    before: Res<WorldSnapshot>,
    mut contacts: ResMut<Contacts>,
    actors: Query<(&ActorId, &Spec, &ActorState, &Motion)>,
    hitches: Query<(&ActorId, &Hitch)>,
) {
    let mut now: Vec<_> = actors.iter().collect();
    now.sort_unstable_by_key(|actor| *actor.0);
    let prints: Vec<Footprint> = now
        .iter()
        .map(|(_, spec, state, _)| Footprint::new(&spec.0, state))
        .collect();
    let touched = std::mem::take(&mut contacts.list);
    let solved = physics.impulses();
    let is_hitched = |a: ActorId, b: ActorId| {
        hitches
            .iter()
            .any(|(id, hitch)| (*id == a && hitch.tractor == b) || (*id == b && hitch.tractor == a))
    };
    for (i, j) in candidate_pairs(&prints) {
        let (Some(a), Some(b)) = (now.get(i), now.get(j)) else {
            continue;
        };
        let (Some(print_a), Some(print_b)) = (prints.get(i), prints.get(j)) else {
            continue;
        };
        // What stands is not touched by what stands.
        if *a.3 == Motion::Fixed && *b.3 == Motion::Fixed {
            continue;
        }
        let key = (*a.0, *b.0);
        let impulse = solved.get(&key).copied();
        let overlap = print_a.overlap(print_b);
        if (overlap.is_none() && impulse.is_none()) || is_hitched(key.0, key.1) {
            continue;
        }
        let (dx, dy) = (
            print_b.center.0 - print_a.center.0,
            print_b.center.1 - print_a.center.1,
        );
        let apart = crate::math::hypot(dx, dy).max(1e-9);
        let normal = overlap.map_or([dx / apart, dy / apart], |(_, n)| [n.0, n.1]);
        let velocity = |id: ActorId, state: &ActorState| {
            before
                .actor(id)
                .map_or(state.velocity_mps, |b| b.state.velocity_mps)
        };
        let (va, vb) = (velocity(key.0, a.2), velocity(key.1, b.2));
        let closing = (va[0] - vb[0]) * normal[0] + (va[1] - vb[1]) * normal[1];
        contacts.list.push(Contact {
            a: key.0,
            b: key.1,
            impulse_ns: impulse.unwrap_or_else(|| {
                reduced_mass_kg([(&a.1.0, *a.3), (&b.1.0, *b.3)]) * closing.max(0.0)
            }),
            is_estimated: impulse.is_none(),
            point_m: middle(print_a, print_b),
            normal,
            closing_speed_mps: closing,
            has_begun: touched.binary_search_by_key(&key, |c| (c.a, c.b)).is_err(),
        });
    }
}

/// Mass of two bodies that meet; what is fixed does not give way.
fn reduced_mass_kg(bodies: [(&ActorSpec, Motion); 2]) -> f64 {
    let inverse = |(spec, motion): (&ActorSpec, Motion)| {
        if motion == Motion::Fixed {
            0.0
        } else {
            1.0 / spec.mass_kg.max(1.0)
        }
    };
    let sum: f64 = bodies.into_iter().map(inverse).sum();
    if sum > 0.0 { 1.0 / sum } else { 0.0 }
}

/// Middle of what two boxes share: of the corners of each that lie in the other, else between them.
fn middle(a: &Footprint, b: &Footprint) -> [f64; 3] {
    let inside = |p: &(f64, f64), f: &Footprint| {
        let d = (p.0 - f.center.0, p.1 - f.center.1);
        let (x, y) = (
            d.0 * f.axis.0 + d.1 * f.axis.1,
            d.1 * f.axis.0 - d.0 * f.axis.1,
        );
        x.abs() <= f.half.0 && y.abs() <= f.half.1
    };
    let shared: Vec<(f64, f64)> = a
        .corners()
        .into_iter()
        .filter(|p| inside(p, b))
        .chain(b.corners().into_iter().filter(|p| inside(p, a)))
        .collect();
    let count = shared.len() as f64;
    let (x, y) = if shared.is_empty() {
        (
            0.5 * (a.center.0 + b.center.0),
            0.5 * (a.center.1 + b.center.1),
        )
    } else {
        (
            shared.iter().map(|p| p.0).sum::<f64>() / count,
            shared.iter().map(|p| p.1).sum::<f64>() / count,
        )
    };
    [x, y, 0.5 * (a.z.0.max(b.z.0) + a.z.1.min(b.z.1))]
}
