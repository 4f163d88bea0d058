//! `r157_harsh_braking_s`: time of braking harder than 5 m/s² without an imminent risk of collision, seconds.
//!
//! UN R157: a deceleration demand above 5.0 m/s² is an emergency manoeuvre (5.3.1.1), which is there for an imminent
//! collision risk alone (2.6): a collision that braking with less than 5 m/s² does not avoid. Of those
//! ahead, the braking asked for is (v − v_o)² / 2 gap, or v² / 2 (gap + v_o² / 2 a_o) for one who brakes
//! with a_o, or, on a collision course, closing speed over 2 TTC. A manoeuvre that began with a risk, or up
//! to 1 s after one, is an emergency manoeuvre until its end.

use std::collections::BTreeMap;

use crate::actor::ActorId;
use crate::metric::sample::Sample;
use crate::metric::scene::{Near, Scene};
use crate::metric::{Metric, Report};

/// Harder braking than this is an emergency manoeuvre, m/s².
const EMERGENCY_MPS2: f64 = 5.0;
/// The figure may be above it by this, m/s²: it is the mean over 0.1 s of a speed that is itself measured.
const SLACK_MPS2: f64 = 0.1;
/// A risk so long ago explains a manoeuvre, seconds.
const MEMORY_S: f64 = 1.0;
/// Longest time to a collision that is looked at, seconds.
const HORIZON_S: f64 = 5.0;
/// Braking of others below this is none, m/s².
const OTHER_BRAKES_MPS2: f64 = 0.5;

/// The meter.
#[derive(Clone, Default)]
pub(in crate::metric) struct Braking {
    speed_before_mps: Option<f64>,
    others_before_mps: BTreeMap<ActorId, f64>,
    risk_s: Option<f64>,
    /// Whether a manoeuvre goes on, and whether a risk explains it.
    manoeuvre: Option<bool>,
    time_s: f64,
    first_s: Option<f64>,
}

impl Metric for Braking {
    fn sample(&mut self, sample: &Sample<'_>) {
        let Some(scene) = &sample.scene else { return };
        let speed = sample.ego.state.speed_mps;
        let before = self.speed_before_mps.replace(speed).unwrap_or(speed);
        let decel = (before.abs() - speed.abs()) / scene.dt_s;
        let asked = scene
            .near
            .iter()
            .filter(|n| n.ahead_m > 0.0)
            .map(|near| {
                let last = self.others_before_mps.get(&near.actor.id);
                let brakes = last.map_or(0.0, |v| (v - near.speed_mps.0) / scene.dt_s);
                self::asked_mps2(sample, scene, near, before.abs(), brakes)
            })
            .fold(0.0, f64::max);
        self.others_before_mps = scene
            .near
            .iter()
            .map(|n| (n.actor.id, n.speed_mps.0))
            .collect();
        if asked > EMERGENCY_MPS2 {
            self.risk_s = Some(sample.time_s);
        }
        // A blow takes speed away without any braking.
        if !sample.impacts.is_empty() || decel <= EMERGENCY_MPS2 + SLACK_MPS2 {
            self.manoeuvre = None;
            return;
        }
        let has_risk = self.risk_s.is_some_and(|at| sample.time_s - at <= MEMORY_S);
        let is_justified = *self.manoeuvre.get_or_insert(has_risk) || has_risk;
        self.manoeuvre = Some(is_justified);
        if !is_justified {
            self.time_s += scene.dt_s;
            self.first_s.get_or_insert(sample.time_s);
        }
    }

    fn report(&self, report: &mut Report) {
        report.value("r157_harsh_braking_s", Some(self.time_s), "s");
        if let Some(first) = self.first_s {
            report.note("r157_harsh_braking_s", format!("first at {first:.2} s"));
        }
    }
}

/// Braking that one ahead asks for, m/s².
fn asked_mps2(
    sample: &Sample<'_>,
    scene: &Scene<'_>,
    near: &Near<'_>,
    speed_mps: f64,
    brakes_mps2: f64,
) -> f64 {
    let mut asked: f64 = 0.0;
    if near.side_gap_m < 0.0 {
        let gap = near.gap_m.max(0.01);
        let other = near.speed_mps.0;
        if speed_mps > other {
            asked = asked.max((speed_mps - other) * (speed_mps - other) / (2.0 * gap));
        }
        if brakes_mps2 > OTHER_BRAKES_MPS2 && other > 0.0 {
            let room = gap + other * other / (2.0 * brakes_mps2);
            asked = asked.max(speed_mps * speed_mps / (2.0 * room));
        }
    }
    let (v, u) = (sample.ego.state.velocity_mps, near.actor.state.velocity_mps);
    let velocity = (u[0] - v[0], u[1] - v[1]);
    let ttc = sample.own.time_to_overlap(near.print, velocity, HORIZON_S);
    if let Some(ttc) = ttc {
        let closing = scene.speed_mps.0 - near.speed_mps.0;
        asked = asked.max(closing / (2.0 * ttc.max(0.01)));
    }
    asked
}
