//! Light and weather of a written scenario.

use std::fmt::Write;

use super::xosc::num;

/// Sun on the ground from a clear sky, lux.
const CLEAR_LX: f64 = 100_000.0;

/// Light and weather.
#[derive(Clone, Debug, PartialEq)]
pub struct Weather {
    /// Height of the sun over the horizon, degrees; below 0 at night.
    pub sun_elevation_deg: f64,
    /// Share of the sky under clouds.
    pub cloud_cover: f64,
    /// Distance at which 5 % of the contrast is left, metres.
    pub visual_range_m: f64,
    /// Rain, millimetres an hour.
    pub rain_mmph: f64,
}

impl Default for Weather {
    fn default() -> Self {
        Self {
            sun_elevation_deg: 43.0,
            cloud_cover: 0.0,
            visual_range_m: 10_000.0,
            rain_mmph: 0.0,
        }
    }
}

impl Weather {
    /// Writes the action that sets it, for the init of a storyboard.
    pub(super) fn write(&self, out: &mut String) {
        let elevation_rad = self.sun_elevation_deg.to_radians();
        let up = sim::math::sin(elevation_rad).max(0.0);
        let lux = CLEAR_LX * up * (1.0 - 0.85 * self.cloud_cover);
        let kind = if self.rain_mmph > 0.0 { "rain" } else { "dry" };
        let _ = writeln!(
            out,
            "        <GlobalAction><EnvironmentAction><Environment name=\"weather\">\
             <Weather><Sun azimuth=\"3.8\" elevation=\"{}\" illuminance=\"{}\"/><Fog visualRange=\"{}\"/>\
             <Precipitation precipitationType=\"{kind}\" precipitationIntensity=\"{}\"/></Weather></Environment></EnvironmentAction></GlobalAction>",
            num(elevation_rad),
            num(lux.round()),
            num(self.visual_range_m),
            num(self.rain_mmph),
        );
    }
}
