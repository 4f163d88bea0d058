//! Scalar functions that give the same bits on every machine (libm), angles, and poses.

use nalgebra::{Isometry3, Point3, Translation3, UnitQuaternion, Vector3};
use serde::{Deserialize, Serialize};

pub use std::f64::consts::{FRAC_PI_2, PI, TAU};

macro_rules! forward {
    ($($(#[$doc:meta])* $name:ident($($arg:ident),+) = $f64:path;)+) => {$(
        $(#[$doc])*
        #[inline]
        pub fn $name($($arg: f64),+) -> f64 { $f64($($arg),+) }
    )+};
}

forward! {
    /// Sine of an angle in radians.
    sin(x) = libm::sin;
    /// Cosine of an angle in radians.
    cos(x) = libm::cos;
    /// Tangent of an angle in radians.
    tan(x) = libm::tan;
    /// Arc sine, radians.
    asin(x) = libm::asin;
    /// Arc cosine, radians.
    acos(x) = libm::acos;
    /// Arc tangent, radians.
    atan(x) = libm::atan;
    /// Angle of the point (x, y), radians in (-π, π].
    atan2(y, x) = libm::atan2;
    /// e to the power x.
    exp(x) = libm::exp;
    /// Natural logarithm.
    ln(x) = libm::log;
    /// Length of (x, y).
    hypot(x, y) = libm::hypot;
    /// x to the power y.
    powf(x, y) = libm::pow;
    /// Hyperbolic tangent.
    tanh(x) = libm::tanh;
}

/// Sine and cosine of an angle in radians, the same bits as [`sin`] and [`cos`] give.
#[inline]
pub fn sin_cos(x: f64) -> (f64, f64) {
    libm::sincos(x)
}

/// An angle brought into (-π, π], radians.
#[inline]
pub fn wrap_angle(angle_rad: f64) -> f64 {
    if angle_rad > -PI && angle_rad <= PI {
        return angle_rad;
    }
    let turned = angle_rad - TAU * libm::floor((angle_rad + PI) / TAU);
    if turned <= -PI { turned + TAU } else { turned }
}

/// An angle brought into [0, 2π), radians.
#[inline]
pub fn positive_angle(angle_rad: f64) -> f64 {
    let turned = angle_rad - TAU * libm::floor(angle_rad / TAU);
    if turned >= TAU { 0.0 } else { turned }
}

/// Position and orientation in the world frame; angles are ISO 8855 yaw, pitch (nose down is
/// positive) and roll, applied as Rz(yaw)·Ry(pitch)·Rx(roll).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// East, metres.
    pub x_m: f64,
    /// North, metres.
    pub y_m: f64,
    /// Up, metres.
    pub z_m: f64,
    /// Counter-clockwise about z, radians.
    pub yaw_rad: f64,
    /// About the left-pointing y axis, radians.
    pub pitch_rad: f64,
    /// About the forward-pointing x axis, radians.
    pub roll_rad: f64,
}

impl Pose {
    /// A pose on the plane.
    pub fn planar(x_m: f64, y_m: f64, yaw_rad: f64) -> Self {
        Self {
            x_m,
            y_m,
            yaw_rad,
            ..Self::default()
        }
    }

    /// The transform `world_from_body`.
    pub fn to_isometry(&self) -> Isometry3<f64> {
        Isometry3::from_parts(
            Translation3::new(self.x_m, self.y_m, self.z_m),
            UnitQuaternion::from_euler_angles(self.roll_rad, self.pitch_rad, self.yaw_rad),
        )
    }

    /// The pose that a `world_from_body` transform stands for.
    pub fn from_isometry(world_from_body: &Isometry3<f64>) -> Self {
        let (roll_rad, pitch_rad, yaw_rad) = world_from_body.rotation.euler_angles();
        let t = world_from_body.translation.vector;
        Self {
            x_m: t.x,
            y_m: t.y,
            z_m: t.z,
            yaw_rad,
            pitch_rad,
            roll_rad,
        }
    }

    /// The position alone.
    pub fn position(&self) -> Point3<f64> {
        Point3::new(self.x_m, self.y_m, self.z_m)
    }

    /// Unit vector of the heading on the plane: (cos yaw, sin yaw, 0).
    pub fn heading(&self) -> Vector3<f64> {
        Vector3::new(cos(self.yaw_rad), sin(self.yaw_rad), 0.0)
    }

    /// A world point in this body's planar frame: (forward, left), metres; pitch and roll ignored.
    pub fn to_local_xy(&self, x_m: f64, y_m: f64) -> (f64, f64) {
        let (c, s) = (cos(self.yaw_rad), sin(self.yaw_rad));
        let (dx, dy) = (x_m - self.x_m, y_m - self.y_m);
        (dx * c + dy * s, dy * c - dx * s)
    }

    /// A point of this body's planar frame (forward, left) in the world, metres.
    pub fn to_world_xy(&self, forward_m: f64, left_m: f64) -> (f64, f64) {
        let (c, s) = (cos(self.yaw_rad), sin(self.yaw_rad));
        (
            self.x_m + forward_m * c - left_m * s,
            self.y_m + forward_m * s + left_m * c,
        )
    }

    /// Whether every number in it is finite.
    pub fn is_finite(&self) -> bool {
        [
            self.x_m,
            self.y_m,
            self.z_m,
            self.yaw_rad,
            self.pitch_rad,
            self.roll_rad,
        ]
        .iter()
        .all(|v| v.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_wrap_into_their_ranges() {
        assert!((wrap_angle(3.0 * PI) - PI).abs() < 1e-12);
        assert!((wrap_angle(-3.5 * PI) - 0.5 * PI).abs() < 1e-12);
        assert!((positive_angle(-0.5 * PI) - 1.5 * PI).abs() < 1e-12);
        assert_eq!(positive_angle(-1e-18), 0.0);
    }

    #[test]
    fn sine_and_cosine_at_once_have_the_same_bits() {
        let values = (-20_000..20_000).map(|i| f64::from(i) * 0.001_37);
        for x in values.chain([0.0, -0.0, 1e-9, 3e-8, -1e-300, PI, 1e6, -4e15]) {
            let (s, c) = sin_cos(x);
            assert_eq!(
                (s.to_bits(), c.to_bits()),
                (sin(x).to_bits(), cos(x).to_bits()),
                "{x}"
            );
        }
    }

    #[test]
    fn local_and_world_are_inverse() {
        let pose = Pose::planar(3.0, -2.0, 0.7);
        let (f, l) = pose.to_local_xy(10.0, 4.0);
        let (x, y) = pose.to_world_xy(f, l);
        assert!((x - 10.0).abs() < 1e-12 && (y - 4.0).abs() < 1e-12);
        let back = Pose::from_isometry(&pose.to_isometry());
        assert!((back.yaw_rad - 0.7).abs() < 1e-12);
    }
}
