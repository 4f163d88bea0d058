//! `min_ttc_s`: least time to collision (TTC), seconds; not valid where none came below 10 s.
//! `tet_s`: time exposed TTC, seconds with a TTC below TTC* = 1.5 s.
//! `tit_s2`: time integrated TTC, seconds squared: what the TTC lacked of TTC*, summed over that time.
//! `max_drac_mps2`: deceleration rate to avoid a crash (DRAC), m/s²; not valid without a collision course.
//!
//! TTC: boxes go on with their present velocity and heading (Hayward 1972; for boxes, nuPlan's
//! `time_to_collision_within_bound`, which asks for 0.95 s). Actors wholly behind the ego vehicle's
//! rear do not count, nor does a vehicle that stands wait for a collision of its own making.
//! TET and TIT: Minderhoud and Bovy, "Extended time-to-collision measures for road traffic safety
//! assessment", 2001, with the least TTC of each tick; TTC* is the one below which van der Horst (1990)
//! calls an encounter critical.
//! DRAC: Cooper and Ferguson 1976, (v − v_lead)² / 2 gap, here closing speed along the ego vehicle's axis
//! over 2 TTC, which is the same behind a vehicle; Archer (2005) calls more than 3.35 m/s² critical.

use super::collision::is_in_one_lane;
use super::sample::Sample;
use super::{Metric, Report};
use crate::math::atan2;

/// Longest time looked ahead, seconds.
const HORIZON_S: f64 = 10.0;
/// Below this a TTC is critical, seconds.
const CRITICAL_S: f64 = 1.5;
/// Slower than this the ego vehicle stands, m/s (nuPlan: 0.005).
const STANDING_MPS: f64 = 0.005;
/// nuPlan looks no farther ahead than this, seconds.
const NUPLAN_HORIZON_S: f64 = 3.0;
/// To this angle off the ego vehicle's heading an actor is ahead of it (nuPlan: 30°), radians.
const AHEAD_RAD: f64 = 30.0 / 180.0 * crate::math::PI;

#[derive(Clone, Default)]
pub(super) struct TimeToCollision {
    least: Option<(f64, String, f64)>,
    exposed_s: f64,
    integrated_s2: f64,
    most_drac: Option<(f64, String, f64)>,
    nuplan_s: Option<f64>,
}

impl Metric for TimeToCollision {
    fn sample(&mut self, sample: &Sample<'_>) {
        let ego = sample.ego;
        if ego.state.speed_mps.abs() < STANDING_MPS {
            return;
        }
        let b = &ego.spec.bounding_box;
        let rear = b.center_x_m - b.length_m / 2.0;
        let v = ego.state.velocity_mps;
        let (cx, cy) = sample.own.axis;
        let mut now = f64::INFINITY;
        for (other, print) in sample.others {
            let u = other.state.velocity_mps;
            let velocity = (u[0] - v[0], u[1] - v[1]);
            let Some(time) = sample.own.time_to_overlap(print, velocity, HORIZON_S) else {
                continue;
            };
            let is_behind = print
                .corners()
                .iter()
                .all(|(x, y)| ego.state.pose.to_local_xy(*x, *y).0 < rear);
            if is_behind {
                continue;
            }
            now = now.min(time);
            if self.least.as_ref().is_none_or(|l| time < l.0) && time < HORIZON_S {
                self.least = Some((time, other.spec.name.clone(), sample.time_s));
            }
            let closing = -(velocity.0 * cx + velocity.1 * cy) * ego.state.speed_mps.signum();
            if time > 0.0 && closing > 0.0 {
                let drac = closing / (2.0 * time);
                if self.most_drac.as_ref().is_none_or(|m| drac > m.0) {
                    self.most_drac = Some((drac, other.spec.name.clone(), sample.time_s));
                }
            }
            if time <= NUPLAN_HORIZON_S && self.nuplan_s.is_none_or(|s| time < s) {
                let (ahead, left) = ego.state.pose.to_local_xy(print.center.0, print.center.1);
                if atan2(left, ahead).abs() < AHEAD_RAD || !is_in_one_lane(sample) {
                    self.nuplan_s = Some(time);
                }
            }
        }
        if now < CRITICAL_S {
            self.exposed_s += sample.dt_s;
            self.integrated_s2 += (CRITICAL_S - now) * sample.dt_s;
        }
    }

    fn report(&self, report: &mut Report) {
        report.value("min_ttc_s", self.least.as_ref().map(|l| l.0), "s");
        report.value("tet_s", Some(self.exposed_s), "s");
        report.value("tit_s2", Some(self.integrated_s2), "s²");
        let drac = self.most_drac.as_ref();
        report.value("max_drac_mps2", drac.map(|m| m.0), "m/s²");
        report.facts.nuplan_ttc_s = self.nuplan_s;
        for (metric, found) in [
            ("min_ttc_s", &self.least),
            ("max_drac_mps2", &self.most_drac),
        ] {
            if let Some((_, name, at)) = found {
                report.note(metric, format!("to {name} at {at:.2} s"));
            }
        }
    }
}
