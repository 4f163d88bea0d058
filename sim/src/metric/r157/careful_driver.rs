//! The competent and careful human driver by whom UN R157 tells which collisions are preventable.
//!
//! UN R157, Annex 4, Appendix 3 ("Guidance on traffic disturbance critical scenarios"): the driver perceives a
//! vehicle that cuts in or out once it has moved 0.375 m out of the middle of its lane, weighs the risk for
//! 0.4 s, begins to brake 0.75 s later, and brakes harder over 0.6 s until 0.774 g. The appendix's
//! second model, the driver helped by emergency braking of 0.85 g, is left out.

/// Standard gravity, m/s².
const G_MPS2: f64 = 9.806_65;

/// A model of a driver who brakes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CarefulDriver {
    /// Sideways movement that is perceived, metres.
    pub perceived_m: f64,
    /// Time to weigh the risk, seconds.
    pub risk_s: f64,
    /// Time from then to the beginning of braking, seconds.
    pub reaction_s: f64,
    /// Time in which the deceleration grows, seconds.
    pub ramp_s: f64,
    /// The largest deceleration, m/s².
    pub decel_mps2: f64,
}

impl Default for CarefulDriver {
    fn default() -> Self {
        Self {
            perceived_m: 0.375,
            risk_s: 0.4,
            reaction_s: 0.75,
            ramp_s: 0.6,
            decel_mps2: 0.774 * G_MPS2,
        }
    }
}

/// Where an obstacle is on the driver's way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Obstacle {
    /// Time since it was perceived, seconds.
    pub time_s: f64,
    /// Way from where the driver's front was then to the obstacle's rear, metres.
    pub rear_m: f64,
    /// Its speed away from the driver, m/s.
    pub speed_mps: f64,
    /// Whether it is in the driver's path.
    pub is_in_path: bool,
}

impl CarefulDriver {
    /// Way driven and speed at a time since the perception, metres and m/s.
    pub fn at(&self, speed_mps: f64, time_s: f64) -> (f64, f64) {
        let delay = self.risk_s + self.reaction_s;
        let before = time_s.min(delay);
        let braked = (time_s - delay).max(0.0);
        let ramp = braked.min(self.ramp_s);
        let jerk = self.decel_mps2 / self.ramp_s;
        let v1 = speed_mps - 0.5 * jerk * ramp * ramp;
        if v1 <= 0.0 {
            // It stands before the ramp's end.
            let t = (2.0 * speed_mps / jerk).sqrt();
            return (speed_mps * (before + t) - jerk * t * t * t / 6.0, 0.0);
        }
        let way = speed_mps * (before + ramp) - jerk * ramp * ramp * ramp / 6.0;
        let full = (braked - ramp).min(v1 / self.decel_mps2);
        (
            way + v1 * full - 0.5 * self.decel_mps2 * full * full,
            v1 - self.decel_mps2 * full,
        )
    }

    /// Whether the driver, at this speed, m/s, does not run into an obstacle of these places, which goes on
    /// evenly and in the path after the last of them.
    pub fn avoids(&self, speed_mps: f64, obstacle: &[Obstacle]) -> bool {
        const STEP_S: f64 = 0.01;
        const LONGEST_S: f64 = 60.0;
        let Some(last) = obstacle.last() else {
            return true;
        };
        let mut next = 0;
        for step in 0..=(LONGEST_S / STEP_S) as u32 {
            let time = f64::from(step) * STEP_S;
            while obstacle.get(next).is_some_and(|o| o.time_s <= time) {
                next += 1;
            }
            let (rear, is_in_path) = match obstacle.get(next) {
                Some(after) => {
                    let before = next.checked_sub(1).and_then(|i| obstacle.get(i));
                    let before = before.unwrap_or(after);
                    let span = (after.time_s - before.time_s).max(1e-9);
                    let share = ((time - before.time_s) / span).clamp(0.0, 1.0);
                    let rear = before.rear_m + share * (after.rear_m - before.rear_m);
                    (rear, before.is_in_path)
                }
                None => (last.rear_m + last.speed_mps * (time - last.time_s), true),
            };
            let (way, speed) = self.at(speed_mps, time);
            if is_in_path && way > rear {
                return false;
            }
            if time >= last.time_s && speed <= last.speed_mps.max(0.0) {
                return true;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(rear_m: f64) -> [Obstacle; 1] {
        [Obstacle {
            time_s: 0.0,
            rear_m,
            speed_mps: 0.0,
            is_in_path: true,
        }]
    }

    #[test]
    fn the_driver_stops_where_the_sums_say() {
        // 20 m/s: 1.15 s · 20 = 23 m; ramp 0.6 s: 12 − 12.65 · 0.6³ / 6 = 11.545 m down to 17.723 m/s;
        // then 17.723² / (2 · 7.590) = 20.69 m.
        let driver = CarefulDriver::default();
        let (way, speed) = driver.at(20.0, 10.0);
        assert!((way - 55.24).abs() < 0.02, "{way}");
        assert!(speed.abs() < 1e-9);
        assert!(driver.avoids(20.0, &standing(55.5)));
        assert!(!driver.avoids(20.0, &standing(55.0)));
        // A step on the way is where the pieces meet.
        let (before, after) = (driver.at(20.0, 1.749_999), driver.at(20.0, 1.750_001));
        assert!((before.0 - after.0).abs() < 1e-3 && (before.1 - after.1).abs() < 1e-3);
        // So slow that it stands within the ramp: v = jerk t² / 2.
        assert!(
            (driver.at(1.0, 10.0).0 - (1.15 + 2.0 / 3.0 * (2.0 / 12.65_f64).sqrt())).abs() < 0.01
        );
    }

    #[test]
    fn a_moving_obstacle_is_followed() {
        let at = |rear_m: f64| {
            [Obstacle {
                time_s: 0.0,
                rear_m,
                speed_mps: 10.0,
                is_in_path: true,
            }]
        };
        // 20 behind 10 m/s: 1.15 · 10 + (6 − 0.455) + (7.723² / 2 / 7.590 = 3.929) = 20.97 m are lost.
        let driver = CarefulDriver::default();
        assert!(driver.avoids(20.0, &at(21.2)) && !driver.avoids(20.0, &at(20.7)));
    }
}
