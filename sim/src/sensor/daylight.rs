//! Sun, sky and haze.

use bevy::math::Vec3;
use bevy::prelude::Resource;
use serde::{Deserialize, Serialize};

/// Light of a world; cameras read it, and a story may change it.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Daylight {
    /// Direction towards the sun, counter-clockwise from east, radians.
    pub sun_azimuth_rad: f64,
    /// Height of the sun over the horizon, radians.
    pub sun_elevation_rad: f64,
    /// Direct sunlight: 1 from a clear sky, 0 under closed clouds.
    pub clearness: f64,
    /// Distance at which haze has taken half of the contrast, metres.
    pub haze_m: f64,
}

impl Default for Daylight {
    fn default() -> Self {
        Self {
            sun_azimuth_rad: -2.2,
            sun_elevation_rad: 0.75,
            clearness: 1.0,
            haze_m: 900.0,
        }
    }
}

/// Colours and directions of a daylight, in the scene.
#[derive(Clone, Copy, Debug)]
pub(super) struct Light {
    /// Unit vector towards the sun.
    pub to_sun: Vec3,
    /// Direct sunlight on a surface that faces it.
    pub sun: Vec3,
    /// Skylight from straight up.
    pub zenith: Vec3,
    /// Skylight from the horizon, which is the haze's colour too.
    pub horizon: Vec3,
    /// Light that the ground throws up.
    pub ground: Vec3,
    pub haze_m: f32,
}

impl Light {
    pub fn of(daylight: &Daylight) -> Self {
        use crate::math::{cos, sin};
        let finite = |v: f64, other: f64| if v.is_finite() { v } else { other };
        let (azimuth, elevation) = (
            finite(daylight.sun_azimuth_rad, 0.0),
            finite(daylight.sun_elevation_rad, 0.7),
        );
        let height = sin(elevation) as f32;
        let to_sun = Vec3::new(
            (cos(elevation) * cos(azimuth)) as f32,
            (cos(elevation) * sin(azimuth)) as f32,
            height,
        );
        let clear = finite(daylight.clearness, 1.0).clamp(0.0, 1.0) as f32;
        // Day fades to a moonlit night; low sun is warm.
        let day = (height * 4.0 + 0.6).clamp(0.02, 1.0);
        let warm = 1.0 - (height * 2.5).clamp(0.0, 1.0);
        let up = if height > 0.0 { 1.0 } else { 0.0 };
        let sun = Vec3::new(2.7, 2.5 - 0.6 * warm, 2.2 - 1.3 * warm) * clear * day * up;
        let blue = Vec3::new(0.22, 0.42, 0.85);
        let grey = Vec3::new(0.75, 0.78, 0.82);
        let pale = Vec3::new(0.78 + 0.15 * warm, 0.86, 0.95 - 0.2 * warm);
        let zenith = grey.lerp(blue, clear) * day;
        let horizon = grey.lerp(pale, clear) * day;
        Self {
            to_sun,
            sun,
            zenith,
            horizon,
            ground: (sun * height.max(0.0) + zenith) * 0.14,
            haze_m: finite(daylight.haze_m, 900.0).max(1.0) as f32,
        }
    }

    /// The sky in a unit direction.
    pub fn sky(&self, d: Vec3) -> Vec3 {
        let up = d.z.max(0.0);
        let rise = 1.0 - (1.0 - up) * (1.0 - up);
        let base = self.horizon.lerp(self.zenith, rise.sqrt().min(1.0));
        let toward = d.dot(self.to_sun).max(0.0);
        let (t2, disc) = (toward * toward, if toward > 0.9995 { 8.0 } else { 0.0 });
        let t8 = t2 * t2 * t2 * t2;
        let t64 = t8 * t8 * t8 * t8 * t8 * t8 * t8 * t8;
        base + self.sun * (0.06 * t8 + 0.25 * t64 + disc)
    }

    /// Skylight that a surface of a unit normal gathers.
    pub fn ambient(&self, normal: Vec3) -> Vec3 {
        let up = 0.5 + 0.5 * normal.z;
        self.ground.lerp((self.zenith + self.horizon) * 0.42, up)
    }
}
