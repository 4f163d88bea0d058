//! `rss_unsafe_share`: share of the time in a dangerous situation, 0 to 1; not valid with nobody near.
//! `rss_improper_s`: time in one without the proper response, seconds.
//! `rss_min_margin_m`: least of what the longitudinal gap had more than its safe distance, to those
//! from whom the lateral distance was not safe, metres.
//!
//! Shalev-Shwartz, Shammah, Shashua, "On a Formal Model of Safe and Scalable Self-driving Cars", 2017
//! (RSS): safe distances of definitions 1 (same direction), 2 (opposite direction) and 6 (lateral); a
//! situation is dangerous while neither the longitudinal nor the lateral distance is safe; the response to
//! it is along the axis whose distance became unsafe last (definitions 4, 7 to 10). After the response time the
//! ego vehicle brakes by at least `brake_min` (behind, or `brake_min_correct` towards oncoming traffic) or
//! takes its lateral speed towards the other away by at least `lateral_brake_min`; in front it does not
//! brake harder than `brake_max`. Parameters are those that ad-rss-lib ships, in [`RssParameters`].
//!
//! It judges actors who drive along the lane (within 45°, either way) or stand; who crosses it
//! has no safe distance of this kind.

use std::collections::BTreeMap;

use super::sample::Sample;
use super::scene::{Near, Scene};
use super::{Metric, Report};
use crate::actor::ActorId;

/// Steeper than this to the lane is crossing it, radians.
const ALONG_RAD: f64 = crate::math::PI / 4.0;
/// Slower than this stands, m/s.
const STANDING_MPS: f64 = 0.5;
/// Lateral speed up to this is none (the paper's μ-lateral velocity), m/s.
const LATERAL_NOISE_MPS: f64 = 0.1;
/// An acceleration may lack this of what is asked, m/s²: it is measured over 0.1 s.
const SLACK_MPS2: f64 = 0.2;

/// Parameters of Responsibility-Sensitive Safety.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RssParameters {
    /// Response time ρ, seconds.
    pub response_time_s: f64,
    /// Largest acceleration within it, m/s².
    pub accel_max_mps2: f64,
    /// Least braking after it, m/s².
    pub brake_min_mps2: f64,
    /// Least braking of who is in its own lane, towards oncoming traffic, m/s².
    pub brake_min_correct_mps2: f64,
    /// Largest braking of who drives in front, m/s².
    pub brake_max_mps2: f64,
    /// Largest lateral acceleration within the response time, m/s².
    pub lateral_accel_max_mps2: f64,
    /// Least lateral braking after it, m/s².
    pub lateral_brake_min_mps2: f64,
    /// Lateral room for fluctuations μ, metres.
    pub lateral_margin_m: f64,
}

impl Default for RssParameters {
    fn default() -> Self {
        Self {
            response_time_s: 1.0,
            accel_max_mps2: 3.5,
            brake_min_mps2: 4.0,
            brake_min_correct_mps2: 3.0,
            brake_max_mps2: 8.0,
            lateral_accel_max_mps2: 0.2,
            lateral_brake_min_mps2: 0.8,
            lateral_margin_m: 0.0,
        }
    }
}

impl RssParameters {
    /// Sets a parameter by the name of its field; whether there is one that may have this value.
    pub fn set(&mut self, name: &str, value: f64) -> bool {
        let (field, least) = match name {
            "response_time_s" => (&mut self.response_time_s, 0.0),
            "accel_max_mps2" => (&mut self.accel_max_mps2, 0.0),
            "brake_min_mps2" => (&mut self.brake_min_mps2, 1e-3),
            "brake_min_correct_mps2" => (&mut self.brake_min_correct_mps2, 1e-3),
            "brake_max_mps2" => (&mut self.brake_max_mps2, 1e-3),
            "lateral_accel_max_mps2" => (&mut self.lateral_accel_max_mps2, 0.0),
            "lateral_brake_min_mps2" => (&mut self.lateral_brake_min_mps2, 1e-3),
            "lateral_margin_m" => (&mut self.lateral_margin_m, 0.0),
            _ => return false,
        };
        if !(value.is_finite() && value >= least) {
            return false;
        }
        *field = value;
        true
    }

