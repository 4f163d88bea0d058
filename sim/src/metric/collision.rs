//! Collisions of the ego, and which of them are its fault.
//!
//! Unit: count, and N·s. Source of the fault rule: nuPlan, *No ego at-fault collisions*: a moving
//! ego that meets somebody with its front, or a standing object, is at fault; one that stands, or
//! is run into from behind or the side by somebody that moves, is not.

use crate::physics::Contacts;
use crate::world::{ActorSnapshot, WorldSnapshot};

use super::Values;

/// Below this an actor counts as standing, m/s.
const STANDING_MPS: f64 = 0.05;

#[derive(Clone, Debug, Default)]
pub(super) struct Collisions {
    count: u32,
    impulse_ns: f64,
    impact_speed_mps: f64,
    pub(super) at_fault: Vec<String>,
}

impl Collisions {
    pub(super) fn add(
        &mut self,
        ego: &ActorSnapshot,
        snapshot: &WorldSnapshot,
        contacts: &Contacts,
    ) {
        for contact in &contacts.list {
            let other = match (contact.a == ego.id, contact.b == ego.id) {
                (true, _) => contact.b,
                (_, true) => contact.a,
                _ => continue,
            };
            self.impulse_ns = self.impulse_ns.max(contact.impulse_ns);
            if !contact.has_begun {
                continue;
            }
            self.count += 1;
            self.impact_speed_mps = self.impact_speed_mps.max(contact.closing_speed_mps);
            let Some(other) = snapshot.actor(other) else {
                continue;
            };
            if is_at_fault(ego, other, contact.point_m) {
                self.at_fault.push(other.spec.name.clone());
            }
        }
    }

    pub(super) fn report(&self, values: &mut Values) {
        values.insert("collisions", (Some(f64::from(self.count)), "1"));
        values.insert(
            "at_fault_collisions",
            (Some(self.at_fault.len() as f64), "1"),
        );
        values.insert("max_impulse", (Some(self.impulse_ns), "N.s"));
        values.insert("impact_speed", (Some(self.impact_speed_mps), "m/s"));
    }
}

fn is_at_fault(ego: &ActorSnapshot, other: &ActorSnapshot, point_m: [f64; 3]) -> bool {
    if ego.state.speed_mps.abs() < STANDING_MPS {
        return false;
    }
    if other.state.speed_mps.abs() < STANDING_MPS {
        return true;
    }
    let (forward, _) = ego.state.pose.to_local_xy(point_m[0], point_m[1]);
    let b = &ego.spec.bounding_box;
    forward > b.center_x_m + 0.2 * b.length_m
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::actor::{ActorClass, ActorId, ActorSpec, ActorState, Motion};
    use crate::math::Pose;

    fn car(id: u32, x_m: f64, speed_mps: f64) -> ActorSnapshot {
        ActorSnapshot {
            id: ActorId(id),
            spec: Arc::new(ActorSpec::typical(&format!("car{id}"), ActorClass::Car)),
            state: ActorState::at(Pose::planar(x_m, 0.0, 0.0), speed_mps),
            motion: Motion::Dynamic,
        }
    }

    #[test]
    fn the_one_behind_is_at_fault() {
        let (behind, ahead) = (car(0, 0.0, 10.0), car(1, 4.5, 5.0));
        let point = [2.9, 0.0, 0.0];
        assert!(is_at_fault(&behind, &ahead, point));
        assert!(!is_at_fault(&ahead, &behind, point));
    }

    #[test]
    fn a_standing_ego_is_never_and_a_standing_object_always_the_ego_s_fault() {
        assert!(!is_at_fault(
            &car(0, 0.0, 0.0),
            &car(1, 4.5, 5.0),
            [2.9, 0.0, 0.0]
        ));
        assert!(is_at_fault(
            &car(0, 0.0, 3.0),
            &car(1, -4.5, 0.0),
            [-1.0, 0.0, 0.0]
        ));
    }
}
