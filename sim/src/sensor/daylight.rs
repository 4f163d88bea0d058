//! Sun, sky, haze and rain.

use bevy::math::Vec3;
use bevy::prelude::Resource;
use serde::{Deserialize, Serialize};

/// Light and rain of a world; cameras and lidars read it, and a story may change it.
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
    /// Rain, millimetres an hour.
    #[serde(default)]
    pub rain_mmph: f64,
}

impl Default for Daylight {
    fn default() -> Self {
        Self {
            sun_azimuth_rad: -2.2,
            sun_elevation_rad: 0.75,
            clearness: 1.0,
            haze_m: 900.0,
            rain_mmph: 0.0,
        }
    }
}

impl Daylight {
    /// The light of a weather as OpenSCENARIO gives it; what is not given stays as it is.
    /// `sun_rad` is the sun's azimuth clockwise from north and its elevation, `illuminance_lx` its
    /// light on the ground, `visual_range_m` the distance at which 5 % of the contrast is left, `rain_mmph` how much
    /// rain falls.
    #[must_use]
    pub fn with_weather(
        mut self,
        sun_rad: Option<(f64, f64)>,
        illuminance_lx: Option<f64>,
        visual_range_m: Option<f64>,
        rain_mmph: Option<f64>,
    ) -> Self {
        if let Some((azimuth, elevation)) = sun_rad {
            self.sun_azimuth_rad = crate::math::FRAC_PI_2 - azimuth;
            self.sun_elevation_rad = elevation;
        }
        if let Some(lux) = illuminance_lx {
            // Open sun on the ground gives about 100,000 lx, closed clouds 10,000 lx or less.
            self.clearness = ((lux - 10_000.0) / 70_000.0).clamp(0.0, 1.0);
        }
        if let Some(range) = visual_range_m {
            self.haze_m = (range / HAZE_RANGES).max(1.0);
        }
        self.rain_mmph = rain_mmph.unwrap_or(self.rain_mmph);
        self
    }

    /// Rain that falls, millimetres an hour; none where the number is none.
    fn rain(&self) -> f64 {
        if self.rain_mmph.is_finite() {
            self.rain_mmph.clamp(0.0, MOST_RAIN_MMPH)
        } else {
            0.0
        }
    }

    /// What rain takes of light on a way, 1/m: 1.076 · R^0.67 dB/km (Carbonneau and Wisely, "Opportunities and
    /// challenges for optical wireless", 1998).
    pub fn rain_extinction_pm(&self) -> f64 {
        const NEPERS_A_DECIBEL: f64 = 0.230_258_5;
        let rain = self.rain();
        if rain > 0.0 {
            1.076 * crate::math::powf(rain, 0.67) * NEPERS_A_DECIBEL / 1000.0
        } else {
            0.0
        }
    }

    /// How wet surfaces are, 0 to 1.
    pub fn wetness(&self) -> f64 {
        // A road is wet as a whole from about 2 mm/h on.
        1.0 - crate::math::exp(-self.rain() / 0.7)
    }
}

/// Distances of half the contrast in that of 5 %: haze takes t / (t + haze).
const HAZE_RANGES: f64 = 19.0;
/// The heaviest rain that is taken, as in the worst of cloudbursts, millimetres an hour.
const MOST_RAIN_MMPH: f64 = 400.0;

/// Colours and directions of a daylight, in the scene.
#[derive(Clone, Copy, Debug)]
pub struct Light {
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
    /// Distance at which haze has taken half of the contrast, metres.
    pub haze_m: f32,
    /// How wet surfaces are, 0 to 1.
    pub wetness: f32,
}

impl Light {
    /// That of a daylight.
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
        let wetness = daylight.wetness() as f32;
        // Rain falls from clouds.
        let clear = finite(daylight.clearness, 1.0).clamp(0.0, 1.0) as f32 * (1.0 - wetness);
        let haze_m = finite(daylight.haze_m, 900.0).max(1.0);
        // 5 % of the contrast is left where extinction has taken three nepers.
        let rain_pm = daylight.rain_extinction_pm() * HAZE_RANGES / 3.0;
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
            haze_m: (haze_m / (1.0 + haze_m * rain_pm)) as f32,
            wetness,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weather_turns_the_sun_and_thickens_the_air() {
        let east = Daylight::default().with_weather(
            Some((crate::math::FRAC_PI_2, 0.5)),
            None,
            Some(190.0),
            None,
        );
        let light = Light::of(&east);
        assert!(light.to_sun.x > 0.87 && light.to_sun.y.abs() < 1e-3);
        assert!((light.haze_m - 10.0).abs() < 1e-3);
        assert_eq!(east.clearness, 1.0);
        let dull = east.with_weather(None, Some(5_000.0), None, None);
        assert_eq!(Light::of(&dull).sun, Vec3::ZERO);
    }

    #[test]
    fn night_is_dark_and_broken_numbers_are_not() {
        let at = |elevation: f64| {
            let daylight = Daylight {
                sun_elevation_rad: elevation,
                ..Daylight::default()
            };
            Light::of(&daylight)
        };
        let sky = |light: &Light| light.sky(Vec3::Z).length();
        assert!(sky(&at(-0.5)) < 0.1 * sky(&at(0.8)) && at(-0.5).sun == Vec3::ZERO);
        let broken = Light::of(&Daylight {
            sun_azimuth_rad: f64::NAN,
            sun_elevation_rad: f64::INFINITY,
            clearness: f64::NAN,
            haze_m: f64::NAN,
            rain_mmph: f64::NAN,
        });
        assert!(broken.sky(Vec3::X).is_finite() && broken.ambient(Vec3::Y).is_finite());
    }

    #[test]
    fn rain_hides_the_sun_wets_the_road_and_shortens_the_sight() {
        let dry = Daylight::default();
        let heavy = Daylight {
            rain_mmph: 25.0,
            ..dry
        };
        // 9.3 dB/km.
        assert!((heavy.rain_extinction_pm() - 2.14e-3).abs() < 1e-5);
        assert_eq!(dry.rain_extinction_pm(), 0.0);
        let (dry, wet) = (Light::of(&dry), Light::of(&heavy));
        assert_eq!(dry.wetness, 0.0);
        assert!(wet.wetness > 0.99 && wet.sun.length() < 0.01 * dry.sun.length());
        assert!(wet.haze_m < 0.2 * dry.haze_m && wet.haze_m > 50.0);
    }
}
