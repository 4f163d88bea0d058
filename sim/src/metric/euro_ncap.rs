//! `euro_ncap_score` (0 to 1): points of the run as an emergency braking test of Euro NCAP 2026;
//! `euro_ncap_2023_score` (0 to 1): the same of 2023.
//! `euro_ncap_test_speed_mps`: speed of the vehicle under test (VUT, the ego vehicle) when the test begins, m/s;
//! `euro_ncap_impact_speed_mps`: relative speed along the VUT's axis at the impact, m/s, not valid without one;
//! `euro_ncap_speed_reduction_mps`: what the VUT's speed at the impact lacked of the test speed, m/s.
//!
//! A test begins at T0, when the time to collision first is 4 s (test protocols AEB car-to-car 4.3.1 and AEB/LSS VRU
//! 4.5.1). A run without a collision has all points.
//! - 2026, protocol "Crash Avoidance – Frontal Collisions" 1.1, as in Euro NCAP's own calculator
//!   (`euroncap-rating-2026` 5.3): rear-end, crossing and longitudinal scenarios by the relative impact
//!   speed, in bands that depend on the test speed to the next 10 km/h (at 50 km/h and above: 0 green,
//!   to 10 yellow, to 20 orange, to 30 brown; at 40: 0 green, 10 orange, 20 brown; at 30: 0 green, 10 brown;
//!   below: 0 green), worth 1, 0.75, 0.5, 0.25, and 0 beyond; head-on by the reduction of speed (above 20 km/h 1,
//!   above 10 km/h 0.5); turning and crossing before vehicles, and reversing, by avoidance alone.
//! - 2023, assessment protocols "Safety Assist – Collision Avoidance" 10 and "VRU Protection" 11: behind vehicles by
//!   the relative impact speed (below 5 km/h 1, 15 0.75, 30 0.5, 40 0.25); vulnerable road users, up to
//!   40 km/h, by the share of the test speed taken away, above by a reduction of at least 20 km/h;
//!   turning, crossing before vehicles, and reversing by avoidance; head-on as in 2026.

use std::collections::{BTreeMap, VecDeque};

use super::sample::Sample;
use super::{Metric, Report};
use crate::actor::{ActorClass, ActorId};
use crate::math::{PI, cos, sin, wrap_angle};

/// A test begins with this time to collision, seconds.
const T0_S: f64 = 4.0;
/// Who turned more than this in the last 3 s is turning, radians.
const TURNING_RAD: f64 = 20.0 / 180.0 * PI;
const TURN_SCENES: usize = 30;
/// The VUT drives from this speed on, m/s.
const DRIVING_MPS: f64 = 1.0;

/// The edition of the assessment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Of 2023.
    Y2023,
    /// Of 2026.
    Y2026,
}

/// What kind of test a collision ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encounter {
    /// With a vehicle driven or standing the same way.
    RearEnd,
    /// With a pedestrian or cyclist, crossing or along the road, while the VUT goes straight on.
    Vulnerable,
    /// With an oncoming vehicle, straight on.
    HeadOn,
    /// With anybody while the VUT turns or reverses, or with a vehicle that crosses.
    Across,
}

/// Points of 0 to 1 for a collision: test speed, VUT's speed and relative speed at the impact, m/s.
pub fn points(
    protocol: Protocol,
    encounter: Encounter,
    test_mps: f64,
    vut_mps: f64,
    relative_mps: f64,
) -> f64 {
    let kmh = |mps: f64| 3.6 * mps;
    // Speeds at a band's border are subject to rounding.
    let up_to = |value: f64, bound: f64| value <= bound + 1e-6;
    let (test, relative) = (kmh(test_mps), kmh(relative_mps));
    let reduction = kmh(test_mps - vut_mps);
    let bands = |bands: &[(f64, f64)]| {
        let found = bands.iter().find(|(bound, _)| up_to(relative, *bound));
        found.map_or(0.0, |(_, points)| *points)
    };
    match (encounter, protocol) {
        (Encounter::Across, _) => bands(&[(0.0, 1.0)]),
        (Encounter::HeadOn, _) => match reduction {
            r if !up_to(r, 20.0) => 1.0,
            r if !up_to(r, 10.0) => 0.5,
            _ => 0.0,
        },
        (_, Protocol::Y2026) => match (test / 10.0).round() as i64 {
            5.. => bands(&[(0.0, 1.0), (10.0, 0.75), (20.0, 0.5), (30.0, 0.25)]),
            4 => bands(&[(0.0, 1.0), (10.0, 0.5), (20.0, 0.25)]),
            3 => bands(&[(0.0, 1.0), (10.0, 0.25)]),
            _ => bands(&[(0.0, 1.0)]),
        },
        (Encounter::RearEnd, Protocol::Y2023) => match relative {
            v if v < 5.0 => 1.0,
            v if v < 15.0 => 0.75,
            v if v < 30.0 => 0.5,
            v if v < 40.0 => 0.25,
            _ => 0.0,
        },
        (Encounter::Vulnerable, Protocol::Y2023) => {
            if up_to(test, 40.0) {
                (reduction / test.max(1e-6)).clamp(0.0, 1.0)
            } else {
                f64::from(u8::from(up_to(20.0, reduction)))
            }
        }
    }
}

