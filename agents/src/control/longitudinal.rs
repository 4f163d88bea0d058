//! Throttle and brake for a wanted speed and acceleration: feed-forward with PI.

/// What the vehicle can do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LongitudinalLimits {
    /// Acceleration at full throttle, m/s².
    pub accel_mps2: f64,
    /// Deceleration at full brake, m/s², positive.
    pub decel_mps2: f64,
}

/// The integral part of the controller.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LongitudinalMemory {
    /// Integral of the speed error, m.
    pub integral_m: f64,
    /// Speed reference that acceleration commands move, m/s.
    pub reference_mps: f64,
}

/// Throttle and brake, each 0 to 1.
pub fn pedals(
    memory: &mut LongitudinalMemory,
    limits: &LongitudinalLimits,
    speed_mps: f64,
    wanted_mps: f64,
    accel_mps2: f64,
    dt_s: f64,
) -> (f64, f64) {
    if wanted_mps < 0.05 && speed_mps.abs() < 0.3 && accel_mps2 <= 0.0 {
        *memory = LongitudinalMemory::default();
        return (0.0, 0.3);
    }
    let error = (wanted_mps - speed_mps).clamp(-4.0, 4.0);
    let accel = accel_mps2 + 0.8 * error + 0.3 * memory.integral_m;
    let full = accel >= limits.accel_mps2 || accel <= -limits.decel_mps2;
    if !full && error.is_finite() {
        memory.integral_m = (memory.integral_m + error * dt_s).clamp(-4.0, 4.0);
    }
    if accel >= 0.0 {
        ((accel / limits.accel_mps2.max(0.1)).min(1.0), 0.0)
    } else {
        (0.0, (-accel / limits.decel_mps2.max(0.1)).min(1.0))
    }
}

impl LongitudinalMemory {
    /// Moves the speed reference by an acceleration; it never leaves the true speed far behind.
    pub fn reference_for(&mut self, speed_mps: f64, accel_mps2: f64, dt_s: f64) -> f64 {
        let next = self.reference_mps + accel_mps2 * dt_s;
        self.reference_mps = next.clamp(speed_mps - 0.7, speed_mps + 0.7).max(0.0);
        self.reference_mps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drag_that_it_does_not_know_leaves_no_lasting_error() {
        let limits = LongitudinalLimits {
            accel_mps2: 3.0,
            decel_mps2: 8.0,
        };
        let mut memory = LongitudinalMemory::default();
        let (mut v, dt) = (0.0f64, 0.02);
        for _ in 0..2500 {
            let (throttle, brake) = pedals(&mut memory, &limits, v, 12.0, 0.0, dt);
            v = (v + (throttle * 3.0 - brake * 8.0 - 0.5) * dt).max(0.0);
        }
        assert!((v - 12.0).abs() < 0.1, "{v}");
    }
}