    /// Way of who accelerates for the response time and then brakes to a stand, metres.
    fn stopping_m(&self, speed_mps: f64, brake_mps2: f64) -> f64 {
        let rho = self.response_time_s;
        let fastest = speed_mps + rho * self.accel_max_mps2;
        speed_mps * rho
            + 0.5 * self.accel_max_mps2 * rho * rho
            + fastest * fastest / (2.0 * brake_mps2)
    }

    /// Safe distance of who drives behind to who drives in front, metres (definition 1).
    pub fn same_direction_m(&self, rear_mps: f64, front_mps: f64) -> f64 {
        let front = front_mps.max(0.0);
        let stop = self.stopping_m(rear_mps.max(0.0), self.brake_min_mps2);
        (stop - front * front / (2.0 * self.brake_max_mps2)).max(0.0)
    }

    /// Safe distance of two who drive towards one another, metres; the first is in its own lane
    /// (definition 2).
    pub fn opposite_direction_m(&self, correct_mps: f64, other_mps: f64) -> f64 {
        self.stopping_m(correct_mps.max(0.0), self.brake_min_correct_mps2)
            + self.stopping_m(other_mps.max(0.0), self.brake_min_mps2)
    }

    /// Safe lateral distance of two who move towards one another at these speeds, metres; negative is
    /// away from one another (definition 6).
    pub fn lateral_m(&self, a_mps: f64, b_mps: f64) -> f64 {
        let rho = self.response_time_s;
        let way = |v: f64| {
            let fastest = v + rho * self.lateral_accel_max_mps2;
            let braking = fastest * fastest.abs() / (2.0 * self.lateral_brake_min_mps2);
            0.5 * (v + fastest) * rho + braking
        };
        self.lateral_margin_m + (way(a_mps) + way(b_mps)).max(0.0)
    }
}

/// The axis of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Axis {
    Along,
    Across,
}

/// How it stands with another actor.
#[derive(Clone, Copy, Debug)]
struct Standing {
    is_safe_along: bool,
    /// Since when it is dangerous, and along which axis the response is.
    danger: Option<(f64, Axis)>,
}

/// The meter.
#[derive(Clone)]
pub(super) struct Rss {
    parameters: RssParameters,
    standing: BTreeMap<ActorId, Standing>,
    speed_before_mps: Option<(f64, f64)>,
    time_s: f64,
    near_s: f64,
    unsafe_s: f64,
    improper_s: f64,
    margin: Option<(f64, String, f64)>,
    first: Option<(String, f64)>,
    first_improper: Option<(String, f64)>,
}

impl Rss {
    /// With these parameters.
    pub fn new(parameters: RssParameters) -> Self {
        Self {
            parameters,
            standing: BTreeMap::new(),
            speed_before_mps: None,
            time_s: 0.0,
            near_s: 0.0,
            unsafe_s: 0.0,
            improper_s: 0.0,
            margin: None,
            first: None,
            first_improper: None,
        }
    }

    /// Safe distances along and across the lane, metres; `None` for who crosses it, and along the lane
    /// for two who part.
    fn safe_m(&self, scene: &Scene<'_>, near: &Near<'_>) -> Option<(Option<f64>, f64)> {
        let stands = near.actor.state.speed_mps.abs() < STANDING_MPS;
        let is_along = near.turn_rad.abs() <= ALONG_RAD;
        let is_against = near.turn_rad.abs() >= crate::math::PI - ALONG_RAD;
        if !(stands || is_along || is_against) {
            return None;
        }
        let (ego, other) = (scene.speed_mps.0, near.speed_mps.0);
        let p = &self.parameters;
        let along = match (near.ahead_m >= 0.0, is_against && !stands) {
            (true, false) => Some(p.same_direction_m(ego, other)),
            (false, false) => Some(p.same_direction_m(other, ego)),
            (true, true) => Some(p.opposite_direction_m(ego, -other)),
            (false, true) => None,
        };
        let side = if near.left_m >= 0.0 { 1.0 } else { -1.0 };
        let across = p.lateral_m(side * scene.speed_mps.1, -side * near.speed_mps.1);
        Some((along, across))
    }

