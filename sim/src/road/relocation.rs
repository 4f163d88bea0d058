//! `<offset>` of a map's header: the whole data set is moved, then turned about the new origin
//! (OpenDRIVE 1.8, 7.3 Header element).

use crate::math::{sin_cos, wrap_angle};

/// How all of a map's coordinates are moved and turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relocation {
    /// Added first, metres.
    pub shift_m: [f64; 3],
    /// Turned by then, radians.
    pub turn_rad: f64,
}

impl Relocation {
    /// Where a point (x, y) of the file lies, metres.
    pub fn point(&self, x_m: f64, y_m: f64) -> (f64, f64) {
        let (x, y) = (x_m + self.shift_m[0], y_m + self.shift_m[1]);
        let (s, c) = sin_cos(self.turn_rad);
        (x * c - y * s, x * s + y * c)
    }

    /// A heading of the file, turned, radians.
    pub fn heading(&self, yaw_rad: f64) -> f64 {
        if self.turn_rad == 0.0 {
            yaw_rad
        } else {
            wrap_angle(yaw_rad + self.turn_rad)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shifts_first_and_turns_about_the_new_origin() {
        let relocation = Relocation {
            shift_m: [-10.0, 0.0, 0.0],
            turn_rad: crate::math::FRAC_PI_2,
        };
        let (x, y) = relocation.point(12.0, 1.0);
        assert!(
            (x + 1.0).abs() < 1e-12 && (y - 2.0).abs() < 1e-12,
            "{x} {y}"
        );
        assert!((relocation.heading(0.5) - 0.5 - crate::math::FRAC_PI_2).abs() < 1e-12);
    }
}
