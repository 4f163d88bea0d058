//! The Improved Intelligent Driver Model: acceleration from speed, wish and leader.
//!
//! Treiber and Kesting, Traffic Flow Dynamics (2013), section 11.3.7.

use sim::math::powf;

/// Manner of a driver.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IdmParams {
    /// Time headway, seconds.
    pub headway_s: f64,
    /// Gap at standstill, metres.
    pub min_gap_m: f64,
    /// Acceleration at rest, m/s².
    pub accel_mps2: f64,
    /// Comfortable deceleration, m/s², positive.
    pub decel_mps2: f64,
    /// Largest deceleration, m/s², positive.
    pub max_decel_mps2: f64,
    /// Largest lateral acceleration in bends, m/s².
    pub lateral_mps2: f64,
    /// Wanted speed as a share of the limit.
    pub limit_share: f64,
    /// Speed that is never exceeded, m/s.
    pub max_speed_mps: f64,
}

impl Default for IdmParams {
    fn default() -> Self {
        Self {
            headway_s: 1.4,
            min_gap_m: 2.0,
            accel_mps2: 1.6,
            decel_mps2: 2.0,
            max_decel_mps2: 8.0,
            lateral_mps2: 2.0,
            limit_share: 0.97,
            max_speed_mps: 60.0,
        }
    }
}

/// Acceleration on a free road, m/s².
pub fn free_accel(params: &IdmParams, speed_mps: f64, wanted_mps: f64) -> f64 {
    let v = speed_mps.max(0.0);
    let (a, b) = (params.accel_mps2, params.decel_mps2);
    if wanted_mps < 0.1 {
        return -b.max(v / 2.0).min(params.max_decel_mps2);
    }
    if v <= wanted_mps {
        a * (1.0 - powf(v / wanted_mps, 4.0))
    } else {
        -b * (1.0 - powf(wanted_mps / v, 4.0 * a / b))
    }
}

/// Acceleration behind a leader `gap_m` ahead with a speed along the same direction, m/s².
pub fn following_accel(
    params: &IdmParams,
    speed_mps: f64,
    wanted_mps: f64,
    gap_m: f64,
    leader_mps: f64,
) -> f64 {
    let v = speed_mps.max(0.0);
    let (a, b) = (params.accel_mps2, params.decel_mps2);
    let free = free_accel(params, v, wanted_mps);
    if gap_m <= 0.05 {
        return -params.max_decel_mps2;
    }
    let approach = v * (v - leader_mps) / (2.0 * (a * b).sqrt());
    let wanted_gap = params.min_gap_m + (v * params.headway_s + approach).max(0.0);
    let z = wanted_gap / gap_m;
    let accel = if v <= wanted_mps {
        if z >= 1.0 {
            a * (1.0 - z * z)
        } else if free > 1e-6 {
            free * (1.0 - powf(z, 2.0 * a / free))
        } else {
            0.0
        }
    } else if z >= 1.0 {
        free + a * (1.0 - z * z)
    } else {
        free
    };
    accel.clamp(-params.max_decel_mps2, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_speeds_up_on_a_free_road_and_keeps_the_wish() {
        let p = IdmParams::default();
        assert!(free_accel(&p, 0.0, 15.0) > 1.5);
        assert!(free_accel(&p, 15.0, 15.0).abs() < 1e-9);
        assert!(free_accel(&p, 20.0, 15.0) < -0.3);
    }

    #[test]
    fn a_platoon_behind_a_braking_leader_never_touches_it() {
        let p = IdmParams::default();
        let dt = 0.05;
        let (mut x, mut v) = (vec![0.0, -30.0, -60.0], vec![14.0; 3]);
        for step in 0..1200 {
            let lead = if step < 100 {
                0.0
            } else if step < 140 {
                -7.0
            } else {
                0.3
            };
            let mut a = vec![lead];
            for i in 1..3 {
                a.push(following_accel(
                    &p,
                    v[i],
                    15.0,
                    x[i - 1] - x[i] - 4.6,
                    v[i - 1],
                ));
            }
            for i in 0..3 {
                v[i] = (v[i] + a[i] * dt).max(0.0);
                x[i] += v[i] * dt;
            }
            assert!(x[0] - x[1] > 5.0 && x[1] - x[2] > 5.0, "step {step}");
        }
        assert!(v[2] > 5.0);
    }
}
