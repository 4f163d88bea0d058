//! Time to collision: until the ego's box meets another if both keep their velocity.
//!
//! Unit: s. Looked for up to [`HORIZON_S`]. Source: nuPlan, *Time to collision within bound*.

use crate::physics::Footprint;
use crate::world::{ActorSnapshot, WorldSnapshot};

const HORIZON_S: f64 = 5.0;
const STEP_S: f64 = 0.1;

/// The least time to collision with any other actor; `None` where nothing meets within the horizon.
pub(super) fn least(ego: &ActorSnapshot, snapshot: &WorldSnapshot) -> Option<f64> {
    let own = Footprint::of(ego);
    let v0 = ego.state.velocity_mps;
    snapshot
        .actors
        .iter()
        .filter(|other| other.id != ego.id)
        .filter_map(|other| {
            let print = Footprint::of(other);
            let v1 = other.state.velocity_mps;
            let relative = (v1[0] - v0[0], v1[1] - v0[1]);
            let speed = crate::math::hypot(relative.0, relative.1);
            let away =
                crate::math::hypot(print.center.0 - own.center.0, print.center.1 - own.center.1)
                    - own.radius
                    - print.radius;
            if away > speed * HORIZON_S || speed < 1e-6 {
                return None;
            }
            (0..=(HORIZON_S / STEP_S) as u32)
                .map(|k| f64::from(k) * STEP_S)
                .find(|t| {
                    let mut later = print;
                    later.center.0 += relative.0 * t;
                    later.center.1 += relative.1 * t;
                    own.overlap(&later).is_some()
                })
        })
        .min_by(f64::total_cmp)
}
