//! `min_ttc_s`: the least time to collision, seconds; not valid where none came below 10 s.
//!
//! Boxes go on with their present velocity and heading, as in nuPlan's `time_to_collision_within_bound`
//! (which asks for 0.95 s). Actors wholly behind the ego vehicle's rear do not count, nor does a
//! vehicle that stands wait for a collision of its own making.

use super::sample::Sample;
use super::{Metric, Report};
use crate::physics::Footprint;

/// Longest time looked ahead, seconds.
const HORIZON_S: f64 = 10.0;
/// Slower than this the ego vehicle stands, m/s (nuPlan: 0.005).
const STANDING_MPS: f64 = 0.005;

#[derive(Default)]
pub(super) struct TimeToCollision {
    least: Option<(f64, String, f64)>,
}

impl Metric for TimeToCollision {
    fn sample(&mut self, sample: &Sample<'_>) {
        let ego = sample.ego;
        if ego.state.speed_mps.abs() < STANDING_MPS {
            return;
        }
        let own = Footprint::of(ego);
        let b = &ego.spec.bounding_box;
        let rear = b.center_x_m - b.length_m / 2.0;
        let v = ego.state.velocity_mps;
        for other in sample.others() {
            let print = Footprint::of(other);
            let u = other.state.velocity_mps;
            let velocity = (u[0] - v[0], u[1] - v[1]);
            let horizon = self.least.as_ref().map_or(HORIZON_S, |l| l.0);
            let Some(time) = own.time_to_overlap(&print, velocity, horizon) else {
                continue;
            };
            let is_behind = print
                .corners()
                .iter()
                .all(|(x, y)| ego.state.pose.to_local_xy(*x, *y).0 < rear);
            if !is_behind && time < horizon {
                self.least = Some((time, other.spec.name.clone(), sample.time_s));
            }
        }
    }

    fn report(&self, report: &mut Report) {
        report.value("min_ttc_s", self.least.as_ref().map(|l| l.0), "s");
        if let Some((_, name, at)) = &self.least {
            report.note("min_ttc_s", format!("to {name} at {at:.2} s"));
        }
    }
}