    /// Whether the ego vehicle does what a danger asks of it.
    fn is_proper(
        &self,
        scene: &Scene<'_>,
        near: &Near<'_>,
        axis: Axis,
        for_s: f64,
        accel: (f64, f64),
    ) -> bool {
        let p = &self.parameters;
        let speed = scene.speed_mps.0;
        let has_answered = for_s >= p.response_time_s - 1e-9;
        match axis {
            Axis::Along if near.ahead_m < 0.0 => accel.0 >= -p.brake_max_mps2 - SLACK_MPS2,
            Axis::Along if !has_answered => accel.0 <= p.accel_max_mps2 + SLACK_MPS2,
            Axis::Along => {
                let is_against = near.turn_rad.abs() >= crate::math::PI - ALONG_RAD;
                let least = if is_against && near.actor.state.speed_mps.abs() >= STANDING_MPS {
                    p.brake_min_correct_mps2
                } else {
                    p.brake_min_mps2
                };
                speed < STANDING_MPS || accel.0 <= -least + SLACK_MPS2
            }
            Axis::Across => {
                let side = if near.left_m >= 0.0 { 1.0 } else { -1.0 };
                let (towards, growth) = (side * scene.speed_mps.1, side * accel.1);
                if has_answered {
                    towards <= LATERAL_NOISE_MPS || growth <= -p.lateral_brake_min_mps2 + SLACK_MPS2
                } else {
                    growth <= p.lateral_accel_max_mps2 + SLACK_MPS2 || towards <= LATERAL_NOISE_MPS
                }
            }
        }
    }
}

impl Metric for Rss {
    fn sample(&mut self, sample: &Sample<'_>) {
        let Some(scene) = &sample.scene else { return };
        let now = scene.speed_mps;
        let before = self.speed_before_mps.replace(now).unwrap_or(now);
        let accel = (
            (now.0 - before.0) / scene.dt_s,
            (now.1 - before.1) / scene.dt_s,
        );
        self.time_s += scene.dt_s;
        if !scene.near.is_empty() {
            self.near_s += scene.dt_s;
        }
        let (mut is_unsafe, mut is_improper) = (false, false);
        let mut standing = BTreeMap::new();
        for near in &scene.near {
            let Some((along, across)) = self.safe_m(scene, near) else {
                continue;
            };
            let name = || near.actor.spec.name.clone();
            let is_safe_along = along.is_none_or(|safe| near.gap_m >= safe)
                && (near.gap_m > 0.0 || along.is_none() && near.gap_m > -1e-9);
            let is_safe_across =
                near.side_gap_m > across || near.side_gap_m >= across && across > 0.0;
            if let Some(safe) = along.filter(|_| !is_safe_across) {
                let margin = near.gap_m - safe;
                if self.margin.as_ref().is_none_or(|m| margin < m.0) {
                    self.margin = Some((margin, name(), sample.time_s));
                }
            }
            let last = self.standing.get(&near.actor.id);
            let danger = (!is_safe_along && !is_safe_across).then(|| {
                last.and_then(|l| l.danger).unwrap_or_else(|| {
                    // The axis whose distance was still safe is the one that became unsafe.
                    let was_safe_along = last.is_none_or(|l| l.is_safe_along);
                    let axis = if was_safe_along {
                        Axis::Along
                    } else {
                        Axis::Across
                    };
                    (sample.time_s, axis)
                })
            });
            if let Some((since, axis)) = danger {
                is_unsafe = true;
                self.first.get_or_insert_with(|| (name(), sample.time_s));
                if !self.is_proper(scene, near, axis, sample.time_s - since, accel) {
                    is_improper = true;
                    self.first_improper
                        .get_or_insert_with(|| (name(), sample.time_s));
                }
            }
            standing.insert(
                near.actor.id,
                Standing {
                    is_safe_along,
                    danger,
                },
            );
        }
        self.standing = standing;
        if is_unsafe {
            self.unsafe_s += scene.dt_s;
        }
        if is_improper {
            self.improper_s += scene.dt_s;
        }
    }

    fn report(&self, report: &mut Report) {
        let valid = |v: f64| (self.near_s > 0.0).then_some(v);
        let share = self.unsafe_s / self.time_s.max(1e-9);
        report.value("rss_unsafe_share", valid(share), "1");
        report.value("rss_improper_s", valid(self.improper_s), "s");
        let margin = self.margin.as_ref().map(|m| m.0);
        report.value("rss_min_margin_m", margin, "m");
        for (metric, found) in [
            ("rss_unsafe_share", &self.first),
            ("rss_improper_s", &self.first_improper),
        ] {
            if let Some((name, at)) = found {
                report.note(metric, format!("first with {name} at {at:.2} s"));
            }
        }
        if let Some((_, name, at)) = &self.margin {
            report.note("rss_min_margin_m", format!("with {name} at {at:.2} s"));
        }
    }
}