/// An impact.
#[derive(Clone)]
struct Hit {
    name: String,
    time_s: f64,
    encounter: Encounter,
    test_mps: f64,
    vut_mps: f64,
    relative_mps: f64,
}

/// The meter.
#[derive(Clone, Default)]
pub(super) struct EuroNcap {
    /// Speed of the VUT at T0 of each other.
    test_mps: BTreeMap<ActorId, f64>,
    first_test_mps: Option<f64>,
    yaw_rad: VecDeque<f64>,
    fastest_mps: f64,
    has_others: bool,
    hit: Option<Hit>,
}

impl Metric for EuroNcap {
    fn sample(&mut self, sample: &Sample<'_>) {
        if self.hit.is_some() {
            return;
        }
        let before = &sample.before.state;
        if let Some(impact) = sample.impacts.first() {
            let other = impact.other;
            let yaw = before.pose.yaw_rad;
            let forward = if before.speed_mps < 0.0 { -1.0 } else { 1.0 };
            let u = other.state.velocity_mps;
            let along = forward * (cos(yaw) * u[0] + sin(yaw) * u[1]);
            let vut = before.speed_mps.abs();
            let test = self.test_mps.get(&other.id).copied();
            self.hit = Some(Hit {
                name: other.spec.name.clone(),
                time_s: sample.time_s,
                encounter: self.encounter(sample, other),
                test_mps: test.unwrap_or(vut).max(vut),
                vut_mps: vut,
                relative_mps: (vut - along).max(0.0),
            });
            return;
        }
        let Some(scene) = &sample.scene else { return };
        let ego = &sample.ego.state;
        self.fastest_mps = self.fastest_mps.max(ego.speed_mps.abs());
        self.has_others |= !scene.near.is_empty();
        self.yaw_rad.push_back(ego.pose.yaw_rad);
        if self.yaw_rad.len() > TURN_SCENES {
            self.yaw_rad.pop_front();
        }
        for near in &scene.near {
            if self.test_mps.contains_key(&near.actor.id) {
                continue;
            }
            let (v, u) = (ego.velocity_mps, near.actor.state.velocity_mps);
            let velocity = (u[0] - v[0], u[1] - v[1]);
            if sample
                .own
                .time_to_overlap(near.print, velocity, T0_S)
                .is_some()
            {
                let speed = ego.speed_mps.abs();
                self.test_mps.insert(near.actor.id, speed);
                self.first_test_mps.get_or_insert(speed);
            }
        }
    }

    fn report(&self, report: &mut Report) {
        let is_test = self.hit.is_some() || (self.has_others && self.fastest_mps > DRIVING_MPS);
        let hit = self.hit.as_ref();
        for (name, protocol) in [
            ("euro_ncap_score", Protocol::Y2026),
            ("euro_ncap_2023_score", Protocol::Y2023),
        ] {
            let score = hit.map_or(1.0, |h| {
                points(protocol, h.encounter, h.test_mps, h.vut_mps, h.relative_mps)
            });
            report.value(name, is_test.then_some(score), "1");
            if let Some(h) = hit {
                let text = format!(
                    "{} at {:.2} s, {:.1} km/h of {:.1} km/h, {:?}",
                    h.name,
                    h.time_s,
                    3.6 * h.relative_mps,
                    3.6 * h.test_mps,
                    h.encounter
                );
                report.note(name, text);
            }
        }
        let test = hit.map_or_else(
            || self.first_test_mps.unwrap_or(self.fastest_mps),
            |h| h.test_mps,
        );
        let valid = |v: f64| is_test.then_some(v);
        report.value("euro_ncap_test_speed_mps", valid(test), "m/s");
        let impact = hit.map(|h| h.relative_mps);
        report.value("euro_ncap_impact_speed_mps", impact, "m/s");
        let reduction = hit.map_or(test, |h| h.test_mps - h.vut_mps);
        report.value("euro_ncap_speed_reduction_mps", valid(reduction), "m/s");
    }
}

impl EuroNcap {
    fn encounter(&self, sample: &Sample<'_>, other: &crate::world::ActorSnapshot) -> Encounter {
        let yaw = sample.before.state.pose.yaw_rad;
        let turned = self.yaw_rad.front().map_or(0.0, |y| wrap_angle(yaw - y));
        if turned.abs() > TURNING_RAD || sample.before.state.speed_mps < 0.0 {
            return Encounter::Across;
        }
        let is_vulnerable = matches!(
            other.spec.class,
            ActorClass::Pedestrian | ActorClass::Bicycle
        );
        let angle = wrap_angle(other.state.pose.yaw_rad - yaw).abs();
        let is_standing = other.state.speed_mps.abs() < 0.1;
        match angle {
            _ if is_vulnerable => Encounter::Vulnerable,
            _ if is_standing => Encounter::RearEnd,
            a if a <= PI / 4.0 => Encounter::RearEnd,
            a if a >= 3.0 * PI / 4.0 => Encounter::HeadOn,
            _ => Encounter::Across,
        }
    }
}
