//! A Kalman filter of one object's motion on the plane at constant velocity.

use nalgebra::{Matrix4, Vector4};

/// State (x m, y m, vx m/s, vy m/s) and its covariance, world frame.
#[derive(Clone, Debug, PartialEq)]
pub struct ConstantVelocity {
    /// Mean.
    pub mean: Vector4<f64>,
    /// Covariance.
    pub covariance: Matrix4<f64>,
}

impl ConstantVelocity {
    /// From a first measurement (x, y, vx, vy) and its standard deviations.
    pub fn new(measured: Vector4<f64>, sigma: [f64; 2]) -> Self {
        Self {
            mean: measured,
            covariance: noise(sigma),
        }
    }

    /// Moves on by `dt_s`, with white acceleration of `sigma_mps2`.
    pub fn predict(&mut self, dt_s: f64, sigma_mps2: f64) {
        let mut step = Matrix4::identity();
        step[(0, 2)] = dt_s;
        step[(1, 3)] = dt_s;
        let q = sigma_mps2 * sigma_mps2;
        let (dt2, dt3, dt4) = (
            dt_s * dt_s,
            dt_s * dt_s * dt_s / 2.0,
            dt_s * dt_s * dt_s * dt_s / 4.0,
        );
        let mut process = Matrix4::zeros();
        for axis in 0..2 {
            process[(axis, axis)] = q * dt4;
            process[(axis, axis + 2)] = q * dt3;
            process[(axis + 2, axis)] = q * dt3;
            process[(axis + 2, axis + 2)] = q * dt2;
        }
        self.mean = step * self.mean;
        self.covariance = step * self.covariance * step.transpose() + process;
    }

    /// Takes in a measurement (x, y, vx, vy) with standard deviations of position (m) and velocity (m/s).
    pub fn update(&mut self, measured: Vector4<f64>, sigma: [f64; 2]) {
        let innovation = self.covariance + noise(sigma);
        let Some(inverse) = innovation.try_inverse() else {
            return;
        };
        let gain = self.covariance * inverse;
        self.mean += gain * (measured - self.mean);
        let rest = Matrix4::identity() - gain;
        // Joseph form: stays symmetric and positive.
        self.covariance =
            rest * self.covariance * rest.transpose() + gain * noise(sigma) * gain.transpose();
    }
}

fn noise([position, velocity]: [f64; 2]) -> Matrix4<f64> {
    let (p, v) = (position * position, velocity * velocity);
    Matrix4::from_diagonal(&Vector4::new(p, p, v, v))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_learns_a_steady_velocity_from_positions() {
        let mut filter = ConstantVelocity::new(Vector4::new(0.0, 0.0, 0.0, 0.0), [0.5, 5.0]);
        for k in 1..40 {
            let t = 0.1 * f64::from(k);
            filter.predict(0.1, 2.0);
            let jitter = if k % 2 == 0 { 0.05 } else { -0.05 };
            filter.update(
                Vector4::new(8.0 * t + jitter, -2.0 * t, 0.0, 0.0),
                [0.3, 50.0],
            );
        }
        assert!((filter.mean[2] - 8.0).abs() < 0.5 && (filter.mean[3] + 2.0).abs() < 0.5);
        assert!(filter.covariance[(0, 0)] > 0.0 && filter.covariance[(0, 0)] < 0.09);
    }
}
