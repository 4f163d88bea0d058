//! Which actors touch.

use std::collections::BTreeSet;

use bevy::prelude::*;

use super::overlap::{Footprint, candidate_pairs};
use super::rapier_world::PhysicsState;
use crate::actor::{ActorId, ActorState, Motion};
use crate::world::{ActorSnapshot, Spec};

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
    before: Res<crate::world::WorldSnapshot>,
    mut contacts: ResMut<Contacts>,
    actors: Query<(&ActorId, &Spec, &ActorState, &Motion)>,
) {
    let mut now: Vec<ActorSnapshot> = actors
        .iter()
        .map(|(id, spec, state, motion)| ActorSnapshot {
            id: *id,
            spec: spec.0.clone(),
            state: *state,
            motion: *motion,
        })
        .collect();
    now.sort_unstable_by_key(|actor| actor.id);
    let prints: Vec<Footprint> = now.iter().map(Footprint::of).collect();
    let touched: BTreeSet<(ActorId, ActorId)> = contacts.list.iter().map(|c| (c.a, c.b)).collect();
    let solved = physics.impulses();
    contacts.list.clear();
    for (i, j) in candidate_pairs(&prints) {
        let (a, b) = (&now[i], &now[j]);
        let key = (a.id, b.id);
        let impulse = solved.get(&key).copied();
        let overlap = prints[i].overlap(&prints[j]);
        if overlap.is_none() && impulse.is_none() {
            continue;
        }
        let (dx, dy) = (
            prints[j].center.0 - prints[i].center.0,
            prints[j].center.1 - prints[i].center.1,
        );
        let apart = crate::math::hypot(dx, dy).max(1e-9);
        let normal = overlap.map_or([dx / apart, dy / apart], |(_, n)| [n.0, n.1]);
        let velocity = |actor: &ActorSnapshot| {
            before
                .actor(actor.id)
                .map_or(actor.state.velocity_mps, |b| b.state.velocity_mps)
        };
        let (va, vb) = (velocity(a), velocity(b));
        let closing = (va[0] - vb[0]) * normal[0] + (va[1] - vb[1]) * normal[1];
        let mass = |m: f64| m.max(1.0);
        let reduced = mass(a.spec.mass_kg) * mass(b.spec.mass_kg)
            / (mass(a.spec.mass_kg) + mass(b.spec.mass_kg));
        contacts.list.push(Contact {
            a: a.id,
            b: b.id,
            impulse_ns: impulse.unwrap_or_else(|| reduced * closing.max(0.0)),
            is_estimated: impulse.is_none(),
            point_m: [
                prints[i].center.0 + dx / 2.0,
                prints[i].center.1 + dy / 2.0,
                prints[i].z.0.max(prints[j].z.0),
            ],
            normal,
            closing_speed_mps: closing,
            has_begun: !touched.contains(&key),
        });
    }
}
