//! `r157_following_margin_m`: least of what the gap to the vehicle ahead had more than the minimum following
//! distance, metres; not valid without one.
//! `r157_following_s`: time below that distance without opening the gap, seconds.
//!
//! UN R157, 5.2.3.3: d_min = v · t_front, t_front from 1.0 s at 7.2 km/h over 1.1 s at 10 km/h by 0.1 s for each
//! 10 km/h to 1.6 s at 60 km/h, straight in between, and never less than 2 m. Above 60 km/h, where the 01
//! series of amendments leaves it to the traffic rules of the country, 1.6 s stay. Where the distance can't
//! be kept because of others, it is to be readjusted at the next opportunity: who has neither braked nor fallen
//! back for more than 2 s at a stretch does not do so, and the time from then on counts.

use crate::actor::ActorId;
use crate::metric::sample::Sample;
use crate::metric::{Metric, Report};

/// Speed, km/h, and t_front, seconds.
const TABLE: [(f64, f64); 7] = [
    (7.2, 1.0),
    (10.0, 1.1),
    (20.0, 1.2),
    (30.0, 1.3),
    (40.0, 1.4),
    (50.0, 1.5),
    (60.0, 1.6),
];
/// Never less than this, metres.
const LEAST_M: f64 = 2.0;
/// Time to readjust, seconds.
const GRACE_S: f64 = 2.0;
/// A gap may lack this, metres.
const TOLERANCE_M: f64 = 0.1;
/// Who brakes like this, or falls back like this, opens the gap, m/s² and m/s.
const OPENING: (f64, f64) = (0.3, 0.1);

/// The minimum following distance at a speed, metres.
pub fn following_distance_m(speed_mps: f64) -> f64 {
    let kmh = 3.6 * speed_mps.abs();
    let next = TABLE.partition_point(|(v, _)| *v <= kmh);
    let row = |i: usize| TABLE.get(i).copied();
    let time = match (next.checked_sub(1).and_then(row), row(next)) {
        (Some((v0, t0)), Some((v1, t1))) => t0 + (t1 - t0) * (kmh - v0) / (v1 - v0),
        (Some((_, t)), None) | (None, Some((_, t))) => t,
        (None, None) => 0.0,
    };
    (speed_mps.abs() * time).max(LEAST_M)
}

#[derive(Clone, Default)]
pub(in crate::metric) struct Following {
    /// Who was too near, and since when the gap was not being opened, seconds.
    idle: Option<(ActorId, f64)>,
    speed_before_mps: Option<f64>,
    least: Option<(f64, String, f64)>,
    below_s: f64,
    first: Option<(String, f64)>,
}

impl Metric for Following {
    fn sample(&mut self, sample: &Sample<'_>) {
        let Some(scene) = &sample.scene else { return };
        let speed = scene.speed_mps.0;
        let before = self.speed_before_mps.replace(speed).unwrap_or(speed);
        let accel = (speed - before) / scene.dt_s;
        let lead = scene
            .lead()
            .filter(|n| n.actor.spec.class.is_vehicle() && speed >= 0.0);
        let idle = self.idle.take();
        let Some(lead) = lead else { return };
        let name = || lead.actor.spec.name.clone();
        let margin = lead.gap_m - following_distance_m(speed);
        if self.least.as_ref().is_none_or(|l| margin < l.0) {
            self.least = Some((margin, name(), sample.time_s));
        }
        let opens = accel <= -OPENING.0 || lead.speed_mps.0 - speed >= OPENING.1;
        if margin >= -TOLERANCE_M || opens {
            return;
        }
        let since = idle
            .filter(|(id, _)| *id == lead.actor.id)
            .map_or(sample.time_s, |(_, since)| since);
        self.idle = Some((lead.actor.id, since));
        if sample.time_s - since >= GRACE_S - 1e-9 {
            self.below_s += scene.dt_s;
            self.first.get_or_insert_with(|| (name(), sample.time_s));
        }
    }

    fn report(&self, report: &mut Report) {
        let margin = self.least.as_ref().map(|l| l.0);
        report.value("r157_following_margin_m", margin, "m");
        let below = self.least.as_ref().map(|_| self.below_s);
        report.value("r157_following_s", below, "s");
        if let Some((_, name, at)) = &self.least {
            let text = format!("behind {name} at {at:.2} s");
            report.note("r157_following_margin_m", text);
        }
        if let Some((name, at)) = &self.first {
            report.note(
                "r157_following_s",
                format!("first behind {name} at {at:.2} s"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The regulation's table: speed in km/h, distance in metres.
    #[test]
    fn distances_are_those_of_the_regulation_s_table() {
        for (kmh, wanted) in [
            (7.2, 2.0),
            (10.0, 3.1),
            (20.0, 6.7),
            (30.0, 10.8),
            (40.0, 15.6),
            (50.0, 20.8),
            (60.0, 26.7),
        ] {
            let got = following_distance_m(kmh / 3.6);
            assert!(
                (got - wanted).abs() < 0.051,
                "{kmh} km/h: {got}, not {wanted}"
            );
        }
        assert!((following_distance_m(45.0 / 3.6) - 12.5 * 1.45).abs() < 1e-9);
        assert_eq!(following_distance_m(0.0), 2.0);
    }
}
